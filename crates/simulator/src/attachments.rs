//! The files that messages name, as attachments or as pictures among their parts: whether the
//! caller may name them, and what there is to say about each. The conversation call asks.

use std::collections::HashSet;

use serde_json::Value;

use crate::reply::Reply;
use crate::simulator::State;
use crate::uploads::UploadedFile;

/// How a pointer to a file among a message's parts begins, and the ids that go with it.
const SCHEMES: [(&str, &str); 2] = [("file-service://", "file-"), ("sediment://", "file_")];

/// A file that a message names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference {
    id: String,
    is_attached: bool,
    /// Width and height, if the message says them.
    size: Option<(u64, u64)>,
    mime_type: Option<String>,
    /// What kind of part shows it, if one does.
    part: Option<String>,
}

/// Refuses messages that name a file which is unknown, unfinished or another account's.
pub(crate) fn check(state: &State, account_id: &str, messages: &[Value]) -> Result<(), Reply> {
    for reference in messages.iter().flat_map(references) {
        let id = &reference.id;
        let is_finished = state
            .uploads()
            .of_account(id, account_id)
            .is_some_and(|upload| upload.file.finished);
        if !is_finished && !state.conversations().shows_file(account_id, id) {
            return Err(Reply::file_not_found(id));
        }
    }
    Ok(())
}

/// A line about each file that a message names, in the order it names them.
pub(crate) fn describe(state: &State, message: &Value) -> Vec<String> {
    let uploads = state.uploads();
    let lines = references(message).into_iter().map(|reference| {
        let upload = uploads.get(&reference.id).map(|upload| &upload.file);
        line(&reference, upload)
    });
    lines.collect()
}

fn line(reference: &Reference, file: Option<&UploadedFile>) -> String {
    let name = file.map_or(reference.id.as_str(), |file| &file.name);
    let mime_type = reference
        .mime_type
        .as_deref()
        .or_else(|| file?.mime_type.as_deref());
    let bytes = file.map_or_else(|| "?".to_owned(), |file| file.size.to_string());
    let digest = file.and_then(|file| file.sha256.as_deref());
    let digest = digest.map_or("?", |digest| &digest[..16]);
    let size = reference.size;
    let size = size.map_or_else(
        || "-".to_owned(),
        |(width, height)| format!("{width}×{height}"),
    );
    let use_case = file.map_or("-", |file| &file.use_case);
    let kind = match (&reference.part, reference.is_attached) {
        (Some(part), true) => part.clone(),
        (Some(part), false) => format!("{part} only"),
        (None, _) => "attachment only".to_owned(),
    };
    let mime_type = mime_type.unwrap_or("-");
    format!("{name}, {mime_type}, {bytes} bytes, sha256 {digest}, {size}, {use_case}, {kind}")
}

/// The ids of all the files that a message shows or names.
pub(crate) fn ids_in(message: &Value) -> HashSet<String> {
    let ids = references(message)
        .into_iter()
        .map(|reference| reference.id);
    ids.collect()
}

/// Everything a message names, each file once.
fn references(message: &Value) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    let parts = message["content"]["parts"].as_array();
    for part in parts.into_iter().flatten() {
        if let Some(pointer) = part["asset_pointer"].as_str() {
            found.push(Reference {
                id: id_of(pointer),
                is_attached: false,
                size: dimensions(part),
                mime_type: None,
                part: part["content_type"].as_str().map(str::to_owned),
            });
        }
    }
    let rows = message["metadata"]["attachments"].as_array();
    for row in rows.into_iter().flatten() {
        let id = row["id"].as_str().unwrap_or_default();
        let mime_type = row["mime_type"].as_str().or(row["mimeType"].as_str());
        let mime_type = mime_type.map(str::to_owned);
        if let Some(known) = found.iter_mut().find(|known| known.id == id) {
            known.is_attached = true;
            known.mime_type = mime_type;
            continue;
        }
        found.push(Reference {
            id: id.to_owned(),
            is_attached: true,
            size: dimensions(row),
            mime_type,
            part: None,
        });
    }
    found
}

/// The id a pointer holds; a pointer in no known form is its own id, which no file has.
fn id_of(pointer: &str) -> String {
    let known = SCHEMES.iter().find_map(|(scheme, prefix)| {
        let id = pointer.strip_prefix(scheme)?;
        id.starts_with(prefix).then_some(id)
    });
    known.unwrap_or(pointer).to_owned()
}

fn dimensions(object: &Value) -> Option<(u64, u64)> {
    Some((object["width"].as_u64()?, object["height"].as_u64()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_picture_and_its_attachment_are_one_file() {
        let message = json!({
            "content": {"parts": [
                {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1",
                 "width": 8, "height": 6},
                "What is this?",
            ]},
            "metadata": {"attachments": [
                {"id": "file-1", "mime_type": "image/png"},
                {"id": "file-2", "mimeType": "text/plain"},
            ]},
        });
        let found = references(&message);
        assert_eq!(found.len(), 2);
        assert_eq!(
            line(&found[0], None),
            "file-1, image/png, ? bytes, sha256 ?, 8×6, -, image_asset_pointer"
        );
        assert_eq!(
            line(&found[1], None),
            "file-2, text/plain, ? bytes, sha256 ?, -, -, attachment only"
        );
    }

    #[test]
    fn the_scheme_of_a_pointer_must_suit_its_id() {
        assert_eq!(id_of("sediment://file_1"), "file_1");
        assert_eq!(id_of("file-service://file-1"), "file-1");
        for wrong in ["sediment://file-1", "file-service://file_1", "file-1x://"] {
            assert_eq!(id_of(wrong), wrong);
        }
    }
}
