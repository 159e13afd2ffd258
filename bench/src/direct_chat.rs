//! Chats straight at the simulator, as the gateway has them: the two calls of the checks, then the
//! conversation, one after the other on one connection. It solves no proof of work, so the
//! simulator must ask for none. Used through `chat`.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::json;

use crate::chat::{self, First, PROMPT};
use crate::connection::Connection;
use crate::request;
use crate::tally::{Tally, Timing};

const CHECKS: &str = "/backend-api/sentinel/chat-requirements";
const CONVERSATION: &str = "/backend-api/f/conversation";
const TOKEN_HEADER: &str = "openai-sentinel-chat-requirements-token";
/// The longest reply of the checks.
const LONGEST_REPLY: usize = 64 * 1024;

/// A client of the simulator.
pub(crate) struct DirectChat {
    connection: Connection,
    address: SocketAddr,
    access_token: String,
    prepare: Vec<u8>,
    question: String,
}

#[derive(Deserialize)]
struct Prepared<'a> {
    prepare_token: &'a str,
}

#[derive(Deserialize)]
struct Finalized<'a> {
    token: &'a str,
}

impl DirectChat {
    pub(crate) fn new(address: SocketAddr, access_token: &str) -> Self {
        let path = format!("{CHECKS}/prepare");
        Self {
            connection: Connection::new(address),
            address,
            access_token: access_token.to_owned(),
            prepare: request::post(address, &path, access_token, None, "{\"p\":null}"),
            question: question(),
        }
    }

    pub(crate) async fn once(&mut self, tally: &Tally) -> Result<Timing> {
        let begun = Instant::now();
        let token = self.pass_checks().await?;
        let header = Some((TOKEN_HEADER, token.as_str()));
        let request = self.post(CONVERSATION, header, &self.question);
        let status = self.connection.send(&request).await?;
        ensure!(status == 200, "the conversation was answered with {status}");
        chat::read_stream(&mut self.connection, begun, First::Byte, tally).await
    }

    /// Makes the two calls of the checks and returns the token for a conversation.
    async fn pass_checks(&mut self) -> Result<String> {
        let status = self.connection.send(&self.prepare).await?;
        ensure!(status == 200, "prepare was answered with {status}");
        let reply = self.connection.rest(LONGEST_REPLY).await?;
        let prepared: Prepared<'_> =
            serde_json::from_slice(&reply).context("the reply of prepare is not as expected")?;
        let body = format!("{{\"prepare_token\":\"{}\"}}", prepared.prepare_token);
        let finalize = self.post(&format!("{CHECKS}/finalize"), None, &body);
        let status = self.connection.send(&finalize).await?;
        ensure!(status == 200, "finalize was answered with {status}");
        let reply = self.connection.rest(LONGEST_REPLY).await?;
        let finalized: Finalized<'_> =
            serde_json::from_slice(&reply).context("the reply of finalize is not as expected")?;
        Ok(finalized.token.to_owned())
    }

    fn post(&self, path: &str, header: Option<(&str, &str)>, body: &str) -> Vec<u8> {
        request::post(self.address, path, &self.access_token, header, body)
    }
}

/// The body of a conversation call that begins a temporary chat.
fn question() -> String {
    json!({
        "action": "next",
        "messages": [{
            "id": "6f1f7c52-5f0e-4a52-9f0d-3d5c2f6b7a10",
            "author": {"role": "user"},
            "content": {"content_type": "text", "parts": [PROMPT]},
            "metadata": {},
        }],
        "parent_message_id": "client-created-root",
        "model": "auto",
        "timezone_offset_min": 0,
        "timezone": "UTC",
        "conversation_mode": {"kind": "primary_assistant"},
        "supports_buffering": true,
        "supported_encodings": ["v1"],
        "history_and_training_disabled": true,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use simulator::{Options, Simulator, TokenSpec};

    use super::*;

    #[tokio::test]
    async fn the_simulator_is_spoken_to_as_it_expects() {
        let clock: simulator::Clock = Arc::new(|| SystemTime::UNIX_EPOCH);
        let mut options = Options::new(clock);
        options.sentinel.difficulty = None;
        let simulator = Simulator::new(options);
        let token = simulator.mint_access_token(&TokenSpec::new("bench"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let test = async {
            let mut chat = DirectChat::new(address, &token);
            let tally = Tally::default();
            for _ in 0..3 {
                chat.once(&tally).await.unwrap();
            }
            let chunks = tally.take().chunks;
            assert!((300..600).contains(&chunks), "{chunks} events in 3 chats");
        };
        tokio::select! {
            _ = axum::serve(listener, simulator.router()) => {}
            () = test => {}
        }
    }
}
