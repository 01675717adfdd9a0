//! The numbers of a configuration by their paths, so that a new setting is checked without a rule of its own.

use super::{CoachConfig, ConfigProblem};
use serde_json::Value;

/// The largest plausible multiple of a default.
const LARGEST_FACTOR: f64 = 100.0;

/// The largest plausible size of a number whose default is 0.
const LARGEST_FROM_ZERO: f64 = 1_000.0;

/// Returns the numbers that are NaN, infinite, or out of proportion to their defaults.
pub(super) fn implausible(config: &CoachConfig) -> Vec<ConfigProblem> {
    let mut problems = Vec::new();
    visit(config, |key, default, value| {
        if let Some(rule) = broken_rule(default, value) {
            problems.push(ConfigProblem { key, rule });
        }
    });
    problems
}

/// Returns the paths of all numbers that differ from their defaults.
pub(super) fn changed(config: &CoachConfig) -> Vec<String> {
    let mut keys = Vec::new();
    visit(config, |key, default, value| {
        if value.as_f64() != Some(default) {
            keys.push(key);
        }
    });
    keys
}

/// JSON has no NaN and no infinity: serialised, both are `null`.
fn broken_rule(default: f64, value: &Value) -> Option<String> {
    let Some(value) = value.as_f64() else {
        return Some("must be a finite number".into());
    };
    let (low, high) = if default == 0.0 {
        (-LARGEST_FROM_ZERO, LARGEST_FROM_ZERO)
    } else {
        let far = default * LARGEST_FACTOR;
        (far.min(0.0), far.max(0.0))
    };
    let is_plausible = (low..=high).contains(&value);
    (!is_plausible).then(|| format!("must be between {low} and {high}"))
}

/// Calls `see` with the path, the default and the value of each number.
fn visit(config: &CoachConfig, mut see: impl FnMut(String, f64, &Value)) {
    let serialised = |config: &CoachConfig| serde_json::to_value(config).unwrap_or_default();
    let default = serialised(&CoachConfig::default());
    visit_value(String::new(), &default, &serialised(config), &mut see);
}

fn visit_value(
    path: String,
    default: &Value,
    value: &Value,
    see: &mut impl FnMut(String, f64, &Value),
) {
    match (default, value) {
        (Value::Object(defaults), Value::Object(values)) => {
            for (key, default) in defaults {
                let separator = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{separator}{key}");
                visit_value(path, default, values.get(key).unwrap_or(&Value::Null), see);
            }
        }
        (Value::Number(default), value) => {
            see(path, default.as_f64().unwrap_or_default(), value);
        }
        // Lists have rules of their own, and what is off by default has no scale.
        _ => {}
    }
}

#[cfg(test)]
pub(super) fn keys(config: &CoachConfig) -> Vec<String> {
    let mut keys = Vec::new();
    visit(config, |key, _, _| keys.push(key));
    keys
}

/// The configuration with another number at this path, if its type can hold it.
#[cfg(test)]
pub(super) fn with(config: &CoachConfig, key: &str, number: f64) -> Option<CoachConfig> {
    let mut value = serde_json::to_value(config).unwrap();
    let pointer = format!("/{}", key.replace('.', "/"));
    *value.pointer_mut(&pointer).unwrap() = number.into();
    serde_json::from_value(value).ok()
}
