//! What the system tells of this process, under the names that all exporters use.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Unit,
};

/// Ticks of a second in `/proc/self/stat`: Linux fixes them for programs, whatever the kernel's own are.
const TICKS_PER_SECOND: f64 = 100.0;

/// Asks the system at each scrape; tells what it answers, which outside Linux is the start only.
#[derive(Debug)]
pub(super) struct Process {
    /// Seconds since 1970.
    started: f64,
}

impl Process {
    /// Starts now.
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let started = now.unwrap_or_default().as_secs_f64();
        Self { started }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let started = ConstGauge::new(self.started);
        let help = "When the process started, since 1970";
        let unit = Some(&Unit::Seconds);
        started.encode(encoder.encode_descriptor(
            "process_start_time",
            help,
            unit,
            started.metric_type(),
        )?)?;
        if let Some(seconds) = cpu_seconds() {
            let counter = ConstCounter::new(seconds);
            let help = "Processor time";
            let kind = counter.metric_type();
            counter.encode(encoder.encode_descriptor("process_cpu", help, unit, kind)?)?;
        }
        if let Some(bytes) = resident_bytes() {
            let gauge = ConstGauge::new(bytes);
            let (help, unit) = ("Resident memory", Some(&Unit::Bytes));
            let kind = gauge.metric_type();
            gauge.encode(encoder.encode_descriptor(
                "process_resident_memory",
                help,
                unit,
                kind,
            )?)?;
        }
        if let Some(files) = open_files() {
            let gauge = ConstGauge::new(files);
            let help = "Open file descriptors, sockets among them";
            let kind = gauge.metric_type();
            gauge.encode(encoder.encode_descriptor("process_open_fds", help, None, kind)?)?;
        }
        Ok(())
    }
}

fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th field behind it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let mut ticks = || times.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

fn open_files() -> Option<i64> {
    let files = std::fs::read_dir("/proc/self/fd").ok()?.count();
    i64::try_from(files).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_understood() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 20));
        assert!(open_files().is_some_and(|files| files > 2));
        assert!(cpu_seconds().is_some_and(|seconds| (0.0..1e9).contains(&seconds)));
    }
}
