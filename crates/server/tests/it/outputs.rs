//! What upstream made, on its way to the caller: pictures, files, sources, steps of tools.

use serde_json::{Value, json};
use simulator::artifacts;

use crate::support::{KEY, Reply, Setup, TestApp, question};

/// The first link to a file in a text.
fn link_in(text: &str) -> String {
    let start = text.find("http://").expect("there is no link");
    let end = text[start..].find(')').unwrap();
    text[start..start + end].to_owned()
}

async fn get(app: &TestApp, link: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let mut request = app.client.get(link);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn whole(artifact: &artifacts::Artifact) -> Vec<u8> {
    artifact.pieces(0..artifact.size).flatten().collect()
}

#[tokio::test]
async fn a_file_of_the_code_interpreter_is_downloaded_whole_and_in_part() {
    let app = TestApp::start().await;
    let link = link_in(&app.answer("simulate:code-file").await.content());
    let expected = whole(&artifacts::sandbox("/mnt/data/out.csv").unwrap());
    let reply = get(&app, &link, &[]).await;
    assert_eq!(reply.status(), 200);
    let headers = reply.headers().clone();
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"out.csv\"; filename*=UTF-8''out.csv"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(
        headers["content-security-policy"],
        "default-src 'none'; sandbox"
    );
    assert_eq!(headers["accept-ranges"], "bytes");
    assert_eq!(reply.bytes().await.unwrap(), expected);

    let part = get(&app, &link, &[("range", "bytes=2-5")]).await;
    assert_eq!(part.status(), 206);
    let range = format!("bytes 2-5/{}", expected.len());
    assert_eq!(part.headers()["content-range"], range.as_str());
    assert_eq!(part.bytes().await.unwrap(), &expected[2..6]);
    let beyond = get(&app, &link, &[("range", "bytes=999999-")]).await;
    assert_eq!(beyond.status(), 416);
    app.stop().await;
}

#[tokio::test]
async fn a_picture_is_shown_in_the_text_and_listed_beside_it_under_one_link() {
    let app = TestApp::start().await;
    for script in [
        "image",
        "image-old",
        "image-partial",
        "image-previews",
        "image-async",
        "code-plot",
    ] {
        let reply = app.answer(&format!("simulate:{script}")).await;
        let message = reply.json()["choices"][0]["message"].clone();
        let content = message["content"].as_str().unwrap();
        let link = link_in(content);
        assert!(
            content.contains(&format!("]({link})")),
            "{script}: {content}"
        );
        assert_eq!(message["images"][0]["image_url"]["url"], link, "{script}");
        let links = content.matches("](http").count();
        assert_eq!(
            message["images"].as_array().unwrap().len(),
            links,
            "{script}"
        );
        let picture = get(&app, &link, &[]).await;
        assert_eq!(picture.status(), 200, "{script}");
        assert_eq!(picture.headers()["content-type"], "image/png", "{script}");
        let disposition = picture.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with("inline"), "{script}");
        let bytes = picture.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{script}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_link_is_good_only_as_it_was_made_and_for_whom() {
    let app = Setup::new()
        .set("AUTHORIZATION", format!("{KEY},sk-other"))
        .start()
        .await;
    let link = link_in(&app.answer("simulate:code-file").await.content());
    let mut changed = link.clone();
    let at = link.find("/files/").unwrap() + 20;
    let other = if &link[at..=at] == "A" { "B" } else { "A" };
    changed.replace_range(at..=at, other);
    assert_eq!(get(&app, &changed, &[]).await.status(), 404);
    for (credential, status) in [(KEY, 200), ("sk-other", 404), ("sk-nobody", 401)] {
        let bearer = format!("Bearer {credential}");
        let reply = get(&app, &link, &[("authorization", &bearer)]).await;
        assert_eq!(reply.status(), status, "{credential}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_link_made_for_an_own_token_wants_that_token_again() {
    let app = TestApp::start().await;
    let token = app
        .simulator
        .mint_access_token(&simulator::TokenSpec::new("mine"));
    let reply = app.ask_as(&token, &question("simulate:code-file"));
    let link = link_in(&Reply::read(reply.send().await.unwrap()).await.content());
    assert_eq!(get(&app, &link, &[]).await.status(), 401);
    let bearer = format!("Bearer {token}");
    let with = get(&app, &link, &[("authorization", &bearer)]).await;
    assert_eq!(with.status(), 200);
    app.stop().await;
}

#[tokio::test]
async fn links_lead_to_the_public_address_below_the_prefix() {
    let app = Setup::new()
        .set("PUBLIC_URL", "https://gateway.example/")
        .set("API_PREFIX", "team")
        .start()
        .await;
    let url = format!("{}/team/v1/chat/completions", app.url);
    let body = question("simulate:code-file");
    let reply = app.client.post(url).bearer_auth(KEY).json(&body);
    let content = Reply::read(reply.send().await.unwrap()).await.content();
    assert!(
        content.contains("(https://gateway.example/team/files/"),
        "{content}"
    );
    app.stop().await;
}

#[tokio::test]
async fn sources_are_numbered_in_the_text_and_listed_with_their_place() {
    let app = TestApp::start().await;
    for script in ["search", "search-emoji", "search-late", "search-old"] {
        let whole = app.answer(&format!("simulate:{script}")).await.json();
        let message = &whole["choices"][0]["message"];
        let text: Vec<char> = message["content"].as_str().unwrap().chars().collect();
        let sources = message["annotations"].as_array().unwrap();
        assert!(!sources.is_empty(), "{script}");
        for source in sources {
            let source = &source["url_citation"];
            let at = |name: &str| usize::try_from(source[name].as_u64().unwrap()).unwrap();
            let cited: String = text[at("start_index")..at("end_index")].iter().collect();
            let url = source["url"].as_str().unwrap();
            assert!(cited.starts_with('['), "{script}: {cited}");
            assert!(cited.ends_with(&format!("]({url})")), "{script}: {cited}");
        }
        let streamed = app.stream(&format!("simulate:{script}")).await;
        let deltas: Vec<Value> = streamed
            .events()
            .iter()
            .filter_map(|event| {
                event["choices"][0]["delta"]["annotations"]
                    .as_array()
                    .cloned()
            })
            .flatten()
            .collect();
        assert_eq!(&deltas, sources, "{script}");
    }
    app.stop().await;
}

#[tokio::test]
async fn reasoning_and_tools_are_shown_as_the_request_or_the_setting_says() {
    let app = Setup::new().set("REASONING_FORMAT", "hidden").start().await;
    let ask = async |extra: Value| {
        let mut body = question("simulate:reasoning");
        for (name, value) in extra.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = Reply::read(app.ask(&body).send().await.unwrap()).await;
        reply.json()["choices"][0]["message"].clone()
    };
    let hidden = ask(json!({})).await;
    assert!(hidden["reasoning_content"].is_null());
    let parsed = ask(json!({"reasoning_format": "parsed"})).await;
    assert!(parsed["reasoning_content"].as_str().unwrap().contains("**"));
    assert_eq!(parsed["content"], hidden["content"]);
    let raw = ask(json!({"reasoning_format": "raw"})).await;
    let text = raw["content"].as_str().unwrap();
    assert!(
        text.starts_with("<think>\n") && text.contains("\n</think>\n\n"),
        "{text}"
    );
    assert!(
        text.ends_with(hidden["content"].as_str().unwrap()),
        "{text}"
    );

    let mut body = question("simulate:code");
    body["tool_activity"] = "structured".into();
    let reply = Reply::read(app.ask(&body).send().await.unwrap())
        .await
        .json();
    let message = &reply["choices"][0]["message"];
    assert!(!message["content"].as_str().unwrap().contains("```"));
    assert_eq!(message["tool_activity"][0]["type"], "code_interpreter_call");
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_known_is_passed_over_and_the_answer_arrives() {
    let app = TestApp::start().await;
    let reply = app.stream("simulate:unknown-types").await;
    assert!(
        reply.deltas("content").contains("arrives"),
        "{}",
        reply.text
    );
    assert!(reply.is_done());
    app.stop().await;
}
