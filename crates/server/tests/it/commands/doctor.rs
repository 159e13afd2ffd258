//! `flowgpt doctor`: a planted problem of each kind is found, and what is good is called good.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::TokenSpec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::workplace::{Done, Workplace, serving};
use crate::support::{bound, client, now};

/// A workplace where nothing is wrong.
async fn good() -> Workplace {
    let mut workplace = Workplace::new().await;
    let token = workplace.access_token(&TokenSpec::new("a"));
    workplace.run(&["account", "add", &token]).await;
    workplace.run(&["key", "create", "bot"]).await;
    workplace
}

async fn look(workplace: &Workplace) -> (Done, Value) {
    let done = workplace.run_with(&["doctor", "--json"], "").await;
    let report = done.json();
    let code = i32::from(report["problems"] != 0);
    assert_eq!(done.status.code(), Some(code), "{done:?}");
    (done, report)
}

/// The findings that are not good, as `what: grade`.
async fn troubles(workplace: &Workplace) -> Vec<String> {
    let (_, report) = look(workplace).await;
    let findings = report["findings"].as_array().unwrap().iter();
    // How many files may be open is the machine's, not the test's.
    let bad = findings.filter(|it| it["grade"] != "ok" && it["what"] != "open files");
    bad.map(|it| {
        assert!(it["next"].is_string(), "{it}");
        let [what, grade] = ["what", "grade"].map(|name| it[name].as_str().unwrap());
        format!("{what}: {grade}")
    })
    .collect()
}

#[tokio::test]
async fn where_nothing_is_wrong_all_is_well_also_beside_a_program_that_serves() {
    let workplace = good().await;
    assert_eq!(troubles(&workplace).await, [""; 0]);
    let (running, _) = serving(&workplace).await;
    let done = workplace.run(&["doctor"]).await;
    for expected in [
        "ok       settings: all are valid",
        "ok       data folder: data is private",
        "ok       egress direct: reaches 127.0.0.1",
        "ok       clock: ",
        "ok       database: sqlite opens",
        "ok       listening: on this machine only",
        "ok       keys: 0 in AUTHORIZATION, 1 managed",
        "ok       accounts: 1 of 1 can be asked",
    ] {
        assert!(done.out.contains(expected), "{expected}\n{}", done.out);
    }
    running.stop().await;
    workplace.close().await;
}

#[tokio::test]
async fn wrong_settings_are_all_named_without_their_values() {
    let mut workplace = good().await;
    workplace.keep_secret("canary");
    workplace.set("PORT", "x");
    workplace.set("PROXY_URL", "canary://user:canary@host");
    workplace.set("ARKOSE_TOKEN_URL", "http://x");
    let expected = [
        "settings: warning",
        "settings: problem",
        "settings: problem",
    ];
    assert_eq!(troubles(&workplace).await, expected);
    workplace.close().await;
}

#[tokio::test]
async fn open_doors_are_named() {
    let mut workplace = good().await;
    for name in ["SEED_OPEN", "ADMIN_BY_PREFIX", "EXPOSE_SEED_TOKENS"] {
        workplace.set(name, "true");
    }
    let expected = ["seeds: warning", "seeds: warning", "admin: warning"];
    assert_eq!(troubles(&workplace).await, expected);
    workplace.close().await;
}

#[tokio::test]
async fn a_network_without_a_password_is_a_problem_until_there_is_one() {
    let mut workplace = good().await;
    workplace.set("HOST", "0.0.0.0");
    assert_eq!(troubles(&workplace).await, ["listening: problem"]);
    workplace.set("ADMIN_PASSWORD", "a good password");
    assert_eq!(troubles(&workplace).await, ["listening: warning"]);
    workplace.set("ADMIN_PASSWORD", "");
    // Chosen at the link that the first start prints.
    workplace.set("HOST", "127.0.0.1");
    let mut program = workplace.begin(&["serve", "--port", "0", "--json"]);
    let begun: Value = serde_json::from_str(&program.line().await).unwrap();
    let url = begun["url"].as_str().unwrap();
    let link = program.said_line_with("http").await;
    let token = link.split("#token=").nth(1).unwrap();
    let chosen = client().post(format!("{url}/admin/api/bootstrap"));
    let body = json!({"token": token, "password": "chosen at the link"});
    let chosen = chosen
        .header("origin", url)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(chosen.status(), 204);
    program.stop().await;
    workplace.set("HOST", "0.0.0.0");
    let mut troubles = troubles(&workplace).await;
    troubles.retain(|it| !it.starts_with("settings"));
    assert_eq!(troubles, ["listening: warning"]);
    workplace.close().await;
}

#[tokio::test]
async fn without_accounts_and_keys_it_says_how_to_get_them() {
    let workplace = Workplace::new().await;
    assert_eq!(
        troubles(&workplace).await,
        ["keys: warning", "accounts: problem"]
    );
    let done = workplace.fail(&["doctor"]).await;
    assert!(
        done.out.contains("→ run `flowgpt account login`"),
        "{done:?}"
    );
    assert!(done.said.contains("there is 1 problem"), "{done:?}");
    workplace.close().await;
}

#[tokio::test]
async fn each_account_that_cannot_be_asked_is_named_with_what_to_do() {
    let mut workplace = good().await;
    let list = workplace.json(&["account", "list"]).await;
    let first = list["accounts"][0]["label"].as_str().unwrap().to_owned();
    // Its RefreshToken is refused, and it has nothing else.
    let spec = TokenSpec {
        fault: Some("refresh-invalidated".to_owned()),
        ..TokenSpec::new("b")
    };
    let refresh = workplace.refresh_token(&spec);
    workplace.run(&["account", "add", &refresh]).await;
    workplace
        .run_with(&["account", "refresh", "--all"], "")
        .await;
    workplace.run(&["account", "disable", &first]).await;
    let list = workplace.json(&["account", "list"]).await;
    let second = list["accounts"][1].clone();
    assert_eq!(second["health"], "needs_sign_in", "{second}");
    let second = second["label"].as_str().unwrap().to_owned();
    let expected = [
        format!("account {first}: warning"),
        format!("account {second}: problem"),
        "accounts: problem".to_owned(),
    ];
    assert_eq!(troubles(&workplace).await, expected);
    workplace.close().await;
}

#[tokio::test]
async fn a_way_out_that_leads_nowhere_is_named_without_its_password() {
    let mut workplace = good().await;
    let (free, url) = bound().await;
    drop(free);
    let proxy = url.replace("http://", "http://user:canary@");
    workplace.keep_secret("canary");
    workplace.set("PROXY_URL", &proxy);
    let what = format!("egress {url}: problem");
    assert_eq!(troubles(&workplace).await, [what.clone(), what]);
    workplace.close().await;
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_noticed() {
    let mut workplace = good().await;
    let (listener, url) = bound().await;
    let hour = Duration::from_hours(1);
    let date = httpdate_of(now() + hour);
    let (tasks, over) = (TaskTracker::new(), CancellationToken::new());
    let ended = over.clone();
    tasks.spawn(async move {
        let answer = format!("HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: 0\r\n\r\n");
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = ended.cancelled() => break,
            };
            let (mut stream, _) = accepted.unwrap();
            let _read = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    workplace.set("CHATGPT_BASE_URL", &url);
    assert_eq!(troubles(&workplace).await, ["clock: warning"]);
    over.cancel();
    tasks.close();
    tasks.wait().await;
    workplace.close().await;
}

/// The form of dates in headers.
fn httpdate_of(moment: std::time::SystemTime) -> String {
    let seconds = moment
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let moment = jiff::Timestamp::from_second(seconds.try_into().unwrap()).unwrap();
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[tokio::test]
async fn others_must_not_look_into_the_data_folder() {
    let workplace = good().await;
    let folder = workplace.folder.path().join("data");
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(troubles(&workplace).await, ["data folder: warning"]);
    let key = folder.join("master.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let troubles = troubles(&workplace).await;
    assert_eq!(
        troubles[..2],
        ["data folder: warning", "master key: problem"]
    );
    workplace.close().await;
}

#[tokio::test]
async fn a_database_that_does_not_open_is_one_problem_and_the_rest_is_looked_at() {
    let workplace = good().await;
    let key = workplace.folder.path().join("data/master.key");
    let before = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    assert_eq!(troubles(&workplace).await, ["database: problem"]);
    fs::write(&key, before).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(troubles(&workplace).await, [""; 0]);
    let database = workplace.folder.path().join("data/flowgpt.db");
    for file in [database.clone(), database.with_added_extension("x")] {
        let _not_there = fs::remove_file(file);
    }
    fs::write(
        &database,
        "this is no database at all, but text that is long enough",
    )
    .unwrap();
    let troubles = troubles(&workplace).await;
    assert_eq!(troubles, ["database: problem"]);
    let (done, _) = look(&workplace).await;
    assert!(done.out.contains("egress direct"), "{done:?}");
    workplace.close().await;
}
