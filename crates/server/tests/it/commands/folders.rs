//! `flowgpt import DIR`: data folders as the Python FlowGPT and chat2api leave them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use simulator::{RefreshFamily, TokenSpec};

use super::workplace::{Workplace, serving};
use crate::support::{Reply, client};

/// The files of an old folder; `{name}` stands for a token.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/old_folder");

const WORKSPACE: &str = "11111111-2222-4333-8444-555555555555";

/// A workplace with an old installation in `old`, whose tokens the simulator has minted.
async fn with_old_folder() -> Workplace {
    let mut workplace = Workplace::new().await;
    let short = TokenSpec {
        lifetime: std::time::Duration::ZERO,
        ..TokenSpec::new("ended")
    };
    let mut tokens = HashMap::new();
    for name in ["first", "team", "bought", "refused_but_good"] {
        tokens.insert(name, workplace.access_token(&TokenSpec::new(name)));
    }
    tokens.insert("ended", workplace.access_token(&short));
    // One of 45 characters, as the older programs take them.
    let spec = TokenSpec::new("bought");
    let old = workplace
        .simulator
        .mint_refresh_token(&spec, RefreshFamily::MobileLasting);
    workplace.keep_secret(&old);
    tokens.insert("refresh", old);
    tokens.insert("spent", workplace.refresh_token(&TokenSpec::new("spent")));
    tokens.insert("workspace", WORKSPACE.to_owned());
    for entry in fs::read_dir(FILES).unwrap() {
        let file = entry.unwrap().path();
        let mut text = fs::read_to_string(&file).unwrap();
        for (name, token) in &tokens {
            text = text.replace(&format!("{{{name}}}"), token);
        }
        let name = file.file_name().unwrap().to_str().unwrap();
        let place = match name {
            "env" => "old/.env".to_owned(),
            name => format!("old/data/{name}"),
        };
        workplace.write(&place, &text);
    }
    workplace
}

/// All files below a folder, with what is in them.
fn contents(folder: &Path) -> HashMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let read = |path: std::path::PathBuf| {
        if path.is_dir() {
            return contents(&path).into_iter().collect::<Vec<_>>();
        }
        vec![(path.display().to_string(), fs::read(&path).unwrap())]
    };
    entries.flat_map(read).collect()
}

#[tokio::test]
async fn an_old_folder_is_taken_over_whole_and_the_second_time_changes_nothing() {
    let workplace = with_old_folder().await;
    let before = contents(&workplace.folder.path().join("old"));
    let taken = workplace.json(&["import", "old/data"]).await;
    let accounts = &taken["accounts"];
    // first, team, bought (with its RefreshToken) and refused_but_good.
    assert_eq!(
        (&accounts["added"], &accounts["rejected"]),
        (&json!(4), &json!(2)),
        "{taken}"
    );
    let rejected: Vec<&str> = accounts["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["outcome"] == "rejected")
        .map(|it| it["place"].as_str().unwrap())
        .collect();
    assert_eq!(rejected, ["token.txt line 7", "token.txt line 8"]);
    let seeds = json!({"bound": 2, "known": 0, "lost": 1, "conversations": 3});
    assert_eq!(taken["seeds"], seeds, "{taken}");
    assert_eq!(contents(&workplace.folder.path().join("old")), before);

    let list = workplace.json(&["account", "list"]).await;
    let accounts = list["accounts"].as_array().unwrap();
    let bought = accounts
        .iter()
        .find(|it| it["can_refresh"] == true)
        .unwrap();
    assert!(bought["access_expires_at"].is_number(), "{bought}");
    assert!(accounts.iter().any(|it| it["workspace"] == WORKSPACE));
    assert!(accounts.iter().all(|it| it["source"] == "folder"));
    let seeds = workplace.json(&["seed", "list"]).await;
    let of = |word: &str| {
        let seeds = seeds["seeds"].as_array().unwrap();
        let seed = seeds.iter().find(|it| it["seed"] == word).unwrap();
        seed["account_id"].clone()
    };
    assert_eq!(of("朋友"), bought["id"]);

    let again = workplace.json(&["import", "old/data"]).await;
    assert_eq!(
        (&again["accounts"]["added"], &again["accounts"]["unchanged"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(
        (&again["seeds"]["bound"], &again["seeds"]["known"]),
        (&json!(0), &json!(2))
    );
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 4);
    workplace.close().await;
}

#[tokio::test]
async fn a_trial_says_the_same_and_writes_nothing() {
    let workplace = with_old_folder().await;
    let trial = workplace.json(&["import", "old/data", "--dry-run"]).await;
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 0);
    assert_eq!(workplace.json(&["seed", "list"]).await["seeds"], json!([]));
    let real = workplace.json(&["import", "old/data"]).await;
    assert_eq!(trial["seeds"], real["seeds"]);
    assert_eq!(trial["accounts"]["added"], real["accounts"]["added"]);
    workplace.close().await;
}

#[tokio::test]
async fn what_is_not_taken_and_what_becomes_of_the_settings_is_said() {
    let workplace = with_old_folder().await;
    let said = workplace.run(&["import", "old/data"]).await.out;
    for expected in [
        "accounts: 4 added",
        "rejected: token.txt line 7: this AccessToken has expired",
        "rejected: token.txt line 8: this is no AccessToken",
        "not taken: 1 tokens of error_token.txt",
        "not taken: fp_map.json: browser fingerprints",
        "not taken: wss_map.json: ",
        "not taken: conversation_map.json: ",
        "not taken: proxies.json: not known",
        "settings: old/.env may stay as it is",
        "as before: AUTHORIZATION, ",
        "different: API_PREFIX: it is a path and no password",
        "different: HOST: FlowGPT listens on this machine only",
        "ARKOSE_TOKEN_URL has no effect",
        "IMPERSONATE has no effect",
        "SOMETHING_ELSE is not known",
        "to be mended: RETRY_TIMES",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(!said.contains("sk-old-key"), "{said}");
    workplace.close().await;
}

#[tokio::test]
async fn a_seed_that_was_bound_elsewhere_meanwhile_stays_there() {
    let workplace = with_old_folder().await;
    workplace.run(&["import", "old/data"]).await;
    let list = workplace.json(&["account", "list"]).await;
    let mut accounts = list["accounts"].as_array().unwrap().iter();
    let team = accounts.find(|it| it["workspace"] == WORKSPACE).unwrap();
    workplace
        .run(&["seed", "bind", "朋友", team["id"].as_str().unwrap()])
        .await;
    workplace.run(&["import", "old/data"]).await;
    let seeds = workplace.json(&["seed", "list"]).await;
    let seeds = seeds["seeds"].as_array().unwrap();
    let seed = seeds.iter().find(|it| it["seed"] == "朋友").unwrap();
    assert_eq!(seed["account_id"], team["id"]);
    workplace.close().await;
}

#[tokio::test]
async fn a_conversation_of_an_old_seed_is_that_seeds_and_nobody_elses() {
    let mut workplace = with_old_folder().await;
    workplace.run(&["import", "old/data"]).await;
    workplace.set("AUTO_SEED", "true");
    workplace.set("HISTORY_DISABLED", "false");
    workplace.set("ACCOUNT_CHECK_HOURS", "0");
    let (running, url) = serving(&workplace).await;
    let ask = async |seed: &str| {
        let body = json!({
            "model": "auto",
            "conversation_id": "66666666-0000-4000-8000-000000000001",
            "parent_message_id": "66666666-0000-4000-8000-0000000000ff",
            "messages": [{"role": "user", "content": "simulate:echo hi"}],
        });
        let request = client().post(format!("{url}/v1/chat/completions"));
        let reply = request.bearer_auth(seed).json(&body).send().await.unwrap();
        Reply::read(reply).await
    };
    let asked_upstream = || {
        let all = workplace.simulator.recorded().into_iter();
        all.filter(|it| it.path.ends_with("/conversation")).count()
    };
    let stranger = ask("stranger").await;
    assert_eq!(
        (stranger.status, stranger.code().as_str()),
        (404, "conversation_not_found")
    );
    assert_eq!(asked_upstream(), 0);
    let owner = ask("first seed").await;
    assert!(asked_upstream() > 0, "{}", owner.text);
    running.stop().await;
    workplace.close().await;
}

#[tokio::test]
async fn a_damaged_file_is_named_and_the_rest_goes_on() {
    let workplace = with_old_folder().await;
    workplace.write("old/data/seed_map.json", "{\"cut\": {\"tok");
    let done = workplace.fail(&["import", "old/data"]).await;
    let problem = "problem: seed_map.json is damaged; nothing of it was taken";
    assert!(done.out.contains(problem), "{done:?}");
    assert!(done.out.contains("accounts: 4 added"), "{done:?}");
    workplace.close().await;
}

#[tokio::test]
async fn the_folder_may_be_the_data_folder_itself_and_an_empty_one_is_no_error() {
    let workplace = Workplace::new().await;
    workplace.write("data/token.txt", "fk-one\n");
    let taken = workplace.json(&["import", "data"]).await;
    assert_eq!(taken["accounts"]["added"], 1);
    assert_eq!(taken["not_taken"], json!([]), "{taken}");
    assert_eq!(taken["settings"], Value::Null);
    fs::create_dir(workplace.folder.path().join("empty")).unwrap();
    let taken = workplace.json(&["import", "empty"]).await;
    assert_eq!(taken["accounts"]["added"], 0);
    let neither = workplace.fail(&["import", "data/token.txt"]).await;
    assert!(
        neither.said.contains("neither a data folder nor an export"),
        "{neither:?}"
    );
    workplace.close().await;
}
