//! The links of earlier programs: they work for whoever opens them, and for no other site.

use http::Method;
use reqwest::RequestBuilder;
use simulator::{RefreshFamily, TokenSpec};

use super::{Browser, closed, cookie_of, form, sent};
use crate::support::{KEY, Reply, Setup, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// An address typed into a browser.
fn typed(browser: &Browser<'_>, path: &str) -> RequestBuilder {
    let request = browser.plain(Method::GET, path);
    let request = request.header("user-agent", FIREFOX);
    request.header("sec-fetch-site", "none")
}

/// The same where another site led there.
fn led(browser: &Browser<'_>, path: &str) -> RequestBuilder {
    let request = browser.plain(Method::GET, path);
    let request = request.header("user-agent", FIREFOX);
    request.header("sec-fetch-site", "cross-site")
}

fn leads_to(reply: &Reply, path: &str) {
    let led = (reply.status, reply.header("location"));
    assert_eq!(led, (303, path), "{}", reply.text);
    assert_eq!(reply.text, "");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn a_link_signs_in_with_and_without_the_slash_and_another_signs_out() {
    let app = TestApp::start().await;
    for slash in ["", "/"] {
        let mut browser = Browser::new(&app);
        let path = format!("/api/auth/signin{slash}?signin=a%20word%20of%20mine");
        let reply = sent(typed(&browser, &path)).await;
        leads_to(&reply, "/");
        browser.cookie = cookie_of(&reply);
        assert_eq!(browser.session().await.json()["kind"], "seed");
        let path = format!("/api/auth/signout{slash}?signout=true");
        let reply = sent(typed(&browser, &path)).await;
        leads_to(&reply, "/");
        assert_eq!(browser.session().await.status, 401);
    }
    // A program that is no browser says nothing of where it comes from.
    let browser = Browser::new(&app);
    let path = format!("/api/auth/signin?signin={KEY}");
    leads_to(&sent(browser.plain(Method::GET, &path)).await, "/");
    app.stop().await;
}

#[tokio::test]
async fn a_link_on_another_site_only_asks() {
    let app = TestApp::start().await;
    let visitor = Browser::new(&app);
    let path = "/api/auth/signin?signin=a-word-of-theirs";
    let old = visitor.plain(Method::GET, path);
    for request in [
        led(&visitor, path),
        led(&visitor, path).header("sec-fetch-dest", "image"),
        old.header("user-agent", FIREFOX),
    ] {
        let asked = sent(request).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        assert!(!asked.header("set-cookie").contains("session"));
        // Only its end, so that a person knows which it is.
        assert!(asked.text.contains("…eirs"), "{}", asked.text);
        assert!(!asked.text.contains("a-word"), "{}", asked.text);
    }
    let asked = sent(led(&visitor, path)).await;
    let (_, rest) = asked.text.split_once("name=\"form\" value=\"").unwrap();
    let word = rest.split_once('"').unwrap().0.to_owned();
    let (cookie, _) = asked.header("set-cookie").split_once(';').unwrap();
    let confirm = |site: &'static str| {
        let request = visitor.plain(Method::POST, path);
        let request = request.header("cookie", cookie);
        let request = request.header("sec-fetch-site", site);
        sent(form(request, &[("form", word.as_str())]))
    };
    assert_eq!(confirm("cross-site").await.status, 403);
    let confirmed = confirm("same-origin").await;
    assert_eq!(confirmed.status, 303, "{}", confirmed.text);
    assert_eq!(confirmed.header("location"), "/");
    cookie_of(&confirmed);
    app.stop().await;
}

#[tokio::test]
async fn nothing_is_changed_by_looking_ahead_nor_for_somebody_who_is_signed_in() {
    let app = TestApp::start().await;
    let path = "/api/auth/signin?signin=a-word-of-theirs";
    let visitor = Browser::new(&app);
    let ahead = typed(&visitor, path).header("sec-purpose", "prefetch;prerender");
    let head = visitor.plain(Method::HEAD, path);
    for request in [ahead, head, typed(&visitor, "/api/auth/signin")] {
        let reply = sent(request).await;
        leads_to(&reply, "/auth/login");
        assert_eq!(reply.header("set-cookie"), "");
    }
    let browser = Browser::signed_in(&app, KEY).await;
    leads_to(&sent(typed(&browser, path)).await, "/");
    assert_eq!(browser.session().await.json()["kind"], "key");
    let out = "/api/auth/signout?signout=true";
    leads_to(&sent(led(&browser, out)).await, "/auth/logout");
    let plain = typed(&browser, "/api/auth/signout");
    leads_to(&sent(plain).await, "/auth/logout");
    assert_eq!(browser.session().await.status, 200);
    leads_to(&sent(typed(&visitor, out)).await, "/auth/login");
    for path in [
        "/auth/login/x",
        "/api/auth/signin/x",
        "/api/auth/callback/y",
    ] {
        leads_to(&sent(typed(&visitor, path)).await, "/auth/login");
    }
    app.stop().await;
}

#[tokio::test]
async fn links_can_be_left_to_seeds_or_turned_off() {
    for (setting, code, path) in [
        ("seeds-only", "a-word", Some("/")),
        ("seeds-only", KEY, None),
        ("off", "a-word", Some("/auth/login")),
        ("off", KEY, Some("/auth/login")),
    ] {
        let app = Setup::new().set("LEGACY_URL_SIGNIN", setting).start().await;
        let browser = Browser::new(&app);
        let link = format!("/api/auth/signin?signin={code}");
        let reply = sent(typed(&browser, &link)).await;
        match path {
            Some(path) => leads_to(&reply, path),
            None => assert_eq!(reply.status, 401, "{}", reply.text),
        }
        let is_in = reply.header("set-cookie").contains("flowgpt_session=");
        assert_eq!(is_in, path == Some("/"), "{setting} {code}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_code_in_a_link_is_not_repeated_and_counts() {
    let app = closed().standing().start().await;
    let browser = Browser::new(&app);
    let path = "/api/auth/signin?signin=no-such-word";
    for _ in 0..5 {
        let reply = sent(typed(&browser, path)).await;
        assert_eq!(reply.status, 401);
        assert!(reply.text.contains("role=\"alert\""), "{}", reply.text);
        assert!(!reply.text.contains("no-such-word"));
    }
    assert_eq!(browser.sign_in(KEY).await.status, 429);
    app.stop().await;
}

#[tokio::test]
async fn a_refresh_token_in_a_link_is_used_up_at_once_and_the_link_goes_on_working() {
    let app = TestApp::start().await;
    let own = TokenSpec::new("mine");
    let token = app.simulator.mint_refresh_token(&own, RefreshFamily::Codex);
    let link = format!("/api/auth/signin?signin={token}");
    for _ in 0..2 {
        let mut browser = Browser::new(&app);
        let reply = sent(typed(&browser, &link)).await;
        leads_to(&reply, "/");
        browser.cookie = cookie_of(&reply);
        assert_eq!(browser.get("/v1/models").await.status, 200);
    }
    let all = app.simulator.recorded();
    let exchanges = all.iter().filter(|it| it.path.ends_with("/oauth/token"));
    assert_eq!(exchanges.count(), 1);
    app.stop().await;
}
