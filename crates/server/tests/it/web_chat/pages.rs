//! Pages: signing in and out by forms, without scripts, and the files of the web chat.

use http::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Browser, closed, cookie_of, form, sent};
use crate::support::{KEY, Reply, Setup, TestApp};

/// The form of a page, with what it hides and the cookie that belongs to it.
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
    cookie: String,
}

impl Form {
    fn on(page: &Reply) -> Self {
        let after = |text: &'_ str, start: &str| {
            let (_, rest) = text.split_once(start)?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let fields = page.text.split("<input type=\"hidden\"").skip(1);
        let hidden = fields.map(|field| {
            let name = after(field, "name=\"").unwrap();
            (name, after(field, "value=\"").unwrap())
        });
        let (cookie, _) = page.header("set-cookie").split_once(';').unwrap();
        Self {
            action: after(&page.text, "action=\"").unwrap_or_default(),
            hidden: hidden.collect(),
            cookie: cookie.to_owned(),
        }
    }

    /// The form as a browser sends it.
    fn filled(&self, browser: &Browser<'_>, more: &[(&str, &str)]) -> RequestBuilder {
        let hidden = self.hidden.iter().map(|(it, value)| (&**it, &**value));
        let fields: Vec<_> = hidden.chain(more.iter().copied()).collect();
        let cookies = [self.cookie.as_str(), browser.cookie.as_str()];
        let cookies = cookies.join("; ");
        let url = format!("{}{}", browser.app.url, self.action);
        let request = browser.client.post(url).header("cookie", cookies);
        form(request, &fields)
    }

    /// Sent by our own page.
    async fn send(&self, browser: &Browser<'_>, more: &[(&str, &str)]) -> Reply {
        let request = self.filled(browser, more);
        sent(request.header("sec-fetch-site", "same-origin")).await
    }
}

async fn page(browser: &Browser<'_>, path: &str) -> Reply {
    let request = browser.plain(Method::GET, path);
    sent(request.header("accept", "text/html")).await
}

#[tokio::test]
async fn somebody_signs_in_and_out_without_scripts() {
    let app = closed().start().await;
    let mut browser = Browser::new(&app);
    let shown = page(&browser, "/auth/login?next=/c/chat_1").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.header("cache-control"), "no-store");
    assert!(shown.text.contains("type=\"password\""));
    let form = Form::on(&shown);
    assert_eq!(form.action, "/auth/login");
    let wrong = form.send(&browser, &[("code", "no such word")]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("role=\"alert\""), "{}", wrong.text);
    assert!(!wrong.text.contains("no such word"));
    let right = form.send(&browser, &[("code", KEY)]).await;
    assert_eq!(
        (right.status, right.header("location")),
        (303, "/c/chat_1"),
        "{}",
        right.text
    );
    browser.cookie = cookie_of(&right);
    assert_eq!(browser.session().await.status, 200);
    // Whoever is signed in is not asked again.
    let again = page(&browser, "/auth/login").await;
    assert_eq!((again.status, again.header("location")), (303, "/"));

    let asked = page(&browser, "/auth/logout").await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert_eq!(browser.session().await.status, 200, "looking signs out");
    let out = Form::on(&asked).send(&browser, &[]).await;
    assert_eq!((out.status, out.header("location")), (303, "/auth/login"));
    assert_eq!(browser.session().await.status, 401);
    let away = page(&browser, "/auth/logout").await;
    assert_eq!((away.status, away.header("location")), (303, "/"));
    app.stop().await;
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in_or_out() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let visitor = Browser::new(&app);
    let sign_in = Form::on(&page(&visitor, "/auth/login").await);
    let sign_out = Form::on(&page(&browser, "/auth/logout").await);
    for (browser, form) in [(&visitor, &sign_in), (&browser, &sign_out)] {
        let filled = || form.filled(browser, &[("code", KEY)]);
        for request in [
            filled(),
            filled().header("sec-fetch-site", "cross-site"),
            filled().header("sec-fetch-site", "same-site"),
            filled().header("origin", "https://evil.example"),
            filled().header("origin", "null"),
        ] {
            let reply = sent(request).await;
            assert_eq!(reply.status, 403, "{}", reply.text);
            assert!(!reply.text.contains(KEY));
        }
        // Our own page, but in another browser.
        let mut strange = Form::on(&page(&visitor, "/auth/login").await);
        strange.action.clone_from(&form.action);
        strange.cookie = "flowgpt_form=".to_owned() + &"a".repeat(43);
        assert_eq!(strange.send(browser, &[("code", KEY)]).await.status, 403);
    }
    assert_eq!(browser.session().await.status, 200);
    // A browser without the newer header says the origin.
    let request = sign_in.filled(&visitor, &[("code", KEY)]);
    let reply = sent(request.header("origin", &app.url)).await;
    assert_eq!(reply.status, 303, "{}", reply.text);
    app.stop().await;
}

#[tokio::test]
async fn the_page_says_how_long_to_wait_in_the_persons_language() {
    let app = closed().standing().start().await;
    let browser = Browser::new(&app);
    let form = Form::on(&page(&browser, "/auth/login?lang=zh").await);
    for _ in 0..5 {
        let wrong = form.send(&browser, &[("code", "no such word")]).await;
        assert_eq!(wrong.status, 401);
        assert!(
            wrong.text.contains("这个访问码在这里无效"),
            "{}",
            wrong.text
        );
    }
    let slowed = form.send(&browser, &[("code", KEY)]).await;
    assert_eq!(slowed.status, 429);
    assert!(slowed.text.contains("请等待"), "{}", slowed.text);
    assert!(!slowed.header("retry-after").is_empty());
    let chinese = browser.plain(Method::GET, "/auth/login");
    let chinese = sent(chinese.header("accept-language", "zh-CN,zh;q=0.9")).await;
    assert!(chinese.text.contains("<html lang=\"zh\">"));
    app.stop().await;
}

#[tokio::test]
async fn pages_run_nothing_but_their_own_and_are_shown_in_no_frame() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let visitor = Browser::new(&app);
    let chat = page(&visitor, "/c/chat_1").await;
    let lost = page(&visitor, "/nowhere").await;
    assert_eq!(lost.status, 404);
    for shown in [
        page(&visitor, "/auth/login").await,
        page(&browser, "/auth/logout").await,
        page(&browser, "/").await,
        lost,
        chat,
    ] {
        if !shown.header("content-type").starts_with("text/html") {
            // The web chat is not in every build.
            assert_eq!(shown.status, 404, "{}", shown.text);
            continue;
        }
        let policy = shown.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("script-src 'unsafe"), "{policy}");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        assert!(shown.text.starts_with("<!doctype html>"), "{}", shown.text);
    }
    // A program is told in JSON.
    let lost = browser.get("/nowhere").await;
    assert_eq!((lost.status, lost.code().as_str()), (404, "not_found"));
    app.stop().await;
}

#[tokio::test]
async fn what_belongs_to_the_admins_api_is_no_page() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    for method in [Method::GET, Method::POST] {
        let request = browser.request(method.clone(), "/admin/api/nowhere");
        let reply = sent(request).await;
        assert_eq!(reply.status, 404, "{method}: {}", reply.text);
        let _json: Value = reply.json();
    }
    let admin = page(&browser, "/admin").await;
    assert_eq!(admin.status, 200);
    assert!(admin.header("content-type").starts_with("text/html"));
    app.stop().await;
}

#[tokio::test]
async fn an_open_door_on_a_network_signs_a_new_word_in_and_a_closed_one_does_not() {
    for (open, status) in [("true", 204), ("false", 401)] {
        let app = Setup::new()
            .set("HOST", "0.0.0.0")
            .set("ADMIN_PASSWORD", "a long password")
            .set("SEED_OPEN", open)
            .start()
            .await;
        let browser = Browser::new(&app);
        assert_eq!(browser.sign_in("a new word").await.status, status);
        let body = json!({"code": KEY});
        let key = browser
            .send(Method::POST, "/api/session", Some(&body))
            .await;
        assert_eq!(key.status, 204);
        app.stop().await;
    }
}
