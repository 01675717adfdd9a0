//! Numbers as the page prints them.

/// A number with as many digits as it is worth.
pub(super) fn short(value: f64) -> String {
    if value.abs() < 10.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

pub(super) fn percent(value: f64) -> String {
    format!("{value:.0} %")
}

pub(super) fn dash() -> String {
    "–".to_owned()
}
