//! Files on their way up: created, put where upstream says, finished, and indexed.
//!
//! Several at once, up to a limit. A file that cannot be placed fails the turn with its place
//! in the caller's body; nothing is left out in silence. Protocol: upload, transcription.

use std::time::Duration;

use chatgpt::file::{CreateFile, FileAnswer, FileState, ProcessUpload, UseCase};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, Method, header};
use reqwest::Body;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::io::ReaderStream;
use transcode::request::conversation::{Placed, UploadedFile};
use url::Url;

use super::audio;
use super::call::Call;
use super::requirements::is_missing_route;
use crate::failure::{Failure, FailureKind, Retry};
use crate::prepared_file::{FileContent, FileRole, PreparedFile};

const FILES: &str = "/backend-api/files";
const PROCESS: &str = "/backend-api/files/process_upload_stream";

/// Files sent at once.
const AT_ONCE: usize = 4;

/// A document that is not indexed after this long never will be.
const INDEX_TIMEOUT: Duration = Duration::from_secs(50);
const FIRST_POLL: Duration = Duration::from_millis(200);
const LONGEST_POLL: Duration = Duration::from_secs(2);

/// Bytes read at once from a file of the gateway's.
const PIECE_BYTES: usize = 64 << 10;

/// Uploads all files of a turn, in order.
pub(super) async fn place_all(call: &Call, files: &[PreparedFile]) -> Result<Vec<Placed>, Failure> {
    let mut placing = Vec::new();
    for file in files {
        placing.push(place(call, file));
    }
    stream::iter(placing).buffered(AT_ONCE).try_collect().await
}

async fn place(call: &Call, file: &PreparedFile) -> Result<Placed, Failure> {
    if file.role == FileRole::Recording {
        let transcript = audio::transcribe(call, file, None).await;
        return transcript.map(Placed::Text).map_err(|it| named(file, it));
    }
    let uploaded = upload(call, file).await;
    uploaded.map(Placed::File).map_err(|it| named(file, it))
}

/// The same failure, saying which file it was.
fn named(file: &PreparedFile, failure: Failure) -> Failure {
    Failure {
        message: format!("{}: {}", file.path, failure.message),
        ..failure
    }
}

async fn upload(call: &Call, file: &PreparedFile) -> Result<UploadedFile, Failure> {
    let use_case = match file.role {
        FileRole::Image(..) => UseCase::Multimodal,
        FileRole::Recording | FileRole::Document => match UseCase::of(&file.mime) {
            // It has the type of a picture, but nobody could tell its size.
            UseCase::Multimodal => UseCase::AceUpload,
            other => other,
        },
    };
    let body = CreateFile {
        file_name: &file.name,
        file_size: file.size,
        use_case,
        reset_rate_limits: false,
    };
    let created = call.send_json(Method::POST, FILES, &body).await;
    let created: FileAnswer = created.map_err(as_upload_limit)?;
    let created = accepted(created, "upstream did not take the file")?;
    let (Some(id), Some(address)) = (created.file_id, created.upload_url) else {
        return Err(failed("upstream did not say where to put the file"));
    };
    put(call, file, &address).await?;
    finish(call, file, &id, use_case).await?;
    let tokens = match use_case {
        UseCase::MyFiles => wait_for_index(call, &id).await?,
        UseCase::Multimodal | UseCase::AceUpload => None,
    };
    Ok(UploadedFile {
        id,
        size: file.size,
        name: file.name.clone(),
        mime: file.mime.clone(),
        dimensions: match file.role {
            FileRole::Image(width, height) => Some((width, height)),
            FileRole::Recording | FileRole::Document => None,
        },
        tokens,
    })
}

/// Puts the bytes at the signed address, without showing who sends them.
async fn put(call: &Call, file: &PreparedFile, address: &str) -> Result<(), Failure> {
    let address = call.base.trusted_address(address)?;
    let request = call
        .without_credentials(Method::PUT, address)
        .header(header::CONTENT_TYPE, &file.mime)
        .header(header::CONTENT_LENGTH, file.size)
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-version", "2020-04-08")
        .body(body_of(&file.content).await?);
    match call.send_for_bytes(request).await {
        Ok(_stored) => Ok(()),
        Err(failure) => Err(Failure {
            upstream_status: failure.upstream_status,
            ..failed("the place upstream named for the file did not take it")
        }),
    }
}

pub(super) async fn body_of(content: &FileContent) -> Result<Body, Failure> {
    match content {
        FileContent::Bytes(bytes) => Ok(bytes.clone().into()),
        FileContent::Path(path) => {
            let file = tokio::fs::File::open(path)
                .await
                .map_err(|_| failed("the gateway's copy of the file cannot be read"))?;
            let pieces = ReaderStream::with_capacity(file, PIECE_BYTES);
            Ok(Body::wrap_stream(pieces))
        }
    }
}

/// Tells upstream that the bytes are there, in the way it has.
async fn finish(
    call: &Call,
    file: &PreparedFile,
    id: &str,
    use_case: UseCase,
) -> Result<(), Failure> {
    let path = format!("{FILES}/{id}/uploaded");
    let what = "upstream did not accept the uploaded file";
    match call.send_json(Method::POST, &path, &json!({})).await {
        Ok(answer) => return accepted(answer, what).map(|_| ()),
        Err(failure) if is_missing_route(&failure) => {}
        Err(failure) => return Err(failure),
    }
    let body = ProcessUpload {
        file_id: id,
        file_name: &file.name,
        use_case,
        index_for_retrieval: use_case == UseCase::MyFiles,
        entry_surface: "composer",
    };
    let body = serde_json::to_vec(&body).map_err(|_| failed(what))?;
    let processed = call
        .post_for_events(PROCESS, HeaderMap::new(), body.into(), false)
        .await?;
    let lines = call.read_text(processed).await?;
    let is_failure = lines.lines().any(|line| {
        let event = serde_json::from_str::<serde_json::Value>(line).unwrap_or_default();
        let name = event["event"].as_str().unwrap_or_default();
        matches!(name.rsplit('.').next(), Some("failed" | "error"))
    });
    if is_failure {
        return Err(failed("upstream could not process the file"));
    }
    Ok(())
}

/// Waits until a document can be searched; tells how many tokens it has.
async fn wait_for_index(call: &Call, id: &str) -> Result<Option<u64>, Failure> {
    let begun = Instant::now();
    let mut pause = FIRST_POLL;
    loop {
        let state: FileState = call.get_json(&format!("{FILES}/{id}")).await?;
        match state.retrieval_index_status.as_deref() {
            // Not every document is indexed; it can be used all the same.
            None | Some("success" | "not_applicable" | "skipped") => {
                return Ok(state.file_size_tokens);
            }
            Some("failed" | "error") => {
                return Err(failed("upstream could not read the document"));
            }
            Some(_) if begun.elapsed() > INDEX_TIMEOUT => {
                return Err(failed(
                    "upstream did not finish reading the document in time",
                ));
            }
            Some(_) => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST_POLL);
    }
}

/// The answer, unless it says that something is wrong.
pub(super) fn accepted(answer: FileAnswer, what: &str) -> Result<FileAnswer, Failure> {
    if !answer.is_error() {
        return Ok(answer);
    }
    let mut failure = failed(what);
    if let Some(said) = &answer.error_message {
        failure = failure.quoting(said);
    }
    failure.upstream_code = answer.error_code;
    Err(failure)
}

/// A limit met at this place is one of uploads and not of the model.
fn as_upload_limit(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::RateLimited(wait) => Failure {
            kind: FailureKind::FeatureLimited("file_upload", wait),
            ..failure
        },
        _ => failure,
    }
}

fn failed(message: &str) -> Failure {
    Failure::new(FailureKind::FileUpload, Retry::Never, message)
}

impl super::base_url::BaseUrl {
    /// An address upstream gave, if it is one to go to: encrypted, or on the base URL's host.
    pub(super) fn trusted_address(&self, address: &str) -> Result<Url, Failure> {
        let url = self.url().join(address);
        let is_fit = |url: &Url| url.scheme() == "https" || url.origin() == self.url().origin();
        match url {
            Ok(url) if is_fit(&url) => Ok(url),
            _ => Err(Failure::new(
                FailureKind::BadContent,
                Retry::Never,
                "upstream named an address for a file that is not secure",
            )),
        }
    }
}
