//! Upstream's limits: learned from what it says, kept by the pool, told to the caller.
//!
//! Called where attempts are made. `ENABLE_LIMIT` turns holding back off; what upstream says
//! is passed on either way.

use accounts::{Lease, NoAccount, Scope};
use chatgpt::limits::LimitsReport;
use http::header;
use transcode::model_name;
use transcode::turn::{Hint, Turn};
use upstream::{DriverKind, PreparedFile};
use web::ApiError;

use crate::Api;

const FILE_UPLOAD: &str = "file_upload";
const IMAGE_GENERATION: &str = "image_gen";

/// The windows of the codex backend that all its models share.
const WINDOWS: [&str; 2] = ["primary", "secondary"];

/// What an account has to be able to do for a turn.
pub(crate) fn scopes(
    api: &Api,
    driver: DriverKind,
    turn: &Turn,
    files: &[PreparedFile],
) -> Vec<Scope> {
    if !api.honours_limits {
        return Vec::new();
    }
    let feature = |name: &str| Scope::Feature(name.to_owned());
    let mut scopes = vec![Scope::Model(model_key(driver, &turn.model))];
    match driver {
        DriverKind::Web => {}
        DriverKind::Codex => {
            scopes.extend(WINDOWS.map(Scope::of_window));
            return scopes;
        }
        DriverKind::Platform => return scopes,
    }
    if !files.is_empty() {
        scopes.push(feature(FILE_UPLOAD));
    }
    if turn.hints.contains(&Hint::Picture) {
        scopes.push(feature(IMAGE_GENERATION));
    }
    scopes
}

/// What the limit of a model is remembered by: each driver has limits of its own.
pub(crate) fn model_key(driver: DriverKind, model: &str) -> String {
    match driver {
        DriverKind::Web => model_name::key(model),
        DriverKind::Codex | DriverKind::Platform => format!("{}/{model}", driver.name()),
    }
}

/// Remembers what upstream says is left.
pub(crate) fn learn_from_report(lease: &Lease, report: &LimitsReport) {
    if !report.windows.is_empty() {
        lease.windows_told(&report.windows);
    }
    for feature in &report.features {
        let scope = Scope::Feature(feature.name.clone());
        lease.reported(&scope, feature.remaining, feature.resets_at);
    }
    for model in &report.models {
        if model.resets_at.is_some() {
            lease.reported(&Scope::Model(model.slug.clone()), 0, model.resets_at);
        }
    }
}

/// What the caller is told when no account could be asked.
pub(crate) fn none_reply(none: &NoAccount, now: u64) -> ApiError {
    let error = ApiError::from(none.clone());
    let NoAccount::Limited { until } = *none else {
        return error;
    };
    let wait = until.saturating_sub(now);
    error
        .with_header(header::RETRY_AFTER, &wait.to_string())
        .with_fact("resets_in_seconds", wait)
        .with_fact("resets_at", until)
}
