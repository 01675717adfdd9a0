//! From a manifest as it is written to one that can be used: each rule once, each complaint with its key.

use super::raw::{
    RawBorder, RawColours, RawInput, RawKeypoints, RawKind, RawLayout, RawManifest, RawMapLayout,
    RawNames, RawOutput, RawScores, RawUnits,
};
use super::{HeadFormat, Manifest, ManifestError, OutputRef, Part, Scores, Slot, names};
use crate::pose::Landmark::{
    self, LeftAnkle, LeftHip, LeftKnee, LeftShoulder, RightAnkle, RightHip, RightKnee,
    RightShoulder,
};
use crate::pose::{Border, Crop, PixelLayout};

type Result<T> = std::result::Result<T, ManifestError>;

/// Default of `region.margin` and `keypoints.min_score`: as MoveNet's makers have them.
pub(super) const MARGIN: f32 = 1.2;
pub(super) const MIN_SCORE: f32 = 0.2;

/// Sides of an input in px.
const SIDES: std::ops::RangeInclusive<i64> = 16..=1024;
/// More points than any body has.
const MAX_POINTS: usize = 256;
/// More numbers than any point has.
const MAX_PARTS: usize = 16;

/// What squats are judged by.
const NEEDED: [Landmark; 8] = [
    LeftShoulder,
    RightShoulder,
    LeftHip,
    RightHip,
    LeftKnee,
    RightKnee,
    LeftAnkle,
    RightAnkle,
];

fn refuse<T>(field: &str, rule: impl Into<String>) -> Result<T> {
    Err(ManifestError::Field {
        field: field.to_owned(),
        rule: rule.into(),
    })
}

pub(super) fn check(raw: RawManifest) -> Result<Manifest> {
    let planar = matches!(raw.input.layout, RawLayout::Nchw);
    let crop = crop(&raw.input)?;
    let (slots, min_score) = keypoints(&raw.keypoints)?;
    let margin = within("region.margin", raw.region.margin, MARGIN, 1.0..=3.0)?;
    let person = raw
        .output
        .person
        .clone()
        .map(|output| (output, scores(raw.output.person_scores)));
    Ok(Manifest {
        crop,
        planar,
        policy: raw.region.policy,
        margin,
        world: raw.output.world.clone(),
        head: head(raw.output)?,
        person,
        slots,
        min_score,
    })
}

fn within(
    field: &str,
    value: Option<f32>,
    default: f32,
    range: std::ops::RangeInclusive<f32>,
) -> Result<f32> {
    let value = value.unwrap_or(default);
    if range.contains(&value) {
        return Ok(value);
    }
    refuse(
        field,
        format!("must lie in {} to {}", range.start(), range.end()),
    )
}

fn crop(input: &RawInput) -> Result<Crop> {
    let [width, height] = input.size;
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        return refuse("input.size", "must be [width, height], each 16 to 1024 px");
    }
    let border = match input.border {
        RawBorder::Black => Border::Black,
        RawBorder::Edge => Border::Replicate,
    };
    let is_bgr = matches!(input.colours, RawColours::Bgr);
    let [low, high] = input.range.unwrap_or([0.0, 1.0]);
    let mut crop = Crop::new(1, low, high, border).with_size(width as usize, height as usize);
    match (input.range, input.mean, input.std) {
        (Some(_), None, None) | (None, None, None) => {
            let finite = low.is_finite() && high.is_finite();
            if !finite || low == high {
                return refuse("input.range", "must be two different numbers");
            }
        }
        (None, Some(mut mean), Some(mut std)) => {
            if !std.iter().all(|std| std.is_finite() && *std > 0.0) {
                return refuse("input.std", "must be three positive numbers");
            }
            if !mean.iter().all(|mean| mean.is_finite()) {
                return refuse("input.mean", "must be three finite numbers");
            }
            if is_bgr {
                mean.reverse();
                std.reverse();
            }
            crop = crop.with_normalisation(mean, std);
        }
        (Some(_), _, _) => return refuse("input.range", "excludes input.mean and input.std"),
        (None, None, Some(_)) => return refuse("input.mean", "is required beside input.std"),
        (None, Some(_), None) => return refuse("input.std", "is required beside input.mean"),
    }
    if is_bgr {
        crop = crop.blue_first();
    }
    Ok(crop.with_layout(match input.layout {
        RawLayout::Nhwc => PixelLayout::Interleaved,
        RawLayout::Nchw => PixelLayout::Planar,
    }))
}

fn keypoints(raw: &RawKeypoints) -> Result<(Vec<Slot>, f32)> {
    let field = "keypoints.names";
    let slots = match &raw.names {
        RawNames::Set(name) => match names::set(name) {
            Some(slots) => slots,
            None => {
                let rule = format!(
                    "must be a list of names or one of {}, not {name:?}",
                    names::SETS.join(", ")
                );
                return refuse(field, rule);
            }
        },
        RawNames::List(list) => listed(field, list)?,
    };
    for needed in NEEDED {
        if !slots.contains(&Slot::Landmark(needed)) {
            return refuse(
                field,
                format!("must hold {:?}: squats are judged by it", needed.name()),
            );
        }
    }
    if slots.contains(&Slot::BodyCentre) != slots.contains(&Slot::BodyExtent) {
        return refuse(
            field,
            "must hold both \"body_centre\" and \"body_extent\" or neither",
        );
    }
    let min_score = within("keypoints.min_score", raw.min_score, MIN_SCORE, 0.0..=1.0)?;
    Ok((slots, min_score))
}

fn listed(field: &str, list: &[String]) -> Result<Vec<Slot>> {
    if list.len() > MAX_POINTS {
        return refuse(field, format!("may have {MAX_POINTS} names"));
    }
    let mut slots = Vec::with_capacity(list.len());
    for (index, name) in list.iter().enumerate() {
        let field = format!("{field}[{index}]");
        let Some(slot) = names::slot(name) else {
            let rule = format!(
                "must be a point of the skeleton such as \"left_hip\", or \"\" for none, not {name:?}"
            );
            return refuse(&field, rule);
        };
        if slot != Slot::Unused && slots.contains(&slot) {
            return refuse(&field, format!("{name:?} stands there twice"));
        }
        slots.push(slot);
    }
    Ok(slots)
}

const fn scores(raw: RawScores) -> Scores {
    match raw {
        RawScores::Probability => Scores::Probability,
        RawScores::Logit => Scores::Logit,
    }
}

fn head(raw: RawOutput) -> Result<HeadFormat> {
    let kind = raw.kind;
    belongs(&raw)?;
    let needs = |field: &str, output: Option<OutputRef>| match output {
        Some(output) => Ok(output),
        None => refuse(field, format!("is required for kind {:?}", kind.name())),
    };
    let scores = scores(raw.scores);
    Ok(match kind {
        RawKind::Points => HeadFormat::Points {
            output: needs("output.points", raw.points)?,
            order: order(raw.order)?,
            in_pixels: raw.units == Some(RawUnits::Pixels),
            scores,
        },
        RawKind::Heatmaps => HeadFormat::Heatmaps {
            output: needs("output.heatmaps", raw.heatmaps)?,
            points_last: raw.layout == Some(RawMapLayout::Nhwk),
            scores,
        },
        RawKind::Simcc => HeadFormat::SimCc {
            x: needs("output.x", raw.x)?,
            y: needs("output.y", raw.y)?,
            scores,
        },
        RawKind::Yolo => HeadFormat::Yolo {
            output: needs("output.people", raw.people)?,
            scores,
        },
    })
}

/// Keys of another kind are a mistake, not a matter of taste.
fn belongs(raw: &RawOutput) -> Result<()> {
    let keys = [
        ("output.points", RawKind::Points, raw.points.is_some()),
        ("output.order", RawKind::Points, raw.order.is_some()),
        ("output.units", RawKind::Points, raw.units.is_some()),
        ("output.heatmaps", RawKind::Heatmaps, raw.heatmaps.is_some()),
        ("output.layout", RawKind::Heatmaps, raw.layout.is_some()),
        ("output.x", RawKind::Simcc, raw.x.is_some()),
        ("output.y", RawKind::Simcc, raw.y.is_some()),
        ("output.people", RawKind::Yolo, raw.people.is_some()),
    ];
    match keys
        .iter()
        .find(|(_, kind, is_there)| *is_there && *kind != raw.kind)
    {
        Some((field, kind, _)) => refuse(
            field,
            format!(
                "belongs to kind {:?}, not {:?}",
                kind.name(),
                raw.kind.name()
            ),
        ),
        None => Ok(()),
    }
}

/// What each number of a point is.
fn order(raw: Option<Vec<String>>) -> Result<Vec<Part>> {
    let field = "output.order";
    let Some(names) = raw else {
        return refuse(field, "is required for kind \"points\"");
    };
    let part = |name: &String| match name.as_str() {
        "x" => Some(Part::X),
        "y" => Some(Part::Y),
        "z" => Some(Part::Z),
        "score" => Some(Part::Score),
        "presence" => Some(Part::Presence),
        "" => Some(Part::Unused),
        _ => None,
    };
    let Some(order) = names.iter().map(part).collect::<Option<Vec<_>>>() else {
        return refuse(
            field,
            "must list \"x\", \"y\", \"z\", \"score\", \"presence\", or \"\" for a number of no use",
        );
    };
    let count = |part: Part| order.iter().filter(|other| **other == part).count();
    let twice = |part: &Part| count(*part) > 1;
    if count(Part::X) != 1
        || count(Part::Y) != 1
        || [Part::Z, Part::Score, Part::Presence].iter().any(twice)
    {
        return refuse(
            field,
            "must hold \"x\" and \"y\" once, \"z\", \"score\" and \"presence\" at most once",
        );
    }
    if order.len() > MAX_PARTS {
        return refuse(field, format!("may have {MAX_PARTS} numbers"));
    }
    Ok(order)
}

#[cfg(test)]
mod tests;
