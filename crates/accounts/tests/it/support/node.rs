//! One process of a test: its pool, and the tasks it has begun.

use std::sync::Arc;
use std::time::Duration;

use accounts::{AccountView, Callers, GatewayKeys, Pool, PoolParts, PoolSettings, Seeds};
use store::records::AccountId;
use store::{DataFolder, Database, RotationSpool};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use upstream::Drivers;
use upstream::sign_in::{CODEX_CLIENT_ID, SignIn, SignInSettings};
use upstream::web::WebSettings;

use super::{KEY, World};

/// Far longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Node {
    pub(crate) pool: Pool,
    pub(crate) database: Database,
    pub(crate) spool: RotationSpool,
    pub(crate) tasks: TaskTracker,
    pub(crate) callers: Callers,
    _folder: DataFolder,
}

impl Node {
    pub(super) async fn open(world: &World, settings: PoolSettings) -> Self {
        let database = world.backend.open().await;
        let folder = DataFolder::open(&settings.data_folder).unwrap();
        let spool = RotationSpool::open(&folder).unwrap();
        let tasks = TaskTracker::new();
        let clock = world.clock.clock();
        let parts = PoolParts {
            database: database.clone(),
            spool: spool.clone(),
            drivers: Drivers::new(web_settings(&settings), &clock),
            sign_in: Arc::new(SignIn::new(sign_in_settings(world), clock.clone())),
            clock: clock.clone(),
            tasks: tasks.clone(),
        };
        let pool = Pool::open(settings, parts).await.unwrap();
        let callers = Callers {
            keys: Arc::new(GatewayKeys::new(&[KEY.into()], database.clone())),
            seeds: Arc::new(Seeds::new(database.clone(), pool.clone())),
            pool: pool.clone(),
            clock,
        };
        Self {
            pool,
            database,
            spool,
            tasks,
            callers,
            _folder: folder,
        }
    }

    /// Ends as the program does; fails if a place is lost, or a task goes on for ever.
    pub(crate) async fn end(self) {
        assert_eq!(self.pool.leased(), 0, "a place was not given back");
        assert_eq!(self.pool.waiting(), 0, "somebody waits for ever");
        self.pool.close();
        self.tasks.close();
        let ended = timeout(PATIENCE, self.tasks.wait()).await;
        assert!(ended.is_ok(), "a task goes on after the end");
        self.database.close().await;
    }

    /// Waits until the tasks that were begun are done, but for the pool's own.
    pub(crate) async fn settled(&self) {
        let settled = async {
            // The journal's task goes on as long as the pool is open.
            while self.tasks.len() > 1 {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, settled).await.unwrap();
    }

    /// Waits until what was learned is written down.
    pub(crate) async fn written(&self) {
        self.settled().await;
        let nobody = AccountId(uuid::Uuid::nil());
        self.pool.clear_cool_downs(nobody, None).await.unwrap();
    }

    pub(crate) fn account(&self, id: AccountId) -> AccountView {
        self.pool.account(id).unwrap()
    }

    /// The word of an account's health.
    pub(crate) fn health(&self, id: AccountId) -> &'static str {
        self.account(id).health.word()
    }
}

fn web_settings(settings: &PoolSettings) -> WebSettings {
    WebSettings {
        base_urls: vec![settings.base_url.clone()],
        egresses: settings.egresses.clone(),
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

pub(super) fn sign_in_settings(world: &World) -> SignInSettings {
    SignInSettings {
        auth_base_url: world.base.clone(),
        oauth_client_id: CODEX_CLIENT_ID.to_owned(),
        user_agent: "the-user-agent".to_owned(),
        connect_timeout: Duration::from_secs(5),
        total_timeout: world.exchange_timeout,
    }
}
