//! What can go wrong at the Codex backend and the platform beside the faults of all routes: replies
//! in place of an answer, and streams that fail. A request header, a claim of the token or key, or
//! `simulate:NAME` in the prompt asks for one; each has a variant that happens the first time only.

mod bend;
mod replies;

use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use crate::around::fault_header;
use crate::conversation;
use crate::faults::{self, FaultInfo, Kind};
use crate::simulator::State;
use crate::tokens::Caller;

use super::phrases;

pub(crate) use bend::bend;
pub(crate) use replies::{unknown_key, usage_limit};

/// How a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A reply instead of an answer.
    Reply,
    /// A stream that goes wrong.
    Stream,
}

struct Fault {
    act: Act,
    always: FaultInfo,
    once: FaultInfo,
}

/// A fault, and the same fault the first time only.
macro_rules! fault {
    ($act:ident, $name:literal, $summary:literal) => {
        Fault {
            act: Act::$act,
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

const TABLE: [Fault; 29] = [
    fault!(
        Reply,
        "usage-limit",
        "429: the plan's limit is reached, resets in 13371 seconds"
    ),
    fault!(
        Reply,
        "usage-limit-404",
        "404: the same, with another status"
    ),
    fault!(Reply, "usage-not-included", "429: the plan has no Codex"),
    fault!(
        Reply,
        "rate-limit-exceeded",
        "429: too many requests, with Retry-After"
    ),
    fault!(
        Reply,
        "insufficient-quota",
        "429: nothing is left to pay with"
    ),
    fault!(
        Reply,
        "error-token-invalidated",
        "401: the token is revoked, said under `error`"
    ),
    fault!(
        Reply,
        "error-token-expired",
        "401: the token has expired, said under `error`"
    ),
    fault!(
        Reply,
        "error-deactivated",
        "401: the account is deactivated, said under `error`"
    ),
    fault!(Reply, "invalid-key", "401: the API key is not known"),
    fault!(Reply, "server-overloaded", "503: server_is_overloaded"),
    fault!(Reply, "slow-down", "503: slow_down, with Retry-After"),
    fault!(
        Reply,
        "server-error",
        "500: server_error, said under `error`"
    ),
    fault!(Reply, "at-capacity", "400: the model is at capacity"),
    fault!(
        Reply,
        "model-unsupported",
        "400: the model is not for this plan"
    ),
    fault!(
        Stream,
        "overloaded-early",
        "200: fails as overloaded before the first text"
    ),
    fault!(
        Stream,
        "overloaded-mid",
        "200: fails as overloaded after some text"
    ),
    fault!(
        Stream,
        "failed-rate-limit",
        "200: fails with rate_limit_exceeded before the first text"
    ),
    fault!(
        Stream,
        "failed-quota",
        "200: fails with insufficient_quota before the first text"
    ),
    fault!(
        Stream,
        "context-length",
        "200: fails with context_length_exceeded before the first text"
    ),
    fault!(
        Stream,
        "failed-policy",
        "200: fails with cyber_policy before the first text"
    ),
    fault!(
        Stream,
        "failed-mid",
        "200: fails with server_error after some text"
    ),
    fault!(
        Stream,
        "error-event",
        "200: an event of type error after some text"
    ),
    fault!(
        Stream,
        "error-event-first",
        "200: an event of type error, and nothing else"
    ),
    fault!(
        Stream,
        "cut-early",
        "200: the connection is dropped before the first text"
    ),
    fault!(
        Stream,
        "end-early",
        "200: ends cleanly before the first text"
    ),
    fault!(
        Stream,
        "stall-early",
        "200: falls silent before the first text"
    ),
    fault!(
        Stream,
        "keepalive",
        "200: keepalive events, or chunks without a choice, between the others"
    ),
    fault!(
        Stream,
        "odd-splits",
        "200: lines end in CR LF and writes of 7 bytes end anywhere"
    ),
    fault!(
        Stream,
        "rate-limits-event",
        "200: codex.rate_limits and other events of Codex's own"
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

/// All faults of the Codex backend and the platform.
pub fn response_faults() -> &'static [FaultInfo] {
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

/// What a request runs into: a reply, or the name of what is to happen to the stream.
pub(crate) enum Outcome {
    Answer(&'static str),
    Reply(Response),
}

/// What a request runs into.
pub(crate) async fn outcome(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    prompt: &str,
) -> Outcome {
    let in_header = fault_header(headers);
    let brought = in_header.into_iter().chain(caller.fault.as_deref());
    let in_prompt = phrases::all(prompt).into_iter().map(|phrase| phrase.name);
    for name in brought.chain(in_prompt) {
        if let Some((act, name)) = acting(state, caller, name) {
            return match act {
                Act::Stream => Outcome::Answer(name),
                Act::Reply => Outcome::Reply(replies::reply(name, state.now()).into_response()),
            };
        }
        match faults::find(name) {
            Some((kind @ (Kind::Http | Kind::Silence), name)) => {
                return Outcome::Reply(conversation::fail(state, kind, name).await);
            }
            Some((Kind::Stream, name)) => return Outcome::Answer(name),
            Some((Kind::Flaky, name)) if state.fails_now(&caller.account.id, name) => {
                return Outcome::Reply(replies::reply("server-error", state.now()).into_response());
            }
            _ => {}
        }
    }
    Outcome::Answer("")
}

/// The fault of that name, unless its only time is over.
fn acting(state: &State, caller: &Caller, name: &str) -> Option<(Act, &'static str)> {
    let named = |fault: &&Fault| [fault.always.name, fault.once.name].contains(&name);
    let fault = TABLE.iter().find(named)?;
    if name == fault.once.name && !state.fails_now(&caller.account.id, fault.once.name) {
        return None;
    }
    Some((fault.act, fault.always.name))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn names_are_those_of_no_other_fault_and_no_script() {
        for (index, info) in INFOS.iter().enumerate() {
            let earlier = &INFOS[..index];
            assert!(earlier.iter().all(|other| other.name != info.name));
            assert!(faults::find(info.name).is_none(), "{}", info.name);
            assert!(!crate::sign_in::faults::exists(info.name), "{}", info.name);
            let scripts = super::super::response_script_names();
            assert!(!scripts.contains(&info.name), "{}", info.name);
        }
    }

    #[test]
    fn every_reply_has_the_status_it_names() {
        for fault in TABLE.iter().filter(|fault| fault.act == Act::Reply) {
            let reply = replies::reply(fault.always.name, UNIX_EPOCH);
            let named = fault.always.summary.split(':').next().unwrap();
            assert_eq!(reply.status().as_str(), named, "{}", fault.always.name);
        }
    }
}
