//! The demo as somebody sees it who opens the link that it prints.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;

use crate::demo_process::Demo;
use crate::support::client_without_redirects;

async fn read(client: &Client, url: &str, cookies: &str) -> Value {
    let asked = client.get(url).header("cookie", cookies);
    asked.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn one_link_signs_in_to_the_chat_and_the_admin_whose_accounts_are_in_all_states_but_locked() {
    let demo = Demo::start("instant", &[]);
    let client = client_without_redirects();
    let entered = client.get(&demo.entrance).send().await.unwrap();
    assert_eq!(
        (entered.status().as_u16(), &entered.headers()["location"]),
        (303, &"/".parse().unwrap())
    );
    let cookies = entered.headers().get_all("set-cookie").iter();
    let cookies = cookies.map(|it| it.to_str().unwrap().split(';').next().unwrap());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let session = read(&client, &format!("{}/api/session", demo.url), &cookies).await;
    assert_eq!(session["is_operator"], true, "{session}");
    let all = BTreeSet::from(
        [
            "deactivated",
            "disabled",
            "healthy",
            "limited",
            "needs_attention",
            "needs_sign_in",
        ]
        .map(str::to_owned),
    );
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let overview = format!("{}/admin/api/overview", demo.url);
        let overview = read(&client, &overview, &cookies).await;
        let states = overview["accounts"]["by_state"].as_object();
        let states: BTreeSet<String> = states.unwrap().keys().cloned().collect();
        if states == all {
            break;
        }
        assert!(Instant::now() < deadline, "only {states:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let errors = format!("{}/admin/api/accounts/errors", demo.url);
    let errors = read(&client, &errors, &cookies).await;
    let failed = errors["accounts"].as_array().unwrap().iter();
    let failed: BTreeSet<&str> = failed.map(|it| it["label"].as_str().unwrap()).collect();
    // One of them can still be asked, in need.
    assert_eq!(failed, BTreeSet::from(["Irene", "Jonas", "Omar", "Tess"]));
    // Whoever is not let in by the link has to show something.
    let stranger = read(&client, &format!("{}/api/session", demo.url), "").await;
    assert_eq!(stranger["error"]["code"], "signed_out");
}
