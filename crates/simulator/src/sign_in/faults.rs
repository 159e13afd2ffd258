//! What can go wrong with tokens: at their exchange, at every path that takes an access token, and
//! in what is said of an account. A request header or a claim of the token asks for it; a prompt
//! cannot. Every fault has a variant that happens only the first time.

use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::replies;
use crate::around::fault_header;
use crate::faults::{self, FaultInfo};
use crate::reply::Reply;
use crate::simulator::State;

/// Where a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At `POST /oauth/token`, instead of the exchange.
    Exchange,
    /// At `POST /oauth/token`, after the exchange: what was spent stays spent.
    Answer,
    /// At every path that takes an access token.
    Access,
    /// In what is said of the account.
    Account,
}

/// A fault and where it acts, and the same fault the first time only.
macro_rules! fault {
    ($place:ident, $name:literal, $summary:literal) => {
        Fault {
            place: Place::$place,
            always: FaultInfo {
                name: $name,
                summary: $summary,
            },
            once: FaultInfo {
                name: concat!($name, "-once"),
                summary: concat!($summary, "; the first time only"),
            },
        }
    };
}

struct Fault {
    place: Place,
    always: FaultInfo,
    once: FaultInfo,
}

const TABLE: [Fault; 18] = [
    fault!(
        Exchange,
        "invalid-grant",
        "403: the refresh token is not known"
    ),
    fault!(Exchange, "access-denied", "403: the refresh is denied"),
    fault!(
        Exchange,
        "refresh-expired",
        "401: the refresh token is too old"
    ),
    fault!(
        Exchange,
        "refresh-reused",
        "401: the refresh token has been spent"
    ),
    fault!(
        Exchange,
        "refresh-invalidated",
        "401: the refresh token has been revoked"
    ),
    fault!(Exchange, "refresh-500", "500: the refresh fails"),
    fault!(
        Exchange,
        "refresh-429",
        "429: too many refreshes, with Retry-After"
    ),
    fault!(
        Exchange,
        "refresh-html",
        "403: a page of Cloudflare that holds the words access_denied"
    ),
    fault!(Exchange, "refresh-not-json", "200: half of a JSON object"),
    fault!(
        Exchange,
        "refresh-without-token",
        "200: JSON without an access token"
    ),
    fault!(
        Answer,
        "refresh-hang",
        "no status: the refresh token is spent, and no answer comes"
    ),
    fault!(
        Answer,
        "refresh-cut",
        "no status: the refresh token is spent, and the connection is dropped"
    ),
    fault!(
        Answer,
        "refresh-slow",
        "200: the refresh token is spent, and the answer takes a while"
    ),
    fault!(
        Access,
        "access-expired",
        "401: the access token has expired, at every path"
    ),
    fault!(
        Access,
        "access-invalidated",
        "401: the access token is revoked, at every path"
    ),
    fault!(
        Access,
        "access-deactivated",
        "401: the account is deactivated, at every path"
    ),
    fault!(
        Access,
        "access-workspace-gone",
        "402: the workspace is deactivated, at every path"
    ),
    fault!(
        Account,
        "deactivated",
        "200: the account is described as deactivated"
    ),
];

const INFOS: [FaultInfo; 2 * TABLE.len()] = {
    let mut infos = [TABLE[0].always; 2 * TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        infos[2 * index] = TABLE[index].always;
        infos[2 * index + 1] = TABLE[index].once;
        index += 1;
    }
    infos
};

/// All faults of tokens.
pub fn sign_in_faults() -> &'static [FaultInfo] {
    &INFOS
}

/// The faults that happen every time.
pub(crate) fn always() -> Vec<FaultInfo> {
    TABLE.iter().map(|fault| fault.always).collect()
}

/// Whether there is a fault of that name.
pub(crate) fn exists(name: &str) -> bool {
    INFOS.iter().any(|fault| fault.name == name)
}

/// The fault that acts at a place, by its name without `-once`. `id` is what has its first time:
/// an account, or a family of refresh tokens.
pub(crate) fn acting(
    state: &State,
    place: Place,
    id: &str,
    headers: &HeaderMap,
    carried: Option<&str>,
) -> Option<&'static str> {
    let asked = [fault_header(headers), carried];
    let (fault, name) = asked.into_iter().flatten().find_map(|name| {
        let here = TABLE.iter().filter(|fault| fault.place == place);
        let mut named = here.filter(|fault| [fault.always.name, fault.once.name].contains(&name));
        Some((named.next()?, name))
    })?;
    if name == fault.once.name && !state.fails_now(id, fault.once.name) {
        return None;
    }
    Some(fault.always.name)
}

/// The refusal of an access token that a fault asks for.
pub(crate) fn refuse_access(
    state: &State,
    id: &str,
    headers: &HeaderMap,
    carried: Option<&str>,
) -> Result<(), Reply> {
    let Some(name) = acting(state, Place::Access, id, headers, carried) else {
        return Ok(());
    };
    Err(match name {
        "access-expired" => faults::http::token_expired(),
        "access-invalidated" => faults::http::token_invalidated(),
        "access-deactivated" => faults::http::account_deactivated(),
        _ => faults::http::deactivated_workspace(),
    })
}

/// What a fault answers instead of an exchange.
pub(super) fn instead_of_exchange(name: &str) -> Reply {
    match name {
        "invalid-grant" => replies::unknown_refresh_token(),
        "access-denied" => replies::refusal(
            StatusCode::FORBIDDEN,
            "access_denied",
            "The user may not sign in.",
        ),
        "refresh-expired" => replies::refresh_token_expired(),
        "refresh-reused" => replies::refresh_token_reused(),
        "refresh-invalidated" => replies::refresh_token_invalidated(),
        "refresh-429" => replies::coded(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            "Too many requests. Please try again later.",
        )
        .with("retry-after", "30"),
        "refresh-html" => blocked(),
        "refresh-not-json" => Reply::broken_json(StatusCode::OK, r#"{"access_token":"eyJ"#),
        "refresh-without-token" => Reply::ok(&json!({"token_type": "Bearer"})),
        _ => replies::coded(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "The server had an error while processing your request.",
        ),
    }
}

/// A page that says a word which, in JSON, would mean that the token is no longer good.
fn blocked() -> Reply {
    Reply::html(
        StatusCode::FORBIDDEN,
        "<!DOCTYPE html><html lang=\"en-US\"><head><title>Just a moment...</title></head><body>\
         <h1>Sorry, you have been blocked</h1><p>Error 1020: access_denied</p><script>\
         (function(){window._cf_chl_opt={cvId:'3',cZone:'auth.openai.com',cType:'managed'};}());\
         </script></body></html>",
    )
    .with("cf-mitigated", "challenge")
    .with("server", "cloudflare")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_no_other_fault() {
        for (index, info) in INFOS.iter().enumerate() {
            let earlier = &INFOS[..index];
            assert!(earlier.iter().all(|other| other.name != info.name));
            assert!(faults::find(info.name).is_none(), "{}", info.name);
        }
    }

    #[test]
    fn every_fault_instead_of_an_exchange_has_the_status_it_names() {
        for fault in TABLE.iter().filter(|fault| fault.place == Place::Exchange) {
            let named = fault.always.summary.split(':').next().unwrap();
            let reply = instead_of_exchange(fault.always.name);
            assert_eq!(reply.status().as_str(), named, "{}", fault.always.name);
        }
    }
}
