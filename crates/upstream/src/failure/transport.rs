//! A request that got no answer, as a [`Failure`].

use std::error::Error;

use super::{Failure, FailureKind, Place, Retry};

/// What a transport error means.
///
/// A request that may have reached upstream is retried only if `repeatable`: its fate is
/// unknown, and a second one may be a second message in somebody's conversation.
pub(crate) fn transport_failure(
    error: &reqwest::Error,
    place: &Place<'_>,
    repeatable: bool,
) -> Failure {
    let egress = place.egress;
    if is_tls(error) {
        return Failure::new(
            FailureKind::Tls,
            Retry::Never,
            format!("no secure connection to upstream could be made via egress \"{egress}\""),
        );
    }
    if error.is_connect() {
        return if egress == "direct" {
            Failure::new(
                FailureKind::Unreachable,
                Retry::AnyAccount,
                "upstream cannot be reached; check the network and CHATGPT_BASE_URL",
            )
        } else {
            Failure::new(
                FailureKind::Proxy,
                Retry::AnyAccount,
                format!("upstream cannot be reached via egress \"{egress}\"; check PROXY_URL"),
            )
        };
    }
    let retry = if repeatable {
        Retry::AnyAccount
    } else {
        Retry::Never
    };
    if error.is_timeout() {
        return Failure::new(
            FailureKind::Timeout,
            retry,
            "upstream did not answer in time",
        );
    }
    Failure::new(
        FailureKind::Truncated,
        retry,
        "the connection to upstream broke",
    )
}

/// Whether TLS is at the bottom of an error.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An IO error does not name what it wraps as its source.
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(|error| error.get_ref());
    match wrapped {
        Some(wrapped) => is_tls(wrapped),
        None => error.source().is_some_and(is_tls),
    }
}
