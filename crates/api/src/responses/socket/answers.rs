//! One response over a socket: its events as messages, made as those of `POST /v1/responses`.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use transcode::request::response_create;
use web::{ApiError, caller_auth};

use super::frames::{Frames, refusal};
use super::message::Create;
use crate::Api;
use crate::responses::create::{self, Begun, Making, Told};
use crate::responses::memory::LaneMemory;

/// All messages of a response, the first error among them.
pub(super) fn answers(
    api: Arc<Api>,
    headers: Arc<HeaderMap>,
    memory: LaneMemory,
    create: Create,
) -> BoxStream<'static, String> {
    let begun = async move {
        let lane = create.lane.clone();
        match begin(api, &headers, memory, create).await {
            Ok((about, told)) => {
                let mut frames = Frames::new(about, lane);
                let texts = told.flat_map(move |told| stream::iter(frames.texts(told)));
                texts.boxed()
            }
            Err(error) => stream::once(std::future::ready(refusal(&error, &lane))).boxed(),
        }
    };
    stream::once(begun).flatten().boxed()
}

/// What is said about a response, and what it tells.
async fn begin(
    api: Arc<Api>,
    headers: &HeaderMap,
    memory: LaneMemory,
    create: Create,
) -> Result<(HeaderMap, BoxStream<'static, Told>), ApiError> {
    // A key may have been taken away since the last one.
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    let request = response_create::read(&create.body)?;
    drop(create.body);
    if !create.generates {
        let events = create::only_keep(&api, &who, request, memory).await?;
        let told = stream::once(std::future::ready(Told {
            events,
            error: None,
        }));
        return Ok((HeaderMap::new(), told.boxed()));
    }
    let previous = request.previous_response_id.clone();
    let of_lane = memory.clone();
    let begun = create::begin(&api, who, headers, request, Some(memory)).await;
    let Begun { about, making } = begun.inspect_err(|_| {
        if let Some(id) = &previous {
            of_lane.forget(id);
        }
    })?;
    let told = match making {
        Making::Here { run, keeper } => create::streamed(api, *run, keeper).boxed(),
        Making::Alone { live, .. } => {
            let told = live.watch(0);
            told.map(|events| Told {
                events,
                error: None,
            })
            .boxed()
        }
    };
    Ok((about, told))
}
