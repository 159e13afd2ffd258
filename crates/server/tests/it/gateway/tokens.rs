//! `/auth/refresh`, what pages tell of their visitors, and who is signed in as front ends of the
//! `NextAuth` kind ask it.

use http::Method;
use serde_json::json;
use simulator::{RefreshFamily, TokenSpec};

use super::{ALICE, asked, sent, setup};
use crate::support::{KEY, TestApp};

async fn refreshed(app: &TestApp, who: &str, form: &str) -> crate::support::Reply {
    let request = asked(app, who, Method::POST, "/auth/refresh");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    sent(request.body(form.to_owned())).await
}

#[tokio::test]
async fn a_refresh_token_buys_an_access_token_for_whoever_has_a_key() {
    let app = setup().start().await;
    let spec = TokenSpec::new("mine");
    let token = app
        .simulator
        .mint_refresh_token(&spec, RefreshFamily::Codex);
    let form = format!("refresh_token={token}");
    let told = refreshed(&app, KEY, &form).await;
    assert_eq!(told.status, 200, "{}", told.text);
    let told = told.json();
    let access = told["accessToken"].as_str().unwrap();
    assert!(access.starts_with("eyJ"), "{told}");
    assert_eq!(told["plan_type"], "plus");
    assert_eq!(told["is_deactivated"], false);
    assert!(!told["models"].as_array().unwrap().is_empty());
    // The old one is still recognised, and sent to nobody again.
    let again = refreshed(&app, KEY, &form).await;
    assert_eq!(again.json()["accessToken"], access);
    let checked = refreshed(&app, KEY, &format!("accessToken={access}")).await;
    assert_eq!(checked.json()["plan_type"], "plus");
    // A word that is known, and is no key.
    assert_eq!(super::get(&app, ALICE, "/backend-api/me").await.status, 200);
    for (who, form, status) in [
        (ALICE, form.as_str(), 403),
        ("sk-wrong", form.as_str(), 401),
        (KEY, "", 400),
        (KEY, "refresh_token=nonsense", 401),
    ] {
        let refused = refreshed(&app, who, form).await;
        assert_eq!(refused.status, status, "{who} {form}: {}", refused.text);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_pages_tell_of_their_visitors_stays_here() {
    let app = setup().start().await;
    let before = app.simulator.recorded().len();
    for path in ["/ces/v1/t", "/v1/rgstr", "/v1/initialize", "/api/v2/logs"] {
        let reply = sent(asked(&app, ALICE, Method::POST, path).json(&json!({"ip": "x"}))).await;
        assert_eq!(reply.status, 202, "{path}");
        assert_eq!(reply.text, "");
    }
    assert_eq!(app.simulator.recorded().len(), before);
    app.stop().await;
}

#[tokio::test]
async fn a_front_end_of_another_make_learns_who_is_signed_in_and_signs_them_out() {
    let app = setup().start().await;
    let url = |path: &str| format!("{}/api/auth/{path}", app.url);
    let csrf = sent(app.client.get(url("csrf"))).await;
    let word = csrf.json()["csrfToken"].as_str().unwrap().to_owned();
    let form_cookie = csrf
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(sent(app.client.get(url("session"))).await.json(), json!({}));
    let signed_in = app.client.post(format!("{}/api/session", app.url));
    let signed_in = signed_in
        .header("x-flowgpt-ui", "1")
        .json(&json!({"code": ALICE}));
    let signed_in = sent(signed_in).await;
    let session = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let cookies = format!("{session}; {form_cookie}");
    let told = sent(app.client.get(url("session")).header("cookie", &cookies))
        .await
        .json();
    assert!(told["user"]["name"].is_string(), "{told}");
    let sign_out = |word: &str| {
        let request = app.client.post(url("signout")).header("cookie", &cookies);
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("csrfToken={word}"))
    };
    assert_eq!(sent(sign_out("another")).await.status, 403);
    assert_eq!(sent(sign_out(&word)).await.json()["url"], "/");
    let told = sent(app.client.get(url("session")).header("cookie", &cookies)).await;
    assert_eq!(told.json(), json!({}));
    app.stop().await;
}
