//! The people of a frame, in the forms that tools write.

use serde_json::{Map, Value};

use crate::pose::{Keypoint, WorldPoint};

/// Keys under which a frame keeps its people.
const PEOPLE: [&str; 10] = [
    "people",
    "instances",
    "landmarks",
    "pose_landmarks",
    "poseLandmarks",
    "pose",
    "persons",
    "predictions",
    "keypoints",
    "pose_keypoints_2d",
];
/// Keys of points in metres.
const WORLD: [&str; 4] = [
    "world_landmarks",
    "worldLandmarks",
    "pose_world_landmarks",
    "poseWorldLandmarks",
];

/// One person in a frame.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Person {
    pub(super) points: Vec<Keypoint>,
    pub(super) world: Option<[WorldPoint; 33]>,
    score: f32,
}

/// Whether a frame is an object that keeps people, or nothing.
pub(super) fn names_people(frame: &Value) -> bool {
    match frame {
        Value::Object(fields) => PEOPLE.iter().any(|key| fields.contains_key(*key)),
        Value::Null => true,
        Value::Array(people) => people.is_empty(),
        _ => false,
    }
}

impl Person {
    /// Reads all people of a frame; `None` when it is of an unknown form.
    pub(super) fn all_of(frame: &Value) -> Option<Vec<Self>> {
        match frame {
            Value::Null => Some(Vec::new()),
            Value::Array(items) => Self::all_in(items),
            Value::Object(fields) => {
                if let Some(person) = Self::from_fields(fields) {
                    return Some(vec![person]);
                }
                let (key, people) = PEOPLE
                    .iter()
                    .find_map(|key| Some((*key, fields.get(*key)?)))?;
                let mut people = match people {
                    Value::Null => Vec::new(),
                    Value::Array(items) => Self::all_in(items)?,
                    Value::Object(_) if key != "keypoints" => Self::all_of(people)?,
                    _ => return None,
                };
                let world = WORLD.iter().find_map(|key| fields.get(*key));
                for (index, person) in people.iter_mut().enumerate() {
                    person.world = world.and_then(|world| metres(world, index));
                }
                Some(people)
            }
            _ => None,
        }
    }

    /// A list of points is one person; a list of anything else is a list of people.
    fn all_in(items: &[Value]) -> Option<Vec<Self>> {
        let Some(first) = items.first() else {
            return Some(Vec::new());
        };
        let is_point = |value: &Value| match value {
            Value::Array(numbers) => numbers
                .iter()
                .all(|number| number.is_number() || number.is_null()),
            Value::Object(fields) => fields.get("x").is_some_and(Value::is_number),
            _ => false,
        };
        if is_point(first) {
            let points = points(items)?;
            return Some(vec![Self::new(points, 1.0)]);
        }
        let person = |item: &Value| match item {
            Value::Object(fields) => Self::from_fields(fields),
            Value::Array(list) => Some(Self::new(points(list)?, 1.0)),
            _ => None,
        };
        items.iter().map(person).collect()
    }

    /// A person `{"keypoints": …, "score": …}`.
    fn from_fields(fields: &Map<String, Value>) -> Option<Self> {
        let score = ["score", "confidence", "bbox_score"]
            .iter()
            .find_map(|key| fields.get(*key)?.as_f64())
            .unwrap_or(1.0) as f32;
        let keypoints = fields
            .get("keypoints")
            .or_else(|| fields.get("pose_keypoints_2d"))?;
        let mut found = match keypoints {
            Value::Array(list) if list.first().is_some_and(Value::is_number) => flat(list)?,
            Value::Array(list) => points(list)?,
            Value::Object(columns) => columns_of(columns)?,
            _ => return None,
        };
        if let Some(scores) = fields.get("keypoint_scores").and_then(Value::as_array) {
            for (point, score) in found.iter_mut().zip(scores) {
                point.visibility = score.as_f64()? as f32;
            }
        }
        Some(Self::new(found, score))
    }

    fn new(points: Vec<Keypoint>, score: f32) -> Self {
        Self {
            points,
            world: None,
            score,
        }
    }

    fn seen(&self) -> impl Iterator<Item = &Keypoint> {
        self.points.iter().filter(|point| point.visibility > 0.0)
    }

    /// Middle of the points that are seen.
    fn centre(&self) -> Option<[f32; 2]> {
        let count = self.seen().count();
        let sum = self
            .seen()
            .fold([0.0; 2], |[x, y], point| [x + point.x, y + point.y]);
        (count > 0).then(|| sum.map(|sum| sum / count as f32))
    }

    /// How tall the points that are seen stand.
    fn height(&self) -> f32 {
        let [low, high] = self
            .seen()
            .fold([f32::MAX, f32::MIN], |[low, high], point| {
                [low.min(point.y), high.max(point.y)]
            });
        (high - low).max(0.0)
    }
}

fn point(x: f32, y: f32, z: f32, visibility: f32) -> Keypoint {
    let is_found = x.is_finite() && y.is_finite() && visibility.is_finite() && (x, y) != (0.0, 0.0);
    if is_found {
        Keypoint {
            x,
            y,
            z,
            visibility,
        }
    } else {
        Keypoint::default()
    }
}

fn number(value: &Value) -> f32 {
    value.as_f64().map_or(f32::NAN, |number| number as f32)
}

fn points(items: &[Value]) -> Option<Vec<Keypoint>> {
    let read = |item: &Value| match item {
        Value::Array(numbers) => {
            let numbers: Vec<f32> = numbers.iter().map(number).collect();
            match numbers[..] {
                [x, y] => Some(point(x, y, 0.0, 1.0)),
                [x, y, score] => Some(point(x, y, 0.0, score)),
                [x, y, z, visibility, ..] => Some(point(x, y, z, visibility)),
                _ => None,
            }
        }
        Value::Object(fields) => {
            let field = |key: &str| fields.get(key).map(number);
            let visibility = ["visibility", "score", "confidence", "presence"]
                .iter()
                .find_map(|key| field(key))
                .unwrap_or(1.0);
            Some(point(
                field("x")?,
                field("y")?,
                field("z").unwrap_or(0.0),
                visibility,
            ))
        }
        Value::Null => Some(Keypoint::default()),
        _ => None,
    };
    items.iter().map(read).collect()
}

/// x, y, score, x, y, score, …
fn flat(numbers: &[Value]) -> Option<Vec<Keypoint>> {
    let triples = numbers.as_chunks::<3>();
    if !triples.1.is_empty() {
        return None;
    }
    Some(
        triples
            .0
            .iter()
            .map(|[x, y, score]| point(number(x), number(y), 0.0, number(score)))
            .collect(),
    )
}

/// `{"x": […], "y": […], "visible": […]}`.
fn columns_of(columns: &Map<String, Value>) -> Option<Vec<Keypoint>> {
    let column = |key: &str| columns.get(key).and_then(Value::as_array);
    let (x, y) = (column("x")?, column("y")?);
    let scores = column("visible").or_else(|| column("conf"));
    let read = |(index, (x, y)): (usize, (&Value, &Value))| {
        let score = scores.map_or(1.0, |scores| scores.get(index).map_or(f32::NAN, number));
        point(number(x), number(y), 0.0, score)
    };
    (x.len() == y.len()).then(|| x.iter().zip(y).enumerate().map(read).collect())
}

/// Points in metres of a person: a list of points, or of people.
fn metres(value: &Value, person: usize) -> Option<[WorldPoint; 33]> {
    let items = value.as_array()?;
    let is_people = items
        .first()?
        .as_array()
        .is_some_and(|first| !first.first().is_some_and(Value::is_number));
    let items = if is_people {
        items.get(person)?.as_array()?
    } else {
        items
    };
    let mut world = [WorldPoint::default(); 33];
    if items.len() != world.len() {
        return None;
    }
    for (place, item) in world.iter_mut().zip(items) {
        let axis = |index: usize, key: &str| {
            let value = item.get(index).or_else(|| item.get(key))?.as_f64()? as f32;
            value.is_finite().then_some(value)
        };
        *place = WorldPoint {
            x: axis(0, "x")?,
            y: axis(1, "y")?,
            z: axis(2, "z")?,
        };
    }
    Some(world)
}

/// Stays with one person from frame to frame.
#[derive(Debug, Default)]
pub(super) struct PersonFollower {
    last: Option<[f32; 2]>,
}

impl PersonFollower {
    /// Returns the person who is nearest to the one before; without one, the most certain and tallest.
    pub(super) fn choose(&mut self, people: Vec<Person>) -> Option<Person> {
        let rank = |person: &Person| match (self.last, person.centre()) {
            (_, None) => f32::MAX,
            (Some([x, y]), Some([px, py])) => (px - x).hypot(py - y),
            (None, Some(_)) => -person.score * person.height(),
        };
        let chosen = people
            .into_iter()
            .min_by(|a, b| rank(a).total_cmp(&rank(b)))?;
        self.last = chosen.centre().or(self.last);
        Some(chosen)
    }
}
