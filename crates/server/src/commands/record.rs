//! `flowgpt record`: serves the API with the operator's settings and records the traffic with
//! upstream, scrubbed; at the end it says what in it is not known.

use std::path::Path;
use std::time::UNIX_EPOCH;

use upstream::TrafficTap;
use uuid::Uuid;

use super::running::{now, runtime};
use super::serve;
use crate::capture_folder;
use crate::cli::RecordArguments;
use crate::recorder::Recording;

/// Serves and records until a signal.
pub(crate) fn run(arguments: &RecordArguments) -> anyhow::Result<()> {
    let settings = serve::settings(arguments.listen.port)?;
    let recording = Recording {
        folder: arguments.out.clone(),
        key: random_key(),
        keeps_text: arguments.keep_text,
        now: now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    let (recorder, writing) = recording.start()?;
    let tap: std::sync::Arc<dyn TrafficTap> = recorder;
    runtime()?.block_on(serve::serve(settings, arguments.listen.json, Some(tap)))?;
    let count = writing.finish()?;
    conclude(&arguments.out, count, arguments.listen.json)
}

#[expect(clippy::print_stdout, reason = "the command's own output")]
fn conclude(folder: &Path, count: usize, is_json: bool) -> anyhow::Result<()> {
    let report = capture::report(&capture_folder::read(folder)?);
    if is_json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        let times = if count == 1 { "exchange" } else { "exchanges" };
        println!(
            "Recorded {count} {times} to {}.\n\n{report}",
            folder.display()
        );
    }
    Ok(())
}

fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    for half in key.chunks_exact_mut(16) {
        half.copy_from_slice(Uuid::new_v4().as_bytes());
    }
    key
}
