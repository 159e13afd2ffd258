//! `POST /backend-api/transcribe`: a recording, and the language it is in. Of the form nothing else
//! goes on.

use axum::body::Body;
use axum::response::Response;
use bytes::BytesMut;
use futures_util::TryStreamExt;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use transcode::attachment_type::{self, Claim, HEAD_BYTES};
use transcode::turn::AttachmentKind;
use upstream::{FileContent, FileRole, PreparedFile};
use web::multipart::{Form, Part};
use web::{ApiError, error_for};

use crate::failure_shape::invalid;
use crate::visitor::Visitor;
use crate::{Gateway, answers, passing};

/// Upstream takes no longer recordings.
const MAX_BYTES: u64 = 25 << 20;

pub(crate) async fn write_down(
    gateway: &Gateway,
    visitor: &Visitor,
    head: &Parts,
    body: Body,
) -> Result<Response, ApiError> {
    let (file, language) = read(&head.headers, body).await?;
    let lease = passing::lease(gateway, &visitor.caller, None).await?;
    let web = &gateway.parts.drivers.web;
    let text = web.transcribe(lease.credential(), &file, language.as_deref());
    let text = text
        .await
        .map_err(|failure| error_for(&visitor.caller, failure))?;
    Ok(answers::json(StatusCode::OK, &json!({"text": text})))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<(PreparedFile, Option<String>), ApiError> {
    let mut form = Form::new(headers, body)?;
    let mut file = None;
    let mut language = None;
    while let Some(part) = form.next().await? {
        match part.name() {
            "file" => file = Some(recording(part).await?),
            "language" => language = Some(part.text().await?),
            _ => {}
        }
    }
    let file = file.ok_or_else(|| invalid("file: send a recording"))?;
    Ok((file, language))
}

async fn recording(part: Part) -> Result<PreparedFile, ApiError> {
    let name = part.file_name().map(str::to_owned);
    let bytes: BytesMut = part
        .into_stream(MAX_BYTES)
        .try_fold(BytesMut::new(), async |mut whole, piece| {
            whole.extend_from_slice(&piece);
            Ok(whole)
        })
        .await?;
    let claim = Claim {
        kind: AttachmentKind::Audio,
        mime: None,
        name: name.as_deref(),
        size: bytes.len() as u64,
    };
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let identified = attachment_type::identify(head, claim);
    let identified = identified.map_err(|unfit| invalid(format!("file: {unfit}")))?;
    Ok(PreparedFile {
        path: "file".to_owned(),
        // What a page calls it may name anything.
        name: format!("recording.{}", attachment_type::extension(&identified.mime)),
        mime: identified.mime,
        size: bytes.len() as u64,
        role: FileRole::Recording,
        content: FileContent::Bytes(bytes.freeze()),
    })
}
