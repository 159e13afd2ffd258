//! Managed keys.

use serde_json::{Value, json};

use crate::support::{NOW, Reply, World, get, post, request};

const KEYS: &str = "/admin/api/keys";

async fn create(world: &World, body: Value) -> Reply {
    post(KEYS).script().json(&body).send(world).await
}

async fn change(world: &World, id: &str, body: Value) -> Reply {
    let path = format!("{KEYS}/{id}");
    request("patch", &path)
        .script()
        .json(&body)
        .send(world)
        .await
}

/// A new key's id, and the key.
async fn made(world: &World, body: Value) -> (String, String) {
    let reply = create(world, body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let text = |name: &str| reply.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

#[tokio::test]
async fn a_key_is_shown_when_it_is_made_and_never_again() {
    let world = World::new().await;
    let (id, key) = made(&world, json!({"name": "friend"})).await;
    assert_eq!((key.len(), &key[..3]), (43, "fg-"));
    let list = get(KEYS).script().send(&world).await;
    let shown = &list.json()["keys"][0];
    assert_eq!(
        (&shown["id"], &shown["name"]),
        (&json!(id), &json!("friend"))
    );
    assert_eq!(shown["hint"], format!("{}…{}", &key[..7], &key[39..]));
    let changed = change(&world, &id, json!({"name": "other"})).await;
    let audit = get("/admin/api/audit").script().send(&world).await;
    for reply in [list, changed, audit] {
        assert!(!reply.text.contains(&key), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_rotated_key_gets_a_value_that_is_shown_once_and_keeps_everything_else() {
    let world = World::new().await;
    let (id, key) = made(&world, json!({"name": "friend"})).await;
    let path = format!("{KEYS}/{id}/rotate");
    let rotate = |body: Value| post(&path).script().json(&body).send(&world);
    let rotated = rotate(json!({"overlap_seconds": 60})).await.json();
    let fresh = rotated["key"].as_str().unwrap();
    assert_ne!(fresh, key);
    assert_eq!(
        (&rotated["id"], &rotated["name"], &rotated["previous_until"]),
        (&json!(id), &json!("friend"), &json!(NOW + 60))
    );
    assert_eq!(rotated["hint"], format!("{}…{}", &fresh[..7], &fresh[39..]));
    for wrong in [-1, 32 * 86_400] {
        let refused = rotate(json!({"overlap_seconds": wrong})).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(refused.param(), "overlap_seconds");
    }
    let list = get(KEYS).script().send(&world).await;
    let audit = get("/admin/api/audit").script().send(&world).await;
    assert!(audit.text.contains("rotate_key"));
    for reply in [list, audit] {
        assert!(!reply.text.contains(fresh), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_policy_that_would_never_work_is_refused_and_the_reply_says_what_of_it() {
    let world = World::new().await;
    let id = world.add(&world.access("ada")).await;
    let of = |policy: Value| json!({"name": "friend", "policy": policy});
    let (key, _) = made(&world, of(json!({"accounts": [id]}))).await;
    let budgets = |budgets: Value| json!({"budgets": budgets});
    for (policy, param) in [
        (json!({"accounts": ["nobody"]}), "policy.accounts"),
        // What a list shows of an id names an account on the command line, but not in a policy.
        (json!({"accounts": [&id[..8]]}), "policy.accounts"),
        (json!({"drivers": ["mobile"]}), "policy.drivers"),
        (json!({"models": [""]}), "policy.models"),
        (json!({"max_in_use": 0}), "policy.max_in_use"),
        (
            budgets(json!([{"period": "day", "requests": 0}])),
            "policy.budgets",
        ),
        (
            budgets(json!([{"period": "day", "tokens": 0}])),
            "policy.budgets",
        ),
        (budgets(json!([{"period": "day"}])), "policy.budgets"),
        (
            budgets(json!([{"period": "day", "requests": 1}, {"period": "day", "tokens": 1}])),
            "policy.budgets",
        ),
    ] {
        for refused in [
            create(&world, of(policy.clone())).await,
            change(&world, &key, json!({"policy": policy})).await,
        ] {
            assert_eq!((refused.status, refused.param().as_str()), (400, param));
        }
    }
    for body in [
        json!({"name": "friend", "policy": {"budgets": [{"period": "year", "requests": 1}]}}),
        json!({"name": "friend", "policy": {"model": ["gpt-5"]}}),
        json!({"name": "friend", "admin": true}),
        json!({}),
    ] {
        assert_eq!(create(&world, body).await.code(), "invalid_body");
    }
    for (body, param) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "x", "expires_at": NOW}), "expires_at"),
    ] {
        assert_eq!(create(&world, body).await.param(), param);
    }
    let list = get(KEYS).script().send(&world).await.json();
    assert_eq!(list["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_changed_thing_by_thing_and_removed() {
    let world = World::new().await;
    let policy = json!({"models": ["gpt-5*"], "budgets": [{"period": "week", "tokens": 1000}]});
    let new = json!({"name": "friend", "policy": policy, "expires_at": NOW + 60});
    let (id, _) = made(&world, new).await;
    let changed = change(&world, &id, json!({"expires_at": null}))
        .await
        .json();
    assert_eq!(
        (&changed["expires_at"], &changed["name"]),
        (&Value::Null, &json!("friend"))
    );
    assert_eq!(changed["policy"]["models"], json!(["gpt-5*"]));
    let changed = change(&world, &id, json!({"is_disabled": true}))
        .await
        .json();
    assert_eq!(changed["is_disabled"], true);
    assert_eq!(changed["policy"]["budgets"], policy["budgets"]);

    let usage = get(&format!("{KEYS}/{id}/usage"))
        .script()
        .send(&world)
        .await
        .json();
    let budget = &usage["budgets"][0];
    assert_eq!(
        budget["tokens"],
        json!({"used": 0, "reserved": 0, "limit": 1000})
    );
    assert_eq!(budget["requests"]["limit"], Value::Null);
    let (starts, resets) = (budget["starts_at"].as_u64(), budget["resets_at"].as_u64());
    assert_eq!(resets.unwrap() - starts.unwrap(), 7 * 24 * 3600);
    assert!((starts.unwrap()..resets.unwrap()).contains(&NOW));

    let path = format!("{KEYS}/{id}");
    assert_eq!(
        request("delete", &path).script().send(&world).await.status,
        204
    );
    assert_eq!(
        request("delete", &path).script().send(&world).await.status,
        404
    );
    assert_eq!(change(&world, &id, json!({"name": "x"})).await.status, 404);
    let done: Vec<_> = world.audit().await.into_iter().map(|(_, it)| it).collect();
    assert_eq!(
        done,
        ["remove_key", "change_key", "change_key", "create_key"]
    );
}
