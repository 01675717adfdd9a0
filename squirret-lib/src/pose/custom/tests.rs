//! Networks of each kind, made of a few operators that look for coloured blobs: red where shoulders and head are,
//! green at the hips, blue at knees and feet.

use super::*;
use crate::pose::check_estimator;
use crate::pose::tflite::onnx::{Attribute, Datum, GraphWriter};

const INPUT: &str = "[input]\nsize = [48, 64]\nlayout = \"nchw\"\nrange = [0, 1]\n";
const POINTS: usize = 17;
/// The networks see 4 × 4 px as one.
const MAP: [usize; 2] = [12, 16];

/// Which colour each of COCO's points has, as weights of a 1 × 1 convolution.
fn colours() -> Vec<f32> {
    let colour = |point: usize| match point {
        0..=10 => [1.0, -0.5, -0.5],
        11..=12 => [-0.5, 1.0, -0.5],
        _ => [-0.5, -0.5, 1.0],
    };
    (0..POINTS).flat_map(colour).collect()
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// From a picture [1, 3, 64, 48] to a map [1, 17, 16, 12] for each point, called `maps`.
fn maps(graph: &mut GraphWriter) {
    let mean: Vec<f32> = (0..9 * 16)
        .map(|i| if (i / 16) % 4 == 0 { 1.0 / 16.0 } else { 0.0 })
        .collect();
    graph.initializer("mean", Datum::F32, &[3, 3, 4, 4], &bytes(&mean));
    graph.initializer(
        "colours",
        Datum::F32,
        &[POINTS, 3, 1, 1],
        &bytes(&colours()),
    );
    let ints = |values: &[i64]| Attribute::Ints(values.to_vec());
    let attributes = [("kernel_shape", ints(&[4, 4])), ("strides", ints(&[4, 4]))];
    graph.node("Conv", &["picture", "mean"], "small", &attributes);
    graph.node(
        "Conv",
        &["small", "colours"],
        "maps",
        &[("kernel_shape", ints(&[1, 1]))],
    );
}

fn heatmaps(points_last: bool) -> Vec<u8> {
    let mut graph = GraphWriter::default();
    graph.open_input("picture", &[3, 64, 48]);
    maps(&mut graph);
    if points_last {
        let order = Attribute::Ints(vec![0, 2, 3, 1]);
        graph.node("Transpose", &["maps"], "turned", &[("perm", order)]);
        graph.output("turned", &[1, 16, 12, POINTS]);
    } else {
        graph.output("maps", &[1, POINTS, 16, 12]);
    }
    graph.finish()
}

fn simcc() -> Vec<u8> {
    let mut graph = GraphWriter::default();
    graph.open_input("picture", &[3, 64, 48]);
    maps(&mut graph);
    for (name, axis, size) in [("simcc_x", 2, MAP[0]), ("simcc_y", 3, MAP[1])] {
        let attributes = [
            ("axes", Attribute::Ints(vec![axis])),
            ("keepdims", Attribute::Int(0)),
        ];
        graph.node("ReduceMax", &["maps"], name, &attributes);
        graph.output(name, &[1, POINTS, size]);
    }
    graph.finish()
}

/// Row, column and score of each point as fractions, by the centre of what is bright.
fn points() -> Vec<u8> {
    let mut graph = GraphWriter::default();
    graph.input("picture", &[1, 3, 64, 48]);
    maps(&mut graph);
    let cells = MAP[0] * MAP[1];
    let shape: Vec<u8> = [1, POINTS as i64, cells as i64]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    graph.initializer("shape", Datum::I64, &[3], &shape);
    graph.initializer("sharp", Datum::F32, &[1], &bytes(&[60.0]));
    let places: Vec<f32> = (0..cells)
        .flat_map(|i| {
            [
                ((i / MAP[0]) as f32 + 0.5) / MAP[1] as f32,
                ((i % MAP[0]) as f32 + 0.5) / MAP[0] as f32,
            ]
        })
        .collect();
    graph.initializer("places", Datum::F32, &[cells, 2], &bytes(&places));
    graph.node("Reshape", &["maps", "shape"], "flat", &[]);
    graph.node("Mul", &["flat", "sharp"], "sharpened", &[]);
    graph.node(
        "Softmax",
        &["sharpened"],
        "shares",
        &[("axis", Attribute::Int(-1))],
    );
    graph.node("MatMul", &["shares", "places"], "where", &[]);
    let attributes = [
        ("axes", Attribute::Ints(vec![2])),
        ("keepdims", Attribute::Int(1)),
    ];
    graph.node("ReduceMax", &["flat"], "scores", &attributes);
    graph.node(
        "Concat",
        &["where", "scores"],
        "points",
        &[("axis", Attribute::Int(2))],
    );
    graph.output("points", &[1, POINTS, 3]);
    graph.finish()
}

fn load(onnx: &[u8], output: &str, policy: &str) -> Result<CustomPose, ModelError> {
    let manifest = format!(
        "{INPUT}[region]\npolicy = \"{policy}\"\n[output]\n{output}\n[keypoints]\nnames = \"coco17\"\n"
    );
    CustomPose::from_onnx("mine", Manifest::parse(&manifest).unwrap(), onnx, None)
}

const SIMCC: &str = "kind = \"simcc\"\nx = \"simcc_x\"\ny = \"simcc_y\"";
const HEATMAPS: &str = "kind = \"heatmaps\"\nheatmaps = \"maps\"";
const LISTED: &str = "kind = \"points\"\npoints = 0\norder = [\"y\", \"x\", \"score\"]";

/// A picture with the three blobs of a person whose hips are at `(x, y)`, 16 px each.
fn person(size: [u32; 2], x: u32, y: u32) -> Vec<u8> {
    let mut data = vec![0; (size[0] * size[1] * 3) as usize];
    for (channel, top) in [(0, y - 40), (1, y), (2, y + 40)] {
        for row in top - 8..top + 8 {
            for column in x - 8..x + 8 {
                data[((row * size[0] + column) * 3 + channel) as usize] = 255;
            }
        }
    }
    data
}

/// Finds the person in a picture of 160 × 200 px, twice; gives the second pose's hip, knee and shoulder in px.
fn look(pose: &CustomPose) -> [[f32; 2]; 3] {
    let data = person([160, 200], 70, 100);
    let image = RgbImage::new(160, 200, &data).unwrap();
    let mut track = Track::default();
    let mut found = None;
    for frame in 0..2 {
        found = pose
            .estimate(image, &mut track, UnixMillis(frame * 33))
            .unwrap();
    }
    let found = found.expect("the person is found");
    [
        Landmark::LeftHip,
        Landmark::RightKnee,
        Landmark::LeftShoulder,
    ]
    .map(|landmark| {
        let point = found.get(landmark);
        [point.x * 160.0, point.y * 200.0]
    })
}

/// Within what a cell of a map is wide.
fn is_near(found: [[f32; 2]; 3], cell: f32) {
    for (found, wanted) in found
        .iter()
        .zip([[70.0, 100.0], [70.0, 140.0], [70.0, 60.0]])
    {
        let off = (found[0] - wanted[0]).hypot(found[1] - wanted[1]);
        assert!(off <= cell, "{found:?} instead of {wanted:?}");
    }
}

#[test]
fn heat_maps_in_both_orders_give_the_same_points() {
    let first = load(&heatmaps(false), HEATMAPS, "whole").unwrap();
    let last = HEATMAPS.replace("\"maps\"", "\"turned\"") + "\nlayout = \"nhwk\"";
    let last = load(&heatmaps(true), &last, "whole").unwrap();
    let found = look(&first);
    is_near(found, 14.0);
    assert_eq!(found, look(&last));
}

#[test]
fn simcc_and_listed_points_are_read() {
    is_near(look(&load(&simcc(), SIMCC, "whole").unwrap()), 14.0);
    is_near(look(&load(&points(), LISTED, "whole").unwrap()), 14.0);
}

/// A square around the person shows more than the whole picture.
#[test]
fn following_looks_closer() {
    let pose = load(&points(), LISTED, "follow").unwrap();
    is_near(look(&pose), 8.0);
    let data = person([160, 200], 70, 100);
    let image = RgbImage::new(160, 200, &data).unwrap();
    let mut track = Track::default();
    pose.estimate(image, &mut track, UnixMillis(0))
        .unwrap()
        .unwrap();
    let region = track.region().expect("it follows");
    assert!(
        region.size < 190.0 && (region.x - 70.0).abs() < 10.0,
        "{region:?}"
    );
}

#[test]
fn all_kinds_keep_the_rules() {
    let data = person([160, 200], 70, 100);
    let image = RgbImage::new(160, 200, &data).unwrap();
    for policy in ["whole", "follow"] {
        check_estimator(
            &load(&heatmaps(false), HEATMAPS, policy).unwrap(),
            Some(image),
        );
        check_estimator(&load(&simcc(), SIMCC, policy).unwrap(), Some(image));
        check_estimator(&load(&points(), LISTED, policy).unwrap(), Some(image));
    }
}

#[test]
fn a_picture_without_a_person_shows_nobody() {
    let data = vec![0; 160 * 200 * 3];
    let image = RgbImage::new(160, 200, &data).unwrap();
    for (onnx, output) in [
        (heatmaps(false), HEATMAPS),
        (simcc(), SIMCC),
        (points(), LISTED),
    ] {
        let pose = load(&onnx, output, "follow").unwrap();
        let mut track = Track::default();
        assert_eq!(
            pose.estimate(image, &mut track, UnixMillis(0)).unwrap(),
            None
        );
        assert_eq!(track.region(), None);
    }
}

#[test]
fn outputs_that_do_not_fit_are_told_with_the_manifest_s_key() {
    let refused = |onnx: &[u8], output: &str| load(onnx, output, "whole").unwrap_err().to_string();
    insta::assert_snapshot!(refused(&simcc(), &SIMCC.replace("simcc_y", "y")), @r#"model mine cannot be loaded: output.y: it has no output "y", only simcc_x, simcc_y"#);
    insta::assert_snapshot!(refused(&simcc(), &SIMCC.replace("\"simcc_y\"", "2")), @"model mine cannot be loaded: output.y: it has no output number 2, only simcc_x, simcc_y");
    insta::assert_snapshot!(refused(&heatmaps(true), &HEATMAPS.replace("\"maps\"", "0")), @"model mine cannot be loaded: output.heatmaps: output number 0 is [1, 16, 12, 17] instead of a map for each of 17 points");
    insta::assert_snapshot!(refused(&points(), &LISTED.replace("\"score\"", "\"score\", \"z\"")), @"model mine cannot be loaded: output.points: output number 0 has 51 numbers [1, 17, 3] instead of 68");
    let person = refused(&points(), &format!("{LISTED}\nperson = 0"));
    assert!(
        person.contains("output.person: output number 0 has 51 numbers"),
        "{person}"
    );
    assert!(
        load(&points(), LISTED, "detector")
            .unwrap_err()
            .to_string()
            .contains("needs blazepose-detector")
    );
}

#[test]
fn an_input_of_another_size_is_refused() {
    let manifest = format!("{INPUT}[output]\n{LISTED}\n[keypoints]\nnames = \"coco17\"\n")
        .replace("[48, 64]", "[64, 64]");
    let manifest = Manifest::parse(&manifest).unwrap();
    assert!(CustomPose::from_onnx("mine", manifest, &points(), None).is_err());
}

const YOLO: &str = "kind = \"yolo\"\npeople = 0";

/// A network that answers with these people whatever it sees, each `[box of four, score, points…]`.
fn yolo(people: &[[f32; 5]], with_classes: bool) -> Vec<u8> {
    let mut rows = Vec::new();
    for [left, top, right, bottom, score] in people {
        let head = if with_classes {
            vec![*left, *top, *right, *bottom, *score, 0.0]
        } else {
            vec![
                (left + right) / 2.0,
                (top + bottom) / 2.0,
                right - left,
                bottom - top,
                *score,
            ]
        };
        let points = (0..POINTS).flat_map(|point| {
            let down = point as f32 / POINTS as f32;
            [(left + right) / 2.0, top + (bottom - top) * down, 0.9]
        });
        rows.push(head.into_iter().chain(points).collect::<Vec<f32>>());
    }
    let (count, numbers) = (people.len(), rows[0].len());
    let (dims, values): (Vec<usize>, Vec<f32>) = if with_classes {
        (vec![1, count, numbers], rows.concat())
    } else {
        let columns = (0..numbers)
            .flat_map(|number| rows.iter().map(move |row| row[number]).collect::<Vec<_>>());
        (vec![1, numbers, count], columns.collect())
    };
    let mut graph = GraphWriter::default();
    graph.input("picture", &[1, 3, 64, 48]);
    graph.initializer("people", Datum::F32, &dims, &bytes(&values));
    graph.initializer("nothing", Datum::F32, &[1], &bytes(&[0.0]));
    let attributes = [
        ("axes", Attribute::Ints(vec![1, 2, 3])),
        ("keepdims", Attribute::Int(0)),
    ];
    graph.node("ReduceMax", &["picture"], "brightest", &attributes);
    graph.node("Mul", &["brightest", "nothing"], "zero", &[]);
    graph.node("Add", &["people", "zero"], "output0", &[]);
    graph.output("output0", &dims);
    graph.finish()
}

#[test]
fn of_several_people_the_most_certain_near_the_middle_is_taken() {
    let people = [
        [2.0, 4.0, 8.0, 60.0, 0.8],
        [18.0, 4.0, 30.0, 60.0, 0.7],
        [20.0, 4.0, 28.0, 60.0, 0.1],
    ];
    for with_classes in [false, true] {
        let pose = load(&yolo(&people, with_classes), YOLO, "whole").unwrap();
        let data = vec![90; 48 * 64 * 3];
        let image = RgbImage::new(48, 64, &data).unwrap();
        let found = pose
            .estimate(image, &mut Track::default(), UnixMillis(0))
            .unwrap()
            .unwrap();
        assert!((found.score - 0.7).abs() < 1e-6, "{}", found.score);
        let nose = found.get(Landmark::Nose);
        assert!(
            (nose.x - 0.5).abs() < 1e-3 && (nose.y - 4.0 / 64.0).abs() < 1e-3,
            "{nose:?}"
        );
        assert!((nose.visibility - 0.9).abs() < 1e-6);
    }
    let nobody = load(
        &yolo(&[[2.0, 4.0, 8.0, 60.0, 0.05]; 2], true),
        YOLO,
        "whole",
    )
    .unwrap();
    let data = vec![90; 48 * 64 * 3];
    let image = RgbImage::new(48, 64, &data).unwrap();
    assert!(
        nobody
            .estimate(image, &mut Track::default(), UnixMillis(0))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_size_or_layout_that_contradicts_the_network_is_refused_with_the_right_one() {
    let refused = |input: &str| {
        let manifest =
            format!("[input]\n{input}\n[output]\n{LISTED}\n[keypoints]\nnames = \"coco17\"\n");
        let manifest = Manifest::parse(&manifest).unwrap();
        CustomPose::from_onnx("mine", manifest, &points(), None)
            .unwrap_err()
            .to_string()
    };
    let text = refused("size = [64, 48]\nlayout = \"nchw\"");
    assert!(
        text.contains("input.size of its manifest is [64, 48], but must be [48, 64]"),
        "{text}"
    );
    let text = refused("size = [48, 64]\nlayout = \"nhwc\"");
    assert!(
        text.contains("input.layout of its manifest is \"nhwc\"") && text.contains("\"nchw\""),
        "{text}"
    );
}
