//! What the rules say, and what is said of wrong ones.

use super::{BUILTIN, HostKind, Rules, RulesError};

/// The message for the built-in rules with one piece of text exchanged.
fn complaint(from: &str, to: &str) -> String {
    assert!(BUILTIN.contains(from), "{from}");
    let text = BUILTIN.replacen(from, to, 1);
    Rules::parse(&text).unwrap_err().to_string()
}

#[test]
fn the_rules_that_are_built_in_are_good() {
    let rules = Rules::builtin().unwrap();
    assert_eq!(rules.main_host().unwrap().name, "chatgpt.com");
    let asset = rules.host("CDN.oaistatic.com").unwrap();
    assert_eq!(asset.kind, HostKind::Asset);
    assert_eq!(asset.origin, "https://cdn.oaistatic.com");
    assert!(rules.host("elsewhere.example").is_none());
}

#[test]
fn a_host_may_really_be_elsewhere() {
    let text = BUILTIN.replacen(
        "kind = \"main\"",
        "kind = \"main\"\norigin = \"http://127.0.0.1:5111\"",
        1,
    );
    let rules = Rules::parse(&text).unwrap();
    assert_eq!(rules.main_host().unwrap().origin, "http://127.0.0.1:5111");
}

#[test]
fn an_unknown_entry_is_named() {
    for (from, to, name) in [
        ("prefix =", "prefixes =", "prefixes"),
        ("kind = \"main\"", "sort = \"main\"", "sort"),
        ("kind = \"socket\"", "kind = \"tube\"", "tube"),
        ("max_bytes = 4194304", "max_bytes = \"many\"", "many"),
        ("[keys.loader]", "[keys.loaders]", "loaders"),
        ("\"/auth/*\",", "\"auth/*\",", "auth/*"),
        ("\"/ces/*\",", "\"/ces/*/x\",", "/ces/*/x"),
        ("bootstrap_ids = ", "bootstrap_id = ", "bootstrap_id"),
    ] {
        let complaint = complaint(from, to);
        assert!(complaint.contains(name), "{complaint}");
        assert!(complaint.contains("line"), "{complaint}");
    }
    assert!(matches!(
        Rules::parse("prefix = 1"),
        Err(RulesError::Unreadable(_))
    ));
    assert!(matches!(Rules::parse("]["), Err(RulesError::Unreadable(_))));
}

#[test]
fn a_host_that_cannot_be_is_named() {
    let second = "\"cdn.oaistatic.com\"";
    let socket = "kind = \"socket\"";
    for (from, to, entry) in [
        (second, "\"https://cdn.oaistatic.com\"", "host[1].name"),
        (second, "\"CDN.oaistatic.com\"", "host[1].name"),
        (second, "\"persistent.oaistatic.com\"", "host[2].name"),
        (
            socket,
            "kind = \"socket\"\norigin = \"https://x/y\"",
            "host[3].origin",
        ),
        (socket, "kind = \"main\"", "host:"),
        ("kind = \"main\"", "kind = \"asset\"", "host:"),
    ] {
        assert_names(&complaint(from, to), entry);
    }
}

#[test]
fn another_entry_that_cannot_be_is_named() {
    let (tokens, no_tokens) = (
        "access_token = [\"accessToken\", \"access_token\"]",
        "access_token = []",
    );
    for (from, to, entry) in [
        ("prefix = \"/_h/\"", "prefix = \"/\"", "prefix"),
        ("prefix = \"/_h/\"", "prefix = \"/a/b/\"", "prefix"),
        ("max_bytes = 4194304", "max_bytes = 0", "document.max_bytes"),
        (
            "[\"client-bootstrap\"]",
            "[\"\"]",
            "document.bootstrap_ids[0]",
        ),
        ("[\"nonce\",", "[\"nonsense\",", "document.required[0]"),
        (tokens, no_tokens, "keys.access_token"),
        ("phone = [\"phone\"", "phone = [\"\"", "keys.phone[0]"),
    ] {
        assert_names(&complaint(from, to), entry);
    }
}

fn assert_names(complaint: &str, entry: &str) {
    let start = format!("mirror rules, {entry}");
    assert!(complaint.starts_with(&start), "{start}: {complaint}");
}
