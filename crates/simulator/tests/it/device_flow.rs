//! Signing in on a device that has no browser.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use simulator::RefreshFamily;

use crate::auth::{TOKEN, code, code_fields, get_as, post_form, post_json, refreshed};
use crate::client::{Client, Gathered};

const USER_CODE: &str = "/api/accounts/deviceauth/usercode";
const POLL: &str = "/api/accounts/deviceauth/token";
const PAGE: &str = "/codex/device";
const CODEX: RefreshFamily = RefreshFamily::Codex;

/// A device that waits for a person.
struct Device {
    id: String,
    user_code: String,
}

impl Device {
    async fn new(client: &Client) -> Self {
        let reply = post_json(client, USER_CODE, &[("client_id", CODEX.client_id())]).await;
        assert_eq!(reply.status, StatusCode::OK);
        let reply = reply.json();
        assert_eq!(reply["interval"], "5");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&reply["device_auth_id"]),
            user_code: text(&reply["user_code"]),
        }
    }

    async fn poll(&self, client: &Client) -> Gathered {
        let fields = [
            ("device_auth_id", self.id.as_str()),
            ("user_code", self.user_code.as_str()),
        ];
        post_json(client, POLL, &fields).await
    }
}

#[tokio::test]
async fn a_device_waits_until_a_person_has_entered_its_code() {
    let client = Client::new();
    let (device, other) = (Device::new(&client).await, Device::new(&client).await);
    assert_eq!(device.user_code.len(), 10);
    assert_eq!(&device.user_code[4..5], "-");
    assert_eq!(device.poll(&client).await.status, StatusCode::FORBIDDEN);
    let page = client.get(PAGE).await;
    assert!(page.text().contains("This is the simulator"));
    assert!(page.text().contains("name=\"user_code\""));
    let lower = device.user_code.to_ascii_lowercase();
    let entered = [("user_code", lower.as_str()), ("account", "ada")];
    let done = post_form(&client, PAGE, &entered).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(other.poll(&client).await.status, StatusCode::FORBIDDEN);

    let approved = device.poll(&client).await.json();
    let text = |name: &str| approved[name].as_str().unwrap();
    let (auth_code, verifier) = (text("authorization_code"), text("code_verifier"));
    assert_eq!(text("code_challenge").len(), 43);
    assert_eq!(device.poll(&client).await.status, StatusCode::NOT_FOUND);
    let redirect = "https://auth.openai.com/deviceauth/callback";
    let fields = code_fields(CODEX, redirect, auth_code, verifier);
    let reply = post_form(&client, TOKEN, &fields).await.json();
    let me = get_as(&client, &reply["access_token"], "/backend-api/me").await;
    assert_eq!(me.json()["name"], "ada");
    refreshed(&client, CODEX, reply["refresh_token"].as_str().unwrap()).await;
}

#[tokio::test]
async fn the_code_of_a_device_is_only_good_at_its_own_callback() {
    let client = Client::new();
    let device = Device::new(&client).await;
    let entered = [("user_code", device.user_code.as_str()), ("account", "ada")];
    post_form(&client, PAGE, &entered).await;
    let approved = device.poll(&client).await.json();
    let text = |name: &str| approved[name].as_str().unwrap();
    let redirect = crate::auth::CALLBACK;
    let fields = code_fields(
        CODEX,
        redirect,
        text("authorization_code"),
        text("code_verifier"),
    );
    let refused = post_form(&client, TOKEN, &fields).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_device_waits_a_quarter_of_an_hour() {
    let client = Client::new();
    let device = Device::new(&client).await;
    client.clock.pass(Duration::from_secs(899));
    assert_eq!(device.poll(&client).await.status, StatusCode::FORBIDDEN);
    client.clock.pass(Duration::from_secs(1));
    assert_eq!(device.poll(&client).await.status, StatusCode::NOT_FOUND);
    let entered = [("user_code", device.user_code.as_str()), ("account", "ada")];
    let late = post_form(&client, PAGE, &entered).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_person_may_refuse_a_device() {
    let client = Client::new();
    let device = Device::new(&client).await;
    let refusal = [("user_code", device.user_code.as_str()), ("cancel", "1")];
    assert_eq!(
        post_form(&client, PAGE, &refusal).await.status,
        StatusCode::OK
    );
    let refused = device.poll(&client).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(code(&refused), "access_denied");
}

#[tokio::test]
async fn what_is_entered_wrongly_is_said_on_the_page() {
    let client = Client::new();
    let device = Device::new(&client).await;
    for fields in [
        [("user_code", "XXXX-XXXXX"), ("account", "ada")],
        [("user_code", device.user_code.as_str()), ("account", "")],
    ] {
        let refused = post_form(&client, PAGE, &fields).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.text().contains("<form"));
    }
    let mobile = RefreshFamily::MobileRotating.client_id();
    let refused = post_json(&client, USER_CODE, &[("client_id", mobile)]).await;
    assert_eq!(refused.json()["error"], "invalid_client");
}

#[tokio::test]
async fn the_device_flow_may_be_off() {
    let client = Client::with(|options| options.sign_in.device_flow = false);
    let fields = [("client_id", CODEX.client_id())];
    for path in [USER_CODE, POLL, PAGE] {
        let refused = post_json(&client, path, &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(client.get(PAGE).await.status, StatusCode::NOT_FOUND);
}
