//! Refresh tokens: what they are exchanged for, by whom, and what lasts through it.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use simulator::{RefreshFamily, TokenSpec};

use crate::auth::{
    ALL, NEW_APP, TOKEN, claims, code, codex_token, get_as, minted, post_form, post_json, refresh,
    refresh_fields, refreshed,
};
use crate::client::Client;
use crate::upload::send_bare;

#[tokio::test]
async fn every_kind_of_token_is_exchanged_in_both_encodings() {
    for family in ALL {
        let client = Client::new();
        let first = minted(&client, family);
        let json = post_json(&client, TOKEN, &refresh_fields(family, &first)).await;
        assert_eq!(json.headers["cache-control"], "no-store");
        let json = json.json();
        let next = json["refresh_token"].as_str().unwrap_or(&first);
        let form = post_form(&client, TOKEN, &refresh_fields(family, next)).await;
        let form = form.json();
        assert_ne!(json["access_token"], form["access_token"], "{family:?}");
        for reply in [&json, &form] {
            let me = get_as(&client, &reply["access_token"], "/backend-api/me").await;
            assert_eq!(me.json()["name"], "ada", "{family:?}");
            let claims = claims(&reply["access_token"]);
            assert_eq!(claims["client_id"], family.client_id());
        }
    }
}

#[tokio::test]
async fn replies_have_the_members_their_program_gets() {
    let client = Client::new();
    for (family, expected) in [
        (
            RefreshFamily::MobileLasting,
            &[
                "access_token",
                "expires_in",
                "id_token",
                "scope",
                "token_type",
            ][..],
        ),
        (
            RefreshFamily::MobileRotating,
            &[
                "access_token",
                "expires_in",
                "id_token",
                "refresh_token",
                "scope",
                "token_type",
            ],
        ),
        (
            RefreshFamily::Codex,
            &["access_token", "id_token", "refresh_token"],
        ),
    ] {
        let (reply, _) = refreshed(&client, family, &minted(&client, family)).await;
        let mut names: Vec<&str> = reply
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{family:?}");
        let id_token = claims(&reply["id_token"]);
        assert_eq!(id_token["email"], "ada@simulator.example");
        assert_eq!(id_token["aud"], json!([family.client_id()]));
        let refused = get_as(&client, &reply["id_token"], "/backend-api/me").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn tokens_have_the_length_and_the_beginning_of_their_kind() {
    let client = Client::new();
    for family in ALL {
        let token = minted(&client, family);
        assert_eq!(
            token,
            minted(&client, family),
            "the same name, the same token"
        );
        if family.rotates() {
            assert!(token.starts_with("rt_") && token.len() >= 60);
        } else {
            assert_eq!(token.len(), 45);
            assert!(!token.starts_with("rt_") && !token.starts_with("eyJ"));
        }
    }
}

#[tokio::test]
async fn a_token_belongs_to_one_program() {
    let client = Client::new();
    let mobile = minted(&client, RefreshFamily::MobileRotating);
    let codex = minted(&client, RefreshFamily::Codex);
    for (family, token) in [
        (RefreshFamily::Codex, &mobile),
        (RefreshFamily::MobileRotating, &codex),
    ] {
        let refused = refresh(&client, family, token).await;
        assert_eq!(refused.json()["error"], "invalid_grant");
    }
    let mut fields = refresh_fields(RefreshFamily::Codex, &codex);
    fields[1] = ("client_id", "app_of_somebody");
    let unknown = post_json(&client, TOKEN, &fields).await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
    assert_eq!(unknown.json()["error"], "invalid_client");
    refreshed(&client, RefreshFamily::MobileRotating, &mobile).await;
    refreshed(&client, RefreshFamily::Codex, &codex).await;
}

#[tokio::test]
async fn a_phone_has_to_say_where_its_sign_in_ended() {
    let client = Client::new();
    let token = minted(&client, RefreshFamily::MobileLasting);
    let mut fields = refresh_fields(RefreshFamily::MobileLasting, &token);
    fields[3] = ("redirect_uri", NEW_APP);
    assert_eq!(
        post_json(&client, TOKEN, &fields).await.status,
        StatusCode::OK
    );
    fields[3] = ("redirect_uri", "https://elsewhere.example");
    let elsewhere = post_json(&client, TOKEN, &fields).await;
    fields.pop();
    let nowhere = post_json(&client, TOKEN, &fields).await;
    for refused in [elsewhere, nowhere] {
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.json()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let client = Client::new();
    let mut fields = refresh_fields(RefreshFamily::Codex, "x");
    fields[0] = ("grant_type", "password");
    let refused = post_form(&client, TOKEN, &fields).await;
    assert_eq!(refused.json()["error"], "unsupported_grant_type");
    for kind in ["application/json", "text/plain"] {
        let headers = [("content-type", kind)];
        let refused = send_bare(&client, "POST", TOKEN, &headers, "[1]").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{kind}");
        assert_eq!(refused.json()["error"], "invalid_request", "{kind}");
    }
}

#[tokio::test]
async fn what_a_token_was_minted_with_lasts_through_refreshing() {
    let client = Client::new();
    let mut spec = TokenSpec::new("zoe")
        .with_limit("image_gen", 60)
        .with_workspace("Attic");
    spec.plan = "pro".to_owned();
    spec.lifetime = Duration::from_mins(5);
    spec.fault = Some("model-cap".to_owned());
    for family in ALL {
        let mut token = client.simulator.mint_refresh_token(&spec, family);
        for _ in 0..2 {
            let (reply, next) = refreshed(&client, family, &token).await;
            token = next;
            let access_token = &reply["access_token"];
            let claims = claims(access_token);
            assert_eq!(
                claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
                300
            );
            let path = "/backend-api/accounts/check/v4-2023-04-27";
            let check = get_as(&client, access_token, path).await.json();
            assert_eq!(check["accounts"]["default"]["account"]["plan_type"], "pro");
            assert_eq!(check["account_ordering"].as_array().unwrap().len(), 2);
            let mut holder = client.signed_in_as(&spec);
            access_token.as_str().unwrap().clone_into(&mut holder.token);
            let answer = holder.ask("hello").await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
            let init = holder
                .post("/backend-api/conversation/init", &json!({}))
                .await;
            assert_eq!(init.json()["blocked_features"][0]["name"], "image_gen");
        }
        client.clock.pass(Duration::from_secs(1));
    }
    client.clock.pass(Duration::from_mins(1));
    let token = client
        .simulator
        .mint_refresh_token(&TokenSpec::new("zoe"), ALL[2]);
    let refused = refresh(&client, ALL[2], &token).await;
    assert_eq!(code(&refused), "refresh_token_reused", "the same sign-in");
}

#[tokio::test]
async fn limits_are_not_prolonged_by_refreshing() {
    let client = Client::new();
    let token = codex_token(&client, &TokenSpec::new("ada").with_limit("image_gen", 60));
    client.clock.pass(Duration::from_mins(1));
    let (reply, _) = refreshed(&client, RefreshFamily::Codex, &token).await;
    let mut holder = Client::with(|_| {});
    holder.clock.pass(Duration::from_mins(1));
    reply["access_token"]
        .as_str()
        .unwrap()
        .clone_into(&mut holder.token);
    let init = holder
        .post("/backend-api/conversation/init", &json!({}))
        .await;
    assert_eq!(init.json()["blocked_features"], json!([]));
}

#[tokio::test]
async fn a_lasting_token_has_an_account_at_every_simulator() {
    let (here, there) = (Client::new(), Client::new());
    let family = RefreshFamily::MobileLasting;
    let long = "an account with a name that is far too long";
    for (name, expected) in [("ada", "ada"), (long, "mobile-")] {
        let spec = TokenSpec {
            lifetime: Duration::from_mins(5),
            ..TokenSpec::new(name)
        };
        let token = here.simulator.mint_refresh_token(&spec, family);
        let (known, _) = refreshed(&here, family, &token).await;
        assert_eq!(known["expires_in"], 300);
        let (unknown, _) = refreshed(&there, family, &token).await;
        assert_eq!(unknown["expires_in"], 863_999);
        let me = get_as(&there, &unknown["access_token"], "/backend-api/me").await;
        assert!(me.json()["name"].as_str().unwrap().starts_with(expected));
    }
}
