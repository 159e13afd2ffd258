//! `flowgpt simulate`: only the simulator of chatgpt.com, with a token to use it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use chatgpt::difficulty::Difficulty;
use simulator::{CapturedAnswers, Options, PLATFORM_PATH, SentinelOptions, Simulator, TokenSpec};
use tokio_util::task::TaskTracker;

use super::running::{listen, now, runtime};
use crate::cli::{Listen, SimulatorArguments};
use crate::lifecycle::{Shutdown, Signals};
use crate::listener;
use crate::settings::LogFormat;
use crate::telemetry;

/// The simulator answers only this machine.
pub(super) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Running answers are simulated: nobody waits for them long.
pub(super) const DRAIN: Duration = Duration::from_secs(5);

/// Serves until a signal.
pub(crate) fn run(
    arguments: &Listen,
    simulator_arguments: &SimulatorArguments,
) -> anyhow::Result<()> {
    telemetry::start("warn", LogFormat::Text)?;
    let simulator = simulator(simulator_arguments)?;
    runtime()?.block_on(serve(simulator, arguments))
}

/// A simulator as the arguments want it.
pub(super) fn simulator(arguments: &SimulatorArguments) -> anyhow::Result<Simulator> {
    let difficulty = match arguments.difficulty.as_str() {
        "none" => None,
        text => Some(text.parse::<Difficulty>()?.to_string()),
    };
    let capture = arguments.capture.as_deref().map(CapturedAnswers::read);
    let options = Options::new(Arc::new(now));
    Ok(Simulator::new(Options {
        pace: arguments.pace,
        capture: capture.transpose()?.map(Arc::new),
        sentinel: SentinelOptions {
            difficulty,
            ..options.sentinel.clone()
        },
        ..options
    }))
}

#[expect(clippy::print_stdout, reason = "the command's own output")]
async fn serve(simulator: Simulator, arguments: &Listen) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let (listener, address) = listen(LOOPBACK, arguments.port.unwrap_or(0)).await?;
    let url = format!("http://{address}");
    let holder = TokenSpec::new("simulated");
    let token = simulator.mint_access_token(&holder);
    let platform_key = simulator.mint_platform_key(&holder);
    let platform_url = format!("{url}{PLATFORM_PATH}");
    if arguments.json {
        let line = serde_json::json!({
            "simulator_url": url,
            "access_token": token,
            "platform_url": platform_url,
            "platform_key": platform_key,
        });
        println!("{line}");
    } else {
        println!(
            "The simulator of chatgpt.com serves {url}\n\n\
             Point a gateway at it:\n  CHATGPT_BASE_URL={url} \\\n  ACCOUNTS={token} \\\n  \
             AUTHORIZATION=sk-simulated flowgpt serve\n\n\
             An account of the simulated platform, which may stand in ACCOUNTS as well:\n  \
             {platform_key},{platform_url}\n\nStop it with Ctrl-C."
        );
    }
    let shutdown = Shutdown::default();
    let tasks = TaskTracker::new();
    tasks.spawn(signals.forward_to(shutdown.clone(), DRAIN));
    listener::serve(listener, simulator.router(), HEADER_TIMEOUT, shutdown).await;
    Ok(())
}
