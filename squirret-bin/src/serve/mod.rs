//! `squirret serve`: builds the [`App`], binds its planes, runs the background tasks, and drains at the stop.

mod background;
mod build;
mod model;

pub(crate) use build::build;
#[cfg(test)]
pub(crate) use build::build_with_clock;

use std::{fmt::Write, net::SocketAddr, path::Path, sync::Arc};

use tokio::net::TcpListener;

use crate::{
    access,
    app::App,
    config::{AuthMode, Config},
    keys::ReloadSignal,
    log,
    plane::Plane,
    server::{self, Tls},
    shutdown,
};

/// Serves until a signal comes.
pub(crate) fn run(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    log::init(&config.log)?;
    // With one core there is nobody to share the work with, and sharing has a price.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder = match cores {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let tls = match (&config.server.tls_certificate, &config.server.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::load(certificate, key)?),
        _ => None,
    };
    let role = config.server.role;
    let reloads = ReloadSignal::listen()?;
    let app = Arc::new(build(config)?);
    let mut ready = String::new();
    if role.serves_control() {
        let listener = bind(&app, Plane::Control)?;
        app.addresses.write().control = Some(listener.local_addr()?);
        writeln!(ready, "control={}", listener.local_addr()?)?;
        tokio::spawn(server::serve(
            Arc::clone(&app),
            Plane::Control,
            listener,
            tls.clone(),
        ));
    }
    if role.serves_inference() {
        let listener = bind(&app, Plane::Inference)?;
        app.addresses.write().inference = Some(listener.local_addr()?);
        writeln!(ready, "inference={}", listener.local_addr()?)?;
        tokio::spawn(server::serve(
            Arc::clone(&app),
            Plane::Inference,
            listener,
            tls.clone(),
        ));
        model::load(&app);
    }
    tracing::info!(
        addresses = ready.trim().replace('\n', " "),
        version = env!("CARGO_PKG_VERSION"),
        "listening"
    );
    if let Some(address) = app.addresses.read().control {
        println!("open {}", page_url(address, tls.is_some()));
    }
    tell_exposure(&app);
    if let Some(path) = &app.config.server.ready_file {
        write_whole(path, &ready)?;
    }
    if let Some(tls) = tls {
        tokio::spawn(tls.watch());
    }
    tokio::spawn(background::run(Arc::clone(&app), reloads));
    shutdown::signal().await;
    tokio::spawn(stop_at_once());
    stop(&app).await;
    Ok(())
}

/// The live page's address, for a browser on this machine.
fn page_url(address: SocketAddr, is_tls: bool) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    match address.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => {
            format!("{scheme}://localhost:{}/", address.port())
        }
        _ => format!("{scheme}://{address}/"),
    }
}

/// A second signal ends the process without waiting for what is in flight.
async fn stop_at_once() {
    shutdown::signal().await;
    tracing::warn!("stopped at once: what was in flight may be lost");
    std::process::exit(130);
}

/// Prints to standard output what others can do; the logs, which programs read, go to standard error.
fn tell_exposure(app: &App) {
    let addresses = *app.addresses.read();
    let listens: Vec<_> = [addresses.control, addresses.inference]
        .into_iter()
        .flatten()
        .collect();
    let lines = access::exposure(&app.config, &listens);
    if !lines.is_empty() && app.config.auth.mode == AuthMode::Open {
        tracing::warn!(
            "auth.mode is open: whoever knows a session's id may read and change its data; see docs/security.md"
        );
    }
    for line in lines {
        println!("{line}");
    }
}

fn bind(app: &App, plane: Plane) -> Result<TcpListener, String> {
    let (key, address) = match plane {
        Plane::Control => ("control.listen", app.config.control.listen),
        Plane::Inference => ("inference.listen", app.config.inference.listen),
    };
    server::listen(address, app.config.limits.send_buffer_bytes)
        .map_err(|error| format!("{key}: cannot listen on {address}: {error}"))
}

/// Who waits for this file reads all of it or nothing.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, text)?;
    std::fs::rename(temporary, path)
}

async fn stop(app: &Arc<App>) {
    tracing::info!("stopping");
    app.shutdown.begin();
    if !app
        .shutdown
        .finish(app.config.server.shutdown_timeout)
        .await
    {
        tracing::warn!("some connections did not end in time");
    }
    let own = Arc::clone(app);
    let stopped = tokio::task::spawn_blocking(move || {
        own.inference.stop();
        own.store_all();
        if let Some(recorder) = &own.recorder {
            recorder.stop();
        }
    });
    let _ = stopped.await;
    tracing::info!("stopped");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_to_open_is_one_that_a_browser_can_reach() {
        let url = |address: &str, tls| page_url(address.parse().unwrap(), tls);
        assert_eq!(url("0.0.0.0:8080", false), "http://localhost:8080/");
        assert_eq!(url("[::]:8443", true), "https://localhost:8443/");
        assert_eq!(url("192.168.0.7:8080", false), "http://192.168.0.7:8080/");
    }
}
