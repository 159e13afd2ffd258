//! What the operator gets from values good and bad.

use secrecy::ExposeSecret;
use std::fs;

use super::{CorsOrigins, Settings, Values, effective, reference};

fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    match Settings::read(&Values::from_pairs(pairs.iter().copied())) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(str::to_owned).collect(),
    }
}

#[test]
fn without_any_value_the_defaults_hold() {
    let settings = Settings::read(&Values::default()).unwrap();
    assert_eq!(settings.port, 5005);
    assert!(settings.host.is_loopback());
    assert_eq!(settings.retry_times, 3);
    assert_eq!(settings.proof_ceiling.to_string(), "00003a");
    assert!(settings.history_disabled);
    assert_eq!(settings.base_urls[0].as_str(), "https://chatgpt.com/");
    assert_eq!(settings.cors, CorsOrigins::Any);
}

#[test]
fn every_problem_is_named_at_once_with_an_example() {
    let found = problems(&[
        ("PORT", "many"),
        ("RETRY_TIMES", "-1"),
        ("HISTORY_DISABLED", "perhaps"),
        ("CHATGPT_BASE_URL", "chatgpt.com"),
        ("POW_DIFFICULTY", "hard"),
        ("API_PREFIX", "v1"),
        ("LOG_FORMAT", "xml"),
        ("CORS_ORIGINS", "app.example"),
        ("HEARTBEAT_SECONDS", "0"),
    ]);
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn a_secret_is_never_repeated() {
    let pairs = [
        ("AUTHORIZATION", "sk-canary"),
        ("ACCOUNTS", "fk-canary,canary"),
        ("PROXY_URL", "http://user:canary@"),
        ("AUTH_KEY", "canary\u{7}"),
    ];
    let found = problems(&pairs).join("\n");
    assert!(
        found.contains("ACCOUNTS: entry 2") && found.contains("PROXY_URL: entry 1"),
        "{found}"
    );
    let shown = effective(&Values::from_pairs(pairs));
    assert!(
        !found.contains("canary") && !shown.contains("canary"),
        "{found}\n{shown}"
    );
}

#[test]
fn a_dotenv_with_chinese_comments_is_read_and_an_empty_value_is_not_a_value() {
    let folder = folder("dotenv");
    fs::write(
        folder.join(".env"),
        "# 中文\nRETRY_TIMES=7\nOAI_LANGUAGE=\nARKOSE_TOKEN_URL=http://x\n",
    )
    .unwrap();
    let values = Values::from_environment(&folder);
    assert_eq!(Settings::read(&values).unwrap().retry_times, 7);
    let warnings = values.warnings().join("\n");
    assert!(
        warnings.contains("OAI_LANGUAGE is set but empty"),
        "{warnings}"
    );
    assert!(
        warnings.contains("ARKOSE_TOKEN_URL has no effect: captcha solving"),
        "{warnings}"
    );
}

#[test]
fn a_toml_file_is_overruled_by_dotenv_and_its_mistakes_are_named() {
    let folder = folder("toml");
    fs::write(
        folder.join("flowgpt.toml"),
        "retry_times = 2\ncors_origins = [\"https://a.example\"]\nretry_tines = 1\n",
    )
    .unwrap();
    fs::write(folder.join(".env"), "RETRY_TIMES=4\n").unwrap();
    let values = Values::from_environment(&folder);
    let problems = Settings::read(&values).unwrap_err().to_string();
    assert!(
        problems.ends_with("there is no setting retry_tines; did you mean retry_times?"),
        "{problems}"
    );
    fs::write(
        folder.join("flowgpt.toml"),
        "retry_times = 2\ncors_origins = [\"https://a.example\"]\n",
    )
    .unwrap();
    let settings = Settings::read(&Values::from_environment(&folder)).unwrap();
    assert_eq!(settings.retry_times, 4);
    assert_eq!(
        settings.cors,
        CorsOrigins::These(vec!["https://a.example".parse().unwrap()])
    );
}

#[test]
fn accounts_may_stand_in_a_file() {
    let folder = folder("accounts");
    let path = folder.join("token.txt");
    fs::write(&path, "# mine\nfk-one\nfk-two\n").unwrap();
    let values = Values::from_pairs([("ACCOUNTS", path.to_str().unwrap())]);
    let settings = Settings::read(&values).unwrap();
    let listed = settings.accounts.listed.expose_secret().lines().count();
    assert_eq!(listed, 2);
}

#[test]
fn an_api_key_with_its_server_is_no_file() {
    for listed in [
        "gsk_abc,https://api.example/v1",
        "sk-key",
        "gsk_a,https://a.example/v1,fk-b",
    ] {
        assert_eq!(problems(&[("ACCOUNTS", listed)]), [""; 0], "{listed}");
    }
    let wrong = problems(&[("ACCOUNTS", "gsk_abc,ftp://api.example")]).join("");
    assert!(
        wrong.contains("entry 1") && !wrong.contains("gsk_"),
        "{wrong}"
    );
    let path = problems(&[("ACCOUNTS", "no/such/file.txt")]).join("");
    assert!(path.contains("as a file it cannot be read"), "{path}");
}

#[test]
fn nothing_is_lost_at_once_by_a_number_of_days() {
    for name in ["USAGE_DAYS", "RESPONSES_RETENTION_DAYS"] {
        for days in ["0", "36501", "-1"] {
            let found = problems(&[(name, days)]).join("");
            assert!(found.contains("from 1 to 36500"), "{found}");
        }
        assert_eq!(problems(&[(name, "36500")]), [""; 0]);
    }
}

#[test]
fn the_reference_names_every_setting() {
    assert!(reference().contains("| `POW_DIFFICULTY` | `00003a` |"));
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("flowgpt-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}
