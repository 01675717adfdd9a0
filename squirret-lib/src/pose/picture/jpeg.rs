//! JPEG.

use super::{
    DecodedPicture, ExifOrientation, PictureError, PictureLimits, damaged, scaled,
    tables::STANDARD_TABLES,
};
use memchr::memmem;
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

/// Scans of a progressive picture; cameras write ten. Each is a pass over all coefficients.
const MAX_SCANS: usize = 32;

pub(super) fn decode(
    encoded: &[u8],
    limits: PictureLimits,
    reduction: &dyn Fn([u32; 2]) -> u32,
    planes: &mut scaled::Planes,
    rgb: &mut Vec<u8>,
) -> Result<DecodedPicture, PictureError> {
    let header = JpegHeader::read(encoded).ok_or_else(|| damaged("the JPEG header is broken"))?;
    limits.check(header.width, header.height)?;
    if memmem::find(&encoded[header.data..], &[0xff, 0xd9]).is_none() {
        return Err(damaged("the JPEG ends before its end marker"));
    }
    if header.is_sequential && header.in_first_scan < header.components {
        // The whole decoder mixes up the sizes of such components and returns a green picture.
        return Err(damaged(
            "each colour of the JPEG has a scan of its own; save it as an ordinary or a progressive JPEG",
        ));
    }
    if header.is_sequential && !header.has_tables {
        let start = &encoded[..2];
        let with_tables = [start, &STANDARD_TABLES, &encoded[2..]].concat();
        return decode(&with_tables, limits, reduction, planes, rgb);
    }
    let JpegHeader {
        width,
        height,
        orientation,
        ..
    } = header;
    let reduction = reduction(orientation.upright_size([width, height]));
    if reduction > 1 && scaled::decode(encoded, reduction, planes, rgb).is_some() {
        return Ok(DecodedPicture {
            width,
            height,
            orientation,
            reduction,
        });
    }
    decode_whole(encoded, limits, [width, height], rgb)?;
    Ok(DecodedPicture {
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
struct JpegHeader {
    width: u32,
    height: u32,
    orientation: ExifOrientation,
    /// Whether its coefficients come in the order of their blocks and by Huffman codes (SOF0, SOF1).
    is_sequential: bool,
    /// Whether it brings Huffman tables.
    has_tables: bool,
    /// Colours of the picture, and those of them that the first scan holds.
    components: u8,
    in_first_scan: u8,
    /// Where the first scan begins.
    data: usize,
}

impl JpegHeader {
    /// Walks the segments up to the first scan (ITU-T T.81, B.1.1).
    fn read(encoded: &[u8]) -> Option<Self> {
        let mut size = None;
        let mut has_tables = false;
        let mut orientation = ExifOrientation::default();
        let mut at = 2;
        loop {
            let (marker, after) = next_marker(encoded, at)?;
            let length = usize::from(u16::from_be_bytes(*encoded.get(after..)?.first_chunk()?));
            let end = after.checked_add(length)?;
            let segment = encoded.get(after.checked_add(2)?..end)?;
            match marker {
                // Start of scan.
                0xda => {
                    let ([width, height], is_sequential, components) = size?;
                    return Some(Self {
                        width,
                        height,
                        orientation,
                        is_sequential,
                        has_tables,
                        components,
                        in_first_scan: *segment.first()?,
                        data: end,
                    });
                }
                // Start of frame; C4, C8 and CC are something else.
                0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                    let [_, h1, h0, w1, w0, components] = *segment.first_chunk()?;
                    let sides =
                        [[w1, w0], [h1, h0]].map(|pair| u32::from(u16::from_be_bytes(pair)));
                    size = Some((sides, marker <= 0xc1, components));
                }
                0xc4 => has_tables = true,
                // APP1: EXIF.
                0xe1 => {
                    if let Some(tiff) = segment.strip_prefix(b"Exif\0\0") {
                        orientation = ExifOrientation::from_tiff(tiff);
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

#[cfg(test)]
mod tests {
    use super::super::{Picture, PictureLimits};

    /// A grey 4:2:0 picture of 16 × 16 px: all coefficients are 0, so that each block is two codes.
    fn picture(tables: &[u8], scans: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut jpeg = vec![0xff, 0xd8];
        jpeg.extend(tables);
        jpeg.extend([0xff, 0xdb, 0, 67, 0]);
        jpeg.extend([8; 64]);
        jpeg.extend([
            0xff, 0xc0, 0, 17, 8, 0, 16, 0, 16, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0,
        ]);
        for (components, data) in scans {
            jpeg.extend([
                0xff,
                0xda,
                0,
                6 + 2 * components.len() as u8,
                components.len() as u8,
            ]);
            for component in *components {
                jpeg.extend([*component, if *component == 1 { 0x00 } else { 0x11 }]);
            }
            jpeg.extend([0, 63, 0]);
            jpeg.extend(*data);
        }
        jpeg.extend([0xff, 0xd9]);
        jpeg
    }

    const ALL: (&[u8], &[u8]) = (&[1, 2, 3], &[0x28, 0xa2, 0x8a, 0x00]);
    const EACH: [(&[u8], &[u8]); 3] = [
        (&[1], &[0x28, 0xa2, 0x8a]),
        (&[2], &[0x0f]),
        (&[3], &[0x0f]),
    ];

    #[test]
    fn a_picture_without_huffman_tables_is_read_with_the_standard_ones() {
        let mut decoded = Picture::default();
        for tables in [&super::STANDARD_TABLES[..], &[]] {
            for reduction in [1, 2, 8] {
                let jpeg = picture(tables, &[ALL]);
                let image = decoded
                    .decode_with(&jpeg, PictureLimits::default(), &|_| reduction)
                    .unwrap();
                assert_eq!(image.whole(), [16, 16]);
                assert!(
                    image.data().iter().all(|value| *value == 128),
                    "{:?}",
                    &image.data()[..6]
                );
            }
        }
    }

    #[test]
    fn a_picture_with_a_scan_for_each_colour_is_refused() {
        let mut decoded = Picture::default();
        let jpeg = picture(&super::STANDARD_TABLES, &EACH);
        for reduction in [1, 2, 4, 8] {
            let error = decoded
                .decode_with(&jpeg, PictureLimits::default(), &|_| reduction)
                .unwrap_err();
            assert!(error.to_string().contains("a scan of its own"), "{error}");
        }
    }
}
