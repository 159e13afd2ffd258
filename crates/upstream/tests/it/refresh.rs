//! What each answer to a refresh means: the table that accounts live by.

use std::time::Duration;

use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use upstream::sign_in::RefreshClass::{self, Ambiguous, Permanent, Reused, Transient};
use upstream::sign_in::{RefreshError, RefreshFamily, RefreshGrant};

use crate::server::{Script, Server};
use crate::sign_in_service::{
    NOW, REFRESH_TOKEN, access_token, answer, at, body_of, grant, json as json_answer, of, page,
    within,
};

/// It stays good, and nobody said how long to wait.
const PASSES: RefreshClass = Transient { retry_after: None };

const CHALLENGE: &str = "<html><title>Just a moment...</title>\
    <script>window._cf_chl_opt={}</script>access_denied invalid_grant</html>";

/// What the sign-in service says that nobody else may repeat.
const ITS_WORDS: &str = "canary-of-the-words";

async fn refreshed(server: &Server) -> RefreshError {
    of(server).refresh(&grant()).await.unwrap_err()
}

fn assert_shows_nothing(error: &RefreshError) {
    let shown = format!("{error} {error:?}");
    for secret in [REFRESH_TOKEN, "canary"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[rstest]
#[case::invalid_grant(400, json!({"error": "invalid_grant", "error_description": ITS_WORDS}), Permanent("invalid_grant"))]
#[case::invalid_grant_403(403, json!({"error": "invalid_grant"}), Permanent("invalid_grant"))]
#[case::denied(403, json!({"error": "access_denied", "error_description": ITS_WORDS}), Permanent("access_denied"))]
#[case::expired(401, json!({"error": {"code": "refresh_token_expired", "message": ITS_WORDS}}), Permanent("refresh_token_expired"))]
#[case::invalidated(401, json!({"code": "refresh_token_invalidated"}), Permanent("refresh_token_invalidated"))]
#[case::reused(401, json!({"error": {"code": "refresh_token_reused", "message": ITS_WORDS}}), Reused)]
#[case::reused_400(400, json!({"error": "refresh_token_reused"}), Reused)]
#[case::another_word_401(401, json!({"error": ITS_WORDS}), Permanent("unauthorized"))]
#[case::no_word_401(401, json!({"detail": ITS_WORDS}), Permanent("unauthorized"))]
#[case::another_word_400(400, json!({"error": "invalid_request", "error_description": ITS_WORDS}), PASSES)]
#[case::another_word_403(403, json!({"error": ITS_WORDS}), PASSES)]
#[case::unknown_client(401, json!({"error": "invalid_client"}), PASSES)]
#[case::forbidden_client(400, json!({"error": "unauthorized_client"}), PASSES)]
#[case::region(403, json!({"error": {"code": "unsupported_country_region_territory"}}), PASSES)]
#[case::limit(429, json!({"error": "invalid_grant"}), PASSES)]
#[case::breakdown(500, json!({"error": "invalid_grant"}), PASSES)]
#[case::another_status(422, json!({"error": "access_denied"}), PASSES)]
#[case::no_token(200, json!({"scope": "openid"}), PASSES)]
#[case::error_with_200(200, json!({"error": "invalid_grant"}), PASSES)]
#[case::empty_token(200, json!({"access_token": ""}), PASSES)]
#[case::no_object(401, json!("access_denied"), PASSES)]
#[tokio::test]
async fn an_answer_of_json_means(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: RefreshClass,
) {
    let server = Server::start(move |_| json_answer(status, &body.to_string())).await;
    let error = refreshed(&server).await;
    assert_eq!((error.class, error.status), (class, Some(status)));
    assert!(error.rotated.is_none());
    assert_shows_nothing(&error);
    assert_eq!((server.connections(), server.requests().len()), (1, 1));
}

#[rstest]
#[case::challenge(page(403, CHALLENGE))]
#[case::error_page(page(503, CHALLENGE))]
#[case::page_with_401(page(401, "<html>refresh_token_reused</html>"))]
#[case::json_that_calls_itself_a_page(page(400, r#"{"error":"invalid_grant"}"#))]
#[case::challenge_by_its_header(answer(
    403,
    "cf-mitigated: challenge\r\n",
    r#"{"error":"access_denied"}"#
))]
#[case::sign_in_page(page(200, "<html>access_token</html>"))]
#[case::text(answer(403, "content-type: text/plain\r\n", "access_denied"))]
#[case::empty(answer(401, "", ""))]
#[case::nothing_with_200(answer(200, "", ""))]
#[case::bad_gateway(page(502, "<html>bad gateway</html>"))]
#[case::elsewhere(answer(302, "location: /login?error=invalid_grant\r\n", ""))]
#[case::endless(Script::Endless(
    b"HTTP/1.1 400 No\r\ncontent-type: application/json\r\n\r\n{\"error\":\"invalid_grant".into(),
    vec![b'x'; 1 << 16],
))]
#[tokio::test]
async fn what_is_not_json_passes(#[case] script: Script) {
    let script = std::sync::Mutex::new(Some(script));
    let server = Server::start(move |_| script.lock().unwrap().take().expect("asked twice")).await;
    let error = refreshed(&server).await;
    assert_eq!(error.class, PASSES);
    assert_shows_nothing(&error);
    assert_eq!((server.connections(), server.requests().len()), (1, 1));
}

#[rstest]
#[case::closed_without_a_word(Script::Say(Vec::new()))]
#[case::cut_in_its_head(Script::Say(b"HTTP/1.1 200 O".into()))]
#[case::cut_after_its_head(Script::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n".into()))]
#[case::cut_in_its_body(Script::Say(
    b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"access_token\":\"eyJ".into(),
))]
#[case::cut_in_its_last_piece(Script::Say(
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"acc\r\n".into(),
))]
#[case::cut_in_its_refusal(Script::Say(
    b"HTTP/1.1 400 No\r\ncontent-length: 900\r\n\r\n{\"error\":\"invalid_grant\"}".into(),
))]
#[case::no_http(Script::Say(b"SSH-2.0-OpenSSH\r\n\r\n".into()))]
#[tokio::test]
async fn an_answer_that_is_not_whole_leaves_it_open(#[case] script: Script) {
    let script = std::sync::Mutex::new(Some(script));
    let server = Server::start(move |_| script.lock().unwrap().take().expect("asked twice")).await;
    let error = refreshed(&server).await;
    assert_eq!((error.class, error.status), (Ambiguous, None));
    assert_shows_nothing(&error);
    assert_eq!((server.connections(), server.requests().len()), (1, 1));
}

#[rstest]
#[case::before_its_head(b"")]
#[case::before_its_body(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")]
#[tokio::test]
async fn an_answer_that_does_not_come_in_time_leaves_it_open(#[case] first: &'static [u8]) {
    let server = Server::start(|_| Script::Hold(first.into())).await;
    let base = format!("http://{}", server.address);
    let sign_in = within(&base, Duration::from_mins(1), Duration::from_millis(300));
    let error = sign_in.refresh(&grant()).await.unwrap_err();
    assert_eq!(error.class, Ambiguous);
    server.closed().await;
    assert_eq!((server.connections(), server.requests().len()), (1, 1));
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait() {
    let server = Server::start(|_| answer(429, "retry-after: 120\r\n", "slow down")).await;
    let error = refreshed(&server).await;
    let wait = Some(Duration::from_mins(2));
    assert_eq!(error.class, Transient { retry_after: wait });
    assert_eq!(error.status, Some(429));
}

#[tokio::test]
async fn a_token_that_came_alone_is_not_lost() {
    let server = Server::start(|_| json_answer(200, r#"{"refresh_token":"rt_canary-2"}"#)).await;
    let error = refreshed(&server).await;
    assert_eq!(error.class, PASSES);
    assert_shows_nothing(&error);
    assert_eq!(error.rotated.unwrap().expose_secret(), "rt_canary-2");
}

#[tokio::test]
async fn fresh_tokens_come_whole_and_unseen() {
    let body = json!({
        "access_token": access_token(), "refresh_token": "rt_canary-2", "expires_in": 5,
        "id_token": "eyJ.canary.a", "token_type": "Bearer",
    });
    let server = Server::start(move |_| json_answer(200, &body.to_string())).await;
    let fresh = of(&server).refresh(&grant()).await.unwrap();
    assert_eq!(fresh.access_token.expose_secret(), access_token());
    assert_eq!(
        fresh.refresh_token.as_ref().unwrap().expose_secret(),
        "rt_canary-2"
    );
    assert_eq!(fresh.expires_at, Some(NOW + 1000), "as the token says");
    let shown = format!("{fresh:?} {:?}", grant());
    assert!(
        !shown.contains("canary") && !shown.contains("eyJ"),
        "{shown}"
    );

    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /oauth/token HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("user-agent: the-user-agent\r\n"));
    let sent: Value = serde_json::from_str(body_of(request)).unwrap();
    assert_eq!(
        sent,
        json!({
            "client_id": "app_EMoamEEZ73f0CkXaXp7hrann", "grant_type": "refresh_token",
            "refresh_token": REFRESH_TOKEN,
        })
    );
}

#[tokio::test]
async fn an_old_token_stays_good_when_no_new_one_comes() {
    let body = r#"{"access_token":"opaque","expires_in":"60"}"#;
    let server = Server::start(move |_| json_answer(200, body)).await;
    let fresh = of(&server).refresh(&grant()).await.unwrap();
    assert!(fresh.refresh_token.is_none());
    assert_eq!(fresh.expires_at, Some(NOW + 60), "counted from now");
}

#[tokio::test]
async fn each_family_is_refreshed_as_its_own_client() {
    const MOBILE: &str = "pdlLIX2Y72MIl2rhLhTE9VV9bN905kBh";
    const CODEX: &str = "app_EMoamEEZ73f0CkXaXp7hrann";
    let server = Server::start(|_| json_answer(200, r#"{"access_token":"a"}"#)).await;
    for (family, client_id, redirect) in [
        (
            Some(RefreshFamily::Mobile),
            MOBILE,
            json!("com.openai.chat://auth.openai.com/ios/com.openai.chat/callback"),
        ),
        (Some(RefreshFamily::Codex), CODEX, Value::Null),
        (None, CODEX, Value::Null),
    ] {
        let grant = RefreshGrant { family, ..grant() };
        of(&server).refresh(&grant).await.unwrap();
        let request = server.requests().pop().unwrap();
        let sent: Value = serde_json::from_str(body_of(&request)).unwrap();
        assert_eq!(sent["client_id"], client_id);
        assert_eq!(sent["redirect_uri"], redirect);
    }
}

#[tokio::test]
async fn a_token_of_an_unknown_client_is_not_tried_as_another() {
    let server = Server::start(|_| json_answer(400, r#"{"error":"invalid_grant"}"#)).await;
    let grant = RefreshGrant {
        family: None,
        ..grant()
    };
    let error = of(&server).refresh(&grant).await.unwrap_err();
    assert_eq!(error.class, Permanent("invalid_grant"));
    assert!(
        error.message.contains("which client it was made for"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn revoking_tells_whether_it_was_done() {
    let server = Server::start(|request| {
        let status = if request.contains("rt_known") {
            200
        } else {
            400
        };
        json_answer(status, "{}")
    })
    .await;
    for (token, is_done) in [("rt_known", true), ("rt_other", false)] {
        let grant = RefreshGrant {
            token: token.into(),
            ..grant()
        };
        assert_eq!(of(&server).revoke(&grant).await, is_done);
    }
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /oauth/revoke HTTP/1.1\r\n"));
    let sent: Value = serde_json::from_str(body_of(request)).unwrap();
    assert_eq!(sent["token_type_hint"], "refresh_token");
    assert!(!at("http://127.0.0.1:1").revoke(&grant()).await);
}
