//! The table that is printed.

/// The table, line by line.
#[derive(Debug)]
pub(crate) struct Table {
    failed: u32,
}

impl Table {
    /// Prints the head.
    pub(crate) fn new() -> Self {
        println!("| {:<66} | {:<44} | {:<24} |", "what", "came out", "must");
        println!("|{}|{}|{}|", "-".repeat(68), "-".repeat(46), "-".repeat(26));
        Self { failed: 0 }
    }

    /// A line whose value must hold.
    pub(crate) fn line(&mut self, what: &str, came_out: &str, must: &str, holds: bool) {
        let mark = if holds { "" } else { "  ✗ does not hold" };
        println!("| {what:<66} | {came_out:<44} | {must:<24} |{mark}");
        self.failed += u32::from(!holds);
    }

    /// A line that promises nothing.
    pub(crate) fn note(&self, what: &str, came_out: &str) {
        println!("| {what:<66} | {came_out:<44} | {:<24} |", "");
    }

    /// Lines that do not hold.
    pub(crate) const fn failed(&self) -> u32 {
        self.failed
    }
}
