//! The stock-client tests of a test run: the public Python and Node clients
//! against the debug binary, which the tests start themselves. What they check is
//! in `tests/clients/`. Called by `test_run`.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::install;
use super::rust_tests::{counts_of, forget};
use crate::junit::Counts;
use crate::process;
use crate::project::Project;

const LIMIT: Duration = Duration::from_mins(5);

/// The Python client, with pytest.
pub(crate) fn python(project: &Project) -> Result<Counts> {
    let report = project.clients().join("pytest.xml");
    let mut command = Command::new(install::python_binary(project));
    command.current_dir(project.root.join("tests/clients/python"));
    command.args(["-m", "pytest", "-p", "no:cacheprovider"]);
    command.arg(format!("--junitxml={}", report.display()));
    forget(&report)?;
    let outcome = process::run(on_this_machine(&mut command, project), LIMIT);
    counts_of(&report, outcome)
}

/// The Node client, with Node's own test runner.
pub(crate) fn node(project: &Project) -> Result<Counts> {
    let report = project.clients().join("node.xml");
    let mut command = Command::new("node");
    command.current_dir(install::node_folder(project));
    command.arg("--test");
    command.args(["--test-reporter=spec", "--test-reporter-destination=stdout"]);
    command.arg("--test-reporter=junit");
    command.arg(format!("--test-reporter-destination={}", report.display()));
    forget(&report)?;
    let outcome = process::run(on_this_machine(&mut command, project), LIMIT);
    counts_of(&report, outcome)
}

/// Names the binary and keeps the clients off any proxy: all they speak to is
/// on this machine.
fn on_this_machine<'a>(command: &'a mut Command, project: &Project) -> &'a mut Command {
    command
        .env("FLOWGPT_BIN", project.debug_binary())
        .env("NO_PROXY", "127.0.0.1,localhost")
        .env("PYTHONDONTWRITEBYTECODE", "1")
}
