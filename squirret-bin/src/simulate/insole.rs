//! The firmware's part: one foot's samples over HTTP at a fixed rate.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
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
        while Instant::now() < until {
            tick.tick().await;
            let seconds = started.elapsed().as_secs_f64() + head_start;
            let body = self.body(&squatter, seconds);
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
                Ok(_) => report.count(Tally::Sample),
                Err(error) => {
                    report.count(Tally::SampleLost);
                    report.problem(&error.to_string());
                }
            }
        }
    }

    /// What the firmware sends: ratios and volts, no time of its own.
    fn body(&self, squatter: &Squatter, seconds: f64) -> Bytes {
        let sample = squatter.sample(self.side, seconds, now());
        let mut fields = serde_json::Map::new();
        fields.insert("side".into(), serde_json::json!(self.side));
        let volts = sample.voltages.unwrap_or_default();
        for (sensor, (ratio, volts)) in (1..).zip(sample.ratios.into_iter().zip(volts)) {
            fields.insert(format!("ratio{sensor}"), ratio.into());
            fields.insert(
                format!("voltage{sensor}"),
                ((volts * 1e3).round() / 1e3).into(),
            );
        }
        serde_json::Value::Object(fields).to_string().into()
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
