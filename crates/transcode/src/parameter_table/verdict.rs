//! Whether a driver can do what a request asks, and what becomes of the rest.

use super::{AskedParameter, FaceKind, Treatment, needs};
use crate::driver_kind::DriverKind;
use crate::turn::Turn;

/// Whether what a driver lacks may be done with what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emulation {
    /// `EMULATE_TOOLS` is on.
    Allowed,
    /// It is off.
    Off,
}

/// What a driver would do with a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What it cannot do; empty if it can serve the request.
    pub refused: Vec<Refusal>,
    /// Parameters that would have no effect.
    pub dropped: Vec<String>,
    /// Parameters that the gateway would do with what the driver has.
    pub emulated: Vec<String>,
}

/// Something that a driver cannot do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The parameter, as the caller wrote it, or the need.
    pub name: String,
    /// What it is.
    pub about: &'static str,
}

/// What a driver would do with a request of a face.
pub fn judge(
    driver: DriverKind,
    face: FaceKind,
    turn: &Turn,
    asked: &[AskedParameter],
    emulation: Emulation,
) -> Verdict {
    let mut verdict = Verdict::default();
    let is_native = is_native(driver, face, turn);
    let is_asked = |it: &&AskedParameter| it.parameter.is_none_or(|row| (row.is_asked)(turn));
    for asked in asked.iter().filter(is_asked) {
        let (treatment, about) = match asked.parameter {
            Some(it) => (it.treatments.of(driver), it.about),
            None => (unknown(driver), ""),
        };
        verdict.note(actual(treatment, is_native, emulation), &asked.name, about);
    }
    // Chat Completions have tools of the caller's only.
    let is_native = is_native && face == FaceKind::Responses;
    for need in needs(turn) {
        let treatment = actual(need.treatments.of(driver), is_native, emulation);
        // Some are parameters too.
        let is_noted = verdict.refused.iter().any(|it| it.name == need.name)
            || verdict.dropped.iter().any(|it| it == need.name);
        if !is_noted {
            verdict.note(treatment, need.name, need.about);
        }
    }
    verdict
}

/// What becomes of a parameter that no face is known to have.
fn unknown(driver: DriverKind) -> Treatment {
    match driver {
        DriverKind::Web | DriverKind::Codex => Treatment::Dropped,
        DriverKind::Platform => Treatment::PassedOrDropped,
    }
}

/// Whether the caller's own body goes up.
fn is_native(driver: DriverKind, face: FaceKind, turn: &Turn) -> bool {
    let is_spoken = match driver {
        DriverKind::Web | DriverKind::Codex => false,
        DriverKind::Platform => face != FaceKind::Messages,
    };
    is_spoken && !turn.names_kept_files()
}

/// What a treatment comes to, all things known.
fn actual(treatment: Treatment, is_native: bool, emulation: Emulation) -> Treatment {
    match treatment {
        Treatment::PassedOrDropped | Treatment::PassedOrRefused if is_native => Treatment::Passed,
        Treatment::PassedOrDropped => Treatment::Dropped,
        Treatment::PassedOrRefused => Treatment::Refused,
        Treatment::Emulated if emulation == Emulation::Off => Treatment::Refused,
        other => other,
    }
}

impl Verdict {
    fn note(&mut self, treatment: Treatment, name: &str, about: &'static str) {
        match treatment {
            Treatment::Dropped => self.dropped.push(name.to_owned()),
            Treatment::Emulated => self.emulated.push(name.to_owned()),
            Treatment::Refused => self.refused.push(Refusal {
                name: name.to_owned(),
                about,
            }),
            _ => {}
        }
    }
}
