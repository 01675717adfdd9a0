//! The firmware's part: one foot's samples over HTTP at a fixed rate.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use serde_json::Value;
use squirret::{
    UnixMillis,
    fsr::Side,
    sim::{Plan, Squatter},
};

use super::{
    client::{Base, Connection},
    report::{Report, Tally},
};

/// One foot of one person.
#[derive(Clone, Debug)]
pub(crate) struct Foot {
    /// Which.
    pub(crate) side: Side,
    /// Whose: people differ in their seed and begin at different moments.
    pub(crate) person: u64,
    /// The session that the samples are for; `None`: the firmware's own call, into the default scope.
    pub(crate) session: Option<String>,
    /// How the person moves.
    pub(crate) plan: Plan,
    /// Seed of the first person.
    pub(crate) seed: u64,
    /// Samples a second.
    pub(crate) rate: f64,
    /// One connection for all samples.
    pub(crate) keep_alive: bool,
    /// Samples that are sent in one call; 1 is what the firmware does.
    pub(crate) burst: usize,
}

impl Foot {
    /// Sends samples until `until`. A sample that cannot be sent is counted and forgotten, as the firmware does.
    pub(crate) async fn run(self, base: Base, until: Instant, report: Arc<Report>) {
        let squatter = Squatter::new(self.plan.clone(), self.seed.wrapping_add(self.person));
        let head_start = self.person as f64 * 0.37;
        let mut tick = tokio::time::interval(Duration::from_secs_f64(1.0 / self.rate));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut connection = Connection::default();
        let started = Instant::now();
        let mut waiting = Vec::with_capacity(self.burst);
        while Instant::now() < until {
            tick.tick().await;
            let seconds = started.elapsed().as_secs_f64() + head_start;
            waiting.push(self.sample(&squatter, seconds));
            if waiting.len() < self.burst {
                continue;
            }
            let count = waiting.len() as u64;
            let body = self.body(&mut waiting);
            let sent = base
                .call(
                    &mut connection,
                    "/api/fsr_data",
                    self.session.as_deref(),
                    body,
                    self.keep_alive,
                )
                .await;
            match sent {
                Ok(_) => report.add(Tally::Sample, count),
                Err(error) => {
                    report.add(Tally::SampleLost, count);
                    report.problem(&error.to_string());
                }
            }
        }
    }

    /// One sample as the firmware sends it, or a burst as an array.
    fn body(&self, waiting: &mut Vec<Value>) -> Bytes {
        let body = match self.burst {
            1 => waiting.pop().unwrap_or_default(),
            _ => Value::from(std::mem::take(waiting)),
        };
        waiting.clear();
        body.to_string().into()
    }

    /// What the firmware sends: ratios and volts. Only in a burst a sample has a time of its own.
    fn sample(&self, squatter: &Squatter, seconds: f64) -> Value {
        let sample = squatter.sample(self.side, seconds, now());
        let mut fields = serde_json::Map::new();
        if self.burst > 1 {
            fields.insert("ts".into(), now().0.into());
        }
        fields.insert("side".into(), serde_json::json!(self.side));
        let volts = sample.voltages.unwrap_or_default();
        for (sensor, (ratio, volts)) in (1..).zip(sample.ratios.into_iter().zip(volts)) {
            fields.insert(format!("ratio{sensor}"), ratio.into());
            fields.insert(
                format!("voltage{sensor}"),
                ((volts * 1e3).round() / 1e3).into(),
            );
        }
        Value::Object(fields)
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
