//! A small client of the sign-in service, for the tests of whatever signs in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::LOCATION;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use simulator::{RefreshFamily, TokenSpec};

use crate::client::{Client, Gathered, gather};
use crate::upload::send_bare;

pub(crate) const TOKEN: &str = "/oauth/token";

/// Where a sign-in with the Codex command line ends.
pub(crate) const CALLBACK: &str = "http://localhost:1455/auth/callback";

/// Where sign-ins with the app end: one gives lasting tokens, the other rotating ones.
pub(crate) const OLD_APP: &str = "com.openai.chat://auth0.openai.com/ios/com.openai.chat/callback";
pub(crate) const NEW_APP: &str = "com.openai.chat://auth.openai.com/ios/com.openai.chat/callback";

pub(crate) const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";

/// All kinds of refresh tokens.
pub(crate) const ALL: [RefreshFamily; 3] = [
    RefreshFamily::MobileLasting,
    RefreshFamily::MobileRotating,
    RefreshFamily::Codex,
];

pub(crate) type Fields<'a> = &'a [(&'a str, &'a str)];

/// Name and value pairs as a query or a form has them.
pub(crate) fn encoded(fields: Fields<'_>) -> String {
    let value = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, text)| format!("{name}={}", value(text)))
        .collect();
    pairs.join("&")
}

pub(crate) async fn post_form(client: &Client, path: &str, fields: Fields<'_>) -> Gathered {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    send_bare(client, "POST", path, &headers, encoded(fields)).await
}

pub(crate) async fn post_json(client: &Client, path: &str, fields: Fields<'_>) -> Gathered {
    post_with(client, path, fields, &[]).await
}

/// Posts JSON with further headers.
pub(crate) async fn post_with(
    client: &Client,
    path: &str,
    fields: Fields<'_>,
    headers: Fields<'_>,
) -> Gathered {
    let members = fields
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text)));
    let body = Value::Object(members.collect::<Map<_, _>>()).to_string();
    let mut all = vec![("content-type", "application/json")];
    all.extend(headers);
    send_bare(client, "POST", path, &all, body).await
}

/// What a refresh says.
pub(crate) fn refresh_fields(family: RefreshFamily, token: &str) -> Vec<(&'static str, &str)> {
    let mut fields = vec![
        ("grant_type", "refresh_token"),
        ("client_id", family.client_id()),
        ("refresh_token", token),
    ];
    if family != RefreshFamily::Codex {
        fields.push(("redirect_uri", OLD_APP));
    }
    fields
}

pub(crate) async fn refresh(client: &Client, family: RefreshFamily, token: &str) -> Gathered {
    post_json(client, TOKEN, &refresh_fields(family, token)).await
}

/// A refresh that must go well; returns the reply and the refresh token to go on with.
pub(crate) async fn refreshed(
    client: &Client,
    family: RefreshFamily,
    token: &str,
) -> (Value, String) {
    let reply = refresh(client, family, token).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = reply.json();
    let next = reply["refresh_token"].as_str().unwrap_or(token).to_owned();
    (reply, next)
}

/// The first token of `ada`.
pub(crate) fn minted(client: &Client, family: RefreshFamily) -> String {
    let spec = TokenSpec::new("ada");
    client.simulator.mint_refresh_token(&spec, family)
}

/// The first Codex token of an account.
pub(crate) fn codex_token(client: &Client, spec: &TokenSpec) -> String {
    client
        .simulator
        .mint_refresh_token(spec, RefreshFamily::Codex)
}

/// An account with a fault.
pub(crate) fn faulty(fault: &str) -> TokenSpec {
    TokenSpec {
        fault: Some(fault.to_owned()),
        ..TokenSpec::new(fault)
    }
}

/// The code of a refusal in the newer form.
pub(crate) fn code(reply: &Gathered) -> String {
    reply.json()["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// What `GET path` answers to somebody with this access token.
pub(crate) async fn get_as(client: &Client, access_token: &Value, path: &str) -> Gathered {
    let bearer = format!("Bearer {}", access_token.as_str().unwrap());
    send_bare(client, "GET", path, &[("authorization", &bearer)], "").await
}

/// The claims of a JSON web token.
pub(crate) fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// What an authorize step says.
pub(crate) fn wish(family: RefreshFamily, redirect: &str) -> Vec<(&'static str, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", family.client_id().to_owned()),
        ("redirect_uri", redirect.to_owned()),
        ("scope", "openid profile email offline_access".to_owned()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
        ("state", "a state & more".to_owned()),
    ]
}

/// The address of an authorize step.
pub(crate) fn address(wish: &[(&'static str, String)]) -> String {
    let fields: Vec<_> = wish
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    format!("/oauth/authorize?{}", encoded(&fields))
}

/// The parameters with which the sign-in page sends a person back.
pub(crate) async fn choose(
    client: &Client,
    address: &str,
    fields: Fields<'_>,
) -> Vec<(String, String)> {
    let reply = post_form(client, address, fields).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let location = reply.headers[LOCATION].to_str().unwrap();
    let (_, query) = location.split_once('?').unwrap();
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect()
}

/// A code of the sign-in of that account.
pub(crate) async fn code_for(
    client: &Client,
    family: RefreshFamily,
    redirect: &str,
    name: &str,
) -> String {
    let address = address(&wish(family, redirect));
    let back = choose(client, &address, &[("account", name)]).await;
    assert_eq!(back[0].0, "code");
    assert_eq!(back[1], ("state".to_owned(), "a state & more".to_owned()));
    back[0].1.clone()
}

/// What the exchange of a code says.
pub(crate) fn code_fields<'a>(
    family: RefreshFamily,
    redirect: &'a str,
    code: &'a str,
    verifier: &'a str,
) -> Vec<(&'static str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", family.client_id()),
        ("redirect_uri", redirect),
        ("code", code),
        ("code_verifier", verifier),
    ]
}

/// What `GET /simulator/sign-in` says.
pub(crate) async fn summary(client: &Client) -> Value {
    gather(client.send("GET", "/simulator/sign-in", &[], None).await)
        .await
        .json()
}
