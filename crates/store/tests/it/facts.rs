//! Facts, turns and the audit: small things that are written down by name or one after another.

use futures_util::future::join_all;
use store::records::AuditEntry;

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_fact_is_replaced_or_written_once,
    of_several_who_write_a_fact_once_the_first_stands_for_all,
    of_several_who_take_a_fact_one_gets_it,
    a_round_goes_on_where_it_stood,
    what_was_done_is_read_in_its_order_page_by_page,
);

async fn a_fact_is_replaced_or_written_once(backend: &Backend) {
    let database = backend.open().await;
    assert_eq!(database.fact("a").await, Ok(None));
    assert_eq!(database.set_fact_once("a", "1").await, Ok("1".to_owned()));
    assert_eq!(database.set_fact_once("a", "2").await, Ok("1".to_owned()));
    database.set_fact("a", "3").await.unwrap();
    database.set_fact("b", "4").await.unwrap();
    database.close().await;
    let database = backend.open().await;
    assert_eq!(database.fact("a").await, Ok(Some("3".to_owned())));
    assert_eq!(database.fact("b").await, Ok(Some("4".to_owned())));
    assert_eq!(database.fact("A").await, Ok(None));
}

async fn of_several_who_write_a_fact_once_the_first_stands_for_all(backend: &Backend) {
    let handles = backend.open_several(3).await;
    for round in 0..10 {
        let name = format!("fact-{round}");
        let values: Vec<_> = (0..12).map(|it| it.to_string()).collect();
        let writers = values.iter().enumerate();
        let results = join_all(writers.map(|(number, value)| {
            let handle = &handles[number % 3];
            handle.set_fact_once(&name, value)
        }));
        let stands = handles[0].fact(&name);
        let results = results.await;
        let stands = stands.await.unwrap().unwrap();
        assert!(results.into_iter().all(|it| it.as_ref() == Ok(&stands)));
    }
}

async fn of_several_who_take_a_fact_one_gets_it(backend: &Backend) {
    let handles = backend.open_several(3).await;
    for round in 0..10 {
        let name = format!("link-{round}");
        handles[0].set_fact(&name, "once").await.unwrap();
        let taken = join_all((0..12).map(|number| handles[number % 3].take_fact(&name))).await;
        let taken: Vec<_> = taken.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(taken, ["once"]);
        assert_eq!(handles[1].fact(&name).await, Ok(None));
    }
}

async fn a_round_goes_on_where_it_stood(backend: &Backend) {
    let database = backend.open().await;
    assert_eq!(database.turn("web").await, Ok(None));
    for position in [3, 1, i64::MAX] {
        database.set_turn("web", position).await.unwrap();
    }
    database.set_turn("other", 0).await.unwrap();
    database.close().await;
    let database = backend.open().await;
    assert_eq!(database.turn("web").await, Ok(Some(i64::MAX)));
    assert_eq!(database.turn("other").await, Ok(Some(0)));
}

async fn what_was_done_is_read_in_its_order_page_by_page(backend: &Backend) {
    let database = backend.open().await;
    let entry = |number: i64| AuditEntry {
        // Several in the same second.
        at: NOW + number / 4,
        actor: "admin".to_owned(),
        action: format!("action-{number}"),
        subject: (number % 2 == 0).then(|| "subject".to_owned()),
        detail: (number % 3 == 0).then(|| "detail".to_owned()),
    };
    for number in 0..10 {
        database.audit(entry(number)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = database.audit_entries(4, before).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        seen.extend(page.into_iter().map(|it| it.entry));
    }
    assert_eq!(seen, (0..10).rev().map(entry).collect::<Vec<_>>());
    assert_eq!(database.forget_audit_before(NOW + 2).await, Ok(8));
    let left = database.audit_entries(100, None).await.unwrap();
    assert_eq!(left.len(), 2);
    // A number is never used again, or a page would go on at the wrong place.
    assert_eq!(database.forget_audit_before(NOW + 9).await, Ok(2));
    database.audit(entry(0)).await.unwrap();
    let next = database.audit_entries(1, None).await.unwrap();
    assert!(next[0].id > left[0].id);
}
