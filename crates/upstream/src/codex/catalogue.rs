//! The models that the Codex backend offers an account, asked for when none are fresh.

use std::sync::Arc;

use chatgpt::codex_model::{CodexModel, models_in};
use http::header;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::CodexDriver;
use super::call::Call;
use crate::catalogue_cache::Known;
use crate::failure::Failure;

const PATH: &str = "/backend-api/codex/models?client_version=";

/// The account's models; older ones when new ones cannot be had.
pub(super) async fn get(
    driver: &CodexDriver,
    call: &Call,
) -> Result<Arc<Vec<CodexModel>>, Failure> {
    let version = utf8_percent_encode(&driver.settings.client_version, NON_ALPHANUMERIC);
    let path = format!("{PATH}{version}");
    let place = call.credential.token_key();
    driver
        .catalogues
        .get(place, |known| ask(call, path, known))
        .await
}

/// The models as they are now; upstream need not repeat a list that has not changed.
async fn ask(
    call: &Call,
    path: String,
    known: Option<Known<Vec<CodexModel>>>,
) -> Result<Known<Vec<CodexModel>>, Failure> {
    let response = call.get(&path, Known::conditions(known.as_ref())).await?;
    if let Some(same) = Known::unchanged(known.as_ref(), &response) {
        return Ok(same);
    }
    let tag = response.headers().get(header::ETAG).cloned();
    let answer: Value = call.json_of(response).await?;
    Ok(Known::new(models_in(&answer), tag))
}
