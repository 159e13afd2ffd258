//! Debian's package manager, for the programs that no other registry has. It is
//! asked only when a program is missing. Used by `test_run` and `postgres`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process;

const LIMIT: Duration = Duration::from_mins(15);

/// Installs packages from fresh package lists, without what they only recommend.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    for arguments in [&["update"][..], &install] {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        process::run(command.args(arguments), LIMIT).with_context(|| {
            let packages = packages.join(" ");
            format!("cannot install {packages}; install it by hand or as root")
        })?;
    }
    Ok(())
}
