//! The session of a browser, exchanged for an AccessToken.

use secrecy::ExposeSecret;
use serde_json::json;
use upstream::sign_in::{FreshSession, SessionGrant};
use upstream::{ChallengeKind, Egress, Failure, FailureKind};

use crate::server::{Script, Server};
use crate::sign_in_service::{access_token, answer, json as json_answer, of, page};

const COOKIE: &str = "__Secure-next-auth.session-token";

async fn exchanged(server: &Server, session: &str) -> Result<FreshSession, Failure> {
    let grant = SessionGrant {
        session_token: session.into(),
        base_url: format!("http://{}", server.address).parse().unwrap(),
        label: "account-1".to_owned(),
        egress: Egress::Direct,
    };
    assert!(!format!("{grant:?}").contains(session));
    of(server).exchange_session(&grant).await
}

async fn failed(script: impl Fn() -> Script + Send + Sync + 'static) -> Failure {
    let server = Server::start(move |_| script()).await;
    let failure = exchanged(&server, "canary").await.unwrap_err();
    assert!(!format!("{failure} {failure:?}").contains("canary"));
    assert_eq!(server.requests().len(), 1);
    failure
}

fn signed_in() -> String {
    json!({"accessToken": access_token(), "user": {"id": "user-a"}, "expires": "2026-03-05"})
        .to_string()
}

#[tokio::test]
async fn a_session_buys_an_access_token_and_is_renewed() {
    let server = Server::start(|_| {
        let set = format!(
            "content-type: application/json\r\nset-cookie: __cf_bm=1; path=/\r\n\
             set-cookie: {COOKIE}.0=new; Path=/; HttpOnly\r\nset-cookie: {COOKIE}.1=er; Path=/\r\n"
        );
        answer(200, &set, &signed_in())
    })
    .await;
    for session in ["old", "oai-did=1; __Secure-next-auth.session-token=old"] {
        let fresh = exchanged(&server, session).await.unwrap();
        assert_eq!(fresh.access_token.expose_secret(), access_token());
        assert_eq!(fresh.session_token.unwrap().expose_secret(), "newer");
    }
    for request in server.requests() {
        assert!(
            request.starts_with("GET /api/auth/session HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains(&format!("\r\ncookie: {COOKIE}=old\r\n")),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_long_session_goes_in_pieces_and_stays_as_it_is() {
    let server = Server::start(|_| json_answer(200, &signed_in())).await;
    let session = "0123456789".repeat(500);
    let fresh = exchanged(&server, &session).await.unwrap();
    assert!(fresh.session_token.is_none());
    let (first, second) = session.split_at(3933);
    let cookie = format!("\r\ncookie: {COOKIE}.0={first}; {COOKIE}.1={second}\r\n");
    assert!(server.requests()[0].contains(&cookie));
}

#[tokio::test]
async fn a_session_that_is_over_asks_for_a_new_sign_in() {
    for body in ["{}", r#"{"WARNING_BANNER":"do not share"}"#, "null"] {
        let failure = failed(move || json_answer(200, body)).await;
        assert_eq!(failure.kind, FailureKind::Unauthorized, "{body}");
        assert!(failure.message.contains("sign in at chatgpt.com"));
    }
}

#[tokio::test]
async fn a_challenge_is_told_with_its_account_and_its_way() {
    let challenge = "<html><title>Just a moment...</title>_cf_chl_opt</html>";
    for status in [403, 503] {
        let failure = failed(move || page(status, challenge)).await;
        let FailureKind::Challenge(challenge) = failure.kind else {
            panic!("{failure:?}");
        };
        assert_eq!(challenge.kind, ChallengeKind::Cloudflare);
        assert_eq!(challenge.account, "account-1");
        assert_eq!(challenge.egress, "direct");
    }
    assert_eq!(
        failed(|| json_answer(500, "{}")).await.kind,
        FailureKind::Upstream
    );
    assert_eq!(
        failed(|| Script::Say(Vec::new())).await.kind,
        FailureKind::Truncated
    );
}
