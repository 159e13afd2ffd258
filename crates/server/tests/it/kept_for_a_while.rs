//! Conversations that are kept for a while and then deleted.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Simulator, TokenSpec};

use crate::support::{Reply, Setup, TestApp, question};

/// The requests that hid a conversation.
fn deletions(simulator: &Simulator) -> Vec<String> {
    let recorded = simulator.recorded().into_iter();
    let hidden = recorded.filter(|it| it.method == "PATCH");
    hidden.map(|it| it.path).collect()
}

/// The first of them, waited for.
async fn deleted(app: &TestApp) -> Vec<String> {
    let waiting = async {
        while deletions(&app.simulator).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .expect("the conversation was not deleted");
    deletions(&app.simulator)
}

/// Ends the gateway with all it still had to do.
async fn stopped(app: TestApp) -> Simulator {
    let simulator = app.simulator.clone();
    app.stop().await;
    simulator
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
    assert!(deletions(&stopped(app).await).is_empty());

    let early = setup().later(Duration::from_mins(4)).start().await;
    assert_eq!(early.answer("Hello").await.status, 200);
    assert!(deletions(&stopped(early).await).is_empty());

    let late = setup().later(Duration::from_mins(6)).start().await;
    let path = format!("/backend-api/conversation/{id}");
    assert_eq!(deleted(&late).await, [path]);
    late.stop().await;
}

#[tokio::test]
async fn an_own_token_cannot_promise_to_delete_and_a_setting_does_it_for_all_others() {
    let data = tempfile::tempdir().unwrap();
    let setup = || {
        Setup::new()
            .set("DATA_DIR", data.path().to_str().unwrap())
            .set("DELETE_AFTER_MINUTES", "1")
            .set("HISTORY_DISABLED", "false")
    };
    let app = setup().start().await;
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
    let kept = Reply::read(app.ask(&question("Hello")).send().await.unwrap()).await;
    let id = kept.json()["conversation_id"].as_str().unwrap().to_owned();
    assert!(deletions(&stopped(app).await).is_empty());

    let late = setup().later(Duration::from_mins(2)).start().await;
    let path = format!("/backend-api/conversation/{id}");
    assert_eq!(deleted(&late).await, [path]);
    late.stop().await;
}
