//! Finds, installs and loads the pose model without holding up the server.

use std::{sync::Arc, time::Instant};

use squirret::pose::{EstimateError, PoseEstimator};

use crate::{
    app::App,
    inference::{Absence, Model, Models},
    models::{self, Loaded, ModelFolder, Progress},
};

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
enum ReadyError {
    /// It cannot be installed.
    #[error(transparent)]
    Install(#[from] models::InstallError),
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] models::LoadError),
    /// It cannot be run.
    #[error(transparent)]
    WarmUp(#[from] EstimateError),
}

/// Loads the models on threads of their own; until then the inference plane answers `MODEL_LOADING`.
pub(crate) fn load(app: &Arc<App>) {
    let app = Arc::clone(app);
    app.inference.set_absence(Absence::Loading);
    tokio::task::spawn_blocking(move || match ready(&app) {
        Ok(models) => {
            let lite = models.lite.as_ref().map(|lite| &**lite.name());
            let frame_ms = models.usual.cost().as_secs_f64() * 1e3;
            tracing::info!(
                model = &**models.usual.name(),
                lite,
                frame_ms,
                "pose model is ready"
            );
            app.inference.install(models);
        }
        Err(error) => {
            app.inference.set_absence(Absence::Missing);
            tracing::error!(%error, "no pose model: the inference plane answers MODEL_UNAVAILABLE");
        }
    });
}

/// Installed, loaded, warm.
fn ready(app: &App) -> Result<Models, ReadyError> {
    let config = &app.config;
    let folder = ModelFolder::new(config.model.dir.clone(), &config.data_dir());
    let missing = models::missing(&folder, &config.model.name);
    if config.model.install && folder.is_managed() && !missing.is_empty() {
        app.inference.set_absence(Absence::Installing);
        let installed = models::install(&folder, &missing, &[], &Progress::new())?;
        app.inference.set_absence(Absence::Loading);
        tracing::info!(folder = %folder.path().display(), models = ?installed.written, "pose models installed");
    }
    let Loaded { usual, lite } =
        models::load_with_lite(&folder, &config.model.name, config.inference.lite)?;
    Ok(Models {
        usual: warm(usual)?,
        lite: lite.map(warm).transpose()?,
    })
}

/// Runs all networks once, for what an engine does only once, and once more to see what a frame costs on which both
/// the detector and the landmarks run: the dearest that there is.
fn warm(estimator: Arc<dyn PoseEstimator>) -> Result<Model, EstimateError> {
    estimator.warm_up()?;
    let started = Instant::now();
    estimator.warm_up()?;
    let cost = started.elapsed();
    Ok(Model::new(estimator, cost))
}
