//! Files on their way down: where upstream keeps one, and its bytes as a stream.
//!
//! Addresses live for minutes, so one is asked for at every download. Protocol: download.

use chatgpt::file::{FileAnswer, is_sediment, pointer_id};
use futures_util::{Stream, StreamExt};
use http::{Method, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Response;
use transcode::turn_event::{FilePlace, OutputFile};

use super::call::Call;
use super::uploads::accepted;
use crate::failure::{Failure, FailureKind, Retry};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The host whose name stands for the base URL in addresses upstream gives.
const CHATGPT: &str = "chatgpt.com";

/// A file's bytes on their way.
pub struct Download {
    response: Response,
    name: Option<String>,
    mime: Option<String>,
}

/// Finds and opens a file; `range` is the header's value, as the caller sent it.
pub(super) async fn open(
    call: &Call,
    file: &OutputFile,
    range: Option<&str>,
) -> Result<Download, Failure> {
    let answer = find(call, file).await?;
    let Some(address) = answer.download_url else {
        return Err(gone());
    };
    let response = open_address(call, &address, range).await?;
    Ok(Download {
        response,
        name: answer.file_name.or_else(|| file.name.clone()),
        mime: answer.mime_type,
    })
}

/// Opens what is at an address that upstream named.
pub(super) async fn at_address(
    call: &Call,
    address: &str,
    range: Option<&str>,
) -> Result<Download, Failure> {
    Ok(Download {
        response: open_address(call, address, range).await?,
        name: None,
        mime: None,
    })
}

async fn open_address(
    call: &Call,
    address: &str,
    range: Option<&str>,
) -> Result<Response, Failure> {
    let mut request = match at_base(call, address) {
        Some(path) => call.authenticated_get(&path),
        None => call.without_credentials(Method::GET, call.base.trusted_address(address)?),
    };
    // Ranges count bytes as they are kept.
    request = request.header(header::ACCEPT_ENCODING, "identity");
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    call.send_for_bytes(request).await
}

/// Where a file is: asked in the way its pointer wants, then in the older ways.
async fn find(call: &Call, file: &OutputFile) -> Result<FileAnswer, Failure> {
    let mut last = gone();
    for path in paths(file) {
        match call.get_json::<FileAnswer>(&path).await {
            Ok(answer) if answer.is_error() => {
                last = accepted(answer, "upstream does not have the file any more")
                    .err()
                    .map_or_else(gone, |failure| Failure {
                        kind: FailureKind::NotFound,
                        ..failure
                    });
            }
            Ok(answer) => return Ok(answer),
            Err(failure) => match failure.kind {
                FailureKind::NotFound | FailureKind::Rejected => last = failure,
                _ => return Err(failure),
            },
        }
    }
    Err(last)
}

fn paths(file: &OutputFile) -> Vec<String> {
    let conversation = file
        .conversation_id
        .as_deref()
        .map(|id| format!("/backend-api/conversation/{}", segment(id)));
    match (&file.place, conversation) {
        (FilePlace::Sandbox(path), Some(conversation)) => vec![format!(
            "{conversation}/interpreter/download?message_id={}&sandbox_path={}",
            segment(&file.message_id),
            segment(path)
        )],
        (FilePlace::Sandbox(_), None) | (FilePlace::Inline(_), _) => Vec::new(),
        (FilePlace::Pointer(pointer), conversation) => {
            let id = segment(pointer_id(pointer));
            let attached = conversation.map(|it| format!("{it}/attachment/{id}/download"));
            let older = [
                format!("/backend-api/files/{id}/download"),
                format!("/backend-api/files/download/{id}?post_id=&inline=false"),
            ];
            if is_sediment(pointer) {
                attached.into_iter().chain(older).collect()
            } else {
                older.into_iter().chain(attached).collect()
            }
        }
    }
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The path of an address on the base URL's own host, where the account has to be shown.
///
/// Upstream writes its own name into addresses, also behind a relay.
fn at_base(call: &Call, address: &str) -> Option<String> {
    let base = call.base.url();
    let url = base.join(address).ok()?;
    let is_own = url.origin() == base.origin() || url.host_str() == Some(CHATGPT);
    if !is_own || !url.path().starts_with("/backend-api/") {
        return None;
    }
    let query = url.query().map(|query| format!("?{query}"));
    Some(format!("{}{}", url.path(), query.unwrap_or_default()))
}

fn gone() -> Failure {
    Failure::new(
        FailureKind::NotFound,
        Retry::Never,
        "upstream does not have the file any more",
    )
}

impl Download {
    pub(super) fn of(response: Response) -> Self {
        Self {
            response,
            name: None,
            mime: None,
        }
    }

    /// 200, or 206 when it is the range that was asked for.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The file's name, where upstream states it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The file's type, where upstream states it.
    pub fn mime(&self) -> Option<&str> {
        let header = self.response.headers().get(header::CONTENT_TYPE);
        self.mime
            .as_deref()
            .or_else(|| header.and_then(|value| value.to_str().ok()))
    }

    /// Bytes of the answer, where upstream states it.
    pub fn length(&self) -> Option<u64> {
        let value = self.response.headers().get(header::CONTENT_LENGTH)?;
        value.to_str().ok()?.parse().ok()
    }

    /// `content-range`, of a part.
    pub fn content_range(&self) -> Option<&str> {
        let value = self.response.headers().get(header::CONTENT_RANGE)?;
        value.to_str().ok()
    }

    /// The bytes, as they come.
    pub fn into_pieces(self) -> impl Stream<Item = Result<bytes::Bytes, Failure>> + Send {
        self.response.bytes_stream().map(|piece| {
            piece.map_err(|_| {
                Failure::new(
                    FailureKind::Truncated,
                    Retry::Never,
                    "the connection to upstream broke before the file was complete",
                )
            })
        })
    }

    /// The whole file, if it is not larger than `limit`.
    pub async fn into_bytes(self, limit: usize) -> Result<bytes::Bytes, Failure> {
        let mut whole = Vec::new();
        let mut pieces = std::pin::pin!(self.into_pieces());
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece?);
            if whole.len() > limit {
                return Err(Failure::new(
                    FailureKind::BadContent,
                    Retry::Never,
                    "a file of upstream's is larger than such files are",
                ));
            }
        }
        Ok(whole.into())
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("status", &self.response.status())
            .finish_non_exhaustive()
    }
}
