//! The route table of the face.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, patch, post};
use http::{HeaderValue, header};

use crate::body::LIST;
use crate::{
    Admin, accounts_list, accounts_work, audit, forms, keys, mirror, overview, pages, reference,
    seed_tokens, seeds, session, sign_ins, usage,
};

/// One route, as the reference document describes it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// In lower case.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// The members of the JSON body, if there is one.
    pub body: &'static str,
    /// What it answers.
    pub reply: &'static str,
    /// Whether it can be asked without being signed in.
    pub is_open: bool,
}

macro_rules! routes {
    ($($method:ident $path:literal $handler:path, $summary:literal, $body:literal, $reply:literal $(, $open:ident)?;)+) => {
        /// Every route below `/admin`.
        pub const ADMIN_ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            path: $path,
            summary: $summary,
            body: $body,
            reply: $reply,
            is_open: is_open!($($open)?),
        }),+];

        fn table() -> Vec<(&'static str, MethodRouter<Arc<Admin>>)> {
            vec![$(($path, $method($handler))),+]
        }
    };
}

macro_rules! is_open {
    () => {
        false
    };
    (open) => {
        true
    };
}

routes! {
    get "/admin" pages::sign_in, "A page to sign in", "", "a page", open;
    get "/admin/bootstrap" pages::sign_in, "The page of the printed link", "", "a page", open;
    post "/admin/api/bootstrap" session::bootstrap, "Choose the password at the first start", "`token`: from the printed link; `password`: at least 10 characters", "204 and the session's cookie", open;
    post "/admin/api/login" session::login, "Sign in", "`password`; `code`: of the second factor, if there is one", "204 and the session's cookie", open;
    post "/admin/api/logout" session::logout, "Sign out", "", "204", open;
    get "/admin/api/session" session::show, "Who is signed in", "", "`{actor, has_second_factor, password_is_given_by_settings}`";
    post "/admin/api/password" session::change_password, "Change the password; ends all other sessions", "`current`, `new`; `code`: of the second factor, if there is one", "204 and a new cookie";
    post "/admin/api/totp" session::begin_totp, "Make a secret for codes of an app; it is not in force yet", "", "`{otpauth_url}`";
    post "/admin/api/totp/confirm" session::confirm_totp, "Put the secret in force; ends all other sessions", "`code`", "204 and a new cookie";
    delete "/admin/api/totp" session::remove_totp, "Do without codes", "`password`, `code`", "204";
    get "/admin/api/overview" overview::show, "How everything is", "", "`{version, api_base, database, accounts: {total, usable, by_state}, requests_in_use, requests_waiting, today, yesterday, hours: [{hour, requests, failures}], first_text_ms, capacity: [{name, remaining_percent, accounts, as_of}], warnings}`";
    get "/admin/api/accounts" accounts_list::list, "List accounts; query: `health`, `search`, `after`, `limit`", "", "`{total, accounts: [account]}`";
    post "/admin/api/accounts" accounts_list::import, "Take accounts in, one on each line", "`text`; `dry_run`: only say what would come of it", "`{added, updated, restored, unchanged, rejected, lines: [{line, kind, outcome, account_id, account, reason}]}`";
    get "/admin/api/accounts/errors" accounts_list::errors, "Accounts that cannot be asked, or only in need, and why", "", "`{accounts: [{id, label, health, reason, since}]}`";
    post "/admin/api/accounts/refresh" accounts_work::refresh_all, "Renew the tokens of all accounts, behind the reply", "", "202 `{accounts}`";
    post "/admin/api/accounts/clear" accounts_work::clear, "Clear all accounts; they can be brought back for a day", "", "`{clearing, count, undo_until}`";
    post "/admin/api/accounts/remove" accounts_work::clear_some, "Remove some accounts; they can be brought back for a day", "`ids`", "`{clearing, count, undo_until}`";
    get "/admin/api/accounts/{id}" accounts_list::show, "One account", "", "the account, without its tokens";
    patch "/admin/api/accounts/{id}" accounts_list::change, "Change an account", "`label`, `is_disabled`, `max_in_use` (null for the general limit), `egress` (its name, `direct`, or null), `reset_device_id`", "the account";
    delete "/admin/api/accounts/{id}" accounts_list::remove, "Remove an account and its tokens for ever", "", "204";
    post "/admin/api/accounts/{id}/refresh" accounts_work::refresh, "Renew its tokens now", "", "the account";
    post "/admin/api/accounts/{id}/check" accounts_work::check, "Ask ChatGPT about it", "", "the account";
    post "/admin/api/accounts/{id}/enable" accounts_work::enable, "Take it in again", "", "the account";
    post "/admin/api/accounts/{id}/disable" accounts_work::disable, "Take it out", "", "the account";
    post "/admin/api/accounts/{id}/clear-limits" accounts_work::clear_limits, "Forget what it has used up", "`scope`: `model:SLUG` or `feature:NAME`; all without it", "the account";
    post "/admin/api/accounts/{id}/mark-healthy" accounts_work::mark_healthy, "Take your word that it is healthy", "", "the account";
    post "/admin/api/undo" accounts_work::undo, "Bring back what a clearing took", "`clearing`", "`{restored}`";
    post "/admin/api/sign-ins" sign_ins::begin, "Begin to sign an account in with ChatGPT", "`method`: `browser` or `device`", "201 `{id, status, authorize_url}` or `{id, status, user_code, verification_url, interval}`";
    get "/admin/api/sign-ins/{id}" sign_ins::show, "How a sign-in stands", "", "`{id, status: pending|done|failed, account, reason}`";
    post "/admin/api/sign-ins/{id}/finish" sign_ins::finish, "End a sign-in with the address the browser ended on", "`address`", "as above";
    get "/admin/api/keys" keys::list, "List managed keys", "", "`{keys: [key]}`";
    post "/admin/api/keys" keys::create, "Make a key; it is shown once", "`name`; `policy`: `{models, drivers, accounts, max_in_use, budgets: [{period, requests, tokens}], continuity}`; `expires_at`", "201, the key with `key`";
    patch "/admin/api/keys/{id}" keys::change, "Change a key", "`name`, `policy`, `is_disabled`, `expires_at` (null for never)", "the key";
    delete "/admin/api/keys/{id}" keys::remove, "Remove a key for ever", "", "204";
    post "/admin/api/keys/{id}/rotate" keys::rotate, "Give a key a new value, shown once; its budgets go on", "`overlap_seconds`: for so long the value before opens too, 0 without it", "the key with `key`";
    get "/admin/api/keys/{id}/usage" keys::usage, "What a key has used of its budgets", "", "`{budgets: [{period, starts_at, resets_at, requests, tokens}]}`, both as `{used, reserved, limit}`";
    get "/admin/api/seeds" seeds::list, "List seeds", "", "`{seeds: [{id, seed, account_id, account, created_at, rebound_at}]}`";
    post "/admin/api/seeds" seeds::bind, "Make a seed, or bind it to another account", "`seed`; `account_id`: the pool chooses without it", "the seed";
    delete "/admin/api/seeds" seeds::remove, "Remove a seed", "`seed`", "204";
    post "/admin/api/seeds/clear" seeds::clear, "Clear all seeds; they can be brought back for a day", "", "`{clearing, count, undo_until}`";
    get "/admin/api/usage" usage::sums, "Sums of usage; query: `group` (`day`, `key`, `account`, `model`), `since`, `until`", "", "`{usage: [{name, requests, failures, prompt_tokens, completion_tokens}]}`; the `name` of a day is its number since 1970";
    get "/admin/api/requests" usage::requests, "Single requests, the newest first; query: `since`, `until`, `key_id`, `account_id`, `model`, `route`, `status` (`ok`, `failed`), `before`, `limit`", "", "`{requests: [request]}`";
    get "/admin/api/settings" audit::settings, "The settings in effect, without secrets", "", "`{settings: [{name, value, origin}]}`";
    get "/admin/api/mirror" mirror::show, "How it stands with the official interface that is mirrored", "", "`{is_on, accounts: [{account, build, first_seen, last_good, reason, probes: [{rule, applied}]}]}`";
    get "/admin/api/audit" audit::list, "What was done here; query: `before`, `limit`", "", "`{entries: [{id, at, actor, action, subject, detail}]}`";
    post "/admin/tokens/upload" forms::upload, "The classic form: take accounts in", "a form with `text`, one token on each line", "as `POST /admin/api/accounts`";
    post "/admin/tokens/clear" forms::clear, "The classic form: clear all accounts", "", "`{clearing, count, undo_until}`";
    post "/admin/tokens/seed_clear" forms::clear_seeds, "The classic form: clear all seeds", "", "`{clearing, count, undo_until}`";
    get "/admin/tokens/error" forms::errors, "The classic list of failed accounts", "", "as `GET /admin/api/accounts/errors`";
    post "/admin/tokens/error" forms::errors, "The classic list of failed accounts", "", "as `GET /admin/api/accounts/errors`";
    get "/admin/api/openapi.json" reference::openapi, "This description for programs", "", "OpenAPI 3.1", open;
    get "/admin/api/docs" pages::reference, "This description for people", "", "a page", open;
}

/// Whether the face serves the pages for signing in that it has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnPages {
    /// It does.
    Served,
    /// The program has better ones.
    Replaced,
}

/// Where the face's own pages are.
const OWN_PAGES: [&str; 2] = ["/admin", "/admin/bootstrap"];

/// The routes below `/admin`.
pub fn routes(admin: Arc<Admin>, own_pages: OwnPages) -> Router {
    let mut router = Router::new();
    for (path, handler) in table() {
        if own_pages == OwnPages::Replaced && OWN_PAGES.contains(&path) {
            continue;
        }
        router = router.route(path, handler);
    }
    router
        .layer(DefaultBodyLimit::max(LIST))
        .layer(from_fn(private))
        .with_state(admin)
}

/// `/seedtoken`, which is below `API_PREFIX`.
pub fn seed_routes(admin: Arc<Admin>) -> Router {
    Router::new()
        .route(
            "/seedtoken",
            get(seed_tokens::show)
                .post(seed_tokens::bind)
                .delete(seed_tokens::remove),
        )
        .layer(from_fn(private))
        .with_state(admin)
}

/// Nothing of it is kept by a browser or a proxy, shown inside another page, or run.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages say what of theirs runs.
    let policy = headers.entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'",
    ));
    response
}
