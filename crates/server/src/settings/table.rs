//! The table of settings: name, default, meaning and example of each.
//!
//! The reference in `docs/settings.md` is made from it. Data only.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// The variable's name; in the TOML file in lower case.
    pub name: &'static str,
    /// What holds when it is not set; empty for nothing.
    pub default: &'static str,
    /// Whether its value is never shown.
    pub is_secret: bool,
    /// What it does.
    pub doc: &'static str,
    /// A value that works.
    pub example: &'static str,
}

const fn setting(
    name: &'static str,
    default: &'static str,
    example: &'static str,
    doc: &'static str,
) -> Setting {
    Setting {
        name,
        default,
        is_secret: false,
        doc,
        example,
    }
}

const fn secret(name: &'static str, example: &'static str, doc: &'static str) -> Setting {
    Setting {
        is_secret: true,
        ..setting(name, "", example, doc)
    }
}

mod accounts;
mod files;
mod groups;

pub(super) use accounts::*;
pub(super) use files::*;
pub(super) use groups::{GROUPS, all};

pub(super) const HOST: Setting = setting("HOST", "127.0.0.1", "0.0.0.0", "Address to listen on.");
pub(super) const PORT: Setting = setting(
    "PORT",
    "5005",
    "8080",
    "Port to listen on; 0 takes any free one.",
);
pub(super) const API_PREFIX: Setting = setting(
    "API_PREFIX",
    "",
    "my-team",
    "Path below which the API is served, as in `/my-team/v1`. It is a path, not a password: everybody who calls the API knows it.",
);
pub(super) const RETRY_TIMES: Setting = setting(
    "RETRY_TIMES",
    "3",
    "1",
    "Further attempts, with another account where there is one, when a request fails in a way that may pass. Only before the first byte of an answer, and never after a challenge.",
);
pub(super) const CHATGPT_BASE_URL: Setting = setting(
    "CHATGPT_BASE_URL",
    "https://chatgpt.com",
    "https://relay.example,https://chatgpt.com",
    "One or more upstream addresses, separated by commas. An account keeps its own, and the next one is taken when it cannot be reached.",
);
pub(super) const PROXY_URL: Setting = Setting {
    is_secret: true,
    ..setting(
        "PROXY_URL",
        "",
        "socks5h://user:pass@127.0.0.1:1080,direct",
        "Egress proxies (`http`, `https`, `socks5`, `socks5h`, or `direct`), separated by commas. An account keeps its own as long as it is in the list.",
    )
};
pub(super) const SENTINEL_PROXY_URL: Setting = Setting {
    is_secret: true,
    ..setting(
        "SENTINEL_PROXY_URL",
        "",
        "http://127.0.0.1:8118",
        "Egress proxies for asking upstream's requirements only; the account's own when not set.",
    )
};
pub(super) const AUTH_KEY: Setting = secret(
    "AUTH_KEY",
    "relay-password",
    "Sent upstream as the headers `authkey` and `auth_key`, for a private relay in front of ChatGPT.",
);
pub(super) const OAI_LANGUAGE: Setting = setting(
    "OAI_LANGUAGE",
    "zh-CN",
    "en-US",
    "The language stated to upstream.",
);
pub(super) const USER_AGENT_SUFFIX: Setting = setting(
    "USER_AGENT_SUFFIX",
    "",
    "(ops@example.com)",
    "Text after our own name and version in the user agent.",
);
pub(super) const CONVERSATION_ONLY: Setting = setting(
    "CONVERSATION_ONLY",
    "false",
    "true",
    "Calls the conversation endpoint directly, without asking for requirements; for a relay that does it.",
);
pub(super) const HISTORY_DISABLED: Setting = setting(
    "HISTORY_DISABLED",
    "true",
    "false",
    "Temporary chats: upstream neither lists nor trains on them, and no ids are returned. `history_disabled` in a request overrules it.",
);
pub(super) const CHECK_MODEL: Setting = setting(
    "CHECK_MODEL",
    "false",
    "true",
    "Sends a request only to an account whose own model list has the model.",
);
pub(super) const POW_DIFFICULTY: Setting = setting(
    "POW_DIFFICULTY",
    "00003a",
    "000032",
    "The hardest proof of work that is solved, in hex digits; lower is harder. A harder one ends in `upstream_challenge_required`.",
);
pub(super) const CONNECT_TIMEOUT_SECONDS: Setting = setting(
    "CONNECT_TIMEOUT_SECONDS",
    "10",
    "5",
    "How long a connection to upstream may take.",
);
pub(super) const FIRST_BYTE_TIMEOUT_SECONDS: Setting = setting(
    "FIRST_BYTE_TIMEOUT_SECONDS",
    "60",
    "120",
    "How long upstream may take to begin to answer.",
);
pub(super) const IDLE_TIMEOUT_SECONDS: Setting = setting(
    "IDLE_TIMEOUT_SECONDS",
    "300",
    "120",
    "How long upstream may be silent in the middle of an answer.",
);
pub(super) const HEARTBEAT_SECONDS: Setting = setting(
    "HEARTBEAT_SECONDS",
    "15",
    "10",
    "How long a stream may be silent before a comment is sent that keeps it open.",
);
pub(super) const HEADER_TIMEOUT_SECONDS: Setting = setting(
    "HEADER_TIMEOUT_SECONDS",
    "10",
    "5",
    "How long a caller may take to send the head of a request.",
);
pub(super) const DRAIN_SECONDS: Setting = setting(
    "DRAIN_SECONDS",
    "30",
    "120",
    "How long running answers may go on after the first signal to stop.",
);
pub(super) const BODY_LIMIT_BYTES: Setting = setting(
    "BODY_LIMIT_BYTES",
    "33554432",
    "10485760",
    "Largest request body, in bytes. Files sent inside a body, in base64, count; those of `/v1/files` do not.",
);
pub(super) const REASONING_FORMAT: Setting = setting(
    "REASONING_FORMAT",
    "parsed",
    "raw",
    "How reasoning is delivered: `parsed` in `reasoning_content`, `raw` in the text between `<think>` tags, `hidden` not at all. `reasoning_format` in a request overrules it.",
);
pub(super) const TOOL_ACTIVITY: Setting = setting(
    "TOOL_ACTIVITY",
    "markdown",
    "structured",
    "How the model's use of tools is shown: `markdown` in the text, `structured` in `tool_activity` beside it. `tool_activity` in a request overrules it.",
);
pub(super) const ANTHROPIC_MODELS: Setting = setting(
    "ANTHROPIC_MODELS",
    "claude-*=auto",
    "claude-*haiku*=gpt-5-mini,claude-*=gpt-5.2",
    "What `/v1/messages` asks for in place of Anthropic's models: `pattern=model` pairs, separated by commas, `*` for any characters. The first that fits decides; a name that fits none is asked for as it is.",
);
pub(super) const MODEL_DOWNGRADE: Setting = setting(
    "MODEL_DOWNGRADE",
    "warn",
    "retry",
    "What to do when another model answers than was asked for: `warn` in a header, `retry` with another account, or `fail`.",
);
pub(super) const DRIVERS: Setting = setting(
    "DRIVERS",
    "web,codex,platform",
    "codex,web",
    "What accounts may be asked through, the preferred one first: `web` as the web page does, `codex` as the Codex command line does, `platform` with an API key. A model's name that begins with one of them, as in `codex/gpt-5.5`, asks that one.",
);
pub(super) const EMULATE_TOOLS: Setting = setting(
    "EMULATE_TOOLS",
    "false",
    "true",
    "Whether tools and JSON formats of callers are done on the `web` driver by asking for them in words, and named in `x-flowgpt-emulated`. Otherwise such requests need an account for another driver.",
);
pub(super) const CONTINUITY: Setting = setting(
    "CONTINUITY",
    "true",
    "false",
    "Whether a chat goes on in the conversation where ChatGPT has what was said before, so that only the new messages are sent; only on the `web` driver. `x-flowgpt-continuity: off` in a request, or a key's policy, overrules it.",
);
pub(super) const ENABLE_LIMIT: Setting = setting(
    "ENABLE_LIMIT",
    "true",
    "false",
    "Does not ask an account for a model or a feature until the limit clears that upstream named. `false` asks all the same.",
);
pub(super) const DELETE_AFTER_MINUTES: Setting = setting(
    "DELETE_AFTER_MINUTES",
    "0",
    "60",
    "Deletes conversations that are kept upstream so many minutes after they began; `0` never. `delete_after_minutes` in a request overrules it. Only for accounts of the pool.",
);
pub(super) const METRICS_LISTEN: Setting = setting(
    "METRICS_LISTEN",
    "",
    "127.0.0.1:9464",
    "Address of a second listener that serves `/metrics` for Prometheus; none when not set.",
);
pub(super) const CORS_ORIGINS: Setting = setting(
    "CORS_ORIGINS",
    "*",
    "https://app.example",
    "Web pages that may call the API: `*`, `none`, or origins separated by commas. Never with credentials.",
);
pub(super) const LOG_LEVEL: Setting = setting(
    "LOG_LEVEL",
    "info",
    "flowgpt=debug,warn",
    "What is logged: `error`, `warn`, `info`, `debug`, `trace`, or a list of `target=level`.",
);
pub(super) const LOG_FORMAT: Setting = setting(
    "LOG_FORMAT",
    "text",
    "json",
    "How log lines look: `text` or `json`.",
);

/// Names an older `.env` may have that have no effect here, and why.
pub(super) const INERT: &[(&str, &str)] = &[
    ("ARKOSE_TOKEN_URL", CAPTCHA),
    ("ARK0SE_TOKEN_URL", CAPTCHA),
    ("TURNSTILE_SOLVER_URL", CAPTCHA),
    ("IMPERSONATE", OWN_AGENT),
    ("USER_AGENTS", OWN_AGENT),
    ("DEVICE_TUPLE", OWN_AGENT),
    ("BROWSER_TUPLE", OWN_AGENT),
    ("PLATFORM_TUPLE", OWN_AGENT),
    ("ENABLE_HOMEPAGE", NOT_HERE),
    ("NO_SENTINEL", OWN_CHECKS),
    ("VOICE_HOST", NOT_HERE),
];

const CAPTCHA: &str = "captcha solving is not part of this gateway";
const OWN_AGENT: &str = "this gateway sends its own user agent";
const OWN_CHECKS: &str = "the gateway always does itself what upstream demands before a message";
const NOT_HERE: &str = "this version does not have what it sets";
