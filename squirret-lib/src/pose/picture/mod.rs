//! Encoded pictures, made for strangers' bytes: sizes are read from the header and checked before anything is
//! allocated, and buffers are used again.

mod exif;
mod jpeg;
mod png;
mod scaled;
mod tables;
mod webp;

use super::{RgbImage, Track};
use exif::ExifOrientation;

/// Limits of an encoded picture, checked on its header before anything is decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PictureLimits {
    /// Largest side in px, default 4096.
    pub max_side: u32,
    /// Most pixels, default 4096 × 4096. A decoded pixel takes three bytes, twice while it is turned upright.
    pub max_pixels: u64,
    /// Largest message in bytes, default 2 MiB.
    pub max_bytes: usize,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self {
            max_side: 4096,
            max_pixels: 4096 * 4096,
            max_bytes: 2 << 20,
        }
    }
}

impl PictureLimits {
    /// Returns the limits of a picture from a disk instead of a network: sides of 16,384 px, 64 million pixels and
    /// 64 MiB, as the main cameras of phones write them. Decoding such a picture takes up to 600 MB for a moment.
    #[must_use]
    pub const fn local() -> Self {
        Self {
            max_side: 16_384,
            max_pixels: 64_000_000,
            max_bytes: 64 << 20,
        }
    }

    /// Refuses sizes that are zero or above the limit.
    fn check(&self, width: u32, height: u32) -> Result<(), PictureError> {
        if width == 0 || height == 0 {
            return Err(damaged("a side is zero"));
        }
        if width > self.max_side || height > self.max_side {
            return Err(PictureError::TooLarge {
                width,
                height,
                max: self.max_side,
            });
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels {
            return Err(PictureError::TooManyPixels {
                pixels,
                max: self.max_pixels,
            });
        }
        Ok(())
    }
}

/// Why a picture could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Not a format we read.
    #[error("image is neither JPEG, PNG nor WebP")]
    UnknownFormat,
    /// Too large.
    #[error("image is {width}x{height} px, the largest side may be {max}")]
    TooLarge {
        /// Width in px, as the header tells it.
        width: u32,
        /// Height in px.
        height: u32,
        /// The limit in px.
        max: u32,
    },
    /// Too many pixels.
    #[error("image has {pixels} pixels, at most {max} are allowed")]
    TooManyPixels {
        /// Width times height.
        pixels: u64,
        /// The limit.
        max: u64,
    },
    /// Too many bytes.
    #[error("image has {size} bytes, at most {max} are allowed")]
    TooManyBytes {
        /// Its size.
        size: usize,
        /// The limit.
        max: usize,
    },
    /// Damaged.
    #[error("image cannot be decoded: {detail}")]
    Damaged {
        /// What is wrong with it.
        detail: String,
    },
}

fn damaged(detail: impl std::fmt::Display) -> PictureError {
    PictureError::Damaged {
        detail: detail.to_string(),
    }
}

/// Size of what a decoder has written, before it is turned upright.
#[derive(Clone, Copy)]
struct DecodedPicture {
    width: u32,
    height: u32,
    orientation: ExifOrientation,
    /// What its sides were divided by.
    reduction: u32,
}

/// Above this a buffer is given back when a picture needs only a quarter of it.
const KEEP_BYTES: usize = 8 << 20;

/// A decoded picture with its pixels in a buffer that is used again: `decode` fills it.
#[derive(Default)]
pub struct Picture {
    rgb: Vec<u8>,
    /// What a decoder or a turn needs besides.
    scratch: Vec<u8>,
    planes: scaled::Planes,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("bytes", &self.rgb.len())
            .finish_non_exhaustive()
    }
}

impl Picture {
    /// Decodes a JPEG, PNG or WebP into this buffer: upright as its EXIF orientation says, grey and CMYK as RGB, 16
    /// bits as 8, transparency as if it were not there, of an animated PNG the still picture. A JPEG that ends
    /// before its end marker is damaged: half a person is not to be judged.
    ///
    /// # Errors
    /// [`PictureError`] when the bytes are too many, of another format, larger than the limit or damaged.
    pub fn decode(
        &mut self,
        encoded: &[u8],
        limits: PictureLimits,
    ) -> Result<RgbImage<'_>, PictureError> {
        self.decode_with(encoded, limits, &|_| 1)
    }

    /// The same, for the next frame of `track` alone: a JPEG comes out at a half, a quarter or an eighth of its size
    /// when the networks do not see the difference, which is faster. Points stay in units of the whole picture.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_for(
        &mut self,
        encoded: &[u8],
        limits: PictureLimits,
        track: &Track,
    ) -> Result<RgbImage<'_>, PictureError> {
        self.decode_with(encoded, limits, &|size| track.reduction(size))
    }

    fn decode_with(
        &mut self,
        encoded: &[u8],
        limits: PictureLimits,
        reduction: &dyn Fn([u32; 2]) -> u32,
    ) -> Result<RgbImage<'_>, PictureError> {
        if encoded.len() > limits.max_bytes {
            return Err(PictureError::TooManyBytes {
                size: encoded.len(),
                max: limits.max_bytes,
            });
        }
        let DecodedPicture {
            width,
            height,
            orientation,
            reduction,
        } = match encoded {
            [0xff, 0xd8, ..] => {
                jpeg::decode(encoded, limits, reduction, &mut self.planes, &mut self.rgb)?
            }
            [0x89, b'P', b'N', b'G', ..] => {
                png::decode(encoded, limits, &mut self.rgb, &mut self.scratch)?
            }
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => webp::decode(encoded, limits, &mut self.rgb, &mut self.scratch)?,
            _ => return Err(PictureError::UnknownFormat),
        };
        let mut stored = [width, height].map(|side| side.div_ceil(reduction));
        if !orientation.is_upright() {
            stored = orientation.turn(&self.rgb, stored, &mut self.scratch);
            std::mem::swap(&mut self.rgb, &mut self.scratch);
        }
        for buffer in [&mut self.rgb, &mut self.scratch] {
            if buffer.capacity() > KEEP_BYTES && buffer.len() < buffer.capacity() / 4 {
                buffer.shrink_to(KEEP_BYTES);
            }
        }
        RgbImage::new(stored[0], stored[1], &self.rgb)
            .and_then(|image| {
                image.reduced_from(orientation.upright_size([width, height]), reduction)
            })
            .ok_or_else(|| damaged("its pixels do not fit its size"))
    }
}

/// A fuzz target's body: whatever the bytes, an answer and no panic.
#[doc(hidden)]
pub fn fuzz_picture(data: &[u8]) {
    let limits = PictureLimits {
        max_side: 512,
        ..PictureLimits::default()
    };
    let mut picture = Picture::default();
    for reduction in [1, 2, 4, 8] {
        if let Ok(image) = picture.decode_with(data, limits, &|_| reduction) {
            assert!(
                image
                    .whole()
                    .into_iter()
                    .all(|side| side <= limits.max_side)
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_formats_and_nothing_at_all_are_refused() {
        let mut picture = Picture::default();
        for bytes in [&b""[..], b"GIF89a", b"\xff", b"RIFF\0\0\0\0WAVE", b"<svg/>"] {
            let error = picture.decode(bytes, PictureLimits::default()).unwrap_err();
            assert!(matches!(error, PictureError::UnknownFormat), "{error}");
        }
    }

    #[test]
    fn the_limit_of_pixels_holds_at_it_and_one_past_it() {
        let mut limits = PictureLimits::local();
        limits.max_pixels = 50_000_000;
        assert!(limits.check(5_000, 10_000).is_ok());
        assert!(matches!(
            limits.check(5_001, 10_000),
            Err(PictureError::TooManyPixels {
                pixels: 50_010_000,
                max: 50_000_000
            })
        ));
    }

    #[test]
    fn the_limit_of_bytes_holds_at_it_and_one_past_it() {
        let limits = PictureLimits {
            max_bytes: 8,
            ..PictureLimits::default()
        };
        let mut picture = Picture::default();
        assert!(matches!(
            picture.decode(&[0; 8], limits),
            Err(PictureError::UnknownFormat)
        ));
        assert!(matches!(
            picture.decode(&[0; 9], limits),
            Err(PictureError::TooManyBytes { size: 9, max: 8 })
        ));
    }
}
