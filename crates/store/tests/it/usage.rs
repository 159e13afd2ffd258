//! Usage: requests that count once, their sums, and forgetting both.

use std::time::Instant;

use futures_util::future::join_all;
use store::records::{RequestFilter, RequestRecord, UsageGroup, UsageRow};
use uuid::Uuid;

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_batch_that_is_written_twice_counts_once,
    batches_that_overlap_in_several_processes_count_each_request_once,
    requests_are_read_page_by_page_the_newest_first,
    requests_are_chosen_by_time_key_and_account,
    sums_are_made_by_day_key_account_and_model,
    forgetting_requests_leaves_their_sums,
    how_long_a_full_batch_takes,
);

const DAY: i64 = NOW.div_euclid(86_400);

fn request(number: i64) -> RequestRecord {
    let is_odd = number % 2 == 1;
    RequestRecord {
        id: Uuid::from_u128(u128::try_from(number).unwrap()).to_string(),
        at: DAY * 86_400 + number,
        owner: "owner".to_owned(),
        key_id: is_odd.then(|| "key".to_owned()),
        account_id: Some(format!("account-{}", number % 3)),
        driver: Some("web".to_owned()),
        route: "chat_completions".to_owned(),
        model: Some("model".to_owned()),
        status: if number % 5 == 0 { 502 } else { 200 },
        code: None,
        prompt_tokens: Some(10),
        completion_tokens: is_odd.then_some(number),
        first_text_ms: Some(70),
        duration_ms: 1234,
        attempts: 1,
    }
}

fn sum(name: &str, requests: i64, failures: i64, completion_tokens: i64) -> UsageRow {
    UsageRow {
        name: name.to_owned(),
        requests,
        failures,
        prompt_tokens: 10 * requests,
        completion_tokens,
    }
}

async fn a_batch_that_is_written_twice_counts_once(backend: &Backend) {
    let database = backend.open().await;
    let batch = || (0..50).map(request).collect();
    assert_eq!(database.record_requests(batch()).await, Ok(50));
    let days = database.usage(DAY, DAY + 1, UsageGroup::Day).await.unwrap();
    let odd_numbers = (0..50).filter(|it| it % 2 == 1).sum();
    assert_eq!(days, [sum(&DAY.to_string(), 50, 10, odd_numbers)]);
    assert_eq!(database.record_requests(batch()).await, Ok(0));
    // The same request twice in one batch, and one that is new.
    let mixed = vec![request(7), request(50), request(50)];
    assert_eq!(database.record_requests(mixed.into()).await, Ok(1));
    assert_eq!(database.record_requests([].into()).await, Ok(0));
    let days = database.usage(DAY, DAY + 1, UsageGroup::Day).await.unwrap();
    assert_eq!(days, [sum(&DAY.to_string(), 51, 11, odd_numbers)]);
    let all = database.requests(RequestFilter::default(), 100).await;
    let expected: Vec<_> = (0..=50).rev().map(request).collect();
    assert_eq!(all, Ok(expected));
}

async fn batches_that_overlap_in_several_processes_count_each_request_once(backend: &Backend) {
    let handles = backend.open_several(3).await;
    let written = join_all((0..9).map(|number| {
        let mut batch: Vec<_> = (number * 10..number * 10 + 40).map(request).collect();
        if number % 2 == 0 {
            batch.reverse();
        }
        let handle = &handles[usize::try_from(number).unwrap() % 3];
        handle.record_requests(batch.into())
    }));
    let written: u64 = written.await.into_iter().map(Result::unwrap).sum();
    assert_eq!(written, 120);
    let models = handles[0].usage(DAY, DAY + 1, UsageGroup::Model).await;
    assert_eq!(models.unwrap()[0].requests, 120);
}

async fn requests_are_read_page_by_page_the_newest_first(backend: &Backend) {
    let database = backend.open().await;
    // All in the same second, and the ids in no order of time.
    let same_second = |number| RequestRecord {
        at: NOW,
        ..request(number)
    };
    let batch = (0..25).map(same_second).collect();
    database.record_requests(batch).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let filter = RequestFilter {
            before_id: seen.last().cloned(),
            ..RequestFilter::default()
        };
        let page = database.requests(filter, 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|it| it.id));
    }
    let expected: Vec<_> = (0..25).rev().map(|it| request(it).id).collect();
    assert_eq!(seen, expected);
}

async fn requests_are_chosen_by_time_key_and_account(backend: &Backend) {
    let database = backend.open().await;
    let batch = (0..12).map(request).collect();
    database.record_requests(batch).await.unwrap();
    let chosen = |filter: RequestFilter| {
        let database = database.clone();
        async move {
            let found = database.requests(filter, 100).await.unwrap();
            let found = found.iter().map(|it| it.at - DAY * 86_400);
            found.collect::<Vec<_>>()
        }
    };
    let since = RequestFilter {
        since: Some(DAY * 86_400 + 5),
        until: Some(DAY * 86_400 + 7),
        ..RequestFilter::default()
    };
    assert_eq!(chosen(since).await, [6, 5]);
    let key = RequestFilter {
        key_id: Some("key".to_owned()),
        ..RequestFilter::default()
    };
    assert_eq!(chosen(key.clone()).await, [11, 9, 7, 5, 3, 1]);
    let both = RequestFilter {
        account_id: Some("account-0".to_owned()),
        ..key
    };
    assert_eq!(chosen(both).await, [9, 3]);
}

async fn sums_are_made_by_day_key_account_and_model(backend: &Backend) {
    let database = backend.open().await;
    let mut batch: Vec<_> = (0..12).map(request).collect();
    batch.push(RequestRecord {
        at: (DAY - 1) * 86_400,
        account_id: None,
        model: None,
        // It broke off after it had begun well.
        code: Some("upstream_cut".to_owned()),
        ..request(12)
    });
    database.record_requests(batch.into()).await.unwrap();
    let usage = |group| database.usage(DAY - 1, DAY + 1, group);
    let days = usage(UsageGroup::Day).await.unwrap();
    let (today, yesterday) = (DAY.to_string(), (DAY - 1).to_string());
    assert_eq!(days, [sum(&yesterday, 1, 1, 0), sum(&today, 12, 3, 36)]);
    let keys = usage(UsageGroup::Key).await.unwrap();
    assert_eq!(keys, [sum("", 7, 3, 0), sum("key", 6, 1, 36)]);
    let accounts = usage(UsageGroup::Account).await.unwrap();
    let names: Vec<_> = accounts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["account-0", "account-1", "account-2", ""]);
    let models = usage(UsageGroup::Model).await.unwrap();
    assert_eq!(models, [sum("model", 12, 3, 36), sum("", 1, 1, 0)]);
    let none = database.usage(DAY + 1, DAY + 9, UsageGroup::Day).await;
    assert_eq!(none, Ok(Vec::new()));
}

async fn forgetting_requests_leaves_their_sums(backend: &Backend) {
    let database = backend.open().await;
    let batch = (0..12).map(request).collect();
    database.record_requests(batch).await.unwrap();
    let at = DAY * 86_400 + 10;
    assert_eq!(database.forget_requests_before(at).await, Ok(10));
    let left = database.requests(RequestFilter::default(), 100).await;
    assert_eq!(left, Ok(vec![request(11), request(10)]));
    let days = database.usage(DAY, DAY + 1, UsageGroup::Day).await.unwrap();
    assert_eq!(days[0].requests, 12);
    assert_eq!(database.forget_usage_before(DAY).await, Ok(0));
    // A row for each key and account of the day.
    assert_eq!(database.forget_usage_before(DAY + 1).await, Ok(6));
}

/// Says so only: how fast a machine is decides nothing.
#[expect(clippy::print_stdout, reason = "it is what it is for")]
async fn how_long_a_full_batch_takes(backend: &Backend) {
    let database = backend.open().await;
    let mut took = Vec::new();
    for batch in 0..5 {
        let batch = (batch * 1000..batch * 1000 + 1000).map(request).collect();
        let began = Instant::now();
        assert_eq!(database.record_requests(batch).await, Ok(1000));
        took.push(began.elapsed().as_millis());
    }
    println!("{}: 1,000 requests took {took:?} ms", database.kind());
}
