//! The insole's window, its metrics, and the coach: one sample in, all outputs drained.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use squirret::{
    Language, UnixMillis,
    coach::{Coach, Input, Output},
    fsr::{
        FsrConfig, Insole, Sample, SensorLayout, SensorValues, Side, Summary, Window, WindowConfig,
    },
};

const RATIOS: SensorValues = [26.0, 9.0, 8.0, 13.0, 24.0, 20.0];

/// Sway that keeps every sample different.
fn swayed(step: i64) -> SensorValues {
    let sway = (step % 17) as f64 * 0.1;
    [
        RATIOS[0] - sway,
        RATIOS[1],
        RATIOS[2],
        RATIOS[3],
        RATIOS[4],
        RATIOS[5] + sway,
    ]
}

fn volts(step: i64) -> SensorValues {
    swayed(step).map(|ratio| ratio / 20.0)
}

fn window(c: &mut Criterion) {
    let mut group = c.benchmark_group("window: push and metrics");
    for (name, length_ms) in [("10 s", 10_000), ("10 min", 600_000)] {
        for hertz in [1, 100, 1_000] {
            let mut config = WindowConfig::default();
            config.length_ms = length_ms;
            let (mut window, layout) = (Window::new(config), SensorLayout::default());
            let samples: [SensorValues; 16] = std::array::from_fn(|step| swayed(step as i64));
            let (mut step, mut now) = (0, UnixMillis(0));
            group.bench_function(format!("{name} at {hertz} Hz"), |b| {
                b.iter(|| {
                    step += 1;
                    now = now.plus(1_000 / hertz);
                    window.push(black_box(&samples[step % 16]), Some(1.5), now, now);
                    let means = window.means(now);
                    black_box(Summary::of(means.as_ref(), None, &layout))
                });
            });
        }
    }
    group.finish();
}

fn insole(c: &mut Criterion) {
    let config = FsrConfig::default();
    let mut insole = Insole::new(&config);
    let mut step = 0;
    c.bench_function("insole: one sample with voltages", |b| {
        b.iter(|| {
            step += 1;
            let now = UnixMillis(step * 5);
            let side = Side::BOTH[(step % 2) as usize];
            let sample = Sample::new(side, now, None, Some(volts(step))).ok();
            sample.map(|sample| insole.push(&config, black_box(&sample), now))
        });
    });
}

fn coach(c: &mut Criterion) {
    let mut group = c.benchmark_group("coach: one sample in, drained");
    for (name, with_volts, hertz) in [
        ("ratios, 2 × 1 Hz", false, 1),
        ("ratios, 2 × 50 Hz", false, 50),
        ("voltages, 2 × 50 Hz", true, 50),
    ] {
        let mut coach = Coach::new(Arc::default(), Language::Ko, UnixMillis(0));
        let mut step = 0;
        group.bench_function(name, |b| {
            b.iter(|| {
                step += 1;
                let now = UnixMillis(step * 500 / hertz);
                let side = Side::BOTH[(step % 2) as usize];
                let sample = if with_volts {
                    Sample::new(side, now, None, Some(volts(step)))
                } else {
                    Sample::new(side, now, Some(swayed(step)), None)
                };
                if let Ok(sample) = sample {
                    coach.handle_input(Input::Sample(black_box(sample)), now);
                }
                while let Output::Event(event) = coach.poll_output() {
                    black_box(event);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, window, insole, coach);
criterion_main!(benches);
