//! A streamed picture: previews as upstream gives them, then the picture.
//!
//! Ends once, with the picture or with an error event. Dropping it cancels the request
//! upstream and gives the lease back.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use openai::image::{ImageEvent, ImageUsage};
use transcode::turn_event::{ImageOutput, TurnEvent};
use upstream::AnswerStream;
use web::ApiError;

use crate::Api;
use crate::conversation::Opened;
use crate::image_answer::{Answer, as_base64};
use crate::watch::Watch;

/// A streamed picture.
pub(crate) struct ImageStream {
    api: Arc<Api>,
    watch: Watch,
    events: Vec<TurnEvent>,
    /// `None` once the answer is over.
    stream: Option<AnswerStream>,
    answer: Answer,
    prefix: &'static str,
    /// Previews that may still be sent, and the number of the next.
    previews_left: u32,
    next_preview: u32,
}

impl ImageStream {
    pub(crate) fn new(api: Arc<Api>, opened: Opened, prefix: &'static str, previews: u32) -> Self {
        Self {
            api,
            watch: opened.watch,
            events: opened.first,
            stream: Some(opened.stream),
            answer: Answer::default(),
            prefix,
            previews_left: previews,
            next_preview: 0,
        }
    }

    /// The events, as bytes.
    pub(crate) fn into_events(self) -> impl Stream<Item = Vec<u8>> + Send + 'static {
        stream::unfold(Some(self), async |state| {
            let mut state = state?;
            match state.next_event().await {
                Ok(Some(event)) => Some((event, Some(state))),
                Ok(None) => {
                    let last = state.last_events().await;
                    match &last {
                        Ok(_) => state.watch.ended_well(),
                        Err(error) => state.watch.failed(error),
                    }
                    Some((last.unwrap_or_else(|error| error_event(&error)), None))
                }
                Err(error) => {
                    state.watch.failed(&error);
                    Some((error_event(&error), None))
                }
            }
        })
    }

    /// The next preview; `None` when the answer is over.
    async fn next_event(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        loop {
            while !self.events.is_empty() {
                let event = self.events.remove(0);
                self.watch.see(&self.api, &event);
                if let TurnEvent::Image(picture) = &event
                    && picture.is_partial
                    && self.previews_left > 0
                {
                    // A preview is a courtesy: one that is gone already is left out.
                    let index = self.next_preview;
                    if let Ok(event) = self.event(picture, Some(index)).await {
                        self.previews_left -= 1;
                        self.next_preview += 1;
                        return Ok(Some(event));
                    }
                }
                self.answer.take(event);
            }
            let Some(stream) = &mut self.stream else {
                return Ok(None);
            };
            match stream.next().await {
                Some(events) => self.events = events?,
                None => self.stream = None,
            }
        }
    }

    async fn last_events(&mut self) -> Result<Vec<u8>, ApiError> {
        let mut out = Vec::new();
        for picture in std::mem::take(&mut self.answer).pictures()? {
            out.extend(self.event(&picture, None).await?);
        }
        Ok(out)
    }

    async fn event(
        &mut self,
        picture: &ImageOutput,
        preview: Option<u32>,
    ) -> Result<Vec<u8>, ApiError> {
        let (data, format) = as_base64(&self.api, &self.watch, picture).await?;
        let what = if preview.is_some() {
            "partial_image"
        } else {
            "completed"
        };
        let kind = format!("{}.{what}", self.prefix);
        let size = picture
            .size
            .map(|(width, height)| format!("{width}x{height}"));
        let event = ImageEvent {
            kind: &kind,
            b64_json: &data,
            created_at: self.api.clock.since_epoch().as_secs(),
            partial_image_index: preview,
            size: size.as_deref().unwrap_or("auto"),
            output_format: format.as_deref().unwrap_or("png"),
            background: "auto",
            quality: "auto",
            usage: preview.is_none().then(ImageUsage::default),
        };
        let mut out = Vec::new();
        // Writing strings and numbers into memory cannot fail.
        let _infallible =
            sse::named_event(&mut out, &kind, |out| serde_json::to_writer(out, &event));
        Ok(out)
    }
}

fn error_event(error: &ApiError) -> Vec<u8> {
    let mut out = Vec::new();
    let body = error.to_json();
    let _infallible = sse::data_event(&mut out, |out| {
        out.extend_from_slice(&body);
        Ok::<(), ()>(())
    });
    out
}
