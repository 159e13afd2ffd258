//! A person signs in: in a browser, or with a code on another device.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use upstream::Egress::Direct;
use upstream::sign_in::{DevicePoll, LOCAL_REDIRECT, SignInError};
use url::form_urlencoded;

use crate::server::{Script, Server, path_of};
use crate::sign_in_service::{access_token, answer, at, body_of, json as json_answer, of, page};

/// The octets of RFC 7636, appendix B, and as many for the state.
const CHANCE: [u8; 64] = [
    116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77,
    105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121, //
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const STATE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn bought() -> String {
    json!({"access_token": access_token(), "refresh_token": "rt_new", "id_token": "eyJ.a.b"})
        .to_string()
}

fn form(request: &str) -> HashMap<String, String> {
    form_urlencoded::parse(body_of(request).as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn the_browser_is_sent_with_a_challenge_and_a_state() {
    let pending = at("https://auth.openai.com").begin(LOCAL_REDIRECT, &CHANCE);
    let url = &pending.authorize_url;
    assert_eq!(url.host_str(), Some("auth.openai.com"));
    assert_eq!(url.path(), "/oauth/authorize");
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    for (key, value) in [
        ("response_type", "code"),
        ("client_id", "app_EMoamEEZ73f0CkXaXp7hrann"),
        ("redirect_uri", "http://localhost:1455/auth/callback"),
        ("scope", "openid profile email offline_access"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", STATE),
        ("originator", "flowgpt"),
    ] {
        assert_eq!(query.get(key).map(String::as_str), Some(value), "{key}");
    }
    assert_eq!(pending.verifier.expose_secret(), VERIFIER);
    assert_eq!(format!("{pending:?}"), "PendingSignIn");
}

#[tokio::test]
async fn the_code_is_exchanged_for_tokens() {
    let server = Server::start(|_| json_answer(200, &bought())).await;
    let sign_in = of(&server);
    let pending = sign_in.begin(LOCAL_REDIRECT, &CHANCE);
    let ended_on = format!("{LOCAL_REDIRECT}?code=ac_1&state={STATE}");
    let fresh = sign_in.finish(&pending, &ended_on, &Direct).await.unwrap();
    assert_eq!(fresh.access_token.expose_secret(), access_token());
    assert_eq!(fresh.refresh_token.unwrap().expose_secret(), "rt_new");

    let request = &server.requests()[0];
    assert_eq!(path_of(request), "/oauth/token");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"));
    let form = form(request);
    for (key, value) in [
        ("grant_type", "authorization_code"),
        ("code", "ac_1"),
        ("redirect_uri", LOCAL_REDIRECT),
        ("client_id", "app_EMoamEEZ73f0CkXaXp7hrann"),
        ("code_verifier", VERIFIER),
    ] {
        assert_eq!(form.get(key).map(String::as_str), Some(value), "{key}");
    }
}

#[tokio::test]
async fn an_address_of_another_sign_in_is_never_exchanged() {
    let server = Server::start(|_| json_answer(200, &bought())).await;
    let sign_in = of(&server);
    let pending = sign_in.begin(LOCAL_REDIRECT, &CHANCE);
    for (address, error) in [
        ("?code=ac_1&state=other", SignInError::OtherSignIn),
        ("?code=ac_1", SignInError::NotACallback),
        ("?error=access_denied", SignInError::Declined),
    ] {
        let refused = sign_in.finish(&pending, address, &Direct).await;
        assert_eq!(refused.unwrap_err(), error);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_code_that_buys_nothing_says_what_to_do() {
    let unavailable = |status| SignInError::Unavailable {
        status,
        egress: "direct".to_owned(),
        retry_after: None,
    };
    let scripts: Vec<(fn() -> Script, SignInError)> = vec![
        (
            || {
                json_answer(
                    400,
                    r#"{"error":"invalid_grant","error_description":"canary"}"#,
                )
            },
            SignInError::CodeNotAccepted,
        ),
        (
            || json_answer(401, r#"{"error":"invalid_client"}"#),
            SignInError::ClientNotAccepted,
        ),
        (|| page(403, "<html>access_denied"), unavailable(403)),
        (|| json_answer(200, "{}"), unavailable(200)),
        (|| answer(500, "", ""), unavailable(500)),
        (
            || Script::Say(Vec::new()),
            SignInError::Lost("direct".to_owned()),
        ),
    ];
    for (script, error) in scripts {
        let server = Server::start(move |_| script()).await;
        let sign_in = of(&server);
        let pending = sign_in.begin(LOCAL_REDIRECT, &CHANCE);
        let address = format!("?code=ac_canary&state={STATE}");
        let failed = sign_in.finish(&pending, &address, &Direct).await;
        let failed = failed.unwrap_err();
        assert_eq!(failed, error);
        assert!(!format!("{failed} {failed:?}").contains("canary"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_person_types_the_code_on_another_device() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |request| match path_of(request) {
        "/api/accounts/deviceauth/usercode" => json_answer(
            200,
            r#"{"device_auth_id":"canary","usercode":"ABCD-EFGHI","interval":"7"}"#,
        ),
        "/api/accounts/deviceauth/token" => {
            match asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => json_answer(403, r#"{"error":"authorization_pending"}"#),
                1 => answer(404, "", ""),
                2 => page(403, "<html>Just a moment..."),
                _ => json_answer(
                    200,
                    r#"{"authorization_code":"ac_2","code_verifier":"v-2"}"#,
                ),
            }
        }
        _ => json_answer(200, &bought()),
    })
    .await;
    let sign_in = of(&server);
    let device = sign_in.begin_device(&Direct).await.unwrap();
    assert_eq!(device.user_code, "ABCD-EFGHI");
    assert_eq!(device.interval, Duration::from_secs(7));
    assert!(device.verification_url.path().ends_with("/codex/device"));
    assert_eq!(format!("{device:?}"), "DeviceSignIn");

    for _ in 0..2 {
        let poll = sign_in.poll_device(&device, &Direct).await.unwrap();
        assert!(matches!(poll, DevicePoll::Pending));
    }
    let page = sign_in.poll_device(&device, &Direct).await.unwrap_err();
    assert!(matches!(page, SignInError::Unavailable { status: 403, .. }));
    let DevicePoll::Done(fresh) = sign_in.poll_device(&device, &Direct).await.unwrap() else {
        panic!("still pending");
    };
    assert_eq!(fresh.refresh_token.unwrap().expose_secret(), "rt_new");

    let requests = server.requests();
    let poll: Value = serde_json::from_str(body_of(&requests[1])).unwrap();
    assert_eq!(
        poll,
        json!({"device_auth_id": "canary", "user_code": "ABCD-EFGHI"})
    );
    let exchange = form(requests.last().unwrap());
    assert_eq!(exchange["code"], "ac_2");
    assert_eq!(exchange["code_verifier"], "v-2");
    let redirect = format!("http://{}/deviceauth/callback", server.address);
    assert_eq!(exchange["redirect_uri"], redirect);
}

#[tokio::test]
async fn a_person_may_decline_on_the_other_device() {
    let server = Server::start(|request| match path_of(request) {
        "/api/accounts/deviceauth/usercode" => {
            json_answer(200, r#"{"device_auth_id":"d","user_code":"A-B"}"#)
        }
        _ => json_answer(403, r#"{"error":{"code":"access_denied"}}"#),
    })
    .await;
    let sign_in = of(&server);
    let device = sign_in.begin_device(&Direct).await.unwrap();
    assert_eq!(device.interval, Duration::from_secs(5));
    let declined = sign_in.poll_device(&device, &Direct).await.unwrap_err();
    assert_eq!(declined, SignInError::Declined);
}

#[tokio::test]
async fn there_may_be_no_codes_for_devices() {
    let server = Server::start(|_| json_answer(404, r#"{"detail":"Not Found"}"#)).await;
    let refused = of(&server).begin_device(&Direct).await.unwrap_err();
    assert_eq!(refused, SignInError::NoDeviceCodes);
    let server = Server::start(|_| json_answer(200, "{}")).await;
    let odd = of(&server).begin_device(&Direct).await.unwrap_err();
    assert!(matches!(odd, SignInError::Unavailable { status: 200, .. }));
}
