//! From the text of a setting to its value, or to what is wrong with it.
//!
//! Messages never repeat a secret. Called by `Settings::read`.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use accounts::{Rejection, check_accounts, one_per_line};
use chatgpt::difficulty::Difficulty;
use http::HeaderValue;
use secrecy::SecretString;
use tracing_subscriber::filter::Targets;
use upstream::Egress;
use upstream::fetch::AllowedHost;
use url::Url;

use super::{CorsOrigins, LogFormat};

/// First segments of paths that are not the API's to have.
const TAKEN_PREFIXES: &[&str] = &[
    "admin",
    "api",
    "archive",
    "assets",
    "auth",
    "avatar",
    "backend-alt",
    "backend-anon",
    "backend-api",
    "c",
    "ccc",
    "cdn-cgi",
    "ces",
    "docs",
    "favicon.ico",
    "g",
    "gpts",
    "healthz",
    "livez",
    "openapi.json",
    "public-api",
    "readyz",
    "redoc",
    "seedtoken",
    "settings",
    "static",
    "tasks",
    "temporary",
    "v1",
];

/// Ten years.
const MAX_EXPIRY_HOURS: u64 = 87_600;

/// A hundred years.
const MAX_DAYS: u32 = 36_500;

/// Shorter admin passwords are guessed.
const MIN_PASSWORD_CHARS: usize = 10;

/// More attempts than this only annoy upstream.
const MAX_RETRIES: u32 = 10;

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "t" | "y" | "yes" | "on" => Ok(true),
        "false" | "0" | "f" | "n" | "no" | "off" => Ok(false),
        _ => Err(format!("\"{text}\" is neither true nor false")),
    }
}

pub(super) fn host(text: &str) -> Result<IpAddr, String> {
    let text = if text == "localhost" {
        "127.0.0.1"
    } else {
        text
    };
    text.parse()
        .map_err(|_| format!("\"{text}\" is not an IP address"))
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not a port, a number from 0 to 65535"))
}

pub(super) fn prefix(text: &str) -> Result<String, String> {
    let prefix = text.trim_matches('/');
    let first = prefix.split('/').next().unwrap_or_default();
    let is_plain = |segment: &str| {
        !segment.is_empty()
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if TAKEN_PREFIXES.contains(&first) {
        return Err(format!(
            "/{first} is the path of something else; choose another"
        ));
    }
    if !prefix.is_empty() && !prefix.split('/').all(is_plain) {
        return Err(format!(
            "\"{text}\" has characters other than letters, digits, - and _"
        ));
    }
    Ok(prefix.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "all parsers have one shape")]
pub(super) fn secrets(text: &str) -> Result<Vec<SecretString>, String> {
    Ok(items(text).map(Into::into).collect())
}

pub(super) fn secret(text: &str) -> Result<Option<SecretString>, String> {
    if HeaderValue::from_str(text).is_err() {
        return Err("it has characters no header can carry".to_owned());
    }
    Ok((!text.is_empty()).then(|| text.into()))
}

pub(super) fn accounts(text: &str) -> Result<String, String> {
    let wrong = check_accounts(&one_per_line(text));
    let is_path = wrong.first() == Some(&(1, Rejection::NotAToken));
    if !is_path || text.starts_with('{') {
        return Ok(text.to_owned());
    }
    fs::read_to_string(text).map_err(|error| {
        format!(
            "it is not a list of tokens, and as a file it cannot be read ({})",
            error.kind()
        )
    })
}

pub(super) fn database_url(text: &str) -> Result<Option<SecretString>, String> {
    let known = ["postgres://", "postgresql://", "sqlite:"];
    if text.is_empty() || known.iter().any(|start| text.starts_with(start)) {
        return Ok((!text.is_empty()).then(|| text.into()));
    }
    Err("it is neither a URL like postgres://user:password@host/name nor sqlite:PATH".to_owned())
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not a number, 0 or more"))
}

/// For what would be lost at once with none.
pub(super) fn days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(days) if (1..=MAX_DAYS).contains(&days) => Ok(days),
        _ => Err(format!(
            "\"{text}\" is not a number of days from 1 to {MAX_DAYS}"
        )),
    }
}

pub(super) fn one_base_url(text: &str) -> Result<Url, String> {
    match base_urls(text)?.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err("it is more than one address".to_owned()),
    }
}

/// A password for people; the length is what makes it hard to guess.
pub(super) fn admin_password(text: &str) -> Result<Option<SecretString>, String> {
    if !text.is_empty() && text.chars().count() < MIN_PASSWORD_CHARS {
        return Err(format!(
            "it is shorter than {MIN_PASSWORD_CHARS} characters"
        ));
    }
    Ok((!text.is_empty()).then(|| text.into()))
}

pub(super) fn retry_times(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(times) if times <= MAX_RETRIES => Ok(times),
        _ => Err(format!(
            "\"{text}\" is not a number from 0 to {MAX_RETRIES}"
        )),
    }
}

pub(super) fn base_urls(text: &str) -> Result<Vec<Url>, String> {
    let urls: Vec<Url> = items(text)
        .map(|item| match Url::from_str(item) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
            _ => Err(format!("\"{item}\" is not an http or https address")),
        })
        .collect::<Result<_, _>>()?;
    if urls.is_empty() {
        return Err("there is no address in it".to_owned());
    }
    Ok(urls)
}

pub(super) fn egresses(text: &str) -> Result<Vec<Egress>, String> {
    let parse = |(index, item): (usize, &str)| {
        Egress::from_str(item).map_err(|error| format!("entry {} {error}", index + 1))
    };
    items(text).enumerate().map(parse).collect()
}

pub(super) fn header_text(text: &str) -> Result<String, String> {
    if HeaderValue::from_str(text).is_err() || !text.is_ascii() {
        return Err(format!("\"{text}\" has characters no header can carry"));
    }
    Ok(text.to_owned())
}

pub(super) fn difficulty(text: &str) -> Result<Difficulty, String> {
    text.parse()
        .map_err(|error| format!("\"{text}\" is wrong: {error}"))
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text
        .parse()
        .ok()
        .filter(|it: &f64| *it > 0.0 && *it <= 86_400.0);
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("\"{text}\" is not a number of seconds up to 86400"))
}

pub(super) fn bytes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes) if bytes >= 1024 => Ok(bytes),
        _ => Err(format!("\"{text}\" is not a number of bytes, 1024 or more")),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "all parsers have one shape")]
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    Ok(PathBuf::from(text))
}

pub(super) fn file_expiry(text: &str) -> Result<Option<Duration>, String> {
    match text.parse() {
        Ok(0) => Ok(None),
        Ok(hours) if hours <= MAX_EXPIRY_HOURS => Ok(Some(Duration::from_hours(hours))),
        _ => Err(format!(
            "\"{text}\" is not a number of hours from 0 to {MAX_EXPIRY_HOURS}"
        )),
    }
}

pub(super) fn link_lifetime(text: &str) -> Result<Duration, String> {
    match file_expiry(text)? {
        Some(lifetime) => Ok(lifetime),
        None => Err("links have to be good for one hour at least".to_owned()),
    }
}

/// An address of the gateway; empty for none.
pub(super) fn public_url(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let url: Url = text
        .parse()
        .map_err(|_| format!("\"{text}\" is not an address"))?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
        return Err(format!(
            "\"{text}\" is not an http or https address of a host"
        ));
    }
    Ok(Some(url))
}

/// A host, with or without its scheme.
pub(super) fn file_host(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() || text.contains("://") {
        public_url(text)
    } else {
        public_url(&format!("https://{text}"))
    }
}

/// The address of a service, which may hold a password and is not repeated.
pub(super) fn relay_url(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
        _ => Err("this is not an http or https address".to_owned()),
    }
}

pub(super) fn one_egress(text: &str) -> Result<Egress, String> {
    match egresses(text)?.as_slice() {
        [] => Ok(Egress::Direct),
        [one] => Ok(one.clone()),
        _ => Err("name one proxy only".to_owned()),
    }
}

pub(super) fn allowed_hosts(text: &str) -> Result<Vec<AllowedHost>, String> {
    let host = |item: &str| item.parse().map_err(|error| format!("\"{item}\" {error}"));
    items(text).map(host).collect()
}

pub(super) fn delete_after(text: &str) -> Result<Option<u32>, String> {
    match text.parse() {
        Ok(0) => Ok(None),
        Ok(minutes) => Ok(Some(minutes)),
        Err(_) => Err(format!("\"{text}\" is not a number of minutes")),
    }
}

pub(super) fn metrics_listen(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(address) => Ok(Some(address)),
        Err(_) => Err(format!("\"{text}\" is not an address with a port")),
    }
}

/// One of a few words.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(format!("\"{text}\" is none of {}", words.join(", ")))
}

pub(super) fn cors(text: &str) -> Result<CorsOrigins, String> {
    match text {
        "*" => Ok(CorsOrigins::Any),
        "none" => Ok(CorsOrigins::None),
        _ => {
            let origin = |item: &str| {
                let url = Url::from_str(item).ok();
                let is_origin = url.is_some_and(|it| it.origin().ascii_serialization() == item);
                let value = HeaderValue::from_str(item).ok().filter(|_| is_origin);
                value.ok_or_else(|| format!("\"{item}\" is not an origin like https://app.example"))
            };
            items(text)
                .map(origin)
                .collect::<Result<_, _>>()
                .map(CorsOrigins::These)
        }
    }
}

pub(super) fn log_level(text: &str) -> Result<String, String> {
    text.parse::<Targets>()
        .map(|_| text.to_owned())
        .map_err(|_| format!("\"{text}\" is not a level"))
}

pub(super) fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("\"{text}\" is neither text nor json")),
    }
}
