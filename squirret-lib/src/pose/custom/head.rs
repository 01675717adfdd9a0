//! Points out of a network's outputs.

use super::Network;
use crate::pose::manifest::{HeadFormat, Manifest, OutputRef, Part, Scores};

/// A point in px of the input; z in the same units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct PointValues {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
    pub(super) score: f32,
}

/// A head of a manifest, joined to the outputs of its network: all sizes fit.
#[derive(Debug)]
pub(super) enum HeadReader {
    Points {
        output: usize,
        order: Vec<Part>,
        /// Px of the input in a unit of the output.
        units: [f32; 2],
        scores: Scores,
    },
    Heatmaps {
        output: usize,
        size: [usize; 2],
        /// From one point's map to the next, and from one pixel of it to the next.
        strides: [usize; 2],
        /// Px of the input in a pixel of a map.
        units: [f32; 2],
        scores: Scores,
    },
    SimCc {
        outputs: [usize; 2],
        /// Classes of a point.
        classes: [usize; 2],
        /// Px of the input in a class.
        units: [f32; 2],
        scores: Scores,
    },
    Yolo(FoundPeople),
}

/// A list of people. YOLO-pose writes a column a person, `[1, 5 + 3K, N]`: centre, size and score of the box, then x, y
/// and score of K points; with suppression in the network a row a person, `[1, N, 6 + 3K]`: two corners of the box, score,
/// class, then the points. All in px of the input.
#[derive(Debug)]
pub(super) struct FoundPeople {
    output: usize,
    count: usize,
    /// From one person to the next, and from one number of a person to the next.
    strides: [usize; 2],
    /// Numbers before the points: 5 or 6.
    before: usize,
    /// Width and height of the input in px.
    input: [f32; 2],
    scores: Scores,
}

/// A person further from the middle of the region than its corners counts half: the region is around one person.
const OFF_CENTRE: f32 = 0.5;

impl FoundPeople {
    /// The list in an output of this shape; `None` when it holds no people of so many points.
    fn of(
        output: usize,
        shape: &[usize],
        points: usize,
        input: [f32; 2],
        scores: Scores,
    ) -> Option<Self> {
        let [1, rows, columns] = *shape else {
            return None;
        };
        let (count, strides, numbers) = if [5, 6].contains(&rows.wrapping_sub(3 * points)) {
            (columns, [1, columns], rows)
        } else {
            (rows, [columns, 1], columns)
        };
        let before = numbers.checked_sub(3 * points)?;
        let fits = [5, 6].contains(&before) && count > 0;
        fits.then_some(Self {
            output,
            count,
            strides,
            before,
            input,
            scores,
        })
    }

    fn number(&self, outputs: &[&[f32]], person: usize, number: usize) -> Option<f32> {
        let place = person * self.strides[0] + number * self.strides[1];
        outputs.get(self.output)?.get(place).copied()
    }

    fn score(&self, outputs: &[&[f32]], person: usize) -> Option<f32> {
        Some(self.scores.probability(self.number(outputs, person, 4)?))
    }

    /// The most certain person, the nearer to the middle the rather.
    fn best(&self, outputs: &[&[f32]]) -> Option<usize> {
        let mut best: Option<(usize, f32)> = None;
        for person in 0..self.count {
            let corner = [0, 1, 2, 3].map(|number| self.number(outputs, person, number));
            let [Some(a), Some(b), Some(c), Some(d)] = corner else {
                continue;
            };
            let centre = if self.before == 6 {
                [f32::midpoint(a, c), f32::midpoint(b, d)]
            } else {
                [a, b]
            };
            let off = [0, 1].map(|axis| centre[axis] / self.input[axis] * 2.0 - 1.0);
            let distance = off[0].hypot(off[1]) / std::f32::consts::SQRT_2;
            let rank = self.score(outputs, person)? * (1.0 - OFF_CENTRE * distance.min(1.0));
            // A comparison with NaN is false.
            if best.is_none_or(|(_, most)| rank > most) && !rank.is_nan() {
                best = Some((person, rank));
            }
        }
        best.map(|(person, _)| person)
    }

    fn point(&self, outputs: &[&[f32]], person: usize, index: usize) -> Option<PointValues> {
        let number = |part: usize| self.number(outputs, person, self.before + index * 3 + part);
        Some(PointValues {
            x: number(0)?,
            y: number(1)?,
            z: 0.0,
            score: self.scores.probability(number(2)?),
        })
    }
}

/// The place of an output, which must hold `numbers`; `field` is the manifest's key.
pub(super) fn output(
    network: &Network,
    field: &str,
    output: &OutputRef,
    numbers: Option<usize>,
) -> Result<usize, String> {
    let index = match output {
        OutputRef::Index(index) => Some(*index).filter(|index| *index < network.outputs().len()),
        OutputRef::Name(name) => network
            .output_names()
            .iter()
            .position(|other| other == name),
    };
    let Some(index) = index else {
        return Err(format!(
            "{field}: it has no output {output}, only {}",
            network.output_names().join(", ")
        ));
    };
    let shape = &network.outputs()[index];
    let has: usize = shape.iter().product();
    match numbers {
        Some(numbers) if numbers != has => Err(format!(
            "{field}: output {output} has {has} numbers {shape:?} instead of {numbers}"
        )),
        _ => Ok(index),
    }
}

impl HeadReader {
    pub(super) fn new(manifest: &Manifest, network: &Network) -> Result<Self, String> {
        let points = manifest.slots.len();
        let input = manifest.crop.size().map(|side| side as f32);
        Ok(match &manifest.head {
            HeadFormat::Points {
                output: place,
                order,
                in_pixels,
                scores,
            } => Self::Points {
                output: output(network, "output.points", place, Some(points * order.len()))?,
                order: order.clone(),
                units: if *in_pixels { [1.0; 2] } else { input },
                scores: *scores,
            },
            HeadFormat::Heatmaps {
                output: place,
                points_last,
                scores,
            } => {
                let index = output(network, "output.heatmaps", place, None)?;
                let shape = &network.outputs()[index];
                let (size, strides) = maps(shape, *points_last, points).ok_or_else(|| {
                    format!("output.heatmaps: output {place} is {shape:?} instead of a map for each of {points} points")
                })?;
                Self::Heatmaps {
                    output: index,
                    size,
                    strides,
                    units: [0, 1].map(|axis| input[axis] / size[axis] as f32),
                    scores: *scores,
                }
            }
            HeadFormat::Yolo {
                output: place,
                scores,
            } => {
                let index = output(network, "output.people", place, None)?;
                let shape = &network.outputs()[index];
                let people = FoundPeople::of(index, shape, points, input, *scores).ok_or_else(|| {
                    format!("output.people: output {place} is {shape:?} instead of [1, {}, N] or [1, N, {}]", 5 + 3 * points, 6 + 3 * points)
                })?;
                Self::Yolo(people)
            }
            HeadFormat::SimCc { x, y, scores } => {
                let axis = |field: &str, place: &OutputRef| {
                    let index = output(network, field, place, None)?;
                    let shape = &network.outputs()[index];
                    let numbers: usize = shape.iter().product();
                    if numbers == 0 || !numbers.is_multiple_of(points) {
                        return Err(format!(
                            "{field}: output {place} is {shape:?} instead of classes for each of {points} points"
                        ));
                    }
                    Ok((index, numbers / points))
                };
                let [x, y] = [axis("output.x", x)?, axis("output.y", y)?];
                Self::SimCc {
                    outputs: [x.0, y.0],
                    classes: [x.1, y.1],
                    units: [input[0] / x.1 as f32, input[1] / y.1 as f32],
                    scores: *scores,
                }
            }
        })
    }

    /// Which person of those in the outputs is meant, and how certain the network is of them where it says so.
    pub(super) fn person(&self, outputs: &[&[f32]]) -> Option<(usize, Option<f32>)> {
        match self {
            Self::Yolo(people) => {
                let person = people.best(outputs)?;
                Some((person, people.score(outputs, person)))
            }
            _ => Some((0, None)),
        }
    }

    /// The point with that index, of a person that [`person`](Self::person) returned.
    pub(super) fn point(
        &self,
        outputs: &[&[f32]],
        person: usize,
        index: usize,
    ) -> Option<PointValues> {
        match self {
            Self::Yolo(people) => people.point(outputs, person, index),
            Self::Points {
                output,
                order,
                units,
                scores,
            } => {
                let numbers = outputs.get(*output)?.get(index * order.len()..)?;
                Some(listed(numbers, order, *units, *scores))
            }
            Self::Heatmaps {
                output,
                size,
                strides,
                units,
                scores,
            } => {
                let map = outputs.get(*output)?.get(index * strides[0]..)?;
                brightest(map, *size, strides[1], *units, *scores)
            }
            Self::SimCc {
                outputs: places,
                classes,
                units,
                scores,
            } => {
                let row = |axis: usize| {
                    let all = outputs.get(places[axis])?;
                    best(all.get(index * classes[axis]..)?.get(..classes[axis])?)
                };
                let [(x, sure_of_x), (y, sure_of_y)] = [row(0)?, row(1)?];
                Some(PointValues {
                    x: x as f32 * units[0],
                    y: y as f32 * units[1],
                    z: 0.0,
                    score: scores.probability(sure_of_x.min(sure_of_y)),
                })
            }
        }
    }
}

/// Width and height of the maps, and the strides of points and pixels.
fn maps(shape: &[usize], points_last: bool, points: usize) -> Option<([usize; 2], [usize; 2])> {
    let (size, count, strides) = match *shape {
        [1, height, width, count] if points_last => ([width, height], count, [1, count]),
        [1, count, height, width] if !points_last => ([width, height], count, [height * width, 1]),
        _ => return None,
    };
    (count == points && !size.contains(&0)).then_some((size, strides))
}

fn listed(numbers: &[f32], order: &[Part], units: [f32; 2], scores: Scores) -> PointValues {
    let mut point = PointValues {
        x: 0.0,
        y: 0.0,
        z: 0.0,
        score: 1.0,
    };
    let mut presence = 1.0f32;
    for (part, number) in order.iter().zip(numbers) {
        match part {
            Part::X => point.x = number * units[0],
            Part::Y => point.y = number * units[1],
            Part::Z => point.z = number * units[0],
            Part::Score => point.score = scores.probability(*number),
            Part::Presence => presence = scores.probability(*number),
            Part::Unused => {}
        }
    }
    // A NaN in either must stay one, which `min` would drop.
    if presence < point.score || presence.is_nan() {
        point.score = presence;
    }
    point
}

/// The index and value of the largest number; `None` when there is none.
fn best(row: &[f32]) -> Option<(usize, f32)> {
    let larger = |best: Option<(usize, f32)>, (index, value): (usize, &f32)| match best {
        Some((_, top)) if *value <= top => best,
        _ if value.is_nan() => best,
        _ => Some((index, *value)),
    };
    row.iter().enumerate().fold(None, larger)
}

/// The brightest place of a map, between pixels by a parabola through it and its neighbours.
fn brightest(
    map: &[f32],
    [width, height]: [usize; 2],
    stride: usize,
    units: [f32; 2],
    scores: Scores,
) -> Option<PointValues> {
    let pixel = |index: usize| map.get(index * stride).copied();
    let mut top: Option<(usize, f32)> = None;
    for index in 0..width * height {
        let value = pixel(index)?;
        if top.is_none_or(|(_, most)| value > most) && !value.is_nan() {
            top = Some((index, value));
        }
    }
    let (index, value) = top?;
    let beside = |before: bool, after: bool, step: usize| {
        let (true, true) = (before, after) else {
            return 0.0;
        };
        let [left, right] = [pixel(index - step), pixel(index + step)];
        vertex(left.unwrap_or(value), value, right.unwrap_or(value))
    };
    let (column, row) = (index % width, index / width);
    let dx = beside(column > 0, column + 1 < width, 1);
    let dy = beside(row > 0, row + 1 < height, width);
    Some(PointValues {
        x: (column as f32 + dx) * units[0],
        y: (row as f32 + dy) * units[1],
        z: 0.0,
        score: scores.probability(value),
    })
}

/// Where the parabola through three values at −1, 0 and 1 is highest.
fn vertex(left: f32, top: f32, right: f32) -> f32 {
    let bend = 2.0 * top - left - right;
    let at = (right - left) / (2.0 * bend);
    if bend > 0.0 && at.is_finite() {
        at.clamp(-0.5, 0.5)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_a_row_is_a_number() {
        assert_eq!(best(&[f32::NAN, 1.0, 3.0, 2.0]), Some((2, 3.0)));
        assert_eq!(best(&[f32::NAN]), None);
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn a_peak_between_pixels_is_found_there() {
        // A parabola with its top at 1.25, 2.
        let map: Vec<f32> = (0..20)
            .map(|i| {
                let (x, y) = ((i % 5) as f32 - 1.25, (i / 5) as f32 - 2.0);
                1.0 - 0.1 * (x * x + y * y)
            })
            .collect();
        let point = brightest(&map, [5, 4], 1, [4.0, 4.0], Scores::Probability).unwrap();
        assert!(
            (point.x - 5.0).abs() < 1e-4 && (point.y - 8.0).abs() < 1e-4,
            "{point:?}"
        );
        let interleaved: Vec<f32> = map.iter().flat_map(|v| [*v, 9.0]).collect();
        assert_eq!(
            brightest(&interleaved, [5, 4], 2, [4.0, 4.0], Scores::Probability),
            Some(point)
        );
    }

    #[test]
    fn flat_maps_and_edges_stay_on_their_pixel() {
        let flat = brightest(&[0.3; 12], [4, 3], 1, [1.0; 2], Scores::Logit).unwrap();
        assert_eq!((flat.x, flat.y), (0.0, 0.0));
        assert_eq!(
            brightest(&[f32::NAN; 12], [4, 3], 1, [1.0; 2], Scores::Logit),
            None
        );
        assert_eq!(vertex(1.0, 1.0, 1.0), 0.0);
        assert_eq!(vertex(f32::NAN, 1.0, 1.0), 0.0);
    }
}
