//! A whole run: a pass of kills and one of gentle ends, on SQLite and PostgreSQL side by side.
//! Called by `main`.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Options, postgres_server};
use crate::pass::{self, Ending, Plan};
use crate::verdict::{Verdict, Verdicts, report};

/// Of so many kills, there is one gentle end.
const KILLS_FOR_A_TERMINATION: u32 = 5;

/// Runs all passes and writes the report. False if something did not hold.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    let binary = fs::canonicalize(&options.bin)
        .with_context(|| format!("there is no program at {}", options.bin.display()))?;
    let server = postgres_server()?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("the seed is {seed}");
    let all = both(options.kills, seed, &binary, &server);
    let mut terminated = signal(SignalKind::terminate())?;
    // Whatever ends this early drops the passes, and with them the processes they started.
    let verdicts = tokio::select! {
        verdicts = all => verdicts,
        _ = terminated.recv() => anyhow::bail!("told to stop; the seed was {seed}"),
        pressed = tokio::signal::ctrl_c() => {
            pressed?;
            anyhow::bail!("told to stop; the seed was {seed}")
        }
    };
    for verdict in &verdicts {
        println!("{}", verdict.line());
    }
    fs::write(&options.report, report(&verdicts))
        .with_context(|| format!("cannot write {}", options.report.display()))?;
    let holds = verdicts.iter().all(Verdict::holds);
    if !holds {
        println!("run it again with --kills {} --seed {seed}", options.kills);
    }
    Ok(holds)
}

/// Both databases side by side, each with one pass after the other.
async fn both(kills: u32, seed: u64, binary: &Path, server: &str) -> Vec<Verdict> {
    let of = async |database: &str, server: Option<String>, seed: u64| {
        let mut verdicts = Vec::new();
        let gentle = kills.div_ceil(KILLS_FOR_A_TERMINATION);
        let passes = [
            ("SIGKILL", Ending::Kill, kills),
            ("SIGTERM and strict single use", Ending::Terminate, gentle),
        ];
        for (number, (word, ending, endings)) in (0..).zip(passes) {
            let plan = Plan {
                name: format!("{word} on {database}"),
                ending,
                endings,
                binary: binary.to_owned(),
                server: server.clone(),
                seed: seed.wrapping_add(number),
            };
            verdicts.extend(one(plan).await);
        }
        verdicts
    };
    let sqlite = of("SQLite", None, seed);
    let postgres = of(
        "PostgreSQL",
        Some(server.to_owned()),
        seed.wrapping_add(100),
    );
    let (mut sqlite, postgres) = tokio::join!(sqlite, postgres);
    sqlite.extend(postgres);
    sqlite
}

/// A pass; one that comes to no end is a property that does not hold.
async fn one(plan: Plan) -> Vec<Verdict> {
    let mut verdicts = Verdicts::of(&plan.name);
    match Box::pin(pass::run(plan)).await {
        Ok(verdicts) => verdicts,
        Err(error) => {
            verdicts.add("it comes to its end", false, format!("{error:#}"));
            verdicts.into_all()
        }
    }
}
