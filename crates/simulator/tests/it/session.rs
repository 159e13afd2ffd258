//! The web session: its cookie, whole and in parts, and what it gives.

use std::time::Duration;

use http::header::SET_COOKIE;
use serde_json::json;
use simulator::TokenSpec;

use crate::auth::get_as;
use crate::client::{Client, Gathered, gather};

const NAME: &str = "__Secure-next-auth.session-token";
const PATH: &str = "/api/auth/session";

async fn session(client: &Client, cookies: &str) -> Gathered {
    let headers = [("cookie", cookies)];
    gather(client.send("GET", PATH, &headers, None).await).await
}

/// The cookies a reply sets, as they are sent back.
fn set_by(reply: &Gathered) -> Vec<String> {
    let values = reply.headers.get_all(SET_COOKIE).iter();
    values
        .map(|value| {
            value
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_cookie_gives_an_access_token_and_a_fresh_cookie() {
    let client = Client::new();
    let mut spec = TokenSpec::new("carol");
    spec.plan = "pro".to_owned();
    spec.lifetime = Duration::from_mins(1);
    let token = client.simulator.mint_session_token(&spec);
    assert_eq!(token.split('.').count(), 5);
    let mut cookies = format!("a=b; {NAME}={token}");
    for _ in 0..2 {
        let reply = session(&client, &cookies).await;
        let body = reply.json();
        assert_eq!(body["account"]["planType"], "pro");
        assert_eq!(body["expires"], "2026-03-05T15:00:00.000Z");
        let me = get_as(&client, &body["accessToken"], "/backend-api/me").await;
        assert_eq!(me.json()["name"], "carol");
        let fresh = set_by(&reply).join("; ");
        assert!(fresh.starts_with(&format!("{NAME}=eyJ")) && fresh != cookies);
        cookies = fresh;
    }
    let elsewhere = session(&Client::new(), &cookies).await;
    assert_eq!(elsewhere.json()["user"]["name"], "carol");
}

#[tokio::test]
async fn a_cookie_in_parts_is_put_together_in_their_order() {
    let client = Client::new();
    let token = client
        .simulator
        .mint_session_token(&TokenSpec::new("carol"));
    let length = token.len().div_ceil(11);
    let parts: Vec<String> = (0..11)
        .map(|index| &token[index * length..token.len().min((index + 1) * length)])
        .enumerate()
        .map(|(number, part)| format!("{NAME}.{number}={part}"))
        .rev()
        .collect();
    let reply = session(&client, &parts.join("; ")).await;
    assert_eq!(reply.json()["user"]["name"], "carol");
    let fresh = set_by(&reply);
    assert_eq!(fresh.len(), 11);
    assert!(fresh[1].starts_with(&format!("{NAME}.1=")));
    let again = session(&client, &fresh.join("; ")).await;
    assert_eq!(again.json()["user"]["name"], "carol");
    let whole = format!("{}; {NAME}={token}", fresh[0]);
    assert_eq!(
        session(&client, &whole).await.json()["user"]["name"],
        "carol"
    );
}

#[tokio::test]
async fn without_a_good_cookie_nobody_is_signed_in() {
    let client = Client::new();
    let token = client
        .simulator
        .mint_session_token(&TokenSpec::new("carol"));
    let access_token = client.token.as_str();
    for cookies in [
        "a=b",
        &format!("{NAME}={}", &token[1..]),
        &format!("{NAME}={access_token}"),
    ] {
        let reply = session(&client, cookies).await;
        assert_eq!(reply.json(), json!({}));
        assert!(set_by(&reply).is_empty());
    }
    client.clock.pass(Duration::from_hours(90 * 24));
    let late = session(&client, &format!("{NAME}={token}")).await;
    assert_eq!(late.json(), json!({}));
}
