//! What comes before any answer: the resume token, hidden messages, and the request's own
//! messages sent back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Opening, Story};
use crate::ids;

impl Story<'_> {
    pub(super) fn tell_opening(&mut self) {
        let token = self.resume_token();
        self.typed(json!({"type": "resume_conversation_token", "kind": "topic", "token": token}));
        let hidden = self.framing.hidden_frames && self.opening != Opening::Variant;
        if hidden && self.opening == Opening::New {
            let system = self.hidden("system", &json!({"content_type": "text", "parts": [""]}));
            self.begin(system);
        }
        if self.opening != Opening::Variant {
            self.tell_request();
        }
        if hidden {
            let context = self.hidden(
                "assistant",
                &json!({
                    "content_type": "model_editable_context",
                    "model_set_context": "",
                    "repository": null,
                    "repo_summary": null,
                    "structured_context": null,
                }),
            );
            self.begin(context);
        }
    }

    /// The request's messages, each as its own, and the event that names the last one's parent.
    fn tell_request(&mut self) {
        let sent = if self.request.history.is_empty() {
            vec![self.user_message()]
        } else {
            self.request.history.clone()
        };
        for (index, message) in sent.iter().enumerate() {
            let message = self.echo(message);
            self.begin(message.clone());
            if index + 1 == sent.len() {
                self.typed(json!({"type": "input_message", "input_message": message}));
            }
        }
    }

    /// Looks like the token that resumes a stream; nothing accepts it.
    fn resume_token(&self) -> String {
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(&json!({"alg": "ES256", "typ": "JWT"}));
        let claims = part(&json!({
            "conduit_uuid": self.id_of("conduit"),
            "conduit_location": "10.0.0.1:8302",
            "cluster": "simulator",
            "iat": self.request.now,
            "exp": self.request.now + 7200.0,
        }));
        format!("{header}.{claims}.{}", ids::hex(&[&claims], 64))
    }
}
