//! Counting what one request uses, for budgets and the request log.
//!
//! The text is kept until the answer is over and counted on a thread of its own, so that no
//! answer waits for it. Made when a request is let in; settled when it is dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accounts::{Asking, Ticket};
use http::header;
use store::records::AccountId;
use tokio_util::task::TaskTracker;
use transcode::driver_kind::DriverKind;
use transcode::token_count;
use transcode::turn::{Turn, TurnMessage};
use transcode::turn_event::TurnEvent;
use uuid::Uuid;
use web::ApiError;
use web::caller_auth::Authenticated;

use crate::Api;

/// Two bytes a token is more than any text has.
const BYTES_PER_TOKEN: usize = 2;

/// What a message and an attachment add at most.
const TOKENS_PER_MESSAGE: usize = 16;
const TOKENS_PER_ATTACHMENT: usize = 1500;

/// Requests that are over and whose tokens are to be counted, on one thread at a time.
#[derive(Debug, Default)]
pub struct CountingQueue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    requests: Vec<Counting>,
    /// Whether a thread is at it.
    has_thread: bool,
}

/// A thread that counts; however it ends, the next request sends another.
struct CountingThread<'a>(&'a CountingQueue);

impl Drop for CountingThread<'_> {
    fn drop(&mut self) {
        self.0.lock().has_thread = false;
    }
}

/// What is counted of one request.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Boxed, for a meter is handed on many times.
    counting: Option<Box<Counting>>,
    queue: Arc<CountingQueue>,
    tasks: TaskTracker,
}

#[derive(Debug)]
struct Counting {
    ticket: Ticket,
    prompt: Option<Turn>,
    prompt_tokens: u64,
    answer: String,
    /// What the model did beside its answer.
    beside: String,
    /// Tokens asked and answered, as upstream counted them.
    stated: Option<(u64, u64)>,
    is_counted: bool,
}

/// Lets a request in, or says why not.
pub(crate) async fn admit(
    api: &Api,
    who: &Authenticated,
    route: &'static str,
    turn: Option<&Turn>,
) -> Result<Meter, ApiError> {
    let id = format!("rec_{}", Uuid::new_v4().simple());
    let asking = Asking {
        id: &id,
        route,
        model: turn.map(|turn| turn.model.as_str()),
        prompt_tokens: turn.map_or(0, most_prompt_tokens),
        max_answer_tokens: turn.and_then(|turn| turn.limits.max_tokens),
    };
    let admitted = api.admission.admit(&who.caller, asking).await;
    let ticket = admitted.map_err(|refused| {
        let resets_at = refused.resets_at();
        let error = ApiError::from(refused);
        match resets_at {
            Some(at) => {
                let wait = at.saturating_sub(api.clock.since_epoch().as_secs());
                error.with_header(header::RETRY_AFTER, &wait.to_string())
            }
            None => error,
        }
    })?;
    Ok(Meter {
        counting: Some(Box::new(Counting {
            ticket,
            prompt: None,
            prompt_tokens: 0,
            answer: String::new(),
            beside: String::new(),
            stated: None,
            is_counted: api.counts_usage,
        })),
        queue: Arc::clone(&api.counting),
        tasks: api.tasks.clone(),
    })
}

/// More tokens than this the prompt does not have; what is counted later is less.
fn most_prompt_tokens(turn: &Turn) -> u64 {
    let attachments = turn.messages.iter().flat_map(TurnMessage::attachments);
    let tokens = token_count::prompt_bytes(turn) / BYTES_PER_TOKEN
        + turn.messages.len() * TOKENS_PER_MESSAGE
        + attachments.count() * TOKENS_PER_ATTACHMENT;
    tokens as u64
}

impl Meter {
    /// The most tokens the answer may have, if the key has a budget.
    pub(crate) fn max_answer_tokens(&self) -> Option<u64> {
        self.counting.as_ref()?.ticket.max_answer_tokens()
    }

    /// An account answers what was asked.
    pub(crate) fn answered_by(
        &mut self,
        account: Option<AccountId>,
        driver: DriverKind,
        attempts: u32,
    ) {
        if let Some(it) = &mut self.counting {
            it.ticket.answered_by(account, driver, attempts);
        }
    }

    /// What was asked, to be counted later; tokens of pictures are counted already.
    pub(crate) fn asked(&mut self, turn: &Turn, picture_tokens: u64) {
        if let Some(it) = self.counting.as_mut().filter(|it| it.needs_tokens()) {
            it.prompt = Some(turn.texts_only());
            it.prompt_tokens = picture_tokens;
        }
    }

    /// Whether the answer's text is to be counted.
    pub(crate) fn wants_text(&self) -> bool {
        self.counting.as_ref().is_some_and(|it| it.needs_tokens())
    }

    /// All that was answered, to be counted if anybody wants to know.
    pub(crate) fn answered(&mut self, text: String) {
        if let Some(it) = self.counting.as_mut().filter(|it| it.needs_tokens()) {
            it.answer = text;
        }
    }

    /// Takes note of one event; the answer's text is given at its end.
    pub(crate) fn see(&mut self, event: &TurnEvent) {
        let Some(it) = &mut self.counting else {
            return;
        };
        if matches!(event, TurnEvent::Text(_) | TurnEvent::ToolCall(_)) {
            it.ticket.first_text();
        }
        if !it.needs_tokens() {
            return;
        }
        match event {
            TurnEvent::Reasoning(text) => it.beside.push_str(text),
            TurnEvent::ToolCall(begun) => it.beside.push_str(&begun.name),
            TurnEvent::ToolInput { piece, .. } => it.beside.push_str(piece),
            TurnEvent::Usage(usage) => {
                it.stated = Some((usage.prompt_tokens, usage.completion_tokens));
            }
            _ => {}
        }
    }

    /// The answer is complete.
    pub(crate) fn ended_well(&mut self) {
        if let Some(it) = &mut self.counting {
            it.ticket.ended(200, None);
        }
    }

    /// The request ended with an error.
    pub(crate) fn failed(&mut self, error: &ApiError) {
        if let Some(it) = &mut self.counting {
            it.ticket.ended(error.status().as_u16(), Some(error.code()));
        }
    }
}

impl Counting {
    /// Whether somebody wants to know: the operator, or a budget.
    fn needs_tokens(&self) -> bool {
        self.is_counted || self.ticket.max_answer_tokens().is_some()
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let Some(mut it) = self.counting.take() else {
            return;
        };
        if let Some((prompt, answer)) = it.stated {
            return it.ticket.used(prompt, answer);
        }
        if it.prompt.is_none() && it.answer.is_empty() && it.beside.is_empty() {
            return;
        }
        if self.queue.add(*it) {
            let queue = Arc::clone(&self.queue);
            self.tasks.spawn_blocking(move || queue.count());
        }
    }
}

impl CountingQueue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request; whether a thread has to be sent.
    fn add(&self, request: Counting) -> bool {
        let mut waiting = self.lock();
        waiting.requests.push(request);
        !std::mem::replace(&mut waiting.has_thread, true)
    }

    /// Takes all that wait; nothing when the thread may go.
    fn take(&self) -> Option<Vec<Counting>> {
        let mut waiting = self.lock();
        let requests = std::mem::take(&mut waiting.requests);
        waiting.has_thread = !requests.is_empty();
        waiting.has_thread.then_some(requests)
    }

    /// Counts until nothing waits.
    fn count(&self) {
        // Should another thread begin while this one ends, there are two for a while.
        let _thread = CountingThread(self);
        token_count::load();
        while let Some(requests) = self.take() {
            for mut it in requests {
                let prompt = it.prompt.as_ref().map_or(0, token_count::prompt);
                let answer = token_count::text(&it.answer) + token_count::text(&it.beside);
                it.ticket.used(prompt + it.prompt_tokens, answer);
            }
        }
    }
}
