//! Signing in by a script of our pages: with what, how often, and until when.

use std::time::Duration;

use accounts::{KeyPolicy, NewManagedKey};
use http::Method;
use secrecy::ExposeSecret;
use serde_json::json;
use simulator::{RefreshFamily, TokenSpec};
use tempfile::TempDir;

use super::{Browser, closed, cookie_of, sent};
use crate::support::{KEY, Reply, Setup, TestApp};

#[tokio::test]
async fn a_key_a_seed_and_tokens_of_ones_own_sign_in() {
    let app = TestApp::start().await;
    let own = TokenSpec::new("mine");
    let access = app.simulator.mint_access_token(&own);
    let refresh = app.simulator.mint_refresh_token(&own, RefreshFamily::Codex);
    let session = json!({"user": {"name": "x"}, "accessToken": access}).to_string();
    for (code, kind, is_operator) in [
        (KEY, "key", true),
        ("a word of mine", "seed", false),
        (access.as_str(), "token", false),
        (refresh.as_str(), "token", false),
        (session.as_str(), "token", false),
    ] {
        let browser = Browser::signed_in(&app, code).await;
        let session = browser.session().await;
        assert_eq!(session.status, 200, "{kind}: {}", session.text);
        assert_eq!(session.header("cache-control"), "no-store");
        let shown = session.json();
        assert_eq!(shown["kind"], kind);
        assert_eq!(shown["is_operator"], is_operator, "{kind}");
        assert_eq!(shown["temporary_by_default"], false);
        assert_eq!(shown["api_base"], "/v1");
        assert_eq!(shown["version"], env!("CARGO_PKG_VERSION"));
        assert!(!session.text.contains(code), "{kind}");
        let models = browser.get("/v1/models").await;
        assert_eq!(models.status, 200, "{kind}: {}", models.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_opens_nothing_is_refused_with_the_same_words_and_then_slowed_down() {
    let app = closed().standing().start().await;
    let browser = Browser::new(&app);
    let expired = TokenSpec {
        lifetime: Duration::ZERO,
        ..TokenSpec::new("late")
    };
    let expired = app.simulator.mint_access_token(&expired);
    let forged = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjQwMDAwMDAwMDB9.AAAA";
    let mut texts = Vec::new();
    for code in ["no such word", "rt_nonsense", &expired, forged, ""] {
        let reply = browser.sign_in(code).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (401, "invalid_code"),
            "{code}"
        );
        assert_eq!(reply.header("set-cookie"), "");
        texts.push(reply.text);
    }
    assert!(texts.iter().all(|it| *it == texts[0]));
    // A right one has to wait as well: whoever guesses does not learn which it was.
    let slowed = browser.sign_in(KEY).await;
    assert_eq!(
        (slowed.status, slowed.code().as_str()),
        (429, "too_many_attempts")
    );
    assert_eq!(slowed.header("retry-after"), "2");
    app.stop().await;
}

/// A second may pass between the parts of an answer, and a day may not.
fn assert_thirty_days(seconds: &str) {
    let seconds: u64 = seconds.parse().unwrap();
    assert!((2_592_000 - 60..=2_592_000).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_and_goes_by_tls_where_there_is_tls() {
    for (public_url, name, secure) in [
        ("http://gateway.example", "flowgpt_session", ""),
        (
            "https://gateway.example",
            "__Host-flowgpt_session",
            "; Secure",
        ),
    ] {
        let app = Setup::new().set("PUBLIC_URL", public_url).start().await;
        let mut browser = Browser::new(&app);
        let reply = browser.sign_in(KEY).await;
        let cookie = reply.header("set-cookie").to_owned();
        let (token, rules) = cookie.split_once("; ").unwrap();
        let (rules, lasts) = rules.split_once("; Max-Age=").unwrap();
        assert_eq!(rules, "Path=/; HttpOnly; SameSite=Lax");
        assert_thirty_days(lasts.strip_suffix(secure).unwrap());
        let value = token.strip_prefix(&format!("{name}=")).unwrap();
        assert_eq!(value.len(), 43, "256 bits");
        browser.cookie = token.to_owned();
        assert_eq!(browser.session().await.status, 200);
        let out = browser.send(Method::DELETE, "/api/session", None).await;
        assert_eq!(out.status, 204);
        // It goes by the attributes that it came with.
        let gone = format!("{name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}");
        assert_eq!(out.header("set-cookie"), gone);
        assert_eq!(browser.session().await.status, 401);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let question = json!({"model": "auto", "input": "simulate:echo hi"});
    for (method, path) in [
        (Method::POST, "/v1/responses"),
        (Method::POST, "/v1/chat/completions"),
        (Method::DELETE, "/v1/files/file-1"),
        (Method::POST, "/seedtoken"),
        (Method::POST, "/api/chats"),
        (Method::DELETE, "/api/chats/chat_1"),
        (Method::DELETE, "/api/session"),
        (Method::POST, "/api/session"),
    ] {
        let forged = browser.plain(method, path).json(&question);
        let reply = sent(forged).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (403, "csrf_refused"),
            "{path}"
        );
    }
    // No script can set a header of a socket's handshake, and no rule of origins holds for it.
    let socket = browser
        .request(Method::GET, "/v1/responses")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
    let mut forged = socket.try_clone().unwrap().build().unwrap();
    forged.headers_mut().remove("x-flowgpt-ui");
    let refused = browser.client.execute(forged).await.unwrap();
    assert_eq!(Reply::read(refused).await.code(), "csrf_refused");
    assert_eq!(socket.send().await.unwrap().status(), 101);
    assert!(app.conversations().is_empty(), "upstream was asked");
    let own = browser
        .send(Method::POST, "/v1/responses", Some(&question))
        .await;
    assert_eq!(own.status, 200, "{}", own.text);
    assert_eq!(browser.session().await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn what_is_shown_in_a_header_counts_and_the_cookie_does_not() {
    let app = closed().start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let with_key = browser.plain(Method::POST, "/v1/responses");
    let question = json!({"model": "auto", "input": "simulate:echo hi"});
    let reply = sent(with_key.bearer_auth(KEY).json(&question)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let wrong = browser.request(Method::GET, "/v1/models");
    let reply = sent(wrong.bearer_auth("no such word")).await;
    assert_eq!(reply.status, 401, "{}", reply.text);
    // An empty one is none.
    let empty = browser.plain(Method::POST, "/v1/responses");
    let reply = sent(empty.header("authorization", "Bearer ").json(&question)).await;
    assert_eq!(reply.code(), "csrf_refused");
    app.stop().await;
}

#[tokio::test]
async fn a_session_ends_with_the_key_or_the_seed_behind_it() {
    let app = TestApp::start().await;
    let new = NewManagedKey {
        name: "a friend".into(),
        policy: KeyPolicy::default(),
        expires_at: None,
    };
    let keys = app.app.keys();
    let key = keys.create(new, &[7; 64], 0).await.unwrap();
    let by_key = Browser::signed_in(&app, key.secret.expose_secret()).await;
    let by_seed = Browser::signed_in(&app, "a word of mine").await;
    let session = by_key.session().await.json();
    assert_eq!(
        (&session["label"], &session["kind"]),
        (&json!("a friend"), &json!("key"))
    );
    keys.remove(key.view.id, 0).await.unwrap();
    let word = "a word of mine".into();
    assert!(app.app.database().remove_seed(&word).await.unwrap());
    // The door is open here, and yet the seed does not come back by itself.
    for browser in [by_key, by_seed] {
        for path in ["/api/session", "/v1/models", "/api/chats"] {
            let reply = browser.get(path).await;
            assert_eq!(reply.status, 401, "{path}: {}", reply.text);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_session_that_is_used_goes_on_and_one_that_is_not_ends() {
    let folder = TempDir::new().unwrap();
    let days = |days: u64| Duration::from_hours(24 * days);
    let start = async |ahead| {
        let setup = Setup::new().in_folder(&folder).later(ahead);
        setup.start().await
    };
    let app = start(days(0)).await;
    let used = Browser::signed_in(&app, KEY).await.cookie;
    let left = Browser::signed_in(&app, KEY).await.cookie;
    app.stop().await;
    for (at, is_left_good) in [(20, true), (49, false)] {
        let app = start(days(at)).await;
        let mut browser = Browser::new(&app);
        browser.cookie.clone_from(&used);
        let session = browser.session().await;
        assert_eq!(session.status, 200, "day {at}");
        let again = session.header("set-cookie");
        let (_, seconds) = again.split_once("Max-Age=").unwrap();
        assert_thirty_days(seconds.split(';').next().unwrap());
        assert_eq!(cookie_of(&session), used);
        if !is_left_good {
            browser.cookie.clone_from(&left);
            assert_eq!(browser.session().await.status, 401);
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn below_a_prefix_the_pages_learn_where_the_api_is() {
    let app = Setup::new().set("API_PREFIX", "team").start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    assert_eq!(browser.session().await.json()["api_base"], "/team/v1");
    assert_eq!(browser.get("/team/v1/models").await.status, 200);
    assert_eq!(browser.get("/v1/models").await.status, 404);
    app.stop().await;
}
