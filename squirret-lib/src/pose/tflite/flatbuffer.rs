//! A reader of FlatBuffers that believes nothing: each offset and length is checked when it is followed.
//!
//! Layout (FlatBuffers internals): a table starts with the signed distance back to its vtable; the vtable holds its
//! own size, the table's size, and for each field the distance from the table's start (0: not there). Tables,
//! vectors and strings are referred to by the unsigned distance from where the reference stands. All little-endian.

use super::{ImportError, limits};

/// A file, and the name of what is being read for errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    file: &'a [u8],
    at: usize,
    what: &'static str,
}

/// A vector: where its elements begin and how many there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vector<'a> {
    file: &'a [u8],
    at: usize,
    len: usize,
    what: &'static str,
}

type Result<T> = std::result::Result<T, ImportError>;

/// Numbers of a fixed size as they stand in the file.
pub(super) trait Scalar: Copy + Default {
    /// Bytes.
    const SIZE: usize;
    /// From the first `SIZE` bytes; `None` when there are fewer.
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! scalar {
    ($($kind:ty),+) => {$(
        impl Scalar for $kind {
            const SIZE: usize = size_of::<Self>();
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().map(|bytes| Self::from_le_bytes(*bytes))
            }
        }
    )+};
}
scalar!(i8, u8, u16, i32, u32, f32);

fn read<S: Scalar>(file: &[u8], at: usize, what: &'static str) -> Result<S> {
    file.get(at..)
        .and_then(S::read)
        .ok_or(ImportError::Broken { what })
}

/// Follows the reference that stands at `at`.
fn follow(file: &[u8], at: usize, what: &'static str) -> Result<usize> {
    let distance: u32 = read(file, at, what)?;
    let target = usize::try_from(distance)
        .ok()
        .and_then(|distance| at.checked_add(distance));
    target
        .filter(|target| *target < file.len())
        .ok_or(ImportError::Broken { what })
}

impl<'a> Table<'a> {
    /// The table that the file is, if it carries `identifier`.
    pub(super) fn root(file: &'a [u8], identifier: &[u8; 4], what: &'static str) -> Result<Self> {
        if file.get(4..8) != Some(identifier.as_slice()) {
            return Err(ImportError::NotTflite);
        }
        Ok(Self {
            file,
            at: follow(file, 0, what)?,
            what,
        })
    }

    /// Where the field stands, `None` when the table does not have it.
    fn field(&self, slot: u16) -> Result<Option<usize>> {
        let broken = ImportError::Broken { what: self.what };
        let back: i32 = read(self.file, self.at, self.what)?;
        let vtable = i64::try_from(self.at)
            .ok()
            .and_then(|at| at.checked_sub(i64::from(back)));
        let Some(vtable) = vtable.and_then(|vtable| usize::try_from(vtable).ok()) else {
            return Err(broken);
        };
        let size: u16 = read(self.file, vtable, self.what)?;
        // Two sizes stand before the fields.
        let entry = slot.saturating_mul(2).saturating_add(4);
        if entry.saturating_add(2) > size {
            return Ok(None);
        }
        let at = vtable.saturating_add(usize::from(entry));
        let distance: u16 = read(self.file, at, self.what)?;
        Ok((distance != 0).then(|| self.at.saturating_add(usize::from(distance))))
    }

    /// A number, `default` when it is not there.
    pub(super) fn scalar<S: Scalar>(&self, slot: u16, default: S) -> Result<S> {
        self.field(slot)?
            .map_or(Ok(default), |at| read(self.file, at, self.what))
    }

    /// A table, `None` when it is not there.
    pub(super) fn table(&self, slot: u16, what: &'static str) -> Result<Option<Self>> {
        let Some(at) = self.field(slot)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            file: self.file,
            at: follow(self.file, at, what)?,
            what,
        }))
    }

    /// A vector of elements of `size` bytes, empty when it is not there.
    fn vector(&self, slot: u16, size: usize, what: &'static str) -> Result<Vector<'a>> {
        let Some(at) = self.field(slot)? else {
            return Ok(Vector {
                file: self.file,
                at: 0,
                len: 0,
                what,
            });
        };
        let start = follow(self.file, at, what)?;
        let len: u32 = read(self.file, start, what)?;
        let len = usize::try_from(len).map_err(|_| ImportError::Broken { what })?;
        let at = start.saturating_add(4);
        let end = len
            .checked_mul(size)
            .and_then(|bytes| at.checked_add(bytes));
        if end.is_none_or(|end| end > self.file.len()) {
            return Err(ImportError::Broken { what });
        }
        Ok(Vector {
            file: self.file,
            at,
            len,
            what,
        })
    }

    /// Bytes.
    pub(super) fn bytes(&self, slot: u16, what: &'static str) -> Result<&'a [u8]> {
        let vector = self.vector(slot, 1, what)?;
        let end = vector.at.saturating_add(vector.len);
        self.file
            .get(vector.at..end)
            .ok_or(ImportError::Broken { what })
    }

    /// Numbers, at most `max`: many tables may refer to one vector, so that a small file could ask for much.
    pub(super) fn scalars<S: Scalar>(
        &self,
        slot: u16,
        max: usize,
        what: &'static str,
    ) -> Result<Vec<S>> {
        let vector = self.vector(slot, S::SIZE, what)?;
        limits::check(what, vector.len, max)?;
        let bytes = self.file.get(vector.at..).unwrap_or_default();
        Ok(bytes
            .chunks_exact(S::SIZE)
            .take(vector.len)
            .filter_map(S::read)
            .collect())
    }

    /// Tables.
    pub(super) fn tables(&self, slot: u16, what: &'static str) -> Result<Vector<'a>> {
        self.vector(slot, 4, what)
    }

    /// The beginning of a text; what is not UTF-8 in it is replaced.
    pub(super) fn text(&self, slot: u16, what: &'static str) -> Result<String> {
        let bytes = self.bytes(slot, what)?;
        let beginning = bytes.get(..limits::NAME_BYTES).unwrap_or(bytes);
        Ok(String::from_utf8_lossy(beginning).into_owned())
    }
}

impl<'a> Vector<'a> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The tables in it.
    pub(super) fn iter(self) -> impl Iterator<Item = Result<Table<'a>>> {
        (0..self.len).map(move |index| {
            let at = self.at.saturating_add(index.saturating_mul(4));
            Ok(Table {
                file: self.file,
                at: follow(self.file, at, self.what)?,
                what: self.what,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root table with one u32 field (slot 0) and a vector of bytes (slot 2).
    fn file() -> Vec<u8> {
        let mut file = Vec::new();
        file.extend(20u32.to_le_bytes()); // 0: the root stands at 20
        file.extend(b"TEST"); // 4
        file.extend([10u16, 12, 4, 0, 8].map(u16::to_le_bytes).concat()); // 8: vtable with three slots
        file.extend([0; 2]); // 18
        file.extend(12i32.to_le_bytes()); // 20: 12 bytes back to the vtable
        file.extend(7u32.to_le_bytes()); // 24: slot 0
        file.extend(4u32.to_le_bytes()); // 28: slot 2, four bytes on
        file.extend(3u32.to_le_bytes()); // 32: three elements
        file.extend(b"abc"); // 36
        file
    }

    #[test]
    fn fields_are_found_and_missing_ones_have_defaults() {
        let file = file();
        let root = Table::root(&file, b"TEST", "root").unwrap();
        assert_eq!(root.scalar(0, 1u32).unwrap(), 7);
        assert_eq!(root.scalar(1, 5u32).unwrap(), 5);
        assert_eq!(root.bytes(2, "bytes").unwrap(), b"abc");
        assert_eq!(root.scalars::<u8>(2, 3, "bytes").unwrap(), b"abc");
        assert!(matches!(
            root.scalars::<u8>(2, 2, "bytes"),
            Err(ImportError::TooLarge {
                what: "bytes",
                value: 3,
                max: 2
            })
        ));
        assert_eq!(root.text(2, "text").unwrap(), "abc");
        assert!(root.bytes(9, "none").unwrap().is_empty());
    }

    #[test]
    fn every_cut_and_every_changed_byte_ends_in_an_answer() {
        let whole = file();
        let read_all = |file: &[u8]| -> Result<()> {
            let root = Table::root(file, b"TEST", "root")?;
            root.scalar(0, 0u32)?;
            root.bytes(2, "bytes")?;
            root.scalars::<i32>(2, 9, "numbers")?;
            for table in root.tables(2, "tables")?.iter() {
                table?.scalar(3, 0i8)?;
            }
            Ok(())
        };
        for cut in 0..whole.len() {
            let _ = read_all(&whole[..cut]);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = read_all(&changed);
            }
        }
    }

    #[test]
    fn a_vector_that_ends_behind_the_file_is_refused() {
        let mut file = file();
        file.truncate(38);
        let root = Table::root(&file, b"TEST", "root").unwrap();
        assert!(matches!(
            root.bytes(2, "bytes"),
            Err(ImportError::Broken { what: "bytes" })
        ));
    }
}
