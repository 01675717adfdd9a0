//! A plane under simulated time: cameras send, runners take as long as they are told to, nothing sleeps.

use super::*;
use crate::inference::{Encoded, Outcome};
use bytes::Bytes;
use squirret::UnixMillis;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use uuid::Uuid;

const RUNNERS: usize = 2;

/// What a frame takes, in milliseconds.
#[derive(Clone, Copy)]
struct Costs {
    usual: f64,
    lite: Option<f64>,
}

/// A client that sends `fps` frames a second.
struct Camera {
    fps: f64,
    follows_advice: bool,
    stream: StreamId,
    next: f64,
    offered: usize,
    replaced: usize,
    late: usize,
    lite: usize,
    /// Seconds from the arrival of each frame that was looked at to its answer.
    latencies: Vec<f64>,
    advice: Vec<(f64, f64)>,
    _answers: UnboundedReceiver<Outcome>,
}

struct Simulation {
    plane: Scheduler<()>,
    start: Instant,
    now: f64,
    costs: Costs,
    cameras: Vec<Camera>,
    /// When each runner will be done, and with what.
    runners: [Option<(f64, StreamId, Instant, ModelTier)>; RUNNERS],
    frames: u64,
    changes: Vec<(f64, ModelTier)>,
}

impl Simulation {
    fn new(costs: Costs) -> Self {
        let start = Instant::now();
        let queue = QueueLimits {
            max_streams: 256,
            max_waiting_bytes: 1 << 20,
            max_frame_age: Duration::from_millis(500),
        };
        let load = LoadLimits {
            runners: RUNNERS,
            target_stream_fps: 8.0,
            min_stream_fps: 2.0,
            max_stream_fps: 100.0,
        };
        let mut plane = Scheduler::new(queue, load, start);
        let duration = |millis: f64| Duration::from_secs_f64(millis / 1e3);
        plane.install(duration(costs.usual), costs.lite.map(duration), start);
        Self {
            plane,
            start,
            now: 0.0,
            costs,
            cameras: Vec::new(),
            runners: [None; RUNNERS],
            frames: 0,
            changes: Vec::new(),
        }
    }

    fn instant(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn open(&mut self, fps: f64) -> Result<&mut Camera, Refused> {
        let number = self.cameras.len() as u128;
        let (answers, _answers) = unbounded_channel();
        let now = self.instant(self.now);
        let session = SessionId(Uuid::from_u128(number));
        let stream = self.plane.open(session, answers, now)?;
        self.cameras.push(Camera {
            fps,
            follows_advice: false,
            stream,
            // They do not begin together.
            next: self.now + number as f64 * 0.618 % 1.0 / fps,
            offered: 0,
            replaced: 0,
            late: 0,
            lite: 0,
            latencies: Vec::new(),
            advice: Vec::new(),
            _answers,
        });
        Ok(self.cameras.last_mut().unwrap())
    }

    fn camera(&mut self, stream: StreamId) -> Option<&mut Camera> {
        self.cameras
            .iter_mut()
            .find(|camera| camera.stream == stream)
    }

    /// Goes on to `until` seconds, from one event to the next.
    fn run(&mut self, until: f64) {
        loop {
            let arrival = (0..self.cameras.len())
                .map(|index| (self.cameras[index].next, index))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let done = (0..RUNNERS)
                .filter_map(|index| Some((self.runners[index]?.0, index)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let at = |event: Option<(f64, usize)>| event.map_or(f64::INFINITY, |event| event.0);
            if at(arrival).min(at(done)) > until {
                self.now = until;
                return;
            }
            match (arrival, done) {
                (Some((time, index)), done) if time < at(done) => self.arrive(time, index),
                (_, Some((time, index))) => self.finish(time, index),
                _ => return,
            }
            self.take_up();
        }
    }

    fn arrive(&mut self, time: f64, index: usize) {
        self.now = time;
        self.frames += 1;
        let now = self.instant(time);
        let frame = Frame {
            ticket: self.frames,
            picture: Encoded::Plain(Bytes::from_static(b"picture")),
            at: UnixMillis(0),
            received: now,
        };
        let camera = &mut self.cameras[index];
        camera.offered += 1;
        // Networks are not even: up to a quarter of the interval early or late.
        let jitter = (self.frames * 7919 % 101) as f64 / 202.0 - 0.25;
        camera.next = time + (1.0 + jitter) / camera.fps;
        let decided = self.plane.submit(camera.stream, frame, now);
        camera.replaced += usize::from(matches!(decided.submitted, Submitted::Replaced(_)));
        if let Some(fps) = decided.advice {
            camera.advice.push((time, fps));
            if camera.follows_advice {
                camera.fps = fps;
            }
        }
        self.changes.extend(decided.change.map(|tier| (time, tier)));
    }

    fn finish(&mut self, time: f64, index: usize) {
        self.now = time;
        let (_, stream, received, tier) = self.runners[index].take().unwrap();
        let now = self.instant(time);
        let took = Duration::from_secs_f64(self.cost(tier) / 1e3);
        self.plane.finish(stream, (), Some((tier, took)), now);
        if let Some(camera) = self.camera(stream) {
            camera.latencies.push((now - received).as_secs_f64());
            camera.lite += usize::from(tier == ModelTier::Lite);
        }
    }

    const fn cost(&self, tier: ModelTier) -> f64 {
        match (tier, self.costs.lite) {
            (ModelTier::Lite, Some(lite)) => lite,
            _ => self.costs.usual,
        }
    }

    fn take_up(&mut self) {
        let now = self.instant(self.now);
        while let Some(idle) = self.runners.iter().position(Option::is_none) {
            match self.plane.next(now) {
                Next::Run(job) => {
                    let tier = self.plane.tier();
                    let until = self.now + self.cost(tier) / 1e3;
                    self.runners[idle] = Some((until, job.stream, job.frame.received, tier));
                }
                Next::Expired(stream, ..) => {
                    if let Some(camera) = self.camera(stream) {
                        camera.late += 1;
                    }
                }
                Next::Empty => return,
            }
        }
    }

    fn served(&self) -> Vec<usize> {
        self.cameras
            .iter()
            .map(|camera| camera.latencies.len())
            .collect()
    }
}

fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

#[test]
fn forty_sessions_that_together_send_twice_what_can_be_looked_at_are_served_alike_and_soon() {
    let mut simulation = Simulation::new(Costs {
        usual: 10.0,
        lite: None,
    });
    for _ in 0..40 {
        simulation.open(10.0).unwrap();
    }
    simulation.run(30.0);
    let served = simulation.served();
    let mean = served.iter().sum::<usize>() as f64 / 40.0;
    for served in &served {
        let share = *served as f64 / mean;
        assert!((0.9..=1.1).contains(&share), "{share} of the mean {mean}");
    }
    assert!(mean * 40.0 / 30.0 > 198.0, "no runner was idle: {mean}");
    let latencies = simulation.cameras.iter().flat_map(|c| c.latencies.clone());
    let p95 = quantile(latencies, 0.95);
    assert!(p95 < 0.250, "{p95} s");
    for camera in &simulation.cameras {
        let open = camera.offered - camera.latencies.len() - camera.replaced - camera.late;
        assert!(open <= 2, "all but those under way are accounted for");
        assert_eq!(camera.late, 0, "the newest frame is never old");
    }
}

#[test]
fn slow_senders_get_all_that_they_ask_for_beside_fast_ones() {
    let mut simulation = Simulation::new(Costs {
        usual: 10.0,
        lite: None,
    });
    for index in 0..20 {
        let fps = if index % 5 == 0 { 3.0 } else { 60.0 };
        simulation.open(fps).unwrap();
    }
    simulation.run(30.0);
    for camera in &simulation.cameras {
        let served = camera.latencies.len();
        if camera.fps < 10.0 {
            assert!(
                served + 1 >= camera.offered,
                "{served} of {}",
                camera.offered
            );
        } else {
            let expected = (200.0 - 4.0 * 3.0) / 16.0 * 30.0;
            let share = served as f64 / expected;
            assert!((0.9..=1.1).contains(&share), "{share} of {expected}");
        }
    }
}

#[test]
fn the_lite_model_takes_over_under_overload_and_gives_back_when_it_is_over() {
    let mut simulation = Simulation::new(Costs {
        usual: 20.0,
        lite: Some(10.0),
    });
    for _ in 0..18 {
        simulation.open(10.0).unwrap();
    }
    simulation.run(20.0);
    let tiers: Vec<ModelTier> = simulation.changes.iter().map(|change| change.1).collect();
    assert_eq!(tiers, [ModelTier::Lite], "{:?}", simulation.changes);
    let rate = simulation.served().iter().sum::<usize>() as f64 / 20.0;
    assert!(rate > 160.0, "{rate} frames/s");
    let lite: usize = simulation.cameras.iter().map(|camera| camera.lite).sum();
    assert!(lite > 0);
    // Most of them leave.
    for camera in simulation.cameras.split_off(6) {
        let now = simulation.instant(20.0);
        simulation.plane.close(camera.stream, now);
    }
    simulation.run(40.0);
    let tiers: Vec<ModelTier> = simulation.changes.iter().map(|change| change.1).collect();
    assert_eq!(
        tiers,
        [ModelTier::Lite, ModelTier::Usual],
        "{:?}",
        simulation.changes
    );
    assert_eq!(simulation.plane.standing().changes, 2);
}

#[test]
fn cameras_that_send_one_frame_after_the_other_do_not_call_for_the_lite_model() {
    // Each sends as soon as it is answered: the runners are always busy, and nothing is lost.
    let mut simulation = Simulation::new(Costs {
        usual: 20.0,
        lite: Some(10.0),
    });
    for _ in 0..2 {
        simulation.open(49.5).unwrap();
    }
    simulation.run(30.0);
    assert_eq!(simulation.changes, []);
    assert!(
        simulation
            .cameras
            .iter()
            .all(|camera| camera.advice.is_empty())
    );
}

#[test]
fn cameras_that_follow_advice_lose_no_more_frames_and_get_theirs_back_when_there_is_room() {
    let mut simulation = Simulation::new(Costs {
        usual: 10.0,
        lite: None,
    });
    for _ in 0..20 {
        simulation.open(30.0).unwrap().follows_advice = true;
    }
    simulation.run(10.0);
    let lost = |simulation: &Simulation| -> usize {
        simulation.cameras.iter().map(|c| c.replaced + c.late).sum()
    };
    let before = lost(&simulation);
    let served = simulation.served().iter().sum::<usize>();
    simulation.run(30.0);
    let rate = (simulation.served().iter().sum::<usize>() - served) as f64 / 20.0;
    assert!(
        rate > 160.0,
        "what is advised is what can be done: {rate} frames/s"
    );
    let lost_share = (lost(&simulation) - before) as f64 / (rate * 20.0);
    assert!(lost_share < 0.05, "{lost_share} of the frames");
    for camera in simulation.cameras.split_off(4) {
        let now = simulation.instant(30.0);
        simulation.plane.close(camera.stream, now);
    }
    simulation.run(40.0);
    for camera in &simulation.cameras {
        assert!(camera.fps > 27.0, "{}: {:?}", camera.fps, camera.advice);
        let apart = |pair: &[(f64, f64)]| pair[1].0 - pair[0].0 >= 2.0;
        assert!(camera.advice.windows(2).all(apart), "{:?}", camera.advice);
    }
}

#[test]
fn a_stream_that_could_not_be_served_at_a_useful_rate_is_refused_until_others_leave() {
    // 2 runners of 100 ms: 20 frames/s, ten streams of 2.
    let mut simulation = Simulation::new(Costs {
        usual: 100.0,
        lite: None,
    });
    for _ in 0..10 {
        simulation.open(10.0).unwrap();
        simulation.run(simulation.now + 0.1);
    }
    assert_eq!(simulation.open(10.0).err(), Some(Refused::Slow));
    simulation.run(20.0);
    assert_eq!(simulation.open(10.0).err(), Some(Refused::Slow));
    let camera = simulation.cameras.pop().unwrap();
    let now = simulation.instant(20.0);
    simulation.plane.close(camera.stream, now);
    assert!(simulation.open(10.0).is_ok());
}

#[test]
fn a_session_that_comes_back_is_not_refused_and_idle_streams_take_no_room() {
    let mut simulation = Simulation::new(Costs {
        usual: 100.0,
        lite: Some(50.0),
    });
    // The lite model could look at 40 frames/s.
    for _ in 0..20 {
        simulation.open(10.0).unwrap();
    }
    assert_eq!(simulation.open(10.0).err(), Some(Refused::Slow));
    let (answers, _answers) = unbounded_channel();
    let (session, now) = (SessionId(Uuid::from_u128(3)), simulation.instant(0.0));
    assert!(simulation.plane.open(session, answers, now).is_ok());
    // None of them sends anything.
    simulation.cameras.clear();
    simulation.run(6.0);
    assert!(simulation.open(10.0).is_ok());
}

#[test]
fn as_many_streams_as_runners_are_always_served() {
    let mut simulation = Simulation::new(Costs {
        usual: 5_000.0,
        lite: None,
    });
    for _ in 0..RUNNERS {
        simulation.open(10.0).unwrap();
    }
    assert_eq!(simulation.open(10.0).err(), Some(Refused::Slow));
}
