//! `flowgpt account`: taken in, listed, renewed, checked, taken out, removed and brought back.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::TokenSpec;

use super::workplace::{Workplace, serving};
use crate::support::{Reply, client, question};

fn labels(list: &Value) -> Vec<&str> {
    let accounts = list["accounts"].as_array().unwrap();
    accounts
        .iter()
        .map(|it| it["label"].as_str().unwrap())
        .collect()
}

async fn account(workplace: &Workplace, label: &str) -> Value {
    let list = workplace.json(&["account", "list"]).await;
    let accounts = list["accounts"].as_array().unwrap();
    let found = accounts.iter().find(|it| it["label"] == label);
    found
        .unwrap_or_else(|| panic!("no {label} in {list}"))
        .clone()
}

#[tokio::test]
async fn tokens_are_added_from_the_command_line_and_from_standard_input() {
    let mut workplace = Workplace::new().await;
    let [a, b] = ["a", "b"].map(|name| workplace.access_token(&TokenSpec::new(name)));
    let done = workplace.run(&["account", "add", &a]).await;
    assert!(
        done.out.contains("line 1 (access token): added"),
        "{done:?}"
    );
    assert!(done.said.contains("history"), "{done:?}");
    let input = format!("# mine\n{a}\n{b}\nnonsense\n");
    let done = workplace
        .run_with(&["account", "add", "-", "--json"], &input)
        .await;
    let verdicts = done.json();
    let outcomes = ["unchanged", "added", "rejected"];
    for (verdict, outcome) in verdicts["lines"].as_array().unwrap().iter().zip(outcomes) {
        assert_eq!(verdict["outcome"], outcome);
    }
    assert_eq!(verdicts["lines"][2]["line"], 4);
    assert!(!done.said.contains("history"), "{done:?}");
    let nothing = workplace
        .run_with(&["account", "add", "-"], "# only this\n")
        .await;
    assert_eq!(nothing.status.code(), Some(1));
    let usage = workplace.run_with(&["account", "add"], "").await;
    assert_eq!(usage.status.code(), Some(2));
    workplace.close().await;
}

#[tokio::test]
async fn a_list_of_accounts_says_how_each_is_as_the_admin_does() {
    let mut workplace = Workplace::new().await;
    workplace.set("ADMIN_PASSWORD", "a good password");
    workplace.set("ACCOUNT_CHECK_HOURS", "0");
    let token = workplace.access_token(&TokenSpec::new("a"));
    let refresh = workplace.refresh_token(&TokenSpec::new("b"));
    let lines = format!("{token}\n{refresh}\n");
    workplace.run_with(&["account", "add", "-"], &lines).await;
    let (running, url) = serving(&workplace).await;
    let listed = workplace.json(&["account", "list"]).await;
    let asked = client().get(format!("{url}/admin/api/accounts"));
    let asked = asked
        .basic_auth("admin", Some("a good password"))
        .send()
        .await
        .unwrap();
    let shown = Reply::read(asked).await.json();
    assert_eq!(listed["total"], shown["total"]);
    let ours = listed["accounts"].as_array().unwrap();
    let theirs = shown["accounts"].as_array().unwrap();
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (name, value) in ours.as_object().unwrap() {
            assert_eq!(value, &theirs[name], "{name}");
        }
    }
    let table = workplace.run(&["account", "list"]).await.out;
    for expected in [
        "plus-",
        "refresh_token-",
        "healthy",
        "direct",
        "command_line",
    ] {
        assert!(table.contains(expected), "{table}");
    }
    running.stop().await;
    workplace.close().await;
}

/// The processor time of all commands of this test that are over. Other tests run beside it, so
/// the clock on the wall says less.
fn seconds_of_commands() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // Behind the name, which may hold anything: the state, and so on to the two of children.
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    let ticks = fields.skip(13).take(2).map(|it| it.parse::<u64>().unwrap());
    ticks.sum::<u64>() / 100
}

#[tokio::test]
async fn ten_thousand_lines_are_taken_in_within_seconds_and_nothing_in_a_trial() {
    let workplace = Workplace::new().await;
    let lines: Vec<String> = (0..10_000)
        .map(|number| format!("fk-token-{number}"))
        .collect();
    workplace.write("many.txt", &format!("{}\nnonsense\n", lines.join("\n")));
    let trial = workplace
        .json(&["account", "import", "many.txt", "--dry-run"])
        .await;
    assert_eq!(
        (&trial["added"], &trial["rejected"]),
        (&json!(10_000), &json!(1))
    );
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 0);
    let before = seconds_of_commands();
    let done = workplace.run(&["account", "import", "many.txt"]).await;
    let taken = seconds_of_commands() - before;
    assert!(taken < 5, "{taken} s");
    assert!(
        done.out.contains("line 10001 (unknown): rejected"),
        "{done:?}"
    );
    assert!(done.out.contains("10000 added"), "{done:?}");
    let again = workplace.json(&["account", "import", "many.txt"]).await;
    assert_eq!(again["unchanged"], 10_000);
    workplace.close().await;
}

#[tokio::test]
async fn a_name_that_several_accounts_have_is_refused_with_all_of_them() {
    let mut workplace = Workplace::new().await;
    for name in ["a", "b"] {
        let token = workplace.access_token(&TokenSpec::new(name));
        workplace.run(&["account", "add", &token]).await;
    }
    let list = workplace.json(&["account", "list"]).await;
    let ids: Vec<&str> = (0..2)
        .map(|it| list["accounts"][it]["id"].as_str().unwrap())
        .collect();
    // Both were made within the same days, and ids begin with the time.
    let done = workplace.fail(&["account", "disable", &ids[0][..4]]).await;
    for id in &ids {
        assert!(done.said.contains(id), "{done:?}");
    }
    let unknown = workplace.fail(&["account", "disable", "nobody"]).await;
    assert!(
        unknown.said.contains("there is no account \"nobody\""),
        "{unknown:?}"
    );
    workplace.run(&["account", "disable", ids[0]]).await;
    let label = labels(&list)[0];
    assert_eq!(account(&workplace, label).await["state"], "disabled");
    workplace.run(&["account", "enable", label]).await;
    assert_eq!(account(&workplace, label).await["state"], "healthy");
    workplace.close().await;
}

#[tokio::test]
async fn accounts_are_renewed_and_checked_and_one_that_fails_fails_the_command() {
    let mut workplace = Workplace::new().await;
    let refresh = workplace.refresh_token(&TokenSpec::new("a"));
    workplace.run(&["account", "add", &refresh]).await;
    let done = workplace.json(&["account", "refresh", "--all"]).await;
    assert_eq!(done["accounts"][0]["is_done"], true, "{done}");
    let list = workplace.json(&["account", "list"]).await;
    assert!(
        list["accounts"][0]["access_expires_at"].is_number(),
        "{list}"
    );
    let checked = workplace.run(&["account", "check"]).await;
    assert!(
        checked
            .out
            .contains(": plus, 5 h: 12 % used, 7 d: 3 % used"),
        "{checked:?}"
    );
    let list = workplace.json(&["account", "list"]).await;
    let window = &list["accounts"][0]["windows"][0];
    assert_eq!(window["name"], "primary");
    assert_eq!(window["used_percent"], 12);
    assert_eq!(window["window_seconds"], 18_000);
    assert_eq!(window["source"], "check");
    assert_eq!(window["as_of"], list["accounts"][0]["checked_at"]);
    let shown = workplace.run(&["account", "list"]).await;
    assert!(shown.out.contains("12 % used"), "{shown:?}");
    let token = workplace.access_token(&TokenSpec::new("b"));
    workplace.run(&["account", "add", &token]).await;
    let list = workplace.json(&["account", "list"]).await;
    let labels = labels(&list);
    let done = workplace
        .fail(&["account", "refresh", labels[0], labels[1]])
        .await;
    assert!(done.out.contains("renewed"), "{done:?}");
    assert!(done.out.contains("has no RefreshToken"), "{done:?}");
    assert!(
        done.said.contains("1 of 2 accounts were not renewed"),
        "{done:?}"
    );
    let log = workplace.simulator.sign_in_log();
    assert_eq!((log.reused, log.overlapping), (0, 0));
    // One that is taken out is asked about only by its name, and says why that is in vain.
    workplace.run(&["account", "disable", labels[0]]).await;
    let all = workplace.json(&["account", "check"]).await;
    assert_eq!(all["accounts"].as_array().unwrap().len(), 1, "{all}");
    let done = workplace.fail(&["account", "check", labels[0]]).await;
    assert!(
        done.out.contains("is disabled; enable it first"),
        "{done:?}"
    );
    workplace.close().await;
}

#[tokio::test]
async fn the_account_without_a_sign_in_is_passed_over_by_a_check_which_says_so() {
    let mut workplace = Workplace::new().await;
    workplace.set("ANONYMOUS", "true");
    let token = workplace.access_token(&TokenSpec::new("a"));
    workplace.run(&["account", "add", &token]).await;
    for arguments in [
        ["account", "check"].as_slice(),
        &["account", "check", "anonymous"],
    ] {
        let done = workplace.run(arguments).await;
        assert!(done.said.contains("anonymous: skipped"), "{done:?}");
        assert!(!done.out.contains("anonymous"), "{done:?}");
    }
    workplace.close().await;
}

#[tokio::test]
async fn what_is_cleared_comes_back_and_what_is_removed_does_not() {
    let mut workplace = Workplace::new().await;
    for name in ["a", "b"] {
        let token = workplace.access_token(&TokenSpec::new(name));
        workplace.run(&["account", "add", &token]).await;
    }
    let list = workplace.json(&["account", "list"]).await;
    let refused = workplace.run_with(&["account", "clear"], "no\n").await;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 2);
    let cleared = workplace.run(&["account", "clear", "--yes"]).await.out;
    let clearing = cleared.trim().rsplit(' ').next().unwrap();
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 0);
    workplace.run(&["account", "undo", clearing]).await;
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 2);
    let nothing = workplace.fail(&["account", "undo", clearing]).await;
    assert!(
        nothing.said.contains("nothing can be brought back"),
        "{nothing:?}"
    );
    let done = workplace
        .run_with(&["account", "remove", labels(&list)[0]], "yes\n")
        .await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 1);
    workplace.close().await;
}

#[tokio::test]
async fn a_program_that_serves_sees_what_commands_change() {
    let mut workplace = Workplace::new().await;
    workplace.set("AUTHORIZATION", "sk-test");
    workplace.set("ACCOUNT_CHECK_HOURS", "0");
    workplace.set("RETRY_TIMES", "0");
    let (running, url) = serving(&workplace).await;
    let ask = async || {
        let request = client().post(format!("{url}/v1/chat/completions"));
        let request = request
            .bearer_auth("sk-test")
            .json(&question("simulate:echo hi"));
        Reply::read(request.send().await.unwrap()).await
    };
    let becomes = async |status: u16| {
        let asking = async {
            while ask().await.status != status {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(10), asking).await;
        done.unwrap_or_else(|_| panic!("it never became {status}"));
    };
    assert_eq!(ask().await.status, 503);
    let token = workplace.access_token(&TokenSpec::new("a"));
    workplace.run(&["account", "add", &token]).await;
    becomes(200).await;
    let list = workplace.json(&["account", "list"]).await;
    let label = labels(&list)[0];
    workplace.run(&["account", "disable", label]).await;
    becomes(503).await;
    workplace.run(&["account", "enable", label]).await;
    becomes(200).await;
    running.stop().await;
    workplace.close().await;
}

#[tokio::test]
async fn limits_are_forgotten_at_a_command_while_the_program_serves() {
    let mut workplace = Workplace::new().await;
    workplace.set("AUTHORIZATION", "sk-test");
    workplace.set("ACCOUNT_CHECK_HOURS", "0");
    workplace.set("RETRY_TIMES", "0");
    let spec = TokenSpec::new("a").with_limit("gpt-5-2", 3600);
    let token = workplace.access_token(&spec);
    workplace.run(&["account", "add", &token]).await;
    let (running, url) = serving(&workplace).await;
    let mut body = question("simulate:echo hi");
    body["model"] = "gpt-5-2".into();
    let request = client().post(format!("{url}/v1/chat/completions"));
    let request = request.bearer_auth("sk-test").json(&body);
    let reply = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(reply.status, 429, "{}", reply.text);
    let limited = async || {
        let list = workplace.json(&["account", "list"]).await;
        list["accounts"][0].clone()
    };
    // It is written down behind the answer.
    let written = async { while limited().await["state"] != "limited" {} };
    tokio::time::timeout(Duration::from_secs(20), written)
        .await
        .unwrap();
    let account = limited().await;
    let until = account["limits"][0]["until"].as_u64().unwrap();
    let now = crate::support::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    assert!(
        (3500..=3600).contains(&(until - now.as_secs())),
        "{account}"
    );
    let table = workplace.run(&["account", "list"]).await.out;
    assert!(table.contains("model:gpt-5-2 for "), "{table}");
    let label = account["label"].as_str().unwrap();
    workplace.run(&["account", "clear-limits", label]).await;
    assert_eq!(limited().await["limits"], json!([]));
    running.stop().await;
    assert_eq!(limited().await["limits"], json!([]));
    workplace.close().await;
}
