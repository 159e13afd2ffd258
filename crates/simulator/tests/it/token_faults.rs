//! Every fault of tokens: at their exchange, and where access tokens are shown.

use std::time::Duration;

use http::StatusCode;
use simulator::{ExchangeOutcome, RefreshFamily, TokenSpec, sign_in_faults};
use tokio::time::{Instant, timeout};

use crate::auth::{
    TOKEN, code, codex_token, faulty, get_as, post_with, refresh, refresh_fields, refreshed,
};
use crate::client::{Client, Gathered, gather};

const CODEX: RefreshFamily = RefreshFamily::Codex;

/// The faults that come before anything is spent, and the status of each.
const BEFORE: [(&str, u16); 10] = [
    ("invalid-grant", 403),
    ("access-denied", 403),
    ("refresh-expired", 401),
    ("refresh-reused", 401),
    ("refresh-invalidated", 401),
    ("refresh-500", 500),
    ("refresh-429", 429),
    ("refresh-html", 403),
    ("refresh-not-json", 200),
    ("refresh-without-token", 200),
];

/// The faults that come after it.
const AFTER: [&str; 3] = ["refresh-hang", "refresh-cut", "refresh-slow"];

/// The faults that access tokens run into, and the status and the code of each.
const ACCESS: [(&str, u16, &str); 4] = [
    ("access-expired", 401, "token_expired"),
    ("access-invalidated", 401, "token_invalidated"),
    ("access-deactivated", 401, "account_deactivated"),
    ("access-workspace-gone", 402, "deactivated_workspace"),
];

#[test]
fn every_fault_is_in_one_of_these_tables() {
    let mut tested: Vec<&str> = BEFORE.iter().map(|(name, _)| *name).collect();
    tested.extend(AFTER);
    tested.extend(ACCESS.iter().map(|(name, ..)| *name));
    tested.push("deactivated");
    let names: Vec<&str> = sign_in_faults().iter().map(|fault| fault.name).collect();
    let expected: Vec<String> = tested
        .iter()
        .flat_map(|name| [(*name).to_owned(), format!("{name}-once")])
        .collect();
    assert_eq!(names, expected);
}

/// A refresh with the fault in the header.
async fn refresh_with(client: &Client, token: &str, fault: &str) -> Gathered {
    let fields = refresh_fields(CODEX, token);
    post_with(client, TOKEN, &fields, &[("x-simulator-fault", fault)]).await
}

#[tokio::test]
async fn a_fault_before_the_exchange_spends_nothing() {
    for (fault, status) in BEFORE {
        let client = Client::new();
        let token = codex_token(&client, &TokenSpec::new("ada"));
        for _ in 0..2 {
            let failed = refresh_with(&client, &token, fault).await;
            assert_eq!(failed.status.as_u16(), status, "{fault}");
        }
        refreshed(&client, CODEX, &token).await;

        let token = codex_token(&client, &faulty(fault));
        for _ in 0..2 {
            let failed = refresh(&client, CODEX, &token).await;
            assert_eq!(failed.status.as_u16(), status, "{fault}");
        }
        let log = client.simulator.sign_in_log();
        assert_eq!((log.begun, log.refreshed, log.reused), (5, 1, 0), "{fault}");
        assert_eq!(log.exchanges[0].outcome, Some(ExchangeOutcome::Failed));
    }
}

#[tokio::test]
async fn a_fault_of_the_first_time_is_gone_the_second_time() {
    for (fault, status) in BEFORE {
        let client = Client::new();
        let token = codex_token(&client, &faulty(&format!("{fault}-once")));
        let failed = refresh(&client, CODEX, &token).await;
        assert_eq!(failed.status.as_u16(), status, "{fault}");
        let (_, next) = refreshed(&client, CODEX, &token).await;
        refreshed(&client, CODEX, &next).await;
    }
}

#[tokio::test]
async fn faults_say_what_upstream_says() {
    let client = Client::new();
    let token = codex_token(&client, &TokenSpec::new("ada"));
    for (fault, expected) in [
        ("refresh-expired", "refresh_token_expired"),
        ("refresh-reused", "refresh_token_reused"),
        ("refresh-invalidated", "refresh_token_invalidated"),
    ] {
        let failed = refresh_with(&client, &token, fault).await;
        assert_eq!(code(&failed), expected);
    }
    for (fault, expected) in [
        ("invalid-grant", "invalid_grant"),
        ("access-denied", "access_denied"),
    ] {
        let failed = refresh_with(&client, &token, fault).await;
        assert_eq!(failed.json()["error"], expected);
    }
    let limited = refresh_with(&client, &token, "refresh-429").await;
    assert_eq!(limited.headers["retry-after"], "30");
    let page = refresh_with(&client, &token, "refresh-html").await;
    assert!(
        page.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(page.text().contains("access_denied") && page.text().contains("_cf_chl_opt"));
    let half = refresh_with(&client, &token, "refresh-not-json").await;
    assert_eq!(half.headers["content-type"], "application/json");
    assert!(serde_json::from_slice::<serde_json::Value>(&half.body).is_err());
    let bare = refresh_with(&client, &token, "refresh-without-token").await;
    assert!(bare.json().get("access_token").is_none());
}

#[tokio::test]
async fn a_general_fault_comes_before_the_sign_in_service_is_asked() {
    let client = Client::new();
    let token = codex_token(&client, &TokenSpec::new("ada"));
    let failed = refresh_with(&client, &token, "cloudflare").await;
    assert_eq!(failed.status, StatusCode::FORBIDDEN);
    assert!(refresh_with(&client, &token, "reset").await.broken);
    let unknown = refresh_with(&client, &token, "nonsense").await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.simulator.sign_in_log().begun, 0);
    refreshed(&client, CODEX, &token).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_leaves_the_token_spent() {
    for fault in ["refresh-hang-once", "refresh-cut-once"] {
        let client = Client::new();
        let token = codex_token(&client, &faulty(fault));
        let patience = Duration::from_mins(1);
        match timeout(patience, refresh(&client, CODEX, &token)).await {
            Ok(reply) => assert!(reply.broken && fault == "refresh-cut-once"),
            Err(_) => assert_eq!(fault, "refresh-hang-once"),
        }
        let log = client.simulator.sign_in_log();
        assert_eq!(
            (log.refreshed, log.lost, log.under_way),
            (1, 1, 0),
            "{fault}"
        );
        assert!(!log.exchanges[0].answered && log.exchanges[0].ended.is_some());
        assert_eq!(log.accounts[fault].generation, 2);
        let reused = refresh(&client, CODEX, &token).await;
        assert_eq!(code(&reused), "refresh_token_reused", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_is_asked_for_again_during_the_overlap() {
    let client = Client::with(|options| options.sign_in.overlap = Duration::from_secs(30));
    let token = codex_token(&client, &faulty("refresh-cut-once"));
    assert!(refresh(&client, CODEX, &token).await.broken);
    let (_, next) = refreshed(&client, CODEX, &token).await;
    refreshed(&client, CODEX, &next).await;
    let log = client.simulator.sign_in_log();
    assert_eq!((log.lost, log.reused), (1, 0));
    assert!(log.revoked_families.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_at_once() {
    let client = Client::new();
    for fault in AFTER {
        let token = codex_token(&client, &faulty(fault));
        let patience = Duration::from_mins(1);
        let _lost = timeout(patience, refresh(&client, CODEX, &token)).await;
        let told = timeout(patience, refresh(&client, CODEX, &token)).await;
        let reused = told.expect("an answer");
        assert_eq!(code(&reused), "refresh_token_reused", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_exchanges_of_one_token_are_seen_to_overlap() {
    let client = Client::with(|options| options.sign_in.overlap = Duration::from_secs(30));
    let ada = codex_token(&client, &faulty("refresh-slow"));
    let ben = codex_token(
        &client,
        &TokenSpec {
            fault: Some("refresh-slow".to_owned()),
            ..TokenSpec::new("ben")
        },
    );
    let began = Instant::now();
    tokio::join!(refresh(&client, CODEX, &ada), refresh(&client, CODEX, &ben));
    assert!(began.elapsed() >= Duration::from_millis(300));
    let log = client.simulator.sign_in_log();
    assert_eq!((log.overlapping, log.refreshed), (0, 2), "two families");
    tokio::join!(refresh(&client, CODEX, &ada), refresh(&client, CODEX, &ada));
    let log = client.simulator.sign_in_log();
    assert_eq!((log.overlapping, log.under_way, log.lost), (1, 0, 0));
    let [third, fourth] = &log.exchanges[2..] else {
        panic!("four exchanges");
    };
    assert_eq!(third.family, fourth.family);
    assert!(fourth.began < third.ended.unwrap());
}

#[tokio::test]
async fn an_access_token_may_be_refused_everywhere() {
    let paths = [
        "/backend-api/me",
        "/backend-api/models",
        "/backend-api/accounts/check/v4-2023-04-27",
        "/backend-api/conversations",
    ];
    for (fault, status, code) in ACCESS {
        let client = Client::new();
        let token = codex_token(&client, &faulty(fault));
        let (reply, _) = refreshed(&client, CODEX, &token).await;
        for path in paths {
            let refused = get_as(&client, &reply["access_token"], path).await;
            assert_eq!(refused.status.as_u16(), status, "{fault} {path}");
            assert_eq!(refused.json()["detail"]["code"], code, "{fault} {path}");
        }
        let headers = [("x-simulator-fault", fault)];
        let refused = gather(client.send("GET", paths[0], &headers, None).await).await;
        assert_eq!(refused.json()["detail"]["code"], code, "{fault}");
        assert_eq!(client.get(paths[0]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_access_token_may_be_refused_the_first_time() {
    for (fault, status, _) in ACCESS {
        let client = Client::new();
        let once = client.signed_in_as(&faulty(&format!("{fault}-once")));
        let first = once.get("/backend-api/me").await;
        assert_eq!(first.status.as_u16(), status, "{fault}");
        assert_eq!(once.get("/backend-api/me").await.status, StatusCode::OK);
        assert_eq!(once.ask("simulate:echo x").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_account_may_be_described_as_deactivated() {
    let path = "/backend-api/accounts/check/v4-2023-04-27";
    for (spec, first, second) in [
        (TokenSpec::new("ada"), false, false),
        (faulty("deactivated"), true, true),
        (faulty("deactivated-once"), true, false),
    ] {
        let client = Client::new().signed_in_as(&spec);
        for expected in [first, second] {
            let check = client.get(path).await.json();
            let account = &check["accounts"]["default"]["account"];
            assert_eq!(account["is_deactivated"], expected, "{spec:?}");
        }
        assert_eq!(client.get("/backend-api/me").await.status, StatusCode::OK);
    }
}
