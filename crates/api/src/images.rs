//! `POST /v1/images/generations` and `/v1/images/edits`: pictures the model draws.
//!
//! Each picture is a turn of its own that asks for one. Whole replies are here; streamed ones
//! are in `image_stream`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, StatusCode};
use openai::image::{Image, ImagesReply};
use store::records::AccountId;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::request::image::{ImageFields, ImageRequest, PictureFormat};
use transcode::turn_event::{ImageOutput, TurnEvent};
use upstream::DriverKind;
use upstream::PreparedFile;
use web::caller_auth::Authenticated;
use web::{ApiError, ErrorClass, caller_auth, event_stream, json_body};

use crate::conversation::{self, Asked, Opened};
use crate::image_stream::ImageStream;
use crate::metering::Meter;
use crate::proven_caller::owner_of;
use crate::public_base::public_base;
use crate::reply_headers::{self, ATTEMPTS, MODEL};
use crate::routing::Route;
use crate::watch::Watch;
use crate::{Api, attachments, image_form, metering, whole_answer};

/// Pictures drawn at once for one request.
const AT_ONCE: usize = 2;

/// No picture upstream draws is larger.
pub(crate) const MAX_PICTURE_BYTES: usize = 32 << 20;

pub(crate) async fn generate(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let request = ImageFields::read(&body)?.into_request(Vec::new())?;
    draw(api, &headers, who, request, GENERATION).await
}

pub(crate) async fn edit(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let _sure = owner_of(&api, &who.caller).await?;
    let (fields, pictures) = image_form::read(&headers, body).await?;
    let request = fields.into_request(pictures)?;
    draw(api, &headers, who, request, EDIT).await
}

/// What tells the two endpoints apart.
#[derive(Clone, Copy)]
struct Endpoint {
    route: &'static str,
    event_prefix: &'static str,
}

const GENERATION: Endpoint = Endpoint {
    route: "/v1/images/generations",
    event_prefix: "image_generation",
};

const EDIT: Endpoint = Endpoint {
    route: "/v1/images/edits",
    event_prefix: "image_edit",
};

/// What every picture of a request has in common.
struct Drawing<'a> {
    api: &'a Api,
    who: &'a Authenticated,
    request: &'a ImageRequest,
    files: &'a [PreparedFile],
    base: &'a str,
}

async fn draw(
    api: Arc<Api>,
    headers: &HeaderMap,
    who: Authenticated,
    request: ImageRequest,
    endpoint: Endpoint,
) -> Result<Response, ApiError> {
    let mut meter = metering::admit(&api, &who, endpoint.route, Some(&request.turn)).await?;
    let files = attachments::prepare(&api, &who.caller, &request.turn).await;
    let files = files.inspect_err(|error| meter.failed(error))?;
    let base = public_base(&api, headers);
    let drawing = Drawing {
        api: &api,
        who: &who,
        request: &request,
        files: &files,
        base: &base,
    };
    let mut about = HeaderMap::new();
    reply_headers::name_dropped(&mut about, request.dropped.iter().map(String::as_str));
    let size = request.size_in_words.then_some("size");
    reply_headers::name_emulated(&mut about, size.into_iter());
    let mut response = if request.stream {
        let opened = drawing.open().await;
        let mut opened = opened.inspect_err(|error| meter.failed(error))?;
        about.insert(ATTEMPTS, opened.attempts.into());
        meter.answered_by(opened.watch.lease().account_id(), opened.attempts);
        opened.watch = opened.watch.metered(meter);
        let previews = request.partial_images;
        let stream = ImageStream::new(Arc::clone(&api), opened, endpoint.event_prefix, previews);
        event_stream::response(stream.into_events(), api.heartbeat)
    } else {
        let drawn = drawing.all(&mut about, &mut meter).await;
        drawn.inspect_err(|error| meter.failed(error))?
    };
    response.headers_mut().extend(about);
    Ok(response)
}

impl Drawing<'_> {
    async fn open(&self) -> Result<Opened, ApiError> {
        let asked = Asked {
            caller: &self.who.caller,
            workspace: self.who.workspace.as_deref(),
            turn: &self.request.turn,
            // Pictures are files of the web driver, which its links lead to.
            routes: &[Route::to(DriverKind::Web)],
            wants_native: false,
            files: self.files,
            reasoning: ReasoningFormat::Hidden,
            activity: ActivityFormat::Structured,
            base: self.base,
        };
        conversation::open(self.api, asked).await
    }

    /// All pictures, some of them at once; one that fails fails the request.
    async fn all(&self, about: &mut HeaderMap, meter: &mut Meter) -> Result<Response, ApiError> {
        let mut drawing = Vec::new();
        for _ in 0..self.request.count {
            drawing.push(self.one());
        }
        let drawn: Vec<Drawn> = stream::iter(drawing)
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let first = drawn.first();
        if let Some(first) = first {
            reply_headers::set(about, MODEL, &first.model);
            about.insert(ATTEMPTS, first.attempts.into());
            meter.answered_by(first.account, first.attempts);
        }
        meter.ended_well();
        let reply = ImagesReply {
            created: self.api.clock.since_epoch().as_secs(),
            output_format: first.and_then(|drawn| drawn.output_format.clone()),
            size: first.and_then(|drawn| drawn.size.clone()),
            data: drawn.into_iter().flat_map(|drawn| drawn.pictures).collect(),
        };
        Ok(Json(reply).into_response())
    }

    async fn one(&self) -> Result<Drawn, ApiError> {
        let opened = self.open().await?;
        let attempts = opened.attempts;
        let model = opened.model().to_owned();
        let mut answer = Answer::default();
        let watch = whole_answer::read(self.api, opened, |event| answer.take(event)).await?;
        let pictures = answer.pictures()?;
        let size = pictures.first().and_then(|picture| picture.size);
        let mut drawn = Drawn {
            account: watch.lease().account_id(),
            model,
            attempts,
            size: size.map(|(width, height)| format!("{width}x{height}")),
            output_format: None,
            pictures: Vec::new(),
        };
        for picture in pictures {
            let picture = match self.request.format {
                PictureFormat::Url => Image {
                    url: Some(picture.link),
                    b64_json: None,
                },
                PictureFormat::Base64 => {
                    let (data, format) = as_base64(self.api, &watch, &picture).await?;
                    drawn.output_format = format;
                    Image {
                        b64_json: Some(data),
                        url: None,
                    }
                }
            };
            drawn.pictures.push(picture);
        }
        Ok(drawn)
    }
}

/// What came of one turn.
struct Drawn {
    account: Option<AccountId>,
    model: String,
    attempts: u32,
    size: Option<String>,
    output_format: Option<String>,
    pictures: Vec<Image>,
}

/// The pictures of an answer, and what was said instead of one.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    drawn: Vec<ImageOutput>,
    text: String,
    refusal: Option<String>,
}

impl Answer {
    pub(crate) fn take(&mut self, event: TurnEvent) {
        match event {
            TurnEvent::Image(picture) if !picture.is_partial => self.drawn.push(picture),
            TurnEvent::Text(text) => self.text.push_str(&text),
            TurnEvent::Rewritten(text) => self.text = text,
            TurnEvent::Refusal(text) => self.refusal = Some(text),
            _ => {}
        }
    }

    /// The pictures; an answer without one is an error that says what the model said.
    pub(crate) fn pictures(self) -> Result<Vec<ImageOutput>, ApiError> {
        if !self.drawn.is_empty() {
            return Ok(self.drawn);
        }
        let said = match self.refusal {
            Some(refusal) => refusal,
            None => self.text.chars().take(500).collect(),
        };
        Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            ErrorClass::InvalidRequest,
            "image_not_generated",
            format!("ChatGPT drew no picture. It said: {said}"),
        ))
    }
}

/// A picture's bytes in base64, and its format.
pub(crate) async fn as_base64(
    api: &Api,
    watch: &Watch,
    picture: &ImageOutput,
) -> Result<(String, Option<String>), ApiError> {
    let credential = watch.lease().credential();
    let download = api
        .drivers
        .web
        .download(credential, &picture.file, None)
        .await?;
    let mime = download.mime().unwrap_or_default().to_owned();
    let bytes = download.into_bytes(MAX_PICTURE_BYTES).await?;
    let format = mime.strip_prefix("image/").map(str::to_owned);
    Ok((STANDARD.encode(bytes), format))
}
