//! `POST /backend-api/transcribe`: a recording, and the language it is in. Of the form nothing else
//! goes on.

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use transcode::attachment_type::extension;
use upstream::PreparedFile;
use web::multipart::Form;
use web::{ApiError, error_for};

use crate::failure_shape::invalid;
use crate::visitor::Visitor;
use crate::{Gateway, answers, passing};

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
            "file" => {
                let mut recording = web::recording::read(part).await?;
                // What a page calls it may name anything.
                recording.name = format!("recording.{}", extension(&recording.mime));
                file = Some(recording);
            }
            "language" => language = Some(part.text().await?),
            _ => {}
        }
    }
    let file = file.ok_or_else(|| invalid("file: send a recording"))?;
    Ok((file, language))
}
