//! Finds, installs and loads the pose model without holding up the server, and looks again while there is none.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use squirret::pose::{EstimateError, PoseEstimator};

use crate::{
    app::App,
    config::Config,
    inference::{Absence, Model, Models},
    models::{self, Loaded, ModelFolder, Progress},
};

/// How often the folder is looked at while there is no model.
const LOOK: Duration = Duration::from_secs(3);

/// Pauses between attempts to download a missing model: the first, and the longest.
const FIRST_DOWNLOAD_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_DOWNLOAD_PAUSE: Duration = Duration::from_secs(600);

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

/// Loads the models on threads of their own, and looks again until they are there. Until then the inference plane
/// answers `MODEL_LOADING` or `MODEL_UNAVAILABLE`.
pub(crate) fn load(app: &Arc<App>) {
    let app = Arc::clone(app);
    app.inference.set_absence(Absence::Loading);
    tokio::spawn(async move {
        let stop = Arc::clone(&app);
        tokio::select! {
            () = search(app) => {}
            () = stop.shutdown.begun() => {}
        }
    });
}

async fn search(app: Arc<App>) {
    let mut search = Search::default();
    loop {
        let own = Arc::clone(&app);
        let looked = tokio::task::spawn_blocking(move || {
            let mut search = search;
            let found = search.look(&own);
            (search, found)
        });
        let Ok((next, found)) = looked.await else {
            tracing::error!("the search for the pose model panicked");
            return;
        };
        if found {
            return;
        }
        search = next;
        tokio::time::sleep(LOOK).await;
    }
}

/// What was tried so far.
#[derive(Debug, Default)]
struct Search {
    /// The last message in the log: each is written once.
    told: String,
    /// The folder's files when a load failed: until they change, another would fail too.
    failed_with: Option<Listing>,
    /// When a download is tried again, and the pause before the one after it.
    download: Option<(Instant, Duration)>,
}

/// Name, size and time of change of each file.
type Listing = Vec<(std::ffi::OsString, u64, Option<SystemTime>)>;

impl Search {
    /// Whether the model is there now.
    fn look(&mut self, app: &App) -> bool {
        let config = &app.config;
        let folder = ModelFolder::new(config.model.dir.clone(), &config.data_dir());
        let files = listing(folder.path());
        if self.failed_with.as_ref() == Some(&files) && !self.may_download(config, &folder) {
            return false;
        }
        match self.ready(app, &folder) {
            Ok(models) => {
                install(app, models);
                true
            }
            Err(error) => {
                app.inference.set_absence(Absence::Missing);
                self.failed_with = Some(listing(folder.path()));
                self.tell(&error, &advice(config, &folder));
                false
            }
        }
    }

    /// Installed, loaded, warm.
    fn ready(&mut self, app: &App, folder: &ModelFolder) -> Result<Models, ReadyError> {
        let config = &app.config;
        if self.may_download(config, folder) {
            let pause = self
                .download
                .map_or(FIRST_DOWNLOAD_PAUSE, |(_, pause)| pause);
            self.download = Some((
                Instant::now() + pause,
                (pause * 2).min(LONGEST_DOWNLOAD_PAUSE),
            ));
            app.inference.set_absence(Absence::Installing);
            let missing = models::missing(folder, &config.model.name);
            let installed = models::install(folder, &missing, &[], &Progress::new())?;
            tracing::info!(folder = %folder.path().display(), models = ?installed.written, "pose models installed");
        }
        if folder.has(&config.model.name) {
            app.inference.set_absence(Absence::Loading);
        }
        let Loaded { usual, lite } = models::load_with_lite(
            folder,
            &config.model.name,
            config.inference.lite,
            config.inference.precision.into(),
        )?;
        Ok(Models {
            usual: warm(usual)?,
            lite: lite.map(warm).transpose()?,
        })
    }

    /// Whether something is missing that may be downloaded now.
    fn may_download(&self, config: &Config, folder: &ModelFolder) -> bool {
        config.model.install
            && folder.is_managed()
            && self.download.is_none_or(|(due, _)| Instant::now() >= due)
            && !models::missing(folder, &config.model.name).is_empty()
    }

    fn tell(&mut self, error: &ReadyError, advice: &str) {
        let message = error.to_string();
        if message != self.told {
            tracing::error!(%error, "no pose model: the inference plane answers MODEL_UNAVAILABLE; {advice}");
            self.told = message;
        }
    }
}

fn install(app: &App, models: Models) {
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

/// What a person does about a missing model: the folder, and the exact command.
pub(crate) fn advice(config: &Config, folder: &ModelFolder) -> String {
    let path = folder.path().display();
    match folder.install_command(config.data.dir.as_deref()) {
        Some(command) => format!(
            "run `{command}`, or put its files into {path}: this server finds them within seconds"
        ),
        None => format!("put its files into {path}, which is looked at every few seconds"),
    }
}

fn listing(folder: &Path) -> Listing {
    let Ok(entries) = fs::read_dir(folder) else {
        return Listing::new();
    };
    let mut files: Listing = entries
        .flatten()
        .filter_map(|entry| {
            let data = entry.metadata().ok()?;
            let is_file = data.is_file() && !entry.file_name().as_encoded_bytes().starts_with(b".");
            is_file.then(|| (entry.file_name(), data.len(), data.modified().ok()))
        })
        .collect();
    files.sort();
    files
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
