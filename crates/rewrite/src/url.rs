//! Addresses that name a host, turned into paths of the mirror.
//!
//! For attributes and headers. Text that merely contains addresses is `hosts`'. What no table
//! host answers for is refused, never passed on.

use crate::rules::{HostKind, Rules};

/// The path of the mirror for an absolute or protocol-relative address of a table host; `None`
/// for every other text.
pub fn map(address: &str, rules: &Rules) -> Option<String> {
    let address = address.trim_matches(|c: char| c.is_ascii_whitespace());
    if address.chars().any(|c| c.is_control() || c == '\\') {
        return None;
    }
    let (scheme, rest) = address.split_once("//")?;
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "" | "https:" | "wss:" => ":443",
        "http:" | "ws:" => ":80",
        _ => return None,
    };
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let name = authority.strip_suffix(default_port).unwrap_or(authority);
    let host = rules.host(name)?;
    // A path with two slashes at its start would name another host.
    if rest.starts_with("//") {
        return None;
    }
    let slash = if rest.starts_with('/') { "" } else { "/" };
    Some(match host.kind {
        HostKind::Main => format!("{slash}{rest}"),
        _ => format!("{}{}{slash}{rest}", rules.prefix, host.name),
    })
}

/// A `Location` for the mirror; `None` when it leads to a host that is not in the table, or to
/// nowhere sure.
pub fn location(value: &str, rules: &Rules) -> Option<String> {
    if let Some(path) = map(value, rules) {
        return Some(path);
    }
    let value = value.trim_matches(|c: char| c.is_ascii_whitespace());
    is_relative(value).then(|| value.to_owned())
}

/// Whether a browser looks for it on the host that it came from.
fn is_relative(value: &str) -> bool {
    let before_path = value.split(['/', '?', '#']).next().unwrap_or_default();
    !value.is_empty()
        && !value.starts_with("//")
        && !before_path.contains(':')
        && !value.chars().any(|c| c.is_control() || c == '\\')
}

/// A `Link` header for the mirror, without entries for other hosts and without `integrity`,
/// which no longer holds for rewritten files. `None` when no entry is left.
pub fn link(value: &str, rules: &Rules) -> Option<String> {
    let entries: Vec<String> = split(value, ',')
        .into_iter()
        .filter_map(|entry| link_entry(entry, rules))
        .collect();
    (!entries.is_empty()).then(|| entries.join(", "))
}

fn link_entry(entry: &str, rules: &Rules) -> Option<String> {
    let (target, parameters) = entry.trim().strip_prefix('<')?.split_once('>')?;
    let mut out = format!("<{}>", location(target, rules)?);
    for parameter in split(parameters, ';') {
        let parameter = parameter.trim();
        let name = parameter.split('=').next().unwrap_or_default().trim();
        if !parameter.is_empty() && !name.eq_ignore_ascii_case("integrity") {
            out.push_str("; ");
            out.push_str(parameter);
        }
    }
    Some(out)
}

/// Splits outside of quotes and angle brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut is_quoted, mut is_target, mut is_escaped) = (false, false, false);
    let mut start = 0;
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if !is_target => is_quoted = !is_quoted,
            '<' if !is_quoted => is_target = true,
            '>' if !is_quoted => is_target = false,
            _ if character == separator && !is_quoted && !is_target => {
                parts.extend(text.get(start..at));
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{link, location, map};
    use crate::rules::Rules;

    #[test]
    fn addresses_of_table_hosts_become_paths() {
        let rules = Rules::builtin().unwrap();
        for (address, path) in [
            ("https://chatgpt.com/c/1?x=1#y", Some("/c/1?x=1#y")),
            ("https://ChatGPT.com", Some("/")),
            ("https://chatgpt.com?x", Some("/?x")),
            (
                "//cdn.oaistatic.com/a(b).js",
                Some("/_h/cdn.oaistatic.com/a(b).js"),
            ),
            (
                "https://cdn.oaistatic.com:443/a",
                Some("/_h/cdn.oaistatic.com/a"),
            ),
            (
                "wss://ws.chatgpt.com/p?token=1",
                Some("/_h/ws.chatgpt.com/p?token=1"),
            ),
            ("https://ab.chatgpt.com/v1", Some("/_h/ab.chatgpt.com/v1")),
            ("https://evil.example/", None),
            ("https://chatgpt.com.evil.example/", None),
            ("https://chatgpt.com@evil.example/", None),
            ("https://user@chatgpt.com/", None),
            ("https://chatgpt.com:8080/", None),
            ("https://chatgpt.com//evil.example", None),
            ("https://chatgpt.com/\\evil.example", None),
            ("javascript://chatgpt.com/%0aalert(1)", None),
            ("/c/1", None),
            ("", None),
        ] {
            assert_eq!(map(address, &rules).as_deref(), path, "{address}");
        }
    }

    #[test]
    fn a_location_stays_on_the_mirror_or_is_refused() {
        let rules = Rules::builtin().unwrap();
        for (value, expected) in [
            ("/c/1", Some("/c/1")),
            ("?model=auto", Some("?model=auto")),
            ("https://chatgpt.com/g/1", Some("/g/1")),
            ("//evil.example/x", None),
            ("/\\evil.example", None),
            ("\\/evil.example", None),
            ("/\t/evil.example", None),
            ("https://auth.openai.com/authorize", None),
            ("javascript:alert(1)", None),
            ("https:evil.example", None),
            ("", None),
        ] {
            assert_eq!(location(value, &rules).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_link_header_keeps_what_the_mirror_can_serve() {
        let rules = Rules::builtin().unwrap();
        let value = "<https://cdn.oaistatic.com/a,b.js>; rel=modulepreload; integrity=\"sha384-x\"; \
                     as=script, </assets/b.css>;rel=\"preload, or not\";nonce=n, \
                     <https://evil.example/x>; rel=preconnect";
        assert_eq!(
            link(value, &rules).as_deref(),
            Some(
                "</_h/cdn.oaistatic.com/a,b.js>; rel=modulepreload; as=script, \
                 </assets/b.css>; rel=\"preload, or not\"; nonce=n"
            )
        );
        assert_eq!(link("<https://evil.example>; rel=preconnect", &rules), None);
        assert_eq!(link("nonsense", &rules), None);
    }

    proptest! {
        #[test]
        fn a_location_never_leads_off_the_mirror(
            pieces in prop::collection::vec(
                "/|\\\\|:|\\?|#|@|https:|javascript:|chatgpt\\.com|cdn\\.oaistatic\\.com|evil\\.example|\t|\n| |x",
                0..8),
        ) {
            let rules = Rules::builtin().unwrap();
            if let Some(mapped) = location(&pieces.concat(), &rules) {
                let path = mapped.split(['?', '#']).next().unwrap();
                let segment = path.split('/').next().unwrap();
                prop_assert!(!path.starts_with("//") && !path.contains('\\'), "{}", mapped);
                prop_assert!(!segment.contains(':'), "{}", mapped);
                prop_assert!(!mapped.contains(['\t', '\n']), "{}", mapped);
            }
        }

        #[test]
        fn no_header_is_too_odd(value in any::<String>(), entry in "[<>\",;= /:a\\\\]{0,20}") {
            let rules = Rules::builtin().unwrap();
            let _link = link(&value, &rules);
            let _link = link(&entry, &rules);
            let _location = location(&value, &rules);
        }
    }
}
