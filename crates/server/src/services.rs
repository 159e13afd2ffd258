//! Everything behind the faces, opened from the settings: the database, the accounts, the
//! keys and seeds that open them, and the sign-in service.
//!
//! Opened by the program, and by commands that work beside it.

use std::sync::Arc;

use accounts::{
    Admission, GatewayKeys, Mode, Pool, PoolParts, PoolSettings, Seeds, Source, Verdict,
};
use anyhow::Context;
use secrecy::ExposeSecret;
use store::{Chance, DataFolder, Database, DatabaseTarget, MasterKey, RotationSpool, SecretFile};
use tokio_util::task::TaskTracker;
use upstream::sign_in::{CONNECT_TIMEOUT, SignIn, SignInSettings, TOTAL_TIMEOUT};
use upstream::{Clock, Drivers, TrafficTap};
use uuid::Uuid;

use crate::app::{user_agent, web_settings};
use crate::settings::Settings;

/// What tells processes that share a database apart; the same one after a restart.
const NODE_FILE: &str = "node.id";

/// The device that is used without a sign-in; removing the file makes another one.
const ANONYMOUS_DEVICE_FILE: &str = "anonymous_device.id";

/// AccessTokens are renewed when so little is left of them.
const RENEWAL_MARGIN: std::time::Duration = std::time::Duration::from_hours(24);

/// Who opens them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The program that serves; it holds the data folder.
    Gateway,
    /// A command, perhaps beside a program that serves.
    Command,
}

/// Everything behind the faces.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) database: Database,
    pub(crate) drivers: Drivers,
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) pool: Pool,
    pub(crate) keys: Arc<GatewayKeys>,
    pub(crate) seeds: Arc<Seeds>,
    pub(crate) admission: Arc<Admission>,
    /// What tells this process from others that share the database.
    pub(crate) node: String,
}

impl Services {
    /// Opens the database and loads what is in it; opens no connection to upstream.
    pub(crate) async fn open(
        settings: &Settings,
        folder: &DataFolder,
        clock: &Clock,
        tasks: &TaskTracker,
        tap: Option<Arc<dyn TrafficTap>>,
        role: Role,
    ) -> anyhow::Result<Self> {
        let database = open_database(settings, folder, clock).await?;
        let node = match role {
            Role::Gateway => Uuid::from_bytes(own_bytes(folder, NODE_FILE)?).to_string(),
            Role::Command => Uuid::new_v4().to_string(),
        };
        let mut web = web_settings(settings);
        web.tap = tap;
        let drivers = Drivers::new(web, clock);
        let sign_in = Arc::new(SignIn::new(sign_in_settings(settings), clock.clone()));
        let parts = PoolParts {
            database: database.clone(),
            spool: RotationSpool::open(folder)?,
            drivers: drivers.clone(),
            sign_in: Arc::clone(&sign_in),
            clock: clock.clone(),
            tasks: tasks.clone(),
        };
        let pool = Pool::open(pool_settings(settings, folder, node.clone())?, parts).await?;
        if settings.accounts.is_anonymous {
            let device = own_bytes(folder, ANONYMOUS_DEVICE_FILE)?;
            let device = uuid::Builder::from_random_bytes(device);
            pool.add_anonymous(device.into_uuid()).await?;
        }
        let keys = GatewayKeys::new(&settings.accounts.gateway_keys, database.clone());
        keys.reload().await?;
        let admission =
            Admission::open(database.clone(), clock.clone(), node.clone(), tasks).await?;
        Ok(Self {
            seeds: Arc::new(Seeds::new(database.clone(), pool.clone())),
            keys: Arc::new(keys),
            admission: Arc::new(admission),
            node,
            database,
            drivers,
            sign_in,
            pool,
        })
    }

    /// Takes in the accounts of `ACCOUNTS`, and removes those that are not in it any more; none
    /// while an entry is rejected, for that may be the text of one that is here.
    pub(crate) async fn take_in_listed(&self, settings: &Settings) -> anyhow::Result<()> {
        let listed = &settings.accounts.listed;
        let verdicts = self
            .pool
            .import(listed, Source::Settings, Mode::Write)
            .await?;
        let mut kept = Vec::new();
        let mut is_any_rejected = false;
        for Verdict { line, kind, result } in verdicts {
            match result {
                Ok(taken) => kept.push(taken.id),
                Err(reason) => {
                    is_any_rejected = true;
                    tracing::warn!("ACCOUNTS, entry {line} ({kind}): {reason}");
                }
            }
        }
        if is_any_rejected {
            return Ok(());
        }
        for account in self.pool.accounts() {
            if account.source == Source::Settings.word() && !kept.contains(&account.id) {
                tracing::info!(account.id = %account.id, "removed: it is not in ACCOUNTS any more");
                self.pool.remove(account.id).await?;
            }
        }
        Ok(())
    }
}

/// The database of the settings.
pub(crate) async fn open_database(
    settings: &Settings,
    folder: &DataFolder,
    clock: &Clock,
) -> anyhow::Result<Database> {
    let url = settings.accounts.database_url.as_ref();
    let url = url.map_or("", |url| url.expose_secret());
    let target = DatabaseTarget::parse(url, folder.path())?;
    let master_key = match &settings.accounts.master_key {
        Some(key) => MasterKey::Given(key.clone()),
        None => MasterKey::InFolder(folder.path().to_owned()),
    };
    let now = i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
    let database = Database::open(&target, master_key, chance(), now).await;
    database.context("the database cannot be opened")
}

/// Chance from the operating system.
pub(crate) fn chance() -> Chance {
    Chance::new(|bytes| getrandom::fill(bytes).map_err(Into::into))
}

/// What an id of this data folder's own is made of; drawn once.
fn own_bytes(folder: &DataFolder, file: &'static str) -> anyhow::Result<[u8; 16]> {
    let bytes = SecretFile::load_or_create(folder, file, &chance())?;
    let (id, _) = bytes.split_at(16);
    Ok(id.try_into()?)
}

fn sign_in_settings(settings: &Settings) -> SignInSettings {
    SignInSettings {
        auth_base_url: settings.accounts.auth_base_url.clone(),
        oauth_client_id: settings.accounts.oauth_client_id.clone(),
        user_agent: user_agent(&settings.user_agent_suffix),
        connect_timeout: settings.connect_timeout.min(CONNECT_TIMEOUT),
        total_timeout: TOTAL_TIMEOUT,
    }
}

fn pool_settings(
    settings: &Settings,
    folder: &DataFolder,
    node: String,
) -> anyhow::Result<PoolSettings> {
    let base_url = settings.base_urls.first().cloned();
    Ok(PoolSettings {
        rotation: settings.accounts.rotation,
        max_in_use: settings.accounts.max_in_use,
        queue_limit: settings.accounts.queue_limit,
        queue_wait: settings.accounts.queue_wait,
        egresses: settings.egresses.clone(),
        node,
        renewal_margin: RENEWAL_MARGIN,
        base_url: base_url.context("CHATGPT_BASE_URL is empty")?,
        data_folder: folder.path().to_owned(),
    })
}
