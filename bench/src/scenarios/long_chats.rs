//! What one more chunk costs: chats beside chats with an answer ten times as long. Whatever a chat
//! costs once is in both, so the difference is made by the chunks alone.

use anyhow::Result;

use super::Section;
use super::whole_chats::{WAYS, window};
use crate::chat::{LONG_PROMPT, PROMPT};
use crate::flowgpt::Bench;
use crate::load::Window;
use crate::numbers::{count, per, written};
use crate::table::Table;

/// A window of ordinary chats, and one of long ones.
type Pair = (Window, Window);

pub(super) async fn measure(bench: &Bench) -> Result<Section> {
    let mut pairs = Vec::new();
    for (_, settings) in WAYS {
        let ordinary = window(bench, PROMPT, true, settings).await?;
        let long = window(bench, LONG_PROMPT, true, settings).await?;
        pairs.push((ordinary, long));
    }
    Ok(Section {
        title: "One more chunk (`long-chats`)",
        meaning: "The chats of `whole-chats`, and chats with an answer ten times as long. What a chat \
            costs once is in both; the difference of processor time, divided by the difference of \
            chunks, is what one more chunk costs.",
        table: table(&pairs),
    })
}

fn table(pairs: &[Pair]) -> Table {
    let [first, second, third] = WAYS.map(|(name, _)| name);
    let mut table = Table::new(&["Figure", first, second, third]);
    let mut row = |name: &str, cell: fn(&Pair) -> String| {
        table.row(name, pairs.iter().map(cell));
    };
    row("chunks per chat", |(ordinary, long)| {
        let [ordinary, long] = [ordinary, long].map(|it| written(chunks(it), 1));
        format!("{ordinary} / {long}")
    });
    row("gateway CPU, µs per chat", |(ordinary, long)| {
        let [ordinary, long] = [ordinary, long].map(|it| written(per_chat(it), 1));
        format!("{ordinary} / {long}")
    });
    row("gateway CPU, µs for one more chunk", |pair| {
        written(one_more(pair), 3)
    });
    row("failed chats", |(ordinary, long)| {
        written(count(ordinary.count.failures + long.count.failures), 0)
    });
    table
}

fn one_more((ordinary, long): &Pair) -> Option<f64> {
    let microseconds = per_chat(long)? - per_chat(ordinary)?;
    per(microseconds, chunks(long)? - chunks(ordinary)?)
}

fn chunks(window: &Window) -> Option<f64> {
    per(window.chunks(), window.chats())
}

fn per_chat(window: &Window) -> Option<f64> {
    window.per_chat(window.cpu.gateway)
}
