//! `/seedtoken`, as Chat-Share asks for it.

use serde_json::{Value, json};

use crate::support::{KEY, PASSWORD, Reply, World, get, post, request};

const PATH: &str = "/seedtoken";

async fn bind(world: &World, body: Value) -> Reply {
    post(PATH).with_key().json(&body).send(world).await
}

async fn remove(world: &World, body: Value) -> Reply {
    request("delete", PATH)
        .with_key()
        .json(&body)
        .send(world)
        .await
}

async fn exposing(exposes: bool) -> World {
    World::with(|settings| {
        settings.password = Some(PASSWORD.into());
        settings.exposes_seed_tokens = exposes;
    })
    .await
}

#[tokio::test]
async fn a_seed_is_made_shown_bound_to_another_token_and_removed() {
    let world = World::new().await;
    let (one, other) = (world.access("ada"), world.access("ben"));
    let updated = json!({"status": "success", "message": "Token updated successfully"});
    let made = bind(&world, json!({"seed": "friend", "token": one})).await;
    assert_eq!((made.status, made.json()), (200, updated.clone()));
    let first = world.pool.accounts()[0].label.clone();
    let all = get(PATH).with_key().send(&world).await;
    assert_eq!(
        all.json(),
        json!({"status": "success", "data": {"friend": first}})
    );

    // By the name that the original FlowGPT reads.
    let moved = bind(&world, json!({"seed": "friend", "oai-flow-token": other})).await;
    assert_eq!(moved.json(), updated);
    let second = world.pool.accounts()[1].label.clone();
    assert_ne!(first, second);
    let shown = get("/seedtoken?seed=friend").with_key().send(&world).await;
    let expected = json!({"status": "success", "data": {"seed": "friend", "token": second}});
    assert_eq!(shown.json(), expected);

    let removed = remove(&world, json!({"seed": "friend"})).await;
    assert_eq!(
        (removed.status, removed.json()["status"].clone()),
        (200, "success".into())
    );
    assert_eq!(
        get("/seedtoken?seed=friend")
            .with_key()
            .send(&world)
            .await
            .status,
        404
    );
    assert_eq!(remove(&world, json!({"seed": "friend"})).await.status, 404);
    let done = [
        "remove_seed",
        "bind_seed",
        "import_accounts",
        "bind_seed",
        "import_accounts",
    ];
    let done = done.map(|action| ("gateway key".to_owned(), action.to_owned()));
    assert_eq!(world.audit().await, done);
}

#[tokio::test]
async fn all_seeds_go_with_one_word() {
    let world = World::new().await;
    world.add(&world.access("ada")).await;
    for seed in ["one", "two"] {
        assert_eq!(bind(&world, json!({"seed": seed})).await.status, 200);
    }
    assert_eq!(remove(&world, json!({"seed": "clear"})).await.status, 200);
    let all = get(PATH).with_key().send(&world).await.json();
    assert_eq!(all, json!({"status": "success", "data": {}}));
}

#[tokio::test]
async fn what_is_missing_or_no_token_is_said() {
    let world = World::new().await;
    for body in [json!({}), json!({"seed": ""}), json!({"seed": null})] {
        for reply in [
            bind(&world, body.clone()).await,
            remove(&world, body.clone()).await,
        ] {
            assert_eq!(
                (reply.status, reply.param().as_str()),
                (400, "seed"),
                "{body}"
            );
        }
    }
    for token in ["sk-key,nowhere", "nonsense", "# comment"] {
        let refused = bind(&world, json!({"seed": "friend", "token": token})).await;
        assert_eq!(
            (refused.status, refused.param().as_str()),
            (400, "token"),
            "{token}"
        );
    }
    assert_eq!(
        bind(&world, json!({"seed": "friend"})).await.status,
        503,
        "no account"
    );
}

#[tokio::test]
async fn a_seed_takes_in_one_token_and_no_server_that_a_key_names() {
    let world = World::new().await;
    let server = "any-key,https://10.0.0.5/v1";
    let several = format!("{}\n{}", world.access("ada"), world.access("ben"));
    let spoilt = json!({"seed": "a\u{7}", "token": world.access("ada")});
    for (body, param) in [
        (json!({"seed": "a", "token": server}), "token"),
        (json!({"seed": "a", "token": "sk-proj-abc"}), "token"),
        (json!({"seed": "a", "token": several}), "token"),
        (spoilt, "seed"),
    ] {
        let refused = bind(&world, body).await;
        assert_eq!(refused.param(), param, "{}", refused.text);
    }
    assert!(world.pool.accounts().is_empty(), "nothing is taken in");
    assert_eq!(world.audit().await, []);
    // Whom it is the work of.
    let body = json!({"seed": "a", "token": server});
    let admin = post(PATH).script().json(&body).send(&world).await;
    assert_eq!(admin.status, 200, "{}", admin.text);
    assert_eq!(world.pool.accounts().len(), 1);
}

#[tokio::test]
async fn only_a_key_of_the_settings_or_an_admin_may() {
    let world = World::new().await;
    let account = world.access("ada");
    world.add(&account).await;
    let body = json!({"name": "friend"});
    let made = post("/admin/api/keys")
        .script()
        .json(&body)
        .send(&world)
        .await
        .json();
    let managed = made["key"].as_str().unwrap();
    bind(&world, json!({"seed": "friend"})).await;
    for (credential, status) in [
        ("Bearer made-up", 401),
        ("Basic YWRtaW46d3Jvbmc=", 401),
        (managed, 403),
        (&account, 403),
        ("friend", 403),
        (KEY, 200),
    ] {
        for method in ["get", "post", "delete"] {
            let asked = request(method, PATH).header("authorization", credential);
            let reply = asked.json(&json!({"seed": "friend"})).send(&world).await;
            assert_eq!(
                reply.status, status,
                "{method} {credential}: {}",
                reply.text
            );
        }
    }
    let cookie = world.cookie().await;
    assert_eq!(get(PATH).page(&cookie).send(&world).await.status, 200);
    let other = post(PATH)
        .header("cookie", &cookie)
        .json(&json!({"seed": "x"}));
    assert_eq!(other.send(&world).await.code(), "cross_site_request");
}

#[tokio::test]
async fn a_token_is_shown_to_an_admin_who_wants_that_and_to_nobody_else() {
    for exposes in [false, true] {
        let world = exposing(exposes).await;
        let token = world.access("ada");
        bind(&world, json!({"seed": "friend", "token": token})).await;
        let cookie = world.cookie().await;
        for path in [PATH, "/seedtoken?seed=friend"] {
            let key = get(path).with_key().send(&world).await;
            assert!(!key.text.contains(&token), "{}", key.text);
            // Whoever sends both is served as the key is.
            let both = get(path).with_key().page(&cookie).send(&world).await;
            assert!(!both.text.contains(&token));
            for admin in [get(path).script(), get(path).page(&cookie)] {
                let shown = admin.send(&world).await;
                assert_eq!(shown.text.contains(&token), exposes, "{}", shown.text);
            }
        }
    }
}
