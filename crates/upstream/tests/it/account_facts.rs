//! What the driver learns of an account, by the account's own way out.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use upstream::web::{WebDriver, WebSettings};
use upstream::{
    Clock, Credential, CredentialParts, Egress, FailureKind, device_id_of, identity_of,
};

use crate::server::{Server, path_of};
use crate::sign_in_service::{answer, json as json_answer};

const ME: &str = "/backend-api/me";
const CHECK: &str = "/backend-api/accounts/check/v4-2023-04-27";
const TEAM: &str = "11111111-2222-4333-8444-555555555555";

pub(crate) fn driver(base: &str, egresses: &[Egress]) -> Arc<WebDriver> {
    driver_with(base, |settings| settings.egresses = egresses.to_vec())
}

pub(crate) fn driver_with(base: &str, change: impl FnOnce(&mut WebSettings)) -> Arc<WebDriver> {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut settings = WebSettings {
        base_urls: vec![base.parse().unwrap()],
        egresses: Vec::new(),
        sentinel_egresses: Vec::new(),
        relay_key: None,
        language: "en-US".to_owned(),
        user_agent: "the-user-agent".to_owned(),
        conversation_only: false,
        keep_history: false,
        check_model: false,
        proof_ceiling: "00003a".parse().unwrap(),
        proof_threads: 1,
        connect_timeout: Duration::from_mins(1),
        first_byte_timeout: Duration::from_mins(1),
        idle_timeout: Duration::from_mins(1),
        tap: None,
    };
    change(&mut settings);
    WebDriver::new(settings, Clock::new(|| UNIX_EPOCH))
}

fn driver_of(server: &Server) -> Arc<WebDriver> {
    driver(&format!("http://{}", server.address), &[])
}

fn credential(workspace: Option<&str>, egress: Option<Egress>) -> Credential {
    let access_token = "fk-canary".into();
    let identity = identity_of(&access_token, workspace);
    Credential::from_parts(CredentialParts {
        access_token,
        workspace: workspace.map(str::to_owned),
        label: "account-1".to_owned(),
        identity,
        device_id: device_id_of(identity),
        egress,
    })
}

fn workspace(id: &str, plan: &str, is_deactivated: bool) -> Value {
    json!({
        "account": {"account_id": id, "name": "The Team", "structure": "workspace",
                    "plan_type": plan, "is_deactivated": is_deactivated},
        "entitlement": {"has_active_subscription": true, "expires_at": "2026-01-05T10:00:00+00:00"},
    })
}

/// Upstream, or a proxy in front of it: then paths come with their host.
async fn upstream() -> Server {
    Server::start(|request| {
        let path = path_of(request);
        if path.ends_with(ME) {
            let body = r#"{"id":"user-a","email":"canary@example.com","name":"A canary"}"#;
            json_answer(200, body)
        } else if path.ends_with(CHECK) {
            let personal = workspace("p", "plus", false);
            let accounts = json!({"p": personal, TEAM: workspace(TEAM, "team", true),
                                  "default": personal});
            let answer = json!({"accounts": accounts, "account_ordering": ["p", TEAM]});
            json_answer(200, &answer.to_string())
        } else {
            json_answer(404, "{}")
        }
    })
    .await
}

#[tokio::test]
async fn an_account_is_who_it_is_and_what_it_may_act_for() {
    let server = upstream().await;
    let driver = driver_of(&server);
    let facts = driver.check_account(&credential(None, None)).await.unwrap();
    assert_eq!(facts.user_id.as_deref(), Some("user-a"));
    let email = facts.email.as_ref().unwrap();
    assert_eq!(email.expose_secret(), "canary@example.com");
    assert_eq!(
        facts.display_name.as_ref().unwrap().expose_secret(),
        "A canary"
    );
    assert_eq!(
        (facts.plan(), facts.is_deactivated()),
        (Some("plus"), false)
    );
    assert!(facts.has_active_subscription());
    assert_eq!(facts.expires_at(), Some(1_767_607_200));
    let ids: Vec<&str> = facts.workspaces.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["p", TEAM]);
    assert!(!format!("{facts:?}").contains("canary"));

    let team = credential(Some(TEAM), None);
    let facts = driver.check_account(&team).await.unwrap();
    assert_eq!((facts.plan(), facts.is_deactivated()), (Some("team"), true));
    let request = server.requests().pop().unwrap();
    assert!(request.contains(&format!("chatgpt-account-id: {TEAM}\r\n")));
}

#[tokio::test]
async fn what_is_missing_is_absent() {
    let server = Server::start(|_| json_answer(200, "{}")).await;
    let (driver, credential) = (driver_of(&server), credential(None, None));
    let facts = driver.check_account(&credential).await.unwrap();
    assert!(facts.user_id.is_none() && facts.email.is_none() && facts.plan().is_none());
    assert!(facts.workspaces.is_empty() && !facts.is_deactivated());
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_told_from_an_account_that_is_shut() {
    for (status, code, kind) in [
        (401, "token_expired", FailureKind::Unauthorized),
        (401, "token_invalidated", FailureKind::Unauthorized),
        (401, "invalid_jwt", FailureKind::Unauthorized),
        (401, "session_invalidated", FailureKind::Unauthorized),
        (401, "account_deactivated", FailureKind::Deactivated),
        (402, "deactivated_workspace", FailureKind::Deactivated),
    ] {
        for place in ["detail", "error"] {
            let body = json!({place: {"code": code, "message": "no"}}).to_string();
            let server = Server::start(move |_| json_answer(status, &body)).await;
            let (driver, credential) = (driver_of(&server), credential(None, None));
            let failure = driver.check_account(&credential).await.unwrap_err();
            assert_eq!(failure.kind, kind, "{code}");
            assert_eq!(failure.upstream_code.as_deref(), Some(code));
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_pinned_egress_overrules_the_list() {
    let proxy = upstream().await;
    let listed = Server::start(|_| answer(500, "", "")).await;
    let egress =
        |server: &Server| -> Egress { format!("http://{}", server.address).parse().unwrap() };
    // The base leads nowhere but through a proxy.
    let driver = driver("http://chatgpt.invalid", &[egress(&listed)]);
    let pinned = credential(None, Some(egress(&proxy)));
    assert_eq!(driver.egress_for(pinned.key()), &egress(&listed));
    driver.check_account(&pinned).await.unwrap();
    assert_eq!((proxy.requests().len(), listed.connections()), (2, 0));

    let unpinned = credential(None, None);
    driver.check_account(&unpinned).await.unwrap_err();
    assert_eq!((proxy.requests().len(), listed.connections()), (2, 1));
}
