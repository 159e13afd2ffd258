//! The replies as TypeScript, for the pages; checked against the file that they use.
//!
//! When they differ, the test leaves the right text in `target/ui-types`, to be copied over it.

use std::fs;
use std::path::Path;

use accounts::{Health, KeyPolicy};
use serde_json::{Value, json};
use ts_rs::{Config, TS};

use super::*;

const FILE: &str = "ui/src/lib/api/admin-replies.ts";

const RIGHT: &str = "target/ui-types/admin-replies.ts";

const HEAD: &str = "// What `/admin/api/*` answers. Written from crates/admin/src/replies.rs: change that, and \
     write this anew as\n// crates/admin/src/replies/ui_types.rs says.\n";

/// An operator's word and that of limits come beside those of health.
fn states() -> Vec<&'static str> {
    let reason = String::new;
    let health = [
        Health::Healthy,
        Health::NeedsSignIn(reason()),
        Health::NeedsAttention(reason()),
        Health::Deactivated,
        Health::Locked,
    ];
    let words = health.iter().map(Health::word);
    words.chain(["limited", "disabled"]).collect()
}

/// A policy is of `accounts`, so its members are read off one.
fn policy() -> String {
    let policy = json!({"budgets": [{"period": "day", "requests": 1, "tokens": 1}], "max_in_use": 1, "continuity": true});
    let policy: KeyPolicy = serde_json::from_value(policy).unwrap();
    let written = serde_json::to_value(policy).unwrap();
    let members = written.as_object().unwrap().iter().map(|(name, value)| {
        let kind = match (name.as_str(), value) {
            ("continuity", _) => return "continuity?: boolean, ".to_owned(),
            ("budgets", _) => "Budget[]",
            (_, Value::Array(_)) => "string[]",
            (_, Value::Number(_)) => "number | null",
            other => panic!("no type for {other:?}"),
        };
        format!("{name}: {kind}, ")
    });
    let members: String = members.collect();
    format!(
        "export type Budget = {{ period: \"day\" | \"week\" | \"month\", requests?: number | null, \
         tokens?: number | null, }};\n\nexport type Policy = {{ {members}}};\n"
    )
}

fn written() -> String {
    let words: Vec<String> = states().iter().map(|it| format!("\"{it}\"")).collect();
    let mut text = format!(
        "{HEAD}\nexport type AccountState = {};\n\n{}",
        words.join(" | "),
        policy()
    );
    let config = Config::new().with_large_int("number");
    let declared = [
        Account::decl(&config),
        Limit::decl(&config),
        Window::decl(&config),
        LastError::decl(&config),
        AccountPage::decl(&config),
        Overview::decl(&config),
        AccountCounts::decl(&config),
        UsageSum::decl(&config),
        Hour::decl(&config),
        Capacity::decl(&config),
        UsageRow::decl(&config),
        RequestRow::decl(&config),
        Key::decl(&config),
        Seed::decl(&config),
        AuditEntry::decl(&config),
        EffectiveSetting::decl(&config),
        AdminSession::decl(&config),
    ];
    for it in declared {
        text.push_str("\nexport ");
        text.push_str(&it);
        text.push('\n');
    }
    text
}

#[test]
fn the_pages_know_the_replies_as_they_are() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let written = written();
    let checked_in = fs::read_to_string(project.join(FILE)).unwrap_or_default();
    if checked_in.replace('\r', "") == written {
        return;
    }
    let right = project.join(RIGHT);
    fs::create_dir_all(right.parent().unwrap()).unwrap();
    fs::write(right, written).unwrap();
    panic!("{FILE} is not what the replies are: cp {RIGHT} {FILE}");
}
