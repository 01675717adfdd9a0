//! From planes to RGB (JFIF: ITU-R BT.601, full range).

use super::frame::Frame;

/// Writes `width` × `height` pixels. `size` is the side of a block in the planes.
pub(super) fn to_rgb(
    frame: &Frame<'_>,
    planes: [&[u8]; 3],
    size: usize,
    [width, height]: [u32; 2],
    rgb: &mut Vec<u8>,
) {
    let [width, height] = [width, height].map(|side| side as usize);
    let [columns, _] = frame.units();
    rgb.clear();
    rgb.resize(width * height * 3, 0);
    let largest = frame
        .components
        .first()
        .map_or([1, 1], |c| [c.across, c.down]);
    for (y, out) in rgb.chunks_exact_mut(width.max(1) * 3).enumerate() {
        let row = |i: usize| {
            let component = frame.components.get(i)?;
            let stride = columns * component.across * size;
            let y = y * component.down / largest[1];
            Some((
                planes[i].get(y * stride..(y + 1) * stride)?,
                component.across < largest[0],
            ))
        };
        match (row(0), row(1), row(2)) {
            (Some((grey, _)), None, _) => {
                for (out, grey) in out.as_chunks_mut::<3>().0.iter_mut().zip(grey) {
                    *out = [*grey; 3];
                }
            }
            (Some((light, _)), Some((blue, true)), Some((red, true))) => {
                let colours = blue.iter().zip(red).flat_map(|pair| [pair, pair]);
                colour_row(out, light, colours);
            }
            (Some((light, _)), Some((blue, false)), Some((red, false))) => {
                colour_row(out, light, blue.iter().zip(red));
            }
            // One colour halved and the other not: nobody writes that; each pixel looks up its own.
            (Some((light, _)), Some((blue, blue_half)), Some((red, red_half))) => {
                let at =
                    |plane: &'_ [u8], half: bool, x: usize| plane[if half { x / 2 } else { x }];
                for (x, out) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                    *out = pixel(light[x], at(blue, blue_half, x), at(red, red_half, x));
                }
            }
            _ => {}
        }
    }
}

#[inline(always)]
fn colour_row<'a>(out: &mut [u8], light: &[u8], colours: impl Iterator<Item = (&'a u8, &'a u8)>) {
    for ((out, light), (blue, red)) in out
        .as_chunks_mut::<3>()
        .0
        .iter_mut()
        .zip(light)
        .zip(colours)
    {
        *out = pixel(*light, *blue, *red);
    }
}

/// In 16 bits behind the point.
#[inline(always)]
fn pixel(light: u8, blue: u8, red: u8) -> [u8; 3] {
    let light = (i32::from(light) << 16) + (1 << 15);
    let [blue, red] = [i32::from(blue) - 128, i32::from(red) - 128];
    [
        light + 91_881 * red,
        light - 22_554 * blue - 46_802 * red,
        light + 116_130 * blue,
    ]
    .map(|value| (value >> 16).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_stay_grey_and_colours_are_clipped() {
        assert_eq!(pixel(77, 128, 128), [77; 3]);
        assert_eq!(pixel(76, 85, 255), [254, 0, 0]);
        assert_eq!(pixel(255, 255, 255)[2], 255);
    }
}
