//! A reply that is handed back piece by piece, and what of it is noted for budgets.

use std::pin::Pin;
use std::task::{Context, Poll};

use accounts::Lease;
use bytes::Bytes;
use futures_util::Stream;
use http::StatusCode;
use openai::usage::Usage;
use serde_json::{Deserializer, Value};
use transcode::turn_event::TurnEvent;
use upstream::{Failure, PassedBody};
use web::{ApiError, ErrorClass};

use crate::metering::Meter;

/// Usage stands at the end of a reply, or the reply is short.
const TAIL_BYTES: usize = 64 << 10;

/// The body of a reply. Dropping it cancels the request upstream and gives the lease back.
pub(super) struct Passing {
    body: PassedBody,
    status: StatusCode,
    tail: Vec<u8>,
    meter: Meter,
    _lease: Lease,
}

impl Passing {
    pub(super) fn new(body: PassedBody, status: StatusCode, lease: Lease, meter: Meter) -> Self {
        Self {
            body,
            status,
            tail: Vec::new(),
            meter,
            _lease: lease,
        }
    }

    fn see(&mut self, piece: &[u8]) {
        self.tail.extend_from_slice(piece);
        // Moved only now and then, so that every byte is moved at most twice.
        if self.tail.len() > 2 * TAIL_BYTES {
            self.tail.drain(..self.tail.len() - TAIL_BYTES);
        }
    }

    fn end(&mut self) {
        if let Some(usage) = stated(&self.tail) {
            self.meter.see(&TurnEvent::Usage(usage));
        }
        if self.status.is_success() {
            return self.meter.ended_well();
        }
        self.meter.failed(&ApiError::new(
            self.status,
            ErrorClass::InvalidRequest,
            "upstream_rejected",
            "the server did not accept the request",
        ));
    }
}

impl Stream for Passing {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(Pin::new(&mut self.body).poll_next(cx));
        match &next {
            Some(Ok(piece)) => self.see(piece),
            Some(Err(failure)) => {
                tracing::warn!(failure.kind = ?failure.kind, "a reply broke after it had begun");
                let error = ApiError::from(failure.clone());
                self.meter.failed(&error);
            }
            None => self.end(),
        }
        Poll::Ready(next)
    }
}

/// The last usage that is stated, in a whole reply or in events.
fn stated(tail: &[u8]) -> Option<Usage> {
    const NAME: &[u8] = b"\"usage\"";
    let mut end = tail.len();
    while let Some(at) = tail[..end].windows(NAME.len()).rposition(|it| it == NAME) {
        let after = tail[at + NAME.len()..].trim_ascii_start();
        let value = after.strip_prefix(b":").and_then(|after| {
            let mut values = Deserializer::from_slice(after).into_iter::<Value>();
            values.next()?.ok()
        });
        if let Some(usage) = value.as_ref().and_then(usage) {
            return Some(usage);
        }
        end = at;
    }
    None
}

fn usage(value: &Value) -> Option<Usage> {
    let count = |name: &str| value[name].as_u64();
    let total = count("total_tokens").or_else(|| count("prompt_tokens"))?;
    let completion = count("completion_tokens").unwrap_or_default();
    Some(Usage {
        prompt_tokens: count("prompt_tokens").unwrap_or(total.saturating_sub(completion)),
        completion_tokens: completion,
        total_tokens: total,
        ..Usage::default()
    })
}

#[cfg(test)]
mod tests {
    use super::stated;

    #[test]
    fn usage_is_found_where_it_is_stated_last() {
        for (reply, expected) in [
            (
                r#"{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}"#,
                Some((3, 0)),
            ),
            (
                "data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}\n\n\
                 data: {\"usage\": null}\n\ndata: [DONE]\n\n",
                Some((1, 2)),
            ),
            (
                r#"{"usage": {"total_tokens": 9}, "results": []}"#,
                Some((9, 0)),
            ),
            (r#"{"text":"say \"usage\": {\"total_tokens\":1}"}"#, None),
            (r#"{"usage":"#, None),
            ("", None),
        ] {
            let found = stated(reply.as_bytes());
            let found = found.map(|it| (it.prompt_tokens, it.completion_tokens));
            assert_eq!(found, expected, "{reply}");
        }
    }
}
