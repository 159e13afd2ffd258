//! The program as a value: built from settings, served on a listener.
//!
//! Called by the commands, and by tests with a port and a clock of their own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use accounts::{Callers, Continuations, Door, GatewayKeys, Pool};
use admin::Admin;
use api::{Api, Responses, Sockets};
use axum::Router;
use site::Site;
use store::{DataFolder, Database};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use upstream::fetch::{FetchSettings, Fetcher};
use upstream::sign_in::TOTAL_TIMEOUT;
use upstream::web::WebSettings;
use upstream::{Clock, TrafficTap};

use crate::administration;
use crate::lifecycle::Shutdown;
use crate::listener;
use crate::mirror::MirrorServer;
use crate::page_gateway;
use crate::router::{Faces, beside_mirror, router};
use crate::schedule::{self, Upkeep};
use crate::services::{Role, Services};
use crate::settings::{Pages, Settings};
use crate::storage::Storage;
use crate::web_chat;

/// What is left to be done when the program ends: a RefreshToken that was spent waits for the next
/// one, and that is written down. The rest takes milliseconds.
const LAST_WORK: Duration = TOTAL_TIMEOUT.saturating_add(Duration::from_secs(5));

/// The program, ready to serve.
#[derive(Debug)]
pub struct App {
    api: Arc<Api>,
    admin: Arc<Admin>,
    site: Arc<Site>,
    upkeep: Upkeep,
    database: Database,
    router: Router,
    mirror: Option<MirrorServer>,
    header_timeout: Duration,
    shutdown: Shutdown,
    /// What has to be done though its caller be gone.
    tasks: TaskTracker,
}

impl App {
    /// Builds everything; opens the data folder and the database, and no connection upstream.
    pub async fn new(settings: Settings, clock: Clock, shutdown: Shutdown) -> anyhow::Result<Self> {
        Self::watched(settings, clock, shutdown, None).await
    }

    /// The same, with a tap on its traffic with upstream.
    pub async fn watched(
        settings: Settings,
        clock: Clock,
        shutdown: Shutdown,
        tap: Option<Arc<dyn TrafficTap>>,
    ) -> anyhow::Result<Self> {
        let tasks = TaskTracker::new();
        let folder = DataFolder::open(&settings.files.data_dir)?;
        let storage = Storage::open(&settings.files, &folder)?;
        let services =
            Services::open(&settings, &folder, &clock, &tasks, tap, Role::Gateway).await?;
        services.take_in_listed(&settings).await?;
        let responses = Responses::open(services.database.clone(), services.node.clone()).await?;
        let sockets = Sockets::new(shutdown.soft.clone(), shutdown.hard.clone());
        let link_key = storage.link_key;
        let kept = (responses, sockets);
        let api = Arc::new(api(&settings, &services, storage, kept, &clock, &tasks));
        let site = Arc::new(Site::new(web_chat::parts(
            &settings, &services, &api, &clock, &tasks,
        )));
        let gateway = page_gateway::build(
            &settings,
            &services,
            &api,
            link_key,
            &clock,
            &tasks,
            shutdown.soft.clone(),
        );
        let mirror = MirrorServer::open(&settings, &gateway, &site, &folder, &clock)?;
        let report = mirror.as_ref().map(MirrorServer::report);
        let admin = Arc::new(Admin::new(administration::parts(
            &settings,
            &services,
            &api,
            &clock,
            &tasks,
            report.unwrap_or_default(),
        )));
        admin.end_sessions_of_another_password().await?;
        administration::refuse_open_door(&settings, &admin).await?;
        let faces = Faces {
            api: Arc::clone(&api),
            gateway: (settings.gateway.pages == Pages::All).then_some(gateway),
            admin: Arc::clone(&admin),
            site: Arc::clone(&site),
            admin_by_prefix: settings.accounts.admin_by_prefix,
        };
        let router = router(faces, &settings.api_prefix, &settings.cors, &shutdown);
        let router = beside_mirror(router, mirror.as_ref());
        Ok(Self {
            upkeep: Upkeep::new(&settings, &services, &clock),
            database: services.database,
            admin,
            site,
            api,
            router,
            mirror,
            header_timeout: settings.header_timeout,
            shutdown,
            tasks,
        })
    }

    /// The routes.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The same program with something around its routes.
    pub(crate) fn around(self, around: impl FnOnce(Router) -> Router) -> Self {
        Self {
            router: around(self.router),
            ..self
        }
    }

    /// The accounts.
    pub fn pool(&self) -> &Pool {
        &self.api.pool
    }

    /// The keys that open them.
    pub fn keys(&self) -> &GatewayKeys {
        &self.api.callers.keys
    }

    /// Where it is all stored.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The path of the one-time link where the admin's password is chosen; nothing when there
    /// is a password.
    pub async fn bootstrap_link(&self) -> anyhow::Result<Option<String>> {
        Ok(self.admin.bootstrap().await?)
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> usize {
        self.api.pool.accounts().len()
    }

    /// Accounts in use at this moment: none, when no request runs.
    pub fn leased(&self) -> usize {
        self.api.pool.leased()
    }

    /// Ends the responses that are made in the background, as the end of the program does.
    pub fn end_responses(&self) {
        self.api.responses.close();
    }

    /// Where the mirror of the official interface is to listen.
    pub fn mirror_address(&self) -> Option<SocketAddr> {
        self.mirror.as_ref()?.listen
    }

    /// Serves the mirror until the shutdown.
    pub async fn serve_mirror(&self, listener: TcpListener) {
        if let Some(mirror) = &self.mirror {
            let shutdown = self.shutdown.clone();
            listener::serve(
                listener,
                mirror.router.clone(),
                self.header_timeout,
                shutdown,
            )
            .await;
        }
    }

    /// Serves until the shutdown.
    pub async fn serve(&self, listener: TcpListener) {
        let router = self.router.clone();
        let served = async {
            let shutdown = self.shutdown.clone();
            listener::serve(listener, router, self.header_timeout, shutdown).await;
            // A connection that became a socket is not the listener's any more.
            self.api.sockets.closed().await;
        };
        tokio::select! {
            () = served => {}
            never = schedule::run(&self.api, &self.site, &self.upkeep) => match never {},
            never = self.keep_up_mirror() => match never {},
        }
        self.end().await;
    }

    async fn keep_up_mirror(&self) -> Infallible {
        match &self.mirror {
            Some(mirror) => mirror.keep_up().await,
            None => std::future::pending().await,
        }
    }

    /// Writes down what is left to be written, and closes the database.
    async fn end(&self) {
        self.end_responses();
        self.api.pool.close();
        self.api.admission.close();
        self.api.continuations.close();
        self.tasks.close();
        if tokio::time::timeout(LAST_WORK, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some work was not finished in time");
        }
        self.database.close().await;
    }
}

fn api(
    settings: &Settings,
    services: &Services,
    storage: Storage,
    (responses, sockets): (Responses, Sockets),
    clock: &Clock,
    tasks: &TaskTracker,
) -> Api {
    Api {
        drivers: services.drivers.clone(),
        driver_order: settings.answers.drivers.clone(),
        emulation: settings.answers.emulation,
        pool: services.pool.clone(),
        callers: Callers {
            keys: Arc::clone(&services.keys),
            seeds: Arc::clone(&services.seeds),
            pool: services.pool.clone(),
            clock: clock.clone(),
        },
        door: door(settings),
        admission: Arc::clone(&services.admission),
        fetcher: Arc::new(Fetcher::new(fetch_settings(settings))),
        files: storage.files,
        responses,
        sockets,
        deletions: storage.deletions,
        links: storage.links,
        counts_usage: settings.accounts.counts_usage,
        counting: Arc::default(),
        continuations: Continuations::new(
            services.database.clone(),
            clock.clone(),
            tasks,
            settings.answers.continues_chats,
        ),
        tasks: tasks.clone(),
        public_url: settings.files.link_base.clone(),
        path_prefix: match settings.api_prefix.as_str() {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        },
        uploads_by_url: settings.files.uploads_by_url,
        reasoning_format: settings.answers.reasoning_format,
        tool_activity: settings.answers.tool_activity,
        anthropic_models: settings.answers.anthropic_models.clone(),
        downgrade: settings.answers.downgrade,
        honours_limits: settings.answers.honours_limits,
        delete_after_minutes: settings.answers.delete_after_minutes,
        clock: clock.clone(),
        retry_times: settings.retry_times,
        heartbeat: settings.heartbeat,
        body_limit_bytes: settings.body_limit_bytes,
    }
}

/// Whether an unknown word becomes a seed: for callers on this machine, or for everybody when
/// the operator wants that.
fn door(settings: &Settings) -> Door {
    let accounts = &settings.accounts;
    let is_open = accounts.is_seed_open || (accounts.auto_seed && settings.host.is_loopback());
    if is_open { Door::Open } else { Door::Closed }
}

/// Our own name and version, and what the operator adds.
pub(crate) fn user_agent(suffix: &str) -> String {
    let own = concat!("FlowGPT/", env!("CARGO_PKG_VERSION"));
    format!("{own} {suffix}").trim_end().to_owned()
}

/// The most that is fetched for a caller, and the longest that may take.
const FETCH_LIMIT_BYTES: usize = 20 << 20;
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

fn fetch_settings(settings: &Settings) -> FetchSettings {
    FetchSettings {
        egress: settings.files.fetch_egress.clone(),
        relay: settings.files.fetch_relay.clone(),
        allowed_hosts: settings.files.fetch_allowed_hosts.clone(),
        user_agent: user_agent(&settings.user_agent_suffix),
        max_bytes: FETCH_LIMIT_BYTES,
        timeout: FETCH_TIMEOUT,
        connect_timeout: settings.connect_timeout,
    }
}

pub(crate) fn web_settings(settings: &Settings) -> WebSettings {
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
