//! `POST /v1/audio/transcriptions` and `/v1/audio/speech`.
//!
//! Upstream writes recordings down, and reads messages of conversations aloud; how a text
//! becomes such a message is in `transcode::request::speech`.

use std::sync::Arc;

use accounts::{Lease, Outcome, Wanted};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, body};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::request::speech::{self, SpeechRequest};
use transcode::turn_event::{Identity, TurnEvent};
use upstream::DriverKind;
use upstream::web::Speech;
use web::caller_auth::Authenticated;
use web::{ApiError, ErrorClass, caller_auth, error_for, json_body};

use crate::conversation::{self, Asked};
use crate::metering::Meter;
use crate::proven_caller::owner_of;
use crate::recording_form::{self, Recording};
use crate::reply_headers;
use crate::routing::{self, Route};
use crate::watch::Watch;
use crate::{Api, deletions, metering, whole_answer};

pub(crate) async fn transcribe(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let _sure = owner_of(&api, &who.caller).await?;
    let recording = recording_form::read(&headers, body).await?;
    let mut meter = metering::admit(&api, &who, "/v1/audio/transcriptions", None).await?;
    let text = write_down(&api, &who, &recording, &mut meter).await;
    let text = text.inspect_err(|error| meter.failed(error))?;
    meter.ended_well();
    let mut response = if recording.is_plain {
        text.into_response()
    } else {
        Json(json!({"text": text})).into_response()
    };
    let dropped = recording.dropped.iter().map(String::as_str);
    reply_headers::name_dropped(response.headers_mut(), dropped);
    Ok(response)
}

/// With one account after the other, as long as that may help.
async fn write_down(
    api: &Api,
    who: &Authenticated,
    recording: &Recording,
    meter: &mut Meter,
) -> Result<String, ApiError> {
    let mut tried = Vec::new();
    let mut last = None;
    for attempt in 0..=api.retry_times {
        let lease = match lease(api, who, &tried).await {
            Ok(lease) => lease,
            Err(none) => return Err(last.unwrap_or(none)),
        };
        tried.push(lease.credential().key());
        meter.answered_by(lease.account_id(), DriverKind::Web, attempt + 1);
        let language = recording.language.as_deref();
        let written = api
            .drivers
            .web
            .transcribe(lease.credential(), &recording.file, language)
            .await;
        match written {
            Ok(text) => {
                lease.answered();
                return Ok(text);
            }
            Err(failure) if failure.retry == upstream::Retry::Never => {
                return Err(error_for(&who.caller, failure));
            }
            Err(failure) => {
                let now = api.clock.since_epoch().as_secs();
                lease.ended(Outcome::of_failure(&failure, "", now));
                last = Some(error_for(&who.caller, failure));
            }
        }
    }
    Err(last.unwrap_or_else(not_spoken))
}

async fn lease(api: &Api, who: &Authenticated, tried: &[[u8; 16]]) -> Result<Lease, ApiError> {
    let Route { driver, .. } = routing::only(api, &who.caller, DriverKind::Web)?;
    let wanted = Wanted {
        caller: &who.caller,
        driver,
        tried,
        conversation_id: None,
        scopes: &[],
        affinity: None,
    };
    let lease = api.pool.lease(&wanted).await?;
    Ok(lease.for_workspace(who.workspace.clone()))
}

pub(crate) async fn speak(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let request = speech::read(&body)?;
    let mut meter = metering::admit(&api, &who, "/v1/audio/speech", Some(&request.turn)).await?;
    let spoken = repeat(&api, &who, &request).await;
    let mut spoken = spoken.inspect_err(|error| meter.failed(error))?;
    meter.answered_by(spoken.watch.lease().account_id(), DriverKind::Web, 1);
    meter.ended_well();
    spoken.watch = spoken.watch.metered(meter);
    let speech = Speech {
        conversation_id: &spoken.conversation_id,
        message_id: &spoken.message_id,
        voice: request.voice,
        format: request.format,
    };
    let sound = api
        .drivers
        .web
        .speak(spoken.watch.lease().credential(), &speech);
    let sound = sound.await.map_err(|it| error_for(&who.caller, it))?;
    // The conversation was only made for this, and is deleted once it is read to its end.
    let ended = Ended {
        api: Arc::clone(&api),
        spoken,
    };
    let pieces = sound.into_pieces().map(move |piece| {
        let _until_the_end = &ended;
        piece
    });
    let mut response = Response::new(body::Body::from_stream(pieces));
    let about = response.headers_mut();
    about.insert(header::CONTENT_TYPE, HeaderValue::from_static(request.mime));
    reply_headers::name_emulated(about, ["input"].into_iter());
    reply_headers::name_dropped(about, request.dropped.iter().map(String::as_str));
    Ok(response)
}

/// A message that says the text.
struct Spoken {
    watch: Watch,
    conversation_id: String,
    message_id: String,
}

/// Deletes the conversation when it is dropped.
struct Ended {
    api: Arc<Api>,
    spoken: Spoken,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let lease = self.spoken.watch.lease();
        deletions::delete_now(&self.api, lease, &self.spoken.conversation_id);
    }
}

/// Has the model repeat the text; an answer that says anything else is not read aloud.
async fn repeat(
    api: &Arc<Api>,
    who: &Authenticated,
    request: &SpeechRequest,
) -> Result<Spoken, ApiError> {
    let asked = Asked {
        caller: &who.caller,
        workspace: who.workspace.as_deref(),
        turn: &request.turn,
        routes: &[routing::only(api, &who.caller, DriverKind::Web)?],
        wants_native: false,
        files: &[],
        reasoning: ReasoningFormat::Hidden,
        activity: ActivityFormat::Structured,
        base: "",
        may_continue: false,
    };
    let opened = conversation::open(api, asked).await?;
    let mut text = String::new();
    let mut identity = Identity::default();
    let watch = whole_answer::read(api, opened, |event| match event {
        TurnEvent::Identity(newer) => identity.update(newer),
        TurnEvent::Text(more) => text.push_str(&more),
        TurnEvent::Rewritten(instead) => text = instead,
        _ => {}
    })
    .await?;
    let (Some(conversation_id), Some(message_id)) = (identity.conversation_id, identity.message_id)
    else {
        return Err(not_spoken());
    };
    let spoken = Spoken {
        watch,
        conversation_id,
        message_id,
    };
    if speech::is_repeated(&request.input, &text) {
        return Ok(spoken);
    }
    deletions::delete_now(api, spoken.watch.lease(), &spoken.conversation_id);
    Err(not_spoken())
}

fn not_spoken() -> ApiError {
    ApiError::new(
        StatusCode::BAD_GATEWAY,
        ErrorClass::Upstream,
        "speech_not_exact",
        "upstream reads only messages aloud, and the model did not repeat the text exactly; \
         try again, or with a shorter text",
    )
}
