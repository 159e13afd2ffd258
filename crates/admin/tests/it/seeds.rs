//! Seeds, for operators.

use serde_json::{Value, json};

use crate::support::{Reply, World, get, post, request};

const SEEDS: &str = "/admin/api/seeds";

async fn bind(world: &World, body: Value) -> Reply {
    post(SEEDS).script().json(&body).send(world).await
}

#[tokio::test]
async fn a_seed_is_made_bound_to_another_account_and_removed() {
    let world = World::new().await;
    let (one, other) = (
        world.add(&world.access("ada")).await,
        world.add(&world.access("ben")).await,
    );
    let made = bind(&world, json!({"seed": "friend", "account_id": one}))
        .await
        .json();
    assert_eq!(
        (&made["seed"], &made["account_id"]),
        (&json!("friend"), &json!(one))
    );
    assert_eq!(made["rebound_at"], Value::Null);
    // Without an account it stays where it is.
    assert_eq!(
        bind(&world, json!({"seed": "friend"})).await.json()["account_id"],
        one
    );
    world.clock.advance(1);
    let moved = bind(&world, json!({"seed": "friend", "account_id": other}))
        .await
        .json();
    assert_eq!(moved["account_id"], other);
    assert_eq!(moved["rebound_at"], world.clock.seconds());
    let list = get(SEEDS).script().send(&world).await.json();
    assert_eq!(list["seeds"], json!([moved]));

    let named = json!({"seed": "friend"});
    for status in [204, 404] {
        let removed = request("delete", SEEDS)
            .script()
            .json(&named)
            .send(&world)
            .await;
        assert_eq!(removed.status, status);
    }
}

#[tokio::test]
async fn the_pool_chooses_where_nobody_else_does_and_what_is_no_seed_is_refused() {
    let world = World::new().await;
    assert_eq!(bind(&world, json!({"seed": "friend"})).await.status, 503);
    let id = world.add(&world.access("ada")).await;
    assert_eq!(
        bind(&world, json!({"seed": "friend"})).await.json()["account_id"],
        id
    );
    for seed in ["", "fg-key", "a\nb", &"x".repeat(129)] {
        let refused = bind(&world, json!({"seed": seed})).await;
        assert_eq!(
            (refused.status, refused.param().as_str()),
            (400, "seed"),
            "{seed}"
        );
    }
    let nobody = json!({"seed": "other", "account_id": "01a20cfe-f060-789b-8af4-fad8747bc1d6"});
    assert_eq!(bind(&world, nobody).await.status, 404);
}

#[tokio::test]
async fn the_audit_names_a_seed_without_its_word() {
    let world = World::new().await;
    world.add(&world.access("ada")).await;
    let made = bind(&world, json!({"seed": "canary seed"})).await.json();
    let audit = get("/admin/api/audit").script().send(&world).await;
    assert_eq!(audit.json()["entries"][0]["subject"], made["id"]);
    assert!(!audit.text.contains("canary"), "{}", audit.text);
}
