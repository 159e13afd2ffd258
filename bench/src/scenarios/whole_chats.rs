//! As many chats as possible: 16 clients that each have one chat after the other, streamed or as
//! one JSON answer, with the default log level, with a quiet one, and with nothing counted.

use std::time::Duration;

use anyhow::Result;

use super::Section;
use crate::aims::Figures;
use crate::chat::{Chat, PROMPT};
use crate::flowgpt::{Bench, Gateway, Simulator};
use crate::gateway_chat::GatewayChat;
use crate::load::{Load, Window};
use crate::numbers::{count, median_and_p99, per, written};
use crate::table::Table;

/// Clients at the same time, here and at the bare simulator.
pub(super) const CLIENTS: usize = 16;
pub(super) const WARM_UP: Duration = Duration::from_secs(1);
/// Seconds of the window, if no other length is asked for.
pub(super) const SECONDS: u64 = 8;

/// How a gateway runs: what the column says, and the settings; as it does by default comes first.
pub(super) const WAYS: [(&str, &[(&str, &str)]); 3] = [
    ("info", &[("LOG_LEVEL", "info")]),
    ("warn", &[("LOG_LEVEL", "warn")]),
    (
        "nothing counted",
        &[
            ("LOG_LEVEL", "info"),
            ("COUNT_USAGE", "false"),
            ("CONTINUITY", "false"),
        ],
    ),
];

/// Streamed chats.
pub(super) async fn streamed(bench: &Bench, figures: &mut Figures) -> Result<Section> {
    let windows = windows(bench, true).await?;
    let default = &windows[0];
    figures.chats_per_core = default.chats_per_core();
    figures.burst_chunk_us = default.gateway_per_chunk();
    let mut table = table(&windows);
    let mut row = |name: &str, cell: fn(&Window) -> String| {
        table.row(name, windows.iter().map(cell));
    };
    row("gateway CPU, µs per chunk", |window| {
        written(window.gateway_per_chunk(), 2)
    });
    row("chunks per chat", |window| {
        written(per(window.chunks(), window.chats()), 1)
    });
    row("first text, ms, median / p99", |window| {
        median_and_p99(&window.first_ms(), 2)
    });
    add_failures(&mut table, &windows);
    Ok(Section {
        title: "Whole chats, streamed (`whole-chats`)",
        meaning: "16 clients have one streamed chat after the other; the answer is about 5 KB in \
            about 120 pieces, and the simulator sends it all at once. A chunk is an event with data \
            that the client received, the closing `[DONE]` left out. \"Per core\" is chats divided \
            by the processor seconds the gateway took for them. One column per log level; in the last \
            one neither tokens are counted (`COUNT_USAGE=false`) nor chats gone on with \
            (`CONTINUITY=false`), so that it says what relaying alone costs.",
        table,
    })
}

/// Chats with one JSON answer.
pub(super) async fn whole(bench: &Bench) -> Result<Section> {
    let windows = windows(bench, false).await?;
    let mut table = table(&windows);
    add_failures(&mut table, &windows);
    Ok(Section {
        title: "Whole chats, not streamed (`whole-json`)",
        meaning: "The same chats with `\"stream\": false`: the gateway gathers the answer and sends \
            it as one JSON document.",
        table,
    })
}

/// A window per way.
async fn windows(bench: &Bench, streams: bool) -> Result<Vec<Window>> {
    let mut windows = Vec::new();
    for (_, settings) in WAYS {
        windows.push(window(bench, PROMPT, streams, settings).await?);
    }
    Ok(windows)
}

/// One window of chats with this prompt.
pub(super) async fn window(
    bench: &Bench,
    prompt: &str,
    streams: bool,
    settings: &[(&str, &str)],
) -> Result<Window> {
    let simulator = Simulator::start(&bench.binary, "instant", "none")?;
    let gateway = Gateway::start(&bench.binary, &simulator, settings)?;
    let client = || Chat::Gateway(GatewayChat::asking(prompt, gateway.address, streams));
    let load = Load {
        chats: std::iter::repeat_with(client).take(CLIENTS).collect(),
        warm_up: WARM_UP,
        window: bench.window(SECONDS),
    };
    load.run(gateway.watched_with(&simulator)).await
}

/// The rows that both kinds have.
fn table(windows: &[Window]) -> Table {
    let [first, second, third] = WAYS.map(|(name, _)| name);
    let mut table = Table::new(&["Figure", first, second, third]);
    let mut row = |name: &str, cell: fn(&Window) -> String| {
        table.row(name, windows.iter().map(cell));
    };
    row("chats/s", |window| written(window.chats_per_second(), 0));
    row("chats/s per core of the gateway", |window| {
        written(window.chats_per_core(), 0)
    });
    row("gateway CPU, µs per chat", |window| {
        written(window.per_chat(window.cpu.gateway), 1)
    });
    row("simulator CPU, µs per chat", |window| {
        written(window.per_chat(window.cpu.simulator), 1)
    });
    row("client CPU, µs per chat", |window| {
        written(window.per_chat(window.cpu.client), 1)
    });
    row("whole chat, ms, median / p99", |window| {
        median_and_p99(&window.total_ms(), 2)
    });
    table
}

fn add_failures(table: &mut Table, windows: &[Window]) {
    let failures = |window: &Window| written(count(window.count.failures), 0);
    table.row("failed chats", windows.iter().map(failures));
}
