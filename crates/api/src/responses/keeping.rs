//! What is kept of a response: when it begins, if it goes on without its caller, and when it is
//! over.

use openai::response::{Response, ResponseStatus};
use secrecy::SecretString;
use serde_json::Value;
use store::DatabaseError;
use store::records::{NewItem, NewResponse};
use transcode::reply::response_answer::ResponseAnswer;
use transcode::reply::response_told::Written;

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
    /// What is said now.
    pub(super) input: Vec<Value>,
    /// Whether it was kept when it began.
    pub(super) was_begun: bool,
}

impl Keeper {
    /// Keeps a response that begins.
    pub(super) async fn begin(
        &mut self,
        api: &Api,
        answer: &ResponseAnswer,
    ) -> Result<(), DatabaseError> {
        let Some(mut new) = self.record(answer.response(), &[]) else {
            return Ok(());
        };
        new.node = Some(api.responses.node.clone());
        api.responses.database.keep_response(new).await?;
        self.was_begun = true;
        Ok(())
    }

    /// Keeps a response that is over; what cannot be kept is only logged, because the answer is
    /// there already.
    pub(super) async fn end(&self, api: &Api, answer: &ResponseAnswer, events: Option<&[Written]>) {
        let database = &api.responses.database;
        let output = answer.kept_output();
        let kept = if self.is_stored {
            let Some(mut new) = self.record(answer.response(), &output) else {
                return;
            };
            new.was_begun = self.was_begun;
            new.events = events.map(lines);
            database.keep_response(new).await
        } else if let (Some(owner), Some(id)) = (&self.owner, &self.conversation_id) {
            let items = self.items(&output);
            let created = seconds(answer.response());
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

    fn record(&self, response: &Response, output: &[Value]) -> Option<NewResponse> {
        let owner = self.owner.clone()?;
        let mut body = serde_json::to_value(response).ok()?;
        body.as_object_mut()?.remove("output");
        let is_said = matches!(
            response.status,
            ResponseStatus::Completed | ResponseStatus::Incomplete
        );
        let items = self.items(output);
        Some(NewResponse {
            id: response.id.clone(),
            owner,
            previous_id: self.previous_id.clone(),
            conversation_id: self.conversation_id.clone(),
            status: response.status.word().to_owned(),
            node: None,
            was_begun: false,
            body: SecretString::from(body.to_string()),
            events: None,
            appended: if is_said { items.clone() } else { Vec::new() },
            items,
            created_at: seconds(response),
        })
    }

    fn items(&self, output: &[Value]) -> Vec<NewItem> {
        let said = self.input.iter().map(|item| to_keep(item, false));
        let done = output.iter().map(|item| to_keep(item, true));
        said.chain(done).collect()
    }
}

fn seconds(response: &Response) -> i64 {
    i64::try_from(response.created_at).unwrap_or(i64::MAX)
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
