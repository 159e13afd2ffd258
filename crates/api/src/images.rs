//! `POST /v1/images/generations` and `/v1/images/edits`: pictures the model draws.
//!
//! Each picture is a turn of its own that asks for one. Whole replies are here; streamed ones
//! are in `image_stream`.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue};
use openai::image::{Image, ImagesReply};
use store::records::AccountId;
use transcode::parameter_table::FaceKind;
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::request::image::{ImageFields, ImageRequest, PictureFormat};
use upstream::DriverKind;
use upstream::PreparedFile;
use web::caller_auth::Authenticated;
use web::public_base::public_base;
use web::{ApiError, caller_auth, event_stream, json_body};

use crate::conversation::{self, Asked, Opened};
use crate::image_answer::{Answer, as_base64};
use crate::image_stream::ImageStream;
use crate::metering::Meter;
use crate::proven_caller::owner_of;
use crate::reply_headers::{self, ATTEMPTS, DRIVER, MODEL};
use crate::routing::{self, Route, Routed};
use crate::{Api, attachments, image_form, metering, whole_answer};

/// Pictures drawn at once for one request.
const AT_ONCE: usize = 2;

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
    routes: &'a [Route],
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
    let routes = routing::plan(
        &api,
        Routed {
            caller: &who.caller,
            face: FaceKind::Images,
            named: request.driver,
            turn: &request.turn,
            asked: &request.asked,
        },
    );
    let routes = routes.inspect_err(|error| meter.failed(error))?;
    let files = attachments::prepare(&api, &who.caller, &request.turn).await;
    let files = files.inspect_err(|error| meter.failed(error))?;
    let base = public_base(api.public_url.as_ref(), &api.path_prefix, headers);
    let drawing = Drawing {
        api: &api,
        who: &who,
        request: &request,
        routes: &routes,
        files: &files,
        base: &base,
    };
    let mut about = HeaderMap::new();
    let mut response = if request.stream {
        let opened = drawing.open().await;
        let mut opened = opened.inspect_err(|error| meter.failed(error))?;
        drawing.tell(&opened, &mut about);
        let account = opened.watch.lease().account_id();
        meter.answered_by(account, opened.route.driver, opened.attempts);
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
            routes: self.routes,
            wants_native: false,
            files: self.files,
            reasoning: ReasoningFormat::Hidden,
            activity: ActivityFormat::Structured,
            base: self.base,
            may_continue: false,
        };
        conversation::open(self.api, asked).await
    }

    /// What is said about the one who draws.
    fn tell(&self, opened: &Opened, about: &mut HeaderMap) {
        let route = &opened.route;
        reply_headers::set(about, MODEL, opened.model());
        about.insert(ATTEMPTS, opened.attempts.into());
        about.insert(DRIVER, HeaderValue::from_static(route.driver.name()));
        let dropped = route.dropped.iter().map(String::as_str);
        reply_headers::name_dropped(about, dropped.chain(opened.dropped.iter().copied()));
        let has_size = self
            .request
            .turn
            .drawing
            .as_ref()
            .is_some_and(|it| it.size.is_some());
        let emulated = match route.driver {
            DriverKind::Web => has_size.then_some("size"),
            // A picture that came whole is nowhere else, so its link is all of it.
            _ => (self.request.format == PictureFormat::Url).then_some("response_format"),
        };
        reply_headers::name_emulated(about, emulated.into_iter());
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
            about.extend(first.about.clone());
            meter.answered_by(first.account, first.driver, first.attempts);
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
        let (attempts, driver) = (opened.attempts, opened.route.driver);
        let mut about = HeaderMap::new();
        self.tell(&opened, &mut about);
        let mut answer = Answer::default();
        let watch = whole_answer::read(self.api, opened, |event| answer.take(event)).await?;
        let pictures = answer.pictures()?;
        let size = pictures.first().and_then(|picture| picture.size);
        let mut drawn = Drawn {
            account: watch.lease().account_id(),
            driver,
            about,
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
    driver: DriverKind,
    /// The headers that say who drew it, and how.
    about: HeaderMap,
    attempts: u32,
    size: Option<String>,
    output_format: Option<String>,
    pictures: Vec<Image>,
}
