//! Chats through the gateway, as an OpenAI client has them: one request, one answer, streamed or
//! whole. Used through `chat` and by the scenarios that look into a single stream.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use memchr::memmem;
use serde_json::json;

use crate::chat::{self, First, PROMPT};
use crate::connection::Connection;
use crate::flowgpt::GATEWAY_KEY;
use crate::numbers::milliseconds;
use crate::request;
use crate::tally::{Tally, Timing};

/// The longest whole answer.
const LONGEST_ANSWER: usize = 1 << 20;

/// A client of the gateway.
pub(crate) struct GatewayChat {
    connection: Connection,
    request: Vec<u8>,
    streams: bool,
}

impl GatewayChat {
    /// A client that wants its answers streamed, or whole.
    pub(crate) fn new(address: SocketAddr, streams: bool) -> Self {
        Self::asking(PROMPT, address, streams)
    }

    /// The same, with a prompt of its own.
    pub(crate) fn asking(prompt: &str, address: SocketAddr, streams: bool) -> Self {
        let body = json!({
            "model": "auto",
            "stream": streams,
            "messages": [{"role": "user", "content": prompt}],
        })
        .to_string();
        Self {
            connection: Connection::new(address),
            request: request::post(address, "/v1/chat/completions", GATEWAY_KEY, None, &body),
            streams,
        }
    }

    pub(crate) async fn once(&mut self, tally: &Tally) -> Result<Timing> {
        let begun = Instant::now();
        self.open().await?;
        if self.streams {
            chat::read_stream(&mut self.connection, begun, First::Text, tally).await
        } else {
            self.read_whole(begun, tally).await
        }
    }

    /// Sends the request and returns when the gateway has begun to answer it well.
    pub(crate) async fn open(&mut self) -> Result<()> {
        let status = self.connection.send(&self.request).await?;
        if status == 200 {
            return Ok(());
        }
        let body = self.connection.rest(LONGEST_ANSWER).await?;
        let body = std::str::from_utf8(&body).unwrap_or("no text");
        bail!("the gateway answered {status}: {body}")
    }

    /// The next bytes of an answer that has begun.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>> {
        self.connection.next().await
    }

    async fn read_whole(&mut self, begun: Instant, tally: &Tally) -> Result<Timing> {
        let body = self.connection.rest(LONGEST_ANSWER).await?;
        let took = milliseconds(begun.elapsed());
        ensure!(
            memmem::find(&body, b"\"finish_reason\":\"stop\"").is_some(),
            "the answer is no finished chat"
        );
        tally.add_chunks(1);
        Ok(Timing {
            first_ms: took,
            total_ms: took,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::{response, serve};

    const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
        connection: close\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n\
        data: [DONE]\n\n";
    const CUT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    const WHOLE: &str = "{\"choices\":[{\"finish_reason\":\"stop\"}]}";

    #[tokio::test]
    async fn streams_are_counted_and_must_end_well() {
        let responses = [STREAM.to_owned(), response(200, CUT), response(503, "busy")];
        serve(&responses, async |address| {
            let mut chat = GatewayChat::new(address, true);
            let tally = Tally::default();
            let timing = chat.once(&tally).await.unwrap();
            assert!(timing.first_ms <= timing.total_ms);
            assert_eq!(tally.take().chunks, 2);
            let error = chat.once(&tally).await.unwrap_err().to_string();
            assert_eq!(error, "the stream ended without [DONE]");
            let error = chat.once(&tally).await.unwrap_err().to_string();
            assert_eq!(error, "the gateway answered 503: busy");
        })
        .await;
    }

    #[tokio::test]
    async fn whole_answers_must_be_finished() {
        serve(
            &[response(200, WHOLE), response(200, "{}")],
            async |address| {
                let mut chat = GatewayChat::new(address, false);
                assert!(chat.once(&Tally::default()).await.is_ok());
                assert!(chat.once(&Tally::default()).await.is_err());
            },
        )
        .await;
    }
}
