//! Where the sensors lie and which of them make up the front, the rear, the inside and the outside of the foot.

use serde::{Deserialize, Serialize};

use super::SensorValues;

/// A set of sensors, written as their numbers (1 to 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct SensorGroup(u8);

impl SensorGroup {
    /// The sensors with these numbers; `None` when a number is not 1 to 6.
    #[must_use]
    pub const fn of(sensors: &[u8]) -> Option<Self> {
        let mut bits = 0;
        let mut index = 0;
        while index < sensors.len() {
            if sensors[index] == 0 || sensors[index] > 6 {
                return None;
            }
            bits |= 1 << (sensors[index] - 1);
            index += 1;
        }
        Some(Self(bits))
    }

    /// The numbers in rising order.
    pub fn sensors(self) -> impl Iterator<Item = u8> {
        (1..=6).filter(move |sensor| self.contains(*sensor))
    }

    /// Whether sensor `sensor` (1 to 6) belongs to it.
    #[must_use]
    pub const fn contains(self, sensor: u8) -> bool {
        sensor >= 1 && sensor <= 6 && self.0 & (1 << (sensor - 1)) != 0
    }

    /// Whether nothing belongs to it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Sum of the values of its sensors.
    #[must_use]
    pub fn sum(self, six: &SensorValues) -> f64 {
        let mut sum = 0.0;
        for (index, value) in six.iter().enumerate() {
            sum += if self.0 & (1 << index) != 0 {
                *value
            } else {
                0.0
            };
        }
        sum
    }
}

impl TryFrom<Vec<u8>> for SensorGroup {
    type Error = &'static str;

    fn try_from(sensors: Vec<u8>) -> Result<Self, Self::Error> {
        Self::of(&sensors).ok_or("sensors are numbered 1 to 6")
    }
}

impl From<SensorGroup> for Vec<u8> {
    fn from(group: SensorGroup) -> Self {
        group.sensors().collect()
    }
}

/// Place of a sensor on the sole.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a plain value")]
pub struct SensorPlace {
    /// Per cent of the foot's length from the heel.
    pub along: f64,
    /// Per cent of the foot's width from the medial side.
    pub across: f64,
    /// How much of the sole it stands for, relative to the others; default 1.
    #[serde(default = "one")]
    pub area: f64,
}

const fn one() -> f64 {
    1.0
}

/// The positions and groups of an insole's six sensors.
///
/// The default is the original's: **1** heel lateral, **5** heel medial, **2** and **3** midfoot lateral, **4**
/// forefoot lateral, **6** forefoot medial; no sensor lies medially at midfoot. The groups are the original
/// service's. Each place is the centre of the region that its sensor stands for, each area that region's weight. They
/// start from the regions' names on a foot of the usual proportions, with the ball of the foot at about three quarters
/// of its length, and were drawn a little (by at most 3 % of the length) towards the maker's own centre of pressure of
/// a sixteen-sensor insole in walking (moticon-rego), of which the six sensors nearest to our places stood for ours: a
/// least-squares fit with a penalty on leaving the start. Fitted on one recording and tried on the other, the median
/// error was 7 and 6 mm along and 3 and 4 mm across the foot; `docs/coach.md` tells how.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SensorLayout {
    /// Where each sensor lies, sensor 1 first.
    pub places: [SensorPlace; 6],
    /// Forefoot; default 3, 4, 6.
    pub front: SensorGroup,
    /// Rearfoot; default 1, 5.
    pub rear: SensorGroup,
    /// Medial; default 5, 6.
    pub inner: SensorGroup,
    /// Lateral; default 1, 2, 3, 4.
    pub outer: SensorGroup,
    /// Heel; default 1, 5.
    pub heel: SensorGroup,
}

const fn place(along: f64, across: f64, area: f64) -> SensorPlace {
    SensorPlace {
        along,
        across,
        area,
    }
}

impl Default for SensorLayout {
    fn default() -> Self {
        Self {
            places: [
                place(13.5, 66.5, 0.6),
                place(38.5, 70.0, 0.8),
                place(57.0, 77.0, 0.75),
                place(76.0, 77.0, 1.45),
                place(14.5, 31.0, 0.4),
                place(79.0, 28.0, 2.0),
            ],
            front: SensorGroup(0b10_1100),
            rear: SensorGroup(0b01_0001),
            inner: SensorGroup(0b11_0000),
            outer: SensorGroup(0b00_1111),
            heel: SensorGroup(0b01_0001),
        }
    }
}

impl SensorLayout {
    /// The two sensors that lie nearest to `sensor` (1 to 6) on the sole, the nearest first.
    pub(super) fn neighbours(&self, sensor: u8) -> [u8; 2] {
        let here = self.places[usize::from(sensor) - 1];
        let distance = |other: u8| {
            let there = self.places[usize::from(other) - 1];
            // A foot is about 2.6 times as long as it is wide.
            let (along, across) = (there.along - here.along, (there.across - here.across) / 2.6);
            along * along + across * across
        };
        let mut others: [u8; 5] = [0; 5];
        for (slot, other) in others
            .iter_mut()
            .zip((1..=6).filter(|other| *other != sensor))
        {
            *slot = other;
        }
        others.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        [others[0], others[1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_groups_are_those_of_the_original() {
        let layout = SensorLayout::default();
        let sensors = |group: SensorGroup| group.sensors().collect::<Vec<_>>();
        assert_eq!(sensors(layout.front), [3, 4, 6]);
        assert_eq!(sensors(layout.rear), [1, 5]);
        assert_eq!(sensors(layout.heel), [1, 5]);
        assert_eq!(sensors(layout.inner), [5, 6]);
        assert_eq!(sensors(layout.outer), [1, 2, 3, 4]);
    }

    #[test]
    fn a_group_sums_its_own_sensors_only() {
        let group = SensorGroup::of(&[1, 6]).unwrap();
        assert_eq!(group.sum(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), 33.0);
    }

    #[test]
    fn a_group_is_written_as_sensor_numbers_and_refuses_a_seventh() {
        let group: SensorGroup = serde_json::from_str("[6, 3]").unwrap();
        assert_eq!(serde_json::to_string(&group).unwrap(), "[3,6]");
        assert!(serde_json::from_str::<SensorGroup>("[7]").is_err());
        assert!(serde_json::from_str::<SensorGroup>("[0]").is_err());
    }

    #[test]
    fn the_heel_sensors_are_each_others_nearest_neighbours() {
        let layout = SensorLayout::default();
        assert_eq!(layout.neighbours(1)[0], 5);
        assert_eq!(layout.neighbours(5)[0], 1);
        assert_eq!(layout.neighbours(3), [2, 4]);
    }
}
