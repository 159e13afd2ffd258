//! Budgets: never passed together, settled once, and released when a process ends.

use std::sync::Arc;

use futures_util::future::join_all;
use store::Database;
use store::records::{Cap, Counted, Refused, Reservation, Reserved, Spend};

use crate::database::{Backend, NOW, on_both};

on_both!(
    requests_side_by_side_never_pass_a_cap_of_requests,
    requests_side_by_side_never_pass_a_cap_of_tokens,
    a_refusal_changes_nothing_in_any_period,
    a_request_is_settled_once_however_often_it_is_called,
    orphans_of_a_node_stay_counted_and_give_their_tokens_back,
    what_a_node_that_never_came_back_had_set_aside_is_released,
    two_budgets_for_one_period_count_as_the_tighter,
    a_key_without_caps_is_never_refused_and_an_id_is_used_once,
    old_periods_are_forgotten,
);

fn cap(period: &'static str, requests: Option<i64>, tokens: Option<i64>) -> Cap {
    Cap {
        period,
        starts_at: NOW,
        max_requests: requests,
        max_tokens: tokens,
    }
}

fn reservation(request: &str, tokens: i64, caps: &[Cap]) -> Reservation {
    Reservation {
        request_id: request.to_owned(),
        key_id: "key".to_owned(),
        node: "node".to_owned(),
        tokens,
        caps: caps.to_vec(),
    }
}

/// Requests, tokens and what is set aside, in a period.
async fn spent(database: &Database, period: &'static str) -> (i64, i64, i64) {
    let spends = database.spend("key", &[(period, NOW)]).await.unwrap();
    let [it] = spends.as_slice() else {
        unreachable!("one was asked for");
    };
    (it.requests, it.tokens, it.reserved)
}

/// How many of 200 requests were let through, from three processes at once.
async fn reserve_200(backend: &Backend, caps: &[Cap]) -> (usize, Database) {
    let handles = backend.open_several(3).await;
    let results = join_all((0..200).map(|number| {
        let it = reservation(&format!("request-{number}"), 10, caps);
        let database = handles[number % 3].clone();
        async move { database.reserve(it, NOW).await.unwrap() }
    }))
    .await;
    let made = results.iter().filter(|it| **it == Reserved::Made).count();
    (made, handles.into_iter().next().unwrap())
}

async fn requests_side_by_side_never_pass_a_cap_of_requests(backend: &Backend) {
    let caps = [cap("month", Some(90), None), cap("day", Some(70), None)];
    let (made, database) = reserve_200(backend, &caps).await;
    assert_eq!(made, 70);
    assert_eq!(spent(&database, "day").await, (70, 0, 700));
    assert_eq!(spent(&database, "month").await, (70, 0, 700));
}

async fn requests_side_by_side_never_pass_a_cap_of_tokens(backend: &Backend) {
    let caps = [cap("day", None, Some(505)), cap("month", Some(150), None)];
    let (made, database) = reserve_200(backend, &caps).await;
    assert_eq!(made, 50);
    assert_eq!(spent(&database, "day").await, (50, 0, 500));
    assert_eq!(spent(&database, "month").await, (50, 0, 500));
}

async fn a_refusal_changes_nothing_in_any_period(backend: &Backend) {
    let database = backend.open().await;
    let caps = [cap("day", Some(5), None), cap("month", None, Some(100))];
    let made = database.reserve(reservation("a", 60, &caps), NOW).await;
    assert_eq!(made, Ok(Reserved::Made));
    let refused = database.reserve(reservation("b", 41, &caps), NOW).await;
    let expected = Refused {
        period: "month",
        what: Counted::Tokens,
        used: 60,
        cap: 100,
    };
    assert_eq!(refused, Ok(Reserved::Refused(expected)));
    assert_eq!(spent(&database, "day").await, (1, 0, 60));
    assert_eq!(spent(&database, "month").await, (1, 0, 60));
    assert_eq!(database.settle("b", 5).await, Ok(false));
    // Nothing at all fits into a cap of nothing, not even the first request of a period.
    let none = [cap("week", Some(0), None)];
    let refused = database.reserve(reservation("c", 0, &none), NOW).await;
    let expected = Refused {
        period: "week",
        what: Counted::Requests,
        used: 0,
        cap: 0,
    };
    assert_eq!(refused, Ok(Reserved::Refused(expected)));
    assert_eq!(spent(&database, "week").await, (0, 0, 0));
    let small = [cap("week", Some(9), Some(9))];
    let refused = database.reserve(reservation("d", 10, &small), NOW).await;
    let expected = Refused {
        period: "week",
        what: Counted::Tokens,
        used: 0,
        cap: 9,
    };
    assert_eq!(refused, Ok(Reserved::Refused(expected)));
}

async fn a_request_is_settled_once_however_often_it_is_called(backend: &Backend) {
    let handles = backend.open_several(2).await;
    let caps = [cap("day", Some(5), None), cap("month", None, Some(100))];
    let made = handles[0].reserve(reservation("a", 60, &caps), NOW).await;
    assert_eq!(made, Ok(Reserved::Made));
    let settled = join_all((0..8).map(|number| handles[number % 2].settle("a", 25))).await;
    let really = settled.into_iter().filter(|it| *it == Ok(true)).count();
    assert_eq!(really, 1);
    assert_eq!(spent(&handles[0], "day").await, (1, 25, 0));
    assert_eq!(spent(&handles[0], "month").await, (1, 25, 0));
    // What was settled frees the rest.
    let made = handles[1].reserve(reservation("b", 75, &caps), NOW).await;
    assert_eq!(made, Ok(Reserved::Made));
}

async fn orphans_of_a_node_stay_counted_and_give_their_tokens_back(backend: &Backend) {
    let database = backend.open().await;
    let caps = [cap("day", None, Some(1000)), cap("week", Some(10), None)];
    for (request, node) in [("a", "one"), ("b", "one"), ("c", "two")] {
        let it = Reservation {
            node: node.to_owned(),
            ..reservation(request, 100, &caps)
        };
        assert_eq!(database.reserve(it, NOW).await, Ok(Reserved::Made));
    }
    assert_eq!(database.settle_orphans("one").await, Ok(2));
    assert_eq!(database.settle_orphans("one").await, Ok(0));
    assert_eq!(spent(&database, "day").await, (3, 0, 100));
    assert_eq!(spent(&database, "week").await, (3, 0, 100));
    // An answer that comes after that has nothing left to settle.
    assert_eq!(database.settle("a", 50).await, Ok(false));
    assert_eq!(database.settle("c", 50).await, Ok(true));
    assert_eq!(spent(&database, "day").await, (3, 50, 0));
}

async fn what_a_node_that_never_came_back_had_set_aside_is_released(backend: &Backend) {
    let database = backend.open().await;
    let caps = [cap("month", None, Some(1000))];
    for (request, at) in [("old", NOW), ("new", NOW + 1)] {
        let made = database.reserve(reservation(request, 100, &caps), at).await;
        assert_eq!(made, Ok(Reserved::Made));
    }
    assert_eq!(database.settle_reserved_before(NOW).await, Ok(0));
    assert_eq!(database.settle_reserved_before(NOW + 1).await, Ok(1));
    assert_eq!(spent(&database, "month").await, (2, 0, 100));
    assert_eq!(database.settle("old", 50).await, Ok(false));
    assert_eq!(database.settle("new", 50).await, Ok(true));
    assert_eq!(spent(&database, "month").await, (2, 50, 0));
}

async fn two_budgets_for_one_period_count_as_the_tighter(backend: &Backend) {
    let database = backend.open().await;
    let caps = [
        cap("day", Some(5), None),
        cap("day", Some(2), Some(100)),
        cap("day", None, Some(50)),
    ];
    for request in ["a", "b"] {
        let made = database.reserve(reservation(request, 5, &caps), NOW).await;
        assert_eq!(made, Ok(Reserved::Made));
    }
    assert_eq!(spent(&database, "day").await, (2, 0, 10));
    let refused = database.reserve(reservation("c", 5, &caps), NOW).await;
    let expected = Refused {
        period: "day",
        what: Counted::Requests,
        used: 2,
        cap: 2,
    };
    assert_eq!(refused, Ok(Reserved::Refused(expected)));
    let much = database
        .reserve(reservation("c", 41, &[caps[2]]), NOW)
        .await;
    let expected = Refused {
        period: "day",
        what: Counted::Tokens,
        used: 10,
        cap: 50,
    };
    assert_eq!(much, Ok(Reserved::Refused(expected)));
}

async fn a_key_without_caps_is_never_refused_and_an_id_is_used_once(backend: &Backend) {
    let database = Arc::new(backend.open().await);
    for _ in 0..2 {
        let made = database.reserve(reservation("a", 5, &[]), NOW).await;
        assert_eq!(made, Ok(Reserved::Made));
    }
    assert_eq!(database.settle("a", 5).await, Ok(false));
    let caps = [cap("day", None, None)];
    let made = database.reserve(reservation("b", 5, &caps), NOW).await;
    assert_eq!(made, Ok(Reserved::Made));
    let again = database.reserve(reservation("b", 5, &caps), NOW).await;
    assert_eq!(again, Err(store::DatabaseError::Exists));
    assert_eq!(spent(&database, "day").await, (1, 0, 5));
}

async fn old_periods_are_forgotten(backend: &Backend) {
    let database = backend.open().await;
    let caps = [cap("day", None, Some(100))];
    let made = database.reserve(reservation("a", 5, &caps), NOW).await;
    assert_eq!(made, Ok(Reserved::Made));
    // A month that began then may still be running.
    let over = NOW + 31 * 24 * 3600;
    assert_eq!(database.forget_spend_before(over).await, Ok(0));
    assert_eq!(spent(&database, "day").await, (1, 0, 5));
    assert_eq!(database.forget_spend_before(over + 1).await, Ok(2));
    let spends = database.spend("key", &[("day", NOW), ("week", 7)]).await;
    let nothing = |period, starts_at| Spend {
        period,
        starts_at,
        requests: 0,
        tokens: 0,
        reserved: 0,
    };
    assert_eq!(spends, Ok(vec![nothing("day", NOW), nothing("week", 7)]));
    assert_eq!(database.settle("a", 5).await, Ok(false));
}
