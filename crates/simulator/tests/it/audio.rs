//! Messages read out, and recordings written down.

use http::StatusCode;
use serde_json::{Value, json};
use simulator::TokenSpec;

use crate::client::{Client, Gathered};
use crate::fold::fold;
use crate::upload::{hex_digest, send_bare};

const BOUNDARY: &str = "multipart/form-data; boundary=x";

fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let mut form = format!(
        "--x\r\ncontent-disposition: form-data; name=\"language\"\r\n\r\nen\r\n--x\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: audio/webm\r\n\r\n"
    )
    .into_bytes();
    form.extend_from_slice(content);
    form.extend_from_slice(b"\r\n--x--\r\n");
    form
}

async fn transcribe(client: &Client, kind: &str, body: Vec<u8>) -> Gathered {
    let bearer = format!("Bearer {}", client.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
    send_bare(client, "POST", "/backend-api/transcribe", &headers, body).await
}

/// A conversation of one turn: its id, and the ids of the question and the answer.
async fn spoken(client: &Client, prompt: &str) -> (String, Value, Value) {
    let answer = fold(&client.ask(prompt).await.body);
    let id = answer.typed[0]["conversation_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let user = answer
        .messages
        .iter()
        .find(|message| message["author"]["role"] == "user");
    let (user, last) = (
        user.unwrap()["id"].clone(),
        answer.messages.last().unwrap()["id"].clone(),
    );
    (id, user, last)
}

async fn read_out(client: &Client, id: &str, message: &Value, rest: &str) -> Gathered {
    let message = message.as_str().unwrap();
    let query = format!("conversation_id={id}&message_id={message}&{rest}");
    client
        .get(&format!("/backend-api/synthesize?{query}"))
        .await
}

fn contains(body: &[u8], text: &str) -> bool {
    let digest = hex_digest(text.as_bytes());
    body.windows(digest.len())
        .any(|window| window == digest.as_bytes())
}

#[tokio::test]
async fn messages_are_read_out_in_either_format() {
    let client = Client::new();
    let (id, question, answer) = spoken(&client, "simulate:echo Good morning").await;
    let mp3 = read_out(&client, &id, &answer, "voice=cove&format=mp3").await;
    assert_eq!(mp3.headers["content-type"], "audio/mpeg");
    assert!(mp3.body.starts_with(b"ID3") && contains(&mp3.body, "Good morning"));
    let aac = read_out(&client, &id, &question, "voice=maple&format=aac").await;
    assert_eq!(aac.headers["content-type"], "audio/aac");
    assert!(aac.body.starts_with(&[0xff, 0xf1]));
    assert!(contains(&aac.body, "simulate:echo Good morning"));
}

#[tokio::test]
async fn only_known_voices_and_one_s_own_messages_are_read_out() {
    let client = Client::new();
    let (id, question, answer) = spoken(&client, "simulate:code").await;
    for wrong in [
        "voice=nobody&format=mp3",
        "voice=cove&format=wav",
        "format=mp3",
    ] {
        let refused = read_out(&client, &id, &answer, wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let good = "voice=cove&format=mp3";
    let other = client.signed_in_as(&TokenSpec::new("bob"));
    let foreign = read_out(&other, &id, &question, good).await;
    assert_eq!(foreign.json()["detail"]["code"], "conversation_not_found");
    let stored = client.simulator.conversation(&id).unwrap();
    let nodes = stored["mapping"].as_object().unwrap();
    let tool = nodes
        .values()
        .find(|node| node["message"]["author"]["role"] == "tool")
        .unwrap();
    for message in [
        &tool["id"],
        &json!("client-created-root"),
        &json!("unknown"),
    ] {
        let refused = read_out(&client, &id, message, good).await;
        assert_eq!(
            refused.json()["detail"]["code"],
            "message_not_found",
            "{message}"
        );
    }
}

#[tokio::test]
async fn recordings_are_written_down() {
    let client = Client::new();
    let marked = form(
        "a.webm",
        "\x1a\0simulate-say:Guten Tag, 世界\0rest".as_bytes(),
    );
    let heard = transcribe(&client, BOUNDARY, marked).await;
    assert_eq!(heard.json(), json!({"text": "Guten Tag, 世界"}));
    let unmarked = transcribe(&client, BOUNDARY, form("b.wav", b"RIFF")).await;
    assert_eq!(
        unmarked.json()["text"],
        "Simulated transcript of b.wav, 4 bytes."
    );
}

#[tokio::test]
async fn forms_without_a_file_are_refused() {
    let client = Client::new();
    let other = b"--x\r\ncontent-disposition: form-data; name=\"language\"\r\n\r\nen\r\n--x--\r\n";
    for (kind, body) in [
        (BOUNDARY, other.to_vec()),
        ("application/json", b"{}".to_vec()),
    ] {
        let refused = transcribe(&client, kind, body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["detail"][0]["loc"], json!(["body", "file"]));
    }
    let cut = transcribe(&client, BOUNDARY, b"--x\r\ncontent-disp".to_vec()).await;
    assert_eq!(cut.status, StatusCode::BAD_REQUEST);
    let large = form("a.wav", &vec![0; 26 * 1024 * 1024]);
    let refused = transcribe(&client, BOUNDARY, large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let stranger = send_bare(&client, "POST", "/backend-api/transcribe", &[], "").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sound_goes_wrong_as_the_names_say() {
    let client = Client::new();
    for (name, status) in [
        ("simulate-transcribe-error.wav", 500),
        ("simulate-transcribe-429.wav", 429),
    ] {
        let refused = transcribe(&client, BOUNDARY, form(name, b"x")).await;
        assert_eq!(refused.status, status, "{name}");
    }
    let limited = client.signed_in_as(&TokenSpec::new("bob").with_limit("dictation", 60));
    let refused = transcribe(&limited, BOUNDARY, form("a.wav", b"x")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let prompt = "simulate:echo simulate-synthesize-error";
    let (id, _, answer) = spoken(&client, prompt).await;
    let refused = read_out(&client, &id, &answer, "voice=cove&format=mp3").await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
}
