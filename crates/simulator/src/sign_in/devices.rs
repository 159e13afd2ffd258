//! Devices that wait for a person to enter their code elsewhere, each for 15 minutes.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use crate::token_spec::Holder;

const LIFETIME: Duration = Duration::from_mins(15);

/// What the person has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Pending,
    Denied,
    Approved(Holder),
}

struct Device {
    user_code: String,
    expires: SystemTime,
    decision: Decision,
}

/// The devices that wait, by the id they ask with.
#[derive(Default)]
pub(super) struct Devices(HashMap<String, Device>);

impl Devices {
    /// Lets a device wait; those whose time is over are forgotten.
    pub(super) fn wait(&mut self, id: String, user_code: String, now: SystemTime) {
        self.0.retain(|_, device| device.expires > now);
        let device = Device {
            user_code,
            expires: now + LIFETIME,
            decision: Decision::Pending,
        };
        self.0.insert(id, device);
    }

    /// Notes what a person has decided; false if no device waits with that code.
    pub(super) fn decide(&mut self, user_code: &str, decision: Decision, now: SystemTime) -> bool {
        let user_code = user_code.trim();
        let waiting = self.0.values_mut().find(|device| {
            device.user_code.eq_ignore_ascii_case(user_code)
                && device.expires > now
                && device.decision == Decision::Pending
        });
        let Some(device) = waiting else {
            return false;
        };
        device.decision = decision;
        true
    }

    /// What was decided for a device, which is told once; `None` if there is no such device.
    pub(super) fn poll(&mut self, id: &str, user_code: &str, now: SystemTime) -> Option<Decision> {
        let device = self.0.get(id)?;
        if device.user_code != user_code || device.expires <= now {
            return None;
        }
        if device.decision == Decision::Pending {
            return Some(Decision::Pending);
        }
        self.0.remove(id).map(|device| device.decision)
    }
}
