//! The coach's thresholds: a profile, and a file of those that differ from it.

use std::{io, path::PathBuf};

use squirret::coach::{CoachConfig, CoachConfigError as Refused};

use super::CoachSettings;

/// Why the coach's thresholds cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CoachFileError {
    /// The file cannot be read.
    #[error("coach.file: {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    /// The file is not TOML, or has a key or a kind that the coach does not know.
    #[error("coach.file: {path}: {source}")]
    Toml {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    /// Its values cannot be.
    #[error("coach.file: {path}: {source}")]
    Invalid { path: PathBuf, source: Refused },
}

impl CoachSettings {
    /// Every threshold: the profile's, and in their place those of the file.
    ///
    /// # Errors
    /// [`CoachFileError`] when the file cannot be read or used; it names the key and what it must be.
    pub(crate) fn load(&self) -> Result<CoachConfig, CoachFileError> {
        let mut config = match self.file.clone() {
            None => CoachConfig::default(),
            Some(path) => {
                let read = std::fs::read_to_string(&path);
                let text = match read {
                    Ok(text) => text,
                    Err(source) => return Err(CoachFileError::Read { path, source }),
                };
                let config: CoachConfig = match toml::from_str(&text) {
                    Ok(config) => config,
                    Err(error) => {
                        let source = Box::new(error);
                        return Err(CoachFileError::Toml { path, source });
                    }
                };
                if let Err(source) = config.validate() {
                    return Err(CoachFileError::Invalid { path, source });
                }
                config
            }
        };
        if let Some(profile) = self.profile {
            config.profile = profile.into();
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CoachProfile;
    use squirret::coach::Profile;

    fn load(text: &str, profile: Option<CoachProfile>) -> Result<CoachConfig, CoachFileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("coach.toml");
        std::fs::write(&path, text).unwrap();
        let file = Some(path);
        CoachSettings { profile, file }.load()
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let config = load("[squat]\nside_flexion_degrees = 90.0\n", None).unwrap();
        let mut expected = CoachConfig::default();
        expected.squat.side_flexion_degrees = 90.0;
        assert_eq!(config, expected);
    }

    #[test]
    fn a_profile_that_is_set_counts_before_the_files() {
        let profile = |text, set| load(text, set).unwrap().profile;
        assert_eq!(profile("profile = 'seed'", None), Profile::Seed);
        assert_eq!(profile("", Some(CoachProfile::Seed)), Profile::Seed);
        let set = Some(CoachProfile::Calibrated);
        assert_eq!(profile("profile = 'seed'", set), Profile::Calibrated);
    }

    #[test]
    fn a_key_that_is_misspelt_and_a_value_that_cannot_be_are_named() {
        for (text, told) in [
            ("[squat]\nside_flexion = 90.0", "side_flexion"),
            ("[timing]\nrest = 5", "rest"),
            ("[fsr.rules]\nmax_iner = 5.0", "max_iner"),
            (
                "[timing]\ndata_interval_ms = 5",
                "timing.data_interval_ms must be 100 to 60000",
            ),
            ("profile = 'king'", "king"),
        ] {
            let error = load(text, None).unwrap_err().to_string();
            assert!(
                error.starts_with("coach.file: ") && error.contains(told),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_printed_reads_again() {
        let text = toml::to_string(&CoachConfig::seed()).unwrap();
        assert_eq!(load(&text, None).unwrap(), CoachConfig::seed());
    }
}
