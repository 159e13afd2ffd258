//! What upstream says is left of an account's limits.
//!
//! Read from `POST /backend-api/conversation/init` and from the stream event
//! `conversation_detail_metadata`, which have the same shape. Protocol: feature limits.

use serde::{Deserialize, Deserializer};

use crate::loose::{self, Loose, LooseList, LooseObject, LooseText};

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
struct Body<'a> {
    #[serde(borrow, default)]
    limits_progress: LooseList<LooseObject<Row<'a>>>,
    #[serde(borrow, default)]
    blocked_features: LooseList<LooseObject<Row<'a>>>,
    #[serde(borrow, default)]
    model_limits: LooseList<LooseObject<Row<'a>>>,
}

/// All keys that a row of any of the lists may have.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    feature_name: LooseText<'a>,
    #[serde(borrow, default)]
    name: LooseText<'a>,
    #[serde(default)]
    remaining: Count,
    #[serde(borrow, default)]
    model_slug: LooseText<'a>,
    #[serde(borrow, default)]
    slug: LooseText<'a>,
    #[serde(borrow, default)]
    using_default_model_slug: LooseText<'a>,
    #[serde(default)]
    reset_after: Moment,
    #[serde(default)]
    resets_after: Moment,
    #[serde(default)]
    resets_at: Moment,
}

/// A number, where less than nothing is nothing.
#[derive(Default)]
struct Count(Option<u64>);

/// An ISO time or Unix seconds, in Unix seconds.
#[derive(Default)]
struct Moment(Option<u64>);

impl Row<'_> {
    fn feature(&self, remaining: u64) -> Option<FeatureLimit> {
        let name = self.feature_name.as_deref().or(self.name.as_deref());
        Some(FeatureLimit {
            name: name?.to_owned(),
            remaining,
            resets_at: self.moment(),
        })
    }

    fn model(&self) -> Option<ModelLimit> {
        let slug = self.model_slug.as_deref().or(self.slug.as_deref());
        let instead = self.using_default_model_slug.as_deref();
        Some(ModelLimit {
            slug: slug?.to_owned(),
            instead: instead.map(str::to_owned),
            resets_at: self.moment(),
        })
    }

    /// When the limit clears.
    fn moment(&self) -> Option<u64> {
        let Moment(moment) = self.reset_after;
        moment.or(self.resets_after.0).or(self.resets_at.0)
    }
}

impl LimitsReport {
    /// Reads the object that carries limits; what it does not say is left out.
    pub fn read(json: &str) -> Self {
        let body: Body<'_> = serde_json::from_str(json).unwrap_or_default();
        let progress = body.limits_progress.objects();
        let progress = progress.filter_map(|row| row.feature(row.remaining.0?));
        let blocked = body.blocked_features.objects();
        let blocked = blocked.filter_map(|row| row.feature(0));
        Self {
            features: progress.chain(blocked).collect(),
            models: body.model_limits.objects().filter_map(Row::model).collect(),
            windows: Vec::new(),
        }
    }

    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty() && self.models.is_empty() && self.windows.is_empty()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and a cast saturates"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

impl Loose<'_> for Count {
    fn number(number: f64) -> Self {
        Self(Some(whole(number)))
    }
}

impl Loose<'_> for Moment {
    fn text(iso: &str) -> Self {
        let time = iso.parse::<jiff::Timestamp>().ok();
        Self(time.and_then(|time| u64::try_from(time.as_second()).ok()))
    }

    fn number(number: f64) -> Self {
        Self(Some(whole(number)))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        loose::read(deserializer)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        loose::read(deserializer)
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
