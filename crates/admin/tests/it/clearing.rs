//! Clearing and bringing back, and the classic forms.

use serde_json::{Value, json};

use crate::support::{NOW, PASSWORD, World, get, post};

const DAY: u64 = 24 * 3600;

async fn undo(world: &World, cleared: &Value) -> (u16, Value) {
    let body = json!({"clearing": cleared["clearing"]});
    let reply = post("/admin/api/undo")
        .script()
        .json(&body)
        .send(world)
        .await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn accounts_that_were_cleared_come_back_once() {
    let world = World::new().await;
    for name in ["ada", "ben"] {
        world.add(&world.access(name)).await;
    }
    let cleared = post("/admin/api/accounts/clear")
        .script()
        .send(&world)
        .await
        .json();
    assert_eq!(
        (&cleared["count"], &cleared["undo_until"]),
        (&json!(2), &json!(NOW + DAY))
    );
    assert_eq!(world.pool.accounts().len(), 0);
    assert_eq!(undo(&world, &cleared).await, (200, json!({"restored": 2})));
    assert_eq!(world.pool.accounts().len(), 2);
    assert_eq!(undo(&world, &cleared).await.0, 404);
    assert_eq!(undo(&world, &json!({"clearing": "made up"})).await.0, 404);
}

#[tokio::test]
async fn what_is_gone_for_good_does_not_come_back() {
    let world = World::new().await;
    world.add(&world.access("ada")).await;
    let cleared = post("/admin/api/accounts/clear")
        .script()
        .send(&world)
        .await
        .json();
    world.clock.advance(DAY + 1);
    let before = i64::try_from(world.clock.seconds() - DAY).unwrap();
    world.database.purge_cleared(before).await.unwrap();
    assert_eq!(undo(&world, &cleared).await.0, 404);
}

#[tokio::test]
async fn the_classic_forms_do_what_they_did_for_whoever_is_an_admin() {
    let world = World::new().await;
    let cookie = world.cookie().await;
    let form = [(
        "text",
        format!("{}\n{}\nnonsense", world.access("ada"), world.access("ben")),
    )];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (asked, added) in [
        (post("/admin/tokens/upload").script(), 2),
        (post("/admin/tokens/upload").page(&cookie), 0),
    ] {
        let reply = asked.form(&form).send(&world).await;
        let summary = reply.json();
        assert_eq!(
            (&summary["added"], &summary["rejected"]),
            (&json!(added), &json!(1))
        );
    }
    let empty = post("/admin/tokens/upload").script().form(&[("text", " ")]);
    let empty = empty.send(&world).await;
    assert_eq!(empty.json()["error"]["message"], "You entered a null value");
    let body = json!({"seed": "friend"});
    post("/admin/api/seeds")
        .script()
        .json(&body)
        .send(&world)
        .await;

    let seeds = post("/admin/tokens/seed_clear")
        .script()
        .send(&world)
        .await
        .json();
    assert_eq!(seeds["count"], 1);
    let list = get("/admin/api/seeds").script().send(&world).await.json();
    assert_eq!(list, json!({"seeds": []}));
    let accounts = post("/admin/tokens/clear")
        .script()
        .send(&world)
        .await
        .json();
    assert_eq!(accounts["count"], 2);
    assert_eq!(undo(&world, &accounts).await.0, 200);
    assert_eq!(undo(&world, &seeds).await, (200, json!({"restored": 1})));
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let world = World::new().await;
    world.add(&world.access("ada")).await;
    let cookie = world.cookie().await;
    for path in ["upload", "clear", "seed_clear", "error"] {
        let asked = post(&format!("/admin/tokens/{path}"))
            .header("cookie", &cookie)
            .header("origin", "https://evil.example")
            .form(&[("text", PASSWORD)]);
        assert_eq!(
            asked.send(&world).await.code(),
            "cross_site_request",
            "{path}"
        );
    }
    assert_eq!(world.pool.accounts().len(), 1);
}

#[tokio::test]
async fn some_accounts_are_removed_together_and_come_back() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in ["ada", "ben", "eve"] {
        ids.push(world.add(&world.access(name)).await);
    }
    let remove = |ids: Value| {
        let body = json!({"ids": ids});
        post("/admin/api/accounts/remove").script().json(&body)
    };
    let removed = remove(json!([ids[0], ids[2], "no id"])).send(&world).await;
    let removed = removed.json();
    assert_eq!(
        (&removed["count"], &removed["undo_until"]),
        (&json!(2), &json!(NOW + DAY))
    );
    let left: Vec<String> = world
        .pool
        .accounts()
        .iter()
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(left, [ids[1].clone()]);
    let again = remove(json!([ids[0]])).send(&world).await;
    assert_eq!((again.status, again.param().as_str()), (404, "ids"));
    assert_eq!(undo(&world, &removed).await, (200, json!({"restored": 2})));
    assert_eq!(world.pool.accounts().len(), 3);
}
