//! `flowgpt account login`, with the simulator's pages in place of a person's browser.

use reqwest::Client;
use reqwest::redirect::Policy;

use super::workplace::Workplace;

#[expect(clippy::disallowed_methods, reason = "a person's browser")]
fn browser() -> Client {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = Client::builder().redirect(Policy::none()).no_proxy();
    client.build().unwrap()
}

async fn submit(url: &str, form: &str) -> reqwest::Response {
    let request = browser().post(url).body(form.to_owned());
    let form = "application/x-www-form-urlencoded";
    request.header("content-type", form).send().await.unwrap()
}

#[tokio::test]
async fn a_code_that_is_entered_on_another_device_brings_an_account() {
    let workplace = Workplace::new().await;
    let mut running = workplace.begin(&["account", "login"]);
    let line = running.line_with("Open ").await;
    let page = line.split(' ').nth(1).unwrap().to_owned();
    running.line().await;
    let code = running.line().await;
    let entered = submit(&page, &format!("user_code={}&account=ben", code.trim())).await;
    assert_eq!(entered.status(), 200);
    let done = running.end().await;
    assert!(done.status.success(), "{done:?}");
    assert!(done.out.contains(": signed in"), "{done:?}");
    let list = workplace.json(&["account", "list"]).await;
    assert_eq!(list["accounts"][0]["source"], "sign_in");
    assert_eq!(list["accounts"][0]["can_refresh"], true);
    workplace.close().await;
}

#[tokio::test]
async fn a_code_that_is_refused_is_said_and_brings_none() {
    let workplace = Workplace::new().await;
    let mut running = workplace.begin(&["account", "login", "--device"]);
    let line = running.line_with("Open ").await;
    let page = line.split(' ').nth(1).unwrap().to_owned();
    running.line().await;
    let code = running.line().await;
    submit(
        &page,
        &format!("user_code={}&choice=cancel&cancel=1", code.trim()),
    )
    .await;
    let done = running.end().await;
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(done.said.contains("declined"), "{done:?}");
    assert_eq!(workplace.json(&["account", "list"]).await["total"], 0);
    workplace.close().await;
}

#[tokio::test]
async fn an_address_that_is_pasted_brings_an_account_after_one_that_is_not_it() {
    let workplace = Workplace::new().await;
    let mut running = workplace.begin(&["account", "login", "--browser"]);
    let authorize = running.line_with("http").await;
    running
        .type_line("http://localhost:1455/auth/callback?code=ac_1&state=other")
        .await;
    running
        .line_with("Not yet: this address belongs to another sign-in")
        .await;
    let chosen = submit(&authorize, "account=ben").await;
    let ended = chosen.headers()["location"].to_str().unwrap().to_owned();
    running.type_line(&ended).await;
    let done = running.end().await;
    assert!(done.status.success(), "{done:?}");
    let list = workplace.json(&["account", "list"]).await;
    assert_eq!(list["accounts"][0]["source"], "sign_in");
    workplace.close().await;
}
