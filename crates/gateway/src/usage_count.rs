//! Counting what a page's message uses, for budgets and the request log.
//!
//! Reads the events beside the stream, which goes on as it is. Tokens are counted when the answer
//! is over, on a thread of its own.

use accounts::Ticket;
use serde_json::Value;
use sse::Decoder;
use tokio_util::task::TaskTracker;
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::WebReader;
use transcode::token_count;
use transcode::turn_event::TurnEvent;

/// Counts one message and its answer; dropping it settles.
#[derive(Debug)]
pub(crate) struct UsageCount {
    counted: Option<Counted>,
    tasks: TaskTracker,
}

#[derive(Debug)]
struct Counted {
    ticket: Ticket,
    reader: WebReader,
    prompt: String,
    answer: String,
    counts_tokens: bool,
}

impl UsageCount {
    /// For a message that was let in; `is_counted` when somebody wants to know.
    pub(crate) fn new(ticket: Ticket, body: &Value, is_counted: bool, tasks: &TaskTracker) -> Self {
        let messages = body["messages"].as_array();
        let ids = messages.into_iter().flatten();
        let ids = ids.filter_map(|it| it["id"].as_str().map(str::to_owned));
        let is_counted = is_counted || ticket.max_answer_tokens().is_some();
        Self {
            counted: Some(Counted {
                reader: WebReader::new(ids.collect(), AnswerStyle::default()),
                prompt: texts(body),
                answer: String::new(),
                counts_tokens: is_counted,
                ticket,
            }),
            tasks: tasks.clone(),
        }
    }

    pub(crate) fn ticket(&mut self) -> Option<&mut Ticket> {
        self.counted.as_mut().map(|it| &mut it.ticket)
    }

    /// Takes note of one event.
    pub(crate) fn see(&mut self, event: &[u8]) {
        let Some(it) = &mut self.counted else {
            return;
        };
        let mut decoder = Decoder::new(event.len().saturating_add(1));
        decoder.push(event);
        let Ok(Some(event)) = decoder.next_event() else {
            return;
        };
        let mut events = Vec::new();
        if it.reader.read(event.name, event.data, &mut events).is_err() {
            return;
        }
        for event in &events {
            match event {
                TurnEvent::Text(text) | TurnEvent::Reasoning(text) => {
                    it.ticket.first_text();
                    if it.counts_tokens {
                        it.answer.push_str(text);
                    }
                }
                TurnEvent::Rewritten(text) if it.counts_tokens => it.answer.clone_from(text),
                _ => {}
            }
        }
    }

    /// How it ended.
    pub(crate) fn ended(&mut self, status: u16, code: Option<&str>) {
        if let Some(it) = &mut self.counted {
            it.ticket.ended(status, code);
        }
    }
}

impl Drop for UsageCount {
    fn drop(&mut self) {
        let Some(mut it) = self.counted.take() else {
            return;
        };
        if !it.counts_tokens {
            return;
        }
        self.tasks.spawn_blocking(move || {
            let prompt = token_count::text(&it.prompt);
            it.ticket.used(prompt, token_count::text(&it.answer));
        });
    }
}

/// What a body says in words.
pub(crate) fn texts(body: &Value) -> String {
    let messages = body["messages"].as_array().into_iter().flatten();
    let parts = messages.filter_map(|it| it["content"]["parts"].as_array());
    let texts = parts.flatten().filter_map(Value::as_str);
    texts.collect::<Vec<&str>>().join("\n")
}
