//! Files of people who share an account: up and down through the gateway, each for whoever it
//! belongs to, and nothing in them that runs.

use http::Method;
use serde_json::json;

use super::{ALICE, BOB, asked, get, post, sent, setup};

#[tokio::test]
async fn a_file_goes_up_and_comes_down_through_the_gateway_and_for_one_person() {
    let app = setup().start().await;
    let announced = json!({
        "file_name": "page.html",
        "file_size": 22,
        "use_case": "my_files",
    });
    let announced = post(&app, ALICE, "/backend-api/files", &announced)
        .await
        .json();
    let upload = announced["upload_url"].as_str().unwrap();
    assert!(upload.starts_with(&app.url), "{upload}");
    let body = "<script>alert(1)</script>".get(..22).unwrap();
    let put = |who: &str| {
        let request = app.client.put(upload).bearer_auth(who);
        request.header("content-type", "text/html").body(body)
    };
    assert_eq!(sent(put(BOB)).await.status, 404);
    assert_eq!(sent(put(ALICE)).await.status, 201);
    let blobs = app.simulator.recorded();
    let blob = blobs.iter().find(|it| it.method == "PUT").unwrap();
    assert!(!blob.headers.contains_key("authorization"));
    let id = announced["file_id"].as_str().unwrap();
    let path = format!("/backend-api/files/{id}/uploaded");
    assert_eq!(post(&app, ALICE, &path, &json!({})).await.status, 200);
    let path = format!("/backend-api/files/{id}/download");
    assert_eq!(get(&app, BOB, &path).await.status, 404);
    let link = get(&app, ALICE, &path).await.json();
    let link = link["download_url"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&app.url), "{link}");
    let fetch = async |who: &str| sent(app.client.get(&link).bearer_auth(who)).await;
    assert_eq!(fetch(BOB).await.status, 404);
    assert_eq!(sent(app.client.get(&link)).await.status, 401);
    let fetched = fetch(ALICE).await;
    assert_eq!((fetched.status, fetched.text.as_str()), (200, body));
    assert!(
        fetched
            .header("content-disposition")
            .starts_with("attachment")
    );
    assert_eq!(fetched.header("x-content-type-options"), "nosniff");
    assert!(
        fetched
            .header("content-security-policy")
            .contains("sandbox")
    );
    app.stop().await;
}

#[tokio::test]
async fn a_link_that_was_changed_or_is_for_the_other_way_leads_nowhere() {
    let app = setup().start().await;
    let announced = json!({"file_name": "a.txt", "file_size": 1, "use_case": "my_files"});
    let announced = post(&app, ALICE, "/backend-api/files", &announced)
        .await
        .json();
    let upload = announced["upload_url"].as_str().unwrap();
    let turned = upload.replace("/upload/", "/content/");
    assert_eq!(
        sent(app.client.get(&turned).bearer_auth(ALICE))
            .await
            .status,
        404
    );
    let changed = format!("{upload}x");
    let request = app.client.put(&changed).bearer_auth(ALICE).body("a");
    assert_eq!(sent(request).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn whatever_stands_in_a_path_decides_no_host() {
    let app = setup().start().await;
    let before = app.simulator.recorded().len();
    for path in [
        "/backend-api/x/avatar/y",
        "/a/v1/b",
        "/file-x/assets/y",
        "/sandbox/x",
    ] {
        let reply = sent(asked(&app, ALICE, Method::GET, path)).await;
        assert!(matches!(reply.status, 403 | 404), "{path}");
    }
    assert_eq!(app.simulator.recorded().len(), before);
    app.stop().await;
}

#[tokio::test]
async fn a_recording_is_written_down_and_nothing_else_of_its_form_goes_on() {
    let app = setup().start().await;
    let sound = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00";
    let part = reqwest::multipart::Part::bytes(sound.to_vec()).file_name("canary-name.wav");
    let form = reqwest::multipart::Form::new()
        .part("file", part)
        .text("language", "en")
        .text("conversation_id", "canary-conversation");
    let before = app.simulator.recorded().len();
    let request = asked(&app, ALICE, Method::POST, "/backend-api/transcribe").multipart(form);
    let written = sent(request).await;
    assert_eq!(written.status, 200, "{}", written.text);
    assert!(written.json()["text"].is_string(), "{}", written.text);
    let seen = app.simulator.recorded().split_off(before);
    assert_eq!(seen.len(), 1);
    let body: Vec<u8> = seen[0].body.clone();
    let holds = |word: &[u8]| body.windows(word.len()).any(|it| it == word);
    assert!(holds(b"WAVE") && !holds(b"canary"));
    let none = asked(&app, ALICE, Method::POST, "/backend-api/transcribe").json(&json!({}));
    assert!(sent(none).await.status < 500);
    app.stop().await;
}
