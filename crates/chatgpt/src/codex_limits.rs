//! What the Codex backend says is used of an account's limits: in the headers of every answer,
//! and in events.
//!
//! No clock: what is stated as "in so many seconds" is counted from `now`, in Unix seconds.
//! Protocol: codex limits.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::limits::QuotaWindow;

/// The limit that all models share; the others are named.
const SHARED: &str = "codex";

/// The spans of time that a limit has.
const SPANS: [&str; 2] = ["primary", "secondary"];

#[derive(Default)]
struct Said<'a> {
    used_percent: Option<&'a str>,
    minutes: Option<u64>,
    resets_at: Option<u64>,
    resets_in: Option<u64>,
}

/// Reads the headers of an answer, whose names are in lower case:
/// `x-codex-primary-used-percent` and the like, also of limits with other names.
pub fn windows_in_headers<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    now: u64,
) -> Vec<QuotaWindow> {
    let mut all: BTreeMap<(bool, &str, &str), Said<'_>> = BTreeMap::new();
    for (name, value) in headers {
        let Some((limit, span, fact)) = parse_name(name) else {
            continue;
        };
        let said = all.entry((limit != SHARED, limit, span)).or_default();
        let number = number(value);
        match fact {
            "used-percent" => said.used_percent = Some(value),
            "window-minutes" => said.minutes = number,
            "reset-at" => said.resets_at = number,
            "reset-after-seconds" => said.resets_in = number,
            _ => {}
        }
    }
    let windows = all.into_iter().filter_map(|((_, limit, span), said)| {
        Some(QuotaWindow {
            name: window_name(limit, span),
            used_percent: percent(said.used_percent?.trim().parse().ok()?),
            minutes: said.minutes,
            resets_at: resets_at(said.resets_at, said.resets_in, now),
        })
    });
    windows.collect()
}

/// Reads an object with `primary` and `secondary`, as events and the report on usage have it.
pub fn windows_in(limits: &Value, limit: &str, now: u64) -> Vec<QuotaWindow> {
    let windows = SPANS.iter().filter_map(|span| {
        let row = [*span, &format!("{span}_window")]
            .iter()
            .find_map(|name| limits.get(name).filter(|row| row.is_object()))?;
        let whole = |name: &str| row[name].as_f64().map(saturated);
        let seconds = whole("limit_window_seconds").map(|seconds| seconds / 60);
        let resets_in = whole("reset_after_seconds").or_else(|| whole("resets_in_seconds"));
        Some(QuotaWindow {
            name: window_name(limit, span),
            used_percent: percent(row["used_percent"].as_f64()?),
            minutes: whole("window_minutes").or(seconds),
            resets_at: resets_at(
                whole("reset_at").or_else(|| whole("resets_at")),
                resets_in,
                now,
            ),
        })
    });
    windows.collect()
}

/// Reads the event `codex.rate_limits`.
pub fn windows_in_event(event: &Value, now: u64) -> Vec<QuotaWindow> {
    let limit = event["metered_limit_name"].as_str().unwrap_or(SHARED);
    windows_in(&event["rate_limits"], limit, now)
}

/// In how many seconds the last of the windows that are used up begins anew.
pub fn clears_in(windows: &[QuotaWindow], now: u64) -> Option<u64> {
    let full = windows.iter().filter(|window| window.used_percent >= 100);
    let last = full.filter_map(|window| window.resets_at).max()?;
    (last > now).then(|| last - now)
}

/// `x-codex-primary-used-percent`: the limit, the span and the fact.
fn parse_name(name: &str) -> Option<(&str, &str, &str)> {
    let rest = name.strip_prefix("x-")?;
    for span in SPANS {
        for (at, _) in rest.match_indices(span) {
            let limit = rest[..at].strip_suffix('-');
            let fact = rest[at + span.len()..].strip_prefix('-');
            if let (Some(limit), Some(fact)) = (limit, fact) {
                return Some((limit, span, fact));
            }
        }
    }
    None
}

fn window_name(limit: &str, span: &str) -> String {
    if limit == SHARED {
        span.to_owned()
    } else {
        format!("{limit}-{span}")
    }
}

fn resets_at(at: Option<u64>, within: Option<u64>, now: u64) -> Option<u64> {
    at.or_else(|| within.map(|seconds| now.saturating_add(seconds)))
}

fn number(text: &str) -> Option<u64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then(|| saturated(number))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates"
)]
fn saturated(number: f64) -> u64 {
    number.ceil() as u64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and it is at most 100"
)]
fn percent(number: f64) -> u8 {
    number.ceil().clamp(0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{clears_in, windows_in_event, windows_in_headers};
    use crate::limits::QuotaWindow;

    fn window(name: &str, used: u8, minutes: Option<u64>, resets_at: Option<u64>) -> QuotaWindow {
        QuotaWindow {
            name: name.into(),
            used_percent: used,
            minutes,
            resets_at,
        }
    }

    #[test]
    fn headers_become_windows_the_shared_limit_first() {
        let headers = [
            ("x-spark-primary-used-percent", "3"),
            ("x-spark-limit-name", "Spark"),
            ("x-codex-secondary-used-percent", "100"),
            ("x-codex-secondary-reset-after-seconds", "60"),
            ("x-codex-primary-used-percent", "41.2"),
            ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-at", "1764999999"),
            ("x-codex-primary-over-secondary-limit-percent", "0"),
            ("x-codex-plan-type", "plus"),
            ("content-type", "text/event-stream"),
        ];
        let windows = windows_in_headers(headers.into_iter(), 1000);
        assert_eq!(
            windows,
            [
                window("primary", 42, Some(300), Some(1_764_999_999)),
                window("secondary", 100, None, Some(1060)),
                window("spark-primary", 3, None, None),
            ]
        );
        assert_eq!(clears_in(&windows, 1000), Some(60));
        assert_eq!(clears_in(&windows[..1], 1000), None);
        assert!(windows_in_headers([("x-primary", "1")].into_iter(), 0).is_empty());
    }

    #[test]
    fn the_event_says_the_same() {
        let event = json!({"type": "codex.rate_limits", "plan_type": "plus",
            "rate_limits": {"primary": {"used_percent": 7, "window_minutes": 300, "reset_at": 5},
                            "secondary": null}});
        assert_eq!(
            windows_in_event(&event, 0),
            [window("primary", 7, Some(300), Some(5))]
        );
    }
}
