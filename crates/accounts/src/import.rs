//! Taking accounts in from text: what each line is, and what came of it.
//!
//! Lines of `token` or `token,account_id`, the JSON of a session, or a file of the Codex
//! client. Recognised by content; nothing of a token is ever shown. Called by the admin, the
//! command line and the program with the text of `ACCOUNTS`.

mod listing;
mod reading;

use secrecy::SecretString;
use store::DatabaseError;
use store::records::{AccountId, Imported, NewAccount, Outcome};

use crate::identity::stand_in;
use crate::pool::Pool;

pub use listing::{check_accounts, one_per_line};
use reading::Line;
pub use reading::Rejection;

/// The client of tokens of the Codex command-line client, in records.
pub(crate) const CLIENT_CODEX: &str = "codex";
/// The client of tokens of the mobile app, in records.
pub(crate) const CLIENT_MOBILE: &str = "mobile";
/// Stands for the session of a browser, in records.
pub(crate) const CLIENT_SESSION: &str = "session";

/// Where an account came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `ACCOUNTS`; it goes when it is taken out there.
    Settings,
    /// The admin.
    Admin,
    /// The command line.
    CommandLine,
    /// A folder of another program.
    Folder,
    /// A sign-in.
    SignIn,
    /// A caller's own token that had to be exchanged: it serves nobody else.
    Caller,
}

impl Source {
    /// The word in records and the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Admin => "admin",
            Self::CommandLine => "command_line",
            Self::Folder => "folder",
            Self::SignIn => "sign_in",
            Self::Caller => "caller",
        }
    }
}

/// What a line is, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Counted from 1.
    pub line: usize,
    /// The kind of token, such as `access_token`; `unknown` for none.
    pub kind: &'static str,
    /// What came of it.
    pub result: Result<Taken, Rejection>,
}

/// An account that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The account; in a trial of a new one, an id that will not be used.
    pub id: AccountId,
    /// What was done, or would be.
    pub outcome: Outcome,
}

/// Whether anything is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Take the accounts in.
    Write,
    /// Only say what would come of it.
    Trial,
}

impl Pool {
    /// Takes in the accounts of a text; one verdict for each line that is not empty.
    pub async fn import(
        &self,
        text: &SecretString,
        source: Source,
        mode: Mode,
    ) -> Result<Vec<Verdict>, DatabaseError> {
        let now = self.shared().now();
        let lines = reading::read(text, source, now, |refresh| {
            stand_in(self.shared().database.keyed_digest("unidentified", refresh))
        });
        let accounts: Vec<NewAccount> = lines
            .iter()
            .filter_map(|line| line.account.as_ref().ok().cloned())
            .collect();
        let imported = self.import_once(&accounts, mode).await;
        let imported = match imported {
            // Another process has taken one of them in at this moment: now it is seen.
            Err(DatabaseError::Exists) => self.import_once(&accounts, mode).await?,
            imported => imported?,
        };
        if mode == Mode::Write && !imported.is_empty() {
            self.reload().await?;
        }
        let mut imported = imported.into_iter();
        let verdict = |Line {
                           number,
                           kind,
                           account,
                       }: Line| Verdict {
            line: number,
            kind,
            result: match (account, &mut imported) {
                (Err(rejection), _) => Err(rejection),
                (Ok(_), imported) => imported
                    .next()
                    .map(|it| Taken {
                        id: it.id,
                        outcome: it.outcome,
                    })
                    .ok_or(Rejection::NotAToken),
            },
        };
        Ok(lines.into_iter().map(verdict).collect())
    }
    async fn import_once(
        &self,
        accounts: &[NewAccount],
        mode: Mode,
    ) -> Result<Vec<Imported>, DatabaseError> {
        let shared = self.shared();
        let (database, now) = (&shared.database, shared.now_signed());
        match mode {
            _ if accounts.is_empty() => Ok(Vec::new()),
            Mode::Write => database.import_accounts(accounts.to_vec(), now).await,
            Mode::Trial => database.try_import(accounts.to_vec(), now).await,
        }
    }
}
