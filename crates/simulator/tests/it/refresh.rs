//! Refresh tokens: what they are exchanged for, when they rotate, and what their reuse does.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use simulator::{ExchangeOutcome, RefreshFamily, TokenSpec};

use crate::auth::{
    NEW_APP, TOKEN, claims, code, codex_token, get_as, post_form, post_json, refresh,
    refresh_fields, refreshed, summary,
};
use crate::client::Client;

const ALL: [RefreshFamily; 3] = [
    RefreshFamily::MobileLasting,
    RefreshFamily::MobileRotating,
    RefreshFamily::Codex,
];

fn minted(client: &Client, family: RefreshFamily) -> String {
    let spec = TokenSpec::new("ada");
    client.simulator.mint_refresh_token(&spec, family)
}

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
async fn a_rotating_token_is_good_once_and_its_reuse_ends_the_sign_in() {
    let client = Client::new();
    let first = codex_token(&client, &TokenSpec::new("ada"));
    let (reply, second) = refreshed(&client, RefreshFamily::Codex, &first).await;
    let access_token = &reply["access_token"];
    let me = get_as(&client, access_token, "/backend-api/me").await;
    assert_eq!(me.status, StatusCode::OK);

    let reused = refresh(&client, RefreshFamily::Codex, &first).await;
    assert_eq!(reused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(code(&reused), "refresh_token_reused");
    assert!(reused.json()["error"]["message"].is_string());
    assert!(reused.json()["error"]["type"].is_string());
    let newest = refresh(&client, RefreshFamily::Codex, &second).await;
    assert_eq!(code(&newest), "refresh_token_invalidated");
    let again = refresh(&client, RefreshFamily::Codex, &first).await;
    assert_eq!(code(&again), "refresh_token_reused");
    let me = get_as(&client, access_token, "/backend-api/me").await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED);
    assert_eq!(me.json()["detail"]["code"], "token_invalidated");
    let other = client.get("/backend-api/me").await;
    assert_eq!(
        other.status,
        StatusCode::OK,
        "another sign-in is not touched"
    );
}

#[tokio::test]
async fn a_phone_is_told_no_more_than_that_its_token_is_not_good() {
    let client = Client::new();
    let family = RefreshFamily::MobileRotating;
    let first = minted(&client, family);
    let (_, second) = refreshed(&client, family, &first).await;
    for token in [&first, &second, &"x".repeat(45), &first[1..].to_owned()] {
        let refused = refresh(&client, family, token).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let expected = json!({
            "error": "invalid_grant",
            "error_description": "Unknown or invalid refresh token.",
        });
        assert_eq!(refused.json(), expected);
    }
}

#[tokio::test]
async fn a_lasting_token_stays_good() {
    let client = Client::new();
    let family = RefreshFamily::MobileLasting;
    let token = minted(&client, family);
    for _ in 0..3 {
        let (reply, _) = refreshed(&client, family, &token).await;
        assert!(reply.get("refresh_token").is_none());
    }
    let log = client.simulator.sign_in_log();
    assert_eq!((log.refreshed, log.reused), (3, 0));
}

#[tokio::test]
async fn a_spent_token_is_honoured_during_the_overlap_and_not_after_it() {
    let client = Client::with(|options| options.sign_in.overlap = Duration::from_secs(30));
    let first = codex_token(&client, &TokenSpec::new("ada"));
    let (_, lost) = refreshed(&client, RefreshFamily::Codex, &first).await;
    client.clock.pass(Duration::from_secs(29));
    let (_, second) = refreshed(&client, RefreshFamily::Codex, &first).await;
    assert_ne!(lost, second, "the answer is a new successor");
    client.clock.pass(Duration::from_secs(1));
    let late = refresh(&client, RefreshFamily::Codex, &first).await;
    assert_eq!(code(&late), "refresh_token_reused");
    let newest = refresh(&client, RefreshFamily::Codex, &second).await;
    assert_eq!(code(&newest), "refresh_token_invalidated");
    let outcomes: Vec<_> = client.simulator.sign_in_log().exchanges;
    let outcomes: Vec<_> = outcomes
        .iter()
        .filter_map(|exchange| exchange.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            ExchangeOutcome::Refreshed,
            ExchangeOutcome::RefreshedAgain,
            ExchangeOutcome::Reused,
            ExchangeOutcome::Revoked,
        ]
    );
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
        let refused = crate::upload::send_bare(&client, "POST", TOKEN, &headers, "[1]").await;
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
async fn another_simulator_goes_on_where_a_token_says() {
    let here = Client::new();
    let first = codex_token(&here, &TokenSpec::new("ada"));
    let (_, second) = refreshed(&here, RefreshFamily::Codex, &first).await;
    let there = Client::new();
    let (_, third) = refreshed(&there, RefreshFamily::Codex, &second).await;
    assert_eq!(there.simulator.sign_in_log().accounts["ada"].generation, 3);
    let spent = refresh(&there, RefreshFamily::Codex, &first).await;
    assert_eq!(code(&spent), "refresh_token_reused");
    refreshed(&here, RefreshFamily::Codex, &third).await;
    assert_eq!(here.simulator.sign_in_log().accounts["ada"].generation, 4);
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

#[tokio::test]
async fn a_revoked_token_and_what_came_from_it_are_no_longer_good() {
    for family in ALL {
        let client = Client::new();
        let (reply, token) = refreshed(&client, family, &minted(&client, family)).await;
        let revoke = [("client_id", family.client_id()), ("token", token.as_str())];
        let other = [("client_id", "app_of_somebody"), ("token", token.as_str())];
        let refused = post_json(&client, "/oauth/revoke", &other).await;
        assert_eq!(refused.json()["error"], "invalid_client");
        let access_token = &reply["access_token"];
        let me = get_as(&client, access_token, "/backend-api/me").await;
        assert_eq!(me.status, StatusCode::OK);
        let revoked = post_form(&client, "/oauth/revoke", &revoke).await;
        assert_eq!(revoked.status, StatusCode::OK);
        let me = get_as(&client, access_token, "/backend-api/me").await;
        assert_eq!(me.json()["detail"]["code"], "token_invalidated");
        let refused = refresh(&client, family, &token).await;
        assert!(refused.status.is_client_error());
        if family == RefreshFamily::Codex {
            assert_eq!(code(&refused), "refresh_token_invalidated");
        }
    }
}

#[tokio::test]
async fn the_log_tells_what_each_account_has() {
    let client = Client::new();
    let first = codex_token(&client, &TokenSpec::new("ada"));
    let (_, second) = refreshed(&client, RefreshFamily::Codex, &first).await;
    let (_, third) = refreshed(&client, RefreshFamily::Codex, &second).await;
    let said = summary(&client).await;
    assert_eq!(
        (&said["exchanges"], &said["refreshed"]),
        (&json!(2), &json!(2))
    );
    let ada = &said["accounts"]["ada"];
    assert_eq!(
        (&ada["refreshes"], &ada["generation"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        ada["refresh_token_sha256"],
        crate::upload::hex_digest(third.as_bytes())
    );
    assert_eq!(said["revoked_families"], json!({}));

    refresh(&client, RefreshFamily::Codex, &first).await;
    let said = summary(&client).await;
    assert_eq!(
        (&said["reused"], &said["overlapping"]),
        (&json!(1), &json!(0))
    );
    let revoked: Vec<_> = said["revoked_families"]
        .as_object()
        .unwrap()
        .values()
        .collect();
    assert_eq!(revoked, ["ada"]);
    assert!(!said.to_string().contains("rt_"), "no token is told");

    let log = client.simulator.sign_in_log();
    assert_eq!((log.begun, log.under_way, log.lost), (3, 0, 0));
    let generations: Vec<_> = log
        .exchanges
        .iter()
        .map(|exchange| exchange.generation)
        .collect();
    assert_eq!(generations, [1, 2, 1]);
    for pair in log.exchanges.windows(2) {
        assert!(pair[0].answered && pair[0].ended.unwrap() < pair[1].began);
    }
}
