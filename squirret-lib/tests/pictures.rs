//! Pictures of all kinds that a stranger may send: each gives a picture or an error, and memory stays bounded.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use squirret::pose::{
    Border, Crop, Picture, PictureError, PictureLimits, RgbImage, Roi, Track, fuzz_picture,
};

macro_rules! sample {
    ($name:literal) => {
        ($name, &include_bytes!(concat!("pictures/", $name))[..])
    };
}

/// What the samples show, 32 × 16 px: the left half red with the upper quarter green, the right half blue.
fn shows_the_scene(image: RgbImage<'_>, colours: bool) {
    assert_eq!((image.width(), image.height()), (32, 16));
    let at = |x: usize, y: usize| image.data()[(y * 32 + x) * 3..][..3].to_vec();
    let [green, red, blue] = [at(4, 1), at(4, 10), at(26, 10)];
    if colours {
        assert!(green[1] > 130 && green[0] < 110, "{green:?}");
        assert!(red[0] > 130 && red[1] < 110, "{red:?}");
        assert!(blue[2] > 130 && blue[1] < 110, "{blue:?}");
    } else {
        assert!(
            green[0] > red[0] && red[0] > blue[0],
            "{green:?} {red:?} {blue:?}"
        );
        assert!(green[0] == green[1] && green[1] == green[2], "{green:?}");
    }
}

fn decode<'p>(picture: &'p mut Picture, bytes: &[u8]) -> Result<RgbImage<'p>, PictureError> {
    picture.decode(bytes, PictureLimits::default())
}

#[test]
fn all_kinds_of_colour_pictures_show_the_same_scene() {
    let mut picture = Picture::default();
    for (name, bytes) in [
        sample!("baseline.jpg"),
        sample!("subsampled.jpg"),
        sample!("progressive.jpg"),
        sample!("restart.jpg"),
        sample!("cmyk.jpg"),
        sample!("orientation6.jpg"),
        sample!("orientation77.jpg"),
        sample!("rgb.png"),
        sample!("palette.png"),
        sample!("rgba.png"),
        sample!("animated.png"),
        sample!("lossy.webp"),
        sample!("lossless.webp"),
        sample!("alpha.webp"),
    ] {
        let image = decode(&mut picture, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        eprintln!("{name}");
        shows_the_scene(image, true);
    }
}

#[test]
fn grey_pictures_become_grey_rgb() {
    let mut picture = Picture::default();
    for (name, bytes) in [
        sample!("grey.jpg"),
        sample!("grey_alpha.png"),
        sample!("grey16.png"),
    ] {
        let image = decode(&mut picture, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        shows_the_scene(image, false);
    }
    let (_, one_bit) = sample!("one_bit.png");
    let image = decode(&mut picture, one_bit).unwrap();
    assert!(image.data().iter().all(|byte| [0, 255].contains(byte)));
}

#[test]
fn one_pixel_is_a_picture() {
    let (_, bytes) = sample!("pixel.jpg");
    let mut picture = Picture::default();
    let image = decode(&mut picture, bytes).unwrap();
    assert_eq!(
        (image.width(), image.height(), image.data().len()),
        (1, 1, 3)
    );
}

#[test]
fn animations_are_refused_or_give_their_still_picture() {
    let mut picture = Picture::default();
    let (_, webp) = sample!("animated.webp");
    assert!(matches!(
        decode(&mut picture, webp),
        Err(PictureError::Damaged { .. })
    ));
    let (_, gif) = sample!("animated.gif");
    assert!(matches!(
        decode(&mut picture, gif),
        Err(PictureError::UnknownFormat)
    ));
}

#[test]
fn a_cut_picture_is_damaged_wherever_it_is_cut() {
    let mut picture = Picture::default();
    for (name, bytes) in [
        sample!("baseline.jpg"),
        sample!("progressive.jpg"),
        sample!("orientation6.jpg"),
        sample!("rgb.png"),
        sample!("grey16.png"),
        sample!("lossy.webp"),
        sample!("lossless.webp"),
    ] {
        for cut in 0..bytes.len() - 16 {
            let result = decode(&mut picture, &bytes[..cut]);
            assert!(result.is_err(), "{name} cut at {cut}");
        }
        // The next one is not hurt by the damaged one before.
        decode(&mut picture, bytes).unwrap();
    }
}

#[test]
fn any_changed_byte_ends_in_an_answer() {
    let mut picture = Picture::default();
    let limits = PictureLimits::default();
    for (_, bytes) in [
        sample!("progressive.jpg"),
        sample!("cmyk.jpg"),
        sample!("animated.png"),
        sample!("palette.png"),
        sample!("lossy.webp"),
        sample!("alpha.webp"),
    ] {
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            for value in [0x00, 0x01, 0x7f, 0xff] {
                changed[at] = value;
                if let Ok(image) = picture.decode(&changed, limits) {
                    assert!(image.width() <= limits.max_side && image.height() <= limits.max_side);
                }
            }
        }
    }
}

/// A JPEG header alone, of any size.
fn jpeg_header(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8];
    jpeg.extend(height.to_be_bytes());
    jpeg.extend(width.to_be_bytes());
    jpeg.extend([3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
    jpeg.extend([
        0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0, 0xff, 0xd9,
    ]);
    jpeg
}

/// A PNG that is valid up to its header.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Rgb);
    drop(encoder.write_header().unwrap());
    png
}

/// A lossless WebP's header.
fn webp_header(width: u32, height: u32) -> Vec<u8> {
    let mut webp = b"RIFF\x1c\0\0\0WEBPVP8L\x10\0\0\0\x2f".to_vec();
    webp.extend(((width - 1) | (height - 1) << 14).to_le_bytes());
    webp.extend([0; 11]);
    webp
}

#[test]
fn the_size_is_checked_at_the_limit_and_one_past_it_before_anything_is_decoded() {
    let mut picture = Picture::default();
    let too_large = |result: Result<RgbImage<'_>, PictureError>| {
        matches!(result, Err(PictureError::TooLarge { .. }))
    };
    for side in [4097, 16_000] {
        for (width, height) in [(side, 10), (10, side)] {
            assert!(too_large(decode(
                &mut picture,
                &jpeg_header(width as u16, height as u16)
            )));
            assert!(too_large(decode(&mut picture, &png_header(width, height))));
            assert!(too_large(decode(&mut picture, &webp_header(width, height))));
        }
    }
    assert!(too_large(decode(&mut picture, &png_header(30_000, 30_000))));
    // At the limit the header passes; what follows is missing or wrong.
    for bytes in [
        jpeg_header(4096, 16),
        png_header(4096, 16),
        webp_header(4096, 16),
    ] {
        let result = decode(&mut picture, &bytes);
        assert!(!too_large(result));
    }
    assert!(matches!(
        decode(&mut picture, &jpeg_header(0, 16)),
        Err(PictureError::Damaged { .. })
    ));
}

#[test]
fn a_png_that_unpacks_to_far_more_than_its_size_ends_with_its_rows() {
    // 4096 × 4096 white pixels pack to about 50 KB; the same stream behind a header of 64 × 64 must not be unpacked.
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 4096, 4096);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&vec![255; 4096 * 4096 * 3])
        .unwrap();
    drop(writer);
    assert!(png.len() < 100_000, "{}", png.len());
    let mut picture = Picture::default();
    assert_eq!(
        decode(&mut picture, &png).unwrap().data().len(),
        4096 * 4096 * 3
    );

    let small = png_header(64, 64);
    let header = 8 + 25;
    let mut bomb = small[..header].to_vec();
    bomb.extend(&png[header..]);
    let _ = decode(&mut picture, &bomb);
}

#[test]
fn a_webp_may_not_hide_a_large_picture_in_a_small_one() {
    let (_, lossy) = sample!("lossy.webp");
    let at = lossy
        .windows(3)
        .position(|bytes| bytes == [0x9d, 0x01, 0x2a])
        .unwrap();
    let mut large = lossy.to_vec();
    large[at + 3..at + 7].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    let mut picture = Picture::default();
    assert!(matches!(
        decode(&mut picture, &large),
        Err(PictureError::TooLarge { width: 16383, .. })
    ));
}

/// Larger sides than the search needs come out reduced, and show the same.
#[test]
fn a_large_jpeg_is_reduced_for_a_track_that_follows_nobody() {
    let (_, bytes) = sample!("large.jpg");
    let mut whole = Picture::default();
    let whole = decode(&mut whole, bytes).unwrap();
    assert_eq!(
        (whole.width(), whole.height(), whole.reduction()),
        (1200, 40, 1)
    );
    let mut reduced = Picture::default();
    let reduced = reduced
        .decode_for(bytes, PictureLimits::default(), &Track::default())
        .unwrap();
    assert_eq!(
        (reduced.width(), reduced.height(), reduced.reduction()),
        (600, 20, 2)
    );
    assert_eq!(reduced.whole(), [1200, 40]);
    let mut worst = 0;
    for y in 0..20 {
        for x in 0..600 {
            for c in 0..3 {
                let four = [(0, 0), (1, 0), (0, 1), (1, 1)];
                let at = |(dx, dy): (usize, usize)| {
                    whole.data()[((2 * y + dy) * 1200 + 2 * x + dx) * 3 + c]
                };
                let mean = four.map(|d| i32::from(at(d))).iter().sum::<i32>() / 4;
                worst = worst.max((mean - i32::from(reduced.data()[(y * 600 + x) * 3 + c])).abs());
            }
        }
    }
    assert!(worst <= 12, "{worst}");
}

/// The crop of a reduced copy lies where that of the whole does.
#[test]
fn a_crop_of_a_reduced_picture_shows_the_same_place() {
    let (_, bytes) = sample!("large.jpg");
    let (mut a, mut b) = (Picture::default(), Picture::default());
    let whole = decode(&mut a, bytes).unwrap();
    let reduced = b
        .decode_for(bytes, PictureLimits::default(), &Track::default())
        .unwrap();
    let roi = Roi::from_alignment([600.0, 20.0], [600.0, 5.0]).unwrap();
    let crop = Crop::new(16, 0.0, 255.0, Border::Replicate);
    let [first, second] = [whole, reduced].map(|image| {
        let mut out = vec![0.0; crop.len()];
        crop.sample(image, &roi, &mut out);
        out
    });
    let off = first
        .iter()
        .zip(&second)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(off < 12.0, "{off}");
}

#[test]
fn hurt_pictures_end_in_an_answer_at_every_reduction() {
    for (_, bytes) in [
        sample!("baseline.jpg"),
        sample!("restart.jpg"),
        sample!("grey.jpg"),
        sample!("cmyk.jpg"),
    ] {
        for at in 0..bytes.len() {
            for value in [0x00, 0x01, 0x11, 0x80, 0xff] {
                let mut changed = bytes.to_vec();
                changed[at] = value;
                fuzz_picture(&changed);
            }
            fuzz_picture(&bytes[..at]);
        }
    }
}
