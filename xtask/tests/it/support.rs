//! A small project on disk that a test can break, and words to say what a check
//! found in it. Used by every test here.
#![expect(
    clippy::unwrap_used,
    reason = "a tree that cannot be made fails its test"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::finding::Finding;

/// A project in a folder of its own, under git, with nothing committed.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
}

impl Tree {
    /// An empty project. `name` keeps it apart from the other tests' trees.
    pub(crate) fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        fs::create_dir_all(&root).unwrap();
        let git = Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(&root)
            .status()
            .unwrap();
        assert!(git.success());
        Self { root }
    }

    /// Writes a file, over what was there.
    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A workspace of the crates that `crates/` and `vendor/` are given later;
    /// those below `vendor/` are foreign to it.
    pub(crate) fn workspace(name: &str) -> Self {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n";
        Self::new(name).with("Cargo.toml", manifest)
    }

    /// Adds a crate whose manifest ends with `dependencies` and whose only file
    /// holds `code`.
    pub(crate) fn with_crate(self, name: &str, dependencies: &str, code: &str) -> Self {
        let package = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{dependencies}"
        );
        self.with(&format!("crates/{name}/Cargo.toml"), &package)
            .with(&format!("crates/{name}/src/lib.rs"), code)
    }
}

/// Asserts that exactly one finding was made, and that it says all of `words`.
#[track_caller]
pub(crate) fn assert_says(findings: &[Finding], words: &[&str]) {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    let text = findings[0].to_string();
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
}
