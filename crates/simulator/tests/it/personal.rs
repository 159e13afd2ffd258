//! What an account has beside its conversations: all of it bears its name, and nobody else sees it.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered, gather};
use crate::upload::upload;

/// What names the account wherever it is asked for.
const NAMED: [&str; 15] = [
    "/backend-api/user_system_messages",
    "/backend-api/memories?exclusive_to_gizmo=false&include_memory_entries=true",
    "/backend-api/settings/user",
    "/backend-api/accounts/mfa_info",
    "/backend-api/accounts/data_export",
    "/backend-api/payments/customer_portal",
    "/backend-api/subscriptions",
    "/backend-api/connectors",
    "/backend-api/connectors/list_accessible",
    "/backend-api/gizmo_creator_profile",
    "/backend-api/my/recent/uploaded_images",
    "/backend-api/files/library",
    "/backend-api/pins",
    "/backend-api/beacons/home",
    "/public-api/gizmos/discovery/mine",
];

/// What is the same for every account.
const SHARED: [&str; 6] = [
    "/backend-api/settings/beta_features",
    "/backend-api/settings/is_adult",
    "/backend-api/images/styles",
    "/backend-api/model_icons",
    "/public-api/conversation_limit",
    "/public-api/gizmos/discovery/recent",
];

fn two_accounts() -> (Client, Client) {
    let alice = Client::new();
    let bob = alice.signed_in_as(&TokenSpec::new("bob"));
    (alice, bob)
}

async fn send(client: &Client, method: &str, path: &str, body: Option<&Value>) -> Gathered {
    gather(client.send(method, path, &[], body).await).await
}

#[tokio::test]
async fn an_account_s_things_bear_its_name_and_no_other() {
    let (alice, bob) = two_accounts();
    for path in NAMED {
        let (hers, his) = (alice.get(path).await, bob.get(path).await);
        assert_eq!(hers.status, StatusCode::OK, "{path}");
        assert!(hers.text().contains("alice"), "{path}: {}", hers.text());
        assert!(!hers.text().contains("bob"), "{path}");
        assert!(his.text().contains("bob"), "{path}: {}", his.text());
        assert!(!his.text().contains("alice"), "{path}");
    }
    for path in SHARED {
        let (hers, his) = (alice.get(path).await, bob.get(path).await);
        assert_eq!(hers.status, StatusCode::OK, "{path}");
        assert_eq!(hers.json(), his.json(), "{path}");
    }
}

#[tokio::test]
async fn those_without_an_account_get_none_of_it() {
    let mut nobody = Client::new();
    nobody.token = "nothing".to_owned();
    for path in NAMED {
        assert_eq!(
            nobody.get(path).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn instructions_are_changed_for_one_account() {
    let (alice, bob) = two_accounts();
    let path = "/backend-api/user_system_messages";
    let before = bob.get(path).await.json();
    assert_eq!(before["object"], "user_system_message_detail");
    let change = json!({"about_user_message": "I keep goats", "unknown": 1, "object": "other"});
    for method in ["POST", "PATCH"] {
        let changed = send(&alice, method, path, Some(&change)).await.json();
        assert_eq!(changed["about_user_message"], "I keep goats");
        assert_eq!(changed["name_user_message"], "alice");
        assert_eq!(changed["object"], "user_system_message_detail");
        assert_eq!(changed["unknown"], Value::Null);
        assert_eq!(alice.get(path).await.json(), changed);
    }
    assert_eq!(bob.get(path).await.json(), before);
}

#[tokio::test]
async fn memories_are_forgotten_one_by_one_or_all_at_once() {
    let (alice, bob) = two_accounts();
    let list = async |client: &Client| client.get("/backend-api/memories").await.json();
    let first = list(&alice).await;
    let ids: Vec<&str> = first["memories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|memory| memory["id"].as_str().unwrap())
        .collect();
    let one = format!("/backend-api/memories/{}", ids[0]);
    assert_eq!(
        send(&bob, "DELETE", &one, None).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        send(&alice, "DELETE", &one, None).await.status,
        StatusCode::OK
    );
    let again = send(&alice, "DELETE", &one, None).await;
    assert_eq!(again.json()["detail"]["code"], "memory_not_found");
    assert_eq!(
        list(&alice).await["memories"].as_array().unwrap().len(),
        ids.len() - 1
    );
    let all = "/backend-api/settings/clear_account_user_memory";
    assert_eq!(
        send(&alice, "DELETE", all, None).await.status,
        StatusCode::OK
    );
    let left = list(&alice).await;
    assert_eq!(
        (&left["memories"], &left["memory_num_tokens"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(
        list(&bob).await["memories"].as_array().unwrap().len(),
        ids.len()
    );
    assert_eq!(send(&bob, "POST", all, None).await.status, StatusCode::OK);
    assert_eq!(list(&bob).await["memories"], json!([]));
}

#[tokio::test]
async fn settings_are_changed_for_one_account() {
    let (alice, bob) = two_accounts();
    let setting = "/backend-api/settings/account_user_setting";
    let changed = format!("{setting}?feature=training_allowed&value=true");
    assert_eq!(
        send(&alice, "PATCH", &changed, None).await.status,
        StatusCode::OK
    );
    let settings = async |client: &Client| client.get("/backend-api/settings/user").await.json();
    assert_eq!(settings(&alice).await["settings"]["training_allowed"], true);
    assert_eq!(settings(&bob).await["settings"]["training_allowed"], false);
    let refused = send(&alice, "PATCH", setting, None).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let features = "/backend-api/settings/beta_features";
    let tried = format!("{features}?feature=plugins&value=true");
    assert_eq!(
        send(&alice, "POST", &tried, None).await.json()["plugins"],
        true
    );
    assert_eq!(bob.get(features).await.json()["plugins"], false);
}

#[tokio::test]
async fn an_account_s_own_pages_are_its_own() {
    let (alice, bob) = two_accounts();
    let check = alice
        .get("/backend-api/accounts/check/v5-2023-04-27")
        .await
        .json();
    let id = check["account_ordering"][0].as_str().unwrap();
    let invites = format!("/backend-api/accounts/{id}/invites");
    assert!(alice.get(&invites).await.text().contains("guest-of-alice"));
    assert_eq!(bob.get(&invites).await.status, StatusCode::NOT_FOUND);
    let bill = format!("/backend-api/subscriptions?account_id={id}");
    assert_eq!(alice.get(&bill).await.json()["account_id"], id);
    let refused = bob.get(&bill).await;
    assert_eq!(refused.json()["detail"]["code"], "account_not_found");
    let unknown = alice.get("/backend-api/accounts/check/latest").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn connectors_are_known_to_their_account() {
    let (alice, bob) = two_accounts();
    let list = alice.get("/backend-api/connectors").await.json();
    let id = list["connectors"][0]["id"].as_str().unwrap();
    let path = format!("/backend-api/connectors/{id}");
    assert_eq!(alice.get(&path).await.json(), list["connectors"][0]);
    assert_eq!(
        send(&alice, "DELETE", &path, None).await.json()["success"],
        true
    );
    assert_eq!(bob.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_maker_s_profile_is_changed_for_one_account() {
    let (alice, bob) = two_accounts();
    let path = "/backend-api/gizmo_creator_profile";
    let change = json!({"display_name": "Queen of goats", "user_id": "user-other"});
    let changed = send(&alice, "PATCH", path, Some(&change)).await.json();
    assert_eq!(changed["display_name"], "Queen of goats");
    assert_ne!(changed["user_id"], "user-other");
    assert!(bob.get(path).await.text().contains("bob the maker"));
}

#[tokio::test]
async fn what_is_done_once_is_answered() {
    let client = Client::new();
    for path in [
        "/backend-api/accounts/logout_all",
        "/backend-api/accounts/deactivate",
        "/backend-api/accounts/data_export",
        "/backend-api/payments/checkout",
        "/backend-api/lat/r",
    ] {
        assert_eq!(
            client.post(path, &json!({})).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let edge = client.get("/backend-api/edge").await;
    assert_eq!((edge.status, edge.body.len()), (StatusCode::NO_CONTENT, 0));
}

#[tokio::test]
async fn files_that_were_sent_are_in_the_library() {
    let (alice, bob) = two_accounts();
    let picture = upload(&alice, "goat.png", b"not really", "multimodal").await;
    let paper = upload(&alice, "goats.txt", b"goats", "my_files").await;
    let library = alice.get("/backend-api/files/library").await;
    assert!(library.text().contains(&picture) && library.text().contains(&paper));
    let images = alice.get("/backend-api/my/recent/uploaded_images").await;
    assert!(images.text().contains(&picture) && !images.text().contains(&paper));
    let theirs = bob.get("/backend-api/files/library").await;
    assert!(!theirs.text().contains(&picture) && !theirs.text().contains("goat"));
}
