//! `check-size`, rule by rule.

use crate::support::{Tree, assert_says};
use xtask::check_size::check;
use xtask::finding::Severity;

fn function(lines: usize) -> String {
    let body = "    // A line.\n".repeat(lines - 2);
    format!("//! A file.\nfn long() {{\n{body}}}\n")
}

fn file(lines: usize) -> String {
    format!("//! A file.\n{}", "// A line.\n".repeat(lines - 1))
}

#[test]
fn a_tidy_tree_passes() {
    let tree = Tree::new("size_pass")
        .with("crates/a/src/lib.rs", &function(80))
        .with("crates/a/src/long.rs", &file(350))
        .with("crates/a/tests/it/support.rs", "//! Support.\n")
        .with("fuzz/mod.rs", "fn outside_of_the_checked_folders() {}\n");
    assert_eq!(check(&tree.root, false).unwrap(), []);
}

#[test]
fn a_file_over_500_lines_fails() {
    let tree = Tree::new("size_file").with("bench/src/main.rs", &file(501));
    let findings = check(&tree.root, false).unwrap();
    assert_says(&findings, &["error", "bench/src/main.rs", "501 lines"]);
}

#[test]
fn a_file_over_350_lines_is_a_warning() {
    let tree = Tree::new("size_file_soft").with("xtask/src/main.rs", &file(351));
    let findings = check(&tree.root, false).unwrap();
    assert_says(&findings, &["warning", "351 lines"]);
    assert_eq!(findings[0].severity, Severity::Warning);
}

#[test]
fn a_function_over_80_lines_fails() {
    let tree = Tree::new("size_function").with("crates/a/src/lib.rs", &function(81));
    let findings = check(&tree.root, false).unwrap();
    assert_says(
        &findings,
        &["error", "crates/a/src/lib.rs:2", "`long`", "81 lines"],
    );
}

#[test]
fn a_function_over_45_lines_is_a_warning_when_asked_for() {
    let tree = Tree::new("size_function_soft").with("crates/a/src/lib.rs", &function(46));
    assert_eq!(check(&tree.root, false).unwrap(), []);
    assert_says(
        &check(&tree.root, true).unwrap(),
        &["warning", "`long`", "46 lines"],
    );
}

#[test]
fn a_file_without_a_header_fails() {
    let tree = Tree::new("size_header").with("crates/a/src/lib.rs", "fn f() {}\n");
    assert_says(
        &check(&tree.root, false).unwrap(),
        &["error", "does not open with `//!`"],
    );
}

#[test]
fn vague_names_fail() {
    for name in ["utils", "helpers", "common", "misc", "manager"] {
        let tree = Tree::new(&format!("size_{name}"))
            .with(&format!("crates/a/src/{name}.rs"), "//! A file.\n");
        assert_says(
            &check(&tree.root, false).unwrap(),
            &["error", name, "purpose"],
        );
    }
}

#[test]
fn mod_rs_fails() {
    let tree = Tree::new("size_mod").with("crates/a/src/b/mod.rs", "//! A file.\n");
    assert_says(&check(&tree.root, false).unwrap(), &["error", "`mod.rs`"]);
}

#[test]
fn ignored_files_are_not_looked_at() {
    let tree = Tree::new("size_ignored")
        .with(".gitignore", "generated/\n")
        .with("crates/a/generated/mod.rs", "fn f() {}\n");
    assert_eq!(check(&tree.root, false).unwrap(), []);
}
