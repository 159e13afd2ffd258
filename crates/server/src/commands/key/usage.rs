//! `flowgpt key usage`: what a key has used of its budgets, and in all.

use accounts::KeyView;
use serde_json::{Value, json};
use store::records::UsageGroup;

use crate::commands::beside::Beside;
use crate::commands::shown;

const DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;

pub(super) async fn show(beside: &Beside, key: &KeyView, is_json: bool) -> anyhow::Result<()> {
    let id = key.id.to_string();
    let spend = beside.services.admission.spend(&id, &key.policy).await?;
    let budgets = key.policy.budgets.iter().zip(&spend);
    let budgets: Vec<Value> = budgets
        .map(|(budget, spend)| {
            json!({
                "period": spend.period,
                "starts_at": spend.starts_at,
                "resets_at": budget.period.end(spend.starts_at),
                "requests": {"used": spend.requests, "reserved": 0, "limit": budget.requests},
                "tokens": {
                    "used": spend.tokens, "reserved": spend.reserved, "limit": budget.tokens
                },
            })
        })
        .collect();
    let tomorrow = beside.now().div_euclid(DAY_SECONDS) + 1;
    let database = &beside.services.database;
    let sums = database
        .usage(tomorrow - DAYS, tomorrow, UsageGroup::Key)
        .await?;
    let sum = sums.into_iter().find(|it| it.name == id);
    let sum = sum.map(|it| {
        [
            it.requests,
            it.failures,
            it.prompt_tokens,
            it.completion_tokens,
        ]
    });
    let [requests, failures, asked, answered] = sum.unwrap_or_default();
    if is_json {
        shown::json(&json!({
            "budgets": budgets,
            "last_30_days": {
                "requests": requests,
                "failures": failures,
                "prompt_tokens": asked,
                "completion_tokens": answered,
            },
        }));
        return Ok(());
    }
    shown::line(&format!(
        "{}: in {DAYS} days {requests} requests, of which {failures} failed; {asked} tokens asked, \
         {answered} answered",
        key.name
    ));
    let head = ["period", "requests", "tokens", "resets (UTC)"];
    let rows = budgets.iter().map(row).collect();
    shown::table(&head, rows, "It has no budget.");
    Ok(())
}

fn row(budget: &Value) -> Vec<String> {
    let part = |of: &str| {
        let number = |name: &str| {
            let number = budget[of][name].as_u64();
            number.map_or_else(|| "–".to_owned(), |it| it.to_string())
        };
        format!("{} of {}", number("used"), number("limit"))
    };
    vec![
        budget["period"].as_str().unwrap_or_default().to_owned(),
        part("requests"),
        part("tokens"),
        shown::moment(budget["resets_at"].as_i64()),
    ]
}
