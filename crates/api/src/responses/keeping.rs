//! What is kept of a response: when it begins, if it goes on without its caller, and when it is
//! over.

use secrecy::SecretString;
use serde_json::Value;
use store::DatabaseError;
use store::records::{ChatTurn, NewItem, NewResponse};
use transcode::reply::response_told::Written;

use super::answer::Answer;
use super::chats;
use super::memory::LaneMemory;
use crate::Api;
use crate::item_list::to_keep;

/// What is known of a response before it is made.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    /// Whose it is; nothing when nothing is kept for anybody.
    pub(super) owner: Option<String>,
    pub(super) is_stored: bool,
    pub(super) previous_id: Option<String>,
    pub(super) conversation_id: Option<String>,
    /// The chat that it belongs to.
    pub(super) chat_id: Option<String>,
    /// What is said now.
    pub(super) input: Vec<Value>,
    /// What was said before; only with `memory`.
    pub(super) before: Vec<Value>,
    /// The memory of the connection that asks, if it has one.
    pub(super) memory: Option<LaneMemory>,
    /// Whether it was kept when it began.
    pub(super) was_begun: bool,
}

impl Keeper {
    /// Keeps a response that begins.
    pub(super) async fn begin(&mut self, api: &Api, response: &Value) -> Result<(), DatabaseError> {
        let Some(mut new) = self.record(response.clone(), &[]) else {
            return Ok(());
        };
        new.node = Some(api.responses.node.clone());
        api.responses.database.keep_response(new).await?;
        self.was_begun = true;
        Ok(())
    }

    /// Keeps a response that is over; what cannot be kept is only logged, because the answer is
    /// there already.
    pub(super) async fn end(&self, api: &Api, answer: &Answer, events: Option<&[Written]>) {
        let database = &api.responses.database;
        let output = answer.kept_output();
        let response = answer.body();
        if let Some(memory) = self.memory.as_ref().filter(|_| !self.is_stored)
            && is_said(&response)
        {
            let id = response["id"].as_str().unwrap_or_default();
            memory.keep(id, [&self.before, &self.input, &output]);
        }
        let kept = if self.is_stored {
            let Some(mut new) = self.record(response, &output) else {
                return;
            };
            new.was_begun = self.was_begun;
            new.events = events.map(lines);
            database.keep_response(new).await
        } else if let (Some(owner), Some(id), true) =
            (&self.owner, &self.conversation_id, is_said(&response))
        {
            let items = self.items(&output);
            let created = seconds(&response);
            database
                .add_to_conversation(owner, id, items, created)
                .await
        } else {
            Ok(())
        };
        match kept {
            // Its caller deleted it while it was made.
            Ok(()) | Err(DatabaseError::NotFound) => {}
            Err(error) => tracing::error!("a response could not be kept: {error}"),
        }
    }

    fn record(&self, mut response: Value, output: &[Value]) -> Option<NewResponse> {
        let owner = self.owner.clone()?;
        response.as_object_mut()?.remove("output");
        let items = self.items(output);
        Some(NewResponse {
            id: response["id"].as_str()?.to_owned(),
            owner,
            previous_id: self.previous_id.clone(),
            conversation_id: self.conversation_id.clone(),
            chat: self.chat_id.as_deref().map(|id| self.turn(id, &response)),
            status: response["status"].as_str()?.to_owned(),
            node: None,
            was_begun: false,
            body: SecretString::from(response.to_string()),
            events: None,
            appended: if is_said(&response) {
                items.clone()
            } else {
                Vec::new()
            },
            items,
            created_at: seconds(&response),
        })
    }

    fn turn(&self, chat_id: &str, response: &Value) -> ChatTurn {
        ChatTurn {
            chat_id: chat_id.to_owned(),
            title: chats::title(&self.input).map(SecretString::from),
            model: response["model"].as_str().unwrap_or_default().to_owned(),
        }
    }

    fn items(&self, output: &[Value]) -> Vec<NewItem> {
        let said = self.input.iter().map(|item| to_keep(item, false));
        let done = output.iter().map(|item| to_keep(item, true));
        said.chain(done).collect()
    }
}

/// Whether it counts as said, and can be gone on from.
fn is_said(response: &Value) -> bool {
    matches!(
        response["status"].as_str(),
        Some("completed" | "incomplete")
    )
}

fn seconds(response: &Value) -> i64 {
    response["created_at"].as_i64().unwrap_or(i64::MAX)
}

/// Events as they are kept: one line of JSON each, for JSON has no line breaks of its own.
fn lines(events: &[Written]) -> SecretString {
    let mut lines = String::new();
    for event in events {
        // JSON is always UTF-8.
        lines.push_str(std::str::from_utf8(&event.json).unwrap_or_default());
        lines.push('\n');
    }
    SecretString::from(lines)
}
