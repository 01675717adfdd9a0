//! `squirret config`.

use clap::Args;

use crate::config::{Config, ConfigError};

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Print a Markdown table of all settings instead.
    #[arg(long)]
    table: bool,
    /// Print every threshold of the coach instead, as a file for `coach.file`.
    #[arg(long, conflicts_with = "table")]
    coach: bool,
}

/// Prints the effective configuration, or the table of all settings.
pub(super) fn run(
    config: Result<Config, ConfigError>,
    args: &ConfigArgs,
) -> Result<(), Box<dyn std::error::Error>> {
    if args.table {
        print!("{}", table());
        return Ok(());
    }
    let config = config?;
    if args.coach {
        print!("{}", toml::to_string(&config.coach.load()?)?);
        return Ok(());
    }
    print!("{}", toml::to_string(&config.show())?);
    Ok(())
}

/// All settings as a Markdown table, as the README holds it.
fn table() -> String {
    let mut table =
        String::from("| key | environment | default | what it does |\n|---|---|---|---|\n");
    for key in Config::describe() {
        let environment = key
            .environment
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let default = if key.default.is_empty() {
            "–".into()
        } else {
            format!("`{}`", key.default)
        };
        table.push_str(&format!(
            "| `{}` | {environment} | {default} | {} |\n",
            key.key, key.doc
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_setting() {
        let readme = include_str!("../../../README.md");
        for line in table().lines() {
            assert!(
                readme.contains(line),
                "README.md lacks this line of `squirret config --table`:\n{line}"
            );
        }
    }
}
