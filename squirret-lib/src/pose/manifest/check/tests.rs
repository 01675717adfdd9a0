use super::*;
use crate::pose::Policy;

const SIMCC: &str = r#"
[input]
size = [192, 256]
layout = "nchw"
colours = "bgr"
mean = [1.0, 2.0, 3.0]
std = [4.0, 5.0, 6.0]

[region]
policy = "detector"
margin = 1.25

[output]
kind = "simcc"
x = "simcc_x"
y = 1

[keypoints]
names = "halpe26"
min_score = 0.3
"#;

fn problem(manifest: &str) -> String {
    Manifest::parse(manifest).unwrap_err().to_string()
}

/// The manifest with one line changed.
fn changed(from: &str, to: &str) -> String {
    assert!(SIMCC.contains(from), "{from}");
    problem(&SIMCC.replace(from, to))
}

#[test]
fn a_whole_manifest_is_understood() {
    let manifest = Manifest::parse(SIMCC).unwrap();
    assert_eq!(manifest.input_shape(), [1, 3, 256, 192]);
    assert_eq!(manifest.policy(), Policy::Detector);
    assert_eq!((manifest.margin, manifest.min_score), (1.25, 0.3));
    assert_eq!(manifest.landmarks().count(), 21);
    // Blue comes first in the network and in the manifest, red in a crop's own numbers.
    let same = Crop::new(1, 0.0, 1.0, Border::Black)
        .with_size(192, 256)
        .with_normalisation([3.0, 2.0, 1.0], [6.0, 5.0, 4.0])
        .with_layout(PixelLayout::Planar)
        .blue_first();
    assert_eq!(manifest.crop, same);
    let HeadFormat::SimCc { x, y, scores } = manifest.head else {
        panic!("{:?}", manifest.head);
    };
    assert_eq!(
        (x, y, scores),
        (
            OutputRef::Name("simcc_x".into()),
            OutputRef::Index(1),
            Scores::Probability
        )
    );
}

#[test]
fn values_that_break_a_rule_are_named_with_it() {
    insta::assert_snapshot!(changed("size = [192, 256]", "size = [192, 0]"), @"input.size must be [width, height], each 16 to 1024 px");
    insta::assert_snapshot!(changed("std = [4.0, 5.0, 6.0]", "std = [4.0, 0.0, 6.0]"), @"input.std must be three positive numbers");
    insta::assert_snapshot!(changed("std = [4.0, 5.0, 6.0]", ""), @"input.std is required beside input.mean");
    insta::assert_snapshot!(changed("colours = \"bgr\"", "range = [0, 1]"), @"input.range excludes input.mean and input.std");
    insta::assert_snapshot!(changed("margin = 1.25", "margin = 0.5"), @"region.margin must lie in 1 to 3");
    insta::assert_snapshot!(changed("y = 1", ""), @r#"output.y is required for kind "simcc""#);
    insta::assert_snapshot!(changed("y = 1", "y = 1\norder = [\"x\"]"), @r#"output.order belongs to kind "points", not "simcc""#);
    insta::assert_snapshot!(changed("min_score = 0.3", "min_score = 3.0"), @"keypoints.min_score must lie in 0 to 1");
    insta::assert_snapshot!(changed("\"halpe26\"", "\"coco\""), @r#"keypoints.names must be a list of names or one of coco17, halpe26, mediapipe33, blazepose39, not "coco""#);
    insta::assert_snapshot!(changed("\"halpe26\"", "[\"nose\", \"left_kne\"]"), @r#"keypoints.names[1] must be a point of the skeleton such as "left_hip", or "" for none, not "left_kne""#);
    insta::assert_snapshot!(changed("\"halpe26\"", "[\"nose\", \"\", \"nose\"]"), @r#"keypoints.names[2] "nose" stands there twice"#);
    insta::assert_snapshot!(changed("\"halpe26\"", "[\"nose\"]"), @r#"keypoints.names must hold "left_shoulder": squats are judged by it"#);
}

#[test]
fn keys_that_are_unknown_missing_or_of_another_type_are_told_with_their_line() {
    let unknown = changed("layout = \"nchw\"", "layuot = \"nchw\"");
    assert!(
        unknown.contains("line 4") && unknown.contains("unknown field `layuot`"),
        "{unknown}"
    );
    let value = changed("layout = \"nchw\"", "layout = \"chw\"");
    assert!(
        value.contains("line 4") && value.contains("expected `nhwc` or `nchw`"),
        "{value}"
    );
    let missing = changed("names = \"halpe26\"", "");
    assert!(missing.contains("missing field `names`"), "{missing}");
    let kind = changed("size = [192, 256]", "size = \"192x256\"");
    assert!(kind.contains("line 3"), "{kind}");
    assert!(problem("[input").contains("line 1"));
}

#[test]
fn points_need_an_order_with_x_and_y() {
    let with = |order: &str| {
        let output = format!("kind = \"points\"\npoints = 0\n{order}");
        let simcc = "kind = \"simcc\"\nx = \"simcc_x\"\ny = 1";
        Manifest::parse(&SIMCC.replace(simcc, &output))
    };
    assert!(with("order = [\"y\", \"x\", \"\", \"score\"]").is_ok());
    for (order, rule) in [
        ("", "is required"),
        ("order = [\"x\", \"score\"]", "once"),
        ("order = [\"x\", \"y\", \"x\"]", "once"),
        ("order = [\"x\", \"y\", \"depth\"]", "must list"),
    ] {
        let error = with(order).unwrap_err().to_string();
        assert!(
            error.starts_with("output.order ") && error.contains(rule),
            "{error}"
        );
    }
}

#[test]
fn the_points_that_steer_the_region_come_together() {
    let names: Vec<String> = NEEDED
        .iter()
        .map(|landmark| format!("{:?}", landmark.name()))
        .collect();
    let list = |more: &str| format!("[{}, {more}]", names.join(", "));
    let with = |more: &str| Manifest::parse(&SIMCC.replace("\"halpe26\"", &list(more)));
    assert!(with("\"body_centre\", \"body_extent\"").is_ok());
    let error = with("\"body_centre\"").unwrap_err().to_string();
    assert!(error.contains("or neither"), "{error}");
}
