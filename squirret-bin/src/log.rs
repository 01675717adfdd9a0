//! Structured logs on standard error.

use std::io::IsTerminal;

use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter,
    filter::{ParseError, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::{LogConfig, LogFormat};

/// Starts logging as configured; pretty on a terminal and JSON elsewhere, unless said otherwise.
///
/// # Errors
/// When the filter is none.
pub(crate) fn init(config: &LogConfig) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(&config.filter)?;
    let pretty = match config.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    let quiet = filter_fn(|event| !shows_content(event));
    let logs = tracing_subscriber::registry().with(filter).with(quiet);
    let layer = fmt::layer().with_writer(std::io::stderr);
    if pretty {
        logs.with(layer).init();
    } else {
        logs.with(layer.json().flatten_event(true).with_span_list(false))
            .init();
    }
    Ok(())
}

/// At trace level the WebSocket library logs whole frames, with the tokens and pictures in them: never shown.
fn shows_content(event: &Metadata<'_>) -> bool {
    let is_socket = |library| event.target().split("::").next() == Some(library);
    *event.level() == Level::TRACE
        && ["tungstenite", "tokio_tungstenite"]
            .into_iter()
            .any(is_socket)
}
