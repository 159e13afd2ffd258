//! One turn: in the dialect that the caller and the server share, or else in Chat Completions.

use std::sync::Arc;

use serde_json::Value;
use transcode::account_mark::AccountMark;
use transcode::reply::answer_reader::{AnswerReader, ReadingOptions};
use transcode::reply::chat_reader::ChatReader;
use transcode::reply::responses_reader::ResponsesReader;
use transcode::request::chat_body::{ChatDecisions, chat_body};
use transcode::request::chat_native::chat_native;
use transcode::request::responses_body::{
    ResponsesDecisions, ResponsesServer, WrittenBody, responses_body,
};
use transcode::request::responses_native::{lost, responses_native};
use transcode::turn::{Dialect, Effort};

use super::PlatformDriver;
use super::address::is_openai;
use super::call::Call;
use crate::answer_events::AnswerEvents;
use crate::driver::{AnswerStream, Question, Started};
use crate::failure::{Backend, Failure, FailureKind, Retry};
use crate::inline_files;

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";

/// One attempt to have a turn answered.
struct Attempt<'a> {
    driver: &'a PlatformDriver,
    call: &'a Call,
    question: Question<'a>,
}

/// Starts a turn.
pub(super) async fn start(
    driver: &PlatformDriver,
    call: &Call,
    question: Question<'_>,
) -> Result<Started, Failure> {
    let attempt = Attempt {
        driver,
        call,
        question,
    };
    let native = question.turn.native.as_ref();
    let is_responses = native.is_some_and(|it| it.dialect == Dialect::Responses);
    let route = driver.responses_route(&call.base);
    if is_responses && route.may_exist() {
        match attempt.in_responses().await {
            Err(failure) if is_missing_route(&failure) => route.is_missing(),
            result => return result,
        }
    }
    attempt.in_chat().await
}

impl Attempt<'_> {
    async fn in_responses(&self) -> Result<Started, Failure> {
        let turn = self.question.turn;
        let mark = AccountMark::of(self.call.credential.key());
        let native = self.question.native(Dialect::Responses);
        let written = if let Some(native) = native {
            WrittenBody {
                body: responses_native(native, &turn.model, &mark),
                dropped: Vec::new(),
            }
        } else {
            let decisions = ResponsesDecisions {
                server: ResponsesServer::Platform,
                model: &turn.model,
                effort: turn.effort.map(Effort::name),
                has_verbosity: true,
                mark: &mark,
            };
            let files = inline_files::read_all(self.question.files).await?;
            let written = responses_body(turn, &decisions, &files);
            written.map_err(|part| inline_files::unservable(&part))?
        };
        let is_native = native.is_some();
        let reader = ResponsesReader::new(ReadingOptions {
            mark: mark.clone(),
            ..self.options(is_native)
        });
        self.ask(RESPONSES, written, reader, is_native).await
    }

    async fn in_chat(&self) -> Result<Started, Failure> {
        let turn = self.question.turn;
        let native = self.question.native(Dialect::ChatCompletions);
        let written = if let Some(native) = native {
            WrittenBody {
                body: chat_native(native, &turn.model),
                dropped: Vec::new(),
            }
        } else {
            let decisions = ChatDecisions {
                model: &turn.model,
                is_openai: is_openai(&self.call.base),
            };
            let files = inline_files::read_all(self.question.files).await?;
            let written = chat_body(turn, &decisions, &files);
            let mut written = written.map_err(|part| inline_files::unservable(&part))?;
            if let Some(native) = self.question.native(Dialect::Responses) {
                let lost = lost(native);
                refuse(&lost.refused)?;
                written.dropped.extend(lost.dropped);
            }
            written
        };
        let is_native = native.is_some();
        let reader = ChatReader::new(self.options(is_native));
        self.ask(CHAT, written, reader, is_native).await
    }

    fn options(&self, wants_native: bool) -> ReadingOptions {
        ReadingOptions {
            style: self.question.style.clone(),
            wants_native,
            now: self.driver.clock.since_epoch().as_secs(),
            ..ReadingOptions::default()
        }
    }

    async fn ask(
        &self,
        path: &str,
        written: WrittenBody,
        reader: impl AnswerReader + Unpin + Send + 'static,
        is_native: bool,
    ) -> Result<Started, Failure> {
        let body = Value::from(written.body).to_string();
        let response = self.call.post_for_events(path, body.into()).await?;
        Ok(Started {
            stream: AnswerStream::new(AnswerEvents::new(
                response,
                reader,
                Backend::Platform,
                self.driver.settings.idle_timeout,
                Arc::clone(&self.driver.drift),
            )),
            slug: self.question.turn.model.clone(),
            dropped: written.dropped,
            keeps_history: false,
            is_native,
        })
    }
}

/// Refuses what was to go up as it is, and cannot without the protocol.
fn refuse(names: &[&str]) -> Result<(), Failure> {
    let Some(name) = names.first() else {
        return Ok(());
    };
    let message = format!("{name}: the server has no {RESPONSES}, so that it cannot be told this");
    Err(Failure::new(
        FailureKind::Rejected,
        Retry::OtherAccount,
        message,
    ))
}

/// Whether the server has no such route, which is not the same as having no such model.
fn is_missing_route(failure: &Failure) -> bool {
    let is_status = matches!(failure.upstream_status, Some(404 | 405 | 501));
    is_status && !matches!(failure.kind, FailureKind::UnknownModel(_))
}
