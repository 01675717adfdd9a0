//! The detector: is there a person, and where.

use super::anchors::anchors;
use crate::pose::follow::PersonDetector;
use crate::pose::track::People;
use crate::pose::{Border, Crop, EstimateError, ModelError, RgbImage, Roi, runner::Network};
use std::sync::Arc;

/// Numbers of a box: centre, size, four points.
const BOX: usize = 12;
/// Least score of a box.
const MIN_SCORE: f32 = 0.5;
/// Boxes that share more than this are one person.
const SAME_PERSON: f32 = 0.3;
/// Logits are clipped before the sigmoid, against overflow.
const MAX_LOGIT: f32 = 100.0;

/// A person as the detector sees one. Positions in units of the letterboxed square.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Candidate {
    /// Centre x, centre y, width, height; hips' midpoint, extent of the body; two more points of the upper body.
    values: [f32; BOX],
    score: f32,
}

/// The detector network with its anchors.
#[derive(Debug)]
pub(in crate::pose) struct Detector {
    network: Arc<Network>,
    crop: Crop,
    anchors: Vec<[f32; 2]>,
    /// Which output holds boxes and which logits.
    boxes: usize,
    logits: usize,
}

impl Detector {
    pub(in crate::pose) fn new(network: impl Into<Arc<Network>>) -> Result<Self, ModelError> {
        let network = network.into();
        let side = super::square_side(&network)?;
        let anchors = anchors(side);
        let boxes = super::output_of_len(&network, anchors.len() * BOX, "boxes")?;
        let logits = super::output_of_len(&network, anchors.len(), "scores")?;
        let crop = Crop::new(side, -1.0, 1.0, Border::Black);
        Ok(Self {
            network,
            crop,
            anchors,
            boxes,
            logits,
        })
    }
}

impl Detector {
    /// Runs the network on a grey picture.
    pub(in crate::pose) fn warm_up(&self) -> Result<(), EstimateError> {
        self.network.run(|input| input.fill(0.5), |_| ())
    }
}

impl PersonDetector for Detector {
    fn find(&self, image: RgbImage<'_>) -> Result<People, EstimateError> {
        let square = Roi::letterbox(image);
        let candidates = self.network.run(
            |input| self.crop.sample(image, &square, input),
            |outputs| {
                decode(
                    outputs[self.boxes],
                    outputs[self.logits],
                    &self.anchors,
                    self.crop.side(),
                )
            },
        )?;
        let people = suppress(candidates);
        Ok(people
            .iter()
            .filter_map(|person| region(person, &square))
            .collect())
    }
}

/// The region around a person.
fn region(person: &Candidate, square: &Roi) -> Option<Roi> {
    let [_, _, _, _, hip_x, hip_y, extent_x, extent_y, ..] = person.values;
    if !person.score.is_finite() {
        return None;
    }
    Roi::from_alignment(
        square.to_picture(hip_x, hip_y),
        square.to_picture(extent_x, extent_y),
    )
}

/// Boxes with a score of at least one half, in units of the square.
fn decode(boxes: &[f32], logits: &[f32], anchors: &[[f32; 2]], side: usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    for ((raw, logit), anchor) in boxes.chunks_exact(BOX).zip(logits).zip(anchors) {
        let score = super::sigmoid(logit.clamp(-MAX_LOGIT, MAX_LOGIT));
        if score.is_nan() || score < MIN_SCORE {
            continue;
        }
        let values = std::array::from_fn(|i| {
            let is_size = i == 2 || i == 3;
            raw[i] / side as f32 + if is_size { 0.0 } else { anchor[i % 2] }
        });
        found.push(Candidate { values, score });
    }
    found
}

/// Weighted non-maximum suppression: boxes of one person become their mean by score, under the best score.
fn suppress(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut people = Vec::new();
    while let Some(&best) = candidates.first() {
        let mut sum = [0.0; BOX];
        let mut weight = 0.0;
        let before = candidates.len();
        candidates.retain(|other| {
            if overlap(&best, other) <= SAME_PERSON {
                return true;
            }
            sum.iter_mut()
                .zip(other.values)
                .for_each(|(sum, value)| *sum += value * other.score);
            weight += other.score;
            false
        });
        if candidates.len() == before {
            // A box without an area overlaps nothing, not even itself.
            candidates.remove(0);
            continue;
        }
        people.push(Candidate {
            values: sum.map(|value| value / weight),
            score: best.score,
        });
    }
    people
}

/// Shared area over joint area.
fn overlap(a: &Candidate, b: &Candidate) -> f32 {
    let side = |axis: usize| {
        let [from_a, from_b] = [a, b].map(|c| c.values[axis] - c.values[axis + 2] / 2.0);
        let [to_a, to_b] = [a, b].map(|c| c.values[axis] + c.values[axis + 2] / 2.0);
        (to_a.min(to_b) - from_a.max(from_b)).max(0.0)
    };
    let shared = side(0) * side(1);
    let area = |c: &Candidate| c.values[2].max(0.0) * c.values[3].max(0.0);
    let joint = area(a) + area(b) - shared;
    if joint > 0.0 { shared / joint } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(x: f32, y: f32, size: f32, score: f32) -> Candidate {
        let mut values = [0.5; BOX];
        values[..4].copy_from_slice(&[x, y, size, size]);
        Candidate { values, score }
    }

    #[test]
    fn a_box_is_relative_to_its_anchor_and_in_px() {
        let mut raw = [0.0; BOX];
        raw[0] = 22.4;
        raw[2] = 112.0;
        raw[5] = -22.4;
        let found = decode(&raw, &[0.0], &[[0.5, 0.25]], 224);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].score, 0.5);
        let expect = [0.6, 0.25, 0.5, 0.0, 0.5, 0.15];
        for (got, want) in found[0].values.iter().zip(expect) {
            assert!((got - want).abs() < 1e-6, "{got} {want}");
        }
    }

    #[test]
    fn weak_and_broken_scores_are_left_out_and_huge_ones_clipped() {
        let raw = [0.0; 4 * BOX];
        let found = decode(&raw, &[-0.01, f32::NAN, 1e30, -1e30], &[[0.5, 0.5]; 4], 224);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].score, 1.0);
    }

    #[test]
    fn boxes_of_one_person_become_their_weighted_mean() {
        let people = suppress(vec![
            candidate(0.52, 0.5, 0.4, 0.6),
            candidate(0.50, 0.5, 0.4, 0.9),
        ]);
        assert_eq!(people.len(), 1);
        assert_eq!(people[0].score, 0.9);
        let mean = (0.52 * 0.6 + 0.50 * 0.9) / 1.5;
        assert!((people[0].values[0] - mean).abs() < 1e-6);
    }

    #[test]
    fn two_people_stay_two_with_the_surer_first() {
        let people = suppress(vec![
            candidate(0.2, 0.5, 0.2, 0.6),
            candidate(0.8, 0.5, 0.2, 0.9),
        ]);
        assert_eq!(
            people.iter().map(|p| p.score).collect::<Vec<_>>(),
            [0.9, 0.6]
        );
    }

    #[test]
    fn boxes_without_an_area_end() {
        assert_eq!(
            suppress(vec![
                candidate(0.5, 0.5, 0.0, 0.9),
                candidate(f32::NAN, 0.5, 0.1, 0.8)
            ]),
            []
        );
    }
}
