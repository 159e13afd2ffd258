//! What 1,000 open streams cost in memory: the gateway before, with all of them open and moving,
//! and after they are closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Section;
use crate::aims::Figures;
use crate::event_counter::EventCounter;
use crate::flowgpt::{Bench, DEFAULT_LOG, Gateway, Simulator};
use crate::gateway_chat::GatewayChat;
use crate::numbers::{count, written};
use crate::proc_fs::{self, Memory};
use crate::table::Table;

const STREAMS: usize = 1000;
/// Files a gateway has open for them, two per stream, and some for itself.
const OPEN_FILES: u64 = 2 * STREAMS as u64 + 200;
/// Streams begin this far apart.
const APART: Duration = Duration::from_millis(4);
/// All of them must be open by then; each lasts about two minutes.
const OPEN_LIMIT: Duration = Duration::from_mins(1);
/// How long the gateway is left alone before it is looked at.
const IDLE: Duration = Duration::from_secs(2);
const HOLD: Duration = Duration::from_secs(5);
const AFTER: Duration = Duration::from_secs(5);

/// How many streams have shown text, and how many have ended, which none should.
#[derive(Default)]
struct Progress {
    open: AtomicUsize,
    ended: AtomicUsize,
}

/// What was read at one moment.
struct Moment {
    name: &'static str,
    open: usize,
    memory: Memory,
}

pub(super) async fn measure(bench: &Bench, figures: &mut Figures) -> Result<Section> {
    ensure!(
        proc_fs::open_files_limit()? >= OPEN_FILES,
        "the limit of open files is below {OPEN_FILES}; raise it with `ulimit -n`"
    );
    let simulator = Simulator::start(&bench.binary, "every:1000ms", "none")?;
    let gateway = Gateway::start(&bench.binary, &simulator, DEFAULT_LOG)?;
    let moment = |name, open| -> Result<Moment> {
        let memory = proc_fs::memory(gateway.process.id())?;
        Ok(Moment { name, open, memory })
    };
    sleep(IDLE).await;
    let before = moment("idle, 2 s after the start", 0)?;
    let progress = Arc::new(Progress::default());
    let mut streams = open_all(gateway.address, &progress);
    wait_until_open(&progress).await?;
    sleep(HOLD).await;
    let still_open = STREAMS.saturating_sub(progress.ended.load(Ordering::Relaxed));
    let during = moment("all open for 5 s", still_open)?;
    streams.shutdown().await;
    sleep(AFTER).await;
    let after = moment("5 s after all were closed", 0)?;
    if still_open == STREAMS {
        figures.open_streams_mb = Some(during.memory.rss_mb);
    }
    figures.idle_mb.get_or_insert(before.memory.rss_mb);
    Ok(Section {
        title: "Memory with open streams (`open-streams`)",
        meaning: "1,000 streams, each with a piece every second. Every one has shown text before the \
            memory is read, and all are being read from. MB are 1,000,000 bytes of the gateway, \
            nothing subtracted. RSS counts pages shared with other processes in full, and here the \
            simulator shares the program itself; PSS divides them.",
        table: table(&[before, during, after]),
    })
}

fn open_all(address: SocketAddr, progress: &Arc<Progress>) -> JoinSet<()> {
    let mut streams = JoinSet::new();
    let mut delay = Duration::ZERO;
    for _ in 0..STREAMS {
        let progress = Arc::clone(progress);
        streams.spawn(async move {
            sleep(delay).await;
            // An end, good or bad, is one the scenario does not want.
            let _ = hold(address, &progress).await;
            progress.ended.fetch_add(1, Ordering::Relaxed);
        });
        delay += APART;
    }
    streams
}

/// Opens a stream and reads from it until it is stopped.
async fn hold(address: SocketAddr, progress: &Progress) -> Result<()> {
    let mut chat = GatewayChat::new(address, true);
    chat.open().await?;
    let mut counter = EventCounter::default();
    let mut is_counted = false;
    while let Some(piece) = chat.next().await? {
        counter.feed(piece);
        if counter.has_text && !is_counted {
            progress.open.fetch_add(1, Ordering::Relaxed);
            is_counted = true;
        }
    }
    Ok(())
}

async fn wait_until_open(progress: &Progress) -> Result<()> {
    let limit = Instant::now() + OPEN_LIMIT;
    loop {
        let open = progress.open.load(Ordering::Relaxed);
        let ended = progress.ended.load(Ordering::Relaxed);
        if open == STREAMS {
            return Ok(());
        }
        if ended > 0 || Instant::now() > limit {
            bail!("{open} of {STREAMS} streams came to show text, and {ended} ended");
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn table(moments: &[Moment]) -> Table {
    let mut table = Table::new(&["Gateway", "streams", "RSS, MB", "PSS, MB"]);
    for moment in moments {
        let cells = [
            written(count(moment.open as u64), 0),
            written(moment.memory.rss_mb, 1),
            written(moment.memory.pss_mb, 1),
        ];
        table.row(moment.name, cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::serve;

    #[tokio::test]
    async fn a_stream_is_open_once_it_has_shown_text() {
        const CUT: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"content\":\"b\"}\n\n";
        serve(&[CUT], async |address| {
            let progress = Progress::default();
            hold(address, &progress).await.unwrap();
            assert_eq!(progress.open.load(Ordering::Relaxed), 1);
        })
        .await;
    }
}
