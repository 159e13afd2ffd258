//! What a managed key may do: models, drivers, accounts, budgets, how much at once.
//!
//! Written down as JSON. An empty list allows everything.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use upstream::DriverKind;

/// What a managed key may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeyPolicy {
    /// Models, by the names of requests; `*` at the end stands for any ending.
    pub models: Vec<String>,
    /// Drivers.
    pub drivers: Vec<String>,
    /// Accounts, by id or label.
    pub accounts: Vec<String>,
    /// The most requests at once.
    pub max_in_use: Option<u32>,
    /// Budgets.
    pub budgets: Vec<Budget>,
    /// Whether chats go on in upstream's conversation; nothing leaves it to the setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuity: Option<bool>,
}

/// How much may be used in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Which period, in UTC.
    pub period: Period,
    /// Requests in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Tokens in it, asked and answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

/// A stretch of time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
}

impl KeyPolicy {
    /// Whether a model may be asked for; a list without drivers' names allows a model on all.
    pub fn allows_model(&self, model: &str) -> bool {
        let plain = match model.split_once('/') {
            Some((driver, plain)) if DriverKind::of_name(driver).is_some() => plain,
            _ => model,
        };
        let matches = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => model.starts_with(start) || plain.starts_with(start),
            None => pattern == model || pattern == plain,
        };
        self.models.is_empty() || self.models.iter().any(matches)
    }

    /// Whether a driver may be used.
    pub fn allows_driver(&self, driver: &str) -> bool {
        self.drivers.is_empty() || self.drivers.iter().any(|it| it == driver)
    }

    /// Whether an account may be used.
    pub fn allows_account(&self, id: &str, label: &str) -> bool {
        let names = |it: &String| it == id || it == label;
        self.accounts.is_empty() || self.accounts.iter().any(names)
    }
}

impl Period {
    /// The word in records and the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// When the period that `now` lies in began, in unix seconds.
    pub fn start(self, now: i64) -> i64 {
        let today = date(now);
        let first = match self {
            Self::Day => today,
            Self::Week => today - i64::from(today.weekday().to_monday_zero_offset()).days(),
            Self::Month => today.first_of_month(),
        };
        seconds(first)
    }

    /// When the period that `now` lies in ends, in unix seconds.
    pub fn end(self, now: i64) -> i64 {
        let start = date(self.start(now));
        seconds(match self {
            Self::Day => start + 1.day(),
            Self::Week => start + 1.week(),
            Self::Month => start + 1.month(),
        })
    }
}

fn date(unix_seconds: i64) -> Date {
    let moment = Timestamp::from_second(unix_seconds).unwrap_or_default();
    moment.to_zoned(TimeZone::UTC).date()
}

fn seconds(date: Date) -> i64 {
    let midnight = date.to_zoned(TimeZone::UTC);
    midnight.map_or(0, |it| it.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::{KeyPolicy, Period};

    /// Wednesday, 25 November 2026, 12:00 UTC.
    const NOON: i64 = 1_795_608_000;
    const DAY: i64 = 86_400;

    #[test]
    fn periods_begin_at_midnight_on_monday_and_on_the_first_in_utc() {
        let midnight = NOON - DAY / 2;
        assert_eq!(Period::Day.start(NOON), midnight);
        assert_eq!(Period::Day.end(NOON), midnight + DAY);
        assert_eq!(Period::Week.start(NOON), midnight - 2 * DAY);
        assert_eq!(Period::Week.end(NOON), midnight + 5 * DAY);
        assert_eq!(Period::Month.start(NOON), midnight - 24 * DAY);
        assert_eq!(Period::Month.end(NOON), midnight + 6 * DAY);
        assert_eq!(Period::Day.start(midnight), midnight);
    }

    #[test]
    fn an_empty_list_allows_all_and_a_star_any_ending() {
        let mut policy = KeyPolicy::default();
        assert!(policy.allows_model("gpt-5") && policy.allows_account("id", "label"));
        policy.models = vec!["gpt-5*".into(), "o3".into()];
        policy.accounts = vec!["mine".into()];
        assert!(policy.allows_model("gpt-5-2") && policy.allows_model("o3"));
        assert!(!policy.allows_model("o3-mini") && !policy.allows_model("gpt-4o"));
        assert!(policy.allows_model("codex/gpt-5-2") && !policy.allows_model("codex/gpt-4o"));
        assert!(
            !policy.allows_model("other/o3"),
            "that is a model's own name"
        );
        assert!(policy.allows_account("id", "mine") && !policy.allows_account("id", "other"));
    }
}
