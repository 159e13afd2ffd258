//! What the log says of the last hours and of each account.

use store::Database;
use store::records::{AccountId, HourOfUse, LastUse, RequestRecord};
use uuid::Uuid;

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both};

on_both!(
    hours_with_requests_are_counted_the_oldest_first,
    waits_for_the_first_text_are_those_of_the_newest_requests,
    an_account_knows_when_it_was_used_and_failed_last_and_how_many_seeds_it_has,
);

const HOUR: i64 = NOW - NOW % 3600;

/// A request that failed if there is a code.
fn request(at: i64, account: Option<AccountId>, code: Option<&str>) -> RequestRecord {
    RequestRecord {
        id: Uuid::new_v4().to_string(),
        at,
        owner: "owner".to_owned(),
        key_id: None,
        account_id: account.map(|it| it.to_string()),
        driver: None,
        route: "responses".to_owned(),
        model: None,
        status: 200,
        code: code.map(str::to_owned),
        prompt_tokens: None,
        completion_tokens: None,
        first_text_ms: code.is_none().then_some(at - HOUR),
        duration_ms: 5000,
        attempts: 1,
    }
}

async fn record(database: &Database, requests: Vec<RequestRecord>) {
    database.record_requests(requests.into()).await.unwrap();
}

async fn hours_with_requests_are_counted_the_oldest_first(backend: &Backend) {
    let database = backend.open().await;
    let times = [HOUR - 7200, HOUR - 3601, HOUR, HOUR + 3599];
    let mut requests: Vec<_> = times.map(|at| request(at, None, None)).into();
    requests.push(request(HOUR + 5, None, Some("upstream_overloaded")));
    record(&database, requests).await;
    let found = database.hours_of_use(HOUR - 3601).await.unwrap();
    let hour = |hour, requests, failures| HourOfUse {
        hour,
        requests,
        failures,
    };
    assert_eq!(found, [hour(HOUR - 7200, 1, 0), hour(HOUR, 3, 1)]);
}

async fn waits_for_the_first_text_are_those_of_the_newest_requests(backend: &Backend) {
    let database = backend.open().await;
    let mut requests: Vec<_> = (1..=5).map(|it| request(HOUR + it, None, None)).collect();
    requests.push(request(HOUR + 6, None, Some("no text came")));
    record(&database, requests).await;
    let times = database.first_text_times(HOUR + 2, 3).await;
    assert_eq!(times, Ok(vec![5, 4, 3]));
}

async fn an_account_knows_when_it_was_used_and_failed_last_and_how_many_seeds_it_has(
    backend: &Backend,
) {
    let database = backend.open().await;
    let added = database.import_accounts(vec![account(1), account(2)], NOW);
    let ids: Vec<AccountId> = added.await.unwrap().iter().map(|it| it.id).collect();
    let (first, second) = (ids[0], ids[1]);
    record(
        &database,
        vec![
            request(NOW, Some(first), None),
            request(NOW - 5, Some(first), Some("later")),
            request(NOW - 9, Some(first), Some("earlier")),
        ],
    )
    .await;
    let name = "a-seed".into();
    database.bind_seed(&name, first, NOW).await.unwrap();
    let mut found = database.last_uses(&ids).await.unwrap();
    found.sort_by_key(|it| it.account != first);
    let expected = [
        LastUse {
            account: first,
            used_at: Some(NOW),
            failed_at: Some(NOW - 5),
            code: Some("later".to_owned()),
            seeds: 1,
        },
        LastUse {
            account: second,
            used_at: None,
            failed_at: None,
            code: None,
            seeds: 0,
        },
    ];
    assert_eq!(found, expected);
    assert_eq!(database.last_uses(&[]).await, Ok(vec![]));
}
