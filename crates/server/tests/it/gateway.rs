//! Upstream's own pages for those who share an account: two people on one account, each with a
//! word of their own, and what each may see.

mod conversations;
mod files;
mod identity;
mod isolation;
mod mirror;
mod paths;
mod secrets;
mod sockets;
mod switches;
mod tokens;

use http::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulator::{RecordedRequest, TokenSpec};
use uuid::Uuid;

use crate::support::{Reply, Setup, TestApp};

/// Two people who share the account.
const ALICE: &str = "alice";
const BOB: &str = "bob";

/// A gateway with one account, and pages switched on.
fn setup() -> Setup {
    Setup::new()
        .accounts(vec![TokenSpec::new("owner")])
        .set("ENABLE_GATEWAY", "true")
}

/// A request with a word as its credential.
fn asked(app: &TestApp, who: &str, method: Method, path: &str) -> RequestBuilder {
    let url = format!("{}{path}", app.url);
    app.client.request(method, url).bearer_auth(who)
}

async fn sent(request: RequestBuilder) -> Reply {
    Reply::read(request.send().await.unwrap()).await
}

async fn get(app: &TestApp, who: &str, path: &str) -> Reply {
    sent(asked(app, who, Method::GET, path)).await
}

async fn post(app: &TestApp, who: &str, path: &str, body: &Value) -> Reply {
    sent(asked(app, who, Method::POST, path).json(body)).await
}

/// A page's message.
fn message(text: &str) -> Value {
    json!({
        "action": "next",
        "messages": [{
            "id": Uuid::new_v4().to_string(),
            "author": {"role": "user"},
            "content": {"content_type": "text", "parts": [text]},
            "metadata": {},
        }],
        "parent_message_id": "client-created-root",
        "model": "auto",
        "conversation_mode": {"kind": "primary_assistant"},
        "supported_encodings": ["v1"],
        "history_and_training_disabled": false,
    })
}

/// What somebody has on the account.
#[derive(Debug, Clone)]
struct Things {
    conversation: String,
    question: String,
    answer: String,
    file: String,
    share: String,
}

impl Things {
    fn ids(&self) -> [&str; 5] {
        [
            &self.conversation,
            &self.question,
            &self.answer,
            &self.file,
            &self.share,
        ]
    }
}

/// Sends a message, and returns what the stream says of its conversation and its answer.
async fn converse(app: &TestApp, who: &str, body: &Value) -> (String, String) {
    let reply = post(app, who, "/backend-api/f/conversation", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let documents = reply.text.lines().filter_map(|it| {
        let data = it.strip_prefix("data: ")?;
        serde_json::from_str::<Value>(data).ok()
    });
    let (mut conversation, mut answer) = (None, None);
    for document in documents {
        if let Some(id) = document["conversation_id"].as_str() {
            conversation = Some(id.to_owned());
        }
        let message = &document["v"]["message"];
        if message["author"]["role"] == "assistant" {
            answer = message["id"].as_str().map(str::to_owned);
        }
    }
    (conversation.unwrap(), answer.unwrap())
}

/// Has somebody make one of each.
async fn things_of(app: &TestApp, who: &str) -> Things {
    let body = message("hello");
    let (conversation, answer) = converse(app, who, &body).await;
    let question = body["messages"][0]["id"].as_str().unwrap().to_owned();
    let file = json!({"file_name": "a.txt", "file_size": 3, "use_case": "my_files"});
    let file = post(app, who, "/backend-api/files", &file).await;
    assert_eq!(file.status, 200, "{}", file.text);
    let share = json!({
        "current_node_id": answer,
        "conversation_id": conversation,
        "is_anonymous": true,
    });
    let share = post(app, who, "/backend-api/share/create", &share).await;
    assert_eq!(share.status, 200, "{}", share.text);
    Things {
        conversation,
        question,
        answer,
        file: file.json()["file_id"].as_str().unwrap().to_owned(),
        share: share.json()["share_id"].as_str().unwrap().to_owned(),
    }
}

/// What upstream was asked since then.
fn since(app: &TestApp, before: usize) -> Vec<RecordedRequest> {
    app.simulator.recorded().split_off(before)
}

fn count(app: &TestApp) -> usize {
    app.simulator.recorded().len()
}
