//! The command line of `cargo xtask`: its words, and which function each calls.
//! Holds no logic of a task. Called by `main`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;
use crate::{
    bench, chaos, check_layers, check_size, deny, finding, fuzz, generate, postgres, test_run,
};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Project tasks")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Fail on a dependency or a call that breaks the layers.
    CheckLayers,
    /// Fail on files and functions that are too long, and on unnamed purposes.
    CheckSize {
        /// Also list the functions over the soft limit.
        #[arg(long)]
        verbose: bool,
    },
    /// Write the generated docs.
    Generate {
        /// Only compare, and fail when a file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Install what is missing and run every check and test.
    #[command(alias = "ci")]
    Test,
    /// Start a PostgreSQL server for tests and print its URL; runs until Ctrl-C.
    Postgres,
    /// Check licences, sources and banned crates with cargo-deny.
    Deny,
    /// Run the fuzz targets; needs a C++ compiler.
    Fuzz {
        /// For how long, all targets together.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Only this target.
        #[arg(long)]
        target: Option<String>,
    },
    /// End the program at random moments and check that nothing is lost.
    Chaos {
        /// How often it is killed on each database.
        #[arg(long, default_value_t = chaos::KILLS)]
        kills: u32,
        /// Decides what happens when; without it a new one is drawn, and printed.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Build in release and run the load harness.
    Bench {
        /// Handed to the harness as they are.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Runs the task named on the command line.
pub fn run() -> ExitCode {
    match dispatch(&Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether the task succeeded; it has already said why not.
fn dispatch(task: &Task) -> Result<bool> {
    let project = Project::find()?;
    match task {
        Task::CheckLayers => {
            let findings = check_layers::check(&project.root)?;
            Ok(finding::report("check-layers", &findings))
        }
        Task::CheckSize { verbose } => {
            let findings = check_size::check(&project.root, *verbose)?;
            Ok(finding::report("check-size", &findings))
        }
        Task::Generate { check } => {
            let mut findings = Vec::new();
            for (file, printed_by) in generate::GENERATED {
                let reference = generate::reference_from_cargo(&project.root, printed_by)?;
                findings.extend(generate::settle(&project.root, file, &reference, *check)?);
            }
            Ok(finding::report("generate", &findings))
        }
        Task::Test => Ok(test_run::run(&project)),
        Task::Postgres => postgres::run().map(|()| true),
        Task::Deny => deny::run(&project.root),
        Task::Fuzz { seconds, target } => {
            fuzz::run(&project, *seconds, target.as_deref()).map(|()| true)
        }
        Task::Chaos { kills, seed } => chaos::run(&project, *kills, *seed),
        Task::Bench { arguments } => bench::run(&project.root, arguments).map(|()| true),
    }
}
