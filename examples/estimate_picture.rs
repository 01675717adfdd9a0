//! A picture, or a folder of the frames of a video, through the pose estimator: prints points and angles, and draws
//! skeletons if asked.
//!
//! ```text
//! cargo run -p squirret-examples --example estimate_picture -- PICTURE --models MODELS [--draw OUT.png]
//! cargo run -p squirret-examples --example estimate_picture -- FOLDER --models MODELS [--draw OUT_FOLDER] [--fps 30]
//! ```
//!
//! MODELS holds `blazepose-detector.onnx` and `blazepose-full.onnx`, as `squirret models install` leaves them. A folder's
//! pictures are taken in the order of their names and seen as one stream: the region of interest goes from frame to
//! frame, and the points are smoothed.

use squirret::UnixMillis;
use squirret::pose::Landmark::{
    self, LeftAnkle, LeftHip, LeftKnee, LeftShoulder, RightAnkle, RightHip, RightKnee,
    RightShoulder,
};
use squirret::pose::{BlazePose, Picture, PictureLimits, Pose, PoseEstimator, RgbImage, Track};
use std::{
    error::Error,
    fs,
    io::BufWriter,
    path::{Path, PathBuf},
};

/// Points below this are not drawn.
const VISIBLE: f32 = 0.5;

const LEGS: [[Landmark; 3]; 2] = [
    [LeftHip, LeftKnee, LeftAnkle],
    [RightHip, RightKnee, RightAnkle],
];

const USAGE: &str = "usage: estimate_picture PICTURE|FOLDER --models FOLDER [--draw OUT] [--fps FPS] [--model NAME]";

struct Arguments {
    source: PathBuf,
    models: PathBuf,
    model: String,
    draw: Option<PathBuf>,
    fps: f64,
}

impl Arguments {
    fn read() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        let (mut source, mut models, mut draw) = (None, None, None);
        let (mut model, mut fps) = ("blazepose-full".to_owned(), 30.0);
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--models") => models = Some(words.next()?.into()),
                Some("--model") => model = words.next()?.into_string().ok()?,
                Some("--draw") => draw = Some(words.next()?.into()),
                Some("--fps") => {
                    let given: f64 = words.next()?.to_str()?.parse().ok()?;
                    fps = Some(given).filter(|fps| (1.0..=240.0).contains(fps))?;
                }
                _ => source = Some(word.into()),
            }
        }
        Some(Self {
            source: source?,
            models: models?,
            model,
            draw,
            fps,
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read().ok_or(USAGE)?;
    let network = |name: &str| {
        let path = arguments.models.join(format!("{name}.onnx"));
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let estimator = BlazePose::from_onnx(
        &arguments.model,
        &network("blazepose-detector")?,
        &network(&arguments.model)?,
    )?;
    if arguments.source.is_dir() {
        video(&estimator, &arguments)
    } else {
        still(&estimator, &arguments)
    }
}

/// One picture, all that is known about it.
fn still(estimator: &BlazePose, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut picture = Picture::default();
    let encoded = fs::read(&arguments.source)?;
    let image = picture.decode(&encoded, PictureLimits::default())?;
    let Some(pose) = estimator.estimate(image, &mut Track::default(), UnixMillis(0))? else {
        println!("nobody in the picture");
        return Ok(());
    };
    print(&pose);
    match &arguments.draw {
        Some(path) => draw(image, Some(&pose), path),
        None => Ok(()),
    }
}

/// Frames in a row, a line each.
fn video(estimator: &BlazePose, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(&arguments.source)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    paths.sort();
    if let Some(folder) = &arguments.draw {
        fs::create_dir_all(folder)?;
    }
    let (mut picture, mut track) = (Picture::default(), Track::default());
    for (number, path) in paths.iter().enumerate() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let encoded = fs::read(path)?;
        let image = picture
            .decode(&encoded, PictureLimits::default())
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let at = UnixMillis((number as f64 * 1e3 / arguments.fps).round() as i64);
        let pose = estimator.estimate(image, &mut track, at)?;
        match &pose {
            None => println!("{name}: nobody"),
            Some(pose) => {
                let knees = |angle: &dyn Fn(Landmark, Landmark, Landmark) -> Option<f32>| {
                    let [left, right] = LEGS.map(|[hip, knee, ankle]| angle(hip, knee, ankle));
                    format!("{} and {}", shown(left), shown(right))
                };
                println!(
                    "{name}: score {:.2}, knees {} in the picture, {} in space",
                    pose.score,
                    knees(&|hip, knee, ankle| pose.angle(hip, knee, ankle)),
                    knees(&|hip, knee, ankle| pose.world_angle(hip, knee, ankle)),
                );
            }
        }
        if let Some(folder) = &arguments.draw {
            draw(image, pose.as_ref(), &folder.join(format!("{name}.png")))?;
        }
    }
    Ok(())
}

fn draw(image: RgbImage<'_>, pose: Option<&Pose>, path: &Path) -> Result<(), Box<dyn Error>> {
    let mut canvas = Canvas::new(image);
    if let Some(pose) = pose {
        canvas.skeleton(pose);
    }
    canvas.write(path)
}

fn shown(angle: Option<f32>) -> String {
    angle.map_or("unknown".into(), |angle| format!("{angle:.0}°"))
}

fn print(pose: &Pose) {
    println!("score {:.2}", pose.score);
    for landmark in Landmark::ALL {
        let point = pose.get(landmark);
        println!(
            "{:<18} x {:.3}  y {:.3}  z {:+.3}  visibility {:.2}",
            landmark.name(),
            point.x,
            point.y,
            point.z,
            point.visibility
        );
    }
    for (name, [from, joint, to]) in [
        ("left knee", [LeftHip, LeftKnee, LeftAnkle]),
        ("right knee", [RightHip, RightKnee, RightAnkle]),
        ("left hip", [LeftShoulder, LeftHip, LeftKnee]),
        ("right hip", [RightShoulder, RightHip, RightKnee]),
    ] {
        let [flat, space] = [
            pose.angle(from, joint, to),
            pose.world_angle(from, joint, to),
        ];
        println!(
            "{name:<10} {} in the picture, {} in space",
            shown(flat),
            shown(space)
        );
    }
}

/// A copy of the picture to draw on.
struct Canvas {
    width: i64,
    height: i64,
    rgb: Vec<u8>,
}

impl Canvas {
    fn new(image: RgbImage<'_>) -> Self {
        Self {
            width: image.width().into(),
            height: image.height().into(),
            rgb: image.data().to_vec(),
        }
    }

    fn skeleton(&mut self, pose: &Pose) {
        let thick = (self.height as f32 / 160.0).max(1.0);
        let place = |landmark: Landmark| {
            let point = pose.get(landmark);
            (point.visibility >= VISIBLE)
                .then_some((point.x * self.width as f32, point.y * self.height as f32))
        };
        let places = Landmark::ALL.map(place);
        for (from, to) in Landmark::BONES {
            if let (Some(from), Some(to)) = (places[from as usize], places[to as usize]) {
                self.line(from, to, thick * 0.7, [255, 255, 255]);
            }
        }
        for landmark in Landmark::ALL {
            if let Some((x, y)) = places[landmark as usize] {
                let colour = match landmark.name() {
                    name if name.contains("left") => [255, 138, 0],
                    name if name.contains("right") => [0, 217, 231],
                    _ => [255, 255, 255],
                };
                self.disc(x, y, thick * 1.6, colour);
            }
        }
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), radius: f32, colour: [u8; 3]) {
        let steps = (to.0 - from.0)
            .hypot(to.1 - from.1)
            .ceil()
            .clamp(1.0, 10_000.0) as usize;
        for step in 0..=steps {
            let t = step as f32 / steps as f32;
            self.disc(
                (to.0 - from.0).mul_add(t, from.0),
                (to.1 - from.1).mul_add(t, from.1),
                radius,
                colour,
            );
        }
    }

    fn disc(&mut self, x: f32, y: f32, radius: f32, colour: [u8; 3]) {
        let reach =
            |centre: f32| (centre - radius).floor() as i64..=(centre + radius).ceil() as i64;
        for row in reach(y) {
            for column in reach(x) {
                let inside = (column as f32 - x).hypot(row as f32 - y) <= radius;
                if inside && (0..self.width).contains(&column) && (0..self.height).contains(&row) {
                    let offset = (row * self.width + column) as usize * 3;
                    self.rgb[offset..offset + 3].copy_from_slice(&colour);
                }
            }
        }
    }

    fn write(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let file = BufWriter::new(fs::File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width.try_into()?, self.height.try_into()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }
}
