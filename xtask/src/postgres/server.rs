//! The running server, and its end. A shell script does the work, `keeper.sh`:
//! it outlives this process by a moment and cleans up, even after a kill. The
//! server listens on the loopback interface only. Used by `test_run` and `run`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::address::Address;
use super::programs::Programs;

/// The user `nobody`, who has a name on every Linux and owns no other cluster.
const NOBODY: &str = "65534";

/// A server that runs until this is dropped.
pub(crate) struct Server {
    address: Address,
    keeper: Child,
}

impl Server {
    /// Makes a cluster and starts a server on it, which takes some seconds.
    pub(crate) fn start() -> Result<Self> {
        let programs = Programs::find_or_install()?;
        let address = Address::new(free_port()?, random_password()?);
        let keeper = keeper(&programs, address.port())
            .spawn()
            .context("cannot start a shell for PostgreSQL")?;
        let mut server = Self { address, keeper };
        let is_ready = server.wait_until_ready();
        ensure!(
            is_ready.context("cannot speak to the shell of PostgreSQL")?,
            "PostgreSQL did not start; what it printed is above"
        );
        Ok(server)
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    fn wait_until_ready(&mut self) -> std::io::Result<bool> {
        if let Some(input) = &mut self.keeper.stdin {
            writeln!(input, "{}", self.address.password())?;
        }
        let mut answer = String::new();
        if let Some(output) = self.keeper.stdout.take() {
            BufReader::new(output).read_line(&mut answer)?;
        }
        Ok(answer == "ready\n")
    }
}

impl Drop for Server {
    /// Stops the server and waits until nothing of it is left.
    fn drop(&mut self) {
        // To wait closes the keeper's input first, and that ends it.
        if let Err(error) = self.keeper.wait() {
            eprintln!("error: cannot stop PostgreSQL: {error}");
        }
    }
}

/// The command of the keeper. It has a process group of its own: a Ctrl-C in the
/// terminal must not end it before its work is done.
fn keeper(programs: &Programs, port: u16) -> Command {
    let mut command = unprivileged_shell();
    command.args(["-c", include_str!("keeper.sh"), "keeper"]);
    command.args([&programs.initdb, &programs.pg_ctl]);
    command.arg(port.to_string());
    // Another user may not be allowed into the project's folder.
    command.current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A shell as whoever runs this, or as nobody: the server refuses to be root.
fn unprivileged_shell() -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return Command::new("sh");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    command.arg("sh");
    command
}

fn free_port() -> Result<u16> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .context("cannot find a free port")?;
    Ok(address.port())
}

/// A secret for one run: whoever is on this machine can reach the port, and a
/// superuser of the database can start programs.
fn random_password() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
