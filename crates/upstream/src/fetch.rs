//! provisional
//!
#![allow(missing_docs, clippy::unused_async)]
use bytes::Bytes;
#[derive(Debug)]
pub struct Fetcher;
pub struct Fetched {
    pub bytes: Bytes,
    pub mime: Option<String>,
    pub name: Option<String>,
}
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct FetchError;
impl Fetcher {
    pub async fn fetch(&self, _: &str) -> Result<Fetched, FetchError> {
        Err(FetchError)
    }
}
