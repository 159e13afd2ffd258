//! The body of an error answer, in all the shapes upstream has for it.
//!
//! Only reads; what an error means is decided in `upstream::failure`. Protocol: errors.

use serde_json::Value;

/// What an error body says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamError {
    /// Upstream's sentence.
    pub message: Option<String>,
    /// Upstream's word.
    pub code: Option<String>,
    /// Seconds until a limit clears.
    pub clears_in: Option<u64>,
}

impl UpstreamError {
    /// Reads `{"detail": …}` or `{"error": …}`; anything else says nothing.
    pub fn read(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        match value.get("detail").or_else(|| value.get("error")) {
            Some(Value::String(sentence)) => Self {
                message: Some(sentence.clone()),
                code: text(&value, "code"),
                ..Self::default()
            },
            Some(detail @ Value::Object(_)) => Self {
                message: text(detail, "message"),
                code: text(detail, "code").or_else(|| text(detail, "type")),
                clears_in: detail
                    .get("clears_in")
                    .or_else(|| detail.get("resets_in_seconds"))
                    .and_then(Value::as_f64)
                    .filter(|seconds| *seconds >= 0.0)
                    .map(whole_seconds),
            },
            Some(Value::Array(faults)) => Self {
                message: faults.first().map(validation_fault),
                ..Self::default()
            },
            _ => Self {
                message: text(&value, "message"),
                code: text(&value, "code"),
                ..Self::default()
            },
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and a cast saturates"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil() as u64
}

/// `{"loc": ["body", "messages", 0], "msg": "field required"}` as one sentence.
fn validation_fault(fault: &Value) -> String {
    let place: Vec<String> = fault
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|step| {
            step.as_str()
                .map_or_else(|| step.to_string(), str::to_owned)
        })
        .collect();
    let message = text(fault, "msg").unwrap_or_default();
    format!("{}: {message}", place.join("."))
}

#[cfg(test)]
mod tests {
    use super::UpstreamError;

    #[test]
    fn every_known_shape_is_read() {
        for (body, message, code, clears_in) in [
            (r#"{"detail":"Not Found"}"#, Some("Not Found"), None, None),
            (
                r#"{"detail":{"clears_in":252,"code":"model_cap_exceeded","message":"Too many."}}"#,
                Some("Too many."),
                Some("model_cap_exceeded"),
                Some(252),
            ),
            (
                r#"{"detail":{"message":"Bad","type":"invalid_request_error","param":null,"code":"invalid_jwt"}}"#,
                Some("Bad"),
                Some("invalid_jwt"),
                None,
            ),
            (
                r#"{"detail":[{"loc":["body","messages",0,"author"],"msg":"field required","type":"x"}]}"#,
                Some("body.messages.0.author: field required"),
                None,
                None,
            ),
            (
                r#"{"error":{"code":"token_expired"}}"#,
                None,
                Some("token_expired"),
                None,
            ),
            (
                r#"{"error":"access_denied"}"#,
                Some("access_denied"),
                None,
                None,
            ),
            ("<html>", None, None, None),
            ("[]", None, None, None),
        ] {
            let read = UpstreamError::read(body.as_bytes());
            assert_eq!(
                (
                    read.message.as_deref(),
                    read.code.as_deref(),
                    read.clears_in
                ),
                (message, code, clears_in),
                "{body}"
            );
        }
    }
}
