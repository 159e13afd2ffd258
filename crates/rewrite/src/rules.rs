//! What is known of the official web interface, as data.
//!
//! The rules name hosts, paths, content types and JSON keys, never files or code. They are
//! read from `mirror-rules.toml`, of which a copy is built in, and checked as a whole before
//! anything uses them. Reloading the file is the caller's business.

mod check;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::pattern::Pattern;

const BUILTIN: &str = include_str!("../mirror-rules.toml");

/// Everything `mirror-rules.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The path of the mirror under which the other hosts have their places, such as `/_h/`.
    pub prefix: String,
    /// The host table.
    #[serde(rename = "host")]
    pub hosts: Vec<Host>,
    /// What becomes of a path.
    pub paths: Paths,
    /// Which answers are changed.
    pub data: Data,
    /// What a document is checked for.
    pub document: DocumentRules,
    /// The names of the JSON keys.
    pub keys: Keys,
}

/// One host that the official pages name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// As it stands in pages, in lower case.
    pub name: String,
    /// What it is for.
    pub kind: HostKind,
    /// Where the gateway really connects: a scheme and an authority, no path.
    #[serde(default)]
    pub origin: String,
}

/// What a host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostKind {
    /// Pages and calls. Its paths are the mirror's own.
    Main,
    /// Public files.
    Asset,
    /// Web sockets.
    Socket,
    /// Watches the visitor; never reached.
    Telemetry,
}

/// What becomes of a path of the main host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    /// Public files.
    pub assets: Vec<Pattern>,
    /// Answered by the gateway itself.
    pub telemetry: Vec<Pattern>,
    /// Never sent on.
    pub refused: Vec<Pattern>,
    /// Sent on, although `refused` names them.
    pub allowed: Vec<Pattern>,
    /// Calls of the page's code.
    pub api: Vec<Pattern>,
}

/// Which answers are changed, apart from documents and assets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Loader data and the list of routes.
    pub router: Vec<Pattern>,
    /// Lists without text of the user.
    pub catalogue: Vec<Pattern>,
    /// Answers that say who is signed in.
    pub identity: Vec<IdentityAnswer>,
}

/// An answer that says who is signed in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityAnswer {
    /// Where it is found.
    pub path: Pattern,
    /// What its outermost object is.
    pub holds: Holds,
}

/// What an object is, which decides whose keys stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// The person: id, name, picture.
    User,
    /// The account: id and plan.
    Account,
    /// Something around them.
    Session,
}

/// What a document is checked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRules {
    /// A longer document is not served.
    pub max_bytes: usize,
    /// The ids of the element that holds the bootstrap as JSON.
    pub bootstrap_ids: Vec<String>,
    /// The calls that hand loader data to the router.
    pub enqueue: Vec<String>,
    /// The probes that must have found something.
    pub required: Vec<String>,
}

/// The names of the JSON keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The token that opens the account; replaced.
    pub access_token: Vec<String>,
    /// Other tokens; taken out with their keys.
    pub removed: Vec<String>,
    /// An e-mail address, wherever it stands.
    pub email: Vec<String>,
    /// A telephone number, wherever it stands.
    pub phone: Vec<String>,
    /// Says whether somebody is signed in.
    pub auth_status: Vec<String>,
    /// Its values that mean yes; the first is written when a page is patched.
    pub signed_in: Vec<String>,
    /// Strings that hold JSON.
    pub nested: Vec<String>,
    /// The object around user and account.
    pub session: Vec<String>,
    /// The object that is the person.
    pub user: Vec<String>,
    /// In a user: the id.
    pub user_id: Vec<String>,
    /// In a user: the name.
    pub user_name: Vec<String>,
    /// In a user: the picture.
    pub user_picture: Vec<String>,
    /// The object that is the account.
    pub account: Vec<String>,
    /// In an account: the id.
    pub account_id: Vec<String>,
    /// In an account: the plan.
    pub account_plan: Vec<String>,
    /// Switches of the loader, and how they stand when somebody is signed in.
    pub loader: BTreeMap<String, bool>,
}

/// Why rules were not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// It is not TOML, or an entry is missing, unknown or of the wrong kind.
    #[error("the mirror rules cannot be read: {0}")]
    Unreadable(String),
    /// An entry says something that cannot be.
    #[error("mirror rules, {entry}: {problem}")]
    Entry {
        /// Such as `host[2].name`.
        entry: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Rules {
    /// The rules that the program was built with.
    pub fn builtin() -> Result<Self, RulesError> {
        Self::parse(BUILTIN)
    }

    /// Reads and checks rules.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let mut rules: Self = toml::from_str(text)
            .map_err(|error| RulesError::Unreadable(error.to_string().trim_end().to_owned()))?;
        for host in &mut rules.hosts {
            if host.origin.is_empty() {
                host.origin = format!("https://{}", host.name);
            }
        }
        check::check(&rules)?;
        Ok(rules)
    }

    /// The host that pages call `name`, in whatever case.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts
            .iter()
            .find(|host| host.name.eq_ignore_ascii_case(name))
    }

    /// The host whose paths are the mirror's own. Checked rules have exactly one.
    pub fn main_host(&self) -> Option<&Host> {
        self.hosts.iter().find(|host| host.kind == HostKind::Main)
    }
}

#[cfg(test)]
mod tests;
