//! `generate --check`, without the product: the reference is given.

use std::fs;

use crate::support::{Tree, assert_says};
use xtask::generate::settle;

const FILE: &str = "docs/settings.md";

#[test]
fn a_written_reference_is_fresh() {
    let tree = Tree::new("generate_fresh");
    assert_eq!(settle(&tree.root, FILE, "# Settings\n", false).unwrap(), []);
    assert_eq!(settle(&tree.root, FILE, "# Settings\n", true).unwrap(), []);
}

#[test]
fn a_stale_reference_fails_and_stays_as_it_was() {
    let tree = Tree::new("generate_stale").with("docs/settings.md", "# Old\n");
    let findings = settle(&tree.root, FILE, "# Settings\n", true).unwrap();
    assert_says(&findings, &["docs/settings.md", "cargo xtask generate"]);
    let path = tree.root.join("docs/settings.md");
    assert_eq!(fs::read_to_string(path).unwrap(), "# Old\n");
}

#[test]
fn a_missing_reference_fails() {
    let tree = Tree::new("generate_missing");
    let findings = settle(&tree.root, FILE, "# Settings\n", true).unwrap();
    assert_says(&findings, &["docs/settings.md"]);
}
