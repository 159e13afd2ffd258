//! Callers that go away: work that is dropped at any point leaves the database usable.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use store::records::{Cap, FreshCredential, RequestFilter, RequestRecord, Reservation};
use store::{Database, DatabaseError};

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both};

on_both!(
    work_that_is_dropped_at_any_point_leaves_the_database_usable,
    what_was_begun_is_done_to_its_end_when_nobody_waits_for_it,
);

/// How far a future got.
#[derive(PartialEq)]
enum Got {
    ToItsEnd,
    Dropped,
}

/// Goes on with a future so many times, and drops it then.
async fn drop_after<T>(polls: usize, future: impl Future<Output = T>) -> Got {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(Got::Dropped);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(Got::ToItsEnd),
            // With none left nothing would wake it.
            Poll::Pending if left == 0 => Poll::Ready(Got::Dropped),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn reservation(number: usize) -> Reservation {
    Reservation {
        request_id: format!("request-{number}"),
        key_id: "key".into(),
        node: "node".into(),
        tokens: 1,
        caps: vec![Cap {
            period: "day",
            starts_at: NOW,
            max_requests: None,
            max_tokens: Some(1_000_000),
        }],
    }
}

fn request(number: usize) -> RequestRecord {
    RequestRecord {
        id: format!("request-{number}"),
        at: NOW,
        owner: "owner".into(),
        key_id: None,
        account_id: None,
        driver: Some("web".to_owned()),
        route: "chat".into(),
        model: None,
        status: 200,
        code: None,
        prompt_tokens: None,
        completion_tokens: None,
        first_text_ms: Some(70),
        duration_ms: 1,
        attempts: 1,
    }
}

async fn one_of_many(database: &Database, number: usize) -> Result<(), DatabaseError> {
    let name = number.to_string();
    let accounts = database.accounts().await?;
    let id = accounts[0].id;
    match number % 9 {
        0 => database.reserve(reservation(number), NOW).await.map(drop),
        1 => database
            .record_requests([request(number)].into())
            .await
            .map(drop),
        2 => database.bind_seed(&name.into(), id, NOW).await.map(drop),
        3 => database
            .import_accounts(vec![account(7)], NOW)
            .await
            .map(drop),
        4 => database.set_fact(&name, "value").await,
        5 => database.claim_refresh(id, &name, 1, 0).await.map(drop),
        6 => {
            let fresh = FreshCredential {
                access: name.into(),
                access_expires_at: None,
                refresh: None,
                client: None,
            };
            database
                .commit_refresh(id, b"none", fresh, NOW)
                .await
                .map(drop)
        }
        7 => database
            .settle(&format!("request-{}", number - 7), 1)
            .await
            .map(drop),
        _ => database.clear_cool_down(id, None).await.map(drop),
    }
}

async fn work_that_is_dropped_at_any_point_leaves_the_database_usable(backend: &Backend) {
    let database = backend.open().await;
    database
        .import_accounts(vec![account(1)], NOW)
        .await
        .unwrap();
    let mut dropped = 0;
    for number in 0..1000 {
        let work = one_of_many(&database, number);
        // Every kind of work is dropped at every point.
        let got = drop_after(number / 9 % 6 + 1, Box::pin(work)).await;
        dropped += usize::from(got == Got::Dropped);
    }
    assert!(
        dropped > 300,
        "only {dropped} of 1,000 were dropped half-way"
    );
    // All connections work, and none is left inside a transaction of somebody who went away.
    let checks = (0..64).map(|number| {
        let database = database.clone();
        async move {
            database.set_turn(&number.to_string(), number).await?;
            database.turn(&number.to_string()).await
        }
    });
    let checks = futures_util::future::join_all(checks).await;
    for (number, check) in (0..).zip(checks) {
        assert_eq!(check, Ok(Some(number)));
    }
    if database.kind() == "postgres" {
        let idle = "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND state LIKE 'idle in transaction%') \
             THEN RAISE EXCEPTION 'idle in transaction'; END IF; END $$";
        backend.sql(idle).await;
    }
    // What was begun in a transaction was done to its end, or not at all.
    database.close().await;
    let database = backend.open().await;
    let spend = database.spend("key", &[("day", NOW)]).await.unwrap();
    let orphans = database.settle_orphans("node").await.unwrap();
    assert_eq!(spend[0].reserved, i64::try_from(orphans).unwrap());
}

async fn what_was_begun_is_done_to_its_end_when_nobody_waits_for_it(backend: &Backend) {
    let database = backend.open().await;
    for number in 0..20 {
        let work = database.record_requests([request(number)].into());
        assert!(drop_after(1, work).await == Got::Dropped);
    }
    // Closing waits for it, too.
    database.close().await;
    let database = backend.open().await;
    let filter = RequestFilter::default();
    assert_eq!(database.requests(filter, 100).await.unwrap().len(), 20);
}
