//! Starts that are refused, with one line that says why, and change nothing.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use simulator::TokenSpec;

use super::world::{Gateway, World, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_gateway_on_one_data_folder_does_not_start() {
    let world = World::embedded().await;
    world.import(&[TokenSpec::new("a")]);
    let first = Gateway::start(&world, 0).await;
    let second = world
        .program(0, &["serve", "--port", "0", "--json"])
        .output();
    let second = second.unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(
        said(&second),
        "flowgpt: the data folder data is in use by another FlowGPT; stop that one, or set \
         DATA_DIR to another path\n"
    );
    assert_eq!(first.ask().await, 200);
    // Commands work beside it.
    assert!(
        world
            .run(0, &["account", "list", "--json"])
            .contains("healthy")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_master_key_starts_nothing_and_changes_nothing() {
    let world = World::on_postgres().await;
    world.import(&[TokenSpec::new("a"), TokenSpec::new("b")]);
    world.run(0, &["key", "create", "a friend"]);
    let before = contents(&world).await;
    for arguments in [
        &["serve", "--port", "0", "--json"][..],
        &["account", "list"],
        &["account", "import", "../tokens.txt"],
        &["account", "refresh", "--all"],
    ] {
        let mut command = world.program(1, arguments);
        command.env("FLOWGPT_MASTER_KEY", "08".repeat(32));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = said(&output);
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        assert!(said.contains("FLOWGPT_MASTER_KEY"), "{said}");
    }
    assert_eq!(contents(&world).await, before);
    assert_eq!(world.simulator.sign_in_log().begun, 0);
    world.run(1, &["account", "refresh", "--all"]);
    world.end().await;
}

/// Each table with a digest of all that is in it.
async fn contents(world: &World) -> Vec<(String, Option<String>)> {
    let mut connection = PgConnection::connect(&world.database_url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    let mut contents = Vec::new();
    for table in tables {
        let query = format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t");
        let digest = sqlx::query_scalar(AssertSqlSafe(query));
        let digest = digest.fetch_one(&mut connection).await.unwrap();
        contents.push((table, digest));
    }
    contents
}
