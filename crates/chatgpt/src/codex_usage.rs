//! What is used of an account's Codex limits, as `GET /backend-api/wham/usage` reports it.
//!
//! Read by `upstream`'s codex driver. Protocol: codex models and usage.

use serde_json::Value;

use crate::codex_limits::windows_in;
use crate::limits::QuotaWindow;

/// The report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodexUsage {
    /// The plan, as upstream names it.
    pub plan: Option<String>,
    /// Whether upstream would take a request now; none where it does not say.
    pub is_allowed: Option<bool>,
    /// The spans of time that limits are counted in.
    pub windows: Vec<QuotaWindow>,
    /// Whether the account has credits beside its limits.
    pub has_credits: bool,
    /// How many, in upstream's words.
    pub credits: Option<String>,
}

impl CodexUsage {
    /// Reads the report; `now` is in Unix seconds.
    pub fn read(answer: &Value, now: u64) -> Self {
        let limits = &answer["rate_limit"];
        let mut windows = windows_in(limits, "codex", now);
        let review = &answer["code_review_rate_limit"];
        windows.extend(windows_in(review, "code-review", now));
        let others = answer["additional_rate_limits"].as_array();
        for other in others.into_iter().flatten() {
            let name = ["metered_feature", "limit_name"];
            let name = name.iter().find_map(|name| other[name].as_str());
            let limit = other.get("rate_limit").unwrap_or(other);
            windows.extend(windows_in(limit, name.unwrap_or("other"), now));
        }
        let credits = &answer["credits"];
        let balance = match &credits["balance"] {
            Value::String(balance) => Some(balance.clone()),
            Value::Number(balance) => Some(balance.to_string()),
            _ => None,
        };
        Self {
            plan: answer["plan_type"].as_str().map(str::to_owned),
            is_allowed: limits["allowed"].as_bool(),
            windows,
            has_credits: [&credits["has_credits"], &credits["unlimited"]]
                .iter()
                .any(|it| it.as_bool() == Some(true)),
            credits: balance,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::CodexUsage;

    #[test]
    fn the_report_is_read_and_what_is_missing_is_absent() {
        let usage = CodexUsage::read(
            &json!({"plan_type": "plus", "email": "a@example.com",
                "rate_limit": {"allowed": true, "limit_reached": false,
                    "primary_window": {"used_percent": 42, "limit_window_seconds": 18000,
                                       "reset_after_seconds": 120},
                    "secondary_window": {"used_percent": 7, "limit_window_seconds": 604_800,
                                         "reset_at": 1_765_040_000_u64}},
                "code_review_rate_limit": null,
                "additional_rate_limits": [{"limit_name": "Spark", "metered_feature": "spark",
                    "rate_limit": {"primary_window": {"used_percent": 1}}}],
                "credits": {"has_credits": false, "unlimited": false, "balance": "0"}}),
            1000,
        );
        assert_eq!(usage.plan.as_deref(), Some("plus"));
        assert_eq!(usage.is_allowed, Some(true));
        let windows: Vec<_> = usage
            .windows
            .iter()
            .map(|it| (&*it.name, it.used_percent, it.minutes, it.resets_at))
            .collect();
        assert_eq!(
            windows,
            [
                ("primary", 42, Some(300), Some(1120)),
                ("secondary", 7, Some(10_080), Some(1_765_040_000)),
                ("spark-primary", 1, None, None),
            ]
        );
        assert_eq!(
            (usage.has_credits, usage.credits.as_deref()),
            (false, Some("0"))
        );
        assert_eq!(CodexUsage::read(&json!(null), 0), CodexUsage::default());
    }
}
