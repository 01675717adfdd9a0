//! Where the header lines of a frame are, so that reading them does not search again.

/// Lines that are remembered; the frames of real clients have fewer.
const REMEMBERED: usize = 16;

/// Places relative to the start of the headers.
#[derive(Debug, Default)]
pub(super) struct HeaderIndex {
    lines: [HeaderLine; REMEMBERED],
    len: u8,
    rich: bool,
}

/// A header line that starts where the one before it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct HeaderLine {
    /// Its first colon.
    pub(super) colon: u32,
    /// One past its LF.
    pub(super) next: u32,
}

impl HeaderIndex {
    /// Remembers one more line, if there is room and the places fit.
    pub(super) fn push(&mut self, colon: usize, next: usize) {
        let Some(slot) = self.lines.get_mut(usize::from(self.len)) else {
            return;
        };
        if let (Ok(colon), Ok(next)) = (u32::try_from(colon), u32::try_from(next)) {
            *slot = HeaderLine { colon, next };
            self.len = self.len.saturating_add(1);
        }
    }

    pub(super) const fn clear(&mut self) {
        self.len = 0;
        self.rich = false;
    }

    #[inline]
    pub(super) fn get(&self, line: usize) -> Option<HeaderLine> {
        self.lines.get(..usize::from(self.len))?.get(line).copied()
    }

    /// Notes that a CR or a backslash stands in the headers.
    pub(super) const fn set_rich(&mut self) {
        self.rich = true;
    }

    /// Whether texts need a closer look than at where they start and end.
    pub(super) const fn is_rich(&self) -> bool {
        self.rich
    }
}
