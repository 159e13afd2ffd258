//! The commands as an operator runs them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

fn flowgpt(folder: &PathBuf, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flowgpt"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _not_there_yet = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_config_prints_what_is_in_effect_and_hides_secrets() {
    let folder = folder("check");
    fs::write(
        folder.join(".env"),
        "AUTHORIZATION=sk-canary\nPORT=6006\nTURNSTILE_SOLVER_URL=http://x\n",
    )
    .unwrap();
    let output = flowgpt(&folder, &["check-config"], &[("PORT", "7007")]);
    let printed = text(&output.stdout);
    assert!(output.status.success());
    assert!(printed.contains("7007  [the environment]"), "{printed}");
    assert!(printed.contains("(set, not shown)  [.env]"), "{printed}");
    assert!(
        printed.contains("TURNSTILE_SOLVER_URL has no effect"),
        "{printed}"
    );
    assert!(!printed.contains("canary"));
}

#[test]
fn wrong_settings_stop_the_start_with_every_problem() {
    let folder = folder("wrong");
    let wrong = [
        ("PORT", "x"),
        ("RETRY_TIMES", "y"),
        ("ACCOUNTS", "fk-one,canary"),
    ];
    for command in ["check-config", "serve"] {
        let output = flowgpt(&folder, &[command], &wrong);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        for expected in [
            "PORT: \"x\"",
            "RETRY_TIMES: \"y\"",
            "ACCOUNTS: ",
            "for example PORT=8080",
        ] {
            assert!(said.contains(expected), "{said}");
        }
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_plainly() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = flowgpt(&folder("taken"), &["demo", "--port", &port], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot listen on 127.0.0.1:"));
}

#[test]
fn a_data_folder_that_cannot_be_used_is_said_in_one_line_before_anything_is_served() {
    let folder = folder("data-is-a-file");
    fs::write(folder.join("data"), "").unwrap();
    let output = flowgpt(&folder, &["serve", "--port", "0", "--json"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(
        said,
        [
            "flowgpt: the data folder data is not a folder; move what is there, or set DATA_DIR \
             to another path"
        ]
    );
}
