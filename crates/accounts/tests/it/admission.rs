//! Letting requests in: budgets that are never overshot, and every request counted once.

use std::sync::Arc;

use accounts::{Admission, Asking, Budget, Caller, Door, KeyPolicy, NewManagedKey, NotAdmitted};
use accounts::{Period, Ticket};
use secrecy::ExposeSecret;
use store::records::Spend;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{Backend, MODEL, Node, PATIENCE, World, key_holder, on_both};

on_both!(
    a_budget_of_tokens_is_not_overshot_by_a_hundred_requests_in_two_processes,
    a_budget_of_requests_is_not_overshot_by_a_hundred_requests_in_two_processes,
    what_was_used_is_settled_and_counted_once_also_at_the_end,
    what_a_crash_left_set_aside_is_given_back_at_the_next_start,
    a_request_whose_caller_goes_away_keeps_nothing_set_aside,
);

/// A process that lets requests in.
struct Gate {
    node: Node,
    admission: Arc<Admission>,
}

impl Gate {
    async fn open(world: &World, name: &str) -> Self {
        let node = world.node(name).await;
        let clock = world.clock.clock();
        let (database, tasks) = (node.database.clone(), &node.tasks);
        let admission = Admission::open(database, clock, name.to_owned(), tasks).await;
        Self {
            node,
            admission: Arc::new(admission.unwrap()),
        }
    }

    /// A key with this policy, shown here.
    async fn key(&self, policy: KeyPolicy) -> Caller {
        let new = NewManagedKey {
            name: "somebody".to_owned(),
            policy,
            expires_at: None,
        };
        let chance = [uuid::Uuid::new_v4().into_bytes(); 4].concat();
        let chance: [u8; 64] = chance.try_into().unwrap();
        let callers = &self.node.callers;
        let made = callers.keys.create(new, &chance, 0).await.unwrap();
        let shown = made.secret.expose_secret();
        callers.identify(shown, Door::Closed).await.unwrap()
    }

    async fn admit(&self, caller: &Caller, id: &str) -> Result<Ticket, NotAdmitted> {
        let asking = Asking {
            prompt_tokens: 10,
            max_answer_tokens: Some(90),
            ..asking(id)
        };
        self.admission.admit(caller, asking).await
    }

    /// What is used, and set aside, of the first budget.
    async fn spent(&self, caller: &Caller) -> Spend {
        let (key, policy) = (caller.key_id().unwrap(), caller.policy().unwrap());
        let spends = self.admission.spend(key, policy).await.unwrap();
        spends.into_iter().next().unwrap()
    }

    async fn end(self) {
        self.admission.close();
        self.node.end().await;
    }
}

fn asking(id: &str) -> Asking<'_> {
    Asking {
        id,
        route: "chat",
        model: Some(MODEL),
        prompt_tokens: 0,
        max_answer_tokens: None,
    }
}

fn with_budget(requests: Option<u64>, tokens: Option<u64>) -> KeyPolicy {
    KeyPolicy {
        budgets: vec![Budget {
            period: Period::Day,
            requests,
            tokens,
        }],
        ..KeyPolicy::default()
    }
}

/// A hundred requests at once at each of two processes; how many were let in.
async fn storm(gates: [&Gate; 2], caller: &Caller) -> usize {
    let mut requests = JoinSet::new();
    for (gate, name) in gates.into_iter().zip(["one", "other"]) {
        for number in 0..50 {
            let (admission, caller) = (Arc::clone(&gate.admission), caller.clone());
            requests.spawn(async move {
                let id = format!("{name}-{number}");
                let asking = Asking {
                    prompt_tokens: 10,
                    max_answer_tokens: Some(90),
                    ..asking(&id)
                };
                admission.admit(&caller, asking).await.map(|mut ticket| {
                    let answer = ticket.max_answer_tokens().unwrap();
                    ticket.used(10, answer);
                    ticket.ended(200, None);
                })
            });
        }
    }
    let results = requests.join_all().await;
    for refused in results.iter().filter_map(|it| it.as_ref().err()) {
        assert!(matches!(refused, NotAdmitted::Budget { .. }), "{refused}");
    }
    results.iter().filter(|it| it.is_ok()).count()
}

async fn a_budget_of_tokens_is_not_overshot_by_a_hundred_requests_in_two_processes(
    backend: Backend,
) {
    let world = World::on(backend).await;
    let (one, other) = (
        Gate::open(&world, "one").await,
        Gate::open(&world, "other").await,
    );
    // Room for twelve, and a shorter answer for a thirteenth.
    let caller = one.key(with_budget(None, Some(1250))).await;
    let let_in = storm([&one, &other], &caller).await;
    assert!(let_in >= 12, "{let_in}");
    let (key, policy) = (caller.key_id().unwrap(), caller.policy().unwrap());
    one.admission.close();
    other.admission.close();
    for gate in [&one, &other] {
        while gate.node.tasks.len() > 1 {
            tokio::task::yield_now().await;
        }
    }
    let spent = one.admission.spend(key, policy).await.unwrap().remove(0);
    assert_eq!((spent.tokens, spent.reserved), (1250, 0));
    assert_eq!(usize::try_from(spent.requests).unwrap(), let_in);
    one.end().await;
    other.end().await;
}

async fn a_budget_of_requests_is_not_overshot_by_a_hundred_requests_in_two_processes(
    backend: Backend,
) {
    let world = World::on(backend).await;
    let (one, other) = (
        Gate::open(&world, "one").await,
        Gate::open(&world, "other").await,
    );
    let caller = one.key(with_budget(Some(17), None)).await;
    assert_eq!(storm([&one, &other], &caller).await, 17);
    assert_eq!(one.spent(&caller).await.requests, 17);
    let refused = one.admit(&caller, "one more").await.unwrap_err();
    let midnight = u64::try_from(Period::Day.end(world.clock.signed())).unwrap();
    assert_eq!(refused.resets_at(), Some(midnight));
    // A new day.
    world.clock.advance(24 * 3600);
    assert!(one.admit(&caller, "tomorrow").await.is_ok());
    one.end().await;
    other.end().await;
}

async fn what_was_used_is_settled_and_counted_once_also_at_the_end(backend: Backend) {
    let world = World::on(backend).await;
    let gate = Gate::open(&world, "a").await;
    let caller = gate.key(with_budget(None, Some(1000))).await;
    let mut ticket = gate.admit(&caller, "first").await.unwrap();
    let before = gate.spent(&caller).await;
    assert_eq!((before.tokens, before.reserved), (0, 100));
    ticket.used(7, 5);
    ticket.used(7, 25);
    ticket.ended(200, None);
    drop(ticket);
    // Somebody without a key's budget is counted as well.
    let holder = key_holder(&gate.node);
    drop(
        gate.admission
            .admit(&holder, asking("second"))
            .await
            .unwrap(),
    );
    for number in 0..300 {
        let id = format!("many-{number}");
        drop(gate.admission.admit(&holder, asking(&id)).await.unwrap());
    }
    gate.end().await;
    assert_eq!(world.backend.count("request_log").await, 302);
    assert_eq!(world.backend.count("reservation").await, 0);
    let gate = Gate::open(&world, "a").await;
    let after = gate.spent(&caller).await;
    assert_eq!((after.requests, after.tokens, after.reserved), (1, 32, 0));
    gate.end().await;
}

async fn what_a_crash_left_set_aside_is_given_back_at_the_next_start(backend: Backend) {
    let world = World::on(backend).await;
    let gate = Gate::open(&world, "a").await;
    let other = Gate::open(&world, "b").await;
    let caller = gate.key(with_budget(Some(10), Some(1000))).await;
    // As after a crash: nobody settles it.
    std::mem::forget(gate.admit(&caller, "lost").await.unwrap());
    let running = other.admit(&caller, "running").await.unwrap();
    assert_eq!(gate.spent(&caller).await.reserved, 200);
    gate.admission.close();
    let Gate { node, .. } = gate;
    node.pool.close();
    node.database.close().await;
    drop(node);

    let gate = Gate::open(&world, "a").await;
    let spent = gate.spent(&caller).await;
    let expected = (2, 0, 100);
    let found = (spent.requests, spent.tokens, spent.reserved);
    assert_eq!(found, expected, "the other process's is not touched");
    drop(running);
    other.end().await;
    assert_eq!(gate.spent(&caller).await.reserved, 0);
    gate.end().await;
}

async fn a_request_whose_caller_goes_away_keeps_nothing_set_aside(backend: Backend) {
    let world = World::on(backend).await;
    let gate = Gate::open(&world, "a").await;
    let caller = gate.key(with_budget(None, Some(1_000_000))).await;
    let mut rng = fastrand::Rng::with_seed(7);
    for number in 0..100 {
        let id = format!("leaving-{number}");
        let mut admitted = Box::pin(gate.admit(&caller, &id));
        for _ in 0..rng.usize(1..40) {
            if futures_util::poll!(&mut admitted).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(admitted);
    }
    let all_is_given_back = async {
        while gate.spent(&caller).await.reserved > 0 || gate.node.tasks.len() > 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, all_is_given_back).await.unwrap();
    gate.end().await;
    assert_eq!(world.backend.count("reservation").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_as_many_requests_at_once_as_it_may() {
    let world = World::sqlite().await;
    let gate = Gate::open(&world, "a").await;
    let policy = KeyPolicy {
        max_in_use: Some(2),
        ..KeyPolicy::default()
    };
    let caller = gate.key(policy.clone()).await;
    let somebody_else = gate.key(policy).await;
    let first = gate.admit(&caller, "1").await.unwrap();
    let _second = gate.admit(&caller, "2").await.unwrap();
    let refused = gate.admit(&caller, "3").await.unwrap_err();
    assert_eq!(refused, NotAdmitted::TooManyAtOnce(2));
    assert!(gate.admit(&somebody_else, "4").await.is_ok());
    drop(first);
    assert!(gate.admit(&caller, "5").await.is_ok());
    gate.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_asks_for_what_it_may_and_a_refusal_is_recorded_as_one() {
    let world = World::sqlite().await;
    let gate = Gate::open(&world, "a").await;
    let policy = KeyPolicy {
        models: vec!["o3".to_owned()],
        ..with_budget(Some(5), None)
    };
    let caller = gate.key(policy).await;
    let refused = gate.admit(&caller, "1").await.unwrap_err();
    assert_eq!(refused, NotAdmitted::Model(MODEL.to_owned()));
    let caller = gate.key(with_budget(None, Some(5))).await;
    let refused = gate.admit(&caller, "3").await.unwrap_err();
    assert!(matches!(
        refused,
        NotAdmitted::Budget {
            used: 0,
            cap: 5,
            ..
        }
    ));
    assert_eq!(gate.spent(&caller).await.requests, 0, "it cost nothing");
    gate.end().await;
    let recorded = world
        .backend
        .count("request_log WHERE status IN (403, 429)")
        .await;
    assert_eq!(recorded, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_as_short_as_what_is_left() {
    let world = World::sqlite().await;
    let gate = Gate::open(&world, "a").await;
    let mut policy = with_budget(None, Some(150));
    policy.budgets.push(Budget {
        period: Period::Month,
        requests: None,
        tokens: Some(140),
    });
    let caller = gate.key(policy).await;
    let first = gate.admit(&caller, "1").await.unwrap();
    assert_eq!(first.max_answer_tokens(), Some(90));
    let second = gate.admit(&caller, "2").await.unwrap();
    assert_eq!(
        second.max_answer_tokens(),
        Some(30),
        "the tightest budget counts"
    );
    let refused = gate.admit(&caller, "3").await.unwrap_err();
    assert!(matches!(refused, NotAdmitted::Budget { .. }));
    drop((first, second));
    gate.end().await;
}
