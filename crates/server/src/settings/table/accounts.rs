//! Settings of accounts: which there are, how they are chosen, kept and renewed, who may use
//! them, and where all that is stored. Data only.

use super::{Setting, secret, setting};

pub(in crate::settings) const AUTHORIZATION: Setting = secret(
    "AUTHORIZATION",
    "sk-first,sk-second",
    "Gateway keys, separated by commas. Whoever shows one may use all shared accounts. Keys with limits are made with `flowgpt key`, or in the admin.",
);
pub(in crate::settings) const ACCOUNTS: Setting = secret(
    "ACCOUNTS",
    "data/token.txt",
    "Accounts: AccessTokens, RefreshTokens or session tokens, each with or without `,account_id`, and API keys, each with or without `,https://HOST/v1`; separated by commas or lines, or the path of a file that holds them. They are taken into the database at the start, and are removed from it for ever when they are taken out here, unless another entry is rejected. Processes that share a database need the same list. Others are added with `flowgpt account`, or in the admin.",
);
pub(in crate::settings) const ANONYMOUS: Setting = setting(
    "ANONYMOUS",
    "false",
    "true",
    "Adds an account called `anonymous`, on which nobody has signed in. It is asked only when no other account can serve a request, and only for plain chats: without files, GPTs or pictures, and not to go on with a conversation. ChatGPT may refuse it.",
);
pub(in crate::settings) const RANDOM_TOKEN: Setting = setting(
    "RANDOM_TOKEN",
    "true",
    "false",
    "`true` takes a random account for each request, `false` one after the other in the order of upload, going on after a restart. `ACCOUNT_STRATEGY` overrules it.",
);
pub(in crate::settings) const DATABASE_URL: Setting = secret(
    "DATABASE_URL",
    "postgres://flowgpt:password@127.0.0.1/flowgpt",
    "Where accounts, keys and usage are stored: a PostgreSQL URL, or `sqlite:PATH`. When not set, `flowgpt.db` in `DATA_DIR`. Several processes may share one PostgreSQL database.",
);
pub(in crate::settings) const FLOWGPT_MASTER_KEY: Setting = secret(
    "FLOWGPT_MASTER_KEY",
    "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
    "The key that secrets in the database are sealed with: 32 bytes in base64 or hexadecimal, as from `openssl rand -base64 32`. When not set, `master.key` in `DATA_DIR`, made at the first start. Processes that share a database need the same one.",
);
pub(in crate::settings) const ACCOUNT_STRATEGY: Setting = setting(
    "ACCOUNT_STRATEGY",
    "",
    "quota_aware",
    "How an account is chosen: `random`, `round_robin` in the order of upload, `least_loaded`, or `quota_aware`, which first uses what would lapse soonest. When not set, `RANDOM_TOKEN` decides.",
);
pub(in crate::settings) const ACCOUNT_CONCURRENCY: Setting = setting(
    "ACCOUNT_CONCURRENCY",
    "0",
    "2",
    "The most requests at once on one account, unless it has a limit of its own; `0` for no limit.",
);
pub(in crate::settings) const QUEUE_LIMIT: Setting = setting(
    "QUEUE_LIMIT",
    "100",
    "500",
    "How many requests may wait while all accounts are busy; more get 503 `accounts_busy`.",
);
pub(in crate::settings) const QUEUE_WAIT_SECONDS: Setting = setting(
    "QUEUE_WAIT_SECONDS",
    "30",
    "10",
    "How long a request waits for an account.",
);
pub(in crate::settings) const SCHEDULED_REFRESH: Setting = setting(
    "SCHEDULED_REFRESH",
    "false",
    "true",
    "Renews the tokens of accounts before they end, and all of them every four days at 03:00 local time; a missed run is caught up. `false` renews them only when a request needs it.",
);
pub(in crate::settings) const ACCOUNT_CHECK_HOURS: Setting = setting(
    "ACCOUNT_CHECK_HOURS",
    "24",
    "6",
    "How often ChatGPT is asked about each account (its plan, whether it still exists); `0` never.",
);
pub(in crate::settings) const AUTH_BASE_URL: Setting = setting(
    "AUTH_BASE_URL",
    "https://auth.openai.com",
    "http://127.0.0.1:5006",
    "Where the sign-in service is that tokens are renewed at.",
);
pub(in crate::settings) const OAUTH_CLIENT_ID: Setting = setting(
    "OAUTH_CLIENT_ID",
    "app_EMoamEEZ73f0CkXaXp7hrann",
    "app_EMoamEEZ73f0CkXaXp7hrann",
    "Who the gateway is to the sign-in service. The default is the public client id of the official command-line client; the service knows no other.",
);
pub(in crate::settings) const AUTO_SEED: Setting = setting(
    "AUTO_SEED",
    "true",
    "false",
    "Whether an unknown seed gets an account. Only while the gateway listens on this machine alone, or with `SEED_OPEN`; otherwise seeds are made in the admin, with `flowgpt seed`, or through `/seedtoken`.",
);
pub(in crate::settings) const SEED_OPEN: Setting = setting(
    "SEED_OPEN",
    "false",
    "true",
    "Lets anybody who reaches the gateway make a seed, and so use an account. With it the gateway is open to the world.",
);
pub(in crate::settings) const ENABLE_GATEWAY: Setting = setting(
    "ENABLE_GATEWAY",
    "",
    "true",
    "`true` serves what upstream's own pages ask, below `/backend-api` and its neighbours, for whoever is signed in. `false` serves neither that nor the web chat: the API and the admin alone. Not set: the web chat, and not `/backend-api`.",
);
pub(in crate::settings) const MIRROR_LISTEN: Setting = setting(
    "MIRROR_LISTEN",
    "",
    "127.0.0.1:5006",
    "Address of another listener that serves the official interface, live, for whoever is signed in; none when not set. It needs an origin of its own, because it is a stranger's code that runs there.",
);
pub(in crate::settings) const MIRROR_HOST: Setting = setting(
    "MIRROR_HOST",
    "",
    "mirror.example",
    "The host under which the official interface is served on the gateway's own port, instead of or beside `MIRROR_LISTEN`.",
);
pub(in crate::settings) const MIRROR_RULES: Setting = setting(
    "MIRROR_RULES",
    "",
    "./mirror-rules.toml",
    "A file with the rules by which official pages are changed, in place of the built-in ones. Read anew when it changes; one with a mistake changes nothing.",
);
pub(in crate::settings) const FORCE_NO_HISTORY: Setting = setting(
    "FORCE_NO_HISTORY",
    "false",
    "true",
    "Makes every chat that begins below `/backend-api` a temporary one, whatever the page asks.",
);
pub(in crate::settings) const X_SIGN: Setting = setting(
    "X_SIGN",
    "",
    "team-a",
    "Sent as the header `x-sign` with answers to messages below `/backend-api`.",
);
pub(in crate::settings) const EXPOSE_SEED_TOKENS: Setting = setting(
    "EXPOSE_SEED_TOKENS",
    "false",
    "true",
    "Lets an admin read the AccessTokens behind seeds through `/seedtoken`; everybody else gets the names of accounts.",
);
pub(in crate::settings) const ADMIN_PASSWORD: Setting = secret(
    "ADMIN_PASSWORD",
    "correct horse battery staple",
    "The admin's password. When not set, it is chosen at the one-time link that the first start prints.",
);
pub(in crate::settings) const LEGACY_URL_SIGNIN: Setting = setting(
    "LEGACY_URL_SIGNIN",
    "on",
    "seeds-only",
    "Whether a link of the form `/api/auth/signin?signin=CODE` signs in to the web chat: `on`, `seeds-only`, or `off`. Such a code ends up in histories and in logs of proxies.",
);
pub(in crate::settings) const ADMIN_BY_PREFIX: Setting = setting(
    "ADMIN_BY_PREFIX",
    "false",
    "true",
    "Makes everybody an admin who knows `API_PREFIX`, as older programs did. Everybody who calls the API knows it.",
);
pub(in crate::settings) const COUNT_USAGE: Setting = setting(
    "COUNT_USAGE",
    "true",
    "false",
    "Counts the tokens of every request for the usage. The tokenizer takes some 90 MB once it is used.",
);
pub(in crate::settings) const REQUEST_LOG_DAYS: Setting = setting(
    "REQUEST_LOG_DAYS",
    "30",
    "7",
    "How long single requests stay in the request log. It holds no prompt and no answer.",
);
pub(in crate::settings) const USAGE_DAYS: Setting = setting(
    "USAGE_DAYS",
    "400",
    "90",
    "How long sums of usage, the audit log, and who began which conversation are kept; a conversation that is older cannot be gone on with. From 1 to 36500.",
);
pub(in crate::settings) const RESPONSES_RETENTION_DAYS: Setting = setting(
    "RESPONSES_RETENTION_DAYS",
    "30",
    "7",
    "How long responses are kept that callers do not delete, and conversations of the Responses API that are not used. Responses of the web chat stay as long as their chat. What they say is sealed. From 1 to 36500.",
);
