//! Which point of our skeleton each point of a network is.

use crate::pose::Landmark::{self, LeftFootIndex, LeftHeel, RightFootIndex, RightHeel};

/// What a point of a network is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::pose) enum Slot {
    /// A point of the skeleton.
    Landmark(Landmark),
    /// The hips' midpoint, which steers the region.
    BodyCentre,
    /// The point on the circle around the body that tells its size and which way is up.
    BodyExtent,
    /// Nothing.
    Unused,
}

const fn seen(landmark: Landmark) -> Slot {
    Slot::Landmark(landmark)
}

/// What follows COCO's points in Halpe's 26 (Fang et al. 2022): head, neck, hip, then big toes, small toes, heels.
const HALPE_FEET: [Slot; 9] = [
    Slot::Unused,
    Slot::Unused,
    Slot::Unused,
    seen(LeftFootIndex),
    seen(RightFootIndex),
    Slot::Unused,
    Slot::Unused,
    seen(LeftHeel),
    seen(RightHeel),
];

/// What follows the 33 points in BlazePose's 39.
const BLAZEPOSE_HELPERS: [Slot; 6] = [
    Slot::BodyCentre,
    Slot::BodyExtent,
    Slot::Unused,
    Slot::Unused,
    Slot::Unused,
    Slot::Unused,
];

/// Names of the sets that a manifest may name instead of listing points.
pub(super) const SETS: [&str; 4] = ["coco17", "halpe26", "mediapipe33", "blazepose39"];

/// The points of a set.
pub(super) fn set(name: &str) -> Option<Vec<Slot>> {
    let coco = || Landmark::COCO17.into_iter().map(seen);
    let mediapipe = || Landmark::ALL.into_iter().map(seen);
    Some(match name {
        "coco17" => coco().collect(),
        "halpe26" => coco().chain(HALPE_FEET).collect(),
        "mediapipe33" => mediapipe().collect(),
        "blazepose39" => mediapipe().chain(BLAZEPOSE_HELPERS).collect(),
        _ => return None,
    })
}

/// The point of that name; an empty one is of no use to us.
pub(super) fn slot(name: &str) -> Option<Slot> {
    match name {
        "" => Some(Slot::Unused),
        "body_centre" => Some(Slot::BodyCentre),
        "body_extent" => Some(Slot::BodyExtent),
        name => Landmark::ALL
            .into_iter()
            .find(|landmark| landmark.name() == name)
            .map(seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_as_many_points_as_their_name_says() {
        for name in SETS {
            let points = set(name).unwrap();
            assert!(name.ends_with(&points.len().to_string()), "{name}");
        }
        assert_eq!(set("coco18"), None);
        assert_eq!(set("halpe26").unwrap()[24], seen(LeftHeel));
    }

    #[test]
    fn points_go_by_the_wire_s_names() {
        assert_eq!(slot("left_foot_index"), Some(seen(LeftFootIndex)));
        assert_eq!(slot("body_extent"), Some(Slot::BodyExtent));
        assert_eq!(slot(""), Some(Slot::Unused));
        assert_eq!(slot("left_kne"), None);
    }
}
