//! Upstream's limits: learned from what it says, kept by the pool, told to the caller.
//!
//! Called where attempts are made. `ENABLE_LIMIT` turns holding back off; what upstream says
//! is passed on either way.

use accounts::{Lease, NoAccount, Scope};
use chatgpt::limits::LimitsReport;
use http::header;
use transcode::model_name;
use transcode::turn::{Hint, Turn};
use upstream::{Failure, FailureKind, PreparedFile};
use web::ApiError;

use crate::Api;

const FILE_UPLOAD: &str = "file_upload";
const IMAGE_GENERATION: &str = "image_gen";

/// What an account has to be able to do for a turn.
pub(crate) fn scopes(api: &Api, turn: &Turn, files: &[PreparedFile]) -> Vec<Scope> {
    if !api.honours_limits {
        return Vec::new();
    }
    let feature = |name: &str| Scope::Feature(name.to_owned());
    let mut scopes = vec![Scope::Model(model_name::key(&turn.model))];
    if !files.is_empty() {
        scopes.push(feature(FILE_UPLOAD));
    }
    if turn.hints.contains(&Hint::Picture) {
        scopes.push(feature(IMAGE_GENERATION));
    }
    scopes
}

/// Remembers a limit that refused an attempt, if upstream said until when.
pub(crate) fn learn_from_failure(api: &Api, lease: &Lease, turn: &Turn, failure: &Failure) {
    let (scope, wait) = match &failure.kind {
        FailureKind::RateLimited(Some(wait)) => (Scope::Model(model_name::key(&turn.model)), wait),
        FailureKind::FeatureLimited(feature, Some(wait)) => {
            (Scope::Feature((*feature).to_owned()), wait)
        }
        _ => return,
    };
    let now = api.clock.since_epoch().as_secs();
    let until = now.saturating_add(wait.as_secs());
    api.pool.note_limit(lease, scope, until, now);
}

/// Remembers what upstream says is left.
pub(crate) fn learn_from_report(api: &Api, lease: &Lease, report: &LimitsReport) {
    let now = api.clock.since_epoch().as_secs();
    for feature in &report.features {
        let scope = Scope::Feature(feature.name.clone());
        match feature.resets_at {
            Some(until) if feature.remaining == 0 => {
                api.pool.note_limit(lease, scope, until, now);
            }
            _ if feature.remaining > 0 => api.pool.clear_limit(lease, &scope),
            _ => {}
        }
    }
    for model in &report.models {
        if let Some(until) = model.resets_at {
            let scope = Scope::Model(model.slug.clone());
            api.pool.note_limit(lease, scope, until, now);
        }
    }
}

/// What the caller is told when no account could be asked.
pub(crate) fn none_reply(none: NoAccount, now: u64) -> ApiError {
    let error = ApiError::from(none);
    let NoAccount::Limited { until } = none else {
        return error;
    };
    let wait = until.saturating_sub(now);
    error
        .with_header(header::RETRY_AFTER, &wait.to_string())
        .with_fact("resets_in_seconds", wait)
        .with_fact("resets_at", until)
}
