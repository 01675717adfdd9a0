//! C3D: positions of markers and analogue channels in one binary file (the C3D file format's user guide, c3d.org).
//!
//! The writer uses little-endian floats. `POINT:UNITS` and `ANALOG:UNITS` are always there, since readers built on ezc3d
//! fail without them; a marker that was not seen has the residual −1.

use super::trc::Markers;

/// Size of a block, bytes.
const BLOCK: usize = 512;
/// Most frames in a file: its header counts them in 16 bits.
pub const MAX_FRAMES: usize = 65_535;

/// Analogue channels, sampled a whole number of times a frame.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a table of numbers")]
pub struct Analogue {
    /// Names of the channels.
    pub names: Vec<String>,
    /// Unit of each, such as `V`.
    pub units: Vec<String>,
    /// Samples of each channel in a frame, at least 1.
    pub per_frame: usize,
    /// Sample by sample the value of each channel. Samples behind the last frame are not written; missing ones are 0.
    pub samples: Vec<Vec<f64>>,
}

/// Why a file cannot be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum C3dError {
    /// Too many frames.
    #[error("a C3D file holds at most {max} frames, these are {frames}")]
    TooLong {
        /// How many.
        frames: usize,
        /// How many may be.
        max: usize,
    },
    /// Too many markers or channels.
    #[error(
        "a C3D file of this writer holds at most {max} markers and channels, these are {count}"
    )]
    TooMany {
        /// How many.
        count: usize,
        /// How many may be.
        max: usize,
    },
}

/// Writes a C3D file with positions in metres.
///
/// # Errors
/// [`C3dError`] when there are more than 65,535 frames or 255 markers or channels.
///
/// ```
/// use squirret::formats::{c3d::{self, Analogue}, trc::Markers};
///
/// let markers = Markers { names: vec!["left_hip".into()], rate: 30.0, frames: vec![vec![None]; 2] };
/// let bytes = c3d::write(&markers, &Analogue::default())?;
/// assert_eq!((bytes[1], bytes.len() % 512), (0x50, 0));
/// # Ok::<(), c3d::C3dError>(())
/// ```
pub fn write(markers: &Markers, analogue: &Analogue) -> Result<Vec<u8>, C3dError> {
    let frames = markers.frames.len();
    if frames > MAX_FRAMES {
        return Err(C3dError::TooLong {
            frames,
            max: MAX_FRAMES,
        });
    }
    let count = markers.names.len().max(analogue.names.len());
    if count > 255 {
        return Err(C3dError::TooMany { count, max: 255 });
    }
    let per_frame = if analogue.names.is_empty() {
        0
    } else {
        analogue.per_frame.max(1)
    };
    // The place of the data depends on the size of the parameters, whose size does not depend on it.
    let blocks = parameters(markers, analogue, per_frame, 0).len() / BLOCK;
    let data_block = (2 + blocks) as u16;
    let mut file = header(markers, analogue, per_frame, data_block);
    file.extend(parameters(markers, analogue, per_frame, data_block));
    for (number, frame) in markers.frames.iter().enumerate() {
        for marker in 0..markers.names.len() {
            let point = frame.get(marker).copied().flatten();
            let [x, y, z] = point.unwrap_or_default();
            let residual = if point.is_some() { 0.0 } else { -1.0 };
            for value in [x, y, z, residual] {
                file.extend((value as f32).to_le_bytes());
            }
        }
        for sample in 0..per_frame {
            let values = analogue.samples.get(number * per_frame + sample);
            for channel in 0..analogue.names.len() {
                let value = values.and_then(|values| values.get(channel)).copied();
                file.extend((value.unwrap_or(0.0) as f32).to_le_bytes());
            }
        }
    }
    file.resize(file.len().next_multiple_of(BLOCK), 0);
    Ok(file)
}

fn header(markers: &Markers, analogue: &Analogue, per_frame: usize, data_block: u16) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    let mut word = |number: usize, value: u16| {
        header[(number - 1) * 2..number * 2].copy_from_slice(&value.to_le_bytes());
    };
    // The parameters begin in block 2.
    word(1, 0x5002);
    word(2, markers.names.len() as u16);
    word(3, (analogue.names.len() * per_frame) as u16);
    word(4, 1);
    word(5, markers.frames.len().max(1) as u16);
    word(9, data_block);
    word(10, per_frame as u16);
    // A negative scale says that the data are floats.
    header[12..16].copy_from_slice(&(-1.0f32).to_le_bytes());
    header[20..24].copy_from_slice(&(markers.rate as f32).to_le_bytes());
    header
}

/// The section of parameters: groups with negative numbers, and their parameters with the same number.
#[derive(Default)]
struct Section(Vec<u8>);

impl Section {
    fn group(&mut self, id: u8, name: &str) {
        self.entry(name, id.wrapping_neg(), &[]);
    }

    fn entry(&mut self, name: &str, id: u8, content: &[u8]) {
        self.0.push(name.len() as u8);
        self.0.push(id);
        self.0.extend(name.as_bytes());
        // To the next entry, from here: this number, the content, and a description without letters.
        self.0.extend((2 + content.len() as u16 + 1).to_le_bytes());
        self.0.extend(content);
        self.0.push(0);
    }

    fn word(&mut self, id: u8, name: &str, value: u16) {
        let [low, high] = value.to_le_bytes();
        self.entry(name, id, &[2, 0, low, high]);
    }

    fn words(&mut self, id: u8, name: &str, values: &[u16]) {
        let mut content = vec![2, 1, values.len() as u8];
        content.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self.entry(name, id, &content);
    }

    fn floats(&mut self, id: u8, name: &str, values: &[f32], is_list: bool) {
        let mut content = vec![4, u8::from(is_list)];
        content.extend(is_list.then_some(values.len() as u8));
        content.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self.entry(name, id, &content);
    }

    fn text(&mut self, id: u8, name: &str, text: &str) {
        let mut content = vec![0xff, 1, text.len() as u8];
        content.extend(text.as_bytes());
        self.entry(name, id, &content);
    }

    /// Texts of one length, padded with blanks.
    fn texts<T: AsRef<str>>(&mut self, id: u8, name: &str, texts: &[T]) {
        let plain: Vec<String> = texts.iter().map(|text| ascii(text.as_ref())).collect();
        let length = plain.iter().map(String::len).max().unwrap_or(0).max(1);
        let mut content = vec![0xff, 2, length as u8, texts.len() as u8];
        for text in plain {
            content.extend(text.bytes().chain(std::iter::repeat(b' ')).take(length));
        }
        self.entry(name, id, &content);
    }
}

/// Labels are ASCII and have at most 127 letters.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '_' })
        .take(127)
        .collect()
}

fn parameters(
    markers: &Markers,
    analogue: &Analogue,
    per_frame: usize,
    data_block: u16,
) -> Vec<u8> {
    let (points, channels, frames) = (
        markers.names.len(),
        analogue.names.len(),
        markers.frames.len() as u16,
    );
    let mut section = Section::default();
    section.group(1, "POINT");
    section.word(1, "USED", points as u16);
    section.floats(1, "SCALE", &[-1.0], false);
    section.floats(1, "RATE", &[markers.rate as f32], false);
    section.word(1, "DATA_START", data_block);
    section.word(1, "FRAMES", frames);
    section.texts(1, "LABELS", &markers.names);
    section.texts(1, "DESCRIPTIONS", &markers.names);
    section.text(1, "UNITS", "m");
    section.text(1, "X_SCREEN", "+X");
    section.text(1, "Y_SCREEN", "+Y");
    section.group(2, "ANALOG");
    section.word(2, "USED", channels as u16);
    section.texts(2, "LABELS", &analogue.names);
    section.texts(2, "DESCRIPTIONS", &analogue.names);
    section.floats(2, "GEN_SCALE", &[1.0], false);
    section.floats(2, "SCALE", &vec![1.0; channels], true);
    section.words(2, "OFFSET", &vec![0; channels]);
    section.texts(2, "UNITS", &analogue.units);
    section.floats(
        2,
        "RATE",
        &[(markers.rate * per_frame.max(1) as f64) as f32],
        false,
    );
    section.text(2, "FORMAT", "SIGNED");
    section.word(2, "BITS", 16);
    section.group(3, "FORCE_PLATFORM");
    section.word(3, "USED", 0);
    section.group(4, "TRIAL");
    section.words(4, "ACTUAL_START_FIELD", &[1, 0]);
    section.words(4, "ACTUAL_END_FIELD", &[frames.max(1), 0]);
    section.group(5, "MANUFACTURER");
    section.text(5, "COMPANY", "Squirret");
    let mut bytes = vec![1, 0x50, 0, 84];
    bytes.extend(section.0);
    // A name of length 0 ends the section.
    bytes.extend([0, 0]);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes[2] = (bytes.len() / BLOCK) as u8;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_begin_where_the_header_says() {
        let markers = Markers {
            names: vec!["a".into(), "b".into()],
            rate: 30.0,
            frames: vec![vec![Some([1.0, 2.0, 3.0]), None]; 3],
        };
        let analogue = Analogue {
            names: vec!["left_1".into()],
            units: vec!["V".into()],
            per_frame: 2,
            samples: vec![vec![0.5]; 6],
        };
        let file = write(&markers, &analogue).unwrap();
        let word = |number: usize| u16::from_le_bytes([file[number * 2 - 2], file[number * 2 - 1]]);
        assert_eq!(
            (word(2), word(3), word(4), word(5), word(10)),
            (2, 2, 1, 3, 2)
        );
        let start = (usize::from(word(9)) - 1) * BLOCK;
        let floats: Vec<f32> = file[start..start + 40]
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
        assert_eq!(floats, [1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.5, 0.5]);
    }

    #[test]
    fn what_a_header_cannot_count_is_refused() {
        let markers = Markers {
            names: vec![],
            rate: 30.0,
            frames: vec![vec![]; MAX_FRAMES + 1],
        };
        assert!(matches!(
            write(&markers, &Analogue::default()),
            Err(C3dError::TooLong { .. })
        ));
        let markers = Markers {
            names: vec!["a".into(); 256],
            rate: 30.0,
            frames: vec![],
        };
        assert!(matches!(
            write(&markers, &Analogue::default()),
            Err(C3dError::TooMany { .. })
        ));
    }
}
