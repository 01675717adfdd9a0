//! What is kept of a clip for its report.

use squirret::coach::Outcome;

/// What happened in one clip.
#[derive(Debug)]
pub(crate) struct Notes {
    /// Its name.
    pub(crate) name: String,
    /// What people said of it.
    pub(crate) label: Option<String>,
    /// What was left out of its file or assumed.
    pub(crate) remarks: Vec<String>,
    /// What it came to.
    pub(crate) outcome: Outcome,
}

impl Notes {
    /// Nothing has happened yet.
    pub(crate) fn new(name: &str, label: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            label: label.map(str::to_owned),
            remarks: Vec::new(),
            outcome: Outcome::default(),
        }
    }
}
