//! Finds, installs and loads the pose model without holding up the server.

use std::sync::Arc;

use squirret::pose::PoseEstimator;

use crate::{
    app::App,
    config::Config,
    models::{self, ModelFolder, Progress},
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
}

/// Loads the model on a thread of its own; until then the inference plane says that there is none.
pub(crate) fn load(app: &Arc<App>) {
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || match estimator(&app.config) {
        Ok(estimator) => {
            tracing::info!(model = estimator.model(), "pose model is ready");
            app.inference.install(estimator);
        }
        Err(error) => {
            tracing::error!(%error, "no pose model: the inference plane answers MODEL_UNAVAILABLE");
        }
    });
}

fn estimator(config: &Config) -> Result<Arc<dyn PoseEstimator>, ReadyError> {
    let folder = ModelFolder::new(config.model.dir.clone(), &config.data_dir());
    let missing = models::missing(&folder, &config.model.name);
    if config.model.install && folder.is_managed() && !missing.is_empty() {
        let installed = models::install(&folder, &missing, &[], &Progress::new())?;
        tracing::info!(folder = %folder.path().display(), models = ?installed.written, "pose models installed");
    }
    Ok(models::load(&folder, &config.model.name)?)
}
