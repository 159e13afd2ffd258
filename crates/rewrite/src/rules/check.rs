//! Whether rules that could be read make sense. Every complaint names its entry.

use super::{HostKind, Rules, RulesError};
use crate::probe;

/// The first thing that is wrong.
pub(super) fn check(rules: &Rules) -> Result<(), RulesError> {
    check_prefix(&rules.prefix)?;
    check_hosts(rules)?;
    check_document(rules)?;
    check_keys(rules)
}

fn check_prefix(prefix: &str) -> Result<(), RulesError> {
    let inner = prefix
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    let is_plain = |inner: &str| {
        !inner.is_empty()
            && inner
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    if inner.is_some_and(is_plain) {
        Ok(())
    } else {
        Err(wrong(
            "prefix",
            "is one path segment between two slashes, such as \"/_h/\"",
        ))
    }
}

fn check_hosts(rules: &Rules) -> Result<(), RulesError> {
    for (index, host) in rules.hosts.iter().enumerate() {
        if !is_host_name(&host.name) {
            return Err(wrong(
                &format!("host[{index}].name"),
                "is a host name in lower case, without scheme, port or path",
            ));
        }
        let twice = rules.hosts.iter().take(index);
        if twice.into_iter().any(|other| other.name == host.name) {
            return Err(wrong(
                &format!("host[{index}].name"),
                "is in the table already",
            ));
        }
        if !is_origin(&host.origin) {
            return Err(wrong(
                &format!("host[{index}].origin"),
                "is http:// or https:// and a host, without a path",
            ));
        }
    }
    let of_main = |host: &&super::Host| host.kind == HostKind::Main;
    if rules.hosts.iter().filter(of_main).count() == 1 {
        Ok(())
    } else {
        Err(wrong("host", "has exactly one entry of the kind \"main\""))
    }
}

fn is_host_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && !name.ends_with(['.', '-'])
        && !name.contains("..")
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-'
        })
}

fn is_origin(origin: &str) -> bool {
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| {
        !authority.is_empty()
            && authority
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte))
    })
}

fn check_document(rules: &Rules) -> Result<(), RulesError> {
    let document = &rules.document;
    if document.max_bytes == 0 {
        return Err(wrong("document.max_bytes", "is more than nothing"));
    }
    if document.bootstrap_ids.is_empty() && document.enqueue.is_empty() {
        let problem = "is empty, and so is document.enqueue: nothing would be found";
        return Err(wrong("document.bootstrap_ids", problem));
    }
    no_empty_name("document.bootstrap_ids", &document.bootstrap_ids)?;
    no_empty_name("document.enqueue", &document.enqueue)?;
    for (index, name) in document.required.iter().enumerate() {
        if !probe::CAN_BE_REQUIRED.contains(&name.as_str()) {
            let known = probe::CAN_BE_REQUIRED.join(", ");
            return Err(wrong(
                &format!("document.required[{index}]"),
                &format!("is no probe; there are {known}"),
            ));
        }
    }
    Ok(())
}

fn check_keys(rules: &Rules) -> Result<(), RulesError> {
    let keys = &rules.keys;
    if keys.access_token.is_empty() {
        return Err(wrong("keys.access_token", "names at least one key"));
    }
    for (entry, names) in [
        ("keys.access_token", &keys.access_token),
        ("keys.removed", &keys.removed),
        ("keys.email", &keys.email),
        ("keys.phone", &keys.phone),
        ("keys.auth_status", &keys.auth_status),
        ("keys.signed_in", &keys.signed_in),
        ("keys.nested", &keys.nested),
        ("keys.session", &keys.session),
        ("keys.user", &keys.user),
        ("keys.user_id", &keys.user_id),
        ("keys.user_name", &keys.user_name),
        ("keys.user_picture", &keys.user_picture),
        ("keys.account", &keys.account),
        ("keys.account_id", &keys.account_id),
        ("keys.account_plan", &keys.account_plan),
    ] {
        no_empty_name(entry, names)?;
    }
    Ok(())
}

fn no_empty_name(entry: &str, names: &[String]) -> Result<(), RulesError> {
    match names.iter().position(String::is_empty) {
        Some(index) => Err(wrong(&format!("{entry}[{index}]"), "is empty")),
        None => Ok(()),
    }
}

fn wrong(entry: &str, problem: &str) -> RulesError {
    RulesError::Entry {
        entry: entry.to_owned(),
        problem: problem.to_owned(),
    }
}
