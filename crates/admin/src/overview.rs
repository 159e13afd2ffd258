//! How everything is, in one answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use accounts::AccountView;
use axum::Json;
use axum::extract::State;
use store::records::{HourOfUse, UsageGroup, UsageRow};
use web::ApiError;

use crate::Admin;
use crate::accounts_list::state;
use crate::body::stored;
use crate::guard::Operator;
use crate::replies::{AccountCounts, Capacity, Hour, Overview, UsageSum};

const HOUR_SECONDS: i64 = 3600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// Hours that are shown, this one included.
const HOURS: i64 = 24;

/// The median of first texts is of so many requests at most, the newest.
const MOST_FIRST_TEXTS: i64 = 1000;

pub(crate) async fn show(
    State(admin): State<Arc<Admin>>,
    _operator: Operator,
) -> Result<Json<Overview>, ApiError> {
    let accounts = admin.parts.pool.accounts();
    let now = admin.now();
    let today = now.div_euclid(DAY_SECONDS);
    let database = &admin.parts.database;
    let days = database.usage(today - 1, today + 1, UsageGroup::Day);
    let days = days.await.map_err(stored)?;
    let this_hour = now - now.rem_euclid(HOUR_SECONDS);
    let since = this_hour - (HOURS - 1) * HOUR_SECONDS;
    let used = database.hours_of_use(since).await.map_err(stored)?;
    let waits = database.first_text_times(now - DAY_SECONDS, MOST_FIRST_TEXTS);
    Ok(Json(Overview {
        version: env!("CARGO_PKG_VERSION"),
        api_base: admin.parts.settings.api_base.clone(),
        database: database.kind(),
        accounts: counts(&accounts),
        requests_in_use: admin.parts.pool.leased(),
        requests_waiting: admin.parts.pool.waiting(),
        today: sum_of(&days, today),
        yesterday: sum_of(&days, today - 1),
        hours: hours(&used, since),
        first_text_ms: median(waits.await.map_err(stored)?),
        capacity: capacity(&accounts),
        warnings: admin.parts.settings.warnings.clone(),
    }))
}

fn counts(accounts: &[AccountView]) -> AccountCounts {
    let mut by_state: BTreeMap<&str, usize> = BTreeMap::new();
    for it in accounts {
        *by_state.entry(state(it)).or_default() += 1;
    }
    AccountCounts {
        total: accounts.len(),
        usable: accounts.iter().filter(|it| it.is_usable).count(),
        by_state,
    }
}

fn sum_of(days: &[UsageRow], day: i64) -> UsageSum {
    let name = day.to_string();
    let found = days.iter().find(|it| it.name == name);
    found.map(UsageSum::from).unwrap_or_default()
}

/// Every hour since then, also those in which nothing was asked.
fn hours(used: &[HourOfUse], since: i64) -> Vec<Hour> {
    let used: HashMap<i64, &HourOfUse> = used.iter().map(|it| (it.hour, it)).collect();
    let all = (0..HOURS).map(|it| since + it * HOUR_SECONDS);
    let hour = |hour| Hour {
        hour,
        requests: used.get(&hour).map_or(0, |it| it.requests),
        failures: used.get(&hour).map_or(0, |it| it.failures),
    };
    all.map(hour).collect()
}

fn median(mut times: Vec<i64>) -> Option<i64> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// What is left of each span of time, over the accounts that can be asked and told of it.
fn capacity(accounts: &[AccountView]) -> Vec<Capacity> {
    let mut sums: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    let asked = accounts.iter().filter(|it| !it.is_disabled);
    for it in asked.flat_map(|it| &it.windows) {
        let remaining = 100_u64.saturating_sub(it.window.used_percent.into());
        let sum = sums.entry(&it.window.name).or_insert((0, 0, u64::MAX));
        *sum = (sum.0 + remaining, sum.1 + 1, sum.2.min(it.as_of));
    }
    let capacities = sums
        .into_iter()
        .map(|(name, (remaining, count, as_of))| Capacity {
            name: name.to_owned(),
            remaining_percent: remaining / count,
            accounts: count,
            as_of,
        });
    capacities.collect()
}

#[cfg(test)]
mod tests {
    use store::records::HourOfUse;

    use super::{HOURS, hours, median};

    #[test]
    fn no_hour_is_missing() {
        let used = HourOfUse {
            hour: 7200,
            requests: 5,
            failures: 2,
        };
        let all = hours(&[used], 3600);
        assert_eq!(all.len(), usize::try_from(HOURS).unwrap());
        let seen: Vec<_> = all[..3]
            .iter()
            .map(|it| (it.hour, it.requests, it.failures))
            .collect();
        assert_eq!(seen, [(3600, 0, 0), (7200, 5, 2), (10_800, 0, 0)]);
    }

    #[test]
    fn the_median_is_of_what_there_is() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![9, 1, 5]), Some(5));
    }
}
