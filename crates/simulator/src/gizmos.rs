//! The GPTs everybody has and the projects of each account: a fixed handful, the same in every
//! simulator. The routes that list them are in `gizmo_lists`; conversations look theirs up here.

use http::StatusCode;

use crate::ids;
use crate::reply::Reply;

/// A GPT or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gizmo {
    /// `g-…` for a GPT, `g-p-…` for a project.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: &'static str,
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
        description,
        tools,
    })
    .collect()
}

/// The projects of an account.
pub(crate) fn projects(account_id: &str) -> Vec<Gizmo> {
    let all = PROJECTS.into_iter();
    all.map(|(name, description)| Gizmo {
        id: format!(
            "{PROJECT_PREFIX}{}",
            ids::hex(&["project", account_id, name], 32)
        ),
        name: name.to_owned(),
        description,
        tools: &[],
    })
    .collect()
}

/// The GPT or the account's project of that id, or the refusal of one it does not have.
pub(crate) fn find(account_id: &str, id: &str) -> Result<Gizmo, Reply> {
    let mut known = gpts().into_iter().chain(projects(account_id));
    known.find(|gizmo| gizmo.id == id).ok_or_else(|| {
        let message = format!("Gizmo {id} not found");
        Reply::coded(StatusCode::NOT_FOUND, "gizmo_not_found", &message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpts_are_everybody_s_and_projects_are_not() {
        let (own, other) = (projects("a"), projects("b"));
        assert_eq!(own.len(), 2);
        assert!(own.iter().all(|project| !other.contains(project)));
        assert!(find("a", &own[0].id).is_ok());
        assert!(find("b", &own[0].id).is_err());
        for gpt in gpts() {
            assert_eq!(find("a", &gpt.id).unwrap(), gpt);
            assert_eq!(gpt.kind(), "gpt");
        }
        assert_eq!(own[0].kind(), "snorlax");
    }
}
