//! Records the traffic with upstream into a folder, scrubbed before it touches the disk.
//!
//! Exchanges wait in a bounded queue for one writing thread. When the queue or the memory for
//! it is full, or the disk fails, the recording stops; the traffic never does. Called by
//! `flowgpt record`, and by tests.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::Context;
use capture::{Ending, FORMAT, Manifest, RawExchange, RawMessage, Scrubber};
use http::HeaderMap;
use upstream::{ResponseTap, TappedRequest, TrafficTap};

use crate::capture_folder;

/// Exchanges that may wait to be written.
const QUEUE_LENGTH: usize = 256;

/// More of a body is not kept.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Of all exchanges that are under way or waiting together.
const MAX_HELD_BYTES: usize = 256 << 20;

/// Sizes of pieces that are kept of one answer.
const MAX_PIECES: usize = 100_000;

/// What to record and how.
pub struct Recording {
    /// The folder; it must be empty or not there yet.
    pub folder: PathBuf,
    /// Random bytes; whoever has them can tell whose stand-in an id got.
    pub key: [u8; 32],
    /// Whether texts keep their words.
    pub keeps_text: bool,
    /// When it begins, in seconds since 1970.
    pub now: u64,
}

/// The tap that records.
#[derive(Debug)]
pub struct Recorder {
    queue: SyncSender<Finished>,
    next_number: AtomicUsize,
    state: Arc<State>,
}

/// The thread that writes; it ends when the recorder and all it watches are gone.
#[derive(Debug)]
pub struct Writing(JoinHandle<usize>);

#[derive(Debug, Default)]
struct State {
    has_stopped: AtomicBool,
    held_bytes: AtomicUsize,
}

/// An exchange that is over.
struct Finished {
    number: usize,
    exchange: RawExchange,
    _held: Held,
}

/// Memory that is given back when it is dropped.
struct Held {
    state: Arc<State>,
    bytes: usize,
}

impl Recording {
    /// Makes the folder and begins to wait for exchanges.
    pub fn start(self) -> anyhow::Result<(Arc<Recorder>, Writing)> {
        let manifest = Manifest {
            format: FORMAT,
            flowgpt: env!("CARGO_PKG_VERSION").to_owned(),
            recorded_at: self.now,
            keeps_text: self.keeps_text,
        };
        capture_folder::create(&self.folder, &manifest)?;
        let (queue, finished) = sync_channel(QUEUE_LENGTH);
        let state = Arc::new(State::default());
        let scrubber = Scrubber::new(self.key, self.keeps_text);
        let writing = write_all(self.folder, scrubber, finished, Arc::clone(&state));
        let writing = thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(writing)
            .context("the recorder's thread cannot be started")?;
        let recorder = Recorder {
            queue,
            next_number: AtomicUsize::new(1),
            state,
        };
        Ok((Arc::new(recorder), Writing(writing)))
    }
}

impl Writing {
    /// Waits until everything is written; how many exchanges that were.
    pub fn finish(self) -> anyhow::Result<usize> {
        self.0
            .join()
            .map_err(|_| anyhow::anyhow!("the recorder's thread failed"))
    }
}

fn write_all(
    folder: PathBuf,
    scrubber: Scrubber,
    finished: Receiver<Finished>,
    state: Arc<State>,
) -> impl FnOnce() -> usize {
    move || {
        let mut count = 0;
        for Finished {
            number, exchange, ..
        } in finished
        {
            if state.has_stopped.load(Ordering::Relaxed) {
                continue;
            }
            match write(&folder, &scrubber, number, &exchange) {
                Ok(()) => count += 1,
                Err(error) => state.stop(&format!("{error:#}")),
            }
        }
        count
    }
}

/// Scrubs an exchange and writes it; nothing unscrubbed reaches the disk.
fn write(
    folder: &Path,
    scrubber: &Scrubber,
    number: usize,
    exchange: &RawExchange,
) -> anyhow::Result<()> {
    let exchange = scrubber.exchange(exchange);
    let text = serde_json::to_string_pretty(&exchange)?;
    let path = folder.join(exchange.file_name(number));
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    let written = file.and_then(|mut file| file.write_all((text + "\n").as_bytes()));
    written.with_context(|| format!("{} cannot be written", path.display()))
}

impl State {
    fn stop(&self, why: &str) {
        if !self.has_stopped.swap(true, Ordering::Relaxed) {
            tracing::error!("the recording has stopped: {why}; requests are served as before");
        }
    }
}

impl Held {
    /// Takes `bytes` more, unless there is no room.
    fn grow(&mut self, bytes: usize) {
        let before = self.state.held_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before + bytes > MAX_HELD_BYTES {
            self.state
                .stop("more is under way than the memory set aside for it holds");
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.state
            .held_bytes
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl TrafficTap for Recorder {
    fn begin(&self, request: &TappedRequest<'_>) -> Box<dyn ResponseTap> {
        let mut held = Held {
            state: Arc::clone(&self.state),
            bytes: 0,
        };
        let mut message = RawMessage::default();
        if !self.state.has_stopped.load(Ordering::Relaxed) {
            keep(&mut message, &mut held, request.body);
            message.headers = texts(request.headers);
        }
        let exchange = RawExchange {
            method: request.method.to_string(),
            target: match request.url.query() {
                Some(query) => format!("{}?{query}", request.url.path()),
                None => request.url.path().to_owned(),
            },
            request: message,
            status: 0,
            response: RawMessage::default(),
            ending: Ending::Left,
        };
        Box::new(Watching {
            number: self.next_number.fetch_add(1, Ordering::Relaxed),
            queue: self.queue.clone(),
            state: Arc::clone(&self.state),
            watched: Some((exchange, held)),
        })
    }
}

/// Watches one exchange.
struct Watching {
    number: usize,
    queue: SyncSender<Finished>,
    state: Arc<State>,
    /// Until it is over.
    watched: Option<(RawExchange, Held)>,
}

impl Watching {
    fn has_stopped(&self) -> bool {
        self.state.has_stopped.load(Ordering::Relaxed)
    }

    fn hand_over(&mut self) {
        let Some((exchange, held)) = self.watched.take() else {
            return;
        };
        // A request without an answer says nothing about the protocol.
        if self.has_stopped() || exchange.status == 0 {
            return;
        }
        let finished = Finished {
            number: self.number,
            exchange,
            _held: held,
        };
        if self.queue.try_send(finished).is_err() {
            self.state
                .stop("exchanges come faster than they can be written");
        }
    }
}

impl ResponseTap for Watching {
    fn head(&mut self, status: u16, headers: &HeaderMap) {
        if let Some((exchange, _)) = &mut self.watched {
            exchange.status = status;
            exchange.response.headers = texts(headers);
        }
    }

    fn piece(&mut self, bytes: &[u8]) {
        if self.has_stopped() {
            self.watched = None;
        }
        if let Some((exchange, held)) = &mut self.watched {
            keep(&mut exchange.response, held, bytes);
            if exchange.response.pieces.len() < MAX_PIECES {
                exchange.response.pieces.push(bytes.len());
            }
        }
    }

    fn end(&mut self, is_whole: bool) {
        if let Some((exchange, _)) = &mut self.watched {
            exchange.ending = if is_whole {
                Ending::Complete
            } else {
                Ending::Broken
            };
        }
        self.hand_over();
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.hand_over();
    }
}

/// Adds to a body what still fits; counts all of it.
fn keep(message: &mut RawMessage, held: &mut Held, bytes: &[u8]) {
    message.size += bytes.len();
    let room = MAX_BODY_BYTES.saturating_sub(message.body.len());
    let kept = &bytes[..bytes.len().min(room)];
    held.grow(kept.len());
    message.body.extend_from_slice(kept);
}

/// Names and values; values that are no text are left out.
fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}
