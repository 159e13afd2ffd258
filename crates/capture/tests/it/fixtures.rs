//! The committed captures: two of what is known today, and one with invented names.

use std::fs;
use std::path::Path;

use capture::{Body, Capture, EventStream};

/// A capture of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> Capture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let files = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    Capture::read(files).unwrap()
}

/// The event streams of a capture.
pub(crate) fn streams(capture: &Capture) -> Vec<&EventStream> {
    let bodies = capture
        .exchanges
        .iter()
        .map(|(_, exchange)| &exchange.response);
    bodies
        .filter_map(|body| match body {
            Body::Events(stream) => Some(stream),
            _ => None,
        })
        .collect()
}
