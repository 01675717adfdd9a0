//! PNG.

use super::{DecodedPicture, ExifOrientation, PictureError, PictureLimits, damaged};
use png::{ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// What the decoder may allocate besides our own buffers: a row and the inflate window need far less.
const DECODER_BYTES: usize = 4 << 20;

pub(super) fn decode(
    encoded: &[u8],
    limits: PictureLimits,
    rgb: &mut Vec<u8>,
    scratch: &mut Vec<u8>,
) -> Result<DecodedPicture, PictureError> {
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(encoded),
        Limits {
            bytes: DECODER_BYTES,
        },
    );
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(damaged)?;
    let (width, height) = (info.width, info.height);
    limits.check(width, height)?;

    let mut reader = decoder.read_info().map_err(damaged)?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| damaged("the PNG is too large"))?;
    let channels = match reader.output_color_type().0 {
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Grayscale => 1,
        ColorType::Indexed => return Err(damaged("the PNG's palette could not be applied")),
    };
    let target = if channels == 3 {
        &mut *rgb
    } else {
        &mut *scratch
    };
    target.resize(size, 0);
    let frame = reader.next_frame(target).map_err(damaged)?;
    if (frame.width, frame.height) != (width, height) {
        return Err(damaged("the PNG's first frame has another size"));
    }
    if channels != 3 {
        to_rgb(scratch, channels, rgb);
    }
    let exif = reader.info().exif_metadata.as_deref().unwrap_or_default();
    Ok(DecodedPicture {
        width,
        height,
        orientation: ExifOrientation::from_tiff(exif),
        reduction: 1,
    })
}

/// Grey becomes three of the same; transparency is dropped.
pub(super) fn to_rgb(pixels: &[u8], channels: usize, rgb: &mut Vec<u8>) {
    rgb.clear();
    rgb.reserve(pixels.len() / channels * 3);
    for pixel in pixels.chunks_exact(channels) {
        match *pixel {
            [r, g, b, ..] => rgb.extend_from_slice(&[r, g, b]),
            [grey, ..] => rgb.extend_from_slice(&[grey; 3]),
            [] => {}
        }
    }
}
