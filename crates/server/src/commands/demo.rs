//! `flowgpt demo`: everything in front of the embedded simulator, on this machine only.
//!
//! Takes no settings, so that it never touches a real account.

mod entrance;
mod inside;
mod samples;

use anyhow::Context;
use simulator::{PLATFORM_PATH, RefreshFamily, Simulator, TokenSpec};
use tokio_util::task::TaskTracker;
use upstream::Clock;

use super::running::{listen, now, runtime};
use super::simulate::{DRAIN, HEADER_TIMEOUT, LOOPBACK, simulator};
use crate::app::App;
use crate::cli::{Listen, SimulatorArguments};
use crate::lifecycle::{Shutdown, Signals};
use crate::listener;
use crate::settings::{LogFormat, Settings, Values};
use crate::telemetry;

/// Everything behind it is simulated, so the key guards nothing and may stay the same.
const KEY: &str = "sk-flowgpt-demo";

/// The same goes for the admin.
const PASSWORD: &str = "flowgpt-demo";

const PORT: u16 = 5005;

/// Serves until a signal.
pub(crate) fn run(
    arguments: &Listen,
    simulator_arguments: &SimulatorArguments,
    has_samples: bool,
) -> anyhow::Result<()> {
    // What goes wrong with the samples is meant to.
    let level = if has_samples { "error" } else { "warn" };
    telemetry::start(level, LogFormat::Text)?;
    let simulator = simulator(simulator_arguments)?;
    runtime()?.block_on(serve(simulator, arguments, has_samples))
}

async fn serve(simulator: Simulator, arguments: &Listen, has_samples: bool) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let (upstream, upstream_address) = listen(LOOPBACK, 0).await?;
    let (listener, address) = listen(LOOPBACK, arguments.port.unwrap_or(PORT)).await?;
    let simulator_url = format!("http://{upstream_address}");
    // One of each kind: the second has to be renewed at the simulated sign-in service, and the
    // third is a key of the simulated platform.
    let mut accounts = vec![
        simulator.mint_access_token(&TokenSpec::new("demo-a")),
        simulator.mint_refresh_token(&TokenSpec::new("demo-b"), RefreshFamily::Codex),
        format!(
            "{},{simulator_url}{PLATFORM_PATH}",
            simulator.mint_platform_key(&TokenSpec::new("demo-c"))
        ),
    ];
    if has_samples {
        accounts.extend(samples::tokens(&simulator));
    }
    // Removed when the demo ends.
    let data = tempfile::Builder::new().prefix("flowgpt-demo-").tempdir()?;
    let data_dir = data.path().to_str();
    let data_dir = data_dir.context("the folder for temporary files has an odd name")?;
    let values = Values::from_pairs([
        ("DATA_DIR", data_dir),
        ("CHATGPT_BASE_URL", simulator_url.as_str()),
        ("AUTH_BASE_URL", simulator_url.as_str()),
        ("ACCOUNTS", &accounts.join(",")),
        ("AUTHORIZATION", KEY),
        ("ADMIN_PASSWORD", PASSWORD),
        ("ENABLE_GATEWAY", "true"),
    ]);
    let mut settings = Settings::read(&values).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    settings.port = address.port();
    let shutdown = Shutdown::default();
    let app = App::new(settings, Clock::new(now), shutdown.clone()).await?;
    let router = app.router().clone();
    let app = app.around(entrance::with_entrance);
    announce(&format!("http://{address}"), &simulator_url, arguments.json);
    let tasks = TaskTracker::new();
    tasks.spawn(signals.forward_to(shutdown.clone(), DRAIN));
    if has_samples {
        let stopping = shutdown.soft.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                played = samples::play(&router) => if let Err(error) = played {
                    tracing::error!("the samples are not as they should be: {error:#}");
                }
            }
        });
    }
    let simulated = listener::serve(upstream, simulator.router(), HEADER_TIMEOUT, shutdown);
    tokio::join!(app.serve(listener), simulated);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's own output")]
fn announce(url: &str, simulator_url: &str, is_json: bool) {
    if is_json {
        let line = serde_json::json!({
            "url": url,
            "base_url": format!("{url}/v1"),
            "api_key": KEY,
            "simulator_url": simulator_url,
            "entrance": format!("{url}{}", entrance::PATH),
        });
        println!("{line}");
        return;
    }
    println!(
        "FlowGPT demo: everything in front of a simulated ChatGPT. No account is used.\n\n\
         Open  {url}{PATH}  (signed in to the chat and the admin)\n\n\
         URL   {url}/v1\n\
         key   {KEY}\n\n\
         Try it:\n\n  \
         curl -N {url}/v1/chat/completions \\\n    \
         -H 'Authorization: Bearer {KEY}' -H 'Content-Type: application/json' \\\n    \
         -d '{{\"model\": \"auto\", \"stream\": true, \"messages\": [{{\"role\": \"user\", \"content\": \"Hello!\"}}]}}'\n\n\
         The model chooses the driver: codex/gpt-5.5 has tools and forms of answers, and\n\
         platform/gpt-4o asks the simulated platform with an API key.\n\
         Ask for \"simulate:help\" to see what else it can play, errors included.\n\
         Description of the API: {url}/docs\n\
         Admin: {url}/admin, password {PASSWORD}; its API: {url}/admin/api/docs\n\n\
         Stop it with Ctrl-C.",
        PATH = entrance::PATH
    );
}
