use proptest::prelude::*;

use super::*;
use crate::pose::Landmark::{LeftHip, Nose, RightAnkle};

fn clip(text: &str) -> Clip {
    let mut clips = read(text, &KeypointOptions::named("file"))
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(clips.clips.len(), 1);
    clips.clips.remove(0)
}

fn refused(text: &str) -> String {
    read(text, &KeypointOptions::named("file"))
        .unwrap_err()
        .to_string()
}

/// So many points, each further right than the one before.
fn numbered(count: usize, form: impl Fn(f32) -> String) -> String {
    let points: Vec<String> = (0..count)
        .map(|index| form(0.01 * index as f32 + 0.1))
        .collect();
    format!("[{}]", points.join(","))
}

fn x_of(clip: &Clip, frame: usize, landmark: crate::pose::Landmark) -> f32 {
    (clip.frames[frame].as_ref().unwrap().get(landmark).x * 1e3).round() / 1e3
}

#[test]
fn mediapipe_is_read_as_lists_and_as_objects() {
    let list = numbered(33, |x| format!("[{x},0.5,0,0.9]"));
    let object = numbered(33, |x| {
        format!("{{\"x\":{x},\"y\":0.5,\"z\":0,\"visibility\":0.9}}")
    });
    for text in [
        format!(
            "{{\"frames\":[{{\"frame\":1,\"landmarks\":null}},{{\"frame\":2,\"landmarks\":{list}}}]}}"
        ),
        format!("[null,{list}]"),
        format!("[[],{object}]"),
        format!("null\n{object}\n"),
        format!("[{{\"pose_landmarks\":[]}},{{\"pose_landmarks\":[{object}]}}]"),
        format!(
            "[{{\"landmarks\":[]}},{{\"landmarks\":[{object}],\"worldLandmarks\":[{object}]}}]"
        ),
    ] {
        let clip = clip(&text);
        assert_eq!(clip.frames.len(), 2, "{text}");
        assert_eq!(clip.frames[0], None);
        assert_eq!(x_of(&clip, 1, LeftHip), 0.33);
        assert_eq!(
            clip.frames[1].as_ref().unwrap().world.is_some(),
            text.contains("world")
        );
    }
}

#[test]
fn ultralytics_is_read() {
    let axis = |scale: f32| numbered(17, |x| (x * scale).to_string());
    let person = |scale: f32| {
        format!(
            "{{\"name\":\"person\",\"class\":0,\"confidence\":0.9,\"box\":{{\"x1\":0,\"y1\":0,\"x2\":9,\"y2\":9}},\"keypoints\":{{\"x\":{},\"y\":{},\"visible\":{}}}}}",
            axis(scale),
            axis(1.0),
            axis(1.0)
        )
    };
    let frames = clip(&format!("[[{}],[]]", person(1.0)));
    assert_eq!((frames.frames.len(), frames.frames[1].is_none()), (2, true));
    assert_eq!(x_of(&frames, 0, RightAnkle), 0.26);
    assert_eq!(clip(&format!("[{}]", person(1.0))).frames.len(), 1);
}

#[test]
fn mmpose_is_read() {
    let points = numbered(26, |x| format!("[{x},0.5]"));
    let scores = numbered(26, |x| x.to_string());
    let instance = format!(
        "{{\"keypoints\":{points},\"keypoint_scores\":{scores},\"bbox\":[[0,0,9,9]],\"bbox_score\":0.9}}"
    );
    let clip = clip(&format!(
        "{{\"meta_info\":{{}},\"instance_info\":[{{\"frame_id\":1,\"instances\":[{instance}]}},{{\"frame_id\":2,\"instances\":[]}}]}}"
    ));
    assert_eq!(clip.frames.len(), 2);
    assert_eq!(x_of(&clip, 0, LeftHip), 0.21);
    assert!(clip.frames[1].is_none());
}

#[test]
fn coco_results_are_grouped_by_picture_and_pictures_without_anybody_stay() {
    let flat = numbered(17, |x| format!("{x},0.5,0.9"));
    let clip = clip(&format!(
        "[{{\"image_id\":\"7.jpg\",\"keypoints\":{flat},\"score\":0.8}},{{\"image_id\":\"9.jpg\",\"keypoints\":{flat},\"score\":0.8}}]"
    ));
    assert_eq!(
        clip.frames.iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(x_of(&clip, 2, LeftHip), 0.21);
}

#[test]
fn openpose_is_read_file_by_file() {
    let person = |offset: f32, count: usize| {
        format!(
            "{{\"person_id\":[-1],\"pose_keypoints_2d\":{}}}",
            numbered(count, |x| format!("{},0.5,0.9", x + offset))
        )
    };
    let frames = [
        format!("{{\"version\":1.3,\"people\":[{}]}}", person(0.0, 25)),
        format!(
            "{{\"version\":1.3,\"people\":[{},{}]}}",
            person(0.4, 25),
            person(0.01, 25)
        ),
        "{\"version\":1.3,\"people\":[]}".to_owned(),
    ];
    let clips = read_frames(
        frames.iter().map(String::as_str),
        &KeypointOptions::named("squat"),
    )
    .unwrap();
    let clip = &clips.clips[0];
    assert_eq!(clip.name, "squat");
    assert_eq!(
        (x_of(clip, 0, LeftHip), x_of(clip, 1, LeftHip)),
        (0.22, 0.23)
    );
    assert!(clip.frames[2].is_none());
    assert!(clips.remarks.texts()[0].starts_with("1 frames show more than one person"));
}

#[test]
fn px_need_the_size_of_the_pictures_and_it_is_said() {
    let text = format!(
        "[{}]",
        numbered(17, |x| format!("[{},240,0.9]", x * 1000.0))
    );
    let mut options = KeypointOptions::named("file");
    let without = read(&text, &options).unwrap();
    assert!(without.remarks.texts()[0].contains("size of the pictures is not known"));
    options.size = Some([640.0, 480.0]);
    let with = read(&text, &options).unwrap();
    assert!(with.remarks.is_empty());
    let pose = with.clips[0].frames[0].clone().unwrap();
    assert!((pose.get(Nose).y - 0.5).abs() < 1e-6 && (pose.aspect - 4.0 / 3.0).abs() < 1e-6);
}

#[test]
fn an_array_of_clips_is_read_clip_by_clip() {
    let frame = numbered(33, |x| format!("[{x},0.5,0,0.9]"));
    let text = format!(
        "\u{feff}[{{\"clip\":\"a\",\"frames\":[{frame},null]}},{{\"clip\":\"b\",\"fps\":10,\"frames\":[{frame}]}}]"
    );
    let clips = read(&text, &KeypointOptions::named("file")).unwrap().clips;
    assert_eq!(
        clips
            .iter()
            .map(|clip| clip.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    assert_eq!((clips[0].frames.len(), clips[1].fps), (2, Some(10.0)));
}

#[test]
fn what_holds_no_keypoints_is_refused() {
    assert!(refused("{\"a\":1}").contains("no keypoints of a known form"));
    assert!(refused("[1,2]").contains("no keypoints of a known form"));
    assert!(refused("{\"frames\":3}").contains("no keypoints of a known form"));
    assert!(refused("{\"frames\":").contains("not JSON"));
    assert_eq!(
        refused(&format!("[{}]", numbered(16, |x| format!("[{x},0.5,0.9]")))),
        "frame 0 must have 17, 18, 25, 26, 33 or 133 points, has 16"
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<f32>().prop_map(|number| serde_json::json!(number)),
        (-1000..1000i64).prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
    ];
    let keys = proptest::sample::select(vec![
        "frames",
        "clip",
        "landmarks",
        "people",
        "keypoints",
        "keypoint_scores",
        "image_id",
        "instances",
        "instance_info",
        "box",
        "x",
        "y",
        "pose_world_landmarks",
        "score",
    ]);
    leaf.prop_recursive(6, 200, 34, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5),
            proptest::collection::vec(inner.clone(), 17),
            proptest::collection::vec(inner.clone(), 33),
        ]
        .prop_map(Value::from)
        .boxed()
        .prop_union(
            proptest::collection::vec((keys.clone(), inner), 0..4)
                .prop_map(|fields| {
                    fields
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect::<serde_json::Map<_, _>>()
                        .into()
                })
                .boxed(),
        )
    })
}

proptest! {
    #[test]
    fn no_json_panics(document in any_json()) {
        if let Ok(clips) = read(&document.to_string(), &KeypointOptions::named("any")) {
            prop_assert!(!clips.clips.is_empty());
        }
    }
}
