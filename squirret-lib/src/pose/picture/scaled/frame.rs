//! What stands before the bits: sizes, components, tables.

use super::huffman::Huffman;
use crate::pose::picture::jpeg::next_marker;

/// A component of the picture: brightness or one of two colours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Component {
    id: u8,
    /// Blocks in a unit, across and down, 1 or 2.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Indices of its tables.
    pub(super) quantisation: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// One component or three, without a place on the heap.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Components {
    all: [Component; 3],
    len: usize,
}

impl std::ops::Deref for Components {
    type Target = [Component];

    fn deref(&self) -> &[Component] {
        &self.all[..self.len]
    }
}

impl std::ops::DerefMut for Components {
    fn deref_mut(&mut self) -> &mut [Component] {
        &mut self.all[..self.len]
    }
}

impl Components {
    /// One more, if there is room.
    fn push(&mut self, component: Component) {
        if let Some(place) = self.all.get_mut(self.len) {
            *place = component;
            self.len += 1;
        }
    }
}

/// A sequential picture with all components in one scan.
#[derive(Debug)]
pub(super) struct JpegFrame<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Components,
    /// In coding order.
    pub(super) quantisation: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<Huffman<'a>>; 4],
    pub(super) ac: [Option<Huffman<'a>>; 4],
    /// Units between restart markers, 0 for none.
    pub(super) restart: usize,
    /// The scan and what follows.
    pub(super) data: &'a [u8],
}

impl<'a> JpegFrame<'a> {
    /// `None` when the picture is of a kind that is not read here.
    pub(super) fn read(encoded: &'a [u8]) -> Option<Self> {
        let mut frame = Self {
            width: 0,
            height: 0,
            components: Components::default(),
            quantisation: [None; 4],
            dc: [None, None, None, None],
            ac: [None, None, None, None],
            restart: 0,
            data: &[],
        };
        let mut at = 2;
        loop {
            let (marker, after) = next_marker(encoded, at)?;
            let length = usize::from(u16::from_be_bytes(*encoded.get(after..)?.first_chunk()?));
            let end = after.checked_add(length)?;
            let segment = encoded.get(after.checked_add(2)?..end)?;
            match marker {
                0xdb => frame.read_quantisation(segment)?,
                0xc4 => frame.read_codes(segment)?,
                0xc0 | 0xc1 => frame.read_frame(segment)?,
                // Progressive, lossless, arithmetic.
                0xc2..=0xcf => return None,
                0xdd => frame.restart = usize::from(u16::from_be_bytes(*segment.first_chunk()?)),
                // Adobe's: colours that are no YCbCr.
                0xee if segment.starts_with(b"Adobe") && segment.get(11) != Some(&1) => {
                    return None;
                }
                0xda => {
                    frame.read_scan(segment)?;
                    frame.data = encoded.get(end..)?;
                    return Some(frame);
                }
                _ => {}
            }
            at = end;
        }
    }

    /// Units across and down; a unit has the blocks of all components for one place.
    pub(super) fn units(&self) -> [usize; 2] {
        let largest =
            |of: fn(&Component) -> usize| self.components.iter().map(of).max().unwrap_or(1);
        [
            (self.width as usize).div_ceil(8 * largest(|c| c.across)),
            (self.height as usize).div_ceil(8 * largest(|c| c.down)),
        ]
    }

    fn read_quantisation(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((head, rest)) = segment.split_first() {
            let wide = head >> 4 == 1;
            let (values, rest) = rest.split_at_checked(if wide { 128 } else { 64 })?;
            let table = std::array::from_fn(|i| {
                if wide {
                    u16::from_be_bytes([values[2 * i], values[2 * i + 1]])
                } else {
                    u16::from(values[i])
                }
            });
            *self.quantisation.get_mut(usize::from(head & 15))? = Some(table);
            segment = rest;
        }
        Some(())
    }

    fn read_codes(&mut self, mut segment: &'a [u8]) -> Option<()> {
        while let Some((head, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(total)?;
            let tables = if head >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            *tables.get_mut(usize::from(head & 15))? = Some(Huffman::new(counts, symbols)?);
            segment = rest;
        }
        Some(())
    }

    fn read_frame(&mut self, segment: &[u8]) -> Option<()> {
        let (&[8, h1, h0, w1, w0, count], rest) = segment.split_first_chunk::<6>()? else {
            return None;
        };
        if !self.components.is_empty() || !matches!(count, 1 | 3) {
            return None;
        }
        [self.width, self.height] =
            [[w1, w0], [h1, h0]].map(|pair| u32::from(u16::from_be_bytes(pair)));
        for &[id, sampling, quantisation] in rest.as_chunks::<3>().0.iter().take(usize::from(count))
        {
            let [across, down] = [sampling >> 4, sampling & 15].map(usize::from);
            let quantisation = usize::from(quantisation & 3);
            self.components.push(Component {
                id,
                across,
                down,
                quantisation,
                dc: 0,
                ac: 0,
            });
        }
        // Colours that are named so are no YCbCr.
        if self.components.iter().map(|c| c.id).eq(*b"RGB") {
            return None;
        }
        // A component that stands alone has one block in a unit, whatever it says.
        if let [alone] = &mut *self.components {
            [alone.across, alone.down] = [1, 1];
        }
        let brightest = self.components.first()?;
        let (across, down) = (brightest.across, brightest.down);
        let fits = |c: &Component| {
            (c.across == across || c.across == 1) && (c.down == down || c.down == 1)
        };
        let known = matches!((across, down), (1 | 2, 1 | 2)) && self.components.iter().all(fits);
        (known && self.components.len() == usize::from(count) && self.width > 0 && self.height > 0)
            .then_some(())
    }

    fn read_scan(&mut self, segment: &[u8]) -> Option<()> {
        let (count, rest) = segment.split_first()?;
        if usize::from(*count) != self.components.len() || self.components.is_empty() {
            return None;
        }
        for (component, &[id, tables]) in self.components.iter_mut().zip(rest.as_chunks::<2>().0) {
            if component.id != id {
                return None;
            }
            [component.dc, component.ac] = [tables >> 4, tables & 15].map(usize::from);
        }
        Some(())
    }
}
