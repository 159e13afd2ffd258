//! Imports beside a gateway that is about to end: by the command, which may be killed as well, and
//! by the admin's API. What was acknowledged is remembered. Run by `pass`.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::sleep;

use crate::http_client::{self, Asked};
use crate::program::{self, Program};

/// A command may be killed within this; it takes about as long.
const COMMAND: Duration = Duration::from_millis(60);

/// The file that commands read.
pub(crate) const LIST: &str = "import.txt";

/// What is imported, and what the program has said it had taken in.
pub(crate) struct Importing {
    tokens: Vec<String>,
    pub(crate) acknowledged: BTreeSet<String>,
    /// How many imports began, and how many of them were ended by a kill.
    pub(crate) begun: u32,
    pub(crate) broken_off: u32,
}

/// An import by the command that may not have ended.
pub(crate) struct Running {
    command: Child,
    tokens: Vec<String>,
}

impl Importing {
    pub(crate) fn of(tokens: Vec<String>) -> Self {
        Self {
            tokens,
            acknowledged: BTreeSet::new(),
            begun: 0,
            broken_off: 0,
        }
    }

    /// Some of the tokens; later ones more often as time goes on.
    fn some(&mut self, chance: &mut Rng) -> Vec<String> {
        self.begun += 1;
        let most = self.tokens.len().min(10 + 2 * self.begun as usize);
        let mut some = self.tokens[..most].to_vec();
        chance.shuffle(&mut some);
        some.truncate(chance.usize(1..=most));
        some
    }

    /// Starts an import by the command.
    pub(crate) fn by_command(&mut self, program: &Program, chance: &mut Rng) -> Result<Running> {
        let tokens = self.some(chance);
        fs::write(program.folder.join(LIST), tokens.join("\n"))?;
        let command = program.begin(&["account", "import", LIST])?;
        Ok(Running { command, tokens })
    }

    /// Waits for a command's end, or brings it about.
    pub(crate) async fn finish(
        &mut self,
        mut running: Running,
        is_killed: bool,
        chance: &mut Rng,
    ) -> Result<()> {
        if is_killed {
            sleep(COMMAND.mul_f64(chance.f64())).await;
            running.command.kill().await?;
            self.broken_off += 1;
            return Ok(());
        }
        let output = program::ended(running.command).await?;
        ensure!(
            output.status.success(),
            "an import failed: {}",
            String::from_utf8(output.stderr)?
        );
        self.acknowledged.extend(running.tokens);
        Ok(())
    }

    /// Imports by the admin's API; the gateway may end meanwhile.
    pub(crate) async fn by_admin(&mut self, url: &str, chance: &mut Rng) -> Result<()> {
        let tokens = self.some(chance);
        let body = json!({"text": tokens.join("\n")});
        let asked = http_client::admin(url, "/admin/api/accounts", &body).await?;
        let Asked::Replied { status, body } = asked else {
            self.broken_off += 1;
            return Ok(());
        };
        ensure!(
            status == 200,
            "the admin's import is answered with {status}"
        );
        let Some(body) = body else {
            self.broken_off += 1;
            return Ok(());
        };
        let said: Value = serde_json::from_slice(&body)?;
        ensure!(said["rejected"] == 0, "an import was rejected: {said}");
        self.acknowledged.extend(tokens);
        Ok(())
    }

    /// All tokens, however often they were imported.
    pub(crate) fn all(&self) -> String {
        self.tokens.join("\n")
    }
}
