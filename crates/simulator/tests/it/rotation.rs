//! Which refresh tokens are good when, what the reuse of one does, and what the log says of it.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use simulator::{ExchangeOutcome, RefreshFamily, TokenSpec};

use crate::auth::{
    ALL, code, codex_token, get_as, minted, post_form, post_json, refresh, refreshed, summary,
};
use crate::client::Client;
use crate::upload::hex_digest;

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
    assert_eq!(ada["refresh_token_sha256"], hex_digest(third.as_bytes()));
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
