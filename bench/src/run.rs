//! A whole run: one scenario after the other, then the document. A scenario that fails is told on
//! the error output and left out; the others are still measured. Called by `main`.

use anyhow::{Context as _, Result};

use crate::aims::Figures;
use crate::cli::Options;
use crate::document;
use crate::flowgpt::Bench;
use crate::machine::Circumstances;
use crate::scenarios;

/// Measures what the options ask for. False if a scenario failed.
pub(crate) async fn run(options: &Options) -> Result<bool> {
    if cfg!(debug_assertions) {
        eprintln!("The load tool itself was built without optimization; its figures are too high.");
    }
    let bench = Bench {
        binary: options.binary()?,
        seconds: options.seconds,
    };
    let circumstances = Circumstances::read()?;
    let mut figures = Figures::default();
    let mut sections = Vec::new();
    let mut all_good = true;
    for scenario in options.scenarios() {
        eprintln!("Measuring {} …", scenario.name());
        match scenarios::measure(scenario, &bench, &mut figures).await {
            Ok(section) => sections.push(section),
            Err(error) => {
                eprintln!("{} was not measured: {error:#}", scenario.name());
                all_good = false;
            }
        }
    }
    let micro = options.micro.as_deref().map(std::fs::read_to_string);
    let micro = micro
        .transpose()
        .context("the micro-benchmarks' output cannot be read")?;
    let document = document::render(&circumstances, &figures, &sections, micro.as_deref());
    match &options.write {
        Some(path) => std::fs::write(path, document)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => print!("{document}"),
    }
    Ok(all_good)
}
