//! The model catalogue of an account, asked for when none is fresh.

use std::sync::Arc;

use chatgpt::model::Catalogue;
use http::header;

use super::call::Call;
use crate::catalogue_cache::{CatalogueCache, Known};
use crate::failure::Failure;

const PATH: &str = "/backend-api/models?history_and_training_disabled=false";
const ANONYMOUS_PATH: &str = "/backend-anon/models?iim=false&is_gizmo=false";

/// The account's catalogue; an older one when a new one cannot be had.
pub(super) async fn get(
    cache: &CatalogueCache<Catalogue>,
    call: &Call,
) -> Result<Arc<Catalogue>, Failure> {
    let place = call.credential.token_key();
    cache.get(place, |known| ask(call, known)).await
}

/// The catalogue as it is now; upstream need not repeat one that has not changed.
async fn ask(call: &Call, known: Option<Known<Catalogue>>) -> Result<Known<Catalogue>, Failure> {
    let path = if call.credential.is_anonymous() {
        ANONYMOUS_PATH
    } else {
        PATH
    };
    let accepted = call.get(path, Known::conditions(known.as_ref())).await?;
    if let Some(same) = Known::unchanged(known.as_ref(), &accepted.response) {
        return Ok(same);
    }
    let tag = accepted.response.headers().get(header::ETAG).cloned();
    Ok(Known::new(call.json_of(accepted).await?, tag))
}
