//! The GPTs everybody has, and of each account its own GPT and its projects: a fixed handful, the
//! same in every simulator, beside the projects that were made here. The routes that list them are in `gizmo_lists`; conversations look theirs up here.

use http::StatusCode;

use crate::account::Account;
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;

/// A GPT or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gizmo {
    /// `g-…` for a GPT, `g-p-…` for a project.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Whether it belongs to one account.
    pub(crate) is_own: bool,
    /// What the GPT or project can use.
    pub(crate) tools: &'static [&'static str],
}

const GPTS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "g-simTransl",
        "Simulated Translator",
        "Translates nothing, politely",
        &["browser"],
    ),
    (
        "g-simCoder1",
        "Simulated Coder",
        "Explains code that does not run",
        &["browser", "python"],
    ),
    (
        "g-simArtist",
        "Simulated Artist",
        "Describes pictures it would paint",
        &["dalle"],
    ),
];

const PROJECTS: [(&str, &str); 2] = [
    ("Simulated Thesis", "Notes for a thesis"),
    ("Simulated Garden", "What to plant and when"),
];

/// What the id of a project begins with; it also begins as a GPT's.
const PROJECT_PREFIX: &str = "g-p-";

impl Gizmo {
    /// What kind it is, in upstream's words.
    pub(crate) fn kind(&self) -> &'static str {
        kind_of(&self.id)
    }
}

/// What kind of gizmo an id names, in upstream's words.
pub(crate) fn kind_of(id: &str) -> &'static str {
    if is_project(id) { "snorlax" } else { "gpt" }
}

/// Whether an id is a project's.
pub(crate) fn is_project(id: &str) -> bool {
    id.starts_with(PROJECT_PREFIX)
}

/// The GPTs everybody has.
pub(crate) fn gpts() -> Vec<Gizmo> {
    let all = GPTS.into_iter();
    all.map(|(id, name, description, tools)| Gizmo {
        id: id.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        is_own: false,
        tools,
    })
    .collect()
}

/// The GPT that an account has made.
pub(crate) fn own_gpt(account: &Account) -> Gizmo {
    Gizmo {
        id: format!("g-sim{}", ids::hex(&["own gpt", &account.id], 8)),
        name: format!("Helper of {}", account.name),
        description: format!("Knows what {} likes for breakfast", account.name),
        is_own: true,
        tools: &[],
    }
}

/// The projects of an account, those it made after those it has always had.
pub(crate) fn projects(state: &State, account_id: &str) -> Vec<Gizmo> {
    let mut all = first_projects(account_id);
    for changed in state.projects.of(account_id) {
        match all.iter_mut().find(|project| project.id == changed.id) {
            Some(project) => *project = changed,
            None => all.push(changed),
        }
    }
    all
}

/// The projects an account has always had.
fn first_projects(account_id: &str) -> Vec<Gizmo> {
    let all = PROJECTS.into_iter();
    all.map(|(name, description)| Gizmo {
        id: format!(
            "{PROJECT_PREFIX}{}",
            ids::hex(&["project", account_id, name], 32)
        ),
        name: name.to_owned(),
        description: description.to_owned(),
        is_own: true,
        tools: &[],
    })
    .collect()
}

/// The GPT or the account's project of that id, or the refusal of one it does not have.
pub(crate) fn find(state: &State, account: &Account, id: &str) -> Result<Gizmo, Reply> {
    let own = [own_gpt(account)].into_iter();
    let known = gpts().into_iter().chain(own);
    among(known.chain(projects(state, &account.id)), id)
}

fn among(mut known: impl Iterator<Item = Gizmo>, id: &str) -> Result<Gizmo, Reply> {
    let found = known.find(|gizmo| gizmo.id == id);
    found.ok_or_else(|| not_found(id))
}

/// What upstream answers for a gizmo that is not there, or not the caller's.
pub(crate) fn not_found(id: &str) -> Reply {
    let message = format!("Gizmo {id} not found");
    Reply::coded(StatusCode::NOT_FOUND, "gizmo_not_found", &message)
}

/// The id of a project that is made now, from one that nothing else has.
pub(crate) fn project_id(fresh: &str) -> String {
    format!("{PROJECT_PREFIX}{}", ids::hex(&["made", fresh], 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpts_are_everybody_s_and_projects_are_not() {
        let (own, other) = (first_projects("a"), first_projects("b"));
        assert_eq!(own.len(), 2);
        assert!(own.iter().all(|project| !other.contains(project)));
        assert!(among(own.clone().into_iter(), &own[0].id).is_ok());
        assert!(among(other.into_iter(), &own[0].id).is_err());
        for gpt in gpts() {
            assert_eq!(among(gpts().into_iter(), &gpt.id).unwrap(), gpt);
            assert_eq!(gpt.kind(), "gpt");
        }
        assert_eq!(own[0].kind(), "snorlax");
    }
}
