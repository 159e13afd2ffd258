//! Several processes of the real program over one database: no token is spent twice, none is lost
//! when the database goes away, and what one learns the others know.

mod changes;
mod cuttable;
mod database_away;
mod refusals;
mod world;

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use simulator::TokenSpec;

use world::{Gateway, World};

const PROCESSES: usize = 3;

const ACCOUNTS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_on_one_postgres_renew_two_hundred_accounts_exactly_once_each() {
    let world = World::on_postgres().await;
    let specs = (0..ACCOUNTS).map(|number| TokenSpec::new(format!("shared-{number}")));
    world.import(&specs.collect::<Vec<_>>());
    let gateways = join_all((0..PROCESSES).map(|folder| Gateway::start(&world, folder))).await;
    // None has an AccessToken, so whatever is asked and checked needs a new one, all at once.
    everywhere(&world, &gateways, &["account", "check"]).await;
    let log = world.simulator.sign_in_log();
    assert_eq!((log.begun, log.refreshed), (200, 200));
    world.lost_nothing();
    // All are renewed however good they are. A command that comes late may renew what another
    // has renewed by then, but no token is ever sent twice.
    everywhere(&world, &gateways, &["account", "refresh", "--all"]).await;
    let log = world.simulator.sign_in_log();
    let sent = log.exchanges.iter().map(|it| (&it.family, it.generation));
    assert_eq!(sent.collect::<BTreeSet<_>>().len(), log.exchanges.len());
    assert!((400..=800).contains(&log.begun), "{} exchanges", log.begun);
    let families: BTreeSet<&String> = log.exchanges.iter().map(|it| &it.family).collect();
    assert_eq!(families.len(), ACCOUNTS);
    for family in families {
        let of_family = log.exchanges.iter().filter(|it| it.family == *family);
        assert!(of_family.count() >= 2, "{family} was renewed once only");
    }
    assert_eq!((log.begun, log.lost), (log.refreshed, 0));
    world.lost_nothing();
    drop(gateways);
    world.end().await;
}

/// Runs a command in every folder, and sends as many requests as there are accounts through every
/// gateway, all at once; all have to succeed.
async fn everywhere(world: &World, gateways: &[Gateway], arguments: &[&str]) {
    let commands: Vec<Child> = (0..PROCESSES)
        .map(|folder| {
            let mut command = world.program(folder, arguments);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let asked = gateways
        .iter()
        .flat_map(|it| (0..ACCOUNTS).map(|_| it.ask()));
    let statuses = join_all(asked).await;
    assert!(statuses.iter().all(|it| *it == 200), "{statuses:?}");
    for mut command in commands {
        assert!(command.wait().unwrap().success(), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_to_stop_waits_for_a_renewal_that_nobody_waits_for() {
    let world = World::embedded().await;
    world.import(&[slow("a")]);
    let mut gateway = Gateway::start(&world, 0).await;
    {
        let asked = gateway.ask();
        tokio::select! {
            status = asked => panic!("answered with {status} before its token was renewed"),
            () = world.has_begun(1) => {}
        }
        // The caller goes away.
    }
    gateway.terminate();
    assert!(gateway.ends().await.success());
    let log = world.simulator.sign_in_log();
    assert_eq!((log.refreshed, log.lost), (1, 0));
    let gateway = Gateway::start(&world, 0).await;
    assert_eq!(gateway.ask().await, 200);
    assert_eq!(world.simulator.sign_in_log().begun, 1);
}

/// An account whose RefreshToken is spent a while before the answer comes.
fn slow(name: &str) -> TokenSpec {
    TokenSpec {
        fault: Some("refresh-slow".into()),
        ..TokenSpec::new(name)
    }
}

/// An account whose AccessToken is good for a second.
fn short(name: &str) -> TokenSpec {
    TokenSpec {
        lifetime: Duration::from_secs(1),
        ..slow(name)
    }
}
