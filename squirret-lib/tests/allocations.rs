//! What a frame allocates once everything has grown to its size: nothing of ours.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use allocation_counter::measure;
use squirret::pose::{Border, Crop, Picture, PictureLimits, PixelLayout, RgbImage, Roi};
use squirret::wire::parse_frame;

/// Allocations of the second and third of three runs.
fn steady(mut run: impl FnMut()) -> u64 {
    run();
    measure(|| {
        run();
        run();
    })
    .count_total
}

#[test]
fn a_message_and_its_base64_allocate_nothing() {
    let picture = [0x5a; 30_000];
    let plain = base64_of(&picture);
    for text in [plain.clone(), plain.replace('/', "\\/")] {
        let message = format!(r#"{{"type":"frame","frameNumber":7,"image_base64":"{text}"}}"#);
        let mut decoded = Vec::new();
        let count = steady(|| {
            let frame = parse_frame(&message).unwrap();
            frame.image.decode_into(&mut decoded).unwrap();
        });
        assert_eq!((count, decoded.len()), (0, picture.len()));
    }
}

fn base64_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32, at: u32| char::from(DIGITS[(bits >> at & 63) as usize]);
    let four = |three: &[u8; 3]| {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        [18, 12, 6, 0].map(|at| digit(bits, at))
    };
    bytes.as_chunks::<3>().0.iter().flat_map(four).collect()
}

#[test]
fn a_crop_allocates_nothing() {
    let data = vec![90; 300 * 200 * 3];
    let image = RgbImage::new(300, 200, &data).unwrap();
    let roi = Roi::from_alignment([150.0, 100.0], [170.0, 40.0]).unwrap();
    for layout in [PixelLayout::Interleaved, PixelLayout::Planar] {
        let crop = Crop::new(256, 0.0, 1.0, Border::Replicate).with_layout(layout);
        let mut out = vec![0.0; crop.len()];
        assert_eq!(steady(|| crop.sample(image, &roi, &mut out)), 0);
    }
}

/// The decoder of whole JPEGs has tables of its own; ours of reduced ones has none that are made anew.
#[test]
fn a_large_jpeg_decoded_for_a_track_allocates_nothing() {
    let jpeg = include_bytes!("pictures/large.jpg");
    let (mut picture, track) = (Picture::default(), squirret::pose::Track::default());
    let count = steady(|| {
        let image = picture
            .decode_for(jpeg, PictureLimits::default(), &track)
            .unwrap();
        assert_eq!(image.reduction(), 2);
    });
    assert_eq!(count, 0);
}

/// A JPEG header alone, of any size.
fn jpeg_header(side: u16) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8];
    jpeg.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    jpeg.extend([3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
    jpeg.extend([
        0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0, 0xff, 0xd9,
    ]);
    jpeg
}

/// A PNG of `side` white pixels each way, packed to next to nothing.
fn png(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels = vec![255; side as usize * side as usize * 3];
    writer.write_image_data(&pixels).unwrap();
    drop(writer);
    bytes
}

/// The most memory that decoding takes beside the buffers that stay.
fn peak(encoded: &[u8]) -> u64 {
    let mut picture = Picture::default();
    let limits = PictureLimits::default();
    measure(|| drop(picture.decode(encoded, limits).map(|image| image.width()))).bytes_max
}

#[test]
fn a_picture_beyond_the_limit_is_refused_before_its_pixels_are_allocated() {
    let mut huge = png(16);
    // Its width and height stand behind the signature, the chunk's length and its name; the checksum is wrong then.
    huge[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    for encoded in [jpeg_header(4097), jpeg_header(65_535), huge] {
        let taken = peak(&encoded);
        assert!(taken < 128 << 10, "{taken} bytes");
    }
}

#[test]
fn a_png_that_unpacks_to_more_than_its_header_says_takes_what_the_header_says() {
    let (large, small) = (png(2048), png(64));
    let header = 8 + 25;
    let bomb = [&small[..header], &large[header..]].concat();
    let taken = peak(&bomb);
    assert!(taken < 1 << 20, "{taken} bytes for 64 × 64 px");
    let taken = peak(&large);
    assert!(
        taken < 4 * 2048 * 2048 * 3,
        "{taken} bytes for 2048 × 2048 px"
    );
}

#[cfg(feature = "tract")]
mod support;

/// All of a tracked frame: message to pose. What is left belongs to the engine, and does not grow.
#[cfg(feature = "tract")]
#[test]
fn a_tracked_frame_allocates_what_the_engine_does_and_no_more() {
    use squirret::UnixMillis;
    use squirret::pose::{BlazePose, Network, PoseEstimator, Track};
    let Some(data) = support::test_data() else {
        return;
    };
    let [detector, landmarks] =
        ["blazepose-detector.onnx", "blazepose-full.onnx"].map(|name| support::model(&data, name));
    let network = Network::load("blazepose-full", &landmarks).unwrap();
    let engine = steady(|| network.run(|input| input.fill(0.5), |_| ()).unwrap());

    let estimator = BlazePose::from_onnx("blazepose-full", &detector, &landmarks).unwrap();
    let jpeg = support::frames(&data, "olympic_good").swap_remove(20);
    let (mut picture, mut track, mut now) = (Picture::default(), Track::default(), 0);
    let image = picture.decode(&jpeg, PictureLimits::default()).unwrap();
    let mut look = || {
        now += 33;
        estimator
            .estimate(image, &mut track, UnixMillis(now))
            .unwrap()
            .unwrap();
    };
    // The first frame asks the detector.
    look();
    let frame = steady(look);
    eprintln!(
        "{} allocations a frame, {} of them the engine's",
        frame / 2,
        engine / 2
    );
    assert_eq!(frame, engine);
}
