//! What an account has put somewhere: the files it sent, what it has pinned, and how it shows
//! itself as a maker of GPTs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use serde_json::{Value, json};

use crate::account::Account;
use crate::fields::Fields;
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;
use crate::uploads::UploadedFile;

type App = Shared<Arc<State>>;

/// `GET /backend-api/gizmo_creator_profile`
pub(super) async fn profile(Shared(state): App, caller: Caller) -> Reply {
    let account = &caller.account;
    let mut profile = json!({
        "id": format!("profile-{}", ids::hex(&["profile", &account.user_id], 16)),
        "user_id": account.user_id,
        "name": account.name,
        "display_name": format!("{} the maker", account.name),
        "hide_name": false,
        "website_url": format!("https://{}.simulator.example", ids::hex(&[&account.name], 8)),
        "socials": [],
        "will_receive_support_emails": true,
    });
    let personal = &state.personal;
    for (name, value) in personal.of(&account.id, |changes| changes.profile.clone()) {
        profile[name] = value;
    }
    Reply::ok(&profile)
}

/// `POST` and `PATCH /backend-api/gizmo_creator_profile`: what may be chosen changes.
pub(super) async fn change_profile(
    state: App,
    caller: Caller,
    body: Bytes,
) -> Result<Reply, Reply> {
    let fields = Fields::of_body(&body)?;
    state.personal.of(&caller.account.id, |changes| {
        for name in ["display_name", "hide_name", "website_url", "socials"] {
            let value = fields.optional(name);
            if !value.is_null() {
                changes.profile.insert(name.to_owned(), value.clone());
            }
        }
    });
    Ok(profile(state, caller).await)
}

/// `GET /backend-api/my/recent/uploaded_images`
pub(super) async fn recent_images(Shared(state): App, caller: Caller) -> Reply {
    let account = &caller.account;
    let invented = row(&old_file(account, "on holiday.png", "multimodal"));
    let mut rows = vec![invented];
    rows.extend(sent(&state, account, |file| file.use_case == "multimodal"));
    rows.reverse();
    Reply::ok(&json!({"items": rows, "cursor": null}))
}

/// `GET /backend-api/files/library`
pub(super) async fn library(Shared(state): App, caller: Caller) -> Reply {
    let account = &caller.account;
    let invented = row(&old_file(account, "tax return.pdf", "my_files"));
    let mut rows = vec![invented];
    rows.extend(sent(&state, account, |_| true));
    rows.reverse();
    Reply::ok(&json!({"items": rows, "cursor": null}))
}

/// `GET /backend-api/pins`
pub(super) async fn pins(caller: Caller) -> Reply {
    let account = &caller.account;
    let pin = json!({
        "id": ids::uuid(&["pin", &account.id]),
        "item_type": "note",
        "title": format!("Pinned by {}", account.name),
        "pinned_time": "2026-01-01T00:00:00.000Z",
    });
    Reply::ok(&json!({"items": [pin], "cursor": null}))
}

/// The files an account has sent, oldest first.
fn sent(state: &State, account: &Account, fits: impl Fn(&UploadedFile) -> bool) -> Vec<Value> {
    let mut files = state.uploads().all();
    files.retain(|file| file.account_id == account.id && file.finished && fits(file));
    files.iter().map(row).collect()
}

/// A file from before there was a simulator; its content is not there.
fn old_file(account: &Account, name: &str, use_case: &str) -> UploadedFile {
    UploadedFile {
        id: format!("file-{}", ids::hex(&["old file", &account.id, name], 22)),
        account_id: account.id.clone(),
        name: format!("{} {name}", account.name),
        size: 4096,
        use_case: use_case.to_owned(),
        mime_type: None,
        sha256: None,
        finished: true,
        indexed: true,
    }
}

fn row(file: &UploadedFile) -> Value {
    json!({
        "file_id": file.id,
        "file_name": file.name,
        "file_size_bytes": file.size,
        "mime_type": file.mime_type,
        "use_case": file.use_case,
        "state": "ready",
    })
}
