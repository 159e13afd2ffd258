//! The site as a browser sees it: the pages of an app that was built beforehand, in one of several
//! layouts, its files, its live updates, and the hosts beside the main one. Which folder holds it
//! is an option; without it there is only a front page. The router and `around` call it.

mod assets;
mod events;
mod headers;
mod hosts;
mod pages;
mod placeholders;
mod site_folder;
mod socket;
mod visitor;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::{any, get};
use http::StatusCode;
use serde_json::json;

use crate::reply::Reply;
use crate::simulator::State;
use crate::site;

pub(crate) use hosts::by_host;
pub(crate) use pages::page;

use site_folder::Site;

/// The site there is at the moment.
pub(crate) struct Official {
    /// One folder per layout.
    folder: PathBuf,
    /// None if no layout could be read.
    current: Mutex<Option<Arc<Site>>>,
    is_challenged: AtomicBool,
}

impl Official {
    /// The first of a folder's layouts.
    pub(crate) fn open(folder: &Path) -> Self {
        let first = layouts(folder).unwrap_or_default().into_iter().next();
        let site = first.and_then(|layout| Site::read(&layout).ok());
        Self {
            folder: folder.to_owned(),
            current: Mutex::new(site.map(Arc::new)),
            is_challenged: AtomicBool::new(false),
        }
    }

    /// Serves another layout from now on: what the last one had is gone at once.
    pub(crate) fn serve(&self, layout: &str) -> io::Result<()> {
        let site = Arc::new(Site::read(&self.folder.join(layout))?);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some(site);
        Ok(())
    }

    /// Answers every page with a browser check, or no longer.
    pub(crate) fn challenge(&self, is_on: bool) {
        self.is_challenged.store(is_on, Ordering::SeqCst);
    }

    fn site(&self) -> Option<Arc<Site>> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    fn is_challenged(&self) -> bool {
        self.is_challenged.load(Ordering::SeqCst)
    }
}

/// The folders in which there is a layout, in the order of their names.
fn layouts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut layouts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join(site_folder::DESCRIPTION).is_file() {
            layouts.push(path);
        }
    }
    layouts.sort();
    Ok(layouts)
}

/// The routes of the main host that every layout has. Pages, whose paths a layout decides, are the
/// router's fallback.
pub(crate) fn routes(state: &State) -> Router<Arc<State>> {
    if state.official.is_none() {
        return Router::new().route("/", get(|| async { site::front_page() }));
    }
    Router::new()
        .route("/official/events", get(events::events))
        .route("/ces/{*path}", any(telemetry))
}

/// Takes whatever it is told.
async fn telemetry() -> Reply {
    Reply::json(StatusCode::ACCEPTED, &json!({"success": true}))
}
