//! Where settings come from, in rising order: the default, the TOML file, the environment, flags. Errors are gathered.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::value::Value;

/// One setting that cannot be used, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// `section.key`, or the name in the source.
    pub(crate) key: String,
    /// `file`, `environment NAME`, `flag`.
    pub(crate) source: String,
    /// What is wrong.
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.key, self.message, self.source)
    }
}

/// All that is wrong with a configuration, told at once.
#[derive(Debug, Default, thiserror::Error)]
#[error("the configuration cannot be used:{}", self.lines())]
pub(crate) struct ConfigError {
    /// Every problem found.
    pub(crate) problems: Vec<Problem>,
}

impl ConfigError {
    fn lines(&self) -> String {
        self.problems
            .iter()
            .map(|problem| format!("\n  {problem}"))
            .collect()
    }
}

/// A key as the documentation and `squirret config` list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// `section.key`.
    pub(crate) key: String,
    /// Environment variables that set it, the first is the usual one.
    pub(crate) environment: Vec<String>,
    /// The default, as TOML; empty for none.
    pub(crate) default: String,
    /// What it does.
    pub(crate) doc: String,
}

/// Answers what each key is set to.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    file: toml::Table,
    environment: BTreeMap<String, String>,
    flags: BTreeMap<String, String>,
    known: BTreeSet<String>,
    /// What was asked for, in order.
    pub(crate) described: Vec<Described>,
    /// What was wrong so far.
    pub(crate) problems: Vec<Problem>,
    /// What is probably a mistake, but stops nothing.
    pub(crate) warnings: Vec<String>,
}

/// Variables of the environment that begin like settings and are none.
const OTHER_VARIABLES: [&str; 7] = [
    "SQUIRRET_CONFIG",
    "SQUIRRET_CHROMIUM",
    "SQUIRRET_KILLS",
    "SQUIRRET_BIN",
    "SQUIRRET_FRAMES",
    "SQUIRRET_FUZZ_ROUNDS",
    "SQUIRRET_URL",
];

impl Sources {
    /// From a parsed file, the environment and `section.key` → value of the flags.
    pub(crate) fn new(
        file: toml::Table,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self {
            file,
            environment: environment.into_iter().collect(),
            flags: flags.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The value of `section.key`: the strongest source that names it, else the default.
    pub(super) fn get<V: Value>(
        &mut self,
        section: &str,
        key: &str,
        aliases: &[&str],
        doc: &str,
        default: V,
    ) -> V {
        let name = format!("{section}.{key}");
        let usual = format!("SQUIRRET_{}_{}", section.to_uppercase(), key.to_uppercase());
        let environment: Vec<String> = aliases
            .iter()
            .map(|&alias| alias.to_owned())
            .chain([usual])
            .collect();
        self.known.insert(name.clone());
        let set = self.strongest::<V>(section, key, &name, &environment);
        let shown = default
            .show()
            .map(|value| value.to_string())
            .unwrap_or_default();
        let doc = doc.trim().replace('\n', " ");
        self.described.push(Described {
            key: name.clone(),
            environment,
            default: shown,
            doc,
        });
        match set {
            None => default,
            Some((_, Ok(value))) => value,
            Some((source, Err(message))) => {
                self.problems.push(Problem {
                    key: name,
                    source,
                    message,
                });
                default
            }
        }
    }

    fn strongest<V: Value>(
        &self,
        section: &str,
        key: &str,
        name: &str,
        environment: &[String],
    ) -> Option<(String, Result<V, String>)> {
        if let Some(text) = self.flags.get(name) {
            return Some(("flag".into(), V::from_text(text)));
        }
        for variable in environment {
            if let Some(text) = self.environment.get(variable) {
                return Some((format!("environment {variable}"), V::from_text(text)));
            }
        }
        let value = self.file.get(section)?.as_table()?.get(key)?;
        Some(("file".into(), V::from_toml(value)))
    }

    /// Adds a problem for each key that nothing asked for.
    pub(super) fn refuse_unknown(&mut self) {
        let mut given: Vec<(String, &str)> =
            self.flags.keys().map(|key| (key.clone(), "flag")).collect();
        for (section, value) in &self.file {
            match value.as_table() {
                Some(table) => {
                    given.extend(table.keys().map(|key| (format!("{section}.{key}"), "file")))
                }
                None => given.push((section.clone(), "file")),
            }
        }
        for (key, source) in given {
            if !self.known.contains(&key) {
                let message = match self.nearest(&key) {
                    Some(near) => format!("is not a setting; did you mean {near}?"),
                    None => "is not a setting".into(),
                };
                self.problems.push(Problem {
                    key,
                    source: source.into(),
                    message,
                });
            }
        }
    }

    /// Adds a warning for each `SQUIRRET_` variable that nothing asked for, with the nearest that is one.
    pub(super) fn warn_of_unknown_variables(&mut self) {
        let known: BTreeSet<&str> = self
            .described
            .iter()
            .flat_map(|key| key.environment.iter().map(String::as_str))
            .collect();
        let unknown = self.environment.keys().filter(|name| {
            name.starts_with("SQUIRRET_")
                && !name.starts_with("SQUIRRET_TEST_")
                && !known.contains(name.as_str())
                && !OTHER_VARIABLES.contains(&name.as_str())
        });
        let warning = |name: &String| match nearest(name, known.iter().copied()) {
            Some(near) => format!("{name} is not a setting; did you mean {near}?"),
            None => format!("{name} is not a setting"),
        };
        self.warnings = unknown.map(warning).collect();
    }

    fn nearest(&self, key: &str) -> Option<&str> {
        nearest(key, self.known.iter().map(String::as_str))
    }
}

/// The name that is fewest changes away, unless that is another word.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(steps, _)| *steps <= name.len() / 3 + 1)
        .map(|(_, known)| known)
}

/// Levenshtein's distance of two short names.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.chars().enumerate() {
            let change = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_source_wins() {
        let file = "[a]\nb = 1\n".parse().unwrap();
        let pair = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
        let mut only_file = Sources::new(toml::Table::clone(&file), [], []);
        assert_eq!(only_file.get("a", "b", &[], "", 0_u32), 1);
        let mut environment =
            Sources::new(toml::Table::clone(&file), pair("SQUIRRET_A_B", "2"), []);
        assert_eq!(environment.get("a", "b", &[], "", 0_u32), 2);
        let mut flag = Sources::new(file, pair("SQUIRRET_A_B", "2"), pair("a.b", "3"));
        assert_eq!(flag.get("a", "b", &[], "", 0_u32), 3);
        assert_eq!(Sources::default().get("a", "b", &[], "", 7_u32), 7);
    }

    #[test]
    fn an_unknown_variable_is_reported_with_the_nearest_known_one() {
        let pair = |name: &str| (name.to_owned(), "x".to_owned());
        let names = [
            "SQUIRRET_CONTROL_LISEN",
            "SQUIRRET_CONFIG",
            "SQUIRREL",
            "JWT",
        ];
        let mut sources = Sources::new(toml::Table::new(), names.map(pair), []);
        sources.get("control", "listen", &[], "", String::new());
        sources.warn_of_unknown_variables();
        assert_eq!(
            sources.warnings,
            ["SQUIRRET_CONTROL_LISEN is not a setting; did you mean SQUIRRET_CONTROL_LISTEN?"]
        );
    }

    #[test]
    fn an_unknown_key_is_told_with_the_nearest_known_one() {
        let mut sources = Sources::new("[control]\nlisen = 'x'\n".parse().unwrap(), [], []);
        sources.get("control", "listen", &[], "", String::new());
        sources.refuse_unknown();
        assert_eq!(
            sources.problems[0].to_string(),
            "control.lisen: is not a setting; did you mean control.listen? (file)"
        );
    }
}
