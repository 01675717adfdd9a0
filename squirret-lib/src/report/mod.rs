//! The report of a session: what was done, how well, what was at fault and on what evidence, what was not assessed,
//! what to practise. As a page that prints on A4, as JSON, as a table of the repetitions.
//!
//! ```
//! use squirret::{Language, UnixMillis, archive::{WorkoutKey, WorkoutRecord}, report::Report, session::SessionId};
//!
//! let key = WorkoutKey { session: SessionId(uuid::Uuid::from_u128(1)), start: UnixMillis(1_762_672_223_000) };
//! let report = Report::new("6 squats", &[WorkoutRecord::new(key, Vec::new())], &[], 10_000, Language::En);
//! assert!(report.html(0).starts_with("<!doctype html>\n<html lang=\"en\">"));
//! assert!(report.html(0).contains("No squats were recorded"));
//! ```

mod model;
pub use model::{
    Balance, Comparison, Earlier, FaultEvidence, FaultRow, MissingRow, RepRow, Report, Totals,
};

mod build;
pub use build::together;

mod csv;
mod html;
mod labels;
mod numbers;
mod plot;

pub use html::dead_link;

/// The name of what a rule judges, as the report and the live page call it.
#[must_use]
pub const fn rule_name(rule: crate::Rule, language: crate::Language) -> &'static str {
    labels::rule(rule).in_language(language)
}

/// The page's only style sheet, for a Content-Security-Policy that names its hash.
pub const STYLE: &str = include_str!("style.css");

/// The page's only script, for a policy that names its hash: it makes the buttons for printing and sharing work, and
/// without it they are hidden.
pub const SCRIPT: &str = include_str!("script.js");

#[cfg(test)]
mod tests;
