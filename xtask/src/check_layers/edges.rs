//! The rules about dependencies: who may name whom in a manifest.
//! Every kind of dependency is looked at, optional and target-specific ones too;
//! foreign crates are judged by name, not by what they pull in.
//! Called by `check_layers`.

use cargo_metadata::{Dependency, DependencyKind, Metadata, Package};

use super::table::{ALSO_ALLOWED, FOR_TESTS, IMPURE, Layer, OWNED, WIRE_FORMATS, layer};
use crate::finding::Finding;

const TABLE: &str = "xtask/src/check_layers/table.rs";

/// Checks the dependencies of every crate of the workspace.
pub(crate) fn check(metadata: &Metadata) -> Vec<Finding> {
    let packages = metadata.workspace_packages();
    let mut findings = Vec::new();
    for package in &packages {
        let place = manifest(metadata, package);
        let Some(layer) = layer(package.name.as_str()) else {
            findings.push(Finding::failure(place, unknown_crate(&package.name)));
            continue;
        };
        let messages = package
            .dependencies
            .iter()
            .filter_map(|dependency| judge(layer, dependency, is_ours(&packages, dependency)));
        findings.extend(messages.map(|message| Finding::failure(place.clone(), message)));
    }
    findings
}

/// Returns what is wrong with one edge, if anything is.
fn judge(from: &Layer, to: &Dependency, is_ours: bool) -> Option<String> {
    match (to.kind == DependencyKind::Development, is_ours) {
        (true, true) => judge_test_edge(from, &to.name),
        (true, false) => None,
        (false, true) => judge_edge(from, &to.name),
        (false, false) => judge_foreign(from, &to.name),
    }
}

fn judge_edge(from: &Layer, to: &str) -> Option<String> {
    if from.uses.contains(&to) {
        return None;
    }
    Some(format!(
        "`{} -> {to}` is not an allowed dependency. {} Allowed for `{}`: {}.",
        from.name,
        rule_broken(from.name, to),
        from.name,
        names(from.uses),
    ))
}

fn judge_test_edge(from: &Layer, to: &str) -> Option<String> {
    let is_below = layer(to).is_some_and(|to| to.rank < from.rank);
    if is_below || FOR_TESTS.contains(&to) {
        return None;
    }
    Some(format!(
        "`{} -> {to}` (dev) is not an allowed dependency. {} Tests may use crates below their \
         own, and {}; move the test up to a crate that may see both.",
        from.name,
        rule_broken(from.name, to),
        names(FOR_TESTS),
    ))
}

fn judge_foreign(from: &Layer, to: &str) -> Option<String> {
    if from.is_pure && IMPURE.contains(&to) {
        return Some(format!(
            "`{} -> {to}` breaks I2 (pure crates have no runtime, network, database or clock). \
             Keep the translation here and move what needs `{to}` up, to `upstream` or above.",
            from.name
        ));
    }
    let (_, owner) = OWNED.iter().find(|(foreign, _)| *foreign == to)?;
    if *owner == from.name || ALSO_ALLOWED.contains(&(to, from.name)) {
        return None;
    }
    Some(format!(
        "`{} -> {to}` breaks I3 (only `{owner}` may use `{to}`). Put the call into `{owner}` and \
         use it from here.",
        from.name
    ))
}

/// Names the rule that an edge between two of our crates breaks, and the way out.
fn rule_broken(from: &str, to: &str) -> String {
    if WIRE_FORMATS.contains(&from) && WIRE_FORMATS.contains(&to) {
        return format!(
            "It breaks I1 (`{from}` and `{to}` never import each other). Only `transcode` sees \
             both: translate there."
        );
    }
    if from == "simulator" {
        return String::from(
            "It breaks I6 (the simulator shares no code with the client, so that a bug in one is \
             not mirrored in the other). Build the bytes in the simulator itself.",
        );
    }
    format!(
        "A crate uses only the layers below it. Move the code, or change {TABLE} with a reason in ARCHITECTURE.md."
    )
}

fn unknown_crate(name: &str) -> String {
    format!("`{name}` is not in the table of layers. Add it to {TABLE} with the crates it may use.")
}

/// Whether the dependency is a crate of this workspace rather than a foreign one
/// that happens to have the same name.
fn is_ours(packages: &[&Package], dependency: &Dependency) -> bool {
    dependency.path.is_some()
        && packages
            .iter()
            .any(|package| package.name.as_str() == dependency.name)
}

fn manifest(metadata: &Metadata, package: &Package) -> String {
    package
        .manifest_path
        .strip_prefix(&metadata.workspace_root)
        .unwrap_or(&package.manifest_path)
        .to_string()
}

fn names(list: &[&str]) -> String {
    if list.is_empty() {
        return String::from("none");
    }
    list.join(", ")
}
