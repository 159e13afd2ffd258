//! One turn: from the model's name and the files to the answer's stream.

use std::sync::Arc;

use chatgpt::codex_model::CodexModel;
use chatgpt::limits::LimitsReport;
use reqwest::Response;
use serde_json::{Map, Value};
use transcode::account_mark::AccountMark;
use transcode::codex_model_name as model_name;
use transcode::model_name::Resolution;
use transcode::reply::answer_reader::ReadingOptions;
use transcode::reply::responses_reader::ResponsesReader;
use transcode::request::responses_body::{
    ResponsesDecisions, ResponsesServer, WrittenBody, responses_body,
};
use transcode::turn_event::TurnEvent;

use super::call::Call;
use super::{CodexDriver, catalogue};
use crate::answer_events::AnswerEvents;
use crate::driver::{AnswerStream, Question, Started};
use crate::failure::{Backend, Failure, FailureKind, Retry};
use crate::inline_files;

const PATH: &str = "/backend-api/codex/responses";

/// Starts a turn on one base URL.
pub(super) async fn start(
    driver: &CodexDriver,
    call: &Call,
    question: Question<'_>,
) -> Result<Started, Failure> {
    let turn = question.turn;
    let (slug, model) = resolve_model(driver, call, &turn.model).await?;
    let mark = AccountMark::of(call.credential.key());
    let decisions = ResponsesDecisions {
        server: ResponsesServer::Codex,
        model: &slug,
        effort: turn
            .effort
            .map(|effort| model_name::effort(effort, model.as_ref())),
        has_verbosity: model.as_ref().and_then(|it| it.has_verbosity) != Some(false),
        mark: &mark,
    };
    let WrittenBody { body, dropped } = write(&question, &decisions).await?;
    let response = post(call, body).await?;
    let windows = call.windows(response.headers());
    let limits = (!windows.is_empty()).then(|| LimitsReport {
        windows,
        ..LimitsReport::default()
    });
    let reader = ResponsesReader::new(ReadingOptions {
        style: question.style.clone(),
        wants_native: false,
        mark,
        head: limits.map(TurnEvent::Limits).into_iter().collect(),
        now: driver.now(),
    });
    Ok(Started {
        stream: AnswerStream::new(AnswerEvents::new(
            response,
            reader,
            Backend::Codex,
            driver.settings.idle_timeout,
            Arc::clone(&driver.drift),
        )),
        slug,
        dropped,
        keeps_history: false,
        is_native: false,
    })
}

/// A body made of the turn.
async fn write(
    question: &Question<'_>,
    decisions: &ResponsesDecisions<'_>,
) -> Result<WrittenBody, Failure> {
    let files = inline_files::read_all(question.files).await?;
    let written = responses_body(question.turn, decisions, &files);
    written.map_err(|part| inline_files::unservable(&part))
}

async fn post(call: &Call, body: Map<String, Value>) -> Result<Response, Failure> {
    let cache_key = body.get("prompt_cache_key").and_then(Value::as_str);
    let cache_key = cache_key.map(str::to_owned);
    let body = Value::from(body).to_string();
    call.post_for_events(PATH, cache_key.as_deref(), body.into())
        .await
}

/// The slug, and what the account's catalogue says about it.
///
/// An upstream without a catalogue, as behind a relay, is sent names that are known anyway.
async fn resolve_model(
    driver: &CodexDriver,
    call: &Call,
    name: &str,
) -> Result<(String, Option<CodexModel>), Failure> {
    let asked = catalogue::get(driver, call).await;
    let offered = match &asked {
        Ok(offered) => Some(offered.as_slice()),
        Err(failure) if is_no_catalogue(failure) => None,
        Err(failure) => return Err(failure.clone()),
    };
    let near = match (model_name::resolve(name, offered), asked.as_ref().err()) {
        (Resolution::Slug(slug), _) => {
            let mut models = offered.unwrap_or_default().iter();
            let model = models.find(|model| model.slug == slug).cloned();
            return Ok((slug, model));
        }
        (Resolution::AskCatalogue, Some(failure)) => return Err(failure.clone()),
        (Resolution::AskCatalogue, None) => Vec::new(),
        (Resolution::Unknown(near), _) => near,
    };
    Err(unknown_model(name, near))
}

/// Whether the list alone cannot be had: what else is wrong would be wrong with the turn too.
fn is_no_catalogue(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::NotFound
            | FailureKind::Rejected
            | FailureKind::Upstream
            | FailureKind::BadContent
            | FailureKind::Overloaded(_)
            | FailureKind::Timeout
    )
}

fn unknown_model(name: &str, near: Vec<String>) -> Failure {
    let alike = if near.is_empty() {
        String::from("GET /v1/models lists what there is")
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Failure::new(
        FailureKind::UnknownModel(near),
        Retry::OtherAccount,
        format!("the model \"{name}\" does not exist for the codex driver; {alike}"),
    )
}
