//! A user's description of a table.

use serde::Deserialize;

use crate::fsr::SUPPLY_VOLTS;

/// Unit of a time column.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
}

impl TimeUnit {
    /// Milliseconds in one unit.
    pub(super) const fn millis(self) -> f64 {
        match self {
            Self::Seconds => 1e3,
            Self::Milliseconds => 1.0,
            Self::Microseconds => 1e-3,
        }
    }
}

/// What the cells of a sensor hold, with what their conversion to volts needs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum ValueUnit {
    /// Per cent of the foot's sum.
    Ratio,
    Volts,
    Millivolts,
    /// Counts of a converter: `full_scale` counts are `volts`.
    Counts {
        full_scale: f64,
        volts: f64,
    },
    /// Resistance of the sensor; `divider` is the fixed resistor to ground, in ohms.
    Ohms {
        divider: f64,
    },
    /// Force; at `half` newtons the divider is at half of the supply.
    Newtons {
        half: f64,
    },
}

impl ValueUnit {
    /// Returns the per cent of [`ValueUnit::Ratio`], else volts; `None` when the value is out of range.
    pub(super) fn convert(self, value: f64) -> Option<f64> {
        let within = |max: f64| (0.0..=max).contains(&value);
        match self {
            Self::Ratio => within(100.0).then_some(value),
            Self::Volts => within(SUPPLY_VOLTS).then_some(value),
            Self::Millivolts => within(SUPPLY_VOLTS * 1e3).then_some(value / 1e3),
            Self::Counts { full_scale, volts } => {
                within(full_scale).then_some((value / full_scale * volts).min(SUPPLY_VOLTS))
            }
            // Infinite ohms are an open sensor: nothing presses on it.
            Self::Ohms { divider } => {
                (value >= 0.0).then(|| SUPPLY_VOLTS * divider / (divider + value))
            }
            Self::Newtons { half } => {
                let force = value / half;
                (value >= 0.0 && value.is_finite()).then(|| SUPPLY_VOLTS * force / (1.0 + force))
            }
        }
    }

    /// What a cell must hold.
    pub(super) fn rule(self) -> String {
        match self {
            Self::Ratio => "0 to 100".to_owned(),
            Self::Volts => format!("0 to {SUPPLY_VOLTS} volts"),
            Self::Millivolts => format!("0 to {} millivolts", SUPPLY_VOLTS * 1e3),
            Self::Counts { full_scale, .. } => format!("0 to {full_scale} counts"),
            Self::Ohms { .. } => "at least 0 ohms".to_owned(),
            Self::Newtons { .. } => "at least 0 newtons".to_owned(),
        }
    }
}

/// Names and units of the columns of a table, where they are not the usual ones. Deserialises from:
///
/// ```toml
/// time = "t"                      # name of the time column
/// time_unit = "ms"                # s, ms or us; without it from the name or the numbers
/// side = "foot"                   # name of the column of the foot
/// side_values = ["L", "R"]        # what stands there for left and right
/// sensors = ["A0", "A1", "A2", "A3", "A4", "A5"] # sensor 1 first; or, with both feet in a line:
/// left = ["l1", "l2", "l3", "l4", "l5", "l6"]
/// right = ["r1", "r2", "r3", "r4", "r5", "r6"]
/// unit = "counts"                 # ratio, volts, millivolts, counts, ohms or newtons; default volts
/// full_scale = 4095               # counts: the largest count (required)
/// full_scale_volts = 3.3          # counts: the volts of the largest count, default 3.3
/// divider_ohms = 10000            # ohms: the resistor from the sensor to ground, default 10,000
/// newtons_at_half_supply = 20.0   # newtons: the force at which the sensor has the resistor's ohms (required)
/// ```
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "RawMap")]
pub struct TableMap {
    pub(super) time: Option<String>,
    pub(super) time_unit: Option<TimeUnit>,
    pub(super) side: Option<String>,
    pub(super) side_values: Option<[String; 2]>,
    pub(super) sensors: Option<[String; 6]>,
    pub(super) left: Option<[String; 6]>,
    pub(super) right: Option<[String; 6]>,
    pub(super) unit: ValueUnit,
}

impl Default for TableMap {
    /// The names and units of [`table`](super).
    fn default() -> Self {
        Self {
            time: None,
            time_unit: None,
            side: None,
            side_values: None,
            sensors: None,
            left: None,
            right: None,
            unit: ValueUnit::Volts,
        }
    }
}

/// Why a description of a table cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field} {rule}")]
#[non_exhaustive]
pub struct MapError {
    /// Which key.
    pub field: &'static str,
    /// What must hold.
    pub rule: &'static str,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawMap {
    time: Option<String>,
    time_unit: Option<TimeUnit>,
    side: Option<String>,
    side_values: Option<[String; 2]>,
    sensors: Option<[String; 6]>,
    left: Option<[String; 6]>,
    right: Option<[String; 6]>,
    unit: RawUnit,
    full_scale: Option<f64>,
    full_scale_volts: Option<f64>,
    divider_ohms: Option<f64>,
    newtons_at_half_supply: Option<f64>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
enum RawUnit {
    Ratio,
    #[default]
    Volts,
    Millivolts,
    Counts,
    Ohms,
    Newtons,
}

fn refuse<T>(field: &'static str, rule: &'static str) -> Result<T, MapError> {
    Err(MapError { field, rule })
}

impl TryFrom<RawMap> for TableMap {
    type Error = MapError;

    fn try_from(raw: RawMap) -> Result<Self, MapError> {
        let is_wide = raw.left.is_some() || raw.right.is_some();
        if raw.sensors.is_some() && is_wide {
            return refuse("sensors", "excludes left and right");
        }
        if is_wide && (raw.side.is_some() || raw.side_values.is_some()) {
            return refuse(
                "side",
                "belongs to sensors; left and right name the foot themselves",
            );
        }
        let unit = unit(&raw)?;
        if raw.unit != RawUnit::Volts && raw.sensors.is_none() && !is_wide {
            return refuse("unit", "needs sensors, or left and right");
        }
        Ok(Self {
            time: raw.time,
            time_unit: raw.time_unit,
            side: raw.side,
            side_values: raw.side_values,
            sensors: raw.sensors,
            left: raw.left,
            right: raw.right,
            unit,
        })
    }
}

fn unit(raw: &RawMap) -> Result<ValueUnit, MapError> {
    let keys = [
        ("full_scale", RawUnit::Counts, raw.full_scale),
        ("full_scale_volts", RawUnit::Counts, raw.full_scale_volts),
        ("divider_ohms", RawUnit::Ohms, raw.divider_ohms),
        (
            "newtons_at_half_supply",
            RawUnit::Newtons,
            raw.newtons_at_half_supply,
        ),
    ];
    for (field, unit, value) in keys {
        match value {
            Some(_) if unit != raw.unit => return refuse(field, "belongs to another unit"),
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                return refuse(field, "must be a positive number");
            }
            _ => {}
        }
    }
    let volts = raw.full_scale_volts.unwrap_or(SUPPLY_VOLTS);
    if volts > SUPPLY_VOLTS {
        return refuse("full_scale_volts", "must be at most 3.3");
    }
    Ok(match raw.unit {
        RawUnit::Ratio => ValueUnit::Ratio,
        RawUnit::Volts => ValueUnit::Volts,
        RawUnit::Millivolts => ValueUnit::Millivolts,
        RawUnit::Counts => match raw.full_scale {
            Some(full_scale) => ValueUnit::Counts { full_scale, volts },
            None => return refuse("full_scale", "is required for counts, e.g. 4095"),
        },
        RawUnit::Ohms => ValueUnit::Ohms {
            divider: raw.divider_ohms.unwrap_or(10_000.0),
        },
        RawUnit::Newtons => match raw.newtons_at_half_supply {
            Some(half) => ValueUnit::Newtons { half },
            None => {
                return refuse(
                    "newtons_at_half_supply",
                    "is required for newtons: a calibration of the sensors",
                );
            }
        },
    })
}
