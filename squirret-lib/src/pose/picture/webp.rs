//! WebP.

use super::{DecodedPicture, ExifOrientation, PictureError, PictureLimits, damaged, png::to_rgb};
use image_webp::WebPDecoder;
use std::io::Cursor;

pub(super) fn decode(
    encoded: &[u8],
    limits: PictureLimits,
    rgb: &mut Vec<u8>,
    scratch: &mut Vec<u8>,
) -> Result<DecodedPicture, PictureError> {
    check_chunks(encoded, limits)?;
    let mut decoder = WebPDecoder::new(Cursor::new(encoded)).map_err(damaged)?;
    decoder.set_memory_limit(limits.max_bytes);
    let (width, height) = decoder.dimensions();
    limits.check(width, height)?;
    let size = decoder
        .output_buffer_size()
        .ok_or_else(|| damaged("the WebP is too large"))?;
    let has_alpha = decoder.has_alpha();
    let target = if has_alpha { &mut *scratch } else { &mut *rgb };
    target.resize(size, 0);
    decoder.read_image(target).map_err(damaged)?;
    if has_alpha {
        to_rgb(scratch, 4, rgb);
    }
    let exif = decoder.exif_metadata().ok().flatten().unwrap_or_default();
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
    Ok(DecodedPicture {
        width,
        height,
        orientation: ExifOrientation::from_tiff(tiff),
        reduction: 1,
    })
}

/// The decoder allocates by the size in the inner chunk, which may differ from the outer one: check each. Refuses
/// animations.
fn check_chunks(encoded: &[u8], limits: PictureLimits) -> Result<(), PictureError> {
    let mut rest = encoded.get(12..).unwrap_or_default();
    while let Some((header, body)) = rest.split_first_chunk::<8>() {
        let [kind @ .., s0, s1, s2, s3] = *header;
        let size = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
        match &kind {
            b"ANIM" | b"ANMF" => return Err(damaged("an animated WebP is no picture of a camera")),
            b"VP8 " => {
                if let Some(&[_, _, _, _, _, _, w0, w1, h0, h1]) = body.first_chunk() {
                    let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
                    limits.check(side([w0, w1]), side([h0, h1]))?;
                }
            }
            b"VP8L" => {
                if let Some(&[_, b0, b1, b2, b3]) = body.first_chunk() {
                    let bits = u32::from_le_bytes([b0, b1, b2, b3]);
                    limits.check((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)?;
                }
            }
            _ => {}
        }
        rest = size
            .checked_next_multiple_of(2)
            .and_then(|size| body.get(size..))
            .unwrap_or_default();
    }
    Ok(())
}
