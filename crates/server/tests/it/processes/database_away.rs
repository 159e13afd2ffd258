//! PostgreSQL goes away while tokens are renewed.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{Connection as _, PgConnection};

use super::cuttable::Cuttable;
use super::world::{Gateway, World, wait_until};
use super::{short, slow};

const TERMINATIONS: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_postgres_ends_its_connections_during_renewals() {
    let world = World::on_postgres().await;
    world.import(
        &(0..6)
            .map(|it| short(&format!("a-{it}")))
            .collect::<Vec<_>>(),
    );
    let gateway = Gateway::start(&world, 0).await;
    let mut server = PgConnection::connect(&world.database_url).await.unwrap();
    let mut ended: i64 = 0;
    for number in 0..TERMINATIONS {
        // Requests may fail meanwhile; what counts is what is left.
        let asked = join_all((0..6).map(|_| gateway.ask()));
        let before = world.simulator.sign_in_log().begun;
        let terminated = async {
            // Some renewals are under way each time, unless all tokens are good at the moment.
            let begins = world.has_begun(before + 1 + number % 3);
            let _none_begins = tokio::time::timeout(Duration::from_millis(1500), begins).await;
            sqlx::query_scalar::<_, i64>(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .fetch_one(&mut server)
            .await
            .unwrap()
        };
        ended += tokio::join!(asked, terminated).1;
    }
    assert!(ended > 0, "no connection was ended");
    assert_eq!(gateway.ask().await, 200);
    drop(server);
    world.run(1, &["account", "refresh", "--all"]);
    let log = world.simulator.sign_in_log();
    assert!(log.begun > TERMINATIONS, "{} exchanges", log.begun);
    assert_eq!(log.lost, 0);
    world.lost_nothing();
    drop(gateway);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_while_postgres_is_away_outlives_a_kill() {
    let world = World::on_postgres().await;
    world.import(&[slow("a")]);
    let way = Cuttable::to(&world.database_url).await;
    let start = async || {
        let mut command = world.program(0, &["serve", "--port", "0", "--json"]);
        command.env("DATABASE_URL", &way.url);
        Gateway::of(command).await
    };
    let gateway = start().await;
    let rotations = world.folder(0).join("data/rotations");
    let spooled = || {
        let files = std::fs::read_dir(&rotations).unwrap();
        let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".sealed")).count()
    };
    let renewed = async {
        world.has_begun(1).await;
        // The token is spent, and its answer is on its way.
        way.cut();
        wait_until("the new token is on disk", async || spooled() == 1).await;
    };
    tokio::select! {
        status = gateway.ask() => panic!("answered with {status} before the token was stored"),
        () = renewed => {}
    }
    // Not by itself, when the database is back.
    drop(gateway);
    way.mend();
    let gateway = start().await;
    assert_eq!(spooled(), 0);
    assert_eq!(gateway.ask().await, 200);
    let log = world.simulator.sign_in_log();
    assert_eq!((log.begun, log.refreshed, log.lost), (1, 1, 0));
    world.run(1, &["account", "refresh", "--all"]);
    world.lost_nothing();
    drop(gateway);
    world.end().await;
}
