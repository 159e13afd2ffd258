//! `check-size`: fails on files and functions that are too long, on a file that
//! does not open with its purpose, and on names that say none. Length is counted
//! in lines as an editor shows them, comments included.
//! Called by `cli`, `test_run` and the tests, each with the root to look at.

mod functions;

use std::path::Path;

use anyhow::Result;

use crate::finding::Finding;
use crate::source_files::{self, SourceFile};

const FOLDERS: &[&str] = &["crates/", "bench/", "xtask/"];
const FILE_SOFT: usize = 350;
const FILE_HARD: usize = 500;
const FUNCTION_SOFT: usize = 45;
const FUNCTION_HARD: usize = 80;
const VAGUE_NAMES: &[&str] = &["utils", "helpers", "common", "misc", "manager"];

/// Checks every Rust file below `root`; `verbose` adds the functions that are
/// over the soft limit only.
pub fn check(root: &Path, verbose: bool) -> Result<Vec<Finding>> {
    let folders: Vec<String> = FOLDERS.iter().map(|&folder| folder.to_owned()).collect();
    let mut findings = Vec::new();
    for file in source_files::read(root, &folders)? {
        findings.extend(name_finding(&file));
        findings.extend(header_finding(&file));
        findings.extend(length_finding(&file));
        findings.extend(function_findings(&file, verbose));
    }
    Ok(findings)
}

fn name_finding(file: &SourceFile) -> Option<Finding> {
    let stem = Path::new(&file.path).file_stem()?.to_str()?;
    if stem == "mod" {
        return Some(Finding::failure(
            &file.path,
            "the name `mod.rs` is not used here. Name the file after its module, beside the \
             folder: `thing.rs` and `thing/`.",
        ));
    }
    if VAGUE_NAMES.contains(&stem) {
        return Some(Finding::failure(
            &file.path,
            format!("`{stem}` names no purpose. Name the file after the one thing it does."),
        ));
    }
    None
}

fn header_finding(file: &SourceFile) -> Option<Finding> {
    if file.text.starts_with("//!") {
        return None;
    }
    Some(Finding::failure(
        &file.path,
        "the file does not open with `//!`. Say in 2 to 6 lines what it is, what it is not and \
         who calls it.",
    ))
}

fn length_finding(file: &SourceFile) -> Option<Finding> {
    let lines = file.text.lines().count();
    if lines > FILE_HARD {
        return Some(Finding::failure(
            &file.path,
            format!("{lines} lines, over the limit of {FILE_HARD}. Split it by purpose."),
        ));
    }
    if lines > FILE_SOFT {
        return Some(Finding::warning(
            &file.path,
            format!("{lines} lines, over {FILE_SOFT}. It probably has two purposes."),
        ));
    }
    None
}

fn function_findings(file: &SourceFile, verbose: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in functions::find(&file.text) {
        let place = format!("{}:{}", file.path, function.line);
        let (name, lines) = (&function.name, function.lines);
        if lines > FUNCTION_HARD {
            findings.push(Finding::failure(
                place,
                format!(
                    "function `{name}` has {lines} lines, over the limit of {FUNCTION_HARD}. \
                     Give its parts names of their own."
                ),
            ));
        } else if verbose && lines > FUNCTION_SOFT {
            findings.push(Finding::warning(
                place,
                format!("function `{name}` has {lines} lines, over {FUNCTION_SOFT}."),
            ));
        }
    }
    findings
}
