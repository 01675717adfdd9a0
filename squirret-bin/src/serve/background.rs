//! The tasks that run beside the requests.

use std::sync::Arc;

use crate::{app::App, demo, keys::ReloadSignal};

/// Runs everything that depends on time, until the server stops.
pub(super) async fn run(app: Arc<App>, reloads: ReloadSignal) {
    tokio::select! {
        () = app.keys.watch(reloads.clone()) => {}
        () = ask_provider(&app, reloads) => {}
        () = app.clock.watch() => {}
        () = app.scopes.run() => {}
        () = app.bus.run() => {}
        () = app.store_what_is_over() => {}
        () = app.sweep() => {}
        () = demo::run(&app) => {}
        () = app.shutdown.begun() => {}
    }
}

async fn ask_provider(app: &App, reloads: ReloadSignal) {
    match &app.provider {
        Some(provider) => provider.run(reloads).await,
        None => std::future::pending().await,
    }
}
