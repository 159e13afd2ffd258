//! The events of `POST /backend-api/files/process_upload_stream`: what happens while a file is
//! made ready, one JSON object a line. Changes the file as the events say.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::{finish, tokens_in};
use crate::file_faults;
use crate::ids;
use crate::uploads::Upload;

/// The reply that brings a file to its end.
pub(super) fn events(upload: &mut Upload, is_indexed: bool) -> Response {
    let mut lines = vec![event(upload, "started", 0.0, &Value::Null)];
    lines.extend(outcome(upload, is_indexed));
    let writes = lines.into_iter().map(|line| {
        let line = Bytes::from(format!("{line}\n"));
        Ok::<_, Infallible>(line)
    });
    let body = Body::from_stream(stream::iter(writes));
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// The events after the first.
fn outcome(upload: &mut Upload, is_indexed: bool) -> Vec<Value> {
    if finish(upload).is_err() {
        return vec![event(upload, "failed", 0.0, &Value::Null)];
    }
    let extra = json!({
        "mime_type": upload.file.mime_type,
        "total_tokens": tokens_in(upload.file.size),
        "metadata_object_id": ids::hex(&["metadata", &upload.file.id], 32),
    });
    let metadata = event(upload, "metadata", 50.0, &extra);
    let is_document = upload.file.use_case == "my_files";
    match file_faults::asked_for(&upload.file.name) {
        "simulate-indexing-never" if is_document => vec![metadata],
        "simulate-indexing-failed" if is_document => {
            vec![metadata, event(upload, "failed", 50.0, &Value::Null)]
        }
        _ => {
            upload.file.indexed = is_document && is_indexed;
            vec![metadata, event(upload, "completed", 100.0, &Value::Null)]
        }
    }
}

fn event(upload: &Upload, name: &str, progress: f64, extra: &Value) -> Value {
    json!({
        "file_id": upload.file.id,
        "event": format!("file.processing.{name}"),
        "message": format!("Processing {name}"),
        "progress": progress,
        "extra": extra,
    })
}
