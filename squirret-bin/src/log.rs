//! Structured logs on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

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
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if pretty {
        builder.init();
    } else {
        builder
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .init();
    }
    Ok(())
}
