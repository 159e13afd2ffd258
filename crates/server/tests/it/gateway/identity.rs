//! Who people are who share an account: the same in every answer, and nothing of its owner.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::{ALICE, BOB, asked, get, post, sent, setup};

#[tokio::test]
async fn everything_that_says_who_somebody_is_agrees_and_names_nobody_else() {
    let app = setup().start().await;
    let me = get(&app, ALICE, "/backend-api/me").await.json();
    let account = get(&app, ALICE, "/backend-api/accounts/check/v4-2023-04-27").await;
    let newer = get(&app, ALICE, "/backend-api/accounts/check/v5-2023-04-27").await;
    assert_eq!(account.json(), newer.json());
    let account = account.json();
    let id = account["account_ordering"][0].as_str().unwrap();
    let entry = &account["accounts"][id]["account"];
    let user = me["id"].as_str().unwrap();
    assert_eq!(entry["account_user_id"], format!("{user}__{id}"));
    assert_eq!(entry["plan_type"], "plus");
    let bob = get(&app, BOB, "/backend-api/me").await.json();
    assert_ne!(bob["id"], me["id"]);
    app.stop().await;
}

#[tokio::test]
async fn nothing_of_the_accounts_owner_is_shown_on_any_route() {
    let app = setup().start().await;
    for route in gateway::allowed_routes() {
        if !route.methods.contains(&Method::GET) || route.path.contains('{') {
            continue;
        }
        let reply = get(&app, ALICE, route.path).await;
        for own in ["owner", "Owner"] {
            let shown = reply.text.replace("account-owner", "");
            assert!(!shown.contains(own), "{} shows {}", route.path, reply.text);
        }
        assert_eq!(reply.header("cache-control"), "no-store", "{}", route.path);
    }
    app.stop().await;
}

/// A memory of the account's owner, where upstream puts it into an answer.
async fn with_a_memory(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    let memory = "\"model_set_context\":\"the owner keeps bees\"";
    let text = text
        .replace("\"model_set_context\":\"\"", memory)
        .replace("\"model_set_context\": \"\"", memory);
    let mut response = Response::from_parts(head, Body::from(text));
    response.headers_mut().remove("content-length");
    response
}

#[tokio::test]
async fn instructions_and_memories_of_the_owner_are_emptied_in_answers() {
    let app = setup()
        .around(|router| router.layer(from_fn(with_a_memory)))
        .start()
        .await;
    let body = super::message("hello");
    let answer = post(&app, ALICE, "/backend-api/f/conversation", &body).await;
    assert!(
        answer.text.contains("model_editable_context"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("bees"), "{}", answer.text);
    let (conversation, _) = super::converse(&app, ALICE, &super::message("hello again")).await;
    let stored = get(
        &app,
        ALICE,
        &format!("/backend-api/conversation/{conversation}"),
    )
    .await;
    assert!(
        stored.text.contains("model_editable_context"),
        "{}",
        stored.text
    );
    assert!(!stored.text.contains("bees"), "{}", stored.text);
    // Their owner sees them.
    let own = app
        .simulator
        .mint_access_token(&simulator::TokenSpec::new("mine"));
    let answer = post(
        &app,
        &own,
        "/backend-api/f/conversation",
        &super::message("hello again"),
    )
    .await;
    assert!(answer.text.contains("bees"), "{}", answer.text);
    app.stop().await;
}

#[tokio::test]
async fn somebodys_own_token_goes_through_to_their_own_account() {
    let app = setup().start().await;
    let own = app
        .simulator
        .mint_access_token(&simulator::TokenSpec::new("mine"));
    let me = get(&app, &own, "/backend-api/me").await.json();
    assert!(me["email"].as_str().unwrap().contains("mine"), "{me}");
    for path in [
        "/backend-api/memories",
        "/backend-api/user_system_messages",
        "/backend-api/settings/user",
        "/backend-anon/me",
    ] {
        let reply = get(&app, &own, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    }
    let reply = post(
        &app,
        &own,
        "/backend-api/f/conversation",
        &super::message("hi"),
    )
    .await;
    assert!(reply.text.ends_with("data: [DONE]\n\n"), "{}", reply.text);
    let away = sent(asked(&app, &own, Method::GET, "/backend-api/a%2fb")).await;
    assert_eq!(away.status, 400);
    let list = get(&app, &own, "/backend-api/conversations").await.json();
    assert_eq!(list["total"], 1, "{list}");
    app.stop().await;
}

#[tokio::test]
async fn a_cookie_changes_something_only_from_a_page_of_ours() {
    let app = setup().start().await;
    let signed_in = app.client.post(format!("{}/api/session", app.url));
    let signed_in = signed_in
        .header("x-flowgpt-ui", "1")
        .json(&json!({"code": ALICE}));
    let cookie = sent(signed_in).await;
    let cookie = cookie
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let url = format!("{}/backend-api/conversation/init", app.url);
    for (site, status) in [
        (Some("same-origin"), 200),
        (Some("cross-site"), 403),
        (Some("same-site"), 403),
        (None, 403),
    ] {
        let mut request = app
            .client
            .post(&url)
            .header("cookie", &cookie)
            .json(&json!({}));
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        assert_eq!(sent(request).await.status, status, "{site:?}");
    }
    app.stop().await;
}
