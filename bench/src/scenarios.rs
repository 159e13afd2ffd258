//! What is measured: one file per scenario, and what each hands back. Called by `run`.

mod whole_chats;

mod long_chats;

mod bare_bytes;

mod paced_chunks;

mod first_token;

mod open_streams;

mod start;

use anyhow::Result;

use crate::aims::Figures;
use crate::cli::Scenario;
use crate::flowgpt::Bench;
use crate::table::Table;

/// A part of the document.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// What the figures mean.
    pub(crate) meaning: &'static str,
    pub(crate) table: Table,
}

/// Measures one scenario. What the aims are about also goes into `figures`.
pub(crate) async fn measure(
    scenario: Scenario,
    bench: &Bench,
    figures: &mut Figures,
) -> Result<Section> {
    match scenario {
        Scenario::WholeChats => whole_chats::streamed(bench, figures).await,
        Scenario::LongChats => long_chats::measure(bench).await,
        Scenario::WholeJson => whole_chats::whole(bench).await,
        Scenario::BareBytes => bare_bytes::measure(bench).await,
        Scenario::PacedChunks => paced_chunks::measure(bench, figures).await,
        Scenario::FirstToken => first_token::measure(bench, figures).await,
        Scenario::OpenStreams => open_streams::measure(bench, figures).await,
        Scenario::Start => start::measure(bench, figures).await,
    }
}
