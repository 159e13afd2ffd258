//! Public files: scripts, styles and manifests name asset hosts, other files are bytes.
//!
//! The same for everybody, so the result may be kept. The main host in a script is left alone:
//! share links stay official, and the run-time script maps the calls.

mod style;

use std::borrow::Cow;

use crate::hosts;
use crate::rules::{HostKind, Rules};

/// Maps asset hosts in a file that came from `source_host`, a name of the table.
pub fn rewrite<'a>(
    bytes: &'a [u8],
    content_type: &str,
    source_host: &str,
    rules: &Rules,
) -> Cow<'a, [u8]> {
    let kind = essence(content_type);
    if is_style(&kind) {
        let is_prefixed = rules
            .host(source_host)
            .is_some_and(|host| host.kind != HostKind::Main);
        let rooted = if is_prefixed {
            let place = format!("{}{}", rules.prefix, source_host.to_ascii_lowercase());
            style::with_root(bytes, &place, &rules.prefix)
        } else {
            Cow::Borrowed(bytes)
        };
        match hosts::map_assets(&rooted, rules) {
            (_, 0) => rooted,
            (mapped, _) => Cow::Owned(mapped.into_owned()),
        }
    } else if is_script(&kind) || is_json(&kind) {
        hosts::map_assets(bytes, rules).0
    } else {
        Cow::Borrowed(bytes)
    }
}

/// The content type without parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether it is JSON of some kind.
pub(crate) fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

fn is_style(essence: &str) -> bool {
    essence == "text/css"
}

fn is_script(essence: &str) -> bool {
    essence.ends_with("/javascript")
        || essence.ends_with("/x-javascript")
        || essence.ends_with("/ecmascript")
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::rewrite;
    use crate::rules::Rules;

    fn rewritten(text: &str, content_type: &str, host: &str) -> String {
        let rules = Rules::builtin().unwrap();
        let bytes = rewrite(text.as_bytes(), content_type, host, &rules).into_owned();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn scripts_name_asset_hosts_as_paths() {
        let text = r#"import("https://cdn.oaistatic.com/a.js");fetch("https://chatgpt.com/x")"#;
        let expected = r#"import("/_h/cdn.oaistatic.com/a.js");fetch("https://chatgpt.com/x")"#;
        for kind in ["text/javascript; charset=utf-8", "application/javascript"] {
            assert_eq!(rewritten(text, kind, "chatgpt.com"), expected);
        }
    }

    #[test]
    fn a_manifest_names_asset_hosts_as_paths() {
        let text = r#"{"icons":[{"src":"https:\/\/cdn.oaistatic.com\/i.png"}]}"#;
        let expected = r#"{"icons":[{"src":"\/_h\/cdn.oaistatic.com\/i.png"}]}"#;
        for kind in ["application/json", "application/manifest+json"] {
            assert_eq!(rewritten(text, kind, "chatgpt.com"), expected);
        }
    }

    #[test]
    fn addresses_from_the_root_stay_with_the_host_that_the_style_came_from() {
        let text = "@import \"/b.css\";.a{src:url(/x.svg) url( '/y.svg' ) URL(\"/z\")}\
                    .b{src:url(//evil.example/x) url(x.svg) url(data:,/) url(/_h/ws.chatgpt.com/x)}\
                    .c{src:url(https://persistent.oaistatic.com/f.woff2)}";
        let expected = "@import \"/_h/cdn.oaistatic.com/b.css\";\
                    .a{src:url(/_h/cdn.oaistatic.com/x.svg) url( '/_h/cdn.oaistatic.com/y.svg' ) \
                    URL(\"/_h/cdn.oaistatic.com/z\")}\
                    .b{src:url(//evil.example/x) url(x.svg) url(data:,/) url(/_h/ws.chatgpt.com/x)}\
                    .c{src:url(/_h/persistent.oaistatic.com/f.woff2)}";
        assert_eq!(rewritten(text, "text/css", "cdn.oaistatic.com"), expected);
        let of_main = rewritten(text, "text/css", "chatgpt.com");
        assert!(of_main.contains("url(/x.svg)") && of_main.contains("@import \"/b.css\""));
    }

    #[test]
    fn other_files_are_bytes() {
        let rules = Rules::builtin().unwrap();
        let bytes = b"\x89PNG https://cdn.oaistatic.com/a";
        for kind in [
            "image/png",
            "font/woff2",
            "application/wasm",
            "text/plain",
            "",
        ] {
            let same = rewrite(bytes, kind, "cdn.oaistatic.com", &rules);
            assert!(
                matches!(same, Cow::Borrowed(same) if same == bytes),
                "{kind}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_file_is_too_odd(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            pieces in prop::collection::vec(
                "url\\(|@import|/|\\\\|https:|//|cdn\\.oaistatic\\.com|\"|'| |u002f", 0..20),
        ) {
            let rules = Rules::builtin().unwrap();
            for kind in ["text/css", "text/javascript", "application/json"] {
                let _bytes = rewrite(&bytes, kind, "cdn.oaistatic.com", &rules);
                let _text = rewrite(pieces.concat().as_bytes(), kind, "cdn.oaistatic.com", &rules);
            }
        }
    }
}
