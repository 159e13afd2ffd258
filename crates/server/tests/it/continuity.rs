//! Chats that go on in the conversation upstream has, of clients that send all of it every time.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use simulator::TokenSpec;
use tempfile::TempDir;

use crate::support::{KEY, Reply, Setup, TestApp};

const OTHER_KEY: &str = "sk-other";

/// A chat as a plain client keeps it.
#[derive(Clone, Default)]
struct Chat(Vec<(&'static str, String)>);

impl Chat {
    fn messages(&self) -> Value {
        let messages = self.0.iter();
        messages
            .map(|(role, content)| json!({"role": role, "content": content}))
            .collect()
    }

    /// Says something and keeps the answer.
    async fn say(&mut self, app: &TestApp, key: &str, text: &str) -> Reply {
        self.0.push(("user", text.to_owned()));
        let body = json!({"model": "auto", "messages": self.messages()});
        let reply = Reply::read(app.ask_as(key, &body).send().await.unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        self.0.push(("assistant", reply.content()));
        reply
    }
}

/// The last question upstream got: its conversation, its parent, and the texts of its messages.
fn last_sent(app: &TestApp) -> (Option<String>, String, Vec<String>) {
    let sent = app.conversations().pop().unwrap();
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    let messages = body["messages"].as_array().unwrap();
    let texts = messages
        .iter()
        .map(|it| it["content"]["parts"][0].as_str().unwrap().to_owned());
    (
        body["conversation_id"].as_str().map(str::to_owned),
        body["parent_message_id"].as_str().unwrap().to_owned(),
        texts.collect(),
    )
}

#[tokio::test]
async fn each_turn_of_a_chat_sends_one_message_to_the_account_that_has_the_rest() {
    let app = TestApp::start().await;
    let mut chat = Chat::default();
    let first = chat.say(&app, KEY, "simulate:echo turn 0").await;
    assert_eq!(first.header("x-flowgpt-continued"), "");
    let account = first.header("x-flowgpt-account");
    let mut conversations = Vec::new();
    for turn in 1..20 {
        let text = format!("simulate:echo turn {turn}");
        let reply = chat.say(&app, KEY, &text).await;
        assert_eq!(reply.content(), format!("turn {turn}"));
        assert_eq!(reply.header("x-flowgpt-continued"), "true");
        assert_eq!(reply.header("x-flowgpt-account"), account);
        let (conversation, _, texts) = last_sent(&app);
        assert_eq!(texts, [text]);
        conversations.push(conversation.unwrap());
    }
    conversations.dedup();
    assert_eq!(conversations.len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn an_edited_turn_is_a_branch_below_the_answer_before_it() {
    let app = TestApp::start().await;
    let mut chat = Chat::default();
    let mut parents = Vec::new();
    for turn in 0..9 {
        chat.say(&app, KEY, &format!("simulate:echo turn {turn}"))
            .await;
        parents.push(last_sent(&app).1);
    }
    let (conversation, ..) = last_sent(&app);
    let mut edited = Chat(chat.0[..14].to_vec());
    let reply = edited.say(&app, KEY, "simulate:echo another seventh").await;
    assert_eq!(reply.header("x-flowgpt-continued"), "true");
    let branch = last_sent(&app);
    assert_eq!(branch.0, conversation);
    assert_eq!(branch.1, parents[7], "it hangs where the seventh did");
    assert_eq!(branch.2, ["simulate:echo another seventh"]);
    // Both branches go on.
    for chat in [&mut chat, &mut edited] {
        let reply = chat.say(&app, KEY, "simulate:echo on").await;
        assert_eq!(reply.header("x-flowgpt-continued"), "true");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_edited_answer_is_told_whole() {
    let app = TestApp::start().await;
    let mut chat = Chat::default();
    chat.say(&app, KEY, "simulate:echo one").await;
    chat.0[1].1 = "something else".to_owned();
    let reply = chat.say(&app, KEY, "simulate:echo two").await;
    assert_eq!(reply.header("x-flowgpt-continued"), "");
    let (conversation, _, texts) = last_sent(&app);
    assert_eq!(conversation, None);
    assert_eq!(
        texts,
        ["simulate:echo one", "something else", "simulate:echo two"]
    );
    app.stop().await;
}

#[tokio::test]
async fn a_conversation_that_is_gone_upstream_is_told_anew_and_gone_on_with() {
    let app = Setup::new().set("HISTORY_DISABLED", "false").start().await;
    let mut chat = Chat::default();
    chat.say(&app, KEY, "simulate:echo one").await;
    chat.say(&app, KEY, "simulate:echo two").await;
    let lost = last_sent(&app).0.unwrap();
    app.simulator.delete_conversation(&lost);
    let reply = chat.say(&app, KEY, "simulate:echo three").await;
    assert_eq!(reply.content(), "three");
    assert_eq!(reply.header("x-flowgpt-continued"), "");
    assert_eq!(last_sent(&app).2.len(), 5);
    let reply = chat.say(&app, KEY, "simulate:echo four").await;
    assert_eq!(reply.header("x-flowgpt-continued"), "true");
    assert_ne!(last_sent(&app).0, Some(lost));
    app.stop().await;
}

#[tokio::test]
async fn two_keys_never_share_a_conversation() {
    let keys = format!("{KEY},{OTHER_KEY}");
    let app = Setup::new().set("AUTHORIZATION", keys).start().await;
    let mut mine = Chat::default();
    mine.say(&app, KEY, "simulate:echo hello").await;
    let mut theirs = mine.clone();
    let reply = theirs.say(&app, OTHER_KEY, "simulate:echo and").await;
    assert_eq!(reply.header("x-flowgpt-continued"), "");
    assert_eq!(last_sent(&app).0, None);
    let reply = mine.say(&app, KEY, "simulate:echo and").await;
    assert_eq!(reply.header("x-flowgpt-continued"), "true");
    app.stop().await;
}

#[tokio::test]
async fn it_is_off_by_setting_and_header() {
    let app = TestApp::start().await;
    let mut chat = Chat::default();
    chat.say(&app, KEY, "simulate:echo one").await;
    chat.0.push(("user", "simulate:echo two".to_owned()));
    let body = json!({"model": "auto", "messages": chat.messages()});
    let request = app.ask_as(KEY, &body).header("x-flowgpt-continuity", "off");
    let reply = Reply::read(request.send().await.unwrap()).await;
    assert_eq!(reply.header("x-flowgpt-continued"), "");
    app.stop().await;
    let app = Setup::new().set("CONTINUITY", "false").start().await;
    let mut chat = Chat::default();
    chat.say(&app, KEY, "simulate:echo one").await;
    let reply = chat.say(&app, KEY, "simulate:echo two").await;
    assert_eq!(reply.header("x-flowgpt-continued"), "");
    app.stop().await;
}

#[tokio::test]
async fn where_a_chat_stands_outlives_a_restart() {
    let folder = TempDir::new().unwrap();
    let app = Setup::new().in_folder(&folder).start().await;
    let mut chat = Chat::default();
    chat.say(&app, KEY, "simulate:echo one").await;
    app.stop().await;
    // This simulator knows nothing of the conversation, so it is tried and then told anew.
    let app = Setup::new().in_folder(&folder).start().await;
    let reply = chat.say(&app, KEY, "simulate:echo two").await;
    assert_eq!(reply.content(), "two");
    assert_eq!(reply.header("x-flowgpt-attempts"), "2");
    app.stop().await;
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Reply {
    let request = app.client.post(format!("{}/v1/{path}", app.url));
    let request = request.bearer_auth(KEY).json(body);
    Reply::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn responses_and_messages_go_on_as_chats_do() {
    let app = TestApp::start().await;
    let first = json!({"model": "auto", "input": "simulate:echo one"});
    let first = post(&app, "responses", &first).await.json();
    let next = json!({"model": "auto", "input": "simulate:echo two",
        "previous_response_id": first["id"]});
    let reply = post(&app, "responses", &next).await;
    assert_eq!(
        reply.header("x-flowgpt-continued"),
        "true",
        "{}",
        reply.text
    );
    assert_eq!(last_sent(&app).2, ["simulate:echo two"]);

    let mut messages = vec![json!({"role": "user", "content": "simulate:echo three"})];
    for continued in ["", "true"] {
        let body = json!({"model": "auto", "max_tokens": 1000, "messages": messages});
        let reply = post(&app, "messages", &body).await;
        assert_eq!(
            reply.header("x-flowgpt-continued"),
            continued,
            "{}",
            reply.text
        );
        messages.push(json!({"role": "assistant", "content": reply.json()["content"]}));
        messages.push(json!({"role": "user", "content": "simulate:echo four"}));
    }
    assert_eq!(last_sent(&app).2, ["simulate:echo four"]);
    app.stop().await;
}

/// What upstream remembers above a message, the oldest first.
fn told(app: &TestApp, conversation: &str, message: &str) -> Vec<String> {
    let tree = app.simulator.conversation(conversation).unwrap();
    let mut texts = Vec::new();
    let mut at = tree["mapping"][message].clone();
    while !at.is_null() {
        let content = &at["message"]["content"]["parts"][0];
        let role = at["message"]["author"]["role"].as_str();
        if let (Some(text), Some("user" | "assistant")) = (content.as_str(), role) {
            texts.push(text.to_owned());
        }
        at = at["parent"]
            .as_str()
            .map_or(Value::Null, |parent| tree["mapping"][parent].clone());
    }
    texts.reverse();
    texts.retain(|it| !it.is_empty());
    texts
}

/// Many chats begin with the same words, and none gets into another.
#[tokio::test]
async fn a_thousand_chats_side_by_side_never_cross() {
    const CHATS: usize = 1000;
    const TURNS: usize = 3;
    let accounts = ["a", "b", "c"].map(TokenSpec::new).to_vec();
    let setup = Setup::new().accounts(accounts);
    let setup = setup.simulate(|it| it.max_conversations = 2 * CHATS);
    let app = setup.set("HISTORY_DISABLED", "false").start().await;
    let app = &app;
    let mut chats = vec![(Chat::default(), Value::Null); CHATS];
    let mut continued = 0;
    for turn in 0..TURNS {
        let numbered = chats.into_iter().enumerate();
        let asked = stream::iter(numbered).map(|(number, (mut chat, _))| async move {
            // The first turn is one of ten, the others are the chat's own.
            let text = match turn {
                0 => format!("simulate:echo hello {}", number % 10),
                _ => format!("simulate:echo chat {number} turn {turn}"),
            };
            let reply = chat.say(app, KEY, &text).await;
            let is_continued = reply.header("x-flowgpt-continued") == "true";
            (chat, reply.json(), usize::from(is_continued))
        });
        let answered: Vec<_> = asked.buffered(50).collect().await;
        continued += answered.iter().map(|it| it.2).sum::<usize>();
        chats = answered.into_iter().map(|it| (it.0, it.1)).collect();
    }
    let mut shared: HashMap<String, usize> = HashMap::new();
    for (chat, last) in &chats {
        let conversation = last["conversation_id"].as_str().unwrap();
        let told = told(app, conversation, last["message_id"].as_str().unwrap());
        let said: Vec<&str> = chat.0.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(told, said);
        *shared.entry(conversation.to_owned()).or_default() += 1;
    }
    assert_eq!(continued, CHATS * (TURNS - 1), "every later turn went on");
    assert!(shared.values().any(|it| *it > 1), "some are branches");
    app.becomes_quiet().await;
}
