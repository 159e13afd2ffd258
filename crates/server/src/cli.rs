//! The command line: one command each for serving, trying out, and looking at settings.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use simulator::Pace;

use crate::commands::{check_config, demo, serve, simulate};
use crate::settings;

/// Puts your own ChatGPT accounts to work: an OpenAI-compatible API in front of them.
#[derive(Debug, Parser)]
#[command(name = "flowgpt", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default). Settings: docs/settings.md, or `flowgpt check-config`.
    Serve(Listen),
    /// Try everything without an account: the API in front of an embedded simulator.
    Demo {
        #[command(flatten)]
        listen: Listen,
        #[command(flatten)]
        simulator: SimulatorArguments,
    },
    /// Serve only the simulator of chatgpt.com.
    Simulate {
        #[command(flatten)]
        listen: Listen,
        #[command(flatten)]
        simulator: SimulatorArguments,
    },
    /// Print the settings in effect, and everything that is wrong with them.
    CheckConfig,
    /// Print the reference of all settings as Markdown.
    SettingsReference,
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Port to listen on; 0 takes any free one.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Print one line of JSON for programs instead of text for people.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SimulatorArguments {
    /// How fast answers come: `reading`, `instant`, or a piece every so often, as `every:20ms`.
    #[arg(long, default_value = "reading", value_parser = parse_pace)]
    pub(crate) pace: Pace,
    /// The proof of work that is demanded, in hex digits, or `none`.
    #[arg(long, default_value = "0fffff")]
    pub(crate) difficulty: String,
}

fn parse_pace(text: &str) -> Result<Pace, String> {
    match text {
        "reading" => return Ok(Pace::Reading),
        "instant" => return Ok(Pace::Instant),
        _ => {}
    }
    let period = text.strip_prefix("every:").and_then(|period| {
        let millis = period.strip_suffix("ms").map(|text| (text, 1));
        let (number, unit) = millis.or_else(|| Some((period.strip_suffix('s')?, 1000)))?;
        number.parse::<u64>().ok()?.checked_mul(unit)
    });
    match period {
        Some(millis) if millis > 0 => Ok(Pace::Every(Duration::from_millis(millis))),
        _ => Err("use reading, instant, or for example every:20ms or every:1s".to_owned()),
    }
}

/// Runs the program with the arguments of the process.
#[expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the command line's own output"
)]
pub fn run() -> ExitCode {
    let result = match Arguments::parse().command.unwrap_or(Command::Serve(Listen {
        port: None,
        json: false,
    })) {
        Command::Serve(listen) => serve::run(&listen),
        Command::Demo { listen, simulator } => demo::run(&listen, &simulator),
        Command::Simulate { listen, simulator } => simulate::run(&listen, &simulator),
        Command::CheckConfig => check_config::run(Path::new(".")),
        Command::SettingsReference => {
            print!("{}", settings::reference());
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flowgpt: {error:#}");
            ExitCode::FAILURE
        }
    }
}
