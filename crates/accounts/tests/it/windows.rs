//! What upstream says of spans of time: in checks and beside answers, kept, and held to.

use std::time::Duration;

use accounts::{KnownWindow, NoAccount, Outcome, Scope, Wanted, WindowSource};
use chatgpt::limits::QuotaWindow;
use simulator::{CodexUsage, TokenSpec};
use store::records::AccountId;
use upstream::DriverKind;

use crate::support::{Backend, Node, World, any, key_holder, on_both};

const USAGE: &str = "/backend-api/wham/usage";
const HOUR: u64 = 3600;

on_both!(a_check_asks_how_much_is_used_and_other_processes_hold_to_it);

/// An account that has nothing left of the longer span for an hour.
fn spend(world: &World, name: &str) {
    let usage = CodexUsage {
        primary_percent: 41.5,
        secondary_percent: 100.0,
        secondary_resets_in: Duration::from_secs(HOUR),
        ..CodexUsage::default()
    };
    world.simulator.set_codex_usage(name, usage);
}

fn used(node: &Node, id: AccountId) -> Vec<(String, u8)> {
    let windows = node.account(id).windows.into_iter();
    windows
        .map(|it| (it.window.name, it.window.used_percent))
        .collect()
}

fn window(used_percent: u8, resets_at: u64) -> QuotaWindow {
    QuotaWindow {
        name: "primary".to_owned(),
        used_percent,
        minutes: Some(300),
        resets_at: Some(resets_at),
    }
}

/// Whether the longer span of some account lets it be asked through the codex driver.
async fn can_be_asked(node: &Node) -> Result<(), NoAccount> {
    let caller = key_holder(node);
    let wanted = Wanted {
        driver: DriverKind::Codex,
        scopes: &[Scope::of_window("secondary")],
        ..any(&caller)
    };
    node.pool.lease(&wanted).await.map(drop)
}

async fn a_check_asks_how_much_is_used_and_other_processes_hold_to_it(backend: Backend) {
    let world = World::on(backend).await;
    let (node, other) = (world.node("a").await, world.node("b").await);
    let ids = node.add(&world, &["spent"]).await;
    other.pool.sync().await.unwrap();
    assert_eq!(can_be_asked(&other).await, Ok(()));
    spend(&world, "spent");
    let now = world.clock.seconds();
    let checked = node.pool.check(ids[0]).await.unwrap();
    assert_eq!(checked.windows[0].used_percent, 42);
    let known = node.account(ids[0]).windows;
    let expected = KnownWindow {
        window: QuotaWindow {
            name: "secondary".to_owned(),
            used_percent: 100,
            minutes: Some(10_080),
            resets_at: Some(now + HOUR),
        },
        as_of: now,
        source: WindowSource::Check,
    };
    assert_eq!(known[1], expected);
    other.pool.sync().await.unwrap();
    assert_eq!(other.account(ids[0]).windows, known);
    for node in [&node, &other] {
        let until = now + HOUR;
        assert_eq!(can_be_asked(node).await, Err(NoAccount::Limited { until }));
    }
    world.clock.advance(HOUR);
    assert_eq!(can_be_asked(&other).await, Ok(()));
    node.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_beside_an_answer_outlives_a_restart_and_older_words_do_not_replace_it() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    let resets_at = world.clock.seconds() + HOUR;
    lease.windows_told(&[window(10, resets_at)]);
    world.clock.advance(1);
    lease.windows_told(&[window(11, resets_at)]);
    drop(lease);
    node.written().await;
    node.pool.sync().await.unwrap();
    assert_eq!(used(&node, ids[0]), [("primary".to_owned(), 11)]);
    node.end().await;

    let node = world.node("a").await;
    let known = KnownWindow {
        window: window(11, resets_at),
        as_of: world.clock.seconds(),
        source: WindowSource::Answer,
    };
    assert_eq!(node.account(ids[0]).windows, [known]);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_doubted_and_serves_is_asked_about_its_use_too() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    lease.ended(Outcome::TokenRejected);
    drop(lease);
    node.settled().await;
    assert_eq!(world.asked(USAGE), 1);
    assert_eq!(used(&node, ids[0]).len(), 2);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_who_has_no_codex_or_is_gone() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let key = world.simulator.mint_platform_key(&TokenSpec::new("p"));
    let base = world.base.join(simulator::PLATFORM_PATH).unwrap();
    let platform = format!("{key},{base}");
    let gone = world.faulty_access("gone", "deactivated");
    for id in node.import(&[platform, gone]).await {
        let checked = node.pool.check(id).await.unwrap();
        assert!(checked.windows.is_empty());
    }
    assert_eq!(world.asked(USAGE), 0);
    node.end().await;
}
