//! Which point of the 33 each point of another skeleton is.

use crate::pose::{
    Keypoint,
    Landmark::{
        self, LeftAnkle, LeftEar, LeftElbow, LeftEye, LeftFootIndex, LeftHeel, LeftHip, LeftKnee,
        LeftShoulder, LeftWrist, Nose, RightAnkle, RightEar, RightElbow, RightEye, RightFootIndex,
        RightHeel, RightHip, RightKnee, RightShoulder, RightWrist,
    },
};

/// OpenPose's BODY_25 (its output's documentation); neck, middle of the hips and small toes have no counterpart.
const BODY_25: [Option<Landmark>; 25] = [
    Some(Nose),
    None,
    Some(RightShoulder),
    Some(RightElbow),
    Some(RightWrist),
    Some(LeftShoulder),
    Some(LeftElbow),
    Some(LeftWrist),
    None,
    Some(RightHip),
    Some(RightKnee),
    Some(RightAnkle),
    Some(LeftHip),
    Some(LeftKnee),
    Some(LeftAnkle),
    Some(RightEye),
    Some(LeftEye),
    Some(RightEar),
    Some(LeftEar),
    Some(LeftFootIndex),
    None,
    Some(LeftHeel),
    Some(RightFootIndex),
    None,
    Some(RightHeel),
];

/// OpenPose's COCO model with 18 points.
const OPENPOSE_18: [Option<Landmark>; 18] = [
    Some(Nose),
    None,
    Some(RightShoulder),
    Some(RightElbow),
    Some(RightWrist),
    Some(LeftShoulder),
    Some(LeftElbow),
    Some(LeftWrist),
    Some(RightHip),
    Some(RightKnee),
    Some(RightAnkle),
    Some(LeftHip),
    Some(LeftKnee),
    Some(LeftAnkle),
    Some(RightEye),
    Some(LeftEye),
    Some(RightEar),
    Some(LeftEar),
];

/// What follows COCO's points in Halpe's 26 (Fang et al. 2022): head, neck, hip, big toes, small toes, heels.
const HALPE_FEET: [Option<Landmark>; 9] = [
    None,
    None,
    None,
    Some(LeftFootIndex),
    Some(RightFootIndex),
    None,
    None,
    Some(LeftHeel),
    Some(RightHeel),
];

/// What follows COCO's points in COCO-WholeBody (Jin et al. 2020): big toe, small toe and heel of each foot; face and
/// hands after them are not used.
const WHOLE_BODY_FEET: [Option<Landmark>; 6] = [
    Some(LeftFootIndex),
    None,
    Some(LeftHeel),
    Some(RightFootIndex),
    None,
    Some(RightHeel),
];

/// Returns the 33 points; `None` when no skeleton has so many.
pub(super) fn keypoints(points: &[Keypoint]) -> Option<[Keypoint; 33]> {
    let coco = || Landmark::COCO17.into_iter().map(Some);
    let places: Vec<Option<Landmark>> = match points.len() {
        17 => coco().collect(),
        18 => OPENPOSE_18.to_vec(),
        25 => BODY_25.to_vec(),
        26 => coco().chain(HALPE_FEET).collect(),
        33 => Landmark::ALL.into_iter().map(Some).collect(),
        133 => coco().chain(WHOLE_BODY_FEET).collect(),
        _ => return None,
    };
    let mut keypoints = [Keypoint::default(); 33];
    for (place, point) in places.into_iter().zip(points) {
        if let Some(landmark) = place {
            keypoints[landmark as usize] = *point;
        }
    }
    Some(keypoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_stays_left_in_each_skeleton() {
        // Points on their index, so that what arrives says where it came from.
        let numbered = |count: usize| -> Vec<Keypoint> {
            (0..count)
                .map(|index| Keypoint {
                    x: index as f32,
                    y: 1.0,
                    z: 0.0,
                    visibility: 1.0,
                })
                .collect()
        };
        let at = |count: usize, landmark: Landmark| {
            keypoints(&numbered(count)).unwrap()[landmark as usize].x
        };
        for (count, left_hip, right_ankle) in [
            (17, 11, 16),
            (18, 11, 10),
            (25, 12, 11),
            (26, 11, 16),
            (33, 23, 28),
            (133, 11, 16),
        ] {
            assert_eq!(at(count, LeftHip), left_hip as f32, "{count}");
            assert_eq!(at(count, RightAnkle), right_ankle as f32, "{count}");
        }
        for (count, left_heel) in [(25, 21), (26, 24), (33, 29), (133, 19)] {
            assert_eq!(at(count, LeftHeel), left_heel as f32, "{count}");
        }
        assert_eq!(keypoints(&numbered(16)), None);
    }
}
