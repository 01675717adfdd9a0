//! Names of the points.

use serde::{Deserialize, Serialize};

macro_rules! landmarks {
    ($($variant:ident $name:literal),+ $(,)?) => {
        /// MediaPipe's 33 points, in its order; `as usize` is the index.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the names say it")]
        #[expect(clippy::exhaustive_enums, reason = "the model has these points")]
        pub enum Landmark {
            $($variant),+
        }

        impl Landmark {
            /// All 33 in order.
            pub const ALL: [Self; 33] = [$(Self::$variant),+];

            /// The wire's name, e.g. `left_hip`.
            ///
            /// ```
            /// use squirret::pose::Landmark;
            /// assert_eq!(Landmark::LeftFootIndex.name(), "left_foot_index");
            /// ```
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

landmarks! {
    Nose "nose",
    LeftEyeInner "left_eye_inner",
    LeftEye "left_eye",
    LeftEyeOuter "left_eye_outer",
    RightEyeInner "right_eye_inner",
    RightEye "right_eye",
    RightEyeOuter "right_eye_outer",
    LeftEar "left_ear",
    RightEar "right_ear",
    MouthLeft "mouth_left",
    MouthRight "mouth_right",
    LeftShoulder "left_shoulder",
    RightShoulder "right_shoulder",
    LeftElbow "left_elbow",
    RightElbow "right_elbow",
    LeftWrist "left_wrist",
    RightWrist "right_wrist",
    LeftPinky "left_pinky",
    RightPinky "right_pinky",
    LeftIndex "left_index",
    RightIndex "right_index",
    LeftThumb "left_thumb",
    RightThumb "right_thumb",
    LeftHip "left_hip",
    RightHip "right_hip",
    LeftKnee "left_knee",
    RightKnee "right_knee",
    LeftAnkle "left_ankle",
    RightAnkle "right_ankle",
    LeftHeel "left_heel",
    RightHeel "right_heel",
    LeftFootIndex "left_foot_index",
    RightFootIndex "right_foot_index",
}

impl Landmark {
    /// The same point on the other side of the body; the nose is its own.
    ///
    /// ```
    /// use squirret::pose::Landmark;
    /// assert_eq!(Landmark::LeftKnee.mirrored(), Landmark::RightKnee);
    /// assert_eq!(Landmark::Nose.mirrored(), Landmark::Nose);
    /// ```
    #[must_use]
    pub const fn mirrored(self) -> Self {
        let index = self as usize;
        Self::ALL[match index {
            0 => 0,
            // Eyes come in threes: inner, eye, outer of the left, then of the right.
            1..=3 => index + 3,
            4..=6 => index - 3,
            _ if index % 2 == 1 => index + 1,
            _ => index - 1,
        }]
    }

    /// COCO's 17 points in their order (Lin et al. 2014), as most networks have them.
    pub const COCO17: [Self; 17] = {
        use Landmark::*;
        [
            Nose,
            LeftEye,
            RightEye,
            LeftEar,
            RightEar,
            LeftShoulder,
            RightShoulder,
            LeftElbow,
            RightElbow,
            LeftWrist,
            RightWrist,
            LeftHip,
            RightHip,
            LeftKnee,
            RightKnee,
            LeftAnkle,
            RightAnkle,
        ]
    };

    /// Pairs of points that a drawing joins with a line.
    pub const BONES: [(Self, Self); 35] = {
        use Landmark::*;
        [
            (Nose, LeftEyeInner),
            (LeftEyeInner, LeftEye),
            (LeftEye, LeftEyeOuter),
            (LeftEyeOuter, LeftEar),
            (Nose, RightEyeInner),
            (RightEyeInner, RightEye),
            (RightEye, RightEyeOuter),
            (RightEyeOuter, RightEar),
            (MouthLeft, MouthRight),
            (LeftShoulder, RightShoulder),
            (LeftShoulder, LeftElbow),
            (LeftElbow, LeftWrist),
            (LeftWrist, LeftPinky),
            (LeftWrist, LeftIndex),
            (LeftWrist, LeftThumb),
            (LeftPinky, LeftIndex),
            (RightShoulder, RightElbow),
            (RightElbow, RightWrist),
            (RightWrist, RightPinky),
            (RightWrist, RightIndex),
            (RightWrist, RightThumb),
            (RightPinky, RightIndex),
            (LeftShoulder, LeftHip),
            (RightShoulder, RightHip),
            (LeftHip, RightHip),
            (LeftHip, LeftKnee),
            (LeftKnee, LeftAnkle),
            (LeftAnkle, LeftHeel),
            (LeftHeel, LeftFootIndex),
            (LeftAnkle, LeftFootIndex),
            (RightHip, RightKnee),
            (RightKnee, RightAnkle),
            (RightAnkle, RightHeel),
            (RightHeel, RightFootIndex),
            (RightAnkle, RightFootIndex),
        ]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_names_and_serde_agree() {
        for (index, landmark) in Landmark::ALL.into_iter().enumerate() {
            assert_eq!(landmark as usize, index);
            let wire = serde_json::to_string(&landmark).unwrap();
            assert_eq!(wire, format!("\"{}\"", landmark.name()));
        }
    }

    #[test]
    fn mirroring_twice_gives_the_same_point_and_once_the_other_side() {
        for landmark in Landmark::ALL {
            let other = landmark.mirrored();
            assert_eq!(other.mirrored(), landmark);
            let swapped = match landmark.name() {
                name if name.contains("left") => name.replace("left", "right"),
                name => name.replace("right", "left"),
            };
            assert_eq!(other.name(), swapped);
        }
    }
}
