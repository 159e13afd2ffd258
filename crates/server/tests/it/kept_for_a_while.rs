//! Conversations that are kept for a while and then deleted.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::support::{Reply, Setup, TestApp, question};

/// The requests that hid a conversation, waited for.
async fn deletions(app: &TestApp, count: usize) -> Vec<String> {
    let seen = || -> Vec<String> {
        let recorded = app.simulator.recorded().into_iter();
        let hidden = recorded.filter(|it| it.method == "PATCH");
        hidden.map(|it| it.path).collect()
    };
    let waiting = async {
        while seen().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("the conversation was not deleted");
    seen()
}

#[tokio::test]
async fn a_conversation_is_kept_and_deleted_when_its_time_has_come_over_a_restart_too() {
    let data = tempfile::tempdir().unwrap();
    let setup = || Setup::new().set("DATA_DIR", data.path().to_str().unwrap());
    let app = setup().start().await;
    let mut body = question("Hello");
    body["delete_after_minutes"] = 5.into();
    let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
    let id = reply.json()["conversation_id"].as_str().unwrap().to_owned();
    let asked: Value = serde_json::from_slice(&app.conversations()[0].body).unwrap();
    assert_eq!(asked["history_and_training_disabled"], false);
    assert!(deletions(&app, 0).await.is_empty());
    app.stop().await;

    let early = setup().later(Duration::from_mins(4)).start().await;
    assert_eq!(early.answer("Hello").await.status, 200);
    assert!(deletions(&early, 0).await.is_empty());
    early.stop().await;

    let late = setup().later(Duration::from_mins(6)).start().await;
    let path = format!("/backend-api/conversation/{id}");
    assert_eq!(deletions(&late, 1).await, [path]);
    late.stop().await;
}

#[tokio::test]
async fn an_own_token_cannot_promise_to_delete_and_a_setting_does_it_for_all_others() {
    let app = Setup::new()
        .set("DELETE_AFTER_MINUTES", "1")
        .set("HISTORY_DISABLED", "false")
        .start()
        .await;
    let token = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let mut body = question("Hello");
    let plain = Reply::read(app.ask_as(&token, &body).send().await.unwrap()).await;
    assert_eq!(plain.status, 200);
    body["delete_after_minutes"] = 5.into();
    let refused = Reply::read(app.ask_as(&token, &body).send().await.unwrap()).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["error"]["param"],
        json!("delete_after_minutes")
    );
    app.stop().await;
}
