//! The state of a foot's device, as it was told.

use super::DeviceState;
use crate::{UnixMillis, fsr::Foot};

/// Remembers what was told, so that each change is told once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Device {
    told: Option<DeviceState>,
}

impl Device {
    /// The state to tell, if it changed. A device that never sent anything has none.
    pub(super) fn changed(
        &mut self,
        foot: &Foot,
        now: UnixMillis,
        stale_ms: u32,
    ) -> Option<DeviceState> {
        let arrived = foot.arrived()?;
        let state = if now.since(arrived) > i64::from(stale_ms) {
            DeviceState::Silent
        } else if foot.is_unloaded() {
            DeviceState::Unloaded
        } else if foot.is_saturated() {
            DeviceState::Saturated
        } else if foot.has_lost_sensor() {
            DeviceState::SensorDead
        } else {
            DeviceState::Live
        };
        (self.told.replace(state) != Some(state)).then_some(state)
    }

    /// Whether the next sample is news: the first, or the first after silence.
    pub(super) fn is_silent(self) -> bool {
        matches!(self.told, None | Some(DeviceState::Silent))
    }
}
