//! The time the gateway adds before the first text. Chats through it and chats straight at the
//! simulator alternate, so that whatever changes on the machine meets both; the differences of the
//! pairs are the added time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::Section;
use crate::aims::Figures;
use crate::chat::Chat;
use crate::direct_chat::DirectChat;
use crate::flowgpt::{Bench, DEFAULT_LOG, Gateway, Simulator};
use crate::gateway_chat::GatewayChat;
use crate::numbers::{count, median_and_p99, percentile, written};
use crate::table::Table;
use crate::tally::Tally;

/// The first is what the aim is about.
const DIFFICULTIES: [&str; 3] = ["none", "0fffff", "00ffff"];
/// Seconds per difficulty, if no other length is asked for.
const SECONDS: u64 = 8;
const MOST_PAIRS: usize = 5000;
/// Pairs that are not counted.
const WARM_UP_PAIRS: usize = 100;

/// Milliseconds to the first text, pair by pair.
#[derive(Default)]
struct Pairs {
    through_gateway: Vec<f64>,
    upstream: Vec<f64>,
    added: Vec<f64>,
}

pub(super) async fn measure(bench: &Bench, figures: &mut Figures) -> Result<Section> {
    let mut columns = Vec::new();
    for difficulty in DIFFICULTIES {
        let pairs = pairs(bench, difficulty).await;
        columns.push(pairs.with_context(|| format!("with the difficulty {difficulty}"))?);
    }
    figures.added_first_ms = percentile(&columns[0].added, 50);
    Ok(Section {
        title: "Time to the first text (`first-token`)",
        meaning: "One client, one chat at a time. \"Through the gateway\" ends with the first event \
            that holds text. \"Upstream's own calls\" are prepare, finalize and the conversation up \
            to its first byte, made by the same client straight at a simulator that asks for no \
            proof of work. The two alternate; \"added\" is the difference of each pair. One column \
            per difficulty of the proof of work: the added time then holds the proof itself, and the \
            aim is about the column without one.",
        table: table(&columns),
    })
}

async fn pairs(bench: &Bench, difficulty: &str) -> Result<Pairs> {
    let simulator = Simulator::start(&bench.binary, "instant", difficulty)?;
    let gateway = Gateway::start(&bench.binary, &simulator, DEFAULT_LOG)?;
    let reference = Simulator::start(&bench.binary, "instant", "none")?;
    let mut through = Chat::Gateway(GatewayChat::new(gateway.address, true));
    let mut direct = Chat::Direct(DirectChat::new(reference.address, &reference.access_token));
    let tally = Tally::default();
    for _ in 0..WARM_UP_PAIRS {
        through.once(&tally).await?;
        direct.once(&tally).await?;
    }
    let mut pairs = Pairs::default();
    let end = Instant::now() + bench.window(SECONDS).min(Duration::from_mins(1));
    while Instant::now() < end && pairs.added.len() < MOST_PAIRS {
        let with = through.once(&tally).await?.first_ms;
        let without = direct.once(&tally).await?.first_ms;
        pairs.through_gateway.push(with);
        pairs.upstream.push(without);
        pairs.added.push(with - without);
    }
    Ok(pairs)
}

fn table(columns: &[Pairs]) -> Table {
    let [none, easy, harder] = DIFFICULTIES;
    let mut table = Table::new(&["Milliseconds, median / p99", none, easy, harder]);
    let mut row = |name: &str, cell: fn(&Pairs) -> String| {
        table.row(name, columns.iter().map(cell));
    };
    row("through the gateway", |pairs| {
        median_and_p99(&pairs.through_gateway, 3)
    });
    row("upstream's own calls", |pairs| {
        median_and_p99(&pairs.upstream, 3)
    });
    row("added", |pairs| median_and_p99(&pairs.added, 3));
    row("pairs of chats", |pairs| {
        written(count(pairs.added.len() as u64), 0)
    });
    table
}
