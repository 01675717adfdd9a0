//! How long work shows itself: a bar on a terminal, a line in the log elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A piece of work with steps.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// On standard error, if that is a terminal.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Nowhere.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }

    /// A step begins whose length is not known.
    pub(crate) fn step(&self, what: &str) {
        if self.bar.is_hidden() {
            tracing::info!("{what}");
        }
        self.bar.unset_length();
        self.bar.set_style(ProgressStyle::default_spinner());
        self.bar.set_message(what.to_owned());
    }

    /// So many bytes of so many are there.
    pub(crate) fn bytes(&self, done: u64, total: u64) {
        self.show(
            done,
            total,
            "{msg} [{bar:30}] {bytes} of {total_bytes}, {eta} left",
        );
    }

    /// So many things of so many are done.
    pub(crate) fn things(&self, done: u64, total: u64) {
        self.show(done, total, "{msg} [{bar:30}] {pos} of {len}, {eta} left");
    }

    fn show(&self, done: u64, total: u64, template: &str) {
        if self.bar.length() != Some(total) {
            let style = ProgressStyle::with_template(template);
            self.bar.set_style(
                style
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("=> "),
            );
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
