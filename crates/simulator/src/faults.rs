//! Every fault: its name, what happens, and at which point of a request it acts. A fault is asked
//! for by a request header, by a claim of the access token, or by `simulate:NAME` in the prompt.

pub(crate) mod frames;
pub(crate) mod http;
pub(crate) mod timeline;

use crate::prompt;

/// The header that asks for a fault.
pub(crate) const HEADER: &str = "x-simulator-fault";

/// A fault the simulator can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultInfo {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// The status it answers with, and what happens.
    pub summary: &'static str,
}

/// At which point a fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A reply instead of what was asked for.
    Http,
    /// No reply at all.
    Silence,
    /// A stream that goes wrong.
    Stream,
    /// The checks before a conversation.
    Sentinel,
    /// Only an account's first conversation call.
    Flaky,
}

const fn fault(name: &'static str, kind: Kind, summary: &'static str) -> (Kind, FaultInfo) {
    (kind, FaultInfo { name, summary })
}

const TABLE: [(Kind, FaultInfo); 62] = [
    fault(
        "bad-request",
        Kind::Http,
        "400: the request is refused as bad",
    ),
    fault(
        "flagged",
        Kind::Http,
        "400: the prompt is refused by moderation",
    ),
    fault(
        "invalid-jwt",
        Kind::Http,
        "401: the access token cannot be read",
    ),
    fault(
        "token-expired",
        Kind::Http,
        "401: the access token has expired",
    ),
    fault(
        "account-deactivated",
        Kind::Http,
        "401: the account is deactivated",
    ),
    fault(
        "deactivated-workspace",
        Kind::Http,
        "402: the workspace is deactivated",
    ),
    fault("cloudflare", Kind::Http, "403: a Cloudflare challenge page"),
    fault(
        "cloudflare-503",
        Kind::Http,
        "503: a Cloudflare challenge page",
    ),
    fault(
        "unusual-activity",
        Kind::Http,
        "403: unusual activity from this device",
    ),
    fault(
        "phone-verification",
        Kind::Http,
        "403: a phone number must be verified",
    ),
    fault("region", Kind::Http, "403: the region is not supported"),
    fault("forbidden", Kind::Http, "403: forbidden, without a reason"),
    fault(
        "conversation-not-found",
        Kind::Http,
        "404: no such conversation",
    ),
    fault("model-not-found", Kind::Http, "404: no such model"),
    fault("not-found", Kind::Http, "404: no such path"),
    fault(
        "method-not-allowed",
        Kind::Http,
        "405: the path has no such method",
    ),
    fault("too-long", Kind::Http, "413: the message is too long"),
    fault("unprocessable", Kind::Http, "422: a field is missing"),
    fault(
        "model-cap",
        Kind::Http,
        "429: the model's limit, clears in 252 seconds",
    ),
    fault(
        "one-at-a-time",
        Kind::Http,
        "429: only one message at a time",
    ),
    fault(
        "too-many-requests",
        Kind::Http,
        "429: too many requests in one hour",
    ),
    fault(
        "rate-limit",
        Kind::Http,
        "429: a rate limit, clears in an hour, with Retry-After",
    ),
    fault("rate-limit-html", Kind::Http, "429: an HTML page"),
    fault(
        "internal-error",
        Kind::Http,
        "500: an internal error as JSON",
    ),
    fault("bad-gateway", Kind::Http, "502: an HTML page"),
    fault(
        "overloaded",
        Kind::Http,
        "503: overloaded, with Retry-After",
    ),
    fault("cloudflare-520", Kind::Http, "520: a Cloudflare error page"),
    fault(
        "html-200",
        Kind::Http,
        "200: an HTML page instead of a stream",
    ),
    fault(
        "json-200",
        Kind::Http,
        "200: a web-socket hand-off as JSON instead of a stream",
    ),
    fault("redirect", Kind::Http, "302: to the sign-in page"),
    fault("stall", Kind::Silence, "no status: never answers"),
    fault(
        "reset",
        Kind::Silence,
        "no status: the connection is dropped before the headers",
    ),
    fault(
        "error-first",
        Kind::Stream,
        "200: the first event is an error",
    ),
    fault("error-mid", Kind::Stream, "200: an error after some text"),
    fault(
        "error-typed",
        Kind::Stream,
        "200: an event of type error after some text",
    ),
    fault("missing-done", Kind::Stream, "200: everything but [DONE]"),
    fault(
        "truncated",
        Kind::Stream,
        "200: ends cleanly in the middle of the text",
    ),
    fault(
        "drop",
        Kind::Stream,
        "200: the connection is dropped in the middle of the text",
    ),
    fault(
        "drop-mid",
        Kind::Stream,
        "200: the connection is dropped; the rest can be resumed",
    ),
    fault(
        "drop-410",
        Kind::Stream,
        "200: the connection is dropped; the answer is only in the conversation",
    ),
    fault(
        "cut-character",
        Kind::Stream,
        "200: ends inside a character",
    ),
    fault(
        "stuck",
        Kind::Stream,
        "200: the message is never finished, then [DONE]",
    ),
    fault(
        "stall-mid",
        Kind::Stream,
        "200: falls silent in the middle of the text",
    ),
    fault(
        "malformed",
        Kind::Stream,
        "200: one event of broken JSON among good ones",
    ),
    fault(
        "malformed-many",
        Kind::Stream,
        "200: ten events of broken JSON among good ones",
    ),
    fault(
        "unknown-event",
        Kind::Stream,
        "200: unknown events, operations and content",
    ),
    fault(
        "events-after-done",
        Kind::Stream,
        "200: events after [DONE]",
    ),
    fault("done-twice", Kind::Stream, "200: [DONE] comes twice"),
    fault("empty", Kind::Stream, "200: no answer, only [DONE]"),
    fault(
        "handoff",
        Kind::Stream,
        "200: the answer continues elsewhere, and can be resumed",
    ),
    fault(
        "handoff-poll",
        Kind::Stream,
        "200: the answer continues elsewhere, and is in the conversation later",
    ),
    fault(
        "handoff-gone",
        Kind::Stream,
        "200: the answer continues elsewhere, and is nowhere to be found",
    ),
    fault(
        "rewrite",
        Kind::Stream,
        "200: the text is replaced half-way",
    ),
    fault(
        "huge-line",
        Kind::Stream,
        "200: one event of 5 MB among the others",
    ),
    fault(
        "slow-first",
        Kind::Stream,
        "200: the first event comes after 300 ms",
    ),
    fault(
        "turnstile",
        Kind::Sentinel,
        "403: a Turnstile check is required",
    ),
    fault("arkose", Kind::Sentinel, "403: an Arkose check is required"),
    fault(
        "pow-hard",
        Kind::Sentinel,
        "403: the proof of work is too hard",
    ),
    fault("force-login", Kind::Sentinel, "403: a sign-in is required"),
    fault(
        "sentinel-cloudflare",
        Kind::Sentinel,
        "403: a Cloudflare page at the checks",
    ),
    fault(
        "flaky-once",
        Kind::Flaky,
        "500: an account's first call fails, the next works",
    ),
    fault(
        "expired-requirements-once",
        Kind::Flaky,
        "403: an account's first call finds its checks expired, the next works",
    ),
];

const INFOS: [FaultInfo; TABLE.len()] = {
    let mut infos = [TABLE[0].1; TABLE.len()];
    let mut index = 0;
    while index < infos.len() {
        infos[index] = TABLE[index].1;
        index += 1;
    }
    infos
};

/// All faults.
pub fn faults() -> &'static [FaultInfo] {
    &INFOS
}

/// The fault of that name.
pub(crate) fn find(name: &str) -> Option<(Kind, &'static str)> {
    TABLE
        .iter()
        .find(|(_, info)| info.name == name)
        .map(|(kind, info)| (*kind, info.name))
}

/// The fault a prompt asks for.
pub(crate) fn asked_for(prompt: &str) -> Option<(Kind, &'static str)> {
    prompt::asked(prompt).into_iter().find_map(find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_are_not_scripts() {
        for (index, info) in INFOS.iter().enumerate() {
            assert!(
                INFOS[..index].iter().all(|other| other.name != info.name),
                "{}",
                info.name
            );
            assert!(
                !crate::scripts::script_names().contains(&info.name),
                "{}",
                info.name
            );
        }
    }

    #[test]
    fn every_http_fault_has_its_reply_with_the_status_it_names() {
        for (kind, info) in TABLE {
            let reply = http::reply(info.name);
            assert_eq!(reply.is_some(), kind == Kind::Http, "{}", info.name);
            if let Some(reply) = reply {
                let named = info.summary.split(':').next().unwrap();
                assert_eq!(reply.status().as_str(), named, "{}", info.name);
            }
        }
    }
}
