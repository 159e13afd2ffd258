//! What an account has used up: models and features, each until a time its token names. Says so in
//! the forms upstream has for it; whoever refuses a request asks here first.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::codex;
use crate::platform;
use crate::timestamps;

/// The features that upstream counts, and how many uses are left where none is used up.
const FEATURES: [(&str, u64); 5] = [
    ("deep_research", 25),
    ("odyssey", 40),
    ("image_gen", 50),
    ("file_upload", 80),
    ("dictation", 100),
];

/// How far away the next reset is where nothing is used up.
const MONTH: Duration = Duration::from_hours(30 * 24);

/// The names of what is used up, each with the second since 1970 at which that ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits(Vec<(String, u64)>);

impl Limits {
    /// Limits that end so many seconds after `now`, which is in seconds since 1970.
    pub(crate) fn from_now(limits: &[(String, u64)], now: u64) -> Self {
        let ends = |(name, seconds): &(String, u64)| (name.clone(), now.saturating_add(*seconds));
        Self(limits.iter().map(ends).collect())
    }

    /// As a claim of a token.
    pub(crate) fn claim(&self) -> Value {
        let members: Map<String, Value> = self
            .0
            .iter()
            .map(|(name, end)| (name.clone(), json!(end)))
            .collect();
        Value::Object(members)
    }

    /// The limits of a claim that are still in force at `now`, in seconds since 1970.
    pub(crate) fn read(claim: &Value, now: u64) -> Self {
        let members = claim.as_object().into_iter().flatten();
        let limits = members.filter_map(|(name, end)| Some((name.clone(), end.as_u64()?)));
        Self(limits.filter(|(_, end)| *end > now).collect())
    }

    /// When a model or feature may be used again, in seconds since 1970, if it is used up.
    pub(crate) fn end_of(&self, name: &str) -> Option<u64> {
        let limit = self.0.iter().find(|(limited, _)| limited == name);
        limit.map(|(_, end)| *end)
    }

    /// What an account may use, as `init` and the end of every stream say it.
    pub(crate) fn detail(&self, now: Duration) -> Value {
        json!({
            "type": "conversation_detail_metadata",
            "banner_info": null,
            "blocked_features": self.blocked_features(),
            "model_limits": self.model_limits(),
            "limits_progress": self.progress(now),
            "default_model_slug": "auto",
        })
    }

    /// How much is left of each feature.
    fn progress(&self, now: Duration) -> Value {
        let row = |(name, remaining): (&str, u64)| {
            let end = self.end_of(name);
            let resets = end.map_or(now + MONTH, Duration::from_secs);
            json!({
                "feature_name": name,
                "remaining": if end.is_some() { 0 } else { remaining },
                "reset_after": timestamps::iso(resets),
            })
        };
        Value::Array(FEATURES.into_iter().map(row).collect())
    }

    /// The features that are used up.
    fn blocked_features(&self) -> Value {
        let rows = self.0.iter().filter(|(name, _)| is_feature(name));
        let row = |(name, end): &(String, u64)| {
            json!({
                "name": name,
                "resets_after": timestamps::iso(Duration::from_secs(*end)),
                "resets_after_text": "later",
                "limit": 0.0,
                "description": format!("You've hit your limit for {name}. (simulated)"),
                "title": null,
                "block_reason": null,
                "call_to_action": [],
                "icon_image_url": null,
            })
        };
        Value::Array(rows.map(row).collect())
    }

    /// The models that are used up, and which answers in their place.
    fn model_limits(&self) -> Value {
        let rows = self
            .0
            .iter()
            .filter(|(name, _)| !is_feature(name) && !is_of_other_server(name));
        let row = |(name, end): &(String, u64)| {
            json!({
                "model_slug": name,
                "resets_after": timestamps::iso(Duration::from_secs(*end)),
                "using_default_model_slug": "gpt-5-mini",
            })
        };
        Value::Array(rows.map(row).collect())
    }
}

/// Whether a limit is none of ChatGPT itself.
fn is_of_other_server(name: &str) -> bool {
    name == codex::limits::NAME || platform::is_limit(name)
}

fn is_feature(name: &str) -> bool {
    FEATURES.iter().any(|(feature, _)| *feature == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let spec = [("gpt-5-2".to_owned(), 10), ("image_gen".to_owned(), 20)];
        Limits::from_now(&spec, 100)
    }

    #[test]
    fn limits_survive_the_token_until_they_end() {
        let claim = limits().claim();
        assert_eq!(Limits::read(&claim, 100), limits());
        let later = Limits::read(&claim, 110);
        assert_eq!(later.end_of("gpt-5-2"), None);
        assert_eq!(later.end_of("image_gen"), Some(120));
        assert_eq!(Limits::read(&Value::Null, 0), Limits::default());
    }

    #[test]
    fn a_feature_that_is_used_up_is_counted_and_blocked() {
        let progress = limits().progress(Duration::from_secs(100));
        let images = &progress[2];
        assert_eq!(images["feature_name"], "image_gen");
        assert_eq!(images["remaining"], 0);
        assert_eq!(images["reset_after"], "1970-01-01T00:02:00.000Z");
        assert_eq!(progress[0]["remaining"], 25);
        assert_eq!(limits().blocked_features()[0]["name"], "image_gen");
        assert_eq!(limits().blocked_features().as_array().unwrap().len(), 1);
        assert_eq!(limits().model_limits()[0]["model_slug"], "gpt-5-2");
    }
}
