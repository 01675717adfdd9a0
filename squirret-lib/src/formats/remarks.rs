//! What a reader left out or had to assume.

use std::fmt;

/// Remarks that are kept word for word; the rest is counted. A table with a fault in each line would else fill memory.
const MAX_KEPT: usize = 20;

/// Something that a user should know about a file that was read nonetheless.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Remark {
    /// Line in the file, from 1; `None` when it is about the whole file.
    pub line: Option<u64>,
    /// What was found and what was done about it.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Collects [`Remark`]s: the first 20 word for word, the others as a count.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Remarks {
    kept: Vec<Remark>,
    more: u64,
}

impl Remarks {
    /// Records a remark about a line.
    pub fn at(&mut self, line: u64, text: impl Into<String>) {
        self.push(Some(line), text.into());
    }

    /// Records a remark about the whole file.
    pub fn whole(&mut self, text: impl Into<String>) {
        self.push(None, text.into());
    }

    fn push(&mut self, line: Option<u64>, text: String) {
        if self.kept.len() < MAX_KEPT {
            self.kept.push(Remark { line, text });
        } else {
            self.more += 1;
        }
    }

    /// Returns the remarks that were kept word for word.
    #[must_use]
    pub fn kept(&self) -> &[Remark] {
        &self.kept
    }

    /// Returns all remarks as text, the last line with the number of those that were not kept.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.kept.iter().map(Remark::to_string).collect();
        if self.more > 0 {
            texts.push(format!("and {} more remarks", self.more));
        }
        texts
    }

    /// Whether nothing was remarked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_past_the_limit_are_counted() {
        let mut remarks = Remarks::default();
        assert!(remarks.is_empty());
        for line in 0..MAX_KEPT as u64 + 3 {
            remarks.at(line, "blank");
        }
        assert_eq!(remarks.kept().len(), MAX_KEPT);
        let texts = remarks.texts();
        assert_eq!(texts[1], "line 1: blank");
        assert_eq!(texts[MAX_KEPT], "and 3 more remarks");
    }
}
