//! Accounts: taken in, listed, changed, renewed, asked about and removed.

use accounts::Scope;
use admin::AdminSettings;
use serde_json::{Value, json};
use simulator::TokenSpec;
use std::time::Duration;

use crate::support::{NOW, PASSWORD, Reply, World, get, post, request};

const ACCOUNTS: &str = "/admin/api/accounts";

async fn import(world: &World, text: &str, dry_run: bool) -> Reply {
    let body = json!({"text": text, "dry_run": dry_run});
    post(ACCOUNTS).script().json(&body).send(world).await
}

async fn show(world: &World, id: &str) -> Value {
    let path = format!("{ACCOUNTS}/{id}");
    get(&path).script().send(world).await.json()
}

async fn change(world: &World, id: &str, body: Value) -> Reply {
    let path = format!("{ACCOUNTS}/{id}");
    request("patch", &path)
        .script()
        .json(&body)
        .send(world)
        .await
}

async fn act(world: &World, id: &str, what: &str) -> Reply {
    let path = format!("{ACCOUNTS}/{id}/{what}");
    post(&path).script().send(world).await
}

async fn labels(world: &World, query: &str) -> (u64, Vec<String>) {
    let path = format!("{ACCOUNTS}?{query}");
    let list = get(&path).script().send(world).await.json();
    let all = list["accounts"].as_array().unwrap().iter();
    let labels = all.map(|it| it["label"].as_str().unwrap().to_owned());
    (list["total"].as_u64().unwrap(), labels.collect())
}

/// For each line its number, its kind, what came of it, and why.
fn lines(summary: &Value) -> Vec<(u64, String, String, bool)> {
    let read = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap().to_owned();
        let line = it["line"].as_u64().unwrap();
        (
            line,
            text("kind"),
            text("outcome"),
            it["reason"].is_string(),
        )
    };
    summary["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect()
}

#[tokio::test]
async fn each_line_has_a_verdict_and_the_counts_are_theirs() {
    let world = World::new().await;
    let ended = TokenSpec {
        lifetime: Duration::ZERO,
        ..TokenSpec::new("ended")
    };
    let ended = world.simulator.mint_access_token(&ended);
    let (one, two) = (world.access("one"), world.refresh("two"));
    let text = format!("# mine\n{one}\n\n{two}\nwhat is this\nsk-key\n{ended}\n{one}\n");
    let summary = import(&world, &text, false).await.json();
    let line = |line, kind: &str, outcome: &str, has_reason| {
        (line, kind.to_owned(), outcome.to_owned(), has_reason)
    };
    let expected = [
        line(2, "access_token", "added", false),
        line(4, "refresh_token", "added", false),
        line(5, "unknown", "rejected", true),
        line(6, "api_key", "added", false),
        line(7, "access_token", "rejected", true),
        line(8, "access_token", "unchanged", false),
    ];
    assert_eq!(lines(&summary), expected);
    let counts = ["added", "updated", "restored", "unchanged", "rejected"];
    assert_eq!(
        counts.map(|it| summary[it].as_u64().unwrap()),
        [3, 0, 0, 1, 2]
    );
    let first = &summary["lines"][0];
    let account = show(&world, first["account_id"].as_str().unwrap()).await;
    assert_eq!(account["label"], first["account"]);
    assert_eq!(account["source"], "admin");
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    let world = World::new().await;
    let known = world.add(&world.access("known")).await;
    let text = format!("{}\n{}", world.access("known"), world.access("new"));
    let summary = import(&world, &text, true).await.json();
    let outcomes: Vec<_> = lines(&summary).into_iter().map(|it| it.2).collect();
    assert_eq!(outcomes, ["unchanged", "added"]);
    assert_eq!(summary["lines"][0]["account_id"], known);
    // It has no id yet.
    assert_eq!(summary["lines"][1]["account_id"], Value::Null);
    assert_eq!(world.pool.accounts().len(), 1);
    assert_eq!(world.audit().await, []);
}

#[tokio::test]
async fn a_list_with_nothing_in_it_is_refused_in_the_words_people_know() {
    let world = World::new().await;
    for text in ["", " \n\t\n", "# only a comment"] {
        let refused = import(&world, text, false).await;
        let message = refused.json()["error"]["message"].clone();
        assert_eq!(
            (refused.status, message),
            (400, "You entered a null value".into())
        );
    }
}

#[tokio::test]
async fn accounts_are_found_by_what_people_know_of_them_page_by_page() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in ["ada", "ben", "cleo"] {
        let id = world.add(&world.access(name)).await;
        change(&world, &id, json!({"label": format!("Label of {name}")})).await;
        ids.push(id);
    }
    act(&world, &ids[1], "disable").await;
    assert_eq!(labels(&world, "").await.0, 3);
    assert_eq!(labels(&world, "search=of%20BEN").await.1, ["Label of ben"]);
    assert_eq!(
        labels(&world, &format!("search={}", ids[2])).await.1,
        ["Label of cleo"]
    );
    assert_eq!(labels(&world, "search=nobody").await, (0, vec![]));
    assert_eq!(labels(&world, "health=disabled").await.1, ["Label of ben"]);
    assert_eq!(labels(&world, "health=healthy").await.0, 2);
    assert_eq!(
        labels(&world, "after=1&limit=1").await,
        (3, vec!["Label of ben".to_owned()])
    );
    assert_eq!(act(&world, &ids[0], "check").await.status, 200);
    let email = show(&world, &ids[0]).await["email"]
        .as_str()
        .unwrap()
        .to_owned();
    let found = labels(&world, &format!("search={}", email.to_uppercase())).await;
    assert_eq!(found.1, ["Label of ada"]);
}

#[tokio::test]
async fn what_is_changed_is_changed_and_nothing_else() {
    let world = World::new().await;
    let id = world.add(&world.access("ada")).await;
    let before = show(&world, &id).await;
    let after = change(&world, &id, json!({"max_in_use": 3})).await.json();
    assert_eq!(after["max_in_use"], 3);
    let after = change(
        &world,
        &id,
        json!({"label": "mine", "reset_device_id": true}),
    )
    .await;
    let after = after.json();
    assert_eq!(
        (&after["label"], &after["max_in_use"]),
        (&json!("mine"), &json!(3))
    );
    assert_ne!(after["device_id"], before["device_id"]);
    let after = change(&world, &id, json!({"max_in_use": null}))
        .await
        .json();
    assert_eq!(
        (&after["label"], &after["max_in_use"]),
        (&json!("mine"), &Value::Null)
    );
    for (body, param) in [
        (json!({"label": " "}), "label"),
        (json!({"label": "x".repeat(101)}), "label"),
        (json!({"label": "a\u{1b}[2Jb"}), "label"),
        (json!({"egress": "http://nobody.example:1"}), "egress"),
    ] {
        let refused = change(&world, &id, body).await;
        assert_eq!((refused.status, refused.param().as_str()), (400, param));
    }
    let long = "é".repeat(100);
    assert_eq!(
        change(&world, &id, json!({"label": long})).await.json()["label"],
        long
    );
    assert_eq!(
        change(&world, &id, json!({"token": "x"})).await.code(),
        "invalid_body"
    );
}

#[tokio::test]
async fn an_egress_is_chosen_by_the_name_that_shows_no_credentials() {
    let egresses = [
        "http://user:canary@one.example:8080",
        "http://a:canary@two.example:8080",
        "http://b:canary@two.example:8080",
    ];
    let world = World::with(|settings: &mut AdminSettings| {
        settings.password = Some(PASSWORD.into());
        settings.egresses = egresses.map(|it| it.parse().unwrap()).to_vec();
    })
    .await;
    let id = world.add(&world.access("ada")).await;
    let direct = change(&world, &id, json!({"egress": "direct"})).await;
    assert_eq!(direct.json()["egress"], "direct");
    let named = change(&world, &id, json!({"egress": "http://one.example:8080"})).await;
    assert_eq!(named.status, 200, "{}", named.text);
    // Which of the two is meant cannot be said without credentials.
    let unclear = change(&world, &id, json!({"egress": "http://two.example:8080"})).await;
    assert_eq!((unclear.status, unclear.param().as_str()), (400, "egress"));
    assert!(!unclear.text.contains("canary"));
}

#[tokio::test]
async fn tokens_are_renewed_and_chatgpt_is_asked() {
    let world = World::new().await;
    let id = world.add(&world.refresh("ada")).await;
    let renewed = act(&world, &id, "refresh").await.json();
    assert_eq!(renewed["refreshed_at"], NOW);
    let checked = act(&world, &id, "check").await.json();
    assert_eq!(
        (&checked["plan"], &checked["checked_at"]),
        (&json!("plus"), &json!(NOW))
    );

    let lasting = world.add(&world.access("ben")).await;
    let refused = act(&world, &lasting, "refresh").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (502, "account_not_usable")
    );
    let done: Vec<_> = world.audit().await.into_iter().map(|(_, it)| it).collect();
    assert_eq!(
        done,
        ["refresh_account", "check_account", "refresh_account"]
    );
}

#[tokio::test]
async fn all_tokens_are_renewed_behind_the_reply() {
    let world = World::new().await;
    let others = world.tasks.len();
    for name in ["ada", "ben"] {
        world.add(&world.refresh(name)).await;
    }
    let disabled = world.add(&world.refresh("cleo")).await;
    act(&world, &disabled, "disable").await;
    world.add(&world.access("dora")).await;
    let begun = post("/admin/api/accounts/refresh")
        .script()
        .send(&world)
        .await;
    assert_eq!((begun.status, begun.json()), (202, json!({"accounts": 2})));
    while world.tasks.len() > others {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.simulator.sign_in_log().begun, 2);
}

#[tokio::test]
async fn what_cannot_be_asked_is_listed_with_the_reason_and_without_a_token() {
    let world = World::new().await;
    let short = TokenSpec {
        lifetime: Duration::from_mins(1),
        ..TokenSpec::new("ada")
    };
    let token = world.simulator.mint_access_token(&short);
    let id = world.add(&token).await;
    let path = format!("{ACCOUNTS}/errors");
    let errors = get(&path).script().send(&world).await.json();
    assert_eq!(errors, json!({"accounts": []}));
    world.clock.advance(61);
    for asked in [
        get(&path),
        get("/admin/tokens/error"),
        post("/admin/tokens/error"),
    ] {
        let reply = asked.script().send(&world).await;
        let error = reply.json()["accounts"][0].clone();
        assert_eq!((&error["id"], &error["since"]), (&json!(id), &json!(NOW)));
        let reason = error["reason"].as_str().unwrap();
        assert!(reason.contains("expired"), "{reason}");
        assert!(!reply.text.contains(&token));
    }
    // One that the operator has taken out is no error.
    act(&world, &id, "disable").await;
    let errors = get(&path).script().send(&world).await.json();
    assert_eq!(errors, json!({"accounts": []}));
    let overview = get("/admin/api/overview")
        .script()
        .send(&world)
        .await
        .json();
    assert_eq!(
        overview["accounts"],
        json!({"total": 1, "usable": 0, "by_state": {"disabled": 1}})
    );
}

#[tokio::test]
async fn what_is_used_up_is_forgotten_by_scope_or_all_of_it() {
    let world = World::new().await;
    let id = world.add(&world.access("ada")).await;
    let account = world.pool.named(&id).remove(0).id;
    for model in ["gpt-5-2", "o3"] {
        limit(&world, account, model).await;
    }
    assert_eq!(show(&world, &id).await["state"], "limited");
    let clear = async |body: Option<Value>| {
        let asked = post(&format!("{ACCOUNTS}/{id}/clear-limits")).script();
        let asked = match body {
            Some(body) => asked.json(&body),
            None => asked,
        };
        asked.send(&world).await
    };
    assert_eq!(clear(Some(json!({"scope": "o3"}))).await.param(), "scope");
    let left = clear(Some(json!({"scope": "model:o3"}))).await.json();
    assert_eq!(left["limits"].as_array().unwrap().len(), 1);
    // Without a body, as the other actions.
    let left = clear(None).await.json();
    assert_eq!(
        (&left["limits"], &left["state"]),
        (&json!([]), &json!("healthy"))
    );
}

/// As another process has noted it.
async fn limit(world: &World, account: store::records::AccountId, model: &str) {
    let cool_down = store::records::StoredCoolDown {
        account,
        scope: Scope::Model(model.to_owned()).to_string(),
        until: i64::try_from(NOW).unwrap() + 3600,
        source: "refusal".to_owned(),
        noted_at: i64::try_from(NOW).unwrap(),
    };
    world.database.note_cool_down(cool_down).await.unwrap();
    world.pool.sync().await.unwrap();
}

#[tokio::test]
async fn an_account_that_is_removed_or_never_was_is_not_found() {
    let world = World::new().await;
    let id = world.add(&world.access("ada")).await;
    let path = format!("{ACCOUNTS}/{id}");
    assert_eq!(
        request("delete", &path).script().send(&world).await.status,
        204
    );
    for id in [id.as_str(), "made-up"] {
        assert_eq!(act(&world, id, "mark-healthy").await.status, 404);
        assert_eq!(change(&world, id, json!({"label": "x"})).await.status, 404);
    }
}
