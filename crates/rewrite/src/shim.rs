//! The script that goes first in every mirrored document: it turns addresses that the page's
//! code makes at run time into paths of the mirror.

use std::collections::BTreeMap;

use serde_json::json;

use crate::rules::{HostKind, Rules};
use crate::script_text::escape_json;

const SOURCE: &str = include_str!("shim.js");

/// The text of the script, host table included; it needs a script element with the nonce.
pub fn script(rules: &Rules) -> String {
    let hosts: BTreeMap<&str, &str> = rules
        .hosts
        .iter()
        .map(|host| (host.name.as_str(), kind(host.kind)))
        .collect();
    let table = json!({"prefix": rules.prefix, "hosts": hosts}).to_string();
    format!("{}({});", SOURCE.trim_end(), escape_json(&table))
}

fn kind(kind: HostKind) -> &'static str {
    match kind {
        HostKind::Main => "main",
        HostKind::Asset => "asset",
        HostKind::Socket => "socket",
        HostKind::Telemetry => "telemetry",
    }
}

#[cfg(test)]
mod tests {
    use super::{SOURCE, script};
    use crate::rules::Rules;

    #[test]
    fn the_script_is_small_and_cannot_end_its_element() {
        assert!(SOURCE.len() < 2500, "{} bytes", SOURCE.len());
        let script = script(&Rules::builtin().unwrap());
        assert!(!script.contains("</") && !script.contains("<!--"));
    }

    #[test]
    fn the_script_knows_the_table() {
        let script = script(&Rules::builtin().unwrap());
        assert!(script.contains(r#""chatgpt.com":"main""#));
        assert!(script.contains(r#""prefix":"/_h/""#) && script.ends_with("});"));
    }
}
