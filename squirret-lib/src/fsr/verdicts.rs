//! A short list of verdicts that needs no heap.

use std::ops::{Deref, DerefMut};

use crate::verdict::{Assessment, Rule, Source, Unit, Verdict};

/// Most verdicts that a sheet holds.
const CAPACITY: usize = 8;

/// Up to eight verdicts in the order of their weight; reads as a slice.
#[derive(Clone, Copy, PartialEq)]
pub struct Verdicts {
    verdicts: [Verdict; CAPACITY],
    len: usize,
}

impl Verdicts {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        let filler = Verdict::new(
            Rule::FrontShare,
            Assessment::Good,
            Unit::Percent,
            Source::Insole,
        );
        Self {
            verdicts: [filler; CAPACITY],
            len: 0,
        }
    }

    /// These verdicts (the first eight of them).
    #[must_use]
    pub fn of(verdicts: &[Verdict]) -> Self {
        let mut sheet = Self::new();
        verdicts.iter().for_each(|verdict| sheet.push(*verdict));
        sheet
    }

    /// Adds one at the end, unless it is full.
    pub fn push(&mut self, verdict: Verdict) {
        if let Some(slot) = self.verdicts.get_mut(self.len) {
            *slot = verdict;
            self.len += 1;
        }
    }

    /// Those that are at fault.
    pub fn faults(&self) -> impl Iterator<Item = &Verdict> {
        self.iter().filter(|verdict| verdict.is_fault())
    }
}

impl Default for Verdicts {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Verdicts {
    type Target = [Verdict];

    fn deref(&self) -> &[Verdict] {
        &self.verdicts[..self.len]
    }
}

impl DerefMut for Verdicts {
    fn deref_mut(&mut self) -> &mut [Verdict] {
        &mut self.verdicts[..self.len]
    }
}

impl std::fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_holds_eight_verdicts_and_no_ninth() {
        let verdict = Verdict::new(
            Rule::HeelShare,
            Assessment::Bad,
            Unit::Percent,
            Source::Insole,
        );
        assert_eq!(Verdicts::of(&[verdict; 8]).len(), 8);
        assert_eq!(Verdicts::of(&[verdict; 9]).len(), 8);
    }
}
