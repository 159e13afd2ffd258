//! One question to several base URLs: the account's own, and the others only while none can be
//! reached.
//!
//! Called by the drivers that have base URLs in their settings.

use crate::failure::{Failure, FailureKind, Retry};

/// Asks the account's base URL, and the others only while none can be reached.
///
/// A macro, because a future made by a borrowing closure cannot be sent between threads.
macro_rules! on_first_reachable {
    ($calls:expr, |$call:ident| $asked:expr) => {{
        let mut last = None;
        for call in $calls {
            let $call = &call;
            match $asked.await {
                Err(failure) if failure.kind == $crate::failure::FailureKind::Unreachable => {
                    last = Some(failure)
                }
                result => return result,
            }
        }
        Err(last.unwrap_or_else($crate::first_reachable::no_base_url))
    }};
}
pub(crate) use on_first_reachable;

pub(crate) fn no_base_url() -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        Retry::Never,
        "no upstream is configured; set CHATGPT_BASE_URL",
    )
}
