//! The model catalogue of each account, kept for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chatgpt::model::Catalogue;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::time::Instant;

use super::call::Call;
use crate::failure::Failure;

const PATH: &str = "/backend-api/models?history_and_training_disabled=false";
const ANONYMOUS_PATH: &str = "/backend-anon/models?iim=false&is_gizmo=false";

/// How long a catalogue is believed.
const FRESH: Duration = Duration::from_mins(10);

/// More accounts than this and the memory starts anew.
const MAX_ACCOUNTS: usize = 10_000;

/// The catalogues known.
#[derive(Debug, Default)]
pub(super) struct CatalogueCache {
    known: Mutex<HashMap<Place, Known>>,
}

/// A token and the workspace it acts for, or a device without either.
type Place = [u8; 16];

#[derive(Debug, Clone)]
struct Known {
    catalogue: Arc<Catalogue>,
    /// Upstream's mark of this state of it.
    tag: Option<HeaderValue>,
    since: Instant,
}

impl CatalogueCache {
    /// The account's catalogue; an older one when a new one cannot be had.
    pub(super) async fn get(&self, call: &Call) -> Result<Arc<Catalogue>, Failure> {
        let place = call.credential.token_key();
        let known = self.remembered(&place);
        if let Some(known) = &known
            && known.since.elapsed() < FRESH
        {
            return Ok(Arc::clone(&known.catalogue));
        }
        match ask(call, known.as_ref()).await {
            Ok(new) => Ok(self.remember(place, new)),
            Err(failure) => known.map(|known| known.catalogue).ok_or(failure),
        }
    }

    fn remembered(&self, place: &Place) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(place).cloned()
    }

    fn remember(&self, place: Place, new: Known) -> Arc<Catalogue> {
        let catalogue = Arc::clone(&new.catalogue);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ACCOUNTS {
            known.clear();
        }
        known.insert(place, new);
        catalogue
    }
}

/// The catalogue as it is now; upstream need not repeat one that has not changed.
async fn ask(call: &Call, known: Option<&Known>) -> Result<Known, Failure> {
    let mut headers = HeaderMap::new();
    if let Some(tag) = known.and_then(|known| known.tag.clone()) {
        headers.insert(header::IF_NONE_MATCH, tag);
    }
    let path = if call.credential.is_anonymous() {
        ANONYMOUS_PATH
    } else {
        PATH
    };
    let accepted = call.get(path, headers).await?;
    let since = Instant::now();
    match known {
        Some(known) if accepted.response.status() == StatusCode::NOT_MODIFIED => Ok(Known {
            since,
            ..known.clone()
        }),
        _ => Ok(Known {
            tag: accepted.response.headers().get(header::ETAG).cloned(),
            catalogue: Arc::new(call.json_of(accepted).await?),
            since,
        }),
    }
}
