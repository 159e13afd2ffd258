//! From pasted text to accounts that may be new. Pure.

use chatgpt::access_token::Claims;
use chatgpt::pasted;
use chatgpt::token_kind::{RefreshFamily, TokenKind, recognise, split_workspace};
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use store::records::{NewAccount, NewTokens};
use upstream::{Credential, device_id_of, identity_of};
use url::Url;

use super::{CLIENT_CODEX, CLIENT_MOBILE, CLIENT_SESSION, Source};

/// A line that is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It is nothing that opens an account.
    #[error(
        "this is no AccessToken, RefreshToken, session token or API key; an API key that does not \
         begin with sk- needs the base URL of its server after a comma"
    )]
    NotAToken,
    /// The address of its server is none.
    #[error("after the comma of an API key comes the base URL of its server: https://HOST/v1")]
    NotABaseUrl,
    /// It is an AccessToken that has ended.
    #[error("this AccessToken has expired; get a new one from chatgpt.com/api/auth/session")]
    Expired,
}

/// One line, or one JSON document.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) kind: &'static str,
    pub(super) account: Result<NewAccount, Rejection>,
}

/// Reads all lines; `unidentified` names an account whose tokens do not say whose they are.
pub(super) fn read(
    text: &SecretString,
    source: Source,
    now: u64,
    unidentified: impl Fn(&SecretString) -> [u8; 16],
) -> Vec<Line> {
    // Editors of some systems begin a file with a mark.
    let text = text.expose_secret().trim_start_matches('\u{feff}');
    let reader = Reader {
        source,
        now,
        unidentified: &unidentified,
    };
    if is_document(text) {
        return vec![reader.document(text)];
    }
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(index, line)| reader.line(index + 1, line))
        .collect()
}

struct Reader<'a> {
    source: Source,
    now: u64,
    unidentified: &'a dyn Fn(&SecretString) -> [u8; 16],
}

/// The tokens of one account, as they were found.
#[derive(Default)]
struct Found {
    access: Option<(SecretString, Claims)>,
    refresh: Option<(SecretString, Option<&'static str>)>,
    workspace: Option<String>,
    base_url: Option<String>,
}

impl Reader<'_> {
    fn line(&self, number: usize, line: &str) -> Line {
        if line.starts_with('{') {
            return Line {
                number,
                ..self.document(line)
            };
        }
        let (token, workspace) = split_workspace(line);
        let mut found = Found {
            workspace: workspace.map(str::to_owned),
            ..Found::default()
        };
        let secret = SecretString::from(token);
        // Callers show tokens of ChatGPT; what stands behind a comma there is no server.
        if self.source != Source::Caller
            && let Some(base_url) = base_url_of(token, workspace)
        {
            return Line {
                number,
                kind: API_KEY,
                account: platform_account(secret, base_url)
                    .and_then(|found| self.account(found, API_KEY)),
            };
        }
        let (kind, rejection) = match recognise(token) {
            TokenKind::AccessToken(claims) => {
                found.access = Some((secret, claims));
                ("access_token", None)
            }
            TokenKind::RelayToken => {
                found.access = Some((secret, Claims::default()));
                ("relay_token", None)
            }
            TokenKind::RefreshToken(family) => {
                found.refresh = Some((secret, family.map(client)));
                ("refresh_token", None)
            }
            TokenKind::SessionToken => {
                found.refresh = Some((secret, Some(CLIENT_SESSION)));
                ("session_token", None)
            }
            TokenKind::PlatformKey | TokenKind::Unknown => ("unknown", Some(Rejection::NotAToken)),
        };
        let account = match rejection {
            Some(rejection) => Err(rejection),
            None => self.account(found, kind),
        };
        Line {
            number,
            kind,
            account,
        }
    }

    /// The JSON of a session, or the file of the Codex client.
    fn document(&self, text: &str) -> Line {
        let Some(tokens) = pasted::read(text) else {
            return Line {
                number: 1,
                kind: "unknown",
                account: Err(Rejection::NotAToken),
            };
        };
        let access = tokens.access_token.map(|token| {
            let claims = chatgpt::access_token::claims(&token).unwrap_or_default();
            (SecretString::from(token), claims)
        });
        let family = tokens.family;
        let refresh = tokens.refresh_token;
        let refresh = refresh.map(|token| (SecretString::from(token), family.map(client)));
        let session = tokens
            .session_token
            .map(|token| (SecretString::from(token), Some(CLIENT_SESSION)));
        let found = Found {
            access,
            refresh: refresh.or(session),
            workspace: tokens.workspace,
            base_url: None,
        };
        Line {
            number: 1,
            kind: "sign_in_file",
            account: self.account(found, "sign_in_file"),
        }
    }

    fn account(&self, found: Found, kind: &str) -> Result<NewAccount, Rejection> {
        let ended = |claims: &Claims| claims.expires_at.is_some_and(|at| at <= self.now);
        let access = match found.access {
            Some((_, claims)) if ended(&claims) && found.refresh.is_none() => {
                return Err(Rejection::Expired);
            }
            access => access,
        };
        let workspace = found.workspace;
        let base_url = found.base_url;
        let identity = match (&access, &found.refresh, &base_url) {
            (Some((key, _)), _, Some(base_url)) => platform_identity(key, base_url)?,
            (Some((token, _)), ..) => identity_of(token, workspace.as_deref()),
            (None, Some((token, _)), _) => (self.unidentified)(token),
            (None, None, _) => return Err(Rejection::NotAToken),
        };
        let claims = access.as_ref().map(|(_, claims)| claims.clone());
        let claims = claims.unwrap_or_default();
        let (refresh, refresh_client) = found.refresh.unzip();
        Ok(NewAccount {
            identity,
            label: label(claims.plan.as_deref().unwrap_or(kind), identity),
            source: self.source.word().to_owned(),
            device_id: device_id_of(identity),
            workspace,
            base_url,
            plan: claims.plan,
            tokens: NewTokens {
                access: access.map(|(token, _)| token),
                access_expires_at: claims.expires_at.and_then(|it| i64::try_from(it).ok()),
                refresh,
                refresh_client: refresh_client.flatten().map(str::to_owned),
            },
        })
    }
}

/// What a key of a server with API keys is called.
const API_KEY: &str = "api_key";

/// Where keys are good for that name no server.
const OPENAI: &str = "https://api.openai.com/v1";

/// The server of an API key; nothing for any other token.
fn base_url_of<'a>(token: &str, beside: Option<&'a str>) -> Option<&'a str> {
    let is_key = matches!(recognise(token), TokenKind::PlatformKey);
    match beside {
        Some(beside) if is_key || beside.contains("://") => Some(beside),
        None if is_key => Some(OPENAI),
        _ => None,
    }
}

/// An account of a server with API keys.
fn platform_account(key: SecretString, base_url: &str) -> Result<Found, Rejection> {
    let url = Url::parse(base_url).map_err(|_| Rejection::NotABaseUrl)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
        return Err(Rejection::NotABaseUrl);
    }
    Ok(Found {
        access: Some((key, Claims::default())),
        base_url: Some(url.as_str().trim_end_matches('/').to_owned()),
        ..Found::default()
    })
}

/// What tells one key of one server from others.
fn platform_identity(key: &SecretString, base_url: &str) -> Result<[u8; 16], Rejection> {
    let base_url = Url::parse(base_url).map_err(|_| Rejection::NotABaseUrl)?;
    Ok(Credential::platform(key.clone(), base_url, "", None).key())
}

/// Whether all of a text is one JSON document, and not a list with one on each line.
fn is_document(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.lines().next().unwrap_or_default();
    text.starts_with('{') && serde_json::from_str::<IgnoredAny>(first).is_err()
}

/// A name that shows nothing personal, and is the same at every import.
fn label(kind: &str, identity: [u8; 16]) -> String {
    let [a, b, c, ..] = identity;
    format!("{kind}-{a:02x}{b:02x}{c:02x}")
}

fn client(family: RefreshFamily) -> &'static str {
    match family {
        RefreshFamily::Codex => CLIENT_CODEX,
        RefreshFamily::Mobile => CLIENT_MOBILE,
    }
}
