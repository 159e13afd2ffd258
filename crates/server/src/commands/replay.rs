//! `flowgpt replay`: what of a recording is not known; and the API in front of a simulator that
//! answers as recorded.

use anyhow::bail;
use simulator::Pace;

use super::demo;
use crate::capture_folder;
use crate::cli::{ReplayArguments, SimulatorArguments};

/// Prints the report; then serves until a signal, if that is asked for.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub(crate) fn run(arguments: &ReplayArguments) -> anyhow::Result<()> {
    let report = capture::report(&capture_folder::read(&arguments.folder)?);
    if arguments.listen.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    if arguments.strict && !report.is_clean() {
        bail!("the recording holds {} unknown names", report.unknown.len());
    }
    if arguments.serve {
        let simulator = SimulatorArguments {
            pace: Pace::Instant,
            difficulty: "none".to_owned(),
            capture: Some(arguments.folder.clone()),
        };
        return demo::run(&arguments.listen, &simulator, false);
    }
    Ok(())
}
