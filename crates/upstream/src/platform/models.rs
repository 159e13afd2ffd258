//! The models of a server, asked for when none are fresh.

use http::{Method, header};
use serde_json::Value;

use super::call::Call;
use crate::catalogue_cache::Known;
use crate::failure::Failure;

const PATH: &str = "/v1/models";

/// One model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformModel {
    /// What to send as `model`.
    pub id: String,
    /// When it was made, in Unix seconds, where stated.
    pub created: Option<u64>,
    /// Who offers it, where stated.
    pub owned_by: Option<String>,
}

/// The models as they are now; a server need not repeat a list that has not changed.
pub(super) async fn ask(
    call: &Call,
    known: Option<Known<Vec<PlatformModel>>>,
) -> Result<Known<Vec<PlatformModel>>, Failure> {
    let request = call.request(Method::GET, PATH);
    let request = request.headers(Known::conditions(known.as_ref()));
    let response = call.send_for(request).await?;
    if let Some(same) = Known::unchanged(known.as_ref(), &response) {
        return Ok(same);
    }
    let tag = response.headers().get(header::ETAG).cloned();
    let answer = call.json_of(response).await?;
    Ok(Known::new(models_in(&answer), tag))
}

/// A list is in `data`, or the answer itself.
fn models_in(answer: &Value) -> Vec<PlatformModel> {
    let rows = answer["data"].as_array().or_else(|| answer.as_array());
    let rows = rows.into_iter().flatten();
    rows.filter_map(|row| {
        Some(PlatformModel {
            id: row["id"].as_str()?.to_owned(),
            created: row["created"].as_u64(),
            owned_by: row["owned_by"].as_str().map(str::to_owned),
        })
    })
    .collect()
}
