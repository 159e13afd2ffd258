//! Installs what the test run needs and a fresh machine lacks: nextest, a Python
//! environment with the stock client and the spelling checker, the Node client, a
//! C++ compiler, a browser.
//! Versions come from the lock files beside the tests. Each function does nothing
//! when its work is already done. Called by `test_run`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::junit::Counts;
use crate::project::Project;
use crate::{apt, process};

const LIMIT: Duration = Duration::from_mins(15);
const REQUIREMENTS: &[&str] = &[
    ".ci/requirements.txt",
    "tests/clients/python/requirements.txt",
];
const NODE_LOCKS: &[&str] = &[
    "tests/clients/node/package.json",
    "tests/clients/node/package-lock.json",
];

/// Installs cargo-nextest unless cargo already has it.
pub(crate) fn nextest(project: &Project) -> Result<Counts> {
    let is_there = process::cargo(&project.root)
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start cargo")?
        .success();
    if !is_there {
        let mut install = process::cargo(&project.root);
        install.args(["install", "--locked", "cargo-nextest"]);
        process::run(&mut install, LIMIT)?;
    }
    Ok(Counts::default())
}

/// Makes the Python environment with the packages that the requirements pin.
pub(crate) fn python(project: &Project) -> Result<Counts> {
    let Stamp::Stale(stamp) = stamp(project, "python", REQUIREMENTS)? else {
        return Ok(Counts::default());
    };
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(venv(project));
    process::run(&mut make, LIMIT)?;
    let mut install = Command::new(python_binary(project));
    install.current_dir(&project.root);
    install.args(["-m", "pip", "install", "--quiet"]);
    install.arg("--disable-pip-version-check");
    for file in REQUIREMENTS {
        install.args(["-r", file]);
    }
    process::run(&mut install, LIMIT)?;
    stamp.set()
}

/// Installs the packages that the Node lock file pins.
pub(crate) fn node(project: &Project) -> Result<Counts> {
    let modules = node_folder(project).join("node_modules");
    let stamp = stamp(project, "node", NODE_LOCKS)?;
    let stamp = match stamp {
        Stamp::Fresh if modules.is_dir() => return Ok(Counts::default()),
        Stamp::Fresh => None,
        Stamp::Stale(stamp) => Some(stamp),
    };
    let mut install = Command::new("npm");
    install.current_dir(node_folder(project));
    install.args(["ci", "--no-audit", "--no-fund"]);
    process::run(&mut install, LIMIT)?;
    stamp.map_or(Ok(Counts::default()), |stamp| stamp.set())
}

/// Installs a C++ compiler, which libFuzzer is built with, unless there is one.
pub(crate) fn cpp_compiler() -> Result<Counts> {
    if !process::answers("c++") {
        apt::install(&["g++"])?;
    }
    Ok(Counts::default())
}

/// Installs Debian's Chromium, with letters for both languages, unless it is there.
pub(crate) fn browser() -> Result<Counts> {
    if !process::answers("chromium") {
        apt::install(&["chromium", "fonts-noto-core", "fonts-noto-cjk"])?;
    }
    Ok(Counts::default())
}

/// The interpreter of the tests' own environment.
pub(crate) fn python_binary(project: &Project) -> PathBuf {
    venv(project).join("bin").join("python")
}

/// The spelling checker that the requirements pin.
pub(crate) fn typos_binary(project: &Project) -> PathBuf {
    venv(project).join("bin").join("typos")
}

/// Where the Node client's tests and its packages are.
pub(crate) fn node_folder(project: &Project) -> PathBuf {
    project.root.join("tests/clients/node")
}

fn venv(project: &Project) -> PathBuf {
    project.clients().join("venv")
}

enum Stamp {
    Fresh,
    Stale(StaleStamp),
}

/// A note of what was installed last, to be written once it is installed.
struct StaleStamp {
    path: PathBuf,
    wanted: String,
}

impl StaleStamp {
    fn set(&self) -> Result<Counts> {
        fs::write(&self.path, &self.wanted)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(Counts::default())
    }
}

/// Compares what `files` ask for with what was installed under `name` last.
fn stamp(project: &Project, name: &str, files: &[&str]) -> Result<Stamp> {
    let folder = project.clients();
    fs::create_dir_all(&folder).context("cannot make the folder for client tests")?;
    let mut wanted = String::new();
    for file in files {
        let path = project.root.join(file);
        wanted += &fs::read_to_string(path).with_context(|| format!("cannot read {file}"))?;
    }
    let path = folder.join(format!("{name}.installed"));
    if fs::read_to_string(&path).is_ok_and(|installed| installed == wanted) {
        return Ok(Stamp::Fresh);
    }
    Ok(Stamp::Stale(StaleStamp { path, wanted }))
}
