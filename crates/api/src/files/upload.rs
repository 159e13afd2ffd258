//! `POST /v1/files`: a form with one file, in any order, streamed to disk as it comes.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use openai::error::InvalidRequest;
use openai::file::{File, PURPOSES};
use store::files::{NewFile, ReceiveError, Received};
use web::multipart::{Form, Part};
use web::{ApiError, ErrorClass};

use super::{file, now, owner, store_error};
use crate::Api;

/// How soon and how late a caller may have a file expire, in seconds.
const EXPIRY_SECONDS: std::ops::RangeInclusive<u64> = 3_600..=2_592_000;

/// What says nothing about a file.
const ANY_TYPE: &str = "application/octet-stream";

/// What has been read of the form.
#[derive(Default)]
struct Upload {
    file: Option<NamedFile>,
    purpose: Option<String>,
    anchor: Option<String>,
    seconds: Option<String>,
}

struct NamedFile {
    name: String,
    mime: String,
    received: Received,
}

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<File>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let mut form = Form::new(&headers, body)?;
    let mut upload = Upload::default();
    while let Some(part) = form.next().await? {
        upload.take(&api, part).await?;
    }
    let expires_after = upload.expires_after()?;
    let purpose = purpose(upload.purpose)?;
    let named = upload
        .file
        .ok_or_else(|| missing("file", "the contents, with a file name"))?;
    let created_at = now(&api);
    let longest = api.files.expiry.map(|it| it.as_secs());
    let expires_after = expires_after.into_iter().chain(longest).min();
    let new = NewFile {
        owner,
        name: named.name,
        purpose,
        mime: named.mime,
        created_at,
        expires_at: expires_after.map(|it| created_at.saturating_add(it)),
    };
    let record = api.files.store.keep(named.received, new).await;
    Ok(Json(file(&*record.map_err(|error| store_error(&error))?)))
}

impl Upload {
    async fn take(&mut self, api: &Api, part: Part) -> Result<(), ApiError> {
        let name = part.name().to_owned();
        let is_second = match name.as_str() {
            "file" => {
                let file = receive(api, part).await?;
                self.file.replace(file).is_some()
            }
            "purpose" => self.purpose.replace(part.text().await?).is_some(),
            "expires_after[anchor]" => self.anchor.replace(part.text().await?).is_some(),
            "expires_after[seconds]" => self.seconds.replace(part.text().await?).is_some(),
            _ => {
                let message = format!("there is no parameter \"{name}\"; leave it out");
                return Err(InvalidRequest::unsupported(name, message).into());
            }
        };
        if is_second {
            let message = format!("\"{name}\" is in the form twice; send it once");
            return Err(InvalidRequest::parameter(name, message).into());
        }
        Ok(())
    }

    fn expires_after(&self) -> Result<Option<u64>, InvalidRequest> {
        let (anchor, seconds) = match (&self.anchor, &self.seconds) {
            (None, None) => return Ok(None),
            (anchor, seconds) => (anchor.as_deref(), seconds.as_deref()),
        };
        if anchor != Some("created_at") {
            return Err(InvalidRequest::parameter(
                "expires_after[anchor]",
                "\"expires_after[anchor]\" has to be \"created_at\"",
            ));
        }
        let seconds = seconds.and_then(|it| it.trim().parse().ok());
        match seconds.filter(|it| EXPIRY_SECONDS.contains(it)) {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(InvalidRequest::parameter(
                "expires_after[seconds]",
                format!(
                    "\"expires_after[seconds]\" has to be a number from {} to {}",
                    EXPIRY_SECONDS.start(),
                    EXPIRY_SECONDS.end()
                ),
            )),
        }
    }
}

fn purpose(purpose: Option<String>) -> Result<String, InvalidRequest> {
    match purpose {
        Some(purpose) if PURPOSES.contains(&purpose.as_str()) => Ok(purpose),
        Some(_) => Err(InvalidRequest::parameter(
            "purpose",
            format!("\"purpose\" has to be one of {}", PURPOSES.join(", ")),
        )),
        None => Err(missing("purpose", "for example \"user_data\"")),
    }
}

async fn receive(api: &Api, part: Part) -> Result<NamedFile, ApiError> {
    let Some(name) = part.file_name().map(base_name) else {
        return Err(missing("file", "the contents, with a file name").into());
    };
    let mime = mime(part.content_type(), &name);
    let limit = api.files.limit_bytes;
    let contents = part.into_stream(limit);
    let received = api.files.store.receive(contents, limit).await;
    let received = received.map_err(|error| match error {
        ReceiveError::Stream(error) => error,
        ReceiveError::Store(error) => store_error(&error),
        ReceiveError::TooLarge { .. } => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorClass::InvalidRequest,
            "request_too_large",
            error.to_string(),
        )
        .with_param("file"),
    })?;
    Ok(NamedFile {
        name,
        mime,
        received,
    })
}

/// No file system has longer names.
const MAX_NAME_CHARS: usize = 255;

/// The name without the folders some clients send, and without what no name should have.
pub(crate) fn base_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = last.chars().filter(|it| !it.is_control());
    let name: String = plain.take(MAX_NAME_CHARS).collect();
    if name.is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

/// What the client says, unless it says nothing; then what the name says.
fn mime(declared: Option<String>, name: &str) -> String {
    let declared = declared.filter(|it| !it.starts_with(ANY_TYPE));
    declared.unwrap_or_else(|| {
        let guess = mime_guess::from_path(name).first_raw();
        guess.unwrap_or(ANY_TYPE).to_owned()
    })
}

fn missing(param: &str, what: &str) -> InvalidRequest {
    let message = format!("the form has to have \"{param}\": {what}");
    InvalidRequest::parameter(param, message)
}

#[cfg(test)]
mod tests {
    use super::{Upload, base_name, mime};

    #[test]
    fn a_name_is_its_last_part_without_control_characters() {
        for (sent, kept) in [
            ("notes.txt", "notes.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\docs\\你好.txt", "你好.txt"),
            ("a\u{0}\nb", "ab"),
            ("folder/", "file"),
            ("", "file"),
        ] {
            assert_eq!(base_name(sent), kept);
        }
    }

    #[test]
    fn the_type_is_what_the_client_says_or_else_what_the_name_says() {
        let of = |declared: &str, name| mime(Some(declared.to_owned()), name);
        assert_eq!(of("text/csv", "a.pdf"), "text/csv");
        assert_eq!(of("application/octet-stream", "a.pdf"), "application/pdf");
        assert_eq!(mime(None, "a.PNG"), "image/png");
        assert_eq!(mime(None, "a"), "application/octet-stream");
    }

    #[test]
    fn both_halves_of_an_expiry_are_needed_and_checked() {
        let of = |anchor: Option<&str>, seconds: Option<&str>| {
            let upload = Upload {
                anchor: anchor.map(str::to_owned),
                seconds: seconds.map(str::to_owned),
                ..Upload::default()
            };
            upload.expires_after().map_err(|error| error.param.unwrap())
        };
        assert_eq!(of(None, None), Ok(None));
        assert_eq!(of(Some("created_at"), Some("3600")), Ok(Some(3600)));
        assert_eq!(of(Some("created_at"), Some("2592000")), Ok(Some(2_592_000)));
        for seconds in [None, Some("3599"), Some("2592001"), Some("soon")] {
            let fault = of(Some("created_at"), seconds).unwrap_err();
            assert_eq!(fault, "expires_after[seconds]");
        }
        for anchor in [None, Some("now")] {
            let fault = of(anchor, Some("3600")).unwrap_err();
            assert_eq!(fault, "expires_after[anchor]");
        }
    }
}
