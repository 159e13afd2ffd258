//! Settings of accounts: which there are, how they are chosen and kept, who may use them, and
//! where all that is stored.

use std::time::Duration;

use accounts::{Rotation, check_accounts, one_per_line};
use secrecy::SecretString;
use site::UrlSignIn;
use url::Url;

use super::sources::{Problems, Values};
use super::{parse, table as t};

const URL_SIGN_INS: &[(&str, UrlSignIn)] = &[
    ("on", UrlSignIn::On),
    ("seeds-only", UrlSignIn::SeedsOnly),
    ("off", UrlSignIn::Off),
];

const STRATEGIES: &[(&str, Option<Rotation>)] = &[
    ("", None),
    ("random", Some(Rotation::Random)),
    ("round_robin", Some(Rotation::RoundRobin)),
    ("least_loaded", Some(Rotation::LeastLoaded)),
    ("quota_aware", Some(Rotation::QuotaAware)),
];

/// The validated settings of accounts.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct AccountSettings {
    /// `AUTHORIZATION`
    pub gateway_keys: Vec<SecretString>,
    /// `ACCOUNTS`, one on each line.
    pub listed: SecretString,
    /// `ANONYMOUS`
    pub is_anonymous: bool,
    /// `DATABASE_URL`; `None` for the embedded database.
    pub database_url: Option<SecretString>,
    /// `FLOWGPT_MASTER_KEY`; `None` for the one in the data folder.
    pub master_key: Option<SecretString>,
    /// `ACCOUNT_STRATEGY`, or what `RANDOM_TOKEN` says.
    pub rotation: Rotation,
    /// `ACCOUNT_CONCURRENCY`
    pub max_in_use: Option<u32>,
    /// `QUEUE_LIMIT`
    pub queue_limit: usize,
    /// `QUEUE_WAIT_SECONDS`
    pub queue_wait: Duration,
    /// `SCHEDULED_REFRESH`
    pub is_refresh_scheduled: bool,
    /// `ACCOUNT_CHECK_HOURS`; `None` never.
    pub check_period: Option<Duration>,
    /// `AUTH_BASE_URL`
    pub auth_base_url: Url,
    /// `OAUTH_CLIENT_ID`
    pub oauth_client_id: String,
    /// `AUTO_SEED`
    pub auto_seed: bool,
    /// `SEED_OPEN`
    pub is_seed_open: bool,
    /// `EXPOSE_SEED_TOKENS`
    pub exposes_seed_tokens: bool,
    /// `ADMIN_PASSWORD`
    pub admin_password: Option<SecretString>,
    /// `LEGACY_URL_SIGNIN`
    pub url_sign_in: UrlSignIn,
    /// `ADMIN_BY_PREFIX`
    pub admin_by_prefix: bool,
    /// `COUNT_USAGE`
    pub counts_usage: bool,
    /// `REQUEST_LOG_DAYS`
    pub request_log_days: u32,
    /// `USAGE_DAYS`
    pub usage_days: u32,
    /// `RESPONSES_RETENTION_DAYS`
    pub response_days: u32,
}

impl AccountSettings {
    pub(super) fn read(values: &Values, problems: &mut Problems) -> Option<Self> {
        let listed = read_accounts(values, problems);
        let keys = values.read(&t::AUTHORIZATION, problems, parse::secrets);
        let anonymous = values.read(&t::ANONYMOUS, problems, parse::boolean);
        let database = values.read(&t::DATABASE_URL, problems, parse::database_url);
        let master_key = values.read(&t::FLOWGPT_MASTER_KEY, problems, parse::secret);
        let is_random = values.read(&t::RANDOM_TOKEN, problems, parse::boolean);
        let strategy = values.read(&t::ACCOUNT_STRATEGY, problems, |text| {
            parse::word(text, STRATEGIES)
        });
        let max_in_use = values.read(&t::ACCOUNT_CONCURRENCY, problems, parse::count);
        let queue_limit = values.read(&t::QUEUE_LIMIT, problems, parse::count);
        let queue_wait = values.read(&t::QUEUE_WAIT_SECONDS, problems, parse::seconds);
        let scheduled = values.read(&t::SCHEDULED_REFRESH, problems, parse::boolean);
        let check_hours = values.read(&t::ACCOUNT_CHECK_HOURS, problems, parse::count);
        let auth_base_url = values.read(&t::AUTH_BASE_URL, problems, parse::one_base_url);
        let client_id = values.read(&t::OAUTH_CLIENT_ID, problems, parse::header_text);
        let auto_seed = values.read(&t::AUTO_SEED, problems, parse::boolean);
        let seed_open = values.read(&t::SEED_OPEN, problems, parse::boolean);
        let exposes = values.read(&t::EXPOSE_SEED_TOKENS, problems, parse::boolean);
        let password = values.read(&t::ADMIN_PASSWORD, problems, parse::admin_password);
        let url_sign_in = values.read(&t::LEGACY_URL_SIGNIN, problems, |text| {
            parse::word(text, URL_SIGN_INS)
        });
        let by_prefix = values.read(&t::ADMIN_BY_PREFIX, problems, parse::boolean);
        let counts_usage = values.read(&t::COUNT_USAGE, problems, parse::boolean);
        let log_days = values.read(&t::REQUEST_LOG_DAYS, problems, parse::count);
        let usage_days = values.read(&t::USAGE_DAYS, problems, parse::days);
        let response_days = values.read(&t::RESPONSES_RETENTION_DAYS, problems, parse::days);
        let by_order = if is_random? {
            Rotation::Random
        } else {
            Rotation::RoundRobin
        };
        let hours = |hours: u32| Duration::from_hours(u64::from(hours));
        Some(Self {
            gateway_keys: keys?,
            listed,
            is_anonymous: anonymous?,
            database_url: database?,
            master_key: master_key?,
            rotation: strategy?.unwrap_or(by_order),
            max_in_use: Some(max_in_use?).filter(|max| *max > 0),
            queue_limit: queue_limit? as usize,
            queue_wait: queue_wait?,
            is_refresh_scheduled: scheduled?,
            check_period: Some(check_hours?).filter(|it| *it > 0).map(hours),
            auth_base_url: auth_base_url?,
            oauth_client_id: client_id?,
            auto_seed: auto_seed?,
            is_seed_open: seed_open?,
            exposes_seed_tokens: exposes?,
            admin_password: password?,
            url_sign_in: url_sign_in?,
            admin_by_prefix: by_prefix?,
            counts_usage: counts_usage?,
            request_log_days: log_days?,
            usage_days: usage_days?,
            response_days: response_days?,
        })
    }
}

/// The accounts given in `ACCOUNTS`, or in the file it names.
fn read_accounts(values: &Values, problems: &mut Problems) -> SecretString {
    let text = values.read(&t::ACCOUNTS, problems, parse::accounts);
    let listed = one_per_line(&text.unwrap_or_default());
    for (number, reason) in check_accounts(&listed) {
        problems.add(&t::ACCOUNTS, &format!("entry {number}: {reason}"));
    }
    listed
}
