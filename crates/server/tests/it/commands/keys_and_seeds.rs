//! `flowgpt key` and `flowgpt seed`.

use serde_json::json;
use simulator::TokenSpec;

use super::workplace::{Workplace, serving};
use crate::support::{Reply, client, question};

/// A workplace with two accounts, and their labels.
async fn with_accounts() -> (Workplace, Vec<String>) {
    let mut workplace = Workplace::new().await;
    for name in ["a", "b"] {
        let token = workplace.access_token(&TokenSpec::new(name));
        workplace.run(&["account", "add", &token]).await;
    }
    let list = workplace.json(&["account", "list"]).await;
    let accounts = list["accounts"].as_array().unwrap().iter();
    let labels = accounts.map(|it| it["label"].as_str().unwrap().to_owned());
    (workplace, labels.collect())
}

#[tokio::test]
async fn a_key_is_shown_once_opens_the_pool_and_its_use_is_told() {
    let (mut workplace, labels) = with_accounts().await;
    workplace.set("ACCOUNT_CHECK_HOURS", "0");
    let policy = [
        "--model",
        "auto",
        "--account",
        &labels[1],
        "--max-concurrent",
        "2",
        "--budget",
        "10req/day",
        "--budget",
        "2Mtok/month",
        "--expires",
        "30d",
    ];
    let create = [&["key", "create", "bot"], &policy[..]].concat();
    let made = workplace.json(&create).await;
    let key = made["key"].as_str().unwrap().to_owned();
    workplace.keep_secret(&key);
    let list = workplace.json(&["key", "list"]).await;
    let shown = &list["keys"][0];
    assert_eq!(shown["policy"]["models"], json!(["auto"]));
    assert_eq!(shown["policy"]["max_in_use"], 2);
    let budgets = json!([
        {"period": "day", "requests": 10}, {"period": "month", "tokens": 2_000_000},
    ]);
    assert_eq!(shown["policy"]["budgets"], budgets);
    let month = 30 * 24 * 3600;
    let created = shown["created_at"].as_i64().unwrap();
    assert_eq!(shown["expires_at"], created + month);
    let table = workplace.run(&["key", "list"]).await.out;
    assert!(table.contains("10 requests a day"), "{table}");

    let (running, url) = serving(&workplace).await;
    let request = client().post(format!("{url}/v1/chat/completions"));
    let request = request
        .bearer_auth(&key)
        .json(&question("simulate:echo hi"));
    let reply = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    running.stop().await;
    let used = workplace.json(&["key", "usage", "bot"]).await;
    assert_eq!(used["budgets"][0]["requests"]["used"], 1);
    assert_eq!(used["budgets"][1]["tokens"]["limit"], 2_000_000);
    assert_eq!(used["last_30_days"]["requests"], 1, "{used}");
    let said = workplace.run(&["key", "usage", "bot"]).await.out;
    assert!(
        said.contains("1 of 10") && said.contains("1 requests"),
        "{said}"
    );
    workplace.close().await;
}

#[tokio::test]
async fn a_key_is_changed_in_what_is_named_taken_out_and_removed() {
    let (workplace, labels) = with_accounts().await;
    let policy = [
        "--model",
        "gpt-5*",
        "--driver",
        "web",
        "--driver",
        "codex",
        "--account",
        &labels[0],
        "--budget",
        "5req/week",
    ];
    let create = [&["key", "create", "bot"], &policy[..]].concat();
    let made = workplace.json(&create).await;
    let key = made["key"].as_str().unwrap().to_owned();
    workplace
        .run(&["key", "change", "bot", "--max-concurrent", "3"])
        .await;
    let shown = workplace.json(&["key", "show", "bot"]).await;
    assert_eq!(shown["policy"]["models"], json!(["gpt-5*"]));
    assert_eq!(shown["policy"]["drivers"], json!(["web", "codex"]));
    let said = workplace.run(&["key", "show", "bot"]).await.out;
    assert!(said.contains("drivers web, codex"), "{said}");
    assert_eq!(shown["policy"]["max_in_use"], 3);
    let lift = [
        "key",
        "change",
        "bot",
        "--model",
        "any",
        "--driver",
        "any",
        "--account",
        "any",
        "--budget",
        "none",
        "--max-concurrent",
        "0",
        "--expires",
        "2999-01-01",
    ];
    workplace.run(&lift).await;
    let shown = workplace.json(&["key", "show", "bot"]).await;
    for name in ["models", "drivers", "accounts", "budgets"] {
        assert_eq!(shown["policy"][name], json!([]), "{shown}");
    }
    assert_eq!(shown["expires_at"], 32_472_144_000_i64);
    workplace.run(&["key", "disable", "bot"]).await;
    let said = workplace.run(&["key", "show", "bot"]).await.out;
    assert!(
        said.contains("state: disabled") && !said.contains(&key),
        "{said}"
    );
    workplace.run(&["key", "enable", "bot"]).await;
    workplace.run(&["key", "remove", "bot", "--yes"]).await;
    assert_eq!(workplace.json(&["key", "list"]).await["keys"], json!([]));
    let gone = workplace.fail(&["key", "show", "bot"]).await;
    assert!(gone.said.contains("there is no key \"bot\""), "{gone:?}");
    workplace.close().await;
}

#[tokio::test]
async fn wrong_policies_are_refused_before_anything_is_made() {
    let workplace = Workplace::new().await;
    for (wrong, code) in [
        (["--budget", "10"], 2),
        (["--budget", "0req/day"], 2),
        (["--max-concurrent", "many"], 2),
        (["--expires", "soon"], 1),
        (["--expires", "2001-01-01"], 1),
        (["--account", "nobody"], 1),
    ] {
        let create = [&["key", "create", "bot"], &wrong[..]].concat();
        let done = workplace.run_with(&create, "").await;
        assert_eq!(done.status.code(), Some(code), "{wrong:?}: {done:?}");
    }
    workplace.fail(&["key", "create", " "]).await;
    assert_eq!(workplace.json(&["key", "list"]).await["keys"], json!([]));
    workplace.close().await;
}

#[tokio::test]
async fn a_seed_is_made_bound_elsewhere_removed_cleared_and_brought_back() {
    let (workplace, labels) = with_accounts().await;
    workplace
        .run(&["seed", "add", "friend", "--account", &labels[0]])
        .await;
    let again = workplace
        .fail(&["seed", "add", "friend", "--account", &labels[1]])
        .await;
    assert!(
        again.said.contains("there is that seed already"),
        "{again:?}"
    );
    workplace.run(&["seed", "bind", "friend", &labels[1]]).await;
    workplace.run(&["seed", "add", "other"]).await;
    let list = workplace.json(&["seed", "list"]).await;
    let mut seeds = list["seeds"].as_array().unwrap().iter();
    let friend = seeds.find(|it| it["seed"] == "friend").unwrap();
    assert_eq!(friend["account"], json!(labels[1]));
    assert!(friend["rebound_at"].is_number());
    let unknown = workplace
        .fail(&["seed", "bind", "nobody", &labels[0]])
        .await;
    assert!(
        unknown.said.contains("there is no such seed"),
        "{unknown:?}"
    );
    workplace.run(&["seed", "remove", "other"]).await;
    workplace.fail(&["seed", "remove", "other"]).await;
    let cleared = workplace.run(&["seed", "clear", "--yes"]).await.out;
    assert_eq!(workplace.json(&["seed", "list"]).await["seeds"], json!([]));
    let clearing = cleared.trim().rsplit(' ').next().unwrap();
    workplace.run(&["account", "undo", clearing]).await;
    let table = workplace.run(&["seed", "list"]).await.out;
    assert!(
        table.contains("friend") && table.contains(&labels[1]),
        "{table}"
    );
    workplace.close().await;
}
