//! The rules about calls: who may read the clock, the environment and chance.
//! It reads `src/` of each crate with comments and strings blanked; `tests/` and
//! `benches/` are free. Clippy bans the same calls by path; this also sees what a
//! local `expect` lets through. Called by `check_layers`.

use std::path::Path;

use anyhow::Result;
use cargo_metadata::{Metadata, Package};

use super::table::{Layer, layer};
use crate::finding::Finding;
use crate::rust_code::{code_only, lines_with};
use crate::source_files::{self, SourceFile};

/// One banned piece of code, and what to do instead.
struct Ban {
    code: &'static str,
    rule: &'static str,
    instead: &'static str,
}

const AMBIENT: &[Ban] = &[
    Ban {
        code: "SystemTime::now",
        rule: "house rule: the clock is injected",
        instead: "Take the time as an argument, or a clock from `server`",
    },
    Ban {
        code: "env::var",
        rule: "I3: only `server` reads the environment",
        instead: "Add a setting in `server` and pass its value down",
    },
];

const IMPURE: &[Ban] = &[
    Ban {
        code: "SystemTime",
        rule: "I2: pure crates have no clock",
        instead: "Take the time as a number or a `Duration`",
    },
    Ban {
        code: "env::var",
        rule: "I2: pure crates read no environment",
        instead: "Take the value as an argument",
    },
    Ban {
        code: "Uuid::new_v4",
        rule: "I2: pure crates have no chance",
        instead: "Take the id as an argument",
    },
];

/// Checks the source of every crate that the table knows.
pub(crate) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(layer) = layer(package.name.as_str()) else {
            continue;
        };
        let files = source_files::read(root, &[source_folder(metadata, package)])?;
        for file in &files {
            findings.extend(scan(file, layer));
        }
    }
    Ok(findings)
}

fn bans(layer: &Layer) -> &'static [Ban] {
    if layer.is_program {
        &[]
    } else if layer.is_pure {
        IMPURE
    } else {
        AMBIENT
    }
}

fn scan(file: &SourceFile, layer: &Layer) -> Vec<Finding> {
    let code = code_only(&file.text);
    let mut findings = Vec::new();
    for ban in bans(layer) {
        for line in lines_with(&code, ban.code) {
            findings.push(Finding::failure(
                format!("{}:{line}", file.path),
                format!(
                    "`{}` in `{}` breaks a rule ({}). {}.",
                    ban.code, layer.name, ban.rule, ban.instead
                ),
            ));
        }
    }
    findings
}

/// The crate's `src/`, from the root, with a slash at its end.
fn source_folder(metadata: &Metadata, package: &Package) -> String {
    let folder = package
        .manifest_path
        .parent()
        .and_then(|folder| folder.strip_prefix(&metadata.workspace_root).ok());
    match folder {
        Some(folder) if !folder.as_str().is_empty() => format!("{folder}/src/"),
        _ => String::from("src/"),
    }
}
