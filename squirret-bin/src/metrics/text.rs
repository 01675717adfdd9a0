//! The two text formats of Prometheus.

use std::borrow::Cow;

/// OpenMetrics text as the older format has it, for whoever does not ask for the newer one: a counter is called as its
/// value is, and there are no units and no end mark.
pub(super) fn classic(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len());
    // The help of a family comes before its type, and both names depend on the type.
    let mut lines = openmetrics.lines().peekable();
    while let Some(line) = lines.next() {
        let kind = lines.peek().and_then(|next| next.strip_prefix("# TYPE "));
        let kind = kind
            .and_then(|rest| rest.split_once(' '))
            .map(|(_, kind)| kind);
        if let Some(line) = convert(line, kind) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// One line; `kind` is that of the family whose help it is.
fn convert<'a>(line: &'a str, kind: Option<&str>) -> Option<Cow<'a, str>> {
    if line == "# EOF" || line.starts_with("# UNIT ") {
        return None;
    }
    if let Some(rest) = line.strip_prefix("# TYPE ") {
        let (name, kind) = rest.split_once(' ')?;
        return Some(format!("# TYPE {}{} {}", name, suffix(kind), older(kind)).into());
    }
    if let Some((kind, rest)) = kind.zip(line.strip_prefix("# HELP ")) {
        let (name, help) = rest.split_once(' ')?;
        return Some(format!("# HELP {name}{} {help}", suffix(kind)).into());
    }
    Some(line.into())
}

/// What the values of a kind are called besides the family's name.
fn suffix(kind: &str) -> &'static str {
    match kind {
        "counter" => "_total",
        "info" => "_info",
        _ => "",
    }
}

/// The older format's name of a kind.
fn older(kind: &str) -> &str {
    match kind {
        "info" | "stateset" => "gauge",
        "unknown" => "untyped",
        known => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_called_as_their_values_are() {
        let openmetrics = "# HELP a_requests Requests.\n# TYPE a_requests counter\na_requests_total 3\n\
                           # HELP a_time_seconds Time.\n# TYPE a_time_seconds gauge\n# UNIT a_time_seconds seconds\n\
                           a_time_seconds 1.5\n# HELP a_build Build.\n# TYPE a_build info\na_build_info{v=\"1\"} 1\n# EOF\n";
        let classic = classic(openmetrics);
        assert_eq!(
            classic,
            "# HELP a_requests_total Requests.\n# TYPE a_requests_total counter\na_requests_total 3\n\
             # HELP a_time_seconds Time.\n# TYPE a_time_seconds gauge\na_time_seconds 1.5\n\
             # HELP a_build_info Build.\n# TYPE a_build_info gauge\na_build_info{v=\"1\"} 1\n"
        );
    }
}
