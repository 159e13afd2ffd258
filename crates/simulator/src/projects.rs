//! The projects that accounts have made or changed, and how they do it. Those an account has
//! always had, `gizmos` knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::gizmo_lists::resource;
use crate::gizmos::{self, Gizmo};
use crate::reply::Reply;
use crate::simulator::{State, lock};
use crate::tokens::Caller;

/// How many projects are kept of an account; beyond it the oldest is forgotten.
const MOST_PROJECTS: usize = 100;

/// What accounts have made, by their ids.
#[derive(Default)]
pub(crate) struct Projects(Mutex<HashMap<String, Vec<Gizmo>>>);

impl Projects {
    /// Those of one account, oldest first.
    pub(crate) fn of(&self, account_id: &str) -> Vec<Gizmo> {
        lock(&self.0).get(account_id).cloned().unwrap_or_default()
    }

    /// Keeps a project of an account, in place of the one with the same id.
    fn keep(&self, account_id: &str, project: Gizmo) {
        let mut all = lock(&self.0);
        let own = all.entry(account_id.to_owned()).or_default();
        match own.iter_mut().find(|known| known.id == project.id) {
            Some(known) => *known = project,
            None => own.push(project),
        }
        if own.len() > MOST_PROJECTS {
            own.remove(0);
        }
    }
}

/// `POST /backend-api/gizmos/snorlax/upsert`: makes a project, or changes the one that is named.
pub(crate) async fn upsert(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    let display = fields.optional("display");
    let named = fields.optional("gizmo_id").as_str();
    let named = named.or_else(|| fields.optional("id").as_str());
    let mut project = match named {
        Some(id) if !gizmos::is_project(id) => return Err(gizmos::not_found(id)),
        Some(id) => gizmos::find(&state, &caller.account, id)?,
        None => Gizmo {
            id: gizmos::project_id(&state.fresh_id("project")),
            name: "New project".to_owned(),
            description: String::new(),
            is_own: true,
            tools: &[],
        },
    };
    let text = |name: &str| -> Option<String> {
        let inside = display[name].as_str();
        let text = inside.or_else(|| fields.optional(name).as_str());
        text.map(str::to_owned)
    };
    project.name = text("name").unwrap_or(project.name);
    project.description = text("description").unwrap_or(project.description);
    let shown = resource(&caller, &project);
    state.projects.keep(&caller.account.id, project);
    Ok(Reply::ok(&json!({"resource": shown, "error": Value::Null})))
}
