//! Signing in with a browser: the page, the way back, and the exchange of the code.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use simulator::RefreshFamily;

use crate::auth::{
    CALLBACK, NEW_APP, OLD_APP, TOKEN, VERIFIER, address, choose, claims, code_fields, code_for,
    get_as, post_form, post_json, refreshed, wish,
};
use crate::client::Client;
use crate::upload::send_bare;

const CODEX: RefreshFamily = RefreshFamily::Codex;

#[tokio::test]
async fn the_page_says_what_it_is_and_offers_accounts() {
    let client = Client::new();
    let page = client.get(&address(&wish(CODEX, CALLBACK))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("This is the simulator"));
    for part in [
        "value=\"ada\"",
        "value=\"dora\"",
        "name=\"name\"",
        "name=\"cancel\"",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    let nothing = post_form(&client, &address(&wish(CODEX, CALLBACK)), &[("name", " ")]).await;
    assert_eq!(
        nothing.text(),
        page.text(),
        "without a choice it asks again"
    );
}

#[tokio::test]
async fn a_wish_that_is_not_in_order_is_told_to_the_person() {
    let client = Client::new();
    for (name, wrong) in [
        ("response_type", "token"),
        ("client_id", "app_of_somebody"),
        ("redirect_uri", "https://elsewhere.example/callback"),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("state", ""),
    ] {
        let mut wish = wish(CODEX, CALLBACK);
        for (other, value) in &mut wish {
            if *other == name {
                wrong.clone_into(value);
            }
        }
        let shown = client.get(&address(&wish)).await;
        let chosen = post_form(&client, &address(&wish), &[("account", "ada")]).await;
        for refused in [shown, chosen] {
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{name}");
            assert!(refused.text().contains(name));
            assert!(!refused.headers.contains_key("location"));
        }
    }
}

#[tokio::test]
async fn a_person_may_refuse() {
    let client = Client::new();
    let back = choose(
        &client,
        &address(&wish(CODEX, CALLBACK)),
        &[("cancel", "1")],
    )
    .await;
    assert_eq!(back[0], ("error".to_owned(), "access_denied".to_owned()));
    assert_eq!(back[2], ("state".to_owned(), "a state & more".to_owned()));
}

#[tokio::test]
async fn a_code_gives_tokens_in_both_encodings() {
    let client = Client::new();
    for (is_form, name) in [(true, "ada"), (false, "somebody else")] {
        let code = code_for(&client, CODEX, CALLBACK, name).await;
        let fields = code_fields(CODEX, CALLBACK, &code, VERIFIER);
        let reply = if is_form {
            post_form(&client, TOKEN, &fields).await
        } else {
            post_json(&client, TOKEN, &fields).await
        };
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let reply = reply.json();
        assert_eq!(reply["token_type"], "Bearer");
        assert_eq!(reply["expires_in"], 863_999);
        let me = get_as(&client, &reply["access_token"], "/backend-api/me").await;
        assert_eq!(me.json()["name"], name);
        let auth = &claims(&reply["id_token"])["https://api.openai.com/auth"];
        assert!(auth["organizations"][0]["is_default"].as_bool().unwrap());
        assert!(auth["chatgpt_subscription_active_until"].is_string());
        refreshed(&client, CODEX, reply["refresh_token"].as_str().unwrap()).await;
    }
    let log = client.simulator.sign_in_log();
    let ada = &log.accounts["ada"];
    assert_eq!((ada.sign_ins, ada.refreshes, ada.generation), (1, 1, 2));
}

#[tokio::test]
async fn the_lifetime_of_access_tokens_can_be_chosen() {
    let client = Client::with(|options| {
        options.sign_in.access_token_lifetime = Duration::from_mins(1);
    });
    let code = code_for(&client, CODEX, CALLBACK, "ada").await;
    let fields = code_fields(CODEX, CALLBACK, &code, VERIFIER);
    let reply = post_form(&client, TOKEN, &fields).await.json();
    assert_eq!(reply["expires_in"], 60);
    client.clock.pass(Duration::from_mins(1));
    let late = get_as(&client, &reply["access_token"], "/backend-api/me").await;
    assert_eq!(late.json()["detail"]["code"], "token_expired");
}

#[tokio::test]
async fn a_code_is_only_good_with_what_it_was_asked_for() {
    let client = Client::new();
    let other_verifier = VERIFIER.replace('a', "b");
    let mobile = RefreshFamily::MobileRotating;
    for (family, redirect, verifier) in [
        (CODEX, CALLBACK, other_verifier.as_str()),
        (CODEX, CALLBACK, ""),
        (CODEX, "http://localhost:1457/auth/callback", VERIFIER),
        (mobile, CALLBACK, VERIFIER),
    ] {
        let code = code_for(&client, CODEX, CALLBACK, "ada").await;
        let fields = code_fields(family, redirect, &code, verifier);
        let refused = post_form(&client, TOKEN, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert_eq!(refused.json()["error"], "invalid_grant");
        let right = code_fields(CODEX, CALLBACK, &code, VERIFIER);
        let late = post_form(&client, TOKEN, &right).await;
        assert_eq!(late.json()["error"], "invalid_grant", "the code is spent");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_not_for_long() {
    let client = Client::new();
    let code = code_for(&client, CODEX, CALLBACK, "ada").await;
    let fields = code_fields(CODEX, CALLBACK, &code, VERIFIER);
    assert_eq!(
        post_form(&client, TOKEN, &fields).await.status,
        StatusCode::OK
    );
    let again = post_form(&client, TOKEN, &fields).await;
    assert_eq!(again.json()["error"], "invalid_grant");

    let code = code_for(&client, CODEX, CALLBACK, "ada").await;
    client.clock.pass(Duration::from_mins(10));
    let fields = code_fields(CODEX, CALLBACK, &code, VERIFIER);
    let late = post_form(&client, TOKEN, &fields).await;
    assert_eq!(late.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn every_sign_in_is_a_family_of_its_own() {
    for (family, redirect) in [
        (CODEX, CALLBACK),
        (RefreshFamily::MobileRotating, NEW_APP),
        (RefreshFamily::MobileLasting, OLD_APP),
    ] {
        let client = Client::new();
        let mut replies = Vec::new();
        for _ in 0..2 {
            let code = code_for(&client, family, redirect, "ada").await;
            let fields = code_fields(family, redirect, &code, VERIFIER);
            replies.push(post_form(&client, TOKEN, &fields).await.json());
        }
        let token = |index: usize| replies[index]["refresh_token"].as_str().unwrap();
        assert_ne!(token(0), token(1), "{family:?}");
        assert_eq!(token(0).len() == 45, !family.rotates(), "{family:?}");
        let revoke = [("client_id", family.client_id()), ("token", token(0))];
        post_form(&client, "/oauth/revoke", &revoke).await;
        refreshed(&client, family, token(1)).await;
    }
}

#[tokio::test]
async fn only_a_sign_in_that_asks_for_it_gives_a_refresh_token() {
    let client = Client::new();
    let mut wish = wish(CODEX, CALLBACK);
    wish[3].1 = "openid profile email".to_owned();
    let back = choose(&client, &address(&wish), &[("account", "ada")]).await;
    let fields = code_fields(CODEX, CALLBACK, &back[0].1, VERIFIER);
    let reply = post_form(&client, TOKEN, &fields).await.json();
    assert!(reply["access_token"].is_string());
    assert!(reply.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_team_is_offered() {
    let client = Client::new();
    let code = code_for(&client, CODEX, CALLBACK, "dora").await;
    let fields = code_fields(CODEX, CALLBACK, &code, VERIFIER);
    let reply = post_form(&client, TOKEN, &fields).await.json();
    let path = "/backend-api/accounts/check/v4-2023-04-27";
    let check = get_as(&client, &reply["access_token"], path).await.json();
    assert_eq!(check["account_ordering"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_relay_s_token_is_taken_only_when_it_is_allowed() {
    for (relay_tokens, status) in [(false, StatusCode::UNAUTHORIZED), (true, StatusCode::OK)] {
        let client = Client::with(|options| options.sign_in.relay_tokens = relay_tokens);
        let headers = [("authorization", "Bearer fk-ada")];
        let me = send_bare(&client, "GET", "/backend-api/me", &headers, "").await;
        assert_eq!(me.status, status);
        if relay_tokens {
            assert_eq!(me.json()["name"], json!("ada"));
        }
    }
}
