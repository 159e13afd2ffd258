//! Answers that were recorded: instead of making up an answer, the simulator gives the one a
//! capture holds for that method and path. It reads the capture's files itself; their format is
//! described in docs/captures.md.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::open_streams::OpenStream;
use crate::options::Pace;

/// The file that says what the folder is.
const MANIFEST: &str = "capture.json";

/// Bodies that were not kept are made up to this size.
const MAX_MADE_UP_BYTES: usize = 1 << 20;

/// The answers of a capture.
#[derive(Debug)]
pub struct CapturedAnswers {
    routes: Mutex<Vec<Route>>,
}

/// What was answered to one method and path, in order.
#[derive(Debug)]
struct Route {
    method: String,
    path: String,
    /// Never empty; the last one stays.
    answers: VecDeque<Exchange>,
}

/// Why a folder's answers cannot be given.
#[derive(Debug)]
pub struct UnreadableCapture(String);

impl std::fmt::Display for UnreadableCapture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnreadableCapture {}

#[derive(Clone, Debug, Deserialize)]
struct Exchange {
    method: String,
    path: String,
    status: u16,
    #[serde(default)]
    response_headers: BTreeMap<String, String>,
    #[serde(default)]
    response: Answer,
    #[serde(default)]
    ending: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    #[default]
    Empty,
    Json(Value),
    Events {
        events: Vec<Event>,
    },
    Other {
        bytes: usize,
    },
}

#[derive(Clone, Debug, Deserialize)]
struct Event {
    #[serde(default)]
    name: Option<String>,
    data: String,
}

impl CapturedAnswers {
    /// Reads a capture's folder.
    pub fn read(folder: &Path) -> Result<Self, UnreadableCapture> {
        let wrong = |what: &Path, error: &dyn std::fmt::Display| {
            UnreadableCapture(format!("{} cannot be read: {error}", what.display()))
        };
        let mut files: Vec<_> = fs::read_dir(folder)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<io::Result<_>>()
            })
            .map_err(|error| wrong(folder, &error))?;
        files.retain(|file| file.extension().is_some_and(|end| end == "json"));
        let manifest = folder.join(MANIFEST);
        if !files.contains(&manifest) {
            return Err(wrong(folder, &format!("there is no {MANIFEST} in it")));
        }
        files.sort_by_key(|file| number(file));
        let mut routes: Vec<Route> = Vec::new();
        for file in files.iter().filter(|file| **file != manifest) {
            let text = fs::read_to_string(file).map_err(|error| wrong(file, &error))?;
            let exchange: Exchange =
                serde_json::from_str(&text).map_err(|error| wrong(file, &error))?;
            let is_same =
                |it: &&mut Route| it.method == exchange.method && it.path == exchange.path;
            match routes.iter_mut().find(is_same) {
                Some(route) => route.answers.push_back(exchange),
                None => routes.push(Route {
                    method: exchange.method.clone(),
                    path: exchange.path.clone(),
                    answers: VecDeque::from([exchange]),
                }),
            }
        }
        Ok(Self {
            routes: Mutex::new(routes),
        })
    }

    /// The next answer to a request, if the capture has one for its method and path.
    fn next(&self, method: &str, path: &str) -> Option<Exchange> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |it: &&mut Route| it.method == method && matches(&it.path, path);
        // A path that is written out comes before one with an id in that place.
        let route = routes
            .iter_mut()
            .filter(fits)
            .min_by_key(|route| route.path.matches("{id}").count())?;
        match route.answers.len() {
            1 => route.answers.front().cloned(),
            _ => route.answers.pop_front(),
        }
    }

    /// The answer to a request, if the capture has one.
    pub(crate) fn answer<B>(
        &self,
        request: &Request<B>,
        pace: Pace,
        open: impl FnOnce() -> OpenStream,
    ) -> Option<Response> {
        let exchange = self.next(request.method().as_str(), request.uri().path())?;
        let is_broken = exchange.ending == "broken";
        let body = match exchange.response {
            Answer::Events { events } => played(&events, is_broken, pace, open()),
            Answer::Empty => Body::empty(),
            Answer::Json(value) => Body::from(value.to_string()),
            Answer::Other { bytes } => Body::from(vec![b' '; bytes.min(MAX_MADE_UP_BYTES)]),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(exchange.status).unwrap_or_default();
        for (name, value) in exchange.response_headers {
            // The body is not packed any more.
            if name == "content-encoding" {
                continue;
            }
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        Some(response)
    }
}

fn number(file: &Path) -> (u64, String) {
    let name = file.file_name().and_then(|it| it.to_str());
    let name = name.unwrap_or_default();
    let number = name.split('-').next().and_then(|it| it.parse().ok());
    (number.unwrap_or(u64::MAX), name.to_owned())
}

/// Whether `path` is one of those `template` stands for.
fn matches(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let fits = template.split('/').all(|wanted| {
        parts
            .next()
            .is_some_and(|it| wanted == "{id}" || wanted == it)
    });
    fits && parts.next().is_none()
}

/// A stream's body: an event at a time, or all of them at once.
fn played(events: &[Event], is_broken: bool, pace: Pace, open: OpenStream) -> Body {
    let pause = match pace {
        Pace::Instant => Duration::ZERO,
        Pace::Every(period) => period,
        Pace::Reading => Duration::from_millis(25),
    };
    let texts = events.iter().map(text_of);
    let mut writes: VecDeque<io::Result<Bytes>> = if pause.is_zero() {
        VecDeque::from([Ok(Bytes::from(texts.collect::<String>()))])
    } else {
        texts.map(|text| Ok(Bytes::from(text))).collect()
    };
    if is_broken {
        writes.push_back(Err(io::ErrorKind::ConnectionAborted.into()));
    }
    let player = move |(mut writes, open): (VecDeque<io::Result<Bytes>>, OpenStream)| async move {
        let write = writes.pop_front()?;
        if pause.is_zero() {
            // What was written before must leave before a connection breaks.
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(pause).await;
        }
        Some((write, (writes, open)))
    };
    Body::from_stream(stream::unfold((writes, open), player))
}

fn text_of(event: &Event) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    if let Some(name) = &event.name {
        let _ = writeln!(text, "event: {name}");
    }
    for line in event.data.split('\n') {
        let _ = writeln!(text, "data: {line}");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::{Event, matches, text_of};

    #[test]
    fn a_template_stands_for_paths_with_ids() {
        assert!(matches("/a/{id}/b", "/a/x/b"));
        assert!(matches("/a", "/a"));
        for path in ["/a", "/a/x", "/a/x/b/c", "/b/x/b"] {
            assert!(!matches("/a/{id}/b", path), "{path}");
        }
    }

    #[test]
    fn events_are_written_with_their_spaces() {
        let event = Event {
            name: Some("delta".into()),
            data: "{\"v\": 1} \n[]".into(),
        };
        assert_eq!(
            text_of(&event),
            "event: delta\ndata: {\"v\": 1} \ndata: []\n\n"
        );
    }
}
