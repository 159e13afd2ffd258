//! What the operator may set: one table, three sources, one validated value.
//!
//! Only this module reads the environment. Everything wrong is reported at once, with the
//! setting's name, what is wrong with it and an example.

mod account_settings;
mod answer_settings;
mod dotenv;
mod effective;
mod file_settings;
mod gateway_settings;
mod parse;
mod reference;
mod sources;
mod table;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use admin::EffectiveSetting;
use chatgpt::difficulty::Difficulty;
use http::HeaderValue;
use secrecy::SecretString;
use upstream::Egress;
use url::Url;

pub use account_settings::AccountSettings;
pub use answer_settings::AnswerSettings;
pub use effective::effective;
pub use file_settings::FileSettings;
pub use gateway_settings::{GatewaySettings, Pages};
pub use reference::reference;
pub use sources::{Problems, Values};
pub use table::Setting;

/// The validated settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `HOST`
    pub host: IpAddr,
    /// `PORT`
    pub port: u16,
    /// `API_PREFIX`, without slashes; empty for none.
    pub api_prefix: String,
    /// Accounts.
    pub accounts: AccountSettings,
    /// All settings: their names, their values without secrets, and where they come from.
    pub effective: Vec<EffectiveSetting>,
    /// `RETRY_TIMES`
    pub retry_times: u32,
    /// `CHATGPT_BASE_URL`
    pub base_urls: Vec<Url>,
    /// `PROXY_URL`
    pub egresses: Vec<Egress>,
    /// `SENTINEL_PROXY_URL`
    pub sentinel_egresses: Vec<Egress>,
    /// `AUTH_KEY`
    pub relay_key: Option<SecretString>,
    /// `OAI_LANGUAGE`
    pub language: String,
    /// `USER_AGENT_SUFFIX`
    pub user_agent_suffix: String,
    /// `CONVERSATION_ONLY`
    pub conversation_only: bool,
    /// `HISTORY_DISABLED`
    pub history_disabled: bool,
    /// `CHECK_MODEL`
    pub check_model: bool,
    /// `POW_DIFFICULTY`
    pub proof_ceiling: Difficulty,
    /// `CONNECT_TIMEOUT_SECONDS`
    pub connect_timeout: Duration,
    /// `FIRST_BYTE_TIMEOUT_SECONDS`
    pub first_byte_timeout: Duration,
    /// `IDLE_TIMEOUT_SECONDS`
    pub idle_timeout: Duration,
    /// `HEARTBEAT_SECONDS`
    pub heartbeat: Duration,
    /// `HEADER_TIMEOUT_SECONDS`
    pub header_timeout: Duration,
    /// `DRAIN_SECONDS`
    pub drain: Duration,
    /// `BODY_LIMIT_BYTES`
    pub body_limit_bytes: usize,
    /// Files.
    pub files: FileSettings,
    /// What upstream's own pages ask.
    pub gateway: GatewaySettings,
    /// Answers.
    pub answers: AnswerSettings,
    /// `METRICS_LISTEN`
    pub metrics_listen: Option<SocketAddr>,
    /// `CORS_ORIGINS`
    pub cors: CorsOrigins,
    /// `LOG_LEVEL`
    pub log_level: String,
    /// `LOG_FORMAT`
    pub log_format: LogFormat,
}

/// Which pages of other origins may call the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// None.
    None,
    /// All, without credentials.
    Any,
    /// These, without credentials.
    These(Vec<HeaderValue>),
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs, one object a line.
    Json,
}

impl Settings {
    /// Validates all values; says everything that is wrong at once.
    pub fn read(values: &Values) -> Result<Self, Problems> {
        let mut problems = values.problems();
        let settings = Self::collect(values, &mut problems);
        match settings {
            Some(settings) if problems.is_empty() => Ok(settings),
            _ => Err(problems),
        }
    }

    /// `None` when something required could not be read, which is then among the problems.
    fn collect(values: &Values, problems: &mut Problems) -> Option<Self> {
        use table as t;
        let accounts = AccountSettings::read(values, problems);
        let base_urls = values.read(&t::CHATGPT_BASE_URL, problems, parse::base_urls);
        let egresses = values.read(&t::PROXY_URL, problems, parse::egresses);
        let sentinel = values.read(&t::SENTINEL_PROXY_URL, problems, parse::egresses);
        let host = values.read(&t::HOST, problems, parse::host);
        let port = values.read(&t::PORT, problems, parse::port);
        let api_prefix = values.read(&t::API_PREFIX, problems, parse::prefix);
        let retry_times = values.read(&t::RETRY_TIMES, problems, parse::retry_times);
        let relay_key = values.read(&t::AUTH_KEY, problems, parse::secret);
        let language = values.read(&t::OAI_LANGUAGE, problems, parse::header_text);
        let suffix = values.read(&t::USER_AGENT_SUFFIX, problems, parse::header_text);
        let conversation_only = values.read(&t::CONVERSATION_ONLY, problems, parse::boolean);
        let history_disabled = values.read(&t::HISTORY_DISABLED, problems, parse::boolean);
        let check_model = values.read(&t::CHECK_MODEL, problems, parse::boolean);
        let proof_ceiling = values.read(&t::POW_DIFFICULTY, problems, parse::difficulty);
        let connect = values.read(&t::CONNECT_TIMEOUT_SECONDS, problems, parse::seconds);
        let first_byte = values.read(&t::FIRST_BYTE_TIMEOUT_SECONDS, problems, parse::seconds);
        let idle = values.read(&t::IDLE_TIMEOUT_SECONDS, problems, parse::seconds);
        let heartbeat = values.read(&t::HEARTBEAT_SECONDS, problems, parse::seconds);
        let header = values.read(&t::HEADER_TIMEOUT_SECONDS, problems, parse::seconds);
        let drain = values.read(&t::DRAIN_SECONDS, problems, parse::seconds);
        let body_limit = values.read(&t::BODY_LIMIT_BYTES, problems, parse::bytes);
        let files = FileSettings::read(values, problems);
        let gateway = GatewaySettings::read(values, problems);
        let answers = AnswerSettings::read(values, problems);
        let metrics = values.read(&t::METRICS_LISTEN, problems, parse::metrics_listen);
        let cors = values.read(&t::CORS_ORIGINS, problems, parse::cors);
        let log_level = values.read(&t::LOG_LEVEL, problems, parse::log_level);
        let log_format = values.read(&t::LOG_FORMAT, problems, parse::log_format);
        Some(Self {
            host: host?,
            port: port?,
            api_prefix: api_prefix?,
            accounts: accounts?,
            effective: effective::rows(values),
            retry_times: retry_times?,
            base_urls: base_urls?,
            egresses: egresses?,
            sentinel_egresses: sentinel?,
            relay_key: relay_key?,
            language: language?,
            user_agent_suffix: suffix?,
            conversation_only: conversation_only?,
            history_disabled: history_disabled?,
            check_model: check_model?,
            proof_ceiling: proof_ceiling?,
            connect_timeout: connect?,
            first_byte_timeout: first_byte?,
            idle_timeout: idle?,
            heartbeat: heartbeat?,
            header_timeout: header?,
            drain: drain?,
            body_limit_bytes: body_limit?,
            files: files?,
            gateway: gateway?,
            answers: answers?,
            metrics_listen: metrics?,
            cors: cors?,
            log_level: log_level?,
            log_format: log_format?,
        })
    }
}

#[cfg(test)]
mod tests;
