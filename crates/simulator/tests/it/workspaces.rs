//! Accounts that are members of workspaces.

use http::StatusCode;
use serde_json::Value;
use simulator::TokenSpec;

use crate::client::{Client, Gathered, gather, question};

const CHECK: &str = "/backend-api/accounts/check/v4-2023-04-27";

fn member() -> Client {
    let spec = TokenSpec::new("dora")
        .with_workspace("Laboratory")
        .with_workspace("Workshop");
    Client::new().signed_in_as(&spec)
}

/// The ids of the accounts one may act for.
async fn ids(client: &Client) -> Vec<String> {
    let check = client.get(CHECK).await.json();
    let ids = check["account_ordering"].as_array().unwrap();
    ids.iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

async fn get_for(client: &Client, id: &str, path: &str) -> Gathered {
    let headers = [("chatgpt-account-id", id)];
    gather(client.send("GET", path, &headers, None).await).await
}

#[tokio::test]
async fn workspaces_are_listed_after_the_account_itself() {
    let client = member();
    let check = client.get(CHECK).await.json();
    let ids = ids(&client).await;
    let account = |id: &str| check["accounts"][id]["account"].clone();
    let shape = |account: &Value| {
        ["name", "structure", "plan_type"].map(|name| account[name].as_str().map(str::to_owned))
    };
    let expected = [
        [None, Some("personal"), Some("plus")],
        [Some("Laboratory"), Some("workspace"), Some("team")],
        [Some("Workshop"), Some("workspace"), Some("team")],
    ];
    for (id, expected) in ids.iter().zip(expected) {
        assert_eq!(
            shape(&account(id)),
            expected.map(|text| text.map(str::to_owned))
        );
    }
    assert_eq!(ids.len(), 3);
    assert_eq!(check["accounts"]["default"], check["accounts"][&ids[0]]);
}

#[tokio::test]
async fn requests_may_be_made_for_any_of_them() {
    let client = member();
    let ids = ids(&client).await;
    for id in &ids {
        let me = get_for(&client, id, "/backend-api/me").await;
        assert_eq!(me.status, StatusCode::OK);
        let check = get_for(&client, id, CHECK).await.json();
        assert_eq!(check["account_ordering"].as_array().unwrap().len(), 3);
    }
    let stranger = Client::new();
    let refused = get_for(&stranger, &ids[1], "/backend-api/me").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn each_has_its_own_conversations() {
    let client = member();
    let ids = ids(&client).await;
    client.always_send("chatgpt-account-id", &ids[1]);
    assert_eq!(
        client.converse(&question("hello")).await.status,
        StatusCode::OK
    );
    let other = client.signed_in_as(&TokenSpec::new("dora").with_workspace("Laboratory"));
    for (id, expected) in [(&ids[0], 0), (&ids[1], 1)] {
        let listed = get_for(&other, id, "/backend-api/conversations")
            .await
            .json();
        assert_eq!(listed["total"], expected);
    }
}
