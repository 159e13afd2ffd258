//! The server's programs: on the `PATH`, where Debian keeps them, or installed
//! now. Debian puts each version into a folder of its own and none of them on the
//! `PATH`. Used by `server`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{apt, process};

/// Where Debian has a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Where Debian's package reads how its own cluster is to be made.
const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.d";

/// How to start the programs that make and run a cluster. They find the server
/// itself, which is beside them.
#[derive(Debug, PartialEq, Eq)]
pub struct Programs {
    /// Makes a cluster.
    pub initdb: PathBuf,
    /// Starts and stops a server.
    pub pg_ctl: PathBuf,
}

impl Programs {
    /// The programs of this machine, installed if there are none.
    pub(crate) fn find_or_install() -> Result<Self> {
        if let Some(programs) = Self::find() {
            return Ok(programs);
        }
        install()?;
        Self::find().context("the package postgresql has no initdb and pg_ctl")
    }

    fn find() -> Option<Self> {
        let on_path = Self::in_folder(Path::new(""));
        if process::answers(&on_path.initdb) && process::answers(&on_path.pg_ctl) {
            return Some(on_path);
        }
        Self::newest(Path::new(DEBIAN))
    }

    /// Those of the highest version among the folders `VERSION/bin` in `folder`
    /// that hold both.
    pub fn newest(folder: &Path) -> Option<Self> {
        fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let version = version(entry.file_name().to_str()?)?;
                let programs = Self::in_folder(&entry.path().join("bin"));
                let is_whole = programs.initdb.is_file() && programs.pg_ctl.is_file();
                is_whole.then_some((version, programs))
            })
            .max_by(|(one, _), (other, _)| one.cmp(other))
            .map(|(_, programs)| programs)
    }

    fn in_folder(folder: &Path) -> Self {
        Self {
            initdb: folder.join("initdb"),
            pg_ctl: folder.join("pg_ctl"),
        }
    }
}

/// The numbers of `15` or `9.6`, which compare as versions do.
fn version(name: &str) -> Option<Vec<u32>> {
    name.split('.').map(|part| part.parse().ok()).collect()
}

/// Installs Debian's package and keeps it from making a cluster, which it would
/// start at once, and at every start of the machine.
fn install() -> Result<()> {
    let setting = Path::new(CLUSTER_SETTINGS).join("no-cluster-for-tests.conf");
    fs::create_dir_all(CLUSTER_SETTINGS)
        .and_then(|()| fs::write(&setting, "create_main_cluster = false\n"))
        .with_context(|| {
            let setting = setting.display();
            format!("cannot write {setting}; install PostgreSQL by hand or run this as root")
        })?;
    let installed = apt::install(&["postgresql"]);
    fs::remove_file(&setting).with_context(|| format!("cannot remove {}", setting.display()))?;
    installed
}
