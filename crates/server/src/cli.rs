//! The command line: one command each for serving, trying out, and looking at settings.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use simulator::Pace;

use crate::commands::account::{self, AccountCommand};
use crate::commands::key::{self, KeyCommand};
use crate::commands::seed::{self, SeedCommand};
use crate::commands::storage::{self, SealCommand};
use crate::commands::{check_config, demo, doctor, record, replay, serve, simulate, transfer};
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
    /// Try everything without an account, in front of an embedded simulator.
    Demo {
        #[command(flatten)]
        listen: Listen,
        #[command(flatten)]
        simulator: SimulatorArguments,
        /// Leave out the sample accounts, keys and seeds that the admin shows.
        #[arg(long)]
        no_samples: bool,
    },
    /// Serve only the simulator of chatgpt.com.
    Simulate {
        #[command(flatten)]
        listen: Listen,
        #[command(flatten)]
        simulator: SimulatorArguments,
    },
    /// Serve the API, and record the traffic with upstream without anything personal in it.
    Record(RecordArguments),
    /// Say what of a recording is not known; with --serve, play it again.
    Replay(ReplayArguments),
    /// Add, list, renew and remove accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Make, list and remove managed keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Make, list and remove seeds.
    #[command(subcommand)]
    Seed(SeedCommand),
    /// Take over the data folder of the Python FlowGPT or of chat2api, or a file of `export`.
    Import(transfer::Import),
    /// Write accounts with their tokens, seeds, and what keys may do to a sealed file.
    Export {
        /// The file; it must not be there yet.
        file: PathBuf,
        /// The file that the passphrase is in; it is asked for otherwise.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Copy the embedded database to a new file.
    Backup {
        /// The file.
        file: PathBuf,
    },
    /// Change the keys that secrets are sealed with.
    #[command(subcommand)]
    Keys(SealCommand),
    /// Look at everything that can be wrong, and say what to do.
    Doctor {
        /// Print JSON for programs.
        #[arg(long)]
        json: bool,
    },
    /// Print the settings in effect, and everything that is wrong with them.
    CheckConfig,
    /// Print the reference of all settings as Markdown.
    SettingsReference,
    /// Print what each driver can do as Markdown.
    CapabilitiesReference,
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
    /// Answer as recorded in this folder, where it has an answer.
    #[arg(long)]
    pub(crate) capture: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    /// Folder to write to; it must be empty or not there yet.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Keep what people and models write. Tokens, ids and addresses go all the same.
    #[arg(long)]
    pub(crate) keep_text: bool,
    #[command(flatten)]
    pub(crate) listen: Listen,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// Folder of the recording.
    pub(crate) folder: PathBuf,
    /// End with exit code 1 when something is not known.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Serve the API in front of a simulator that answers as recorded.
    #[arg(long, conflicts_with = "strict")]
    pub(crate) serve: bool,
    #[command(flatten)]
    pub(crate) listen: Listen,
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
        Command::Demo {
            listen,
            simulator,
            no_samples,
        } => demo::run(&listen, &simulator, !no_samples),
        Command::Simulate { listen, simulator } => simulate::run(&listen, &simulator),
        Command::Record(arguments) => record::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Account(command) => account::run(command),
        Command::Key(command) => key::run(command),
        Command::Seed(command) => seed::run(command),
        Command::Import(import) => transfer::import(&import),
        Command::Export {
            file,
            passphrase_file,
        } => transfer::export(&file, passphrase_file.as_deref()),
        Command::Backup { file } => storage::back_up(&file),
        Command::Keys(command) => storage::run(command),
        Command::Doctor { json } => doctor::run(json),
        Command::CheckConfig => check_config::run(Path::new(".")),
        Command::SettingsReference => {
            print!("{}", settings::reference());
            Ok(())
        }
        Command::CapabilitiesReference => {
            print!("{}", transcode::parameter_table::reference());
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
