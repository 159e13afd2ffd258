//! The program as a value: built from settings, served on a listener.
//!
//! Called by the commands, and by tests with a port and a clock of their own.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use accounts::{GatewayKeys, Pool};
use api::Api;
use axum::Router;
use tokio::net::TcpListener;
use upstream::web::{WebDriver, WebSettings};
use upstream::{Clock, TrafficTap};

use crate::lifecycle::Shutdown;
use crate::listener;
use crate::router::router;
use crate::settings::Settings;

/// The program, ready to serve.
#[derive(Debug)]
pub struct App {
    api: Arc<Api>,
    router: Router,
    header_timeout: Duration,
    shutdown: Shutdown,
}

impl App {
    /// Builds everything; opens no connection.
    pub fn new(settings: Settings, clock: Clock, shutdown: Shutdown) -> Self {
        Self::watched(settings, clock, shutdown, None)
    }

    /// The same, with a tap on its traffic with upstream.
    pub fn watched(
        settings: Settings,
        clock: Clock,
        shutdown: Shutdown,
        tap: Option<Arc<dyn TrafficTap>>,
    ) -> Self {
        let web_settings = WebSettings {
            tap,
            ..web_settings(&settings)
        };
        let driver = WebDriver::new(web_settings, clock.clone());
        let api = Arc::new(Api {
            driver,
            pool: Pool::new(settings.accounts, settings.strategy),
            keys: GatewayKeys::new(&settings.gateway_keys),
            clock,
            retry_times: settings.retry_times,
            heartbeat: settings.heartbeat,
            body_limit_bytes: settings.body_limit_bytes,
        });
        let router = router(
            Arc::clone(&api),
            &settings.api_prefix,
            &settings.cors,
            &shutdown,
        );
        Self {
            api,
            router,
            header_timeout: settings.header_timeout,
            shutdown,
        }
    }

    /// Accounts in use at this moment: none, when no request runs.
    pub fn leased(&self) -> usize {
        self.api.pool.leased()
    }

    /// Serves until the shutdown.
    pub async fn serve(&self, listener: TcpListener) {
        let router = self.router.clone();
        listener::serve(listener, router, self.header_timeout, self.shutdown.clone()).await;
    }
}

/// Our own name and version, and what the operator adds.
fn user_agent(suffix: &str) -> String {
    let own = concat!("FlowGPT/", env!("CARGO_PKG_VERSION"));
    format!("{own} {suffix}").trim_end().to_owned()
}

fn web_settings(settings: &Settings) -> WebSettings {
    WebSettings {
        base_urls: settings.base_urls.clone(),
        egresses: settings.egresses.clone(),
        sentinel_egresses: settings.sentinel_egresses.clone(),
        relay_key: settings.relay_key.clone(),
        language: settings.language.clone(),
        user_agent: user_agent(&settings.user_agent_suffix),
        conversation_only: settings.conversation_only,
        keep_history: !settings.history_disabled,
        check_model: settings.check_model,
        proof_ceiling: settings.proof_ceiling.clone(),
        proof_threads: available_parallelism().map_or(1, usize::from),
        connect_timeout: settings.connect_timeout,
        first_byte_timeout: settings.first_byte_timeout,
        idle_timeout: settings.idle_timeout,
        tap: None,
    }
}
