//! Which of several PostgreSQL versions is taken, and what steps are told of the
//! server.

use std::ffi::OsStr;
use std::process::Command;

use crate::support::Tree;
use xtask::postgres::{Address, Programs, URL_VARIABLE};

fn with_version(tree: Tree, version: &str) -> Tree {
    tree.with(&format!("{version}/bin/initdb"), "")
        .with(&format!("{version}/bin/pg_ctl"), "")
}

/// Asserts that the programs taken from `tree` are those of `version`.
#[track_caller]
fn assert_takes(tree: &Tree, version: &str) {
    let folder = tree.root.join(version).join("bin");
    let expected = Programs {
        initdb: folder.join("initdb"),
        pg_ctl: folder.join("pg_ctl"),
    };
    assert_eq!(Programs::newest(&tree.root), Some(expected));
}

#[test]
fn the_newest_version_is_taken_by_number_and_not_by_name() {
    let versions = ["9.6", "15", "10", "9.10", "8.4"];
    let tree = versions
        .into_iter()
        .fold(Tree::new("postgres_newest"), with_version);
    assert_takes(&tree, "15");
}

#[test]
fn old_versions_of_two_numbers_compare_by_both() {
    let tree = ["9.6", "9.10", "9"]
        .into_iter()
        .fold(Tree::new("postgres_old"), with_version);
    assert_takes(&tree, "9.10");
}

#[test]
fn a_version_without_the_server_is_passed_over() {
    let tree = with_version(Tree::new("postgres_client"), "15")
        .with("17/bin/psql", "")
        .with("16/bin/pg_ctl", "");
    assert_takes(&tree, "15");
}

#[test]
fn folders_that_are_no_versions_are_passed_over() {
    let tree = ["18beta1", "v19", "20.", "14"]
        .into_iter()
        .fold(Tree::new("postgres_names"), with_version);
    assert_takes(&tree, "14");
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let tree = Tree::new("postgres_none").with("15/bin/psql", "");
    assert_eq!(Programs::newest(&tree.root), None);
    assert_eq!(Programs::newest(&tree.root.join("absent")), None);
}

#[test]
fn a_step_is_told_the_url_of_this_run_and_nothing_else() {
    let mut command = Command::new("cargo");
    command.env(URL_VARIABLE, "postgres://somewhere.else/production");
    Address::new(54321, "0f1e".to_owned()).hand_to(&mut command);
    let url = "postgres://postgres:0f1e@127.0.0.1:54321/postgres";
    let expected = (OsStr::new("TEST_POSTGRES_URL"), Some(OsStr::new(url)));
    assert_eq!(command.get_envs().collect::<Vec<_>>(), [expected]);
}
