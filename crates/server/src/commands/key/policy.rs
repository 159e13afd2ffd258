//! What a key may do, as arguments and as a sentence.

use accounts::{Budget, KeyPolicy, Period};
use anyhow::{Context, bail};
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::commands::beside::Beside;

/// What a key may do.
#[derive(Debug, Args)]
pub(crate) struct PolicyArguments {
    /// When it ends: `30d`, `12h`, a day such as `2027-01-01` (UTC), or `never`.
    #[arg(long)]
    expires: Option<String>,
    /// A model it may ask for; `*` at the end stands for any ending, `any` for all. May be
    /// repeated.
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<String>,
    /// A driver it may be served through: `web`, `codex`, `platform`, or `any`. May be repeated.
    #[arg(long = "driver", value_name = "DRIVER", value_parser = ["web", "codex", "platform", ANY])]
    drivers: Vec<String>,
    /// An account it may use, or `any`. May be repeated.
    #[arg(long = "account", value_name = "ACCOUNT")]
    accounts: Vec<String>,
    /// The most requests at once; 0 for no limit.
    #[arg(long, value_name = "NUMBER")]
    max_concurrent: Option<u32>,
    /// A budget: `1000req/day`, `2Mtok/month`, `50ktok/week`, or `none`. May be repeated.
    #[arg(long = "budget", value_name = "BUDGET", value_parser = budget)]
    budgets: Vec<BudgetPart>,
}

/// Takes a list of models or accounts away.
const ANY: &str = "any";

/// One `--budget`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BudgetPart {
    None,
    Of(Period, Unit, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Requests,
    Tokens,
}

impl PolicyArguments {
    pub(super) fn has_expiry(&self) -> bool {
        self.expires.is_some()
    }

    pub(super) fn expires_at(&self, now: i64) -> anyhow::Result<Option<i64>> {
        let Some(text) = self.expires.as_deref().filter(|it| *it != "never") else {
            return Ok(None);
        };
        let units = [("d", 86_400), ("h", 3600)];
        for (unit, seconds) in units {
            let number = text
                .strip_suffix(unit)
                .and_then(|it| it.parse::<i64>().ok());
            if let Some(number) = number.filter(|it| (1..=36_500).contains(it)) {
                return Ok(Some(now + number * seconds));
            }
        }
        let day: Date = text.parse().ok().with_context(|| {
            format!("\"{text}\" is neither like 30d or 12h, nor a day like 2027-01-01, nor never")
        })?;
        let end = day.to_zoned(TimeZone::UTC)?.timestamp().as_second();
        if end <= now {
            bail!("{text} is over already");
        }
        Ok(Some(end))
    }

    /// The policy with what the arguments name.
    pub(super) fn applied(
        &self,
        beside: &Beside,
        mut policy: KeyPolicy,
    ) -> anyhow::Result<KeyPolicy> {
        if !self.models.is_empty() {
            let models = self.models.iter().filter(|it| *it != ANY);
            policy.models = models.cloned().collect();
        }
        if !self.drivers.is_empty() {
            let drivers = self.drivers.iter().filter(|it| *it != ANY);
            policy.drivers = drivers.cloned().collect();
        }
        if !self.accounts.is_empty() {
            let ids = self.accounts.iter().filter(|it| *it != ANY);
            let ids = ids.map(|name| beside.account(name).map(|it| it.id.to_string()));
            policy.accounts = ids.collect::<anyhow::Result<_>>()?;
        }
        if let Some(max) = self.max_concurrent {
            policy.max_in_use = (max > 0).then_some(max);
        }
        if !self.budgets.is_empty() {
            policy.budgets = merged(&self.budgets);
        }
        Ok(policy)
    }
}

/// One budget for each period.
fn merged(parts: &[BudgetPart]) -> Vec<Budget> {
    let mut budgets: Vec<Budget> = Vec::new();
    for part in parts {
        let BudgetPart::Of(period, unit, amount) = part else {
            continue;
        };
        let index = budgets.iter().position(|it| it.period == *period);
        let index = index.unwrap_or_else(|| {
            budgets.push(Budget {
                period: *period,
                requests: None,
                tokens: None,
            });
            budgets.len() - 1
        });
        match unit {
            Unit::Requests => budgets[index].requests = Some(*amount),
            Unit::Tokens => budgets[index].tokens = Some(*amount),
        }
    }
    budgets
}

/// Reads `1000req/day`.
fn budget(text: &str) -> Result<BudgetPart, String> {
    if text == "none" {
        return Ok(BudgetPart::None);
    }
    let wrong = || format!("\"{text}\" is not like 1000req/day, 2Mtok/month or 50ktok/week");
    let (amount, period) = text.split_once('/').ok_or_else(wrong)?;
    let period = match period {
        "day" => Period::Day,
        "week" => Period::Week,
        "month" => Period::Month,
        _ => return Err(wrong()),
    };
    let (amount, unit) = match (amount.strip_suffix("req"), amount.strip_suffix("tok")) {
        (Some(amount), _) => (amount, Unit::Requests),
        (_, Some(amount)) => (amount, Unit::Tokens),
        _ => return Err(wrong()),
    };
    let (digits, factor) = match (amount.strip_suffix('k'), amount.strip_suffix('M')) {
        (Some(digits), _) => (digits, 1_000),
        (_, Some(digits)) => (digits, 1_000_000),
        _ => (amount, 1),
    };
    let amount = digits
        .parse::<u64>()
        .ok()
        .and_then(|it| it.checked_mul(factor));
    amount
        .filter(|it| *it > 0)
        .map(|it| BudgetPart::Of(period, unit, it))
        .ok_or_else(wrong)
}

/// What a key may do, in one line.
pub(super) fn sentence(policy: &KeyPolicy) -> String {
    let mut parts = Vec::new();
    if !policy.models.is_empty() {
        parts.push(format!("models {}", policy.models.join(", ")));
    }
    if !policy.drivers.is_empty() {
        parts.push(format!("drivers {}", policy.drivers.join(", ")));
    }
    if !policy.accounts.is_empty() {
        parts.push(format!("{} accounts", policy.accounts.len()));
    }
    if let Some(max) = policy.max_in_use {
        parts.push(format!("{max} at once"));
    }
    for budget in &policy.budgets {
        let period = budget.period.word();
        if let Some(requests) = budget.requests {
            parts.push(format!("{requests} requests a {period}"));
        }
        if let Some(tokens) = budget.tokens {
            parts.push(format!("{tokens} tokens a {period}"));
        }
    }
    if parts.is_empty() {
        return "everything".to_owned();
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use accounts::{Budget, Period};

    use super::BudgetPart::{self, Of};
    use super::{Unit, budget, merged};

    #[test]
    fn a_budget_is_read_with_its_unit_and_its_period() {
        assert_eq!(
            budget("1000req/day"),
            Ok(Of(Period::Day, Unit::Requests, 1000))
        );
        assert_eq!(
            budget("2Mtok/month"),
            Ok(Of(Period::Month, Unit::Tokens, 2_000_000))
        );
        assert_eq!(
            budget("50ktok/week"),
            Ok(Of(Period::Week, Unit::Tokens, 50_000))
        );
        assert_eq!(budget("none"), Ok(BudgetPart::None));
        for wrong in [
            "",
            "10",
            "10req",
            "req/day",
            "0req/day",
            "10req/year",
            "-1tok/day",
        ] {
            assert!(budget(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn requests_and_tokens_of_a_period_are_one_budget() {
        let parts = [
            Of(Period::Day, Unit::Requests, 5),
            Of(Period::Month, Unit::Tokens, 7),
            BudgetPart::None,
            Of(Period::Day, Unit::Tokens, 9),
        ];
        let budget = |period, requests, tokens| Budget {
            period,
            requests,
            tokens,
        };
        let expected = [
            budget(Period::Day, Some(5), Some(9)),
            budget(Period::Month, None, Some(7)),
        ];
        assert_eq!(merged(&parts), expected);
    }
}
