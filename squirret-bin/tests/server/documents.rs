//! What is written down agrees with what is there.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::support::*;

fn sources(folder: &Path, into: &mut String) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn the_tests_that_the_limits_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut code);
    }
    let limits = include_str!("../../../docs/limits.md");
    let rows = limits
        .lines()
        .filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    let tests: Vec<_> = rows.filter_map(|row| row.rsplit('`').nth(1)).collect();
    assert!(tests.len() > 40, "{tests:?}");
    for test in tests {
        assert!(
            code.contains(&format!("fn {test}(")),
            "docs/limits.md names {test}"
        );
    }
}

/// Names of families that begin with ours.
fn families(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn every_metric_is_documented_and_every_documented_one_is_told() {
    let server = Server::start().await;
    let told = families(&metrics(&server).await);
    let documented: BTreeSet<_> = include_str!("../../../docs/metrics.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(['`', '{']).next())
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = told.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/metrics.md lacks {missing:?}");
    // This one has nothing to tell without a model.
    let untold: Vec<_> = documented
        .difference(&told)
        .filter(|name| *name != "squirret_inference_model_info")
        .collect();
    assert!(
        untold.is_empty(),
        "docs/metrics.md knows {untold:?}, which /metrics does not tell"
    );
}

#[tokio::test]
async fn the_dashboard_asks_only_for_metrics_that_are_there() {
    let server = Server::start().await;
    let told = families(&metrics(&server).await);
    let dashboard: serde_json::Value =
        serde_json::from_str(include_str!("../../assets/grafana/squirret.json")).unwrap();
    let mut queries = Vec::new();
    collect(&dashboard, &mut queries);
    assert!(queries.len() > 10);
    for query in &queries {
        let words = query.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        let names: Vec<_> = words
            .filter(|word| word.starts_with("squirret_") || word.starts_with("process_"))
            .collect();
        assert!(!names.is_empty(), "{query}");
        for name in names {
            let parts = ["_bucket", "_sum", "_count"].map(|part| name.strip_suffix(part));
            let family = parts.into_iter().flatten().next().unwrap_or(name);
            let is_there = told.contains(family) || family == "squirret_inference_model_info";
            assert!(is_there, "{query}: there is no {family}");
        }
    }
}

fn collect(value: &serde_json::Value, queries: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(query) if name == "expr" => queries.push(query.to_owned()),
                    _ => collect(value, queries),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, queries)),
        _ => {}
    }
}

async fn metrics(server: &Server) -> String {
    let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    crate::raw::exchange(server, &[request]).await
}

#[tokio::test]
async fn both_formats_of_prometheus_are_spoken() {
    let server = Server::start().await;
    let older = metrics(&server).await;
    assert!(
        older.contains("content-type: text/plain; version=0.0.4"),
        "{older}"
    );
    assert!(
        older.contains("# TYPE squirret_fsr_samples_total counter"),
        "{older}"
    );
    let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                    accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1\r\n\r\n";
    let newer = crate::raw::exchange(&server, &[request]).await;
    assert!(
        newer.contains("content-type: application/openmetrics-text"),
        "{newer}"
    );
    assert!(
        newer.contains("# TYPE squirret_fsr_samples counter"),
        "{newer}"
    );
    assert!(newer.trim_end().ends_with("# EOF"), "{newer}");
}
