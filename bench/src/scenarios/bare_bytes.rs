//! The reference: the clients of `whole_chats` straight at the simulator, doing what the gateway
//! does for them otherwise. It shows what simulator and client can do at most.

use anyhow::Result;

use super::Section;
use super::whole_chats::{CLIENTS, SECONDS, WARM_UP};
use crate::chat::Chat;
use crate::direct_chat::DirectChat;
use crate::flowgpt::{Bench, Simulator};
use crate::load::{Load, Watched, Window};
use crate::numbers::{count, median_and_p99, per, written};
use crate::table::Table;

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let simulator = Simulator::start(&bench.binary, "instant", "none")?;
    let client = || Chat::Direct(DirectChat::new(simulator.address, &simulator.access_token));
    let load = Load {
        chats: std::iter::repeat_with(client).take(CLIENTS).collect(),
        warm_up: WARM_UP,
        window: bench.window(SECONDS),
    };
    let watched = Watched {
        gateway: None,
        simulator: simulator.process.id(),
    };
    let window = load.run(watched).await?;
    Ok(Section {
        title: "The simulator alone (`bare-bytes`)",
        meaning: "The same 16 clients make the three upstream calls of each chat themselves, straight \
            at the simulator. This is the most that client and simulator can do on this machine; \
            where the rates above come close to it, they say little about the gateway, and its \
            processor time is the figure to read.",
        table: table(&window),
    })
}

fn table(window: &Window) -> Table {
    let mut table = Table::new(&["Figure", "no gateway"]);
    let mut row = |name: &str, cell: String| table.row(name, [cell]);
    row("chats/s", written(window.chats_per_second(), 0));
    row(
        "simulator CPU, µs per chat",
        written(window.per_chat(window.cpu.simulator), 1),
    );
    row(
        "client CPU, µs per chat",
        written(window.per_chat(window.cpu.client), 1),
    );
    row(
        "upstream events per chat",
        written(per(window.chunks(), window.chats()), 1),
    );
    row(
        "whole chat, ms, median / p99",
        median_and_p99(&window.total_ms(), 2),
    );
    row("failed chats", written(count(window.count.failures), 0));
    table
}
