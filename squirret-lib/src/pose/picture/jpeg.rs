//! JPEG.

use super::{Decoded, Orientation, PictureError, PictureLimits, damaged, reduced};
use memchr::memmem;
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

/// Scans of a progressive picture; cameras write ten. Each is a pass over all coefficients.
const MAX_SCANS: usize = 32;

pub(super) fn decode(
    encoded: &[u8],
    limits: PictureLimits,
    reduction: &dyn Fn([u32; 2]) -> u32,
    planes: &mut reduced::Planes,
    rgb: &mut Vec<u8>,
) -> Result<Decoded, PictureError> {
    let header = Header::read(encoded).ok_or_else(|| damaged("the JPEG header is broken"))?;
    limits.check(header.width, header.height)?;
    if memmem::find(&encoded[header.data..], &[0xff, 0xd9]).is_none() {
        return Err(damaged("the JPEG ends before its end marker"));
    }
    let Header {
        width,
        height,
        orientation,
        ..
    } = header;
    let reduction = reduction(orientation.upright_size([width, height]));
    if reduction > 1 && reduced::decode(encoded, reduction, planes, rgb).is_some() {
        return Ok(Decoded {
            width,
            height,
            orientation,
            reduction,
        });
    }
    decode_whole(encoded, limits, [width, height], rgb)?;
    Ok(Decoded {
        width,
        height,
        orientation,
        reduction: 1,
    })
}

fn decode_whole(
    encoded: &[u8],
    limits: PictureLimits,
    size: [u32; 2],
    rgb: &mut Vec<u8>,
) -> Result<(), PictureError> {
    let options = DecoderOptions::default()
        .set_max_width(limits.max_side as usize)
        .set_max_height(limits.max_side as usize)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(encoded), options);
    decoder.decode_headers().map_err(damaged)?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| damaged("the JPEG has no size"))?;
    if [width, height] != size.map(|side| side as usize) {
        return Err(damaged("the JPEG tells two sizes"));
    }
    rgb.resize(width * height * 3, 0);
    decoder.decode_into(rgb).map_err(damaged)
}

/// What stands before the picture's data.
struct Header {
    width: u32,
    height: u32,
    orientation: Orientation,
    /// Where the first scan begins.
    data: usize,
}

impl Header {
    /// Walks the segments up to the first scan (ITU-T T.81, B.1.1).
    fn read(encoded: &[u8]) -> Option<Self> {
        let mut size = None;
        let mut orientation = Orientation::default();
        let mut at = 2;
        loop {
            let (marker, after) = next_marker(encoded, at)?;
            let length = usize::from(u16::from_be_bytes(*encoded.get(after..)?.first_chunk()?));
            let end = after.checked_add(length)?;
            let segment = encoded.get(after.checked_add(2)?..end)?;
            match marker {
                // Start of scan.
                0xda => {
                    let [width, height] = size?;
                    return Some(Self {
                        width,
                        height,
                        orientation,
                        data: end,
                    });
                }
                // Start of frame; C4, C8 and CC are something else.
                0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                    let [_, h1, h0, w1, w0] = *segment.first_chunk()?;
                    size =
                        Some([[w1, w0], [h1, h0]].map(|pair| u32::from(u16::from_be_bytes(pair))));
                }
                // APP1: EXIF.
                0xe1 => {
                    if let Some(tiff) = segment.strip_prefix(b"Exif\0\0") {
                        orientation = Orientation::from_tiff(tiff);
                    }
                }
                _ => {}
            }
            at = end;
        }
    }
}

/// The next marker with a segment at or after `at`, and where its length stands.
pub(super) fn next_marker(encoded: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += encoded.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        let marker = *encoded.get(at + 1)?;
        match marker {
            // Filling, a stuffed byte, or a marker without a segment.
            0xff => at += 1,
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => return None,
            _ => return Some((marker, at + 2)),
        }
    }
}
