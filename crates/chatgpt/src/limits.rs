//! What upstream says is left of an account's limits.
//!
//! Read from `POST /backend-api/conversation/init` and from the stream event
//! `conversation_detail_metadata`, which have the same shape. Protocol: feature limits.

use serde::Deserialize;
use serde_json::Value;

/// What upstream said about limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitsReport {
    /// Features with what is left of them.
    pub features: Vec<FeatureLimit>,
    /// Models that are used up.
    pub models: Vec<ModelLimit>,
    /// Spans of time in which so much of the account may be used.
    pub windows: Vec<QuotaWindow>,
}

/// A span of time, and how much of what it allows is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaWindow {
    /// Upstream's word for it: `primary`, `secondary`.
    pub name: String,
    /// 0 to 100, rounded up.
    pub used_percent: u8,
    /// How long it is.
    pub minutes: Option<u64>,
    /// Unix seconds, where stated.
    pub resets_at: Option<u64>,
}

/// What is left of one feature, such as `image_gen` or `file_upload`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureLimit {
    /// Upstream's word for it.
    pub name: String,
    /// Uses left; 0 for a blocked feature.
    pub remaining: u64,
    /// Unix seconds, where stated.
    pub resets_at: Option<u64>,
}

/// A model that is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLimit {
    /// Its slug.
    pub slug: String,
    /// The slug that answers instead, where stated.
    pub instead: Option<String>,
    /// Unix seconds, where stated.
    pub resets_at: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    limits_progress: Value,
    #[serde(default)]
    blocked_features: Value,
    #[serde(default)]
    model_limits: Value,
}

impl LimitsReport {
    /// Reads the object that carries limits; what it does not say is left out.
    pub fn read(json: &str) -> Self {
        let body: Body = serde_json::from_str(json).unwrap_or_default();
        let progress = rows(&body.limits_progress).filter_map(|row| {
            Some(FeatureLimit {
                name: text(row, &["feature_name", "name"])?,
                remaining: count(row.get("remaining")?)?,
                resets_at: moment(row),
            })
        });
        let blocked = rows(&body.blocked_features).filter_map(|row| {
            Some(FeatureLimit {
                name: text(row, &["name", "feature_name"])?,
                remaining: 0,
                resets_at: moment(row),
            })
        });
        let models = rows(&body.model_limits).filter_map(|row| {
            Some(ModelLimit {
                slug: text(row, &["model_slug", "slug"])?,
                instead: text(row, &["using_default_model_slug"]),
                resets_at: moment(row),
            })
        });
        Self {
            features: progress.chain(blocked).collect(),
            models: models.collect(),
            windows: Vec::new(),
        }
    }

    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty() && self.models.is_empty() && self.windows.is_empty()
    }
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(row: &Value, keys: &[&str]) -> Option<String> {
    let mut found = keys.iter().filter_map(|key| row.get(key)?.as_str());
    found.next().map(str::to_owned)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and a cast saturates"
)]
fn count(value: &Value) -> Option<u64> {
    let whole = value.as_u64();
    whole.or_else(|| value.as_f64().map(|number| number.max(0.0) as u64))
}

/// When a row's limit clears: an ISO time or Unix seconds.
fn moment(row: &Value) -> Option<u64> {
    let value = ["reset_after", "resets_after", "resets_at"]
        .iter()
        .find_map(|key| row.get(key))?;
    match value {
        Value::String(iso) => {
            let time: jiff::Timestamp = iso.parse().ok()?;
            u64::try_from(time.as_second()).ok()
        }
        value => count(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{FeatureLimit, LimitsReport, ModelLimit};

    #[test]
    fn progress_blocked_features_and_models_are_read_and_the_rest_is_left_out() {
        let report = LimitsReport::read(
            r#"{"blocked_features":[{"name":"image_gen","resets_after":"2026-06-06T01:48:37.055919+00:00","limit":0.0}],
                "model_limits":[{"model_slug":"gpt-5","resets_after":"2026-06-06T01:48:37Z","using_default_model_slug":"gpt-5-mini"}, 7],
                "limits_progress":[{"feature_name":"deep_research","remaining":250,"reset_after":"what"}, {"remaining":1}]}"#,
        );
        let feature = |name: &str, remaining, resets_at| FeatureLimit {
            name: name.into(),
            remaining,
            resets_at,
        };
        assert_eq!(
            report.features,
            [
                feature("deep_research", 250, None),
                feature("image_gen", 0, Some(1_780_710_517)),
            ]
        );
        assert_eq!(
            report.models,
            [ModelLimit {
                slug: "gpt-5".into(),
                instead: Some("gpt-5-mini".into()),
                resets_at: Some(1_780_710_517),
            }]
        );
        assert!(LimitsReport::read("{\"limits_progress\":null}").is_empty());
        assert!(LimitsReport::read("[").is_empty());
    }
}
