//! What comes beside and after an answer: titles, telemetry, and the event that says the stream
//! is complete.

use std::time::Duration;

use serde_json::json;

use super::{Opening, Story};
use crate::timestamps;

/// How many characters of a prompt become a title.
const TITLE_CHARACTERS: usize = 32;

impl Story<'_> {
    /// Names the conversation, once.
    pub(crate) fn tell_title(&mut self) {
        if !self.titled {
            self.titled = true;
            let title = title_of(self.prompt());
            self.typed(json!({"type": "title_generation", "title": title}));
        }
    }

    pub(super) fn tell_closing(&mut self) {
        self.tell_title();
        self.typed(json!({
            "type": "server_ste_metadata",
            "metadata": {
                "fast_convo": true,
                "model_slug": self.served,
                "is_first_turn": self.opening == Opening::New,
                "did_auto_switch_to_reasoning": false,
                "is_autoswitcher_enabled": self.request.model == "auto",
                "request_id": self.id_of("request"),
                "turn_exchange_id": self.id_of("exchange"),
                "message_id": self.parent,
                "turn_use_case": self.use_case,
                "cluster_region": "simulator",
            },
        }));
        self.typed(json!({"type": "message_stream_complete"}));
        let now = Duration::try_from_secs_f64(self.request.now).unwrap_or_default();
        let mut detail = self.facts.limits.detail(now);
        for (name, value) in self.limits.as_object().into_iter().flatten() {
            detail[name] = value.clone();
        }
        self.typed(detail);
        if self.framing.second_title && self.opening == Opening::New {
            let title = format!("{} (simulated)", title_of(self.prompt()));
            self.typed(json!({"type": "title_generation", "title": title}));
        }
    }

    pub(crate) fn in_a_month(&self) -> String {
        let now = Duration::try_from_secs_f64(self.request.now).unwrap_or_default();
        timestamps::iso(now + Duration::from_hours(30 * 24))
    }
}

/// The title of a conversation that begins with `prompt`.
pub(crate) fn title_of(prompt: &str) -> String {
    let words = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(TITLE_CHARACTERS).collect();
    if short.is_empty() {
        "New chat".to_owned()
    } else {
        short
    }
}
