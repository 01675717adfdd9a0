use super::*;
use proptest::prelude::*;

fn picture(width: u32, height: u32) -> Vec<u8> {
    (0..width * height * 3)
        .map(|i| (i.wrapping_mul(2654435761) >> 13) as u8)
        .collect()
}

/// The same in floating point, one pixel at a time.
fn naive(image: RgbImage<'_>, roi: &Roi, crop: Crop) -> Vec<f32> {
    let mut out = Vec::new();
    let pixel = |x: f64, y: f64, c: usize| {
        let (w, h) = (f64::from(image.width()), f64::from(image.height()));
        if crop.border == Border::Black && !(x >= 0.0 && y >= 0.0 && x < w && y < h) {
            return 0.0;
        }
        let index = y.clamp(0.0, h - 1.0) as usize * image.width() as usize
            + x.clamp(0.0, w - 1.0) as usize;
        f64::from(image.data()[index * 3 + c])
    };
    for v in 0..crop.height {
        for u in 0..crop.width {
            let [u, v] = crop.to_region(u as f32, v as f32);
            let [x, y] = roi.to_picture(u, v).map(f64::from);
            let (x0, y0) = (x.floor(), y.floor());
            let (fx, fy) = (x - x0, y - y0);
            for c in 0..3 {
                let upper = pixel(x0, y0, c) * (1.0 - fx) + pixel(x0 + 1.0, y0, c) * fx;
                let lower = pixel(x0, y0 + 1.0, c) * (1.0 - fx) + pixel(x0 + 1.0, y0 + 1.0, c) * fx;
                out.push(
                    ((upper * (1.0 - fy) + lower * fy) as f32) * crop.scale[c] + crop.offset[c],
                );
            }
        }
    }
    out
}

#[test]
fn the_identity_crop_is_the_picture() {
    let data = picture(8, 8);
    let image = RgbImage::new(8, 8, &data).unwrap();
    let crop = Crop::new(8, 0.0, 255.0, Border::Replicate);
    let mut out = vec![0.0; crop.len()];
    crop.sample(image, &Roi::letterbox(image), &mut out);
    let back: Vec<u8> = out.iter().map(|v| v.round() as u8).collect();
    assert_eq!(back, data);
}

#[test]
fn bars_beside_a_narrow_picture_are_black() {
    let data = [255; 2 * 4 * 3];
    let image = RgbImage::new(2, 4, &data).unwrap();
    let crop = Crop::new(4, -1.0, 1.0, Border::Black);
    let mut out = vec![0.0; crop.len()];
    crop.sample(image, &Roi::letterbox(image), &mut out);
    let red: Vec<f32> = out[..12].iter().step_by(3).copied().collect();
    assert_eq!(red, [-1.0, 1.0, 1.0, -1.0]);
}

proptest! {
    #[test]
    fn agrees_with_the_plain_formula(
        width in 1u32..40, height in 1u32..40, x in -60f32..90.0, y in -60f32..90.0, size in 1f32..150.0,
        rotation in -3.1f32..3.1, across in 1usize..24, down in 1usize..24, black: bool,
    ) {
        let data = picture(width, height);
        let image = RgbImage::new(width, height, &data).unwrap();
        let roi = Roi { x, y, size, rotation };
        let border = if black { Border::Black } else { Border::Replicate };
        let crop = Crop::new(1, 0.0, 255.0, border).with_size(across, down);
        let mut out = vec![f32::NAN; crop.len()];
        crop.sample(image, &roi, &mut out);
        for (got, want) in out.iter().zip(naive(image, &roi, crop)) {
            // A position is rounded to 2^-11 px and f32 carries it to about 2^-16: a step of 255 shows 0.25.
            prop_assert!((got - want).abs() < 0.5, "{got} {want}");
        }
    }
}

proptest! {
    #[test]
    fn planes_and_blue_first_hold_the_same_numbers(across in 1usize..150, down in 1usize..5, turn in -3.1f32..3.1, bgr: bool) {
        let data = picture(30, 20);
        let image = RgbImage::new(30, 20, &data).unwrap();
        let roi = Roi { x: 12.0, y: 9.0, size: 25.0, rotation: turn };
        let mean = [10.0, 20.0, 30.0];
        let crop = Crop::new(1, 0.0, 1.0, Border::Replicate)
            .with_size(across, down)
            .with_normalisation(mean, [2.0, 3.0, 4.0]);
        let mut plain = vec![f32::NAN; crop.len()];
        crop.sample(image, &roi, &mut plain);
        let mut other = crop.with_layout(PixelLayout::Planar);
        if bgr {
            other = other.blue_first();
        }
        let mut planar = vec![f32::NAN; other.len()];
        other.sample(image, &roi, &mut planar);
        let mut interleaved = vec![f32::NAN; other.len()];
        other.with_layout(PixelLayout::Interleaved).sample(image, &roi, &mut interleaved);
        for (pixel, colours) in plain.as_chunks::<3>().0.iter().enumerate() {
            for (c, colour) in colours.iter().enumerate() {
                let channel = if bgr { 2 - c } else { c };
                // A span starts from its own position, which is rounded as each pixel's is.
                prop_assert_eq!(planar[channel * across * down + pixel], *colour);
                prop_assert_eq!(interleaved[pixel * 3 + channel], *colour);
            }
        }
    }
}

#[test]
fn a_mean_and_a_deviation_normalise_each_colour() {
    let data = [100, 150, 200].repeat(16);
    let image = RgbImage::new(4, 4, &data).unwrap();
    let crop = Crop::new(4, 0.0, 1.0, Border::Replicate)
        .with_normalisation([90.0, 100.0, 220.0], [10.0, 25.0, 40.0]);
    let mut out = vec![0.0; crop.len()];
    crop.sample(image, &Roi::letterbox(image), &mut out);
    assert!(out.as_chunks::<3>().0.iter().all(|colours| {
        let off = [1.0, 2.0, -0.5]
            .iter()
            .zip(colours)
            .map(|(want, got)| (want - got).abs());
        off.fold(0.0, f32::max) < 1e-5
    }));
}

#[test]
fn an_output_that_is_too_short_is_left_alone() {
    let image = RgbImage::new(1, 1, &[9; 3]).unwrap();
    let crop = Crop::new(4, 0.0, 255.0, Border::Black);
    let mut out = [5.0; 47];
    crop.sample(image, &Roi::letterbox(image), &mut out);
    assert_eq!(out, [5.0; 47]);
}
