//! The routes of an upload beside the content itself: a file is announced, reported as finished in
//! one of two ways, and looked at. The content goes to `blobs`, links come from `downloads`.

mod announcement;
mod processing;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::file_faults;
use crate::links::{OwnAddress, Use, link};
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;
use crate::uploads::Upload;

pub(crate) use announcement::announce;

/// How long a link to a file is good for, in seconds.
pub(crate) const LINK_LIFETIME: u64 = 300;

/// How many bytes of a file count as a token.
const BYTES_PER_TOKEN: u64 = 4;

type App = Shared<Arc<State>>;

/// `POST /backend-api/files/{id}/uploaded`.
pub(crate) async fn uploaded(
    Shared(state): App,
    caller: Caller,
    address: OwnAddress,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    if !state.options.files.uploaded {
        return Err(Reply::not_found());
    }
    let expires = since_epoch(state.now()).as_secs() + LINK_LIFETIME;
    let mut uploads = state.uploads();
    let upload = uploads
        .of_account_mut(&id, &caller.account.id)
        .ok_or_else(|| Reply::file_not_found(&id))?;
    finish(upload)?;
    Ok(Reply::ok(&json!({
        "status": "success",
        "download_url": link(&address, Use::Get, &id, expires),
        "metadata": {},
    })))
}

/// Marks a file as finished, unless its content is not there yet or it was asked to fail.
fn finish(upload: &mut Upload) -> Result<(), Reply> {
    if upload.file.sha256.is_none() {
        return Err(Reply::failed(
            "file_not_uploaded",
            "The content of the file has not arrived.",
        ));
    }
    if file_faults::asked_for(&upload.file.name) == "simulate-finish-error" {
        return Err(Reply::failed(
            "processing_failed",
            "The file could not be processed. (simulated)",
        ));
    }
    upload.file.finished = true;
    Ok(())
}

/// `POST /backend-api/files/process_upload_stream`.
pub(crate) async fn process(
    Shared(state): App,
    caller: Caller,
    body: Bytes,
) -> Result<Response, Reply> {
    if !state.options.files.process_upload_stream {
        return Err(Reply::not_found());
    }
    let mut fields = Fields::of_body(&body)?;
    let id = fields.text("file_id");
    fields.text("file_name");
    fields.one_of("use_case", &announcement::USE_CASES);
    fields.accept()?;
    let is_indexed = fields.optional("index_for_retrieval") == &Value::Bool(true);
    let mut uploads = state.uploads();
    let upload = uploads
        .of_account_mut(&id, &caller.account.id)
        .ok_or_else(|| Reply::file_not_found(&id))?;
    Ok(processing::events(upload, is_indexed).into_response())
}

/// `GET /backend-api/files/{id}`.
pub(crate) async fn show(
    Shared(state): App,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply, Reply> {
    let polls = state.options.files.index_polls;
    let mut uploads = state.uploads();
    let upload = uploads
        .of_account_mut(&id, &caller.account.id)
        .ok_or_else(|| Reply::file_not_found(&id))?;
    let index = index_status(upload, polls);
    let file = &upload.file;
    let ready = file.finished;
    let created = upload.created.as_secs_f64();
    Ok(Reply::ok(&json!({
        "id": file.id,
        "name": file.name,
        "creation_time": created,
        "state": if ready { "ready" } else { "created" },
        "ready_time": if ready { json!(created) } else { Value::Null },
        "size": file.size,
        "metadata": {},
        "use_case": file.use_case,
        "retrieval_index_status": index,
        "file_size_tokens": if ready { json!(tokens_in(file.size)) } else { Value::Null },
        "variants": null,
    })))
}

/// How far a document's index has come; looking at it brings it on. Other files have none.
fn index_status(upload: &mut Upload, polls: u32) -> Value {
    if upload.file.use_case != "my_files" || !upload.file.finished {
        return Value::Null;
    }
    match file_faults::asked_for(&upload.file.name) {
        "simulate-indexing-never" => return json!("in_progress"),
        "simulate-indexing-failed" => return json!("failed"),
        _ => {}
    }
    if !upload.file.indexed && upload.polls < polls {
        upload.polls += 1;
        return json!("in_progress");
    }
    upload.file.indexed = true;
    json!("success")
}

/// How many tokens a file of that many bytes is said to have.
fn tokens_in(size: u64) -> u64 {
    size.div_ceil(BYTES_PER_TOKEN)
}
