//! What keeps accounts usable and the database small while the program serves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use accounts::{GatewayKeys, Pool};
use jiff::tz::TimeZone;
use store::{Database, DatabaseError};
use tokio::time::interval;
use upstream::Clock;

use super::refresh_times;
use crate::services::Services;
use crate::settings::Settings;

/// How soon a change by another process is seen here.
const SYNC_PERIOD: Duration = Duration::from_secs(1);

/// How often it is looked whether tokens have to be renewed, or accounts asked about.
const CARE_PERIOD: Duration = Duration::from_secs(30);

/// How often what is too old is removed.
const CLEANING_PERIOD: Duration = Duration::from_hours(1);

/// What was cleared can be brought back for so long.
const UNDO_SECONDS: i64 = 24 * 3600;

/// Whoever makes a response in the background is heard of every few seconds.
const ABANDONED_SECONDS: i64 = 600;

/// No request goes on for so long: whoever has set tokens aside for it does not come back.
const RESERVED_SECONDS: i64 = DAY_SECONDS;

const DAY_SECONDS: i64 = 86_400;

/// Where conversations stand is forgotten after so long, and the oldest beyond so many.
const CONTINUATION_DAYS: i64 = 30;
const CONTINUATIONS: i64 = 200_000;

/// Looks after accounts, keys and the database.
#[derive(Debug)]
pub(crate) struct Upkeep {
    pool: Pool,
    keys: Arc<GatewayKeys>,
    database: Database,
    clock: Clock,
    is_refresh_scheduled: bool,
    check_period: Option<Duration>,
    request_log_days: i64,
    usage_days: i64,
    response_days: i64,
}

impl Upkeep {
    pub(crate) fn new(settings: &Settings, services: &Services, clock: &Clock) -> Self {
        let accounts = &settings.accounts;
        Self {
            pool: services.pool.clone(),
            keys: Arc::clone(&services.keys),
            database: services.database.clone(),
            clock: clock.clone(),
            is_refresh_scheduled: accounts.is_refresh_scheduled,
            check_period: accounts.check_period,
            request_log_days: i64::from(accounts.request_log_days),
            usage_days: i64::from(accounts.usage_days),
            response_days: i64::from(accounts.response_days),
        }
    }

    /// All of it, for ever.
    pub(super) async fn run(&self) -> Infallible {
        tokio::join!(self.sync(), self.renew(), self.check(), self.clean()).0
    }

    async fn sync(&self) -> Infallible {
        let mut period = interval(SYNC_PERIOD);
        let mut has_failed = false;
        loop {
            period.tick().await;
            let synced = self.sync_once().await;
            if let Err(error) = &synced
                && !has_failed
            {
                tracing::error!("changes of others are not seen: {error}");
            }
            has_failed = synced.is_err();
        }
    }

    async fn sync_once(&self) -> Result<(), DatabaseError> {
        let changed = self.pool.sync().await?;
        if changed.iter().any(|topic| topic == "key") {
            self.keys.reload().await?;
        }
        Ok(())
    }

    async fn renew(&self) -> Infallible {
        let mut period = interval(CARE_PERIOD);
        loop {
            period.tick().await;
            if self.is_refresh_scheduled {
                let since = refresh_times::last(self.now(), &TimeZone::system());
                self.pool.renew_due(since).await;
            }
        }
    }

    async fn check(&self) -> Infallible {
        let mut period = interval(CARE_PERIOD);
        loop {
            period.tick().await;
            let Some(every) = self.check_period else {
                continue;
            };
            let every = i64::try_from(every.as_secs()).unwrap_or(i64::MAX);
            // One at a time: this is no reason to send upstream a herd.
            if let Some(id) = self.pool.unchecked_since(self.now() - every).first() {
                // What went wrong is known to the account itself.
                let _told = self.pool.check(*id).await;
            }
        }
    }

    async fn clean(&self) -> Infallible {
        let mut period = interval(CLEANING_PERIOD);
        loop {
            period.tick().await;
            if let Err(error) = self.clean_once().await {
                tracing::error!("old records were not removed: {error}");
            }
        }
    }

    async fn clean_once(&self) -> Result<(), DatabaseError> {
        let now = self.now();
        let database = &self.database;
        database.forget_cool_downs(now).await?;
        database.forget_sessions(now).await?;
        database.forget_web_sessions(now).await?;
        database.purge_cleared(now - UNDO_SECONDS).await?;
        let requests_before = now - self.request_log_days * DAY_SECONDS;
        database.forget_requests_before(requests_before).await?;
        let before = now - self.usage_days * DAY_SECONDS;
        database.forget_usage_before(before / DAY_SECONDS).await?;
        database.forget_spend_before(before).await?;
        let abandoned = now - RESERVED_SECONDS;
        database.settle_reserved_before(abandoned).await?;
        database.forget_audit_before(before).await?;
        database.forget_conversations_before(before).await?;
        database.forget_objects_before(before).await?;
        let continued_before = now - CONTINUATION_DAYS * DAY_SECONDS;
        database
            .trim_continuations(continued_before, CONTINUATIONS)
            .await?;
        database
            .abandon_responses_before(now - ABANDONED_SECONDS)
            .await?;
        let responses_before = now - self.response_days * DAY_SECONDS;
        database.forget_responses_before(responses_before).await?;
        Ok(())
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.since_epoch().as_secs()).unwrap_or(i64::MAX)
    }
}
