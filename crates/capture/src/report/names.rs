//! Names the report knows beside those of `chatgpt::known`: who speaks, to whom, on what channel.
//!
//! Data. Called by the other files of `report`.

use chatgpt::known::UnknownKind;

use super::finding::Findings;

const ROLES: &[&str] = &["assistant", "developer", "system", "tool", "user"];

const CHANNELS: &[&str] = &["analysis", "commentary", "final"];

const MARKERS: &[&str] = &[
    "cot_token",
    "final_channel_token",
    "last_token",
    "user_visible_token",
];

/// Tools, as recipients and as authors, by their whole name.
const TOOLS: &[&str] = &[
    "a8km123",
    "bio",
    "browser",
    "file_search",
    "myfiles_browser",
    "n7jupd.metadata",
    "python",
    "python_user_visible",
    "t2uay3k.sj1i4kz",
    "web",
];

/// Tools, by what comes before the point of their name.
const TOOL_FAMILIES: &[&str] = &[
    "api_tool",
    "canmore",
    "computer",
    "container",
    "dalle",
    "file_search",
    "gcal",
    "research_kickoff_tool",
    "web",
];

/// Notes the value of an enumeration that `chatgpt::known` has a table of.
pub(super) fn note(findings: &mut Findings, kind: UnknownKind, name: &str, place: &str) {
    let is_known = chatgpt::known::unknown(kind, name).is_none();
    findings.name(kind.name(), name, is_known, place);
}

/// Notes who speaks.
pub(super) fn note_role(findings: &mut Findings, name: &str, place: &str) {
    findings.name("role", name, ROLES.contains(&name), place);
}

/// Notes to whom a message speaks, or which tool speaks.
pub(super) fn note_recipient(findings: &mut Findings, name: &str, place: &str) {
    let family = name.split('.').next().unwrap_or_default();
    let is_known = matches!(name, "all" | "assistant")
        || TOOLS.contains(&name)
        || (name.contains('.') && TOOL_FAMILIES.contains(&family))
        // An action of a GPT, whose name is its author's.
        || name.ends_with("__jit_plugin");
    findings.name("recipient", name, is_known, place);
}

/// Notes the channel of a message.
pub(super) fn note_channel(findings: &mut Findings, name: &str, place: &str) {
    findings.name("channel", name, CHANNELS.contains(&name), place);
}

/// Notes the marker of a marker event.
pub(super) fn note_marker(findings: &mut Findings, name: &str, place: &str) {
    findings.name("marker", name, MARKERS.contains(&name), place);
}
