//! What is changed or learned at one process is known at another within seconds.

use std::time::Duration;

use serde_json::Value;
use simulator::TokenSpec;
use tokio::time::Instant;

use super::world::{Gateway, World, wait_until};
use crate::support::KEY;

/// Within this, every process knows of a change.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_or_removed_key_and_a_removed_account_are_gone_everywhere() {
    let world = World::on_postgres().await;
    world.import(&[TokenSpec::new("a")]);
    let gateways = [
        Gateway::start(&world, 0).await,
        Gateway::start(&world, 1).await,
    ];
    let is_everywhere = async |key: &str, status: u16| {
        let begun = Instant::now();
        for gateway in &gateways {
            let is_so = async || gateway.ask_as(key, "simulate:echo hi").await == status;
            wait_until("a change is seen", is_so).await;
        }
        assert!(begun.elapsed() < SOON, "{status}: {:?}", begun.elapsed());
    };
    let made: Value =
        serde_json::from_str(&world.run(2, &["key", "create", "friend", "--json"])).unwrap();
    let key = made["key"].as_str().unwrap();
    is_everywhere(key, 200).await;
    world.run(2, &["key", "disable", "friend"]);
    is_everywhere(key, 401).await;
    world.run(2, &["key", "enable", "friend"]);
    is_everywhere(key, 200).await;
    world.run(2, &["key", "remove", "friend", "--yes"]);
    is_everywhere(key, 401).await;
    let listed: Value =
        serde_json::from_str(&world.run(2, &["account", "list", "--json"])).unwrap();
    let label = listed["accounts"][0]["label"].as_str().unwrap();
    world.run(2, &["account", "remove", label, "--yes"]);
    is_everywhere(KEY, 503).await;
    drop(gateways);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_one_process_runs_into_is_respected_by_the_other() {
    let world = World::on_postgres().await;
    world.import(&[TokenSpec::new("a")]);
    let first = Gateway::start(&world, 0).await;
    let second = Gateway::start(&world, 1).await;
    assert_eq!(second.ask().await, 200);
    assert_eq!(first.ask_as(KEY, "simulate:model-cap").await, 429);
    let begun = Instant::now();
    wait_until("the limit is known", async || second.ask().await == 429).await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    drop((first, second));
    world.end().await;
}
