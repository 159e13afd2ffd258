//! Streams as they are in real use: 100 at the same time, each with a piece every 20 ms, so that
//! every piece is an arrival and a write of its own.

use std::time::Duration;

use anyhow::Result;

use super::Section;
use crate::aims::Figures;
use crate::chat::Chat;
use crate::flowgpt::{Bench, DEFAULT_LOG, Gateway, Simulator};
use crate::gateway_chat::GatewayChat;
use crate::load::{Load, Window};
use crate::numbers::{count, per, written};
use crate::table::Table;

const STREAMS: usize = 100;
/// The streams begin spread over half of it, 21.5 ms apart; with a multiple of the pace all their
/// pieces would come at the same moments.
const WARM_UP: Duration = Duration::from_millis(4300);
/// Seconds of the window, if no other length is asked for.
const SECONDS: u64 = 10;

pub(super) async fn measure(bench: &Bench, figures: &mut Figures) -> Result<Section> {
    let simulator = Simulator::start(&bench.binary, "every:20ms", "none")?;
    let gateway = Gateway::start(&bench.binary, &simulator, DEFAULT_LOG)?;
    let client = || Chat::Gateway(GatewayChat::new(gateway.address, true));
    let load = Load {
        chats: std::iter::repeat_with(client).take(STREAMS).collect(),
        warm_up: WARM_UP,
        window: bench.window(SECONDS),
    };
    let window = load.run(gateway.watched_with(&simulator)).await?;
    figures.paced_chunk_us = window.gateway_per_chunk();
    Ok(Section {
        title: "Paced streams (`paced-chunks`)",
        meaning: "100 streams at the same time, each with a piece every 20 ms, begun one after the \
            other. The processor time per chunk includes everything else the gateway does in the \
            window, the beginning and the end of each chat too.",
        table: table(&window),
    })
}

fn table(window: &Window) -> Table {
    let mut table = Table::new(&["Figure", "info"]);
    let mut row = |name: &str, cell: String| table.row(name, [cell]);
    let client_per_chunk = per(window.cpu.client * 1e6, window.chunks());
    row("chunks/s", written(window.chunks() / window.seconds, 0));
    row(
        "gateway CPU, µs per chunk",
        written(window.gateway_per_chunk(), 2),
    );
    row("client CPU, µs per chunk", written(client_per_chunk, 2));
    row(
        "gateway CPU, % of one core",
        written(window.cpu.gateway / window.seconds * 100.0, 1),
    );
    row("chats ended", written(window.chats(), 0));
    row("failed chats", written(count(window.count.failures), 0));
    table
}
