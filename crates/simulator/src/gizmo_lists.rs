//! The routes that show GPTs and projects, and the conversations held with each. Which there are is
//! in `gizmos`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use serde_json::{Value, json};

use crate::conversation_list::{Page, rows};
use crate::fields::Fields;
use crate::gizmos::{self, Gizmo};
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// How many conversations of a project or GPT are listed where nothing is said.
const USUAL_LIMIT: usize = 20;

/// `GET /backend-api/gizmos/bootstrap`: the GPTs used last.
pub(crate) async fn bootstrap(
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let limit = fields.number_or("limit", USUAL_LIMIT);
    fields.accept()?;
    let gpts = gizmos::gpts().into_iter().take(limit);
    let rows =
        gpts.map(|gpt| json!({"resource": resource(&caller, &gpt), "flair": {"kind": "recent"}}));
    Ok(Reply::ok(&json!({"gizmos": rows.collect::<Vec<_>>()})))
}

/// `GET /backend-api/gizmos/pinned`.
pub(crate) async fn pinned(caller: Caller) -> Reply {
    let first = gizmos::gpts().into_iter().take(1);
    let rows =
        first.map(|gpt| json!({"resource": resource(&caller, &gpt), "flair": {"kind": "pinned"}}));
    Reply::ok(&json!({"items": rows.collect::<Vec<_>>(), "cursor": null}))
}

/// `GET /backend-api/gizmos/{id}`.
pub(crate) async fn show(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    let gizmo = gizmos::find(&state, &caller.account, &id)?;
    Ok(Reply::ok(&resource(&caller, &gizmo)))
}

/// `GET /backend-api/gizmos/snorlax/sidebar`: the projects and their latest conversations.
pub(crate) async fn sidebar(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let limit = fields.number_or("conversations_per_gizmo", 0);
    fields.accept()?;
    let conversations = state.conversations();
    let projects = gizmos::projects(&state, &caller.account.id).into_iter();
    let items = projects.map(|project| {
        let listed = conversations.of_gizmo(&caller.account.id, &project.id);
        let page = Page { offset: 0, limit };
        let (items, cursor) = page.cut(&listed);
        json!({
            "gizmo": resource(&caller, &project),
            "conversations": {"items": rows(items), "cursor": cursor},
        })
    });
    Ok(Reply::ok(
        &json!({"items": items.collect::<Vec<_>>(), "cursor": null}),
    ))
}

/// `GET /backend-api/gizmos/{id}/conversations`.
pub(crate) async fn conversations(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let gizmo = gizmos::find(&state, &caller.account, &id)?;
    let mut fields = Fields::of_query(&query);
    let page = Page {
        offset: fields.number_or("cursor", 0),
        limit: fields.number_or("limit", USUAL_LIMIT),
    };
    fields.accept()?;
    let conversations = state.conversations();
    let listed = conversations.of_gizmo(&caller.account.id, &gizmo.id);
    let (items, cursor) = page.cut(&listed);
    Ok(Reply::ok(&json!({"items": rows(items), "cursor": cursor})))
}

/// `GET /public-api/gizmos/discovery/recent`: the GPTs used last, as the list of all GPTs has them.
pub(crate) async fn discover_recent(caller: Caller) -> Reply {
    discovered(&caller, "recent", "Recently Used", &gizmos::gpts())
}

/// `GET /public-api/gizmos/discovery/mine`: the GPTs the account has made.
pub(crate) async fn discover_mine(caller: Caller) -> Reply {
    let own = gizmos::own_gpt(&caller.account);
    discovered(&caller, "mine", "By me", &[own])
}

fn discovered(caller: &Caller, id: &str, title: &str, gpts: &[Gizmo]) -> Reply {
    let items = gpts
        .iter()
        .map(|gpt| json!({"resource": resource(caller, gpt)}));
    Reply::ok(&json!({
        "info": {"id": id, "title": title},
        "list": {"items": items.collect::<Vec<_>>(), "cursor": null},
    }))
}

/// A GPT or project as upstream shows it.
pub(crate) fn resource(caller: &Caller, gizmo: &Gizmo) -> Value {
    let tools = gizmo.tools.iter().map(|kind| {
        let id = ids::hex(&["tool", &gizmo.id, kind], 24);
        json!({"id": format!("gzm_cnf_{id}"), "type": kind})
    });
    let own = gizmo.is_own;
    let author = if own {
        &caller.account.name
    } else {
        "Simulator"
    };
    json!({
        "gizmo": {
            "id": gizmo.id,
            "organization_id": null,
            "short_url": gizmo.id,
            "author": {"user_id": own.then_some(&caller.account.user_id), "display_name": author},
            "voice": null,
            "workspace_id": null,
            "model": null,
            "instructions": null,
            "settings": null,
            "display": {
                "name": gizmo.name,
                "description": gizmo.description,
                "welcome_message": "",
                "prompt_starters": [],
                "profile_picture_url": null,
                "categories": [],
            },
            "share_recipient": if own { "private" } else { "marketplace" },
            "updated_at": "2026-01-01T00:00:00.000Z",
            "tags": [],
            "gizmo_type": gizmo.kind(),
        },
        "tools": tools.collect::<Vec<_>>(),
        "files": [],
    })
}
