//! `/v1/files`: files of callers, kept by the gateway itself; ChatGPT does not see them here.
//!
//! A file belongs to the credential that uploaded it. What is asked for wrongly and what is
//! another caller's look the same.

mod upload;
pub(crate) use upload::{base_name, create};

mod content;
pub(crate) use content::content;

mod byte_range;
mod listing;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use http::{HeaderMap, StatusCode};
use openai::file::{File, FileDeleted, FileList};
use store::StoreError;
use store::files::{FileRecord, FileStore};
use web::{ApiError, ErrorClass, caller_auth};

use crate::Api;
use crate::proven_caller::owner_of;

/// The files, and how many bytes and how long they may be kept.
#[derive(Debug)]
pub struct Files {
    /// Where they are.
    pub store: FileStore,
    /// `FILE_LIMIT_BYTES`: largest file.
    pub limit_bytes: u64,
    /// `FILE_EXPIRY_HOURS`: how long a file is kept at most; `None` for ever.
    pub expiry: Option<Duration>,
}

pub(crate) async fn list(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<FileList>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let query = listing::Query::read(query.as_deref().unwrap_or_default())?;
    let page = api.files.store.list(&owner, &query.listing(), now(&api));
    let page = page.map_err(|error| match error {
        StoreError::NotFound => listing::unknown_after(),
        error => store_error(&error),
    })?;
    let data: Vec<File> = page.files.iter().map(|record| file(record)).collect();
    Ok(Json(FileList {
        object: "list",
        first_id: data.first().map(|file| file.id.clone()),
        last_id: data.last().map(|file| file.id.clone()),
        data,
        has_more: page.has_more,
    }))
}

pub(crate) async fn retrieve(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<File>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let record = api.files.store.get(&owner, &id, now(&api));
    Ok(Json(file(&*record.map_err(|error| store_error(&error))?)))
}

pub(crate) async fn delete(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<FileDeleted>, ApiError> {
    let owner = owner(&api, &headers).await?;
    let deleted = api.files.store.delete(&owner, &id, now(&api)).await;
    deleted.map_err(|error| store_error(&error))?;
    Ok(Json(FileDeleted {
        id,
        object: "file",
        deleted: true,
    }))
}

/// Whose files are asked for.
async fn owner(api: &Api, headers: &HeaderMap) -> Result<String, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    owner_of(api, &who.caller).await
}

fn now(api: &Api) -> u64 {
    api.clock.since_epoch().as_secs()
}

fn file(record: &FileRecord) -> File {
    File {
        id: record.id.clone(),
        object: "file",
        bytes: record.bytes,
        created_at: record.created_at,
        expires_at: record.expires_at,
        filename: record.name.clone(),
        purpose: record.purpose.clone(),
        status: "processed",
        status_details: None,
    }
}

/// What a caller is told when the store does not do what was asked.
fn store_error(error: &StoreError) -> ApiError {
    use ErrorClass::{Gateway, InvalidRequest};
    let message = error.to_string();
    match error {
        StoreError::NotFound => ApiError::new(
            StatusCode::NOT_FOUND,
            InvalidRequest,
            "file_not_found",
            "there is no such file; GET /v1/files lists those of this key",
        )
        .with_param("id"),
        StoreError::TooLong(_) => ApiError::new(
            StatusCode::BAD_REQUEST,
            InvalidRequest,
            "invalid_value",
            message,
        )
        .with_param("file"),
        StoreError::TooMany(_) | StoreError::DiskFull => {
            tracing::error!("a file could not be stored: {message}");
            ApiError::new(
                StatusCode::INSUFFICIENT_STORAGE,
                Gateway,
                "storage_full",
                "the gateway has no room for more files; delete some, or tell its operator",
            )
        }
        StoreError::Io(_) => {
            tracing::error!("{message}");
            ApiError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                Gateway,
                "storage_failed",
                "the gateway could not use its data folder; its log says why",
            )
        }
    }
}
