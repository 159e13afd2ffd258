//! `POST /backend-api/files`: checks what is announced, gives the file an id and a link to send its
//! content to. Nothing of the content is here yet.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use http::StatusCode;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::file_faults;
use crate::ids;
use crate::links::{OwnAddress, Use, link};
use crate::reply::Reply;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;
use crate::uploads::UploadedFile;

/// What a file may be for.
pub(super) const USE_CASES: [&str; 3] = ["multimodal", "my_files", "ace_upload"];

/// The largest file, and the largest picture.
const LARGEST_FILE: u64 = 512 * 1024 * 1024;
const LARGEST_PICTURE: u64 = 20 * 1024 * 1024;

/// How long content may be sent, in seconds.
const SENDING_TIME: u64 = 3600;

/// `POST /backend-api/files`.
pub(crate) async fn announce(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    address: OwnAddress,
    body: Bytes,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_body(&body)?;
    let name = fields.text("file_name");
    let size = fields.positive("file_size");
    let use_case = fields.one_of("use_case", &USE_CASES);
    fields.accept()?;
    refuse(&caller, &name, size, &use_case)?;
    let now = since_epoch(state.now());
    let is_sediment = state.options.files.sediment;
    let id = new_id(&state, is_sediment);
    let mut reply = json!({
        "status": "success",
        "upload_url": link(&address, Use::Put, &id, now.as_secs() + SENDING_TIME),
        "file_id": id,
    });
    if is_sediment {
        reply["library_file_id"] = json!(format!("libfile_{}", ids::hex(&["library", &id], 32)));
    }
    let file = UploadedFile {
        id,
        account_id: caller.account.id,
        name,
        size,
        use_case,
        mime_type: fields.optional("mime_type").as_str().map(str::to_owned),
        sha256: None,
        finished: false,
        indexed: false,
    };
    state.uploads().announce(file, now);
    Ok(Reply::ok(&reply))
}

/// What an account may not send, and faults that were asked for.
fn refuse(caller: &Caller, name: &str, size: u64, use_case: &str) -> Result<(), Reply> {
    let fault = file_faults::asked_for(name);
    if fault == "simulate-create-429" || caller.limits.end_of("file_upload").is_some() {
        return Err(Reply::coded(
            StatusCode::TOO_MANY_REQUESTS,
            "file_upload_limit_exceeded",
            "You've hit your limit of uploads. Please try again later. (simulated)",
        ));
    }
    match fault {
        "simulate-create-error" => {
            return Err(Reply::failed(
                "file_creation_failed",
                "The file could not be created. (simulated)",
            ));
        }
        "simulate-create-500" => {
            return Err(Reply::detail(
                StatusCode::INTERNAL_SERVER_ERROR,
                Value::from("Internal Server Error"),
            ));
        }
        _ => {}
    }
    let largest = if use_case == "multimodal" {
        LARGEST_PICTURE
    } else {
        LARGEST_FILE
    };
    if size > largest {
        return Err(Reply::failed(
            "file_too_large",
            &format!("The file is larger than {largest} bytes."),
        ));
    }
    Ok(())
}

/// An id in one of the two forms upstream has had.
fn new_id(state: &State, is_sediment: bool) -> String {
    let fresh = state.fresh_id("file");
    if is_sediment {
        format!("file_00000000{}", ids::hex(&[&fresh], 24))
    } else {
        format!("file-{}", ids::hex(&[&fresh], 22))
    }
}
