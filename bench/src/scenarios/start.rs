//! How long a start takes, from making the process to the first good answer of its readiness
//! check, and what memory the process has when nothing is asked of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::time::{sleep, timeout};

use super::Section;
use crate::aims::Figures;
use crate::connection::Connection;
use crate::flowgpt::{Bench, DEFAULT_LOG, Gateway, Simulator};
use crate::numbers::{count, milliseconds, percentile, written};
use crate::proc_fs;
use crate::request;
use crate::table::Table;

const STARTS: u32 = 20;
/// A gateway that is not ready by then does not become ready.
const READY_LIMIT: Duration = Duration::from_secs(10);
/// How long the last gateway is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(2);
const LONGEST_ANSWER: usize = 64 * 1024;

pub(super) async fn measure(bench: &Bench, figures: &mut Figures) -> Result<Section> {
    let simulator = Simulator::start(&bench.binary, "instant", "none")?;
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..STARTS {
        drop(last.take());
        let begun = Instant::now();
        let gateway = Gateway::start(&bench.binary, &simulator, DEFAULT_LOG)?;
        wait_until_ready(gateway.address, READY_LIMIT).await?;
        times.push(milliseconds(begun.elapsed()));
        last = Some(gateway);
    }
    sleep(IDLE).await;
    let memory = last
        .map(|gateway| proc_fs::memory(gateway.process.id()))
        .transpose()?;
    figures.ready_ms = percentile(&times, 50);
    figures.idle_mb = memory.map(|memory| memory.rss_mb);
    let mut table = Table::new(&["Figure", "info"]);
    let mut row = |name: &str, cell: String| table.row(name, [cell]);
    row("ready, ms, median", written(figures.ready_ms, 1));
    row("ready, ms, longest", written(percentile(&times, 100), 1));
    row("starts", written(count(u64::from(STARTS)), 0));
    row(
        "idle RSS, MB",
        written(memory.map(|memory| memory.rss_mb), 1),
    );
    row(
        "idle PSS, MB",
        written(memory.map(|memory| memory.pss_mb), 1),
    );
    Ok(Section {
        title: "Start (`start`)",
        meaning: "From before the process is made to the first 200 of `GET /readyz`, asked again and \
            again without a pause. The memory is that of the last gateway, 2 s after it was ready and \
            without a single chat; MB are 1,000,000 bytes.",
        table,
    })
}

/// Asks until the answer is 200.
async fn wait_until_ready(address: SocketAddr, limit: Duration) -> Result<()> {
    let request = request::get(address, "/readyz");
    let asking = async {
        let mut connection = Connection::new(address);
        while !is_ready(&mut connection, &request).await {
            tokio::task::yield_now().await;
        }
    };
    let result = timeout(limit, asking).await;
    ensure!(result.is_ok(), "the gateway did not become ready in time");
    Ok(())
}

async fn is_ready(connection: &mut Connection, request: &[u8]) -> bool {
    let status = connection.send(request).await;
    let body = connection.rest(LONGEST_ANSWER).await;
    matches!(status, Ok(200)) && body.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::{response, serve};

    #[tokio::test]
    async fn readiness_is_asked_for_until_it_comes() {
        let not_yet = response(503, "wait");
        serve(
            &[not_yet.clone(), not_yet, response(200, "ready")],
            async |address| {
                wait_until_ready(address, READY_LIMIT).await.unwrap();
            },
        )
        .await;
    }

    #[tokio::test]
    async fn waiting_for_readiness_ends() {
        serve(&[response(503, "wait")], async |address| {
            let waited = wait_until_ready(address, Duration::from_millis(100)).await;
            assert!(waited.is_err());
        })
        .await;
    }
}
