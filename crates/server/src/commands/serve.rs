//! `flowgpt serve`: the API with the operator's settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use tokio_util::task::TaskTracker;
use upstream::{Clock, TrafficTap};

use super::running::{listen, now, runtime};
use crate::app::App;
use crate::cli::Listen;
use crate::lifecycle::{Shutdown, Signals};
use crate::metrics_listener::MetricsListener;
use crate::settings::{Settings, Values};
use crate::telemetry;

/// Serves until a signal.
pub(crate) fn run(arguments: &Listen) -> anyhow::Result<()> {
    let settings = settings(arguments.port)?;
    runtime()?.block_on(serve(settings, arguments.json, None))
}

/// The operator's settings, with the log they ask for.
pub(super) fn settings(port: Option<u16>) -> anyhow::Result<Settings> {
    let mut values = Values::from_environment(Path::new("."));
    if let Some(port) = port {
        values.set("PORT", &port.to_string());
    }
    let settings = match Settings::read(&values) {
        Ok(settings) => settings,
        Err(problems) => bail!("the settings are wrong:\n{problems}"),
    };
    telemetry::start(&settings.log_level, settings.log_format)?;
    for warning in values.warnings() {
        tracing::warn!("{warning}");
    }
    Ok(settings)
}

/// Serves until a signal, with a tap on the traffic if there is one.
pub(super) async fn serve(
    mut settings: Settings,
    is_json: bool,
    tap: Option<Arc<dyn TrafficTap>>,
) -> anyhow::Result<()> {
    let signals = Signals::catch()?;
    let (listener, address) = listen(settings.host, settings.port).await?;
    settings.port = address.port();
    let prefix = match settings.api_prefix.as_str() {
        "" => String::new(),
        prefix => format!("/{prefix}"),
    };
    let drain = settings.drain;
    let header_timeout = settings.header_timeout;
    let metrics = match settings.metrics_listen {
        Some(address) => Some(MetricsListener::open(address).await?),
        None => None,
    };
    let shutdown = Shutdown::default();
    let app = App::watched(settings.clone(), Clock::new(now), shutdown.clone(), tap).await?;
    let app = Arc::new(app);
    let mirror = match app.mirror_address() {
        Some(address) => Some(listen(address.ip(), address.port()).await?.0),
        None => None,
    };
    let bootstrap = app.bootstrap_link().await?;
    announce(
        &settings,
        app.accounts(),
        &format!("http://{address}"),
        &prefix,
        is_json,
    );
    if let Some(path) = bootstrap {
        show_link(&format!("http://{address}{path}"));
    }
    let tasks = TaskTracker::new();
    tasks.spawn(signals.forward_to(shutdown.clone(), drain));
    if let Some(metrics) = metrics {
        tasks.spawn(metrics.serve(header_timeout, shutdown));
    }
    if let Some(mirror) = mirror {
        let served = Arc::clone(&app);
        tasks.spawn(async move { served.serve_mirror(mirror).await });
    }
    Box::pin(app.serve(listener)).await;
    tracing::info!("stopped");
    Ok(())
}

/// The link is a secret, so it is in no log.
#[expect(clippy::print_stderr, reason = "for whoever starts the program")]
fn show_link(link: &str) {
    eprintln!(
        "There is no admin password yet. Choose one within a day at this link, which works \
         once:\n  {link}"
    );
}

#[expect(
    clippy::print_stdout,
    reason = "what a program reads to find the server"
)]
fn announce(settings: &Settings, accounts: usize, url: &str, prefix: &str, is_json: bool) {
    let bases: Vec<&str> = settings.base_urls.iter().map(url::Url::as_str).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        accounts = accounts,
        gateway_keys = settings.accounts.gateway_keys.len(),
        upstream = bases.join(","),
        "serving {url}{prefix}/v1",
    );
    if accounts == 0 {
        tracing::warn!("there is no account yet: `flowgpt account add` takes one in");
    }
    if is_json {
        let line = serde_json::json!({"url": url, "base_url": format!("{url}{prefix}/v1")});
        println!("{line}");
    }
}
