//! `flowgpt export` into an empty folder elsewhere, `backup`, and new keys for what is sealed.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use simulator::TokenSpec;

use super::workplace::{Workplace, serving};

const PASSPHRASE: &str = "canary correct horse";

/// A workplace with two accounts, one of them disabled, a seed and a key.
async fn furnished() -> Workplace {
    let mut workplace = Workplace::new().await;
    let refresh = workplace.refresh_token(&TokenSpec::new("a"));
    let access = workplace.access_token(&TokenSpec::new("b"));
    let lines = format!("{refresh}\n{access}\n");
    workplace.run_with(&["account", "add", "-"], &lines).await;
    workplace.run(&["account", "refresh", "--all"]).await;
    let list = workplace.json(&["account", "list"]).await;
    let label = |index: usize| {
        list["accounts"][index]["label"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    workplace.run(&["account", "disable", &label(1)]).await;
    workplace
        .run(&["seed", "add", "friend", "--account", &label(0)])
        .await;
    let key = [
        "key",
        "create",
        "bot",
        "--account",
        &label(0),
        "--budget",
        "5req/day",
    ];
    let made = workplace.json(&key).await;
    workplace.keep_secret(made["key"].as_str().unwrap());
    workplace.keep_secret(PASSPHRASE);
    workplace.write("passphrase", &format!("{PASSPHRASE}\n"));
    workplace
}

/// What of an account goes along.
fn moved(list: &Value) -> Vec<Value> {
    let names = [
        "label",
        "source",
        "plan",
        "workspace",
        "is_disabled",
        "max_in_use",
        "device_id",
        "access_expires_at",
        "can_refresh",
    ];
    let accounts = list["accounts"].as_array().unwrap().iter();
    let pick = |it: &Value| names.iter().map(|name| it[*name].clone()).collect();
    accounts.map(pick).collect()
}

#[tokio::test]
async fn an_export_is_sealed_and_brings_everything_to_an_empty_folder() {
    let mut workplace = furnished().await;
    let export = ["export", "all.export", "--passphrase-file", "passphrase"];
    let done = workplace.run(&export).await;
    assert!(
        done.out
            .contains("2 accounts, 1 keys without their secrets and 1 seeds"),
        "{done:?}"
    );
    let file = workplace.folder.path().join("all.export");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let bytes = fs::read(&file).unwrap();
    for open in ["eyJ", "rt_", "friend", "bot"] {
        assert!(
            !bytes.windows(open.len()).any(|it| it == open.as_bytes()),
            "{open}"
        );
    }
    let again = workplace.fail(&export).await;
    assert!(again.said.contains("is there already"), "{again:?}");
    let before = workplace.json(&["account", "list"]).await;

    workplace.set("DATA_DIR", "elsewhere");
    let import = ["import", "all.export", "--passphrase-file", "passphrase"];
    let trial = workplace
        .json(&[&import[..], &["--dry-run"]].concat())
        .await;
    assert_eq!(trial["keys"]["new"], 1);
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 0);
    let done = workplace.json(&import).await;
    assert_eq!(done["seeds"], json!({"bound": 1, "known": 0, "lost": 0}));
    let new_key = done["keys"]["made"][0]["key"].as_str().unwrap();
    assert!(new_key.starts_with("fg-"));
    let after = workplace.json(&["account", "list"]).await;
    assert_eq!(moved(&after), moved(&before));
    let seeds = workplace.json(&["seed", "list"]).await;
    assert_eq!(seeds["seeds"][0]["account_id"], after["accounts"][0]["id"]);
    let keys = workplace.json(&["key", "list"]).await;
    let accounts = &keys["keys"][0]["policy"]["accounts"];
    assert_eq!(accounts, &json!([after["accounts"][0]["id"]]));
    // The RefreshToken that went along is the one that serves.
    workplace.run(&["account", "refresh", "--all"]).await;

    let second = workplace.json(&import).await;
    assert_eq!(second["seeds"], json!({"bound": 0, "known": 1, "lost": 0}));
    assert_eq!(second["keys"], json!({"new": 0, "known": 1, "made": []}));
    let outcomes = second["accounts"].as_array().unwrap().iter();
    let outcomes: Vec<&Value> = outcomes.map(|it| &it["outcome"]).collect();
    assert_eq!(outcomes, ["unchanged", "unchanged"]);
    workplace.close().await;
}

#[tokio::test]
async fn accounts_of_the_settings_stay_where_they_are_imported() {
    let mut workplace = Workplace::new().await;
    workplace.set("ACCOUNT_CHECK_HOURS", "0");
    let token = workplace.access_token(&TokenSpec::new("a"));
    workplace.set("ACCOUNTS", &token);
    let (running, _) = serving(&workplace).await;
    running.stop().await;
    workplace.keep_secret(PASSPHRASE);
    workplace.write("passphrase", &format!("{PASSPHRASE}\n"));
    let with = ["--passphrase-file", "passphrase"];
    let export = [&["export", "all.export"], &with[..]].concat();
    workplace.run(&export).await;

    workplace.set("ACCOUNTS", "");
    workplace.set("DATA_DIR", "elsewhere");
    let import = [&["import", "all.export"], &with[..]].concat();
    workplace.run(&import).await;
    let (running, _) = serving(&workplace).await;
    running.stop().await;
    let list = workplace.json(&["account", "list"]).await;
    assert_eq!(list["accounts"][0]["source"], "command_line", "{list}");
    workplace.close().await;
}

#[tokio::test]
async fn a_wrong_passphrase_a_short_one_and_a_changed_byte_open_nothing() {
    let workplace = furnished().await;
    workplace.write("short", "123456789");
    let done = workplace
        .fail(&["export", "x", "--passphrase-file", "short"])
        .await;
    assert!(done.said.contains("at least 10 characters"), "{done:?}");
    workplace
        .run(&["export", "all.export", "--passphrase-file", "passphrase"])
        .await;
    workplace.write("wrong", "another passphrase");
    let done = workplace
        .fail(&["import", "all.export", "--passphrase-file", "wrong"])
        .await;
    assert!(
        done.said.contains("the passphrase is not the one"),
        "{done:?}"
    );
    let file = workplace.folder.path().join("all.export");
    let mut bytes = fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, bytes).unwrap();
    let done = workplace
        .fail(&["import", "all.export", "--passphrase-file", "passphrase"])
        .await;
    assert!(done.said.contains("or the file is damaged"), "{done:?}");
    workplace.close().await;
}

#[tokio::test]
async fn a_backup_opens_with_the_master_key_and_only_with_it() {
    let mut workplace = furnished().await;
    let done = workplace.run(&["backup", "copy.db"]).await;
    assert!(done.out.contains("keep the master key too"), "{done:?}");
    let again = workplace.fail(&["backup", "copy.db"]).await;
    assert!(again.said.contains("copy.db"), "{again:?}");
    let folder = workplace.folder.path().to_owned();
    fs::create_dir(folder.join("restored")).unwrap();
    fs::rename(folder.join("copy.db"), folder.join("restored/flowgpt.db")).unwrap();
    workplace.set("DATA_DIR", "restored");
    let without = workplace.fail(&["account", "list"]).await;
    assert!(without.said.contains("no master key"), "{without:?}");
    fs::copy(
        folder.join("data/master.key"),
        folder.join("restored/master.key"),
    )
    .unwrap();
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 2);
    workplace.close().await;
}

#[tokio::test]
async fn what_is_sealed_gets_new_keys_and_goes_on_to_open() {
    let mut workplace = furnished().await;
    let done = workplace.run(&["keys", "rotate"]).await;
    assert!(
        done.out.contains("secrets are sealed with a new key"),
        "{done:?}"
    );
    let count: u64 = done.out.split(' ').next().unwrap().parse().unwrap();
    assert!(
        count >= 4,
        "two AccessTokens, a RefreshToken and a seed: {done:?}"
    );
    let key = workplace.folder.path().join("data/master.key");
    let before = fs::read(&key).unwrap();
    workplace.run(&["keys", "rotate", "--master"]).await;
    assert_ne!(fs::read(&key).unwrap(), before);
    let seeds = workplace.json(&["seed", "list"]).await;
    assert_eq!(seeds["seeds"][0]["seed"], "friend");

    // The same with a key that the settings give.
    workplace.set("DATA_DIR", "given");
    let keys = ["1", "2"].map(|digit| digit.repeat(64));
    workplace.set("FLOWGPT_MASTER_KEY", &keys[0]);
    workplace.run_with(&["account", "add", "-"], "fk-one").await;
    workplace.write("next.key", &keys[1]);
    workplace
        .run(&["keys", "rotate", "--master", "--key-file", "next.key"])
        .await;
    let old = workplace.fail(&["account", "list"]).await;
    assert!(old.said.contains("does not open this database"), "{old:?}");
    workplace.set("FLOWGPT_MASTER_KEY", &keys[1]);
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 1);
    workplace.close().await;
}
