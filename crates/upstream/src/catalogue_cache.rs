//! What each account may ask for, kept for a while.
//!
//! An older list serves when a new one cannot be had. Called by every driver, each with a list
//! of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::Response;
use tokio::time::Instant;

use crate::failure::Failure;

/// How long a list is believed.
const FRESH: Duration = Duration::from_mins(10);

/// More accounts than this and the memory starts anew.
const MAX_ACCOUNTS: usize = 10_000;

/// The lists known.
#[derive(Debug)]
pub(crate) struct CatalogueCache<T> {
    known: Mutex<HashMap<Place, Known<T>>>,
}

/// A token and the workspace it acts for, or a device without either.
type Place = [u8; 16];

/// A list, as upstream stated it.
#[derive(Debug)]
pub(crate) struct Known<T> {
    catalogue: Arc<T>,
    /// Upstream's mark of this state of it.
    tag: Option<HeaderValue>,
    since: Instant,
}

impl<T> CatalogueCache<T> {
    /// The account's list; `ask` is told the one that is known, and gets a new one.
    pub(crate) async fn get<F>(
        &self,
        place: Place,
        ask: impl FnOnce(Option<Known<T>>) -> F,
    ) -> Result<Arc<T>, Failure>
    where
        F: Future<Output = Result<Known<T>, Failure>>,
    {
        let known = self.remembered(&place);
        if let Some(known) = &known
            && known.since.elapsed() < FRESH
        {
            return Ok(Arc::clone(&known.catalogue));
        }
        match ask(known.clone()).await {
            Ok(new) => Ok(self.remember(place, new)),
            Err(failure) => known.map(|known| known.catalogue).ok_or(failure),
        }
    }

    fn remembered(&self, place: &Place) -> Option<Known<T>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(place).cloned()
    }

    fn remember(&self, place: Place, new: Known<T>) -> Arc<T> {
        let catalogue = Arc::clone(&new.catalogue);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ACCOUNTS {
            known.clear();
        }
        known.insert(place, new);
        catalogue
    }
}

impl<T> Known<T> {
    /// A list as it was just stated, with the answer's mark of it.
    pub(crate) fn new(catalogue: T, tag: Option<HeaderValue>) -> Self {
        Self {
            catalogue: Arc::new(catalogue),
            tag,
            since: Instant::now(),
        }
    }

    /// The same list, if `response` says that it has not changed.
    pub(crate) fn unchanged(known: Option<&Self>, response: &Response) -> Option<Self> {
        let known = known.filter(|_| response.status() == StatusCode::NOT_MODIFIED)?;
        Some(Self {
            since: Instant::now(),
            ..known.clone()
        })
    }

    /// The headers that spare upstream repeating what is known.
    pub(crate) fn conditions(known: Option<&Self>) -> HeaderMap {
        let tag = known.and_then(|known| known.tag.clone());
        tag.map(|tag| (header::IF_NONE_MATCH, tag))
            .into_iter()
            .collect()
    }
}

impl<T> Clone for Known<T> {
    fn clone(&self) -> Self {
        Self {
            catalogue: Arc::clone(&self.catalogue),
            tag: self.tag.clone(),
            since: self.since,
        }
    }
}

impl<T> Default for CatalogueCache<T> {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
        }
    }
}
