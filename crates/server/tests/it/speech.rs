//! Recordings written down, and texts read aloud.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{KEY, Reply, TestApp};

async fn speak(app: &TestApp, body: &Value) -> reqwest::Response {
    let url = format!("{}/v1/audio/speech", app.url);
    app.client
        .post(url)
        .bearer_auth(KEY)
        .json(body)
        .send()
        .await
        .unwrap()
}

async fn transcribe(app: &TestApp, sound: &[u8], fields: &[(&str, &str)]) -> Reply {
    let part = reqwest::multipart::Part::bytes(sound.to_vec()).file_name("a.mp3");
    let mut form = reqwest::multipart::Form::new()
        .text("model", "whisper-1")
        .part("file", part);
    for (name, value) in fields {
        form = form.text((*name).to_owned(), (*value).to_owned());
    }
    let url = format!("{}/v1/audio/transcriptions", app.url);
    let request = app.client.post(url).bearer_auth(KEY).multipart(form);
    Reply::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_recording_is_written_down_as_json_or_as_text() {
    let app = TestApp::start().await;
    let sound = b"ID3\x04\0\0\0\0\0\0simulate-say:Hello there.\0";
    let reply = transcribe(&app, sound, &[("language", "en")]).await;
    assert_eq!(reply.json(), json!({"text": "Hello there."}));
    assert_eq!(reply.header("x-flowgpt-dropped"), "model");
    let plain = transcribe(&app, sound, &[("response_format", "text")]).await;
    assert_eq!(plain.text, "Hello there.");
    let times = transcribe(&app, sound, &[("response_format", "verbose_json")]).await;
    assert_eq!(times.code(), "unsupported_parameter");
    let none = transcribe(&app, b"no sound at all", &[]).await;
    assert_eq!(
        (none.status, none.json()["error"]["param"].as_str()),
        (400, Some("file"))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_text_is_read_aloud_exactly_and_its_conversation_goes_away() {
    let app = TestApp::start().await;
    // The simulator repeats what it is asked to repeat.
    let input = "simulate:echo 你好, world.";
    let said = "你好, world.";
    let reply = speak(
        &app,
        &json!({"model": "tts-1", "voice": "alloy", "input": said}),
    )
    .await;
    assert_eq!(reply.status(), 200, "{input}");
    assert_eq!(reply.headers()["content-type"], "audio/mpeg");
    assert_eq!(reply.headers()["x-flowgpt-emulated"], "input");
    let sound = reply.bytes().await.unwrap();
    let hash: [u8; 32] = Sha256::digest(said).into();
    let halves: [[u8; 16]; 2] = [
        hash[..16].try_into().unwrap(),
        hash[16..].try_into().unwrap(),
    ];
    let hash = halves
        .map(|half| format!("{:032x}", u128::from_be_bytes(half)))
        .concat();
    let holds = |text: &str| sound.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds(&hash), "another text was read");
    app.becomes_quiet().await;
    let hidden = async {
        loop {
            let recorded = app.simulator.recorded();
            if recorded.iter().any(|it| it.method == "PATCH") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), hidden)
        .await
        .expect("the conversation was not deleted");
    app.stop().await;
}

#[tokio::test]
async fn a_text_that_was_not_repeated_exactly_is_not_read_aloud() {
    let app = TestApp::start().await;
    let reply = speak(
        &app,
        &json!({"voice": "alloy", "input": "simulate:chinese"}),
    )
    .await;
    let reply = Reply::read(reply).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (502, "speech_not_exact")
    );
    let wrong = speak(&app, &json!({"voice": "hal", "input": "x"})).await;
    assert_eq!(wrong.status(), 400);
    app.stop().await;
}
