//! Reading a form (`multipart/form-data`) part by part as it comes; nothing is gathered unasked.
//!
//! Type, number of parts, sizes and times are checked here, what the parts mean is not. Call
//! it after the caller is known, as with [`json_body`](crate::json_body).

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, StatusCode, header};
use http_body::Body as _;
use multer::Field;

use crate::api_error::{ApiError, ErrorClass};

/// How long the next piece of a form may take.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// A form of more parts is refused.
const MAX_PARTS: usize = 64;

/// A part that is text may be this long.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// After this many bytes the next part must have begun, or a piece of this one must be there.
const MAX_STEP_BYTES: usize = 64 << 10;

/// A form that is being read.
#[derive(Debug)]
pub struct Form {
    parser: multer::Multipart<'static>,
    step: Arc<AtomicUsize>,
    parts: usize,
}

/// One part of a form. Read it to its end before the next one is asked for.
#[derive(Debug)]
pub struct Part {
    field: Field<'static>,
    step: Arc<AtomicUsize>,
    name: String,
}

impl Form {
    /// Begins to read a form; nothing of the body is read yet.
    pub fn new(headers: &HeaderMap, body: Body) -> Result<Self, ApiError> {
        let content_type = headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(|_| {
            invalid(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_content_type",
                "the request has to be a form; send \"Content-Type: multipart/form-data\" with \
                 its boundary",
            )
        })?;
        let step = Arc::new(AtomicUsize::new(0));
        let pieces = Pieces {
            body,
            step: Arc::clone(&step),
            has_given: false,
        };
        Ok(Self {
            parser: multer::Multipart::new(pieces, boundary),
            step,
            parts: 0,
        })
    }

    /// The next part; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Part>, ApiError> {
        self.step.store(0, Ordering::Relaxed);
        let field = match tokio::time::timeout(PIECE_TIMEOUT, self.parser.next_field()).await {
            Err(_elapsed) => return Err(too_slow()),
            Ok(Err(error)) => return Err(fault(&error)),
            Ok(Ok(None)) => return Ok(None),
            Ok(Ok(Some(field))) => field,
        };
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(malformed(format!(
                "the form has more than {MAX_PARTS} parts"
            )));
        }
        let Some(name) = field.name().filter(|name| !name.is_empty()) else {
            return Err(malformed(format!(
                "part {} of the form has no name",
                self.parts
            )));
        };
        Ok(Some(Part {
            name: name.to_owned(),
            field,
            step: Arc::clone(&self.step),
        }))
    }
}

impl Part {
    /// The field it belongs to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file it is, if it is one.
    pub fn file_name(&self) -> Option<&str> {
        self.field.file_name()
    }

    /// What the caller says it is, such as `text/plain`.
    pub fn content_type(&self) -> Option<String> {
        self.field.content_type().map(ToString::to_string)
    }

    /// The whole part as text, at most 1 MiB.
    pub async fn text(mut self) -> Result<String, ApiError> {
        let mut text = Vec::new();
        while let Some(piece) = self.piece().await? {
            if text.len() + piece.len() > MAX_TEXT_BYTES {
                return Err(too_large("text", MAX_TEXT_BYTES as u64).with_param(self.name));
            }
            text.extend_from_slice(&piece);
        }
        String::from_utf8(text).map_err(|_| {
            let message = format!("\"{}\" is not UTF-8 text", self.name);
            malformed(message).with_param(self.name)
        })
    }

    /// The part piece by piece as it comes, at most `limit` bytes.
    ///
    /// It ends after the first error.
    pub fn into_stream(self, limit: u64) -> impl Stream<Item = Result<Bytes, ApiError>> + Send {
        stream::try_unfold((self, limit), move |(mut part, left)| async move {
            let Some(piece) = part.piece().await? else {
                return Ok(None);
            };
            match left.checked_sub(piece.len() as u64) {
                Some(left) => Ok(Some((piece, (part, left)))),
                None => Err(too_large("file", limit).with_param(part.name)),
            }
        })
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, ApiError> {
        self.step.store(0, Ordering::Relaxed);
        match tokio::time::timeout(PIECE_TIMEOUT, self.field.chunk()).await {
            Err(_elapsed) => Err(too_slow().with_param(self.name.as_str())),
            Ok(piece) => piece.map_err(|error| fault(&error).with_param(self.name.as_str())),
        }
    }
}

/// The body for the parser, which keeps what it cannot use yet and takes all it can get: so
/// it gets one piece at a time, and no more than a bounded number for one step.
struct Pieces {
    body: Body,
    step: Arc<AtomicUsize>,
    has_given: bool,
}

/// Why the parser gets nothing more.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the body broke off")]
    Body,
    #[error("the head of a part is too long")]
    Head,
}

impl Stream for Pieces {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if mem::take(&mut self.has_given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(_)) => return Poll::Ready(Some(Err(Broken::Body))),
                Some(Ok(frame)) => frame,
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if self.step.fetch_add(data.len(), Ordering::Relaxed) > MAX_STEP_BYTES {
                return Poll::Ready(Some(Err(Broken::Head)));
            }
            self.has_given = true;
            return Poll::Ready(Some(Ok(data)));
        }
    }
}

fn fault(error: &multer::Error) -> ApiError {
    use multer::Error::{
        IncompleteFieldData, IncompleteHeaders, IncompleteStream, StreamReadFailed,
    };
    let incomplete = || {
        let message = "the form ended before it was complete, or has not the boundary that \
                       Content-Type names";
        invalid(StatusCode::BAD_REQUEST, "incomplete_body", message)
    };
    match error {
        IncompleteFieldData { .. } | IncompleteHeaders | IncompleteStream => incomplete(),
        StreamReadFailed(cause) => match cause.downcast_ref() {
            Some(Broken::Head) => malformed("the head of a part of the form is too long"),
            Some(Broken::Body) | None => incomplete(),
        },
        _ => malformed("the head of a part of the form cannot be read"),
    }
}

fn too_large(what: &str, limit: u64) -> ApiError {
    let message = format!("the {what} is larger than {limit} bytes");
    invalid(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", message)
}

fn too_slow() -> ApiError {
    invalid(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        "the request body stopped coming",
    )
}

fn malformed(message: impl Into<String>) -> ApiError {
    invalid(StatusCode::BAD_REQUEST, "invalid_form", message)
}

fn invalid(status: StatusCode, code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(status, ErrorClass::InvalidRequest, code, message)
}

#[cfg(test)]
mod tests;
