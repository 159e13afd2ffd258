//! What can be asked of a model, in a few words. Called by `api` for the list of models.

use super::{Emulation, FaceKind, NEEDS, Treatment, Treatments, find};
use crate::driver_kind::DriverKind;

/// Parameters that not every driver has, and that callers choose a model by.
const CHOSEN_BY: [&str; 3] = ["tools", "response_format", "logprobs"];

/// What at least one of `drivers` can do.
pub fn capabilities(drivers: &[DriverKind], emulation: Emulation) -> Vec<&'static str> {
    let can = |treatments: &Treatments| {
        drivers.iter().any(|driver| match treatments.of(*driver) {
            Treatment::Passed | Treatment::Done | Treatment::PassedOrRefused => true,
            Treatment::Emulated => emulation == Emulation::Allowed,
            _ => false,
        })
    };
    let parameters = CHOSEN_BY.into_iter().filter(|name| {
        let parameter = find(FaceKind::ChatCompletions, name);
        parameter.is_some_and(|it| can(&it.treatments))
    });
    let needs = NEEDS.iter().filter(|need| can(&need.treatments));
    parameters.chain(needs.map(|need| need.name)).collect()
}
