//! The instructions of AVX-512 BF16 against plain code that does the same, number by number.

use super::super::bf16::{Bf16, PackMap, Work, pair, round, unpair};
use super::super::lanes::{Dispatch, Path};
use super::super::layout::{Buffer, Map, Rim, Rows, Shape};

/// What can round here; says when the instructions are not among it.
fn rounders() -> Vec<Bf16> {
    let here = Path::new(Dispatch::Avx512Bf16).and_then(Path::bf16);
    match here {
        Some(_) => eprintln!("checked: the instructions of AVX-512 BF16, and plain code"),
        None => eprintln!("checked: plain code alone; this machine has no AVX-512 BF16"),
    }
    here.into_iter().chain([Bf16::Plain]).collect()
}

/// Numbers packed by a map of one block, 16 a pixel.
fn packed(rounder: Bf16, numbers: &[f32]) -> Vec<f32> {
    let shape = Shape {
        channels: 16,
        height: 1,
        width: numbers.len() / 16,
    };
    let from = Map::new(shape, Rim::default(), Rows::All, 16);
    let to = Map::packed(shape, Rim::default(), Rows::All);
    let mut output = Buffer::new(to.len());
    rounder.run(&mut Work::Pack(PackMap {
        input: (Buffer::from(numbers, from.len()).as_slice(), &from),
        output: output.as_mut_slice(),
        map: &to,
    }));
    output.as_slice()[..numbers.len() / 2].to_vec()
}

#[test]
fn every_upper_half_with_every_kind_of_lower_half_rounds_to_the_nearest() {
    // Below, at and above the middle between two 16-bit floats, for each of them.
    let numbers: Vec<f32> = (0..=u16::MAX)
        .flat_map(|upper| {
            [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff].map(|lower| u32::from(upper) << 16 | lower)
        })
        .map(f32::from_bits)
        .collect();
    let numbers = &numbers[..numbers.len() / 16 * 16];
    for rounder in rounders() {
        let words = packed(rounder, numbers);
        for (word, numbers) in words.iter().zip(numbers.as_chunks::<2>().0) {
            let expected = pair(numbers[0], numbers[1]).to_bits();
            assert_eq!(word.to_bits(), expected, "{rounder:?}: {numbers:?}");
        }
    }
}

#[test]
fn rounding_takes_the_even_one_of_two_that_are_as_near() {
    // 1 + 2⁻⁷ is the next number above 1.
    let step = 1.0 / 128.0;
    for (number, expected) in [
        (1.0, 1.0),
        (1.0 + step * 0.5, 1.0),
        (1.0 + step * 0.75, 1.0 + step),
        (1.0 + step * 1.5, 1.0 + step * 2.0),
        (-1.0 - step * 0.5, -1.0),
        (f32::MAX, f32::INFINITY),
        (f32::NEG_INFINITY, f32::NEG_INFINITY),
        (1e-40, 0.0),
    ] {
        assert_eq!(unpair(pair(number, 7.0)), [expected, 7.0], "{number}");
    }
    assert!(unpair(pair(f32::NAN, 0.0))[0].is_nan());
    // One whose upper half alone would be infinite.
    assert!(unpair(pair(0.0, f32::from_bits(0x7f80_0001)))[1].is_nan());
    assert_eq!(round(-0.0), 0x8000);
}
