//! One picture through the pose estimator: prints the points and angles, and draws the skeleton if asked.
//!
//! ```text
//! cargo run -p squirret-examples --example estimate_picture -- PICTURE --models FOLDER [--draw OUT.png]
//! ```
//!
//! FOLDER holds `blazepose-detector.onnx` and `blazepose-full.onnx`, as `squirret models install` leaves them.

use squirret::UnixMillis;
use squirret::pose::Landmark::{
    self, LeftAnkle, LeftHip, LeftKnee, LeftShoulder, RightAnkle, RightHip, RightKnee,
    RightShoulder,
};
use squirret::pose::{BlazePose, Picture, PictureLimits, Pose, PoseEstimator, RgbImage, Track};
use std::{error::Error, fs, io::BufWriter, path::PathBuf};

/// Points below this are not drawn.
const VISIBLE: f32 = 0.5;

struct Arguments {
    picture: PathBuf,
    models: PathBuf,
    draw: Option<PathBuf>,
}

impl Arguments {
    fn read() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        let (mut picture, mut models, mut draw) = (None, None, None);
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--models") => models = words.next().map(PathBuf::from),
                Some("--draw") => draw = Some(words.next()?.into()),
                _ => picture = Some(PathBuf::from(word)),
            }
        }
        Some(Self {
            picture: picture?,
            models: models?,
            draw,
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = Arguments::read() else {
        return Err("usage: estimate_picture PICTURE --models FOLDER [--draw OUT.png]".into());
    };
    let network = |name: &str| fs::read(arguments.models.join(name));
    let estimator = BlazePose::from_onnx(
        "blazepose-full",
        &network("blazepose-detector.onnx")?,
        &network("blazepose-full.onnx")?,
    )?;
    let mut picture = Picture::default();
    let encoded = fs::read(&arguments.picture)?;
    let image = picture.decode(&encoded, PictureLimits::default())?;
    let Some(pose) = estimator.estimate(image, &mut Track::default(), UnixMillis(0))? else {
        println!("nobody in the picture");
        return Ok(());
    };
    print(&pose);
    if let Some(path) = arguments.draw {
        let mut canvas = Canvas::new(image);
        canvas.skeleton(&pose);
        canvas.write(&path)?;
    }
    Ok(())
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
        let shown =
            |angle: Option<f32>| angle.map_or("unknown".into(), |angle| format!("{angle:.0}°"));
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

    fn write(&self, path: &PathBuf) -> Result<(), Box<dyn Error>> {
        let file = BufWriter::new(fs::File::create(path)?);
        let mut encoder = png::Encoder::new(file, self.width.try_into()?, self.height.try_into()?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }
}
