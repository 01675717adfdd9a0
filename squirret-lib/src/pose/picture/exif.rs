//! The one thing that EXIF tells us: how the camera was held.

/// EXIF tag 0x0112 (Exif 2.32, 4.6.4): what to do so that the picture stands upright.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ExifOrientation {
    /// First mirror left and right,
    mirrored: bool,
    /// then turn clockwise by so many quarters.
    quarters: u8,
}

impl ExifOrientation {
    /// From the tag's value; values outside 1 to 8 are taken as upright.
    pub(super) const fn from_tag(value: u16) -> Self {
        let (mirrored, quarters) = match value {
            2 => (true, 0),
            3 => (false, 2),
            4 => (true, 2),
            5 => (true, 3),
            6 => (false, 1),
            7 => (true, 1),
            8 => (false, 3),
            _ => (false, 0),
        };
        Self { mirrored, quarters }
    }

    /// Reads the tag from a TIFF structure (EXIF without its `Exif\0\0`); upright when it is not there or broken.
    pub(super) fn from_tiff(tiff: &[u8]) -> Self {
        read_tag(tiff).map_or_else(Self::default, Self::from_tag)
    }

    pub(super) fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// The size of the upright picture.
    pub(super) const fn upright_size(self, [width, height]: [u32; 2]) -> [u32; 2] {
        if self.quarters.is_multiple_of(2) {
            [width, height]
        } else {
            [height, width]
        }
    }

    /// Writes the upright picture to `out` and gives its size.
    pub(super) fn turn(self, rgb: &[u8], [width, height]: [u32; 2], out: &mut Vec<u8>) -> [u32; 2] {
        out.clear();
        out.reserve(rgb.len());
        let [w, h] = [width as usize, height as usize];
        let turned = self.upright_size([width, height]);
        for row in 0..turned[1] as usize {
            for column in 0..turned[0] as usize {
                // Back from the upright picture: undo the turn, then the mirror.
                let (x, y) = match self.quarters {
                    0 => (column, row),
                    1 => (row, h - 1 - column),
                    2 => (w - 1 - column, h - 1 - row),
                    _ => (w - 1 - row, column),
                };
                let x = if self.mirrored { w - 1 - x } else { x };
                let offset = (y * w + x) * 3;
                out.extend_from_slice(rgb.get(offset..offset + 3).unwrap_or(&[0; 3]));
            }
        }
        turned
    }
}

fn read_tag(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk::<2>()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let u32_at = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk::<4>()?;
        Some(if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    };
    let directory = usize::try_from(u32_at(4)?).ok()?;
    let entries = usize::from(u16_at(directory)?);
    (0..entries).find_map(|entry| {
        let at = directory.checked_add(2)?.checked_add(entry * 12)?;
        // Tag 0x0112, type SHORT, one of it: the value stands in the entry.
        (u16_at(at)? == 0x0112 && u16_at(at.checked_add(2)?)? == 3)
            .then(|| u16_at(at + 8))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF with the tag alone.
    pub(crate) fn tiff(value: u16) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        tiff.extend(value.to_le_bytes());
        tiff.extend([0; 6]);
        tiff
    }

    #[test]
    fn the_tag_is_read_in_both_byte_orders() {
        assert_eq!(
            ExifOrientation::from_tiff(&tiff(6)),
            ExifOrientation::from_tag(6)
        );
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!(
            ExifOrientation::from_tiff(big),
            ExifOrientation::from_tag(6)
        );
    }

    #[test]
    fn broken_exif_is_upright() {
        let whole = tiff(6);
        for cut in 0..18 {
            assert!(ExifOrientation::from_tiff(&whole[..cut]).is_upright());
        }
        assert!(ExifOrientation::from_tiff(&tiff(0)).is_upright());
        assert!(ExifOrientation::from_tiff(&tiff(9)).is_upright());
        assert!(ExifOrientation::from_tiff(b"II*\0\xff\xff\xff\xff").is_upright());
    }

    #[test]
    fn all_eight_orientations_bring_the_same_picture_upright() {
        // The upright picture is
        //   a b
        //   c d
        //   e f
        // and these are the ways a camera may have stored it (Exif 2.32, figure of the tag).
        let stored: [(u16, [u32; 2], &[u8]); 8] = [
            (1, [2, 3], b"abcdef"),
            (2, [2, 3], b"badcfe"),
            (3, [2, 3], b"fedcba"),
            (4, [2, 3], b"efcdab"),
            (5, [3, 2], b"acebdf"),
            (6, [3, 2], b"bdface"),
            (7, [3, 2], b"fdbeca"),
            (8, [3, 2], b"ecafdb"),
        ];
        for (tag, size, pixels) in stored {
            let rgb: Vec<u8> = pixels.iter().flat_map(|p| [*p; 3]).collect();
            let mut out = Vec::new();
            let upright = ExifOrientation::from_tag(tag).turn(&rgb, size, &mut out);
            let seen: Vec<u8> = out.iter().step_by(3).copied().collect();
            assert_eq!((upright, &seen[..]), ([2, 3], &b"abcdef"[..]), "tag {tag}");
        }
    }
}
