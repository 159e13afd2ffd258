//! A world for a test: a database, the simulator as upstream and sign-in service, a clock that
//! stands, and the face over them.

mod clock;
mod request;

use std::sync::Arc;
use std::time::Duration;

use accounts::{
    Admission, Callers, GatewayKeys, Mode, Pool, PoolParts, PoolSettings, Rotation, Seeds, Source,
};
use admin::{Admin, AdminParts, AdminSettings, EffectiveSetting, OwnPages, routes, seed_routes};
use axum::Router;
use secrecy::SecretString;
use simulator::{Options, RefreshFamily, Simulator, TokenSpec};
use store::{Chance, DataFolder, Database, DatabaseTarget, MasterKey, RotationSpool};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;
use upstream::Drivers;
use upstream::sign_in::{CODEX_CLIENT_ID, SignIn, SignInSettings};
use upstream::web::WebSettings;
use url::Url;

pub(crate) use clock::{NOW, TestClock};
pub(crate) use request::{Reply, Request, get, post, request};

/// The admin's password, where the settings give it.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A key of `AUTHORIZATION`.
pub(crate) const KEY: &str = "the-gateway-key";

pub(crate) struct World {
    pub(crate) admin: Arc<Admin>,
    pub(crate) router: Router,
    pub(crate) pool: Pool,
    pub(crate) database: Database,
    pub(crate) simulator: Simulator,
    pub(crate) clock: TestClock,
    pub(crate) tasks: TaskTracker,
    folder: TempDir,
    _data_folder: DataFolder,
    _server: JoinSet<()>,
}

impl World {
    /// One whose password is given.
    pub(crate) async fn new() -> Self {
        Self::with(|settings| settings.password = Some(PASSWORD.into())).await
    }

    /// One where no password was ever chosen.
    pub(crate) async fn fresh() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut AdminSettings)) -> Self {
        let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = TestClock::new();
        let (simulator, base, server) = serve_simulator(&clock).await;
        let folder = tempfile::tempdir().unwrap();
        let database = open_database(&folder).await;
        let data_folder = DataFolder::open(&folder.path().join("data")).unwrap();
        let tasks = TaskTracker::new();
        let sign_in = Arc::new(SignIn::new(sign_in_settings(&base), clock.clock()));
        let parts = PoolParts {
            database: database.clone(),
            spool: RotationSpool::open(&data_folder).unwrap(),
            drivers: Drivers::new(web_settings(&base), &clock.clock()),
            sign_in: Arc::clone(&sign_in),
            clock: clock.clock(),
            tasks: tasks.clone(),
        };
        let pool = Pool::open(pool_settings(&base, &folder), parts)
            .await
            .unwrap();
        let keys = Arc::new(GatewayKeys::new(&[KEY.into()], database.clone()));
        let seeds = Arc::new(Seeds::new(database.clone(), pool.clone()));
        let node = "node".to_owned();
        let admission = Admission::open(database.clone(), clock.clock(), node, &tasks);
        let mut settings = admin_settings();
        change(&mut settings);
        let admin = Arc::new(Admin::new(AdminParts {
            settings,
            pool: pool.clone(),
            keys: Arc::clone(&keys),
            seeds: Arc::clone(&seeds),
            admission: Arc::new(admission.await.unwrap()),
            callers: Callers {
                keys,
                seeds,
                pool: pool.clone(),
                clock: clock.clock(),
            },
            sign_in,
            database: database.clone(),
            mirror: admin::MirrorReport::default(),
            clock: clock.clock(),
            chance: chance(),
            tasks: tasks.clone(),
        }));
        Self {
            router: router(&admin),
            admin,
            pool,
            database,
            simulator,
            clock,
            tasks,
            folder,
            _data_folder: data_folder,
            _server: server,
        }
    }

    /// The database, as another process opens it.
    pub(crate) async fn another_process(&self) -> Database {
        open_database(&self.folder).await
    }

    /// An AccessToken of the account with this name.
    pub(crate) fn access(&self, name: &str) -> String {
        self.simulator.mint_access_token(&TokenSpec::new(name))
    }

    /// A RefreshToken of the account with this name.
    pub(crate) fn refresh(&self, name: &str) -> String {
        let spec = TokenSpec::new(name);
        self.simulator
            .mint_refresh_token(&spec, RefreshFamily::Codex)
    }

    /// Takes one account in; its id.
    pub(crate) async fn add(&self, token: &str) -> String {
        let text = SecretString::from(token);
        let verdicts = self.pool.import(&text, Source::Admin, Mode::Write);
        let verdict = verdicts.await.unwrap().remove(0);
        verdict.result.unwrap().id.to_string()
    }

    /// What was done, the newest first.
    pub(crate) async fn audit(&self) -> Vec<(String, String)> {
        let entries = self.database.audit_entries(1000, None).await.unwrap();
        let done = entries
            .into_iter()
            .map(|it| (it.entry.actor, it.entry.action));
        done.collect()
    }

    /// The cookie of somebody who has signed in.
    pub(crate) async fn cookie(&self) -> String {
        let body = serde_json::json!({"password": PASSWORD});
        let reply = post("/admin/api/login").json(&body).send(self).await;
        assert_eq!(reply.status, 204, "{}", reply.text);
        reply.cookie()
    }
}

fn router(admin: &Arc<Admin>) -> Router {
    routes(Arc::clone(admin), OwnPages::Served).merge(seed_routes(Arc::clone(admin)))
}

fn admin_settings() -> AdminSettings {
    AdminSettings {
        password: None,
        is_secure: false,
        exposes_seed_tokens: false,
        api_base: "http://localhost:5005/v1".to_owned(),
        egresses: Vec::new(),
        effective: vec![EffectiveSetting {
            name: "PORT",
            value: "5005".to_owned(),
            origin: "default".to_owned(),
            default: "5005",
            help: "Port to listen on.",
            group: "server",
            is_secret: false,
        }],
        warnings: vec!["a door is open".to_owned()],
    }
}

async fn serve_simulator(clock: &TestClock) -> (Simulator, Url, JoinSet<()>) {
    let mut options = Options::new(clock.system());
    options.record = true;
    let simulator = Simulator::new(options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = simulator.router();
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (simulator, base.parse().unwrap(), server)
}

async fn open_database(folder: &TempDir) -> Database {
    let target = DatabaseTarget::embedded(folder.path());
    let key = MasterKey::InFolder(folder.path().to_owned());
    let now = i64::try_from(NOW).unwrap();
    Database::open(&target, key, chance(), now).await.unwrap()
}

/// Never the same twice.
fn chance() -> Chance {
    Chance::new(|bytes| {
        for chunk in bytes.chunks_mut(16) {
            chunk.copy_from_slice(&uuid::Uuid::new_v4().into_bytes()[..chunk.len()]);
        }
        Ok(())
    })
}

fn pool_settings(base: &Url, folder: &TempDir) -> PoolSettings {
    PoolSettings {
        rotation: Rotation::RoundRobin,
        max_in_use: None,
        queue_limit: 10,
        queue_wait: Duration::from_mins(1),
        egresses: Vec::new(),
        node: "node".to_owned(),
        renewal_margin: Duration::from_hours(1),
        base_url: base.clone(),
        data_folder: folder.path().to_owned(),
    }
}

fn web_settings(base: &Url) -> WebSettings {
    WebSettings {
        base_urls: vec![base.clone()],
        egresses: Vec::new(),
        sentinel_egresses: Vec::new(),
        relay_key: None,
        language: "en-US".to_owned(),
        user_agent: "the-user-agent".to_owned(),
        conversation_only: false,
        keep_history: false,
        check_model: false,
        proof_ceiling: "00003a".parse().unwrap(),
        proof_threads: 1,
        connect_timeout: Duration::from_mins(1),
        first_byte_timeout: Duration::from_mins(1),
        idle_timeout: Duration::from_mins(1),
        tap: None,
    }
}

fn sign_in_settings(base: &Url) -> SignInSettings {
    SignInSettings {
        auth_base_url: base.clone(),
        oauth_client_id: CODEX_CLIENT_ID.to_owned(),
        user_agent: "the-user-agent".to_owned(),
        connect_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(15),
    }
}
