//! Files of callers: uploaded, found again, listed, read in parts, deleted, and nobody else's.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use simulator::TokenSpec;

use crate::support::{KEY, Reply, Setup, TestApp};

mod expiry;
mod forms;

const OTHER_KEY: &str = "sk-other";

async fn two_keys() -> TestApp {
    let keys = format!("{KEY},{OTHER_KEY}");
    Setup::new().set("AUTHORIZATION", keys).start().await
}

/// One part of a form: its head, after `name=`, and its contents.
type Part<'a> = (&'a str, &'a str);

const FILE: &str = "\"file\"; filename=\"notes.txt\"\r\nContent-Type: text/plain";
const PURPOSE: Part<'static> = ("\"purpose\"", "user_data");

fn form(parts: &[Part]) -> String {
    let mut form = String::new();
    for (head, contents) in parts {
        for text in [
            "--XX\r\nContent-Disposition: form-data; name=",
            head,
            "\r\n\r\n",
            contents,
            "\r\n",
        ] {
            form.push_str(text);
        }
    }
    form + "--XX--\r\n"
}

impl TestApp {
    fn upload_as(&self, key: &str, parts: &[Part]) -> RequestBuilder {
        self.client
            .post(format!("{}/v1/files", self.url))
            .bearer_auth(key)
            .header("content-type", "multipart/form-data; boundary=XX")
            .body(form(parts))
    }

    /// Uploads a text, and returns what is said about it.
    async fn upload(&self, contents: &str) -> Value {
        let request = self.upload_as(KEY, &[PURPOSE, (FILE, contents)]);
        let reply = Reply::read(request.send().await.unwrap()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    /// Asks about files with a key.
    async fn files(&self, key: &str, path: &str) -> Reply {
        Reply::read(self.get(key, path).send().await.unwrap()).await
    }

    fn get(&self, key: &str, path: &str) -> RequestBuilder {
        let url = format!("{}/v1/files{path}", self.url);
        self.client.get(url).bearer_auth(key)
    }

    async fn delete(&self, key: &str, id: &str) -> Reply {
        let url = format!("{}/v1/files/{id}", self.url);
        let request = self.client.delete(url).bearer_auth(key);
        Reply::read(request.send().await.unwrap()).await
    }
}

fn id(file: &Value) -> String {
    file["id"].as_str().unwrap().to_owned()
}

/// The status, the code and the parameter of an error.
fn error(reply: &Reply) -> (u16, String, Value) {
    let param = reply.json()["error"]["param"].clone();
    (reply.status, reply.code(), param)
}

fn is_refused(reply: &Reply, status: u16, code: &str, param: &str) {
    let expected = (status, code.to_owned(), Value::from(param));
    assert_eq!(error(reply), expected, "{}", reply.text);
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_uploaded_and_is_gone_once_deleted() {
    let app = TestApp::start().await;
    let file = app.upload("some words\r\n--X\n").await;
    assert_eq!(file["object"], "file");
    assert_eq!(file["bytes"], 16);
    assert_eq!(file["filename"], "notes.txt");
    assert_eq!(file["purpose"], "user_data");
    assert_eq!(file["status"], "processed");
    assert_eq!(file["expires_at"], Value::Null);
    let path = format!("/{}", id(&file));
    assert_eq!(app.files(KEY, &path).await.json(), file);
    let content = app.files(KEY, &format!("{path}/content")).await;
    assert_eq!(content.text, "some words\r\n--X\n");
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-length", "16"),
        (
            "content-disposition",
            "attachment; filename=\"notes.txt\"; filename*=UTF-8''notes.txt",
        ),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
    ] {
        assert_eq!(content.header(name), value);
    }
    let deleted = app.delete(KEY, &id(&file)).await.json();
    let expected = serde_json::json!({"id": file["id"], "object": "file", "deleted": true});
    assert_eq!(deleted, expected);
    for path in [path.clone(), format!("{path}/content")] {
        is_refused(&app.files(KEY, &path).await, 404, "file_not_found", "id");
    }
    let again = app.delete(KEY, &id(&file)).await;
    is_refused(&again, 404, "file_not_found", "id");
    app.stop().await;
}

#[tokio::test]
async fn bytes_of_any_kind_survive_and_the_parts_may_come_in_any_order() {
    let app = TestApp::start().await;
    let contents: Vec<u8> = (0..3_000_000_u32).map(|it| it.to_le_bytes()[1]).collect();
    let mut body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; \
        filename=\"\xe4\xbd\xa0.bin\"\r\n\r\n"
        .to_vec();
    body.extend_from_slice(&contents);
    body.extend_from_slice(b"\r\n");
    body.extend_from_slice(form(&[PURPOSE]).as_bytes());
    let request = app.upload_as(KEY, &[]).body(body);
    let file = Reply::read(request.send().await.unwrap()).await.json();
    assert_eq!(
        (&file["bytes"], &file["filename"]),
        (&3_000_000.into(), &"你.bin".into())
    );
    let path = format!("/{}/content", id(&file));
    let response: Response = app.get(KEY, &path).send().await.unwrap();
    assert_eq!(
        response.headers()["content-disposition"],
        "attachment; filename=\"_.bin\"; filename*=UTF-8''%E4%BD%A0.bin"
    );
    assert_eq!(response.bytes().await.unwrap(), contents);
    app.stop().await;
}

#[tokio::test]
async fn each_key_and_each_account_has_files_of_its_own() {
    let app = two_keys().await;
    let own = app.simulator.mint_access_token(&TokenSpec::new("mine"));
    let file = id(&app.upload("secret").await);
    for stranger in [OTHER_KEY, &own] {
        for path in [format!("/{file}"), format!("/{file}/content")] {
            let theirs = app.files(stranger, &path).await;
            let nobodys = app.files(stranger, &path.replace(&file, "file-none")).await;
            is_refused(&theirs, 404, "file_not_found", "id");
            assert_eq!(theirs.text, nobodys.text);
        }
        assert_eq!(app.delete(stranger, &file).await.status, 404);
        let after = app.files(stranger, &format!("?after={file}")).await;
        is_refused(&after, 400, "invalid_value", "after");
        let listed = app.files(stranger, "").await.json();
        assert_eq!(listed["data"], serde_json::json!([]));
        assert_eq!(listed["first_id"], Value::Null);
    }
    let upload = app.upload_as(&own, &[PURPOSE, (FILE, "mine")]);
    let mine = Reply::read(upload.send().await.unwrap()).await.json();
    // The same account by a newer token.
    let mut renewed = TokenSpec::new("mine");
    renewed.lifetime = Duration::from_mins(7);
    let renewed = app.simulator.mint_access_token(&renewed);
    assert_ne!(renewed, own);
    assert_eq!(app.files(&renewed, "").await.json()["data"][0], mine);
    assert_eq!(
        app.files(KEY, &format!("/{file}/content")).await.text,
        "secret"
    );
    for (method, path) in [
        ("GET", ""),
        ("POST", ""),
        ("GET", "/x"),
        ("DELETE", "/x"),
        ("GET", "/x/content"),
    ] {
        let url = format!("{}/v1/files{path}", app.url);
        let request = app.client.request(method.parse().unwrap(), url);
        let reply = Reply::read(request.send().await.unwrap()).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (401, "invalid_api_key")
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_either_order_and_by_purpose() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(id(&app.upload(&number.to_string()).await));
    }
    let vision = app.upload_as(KEY, &[("\"purpose\"", "vision"), (FILE, "x")]);
    let vision = id(&Reply::read(vision.send().await.unwrap()).await.json());
    let listed = |reply: &Value| -> Vec<String> {
        reply["data"].as_array().unwrap().iter().map(id).collect()
    };
    let all = app.files(KEY, "").await.json();
    assert_eq!(
        (all["object"].as_str(), &all["has_more"]),
        (Some("list"), &false.into())
    );
    assert_eq!(
        (&all["first_id"], &all["last_id"]),
        (&vision.as_str().into(), &ids[0].as_str().into())
    );
    let mut newest_first = ids.clone();
    newest_first.reverse();
    assert_eq!(listed(&all)[1..], newest_first);

    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!("?order=asc&purpose=user_data&limit=2{after}");
        let page = app.files(KEY, &query).await.json();
        paged.push(listed(&page));
        if page["has_more"] == false {
            break;
        }
        after = format!("&after={}", page["last_id"].as_str().unwrap());
    }
    assert_eq!(paged, [&ids[..2], &ids[2..4], &ids[4..]]);
    let only = app.files(KEY, "?purpose=vision").await.json();
    assert_eq!(listed(&only), [vision]);
    for (query, param) in [
        ("?limit=0", "limit"),
        ("?limit=10001", "limit"),
        ("?order=up", "order"),
        ("?after=file-none", "after"),
    ] {
        is_refused(&app.files(KEY, query).await, 400, "invalid_value", param);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_part_of_a_file_can_be_read() {
    let app = TestApp::start().await;
    let path = format!("/{}/content", id(&app.upload("0123456789").await));
    let ranged = async |range: &str| {
        let request = app.get(KEY, &path).header("range", range);
        Reply::read(request.send().await.unwrap()).await
    };
    for (range, text, place) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-1", "9", "bytes 9-9/10"),
    ] {
        let reply = ranged(range).await;
        assert_eq!((reply.status, reply.text.as_str()), (206, text));
        assert_eq!(reply.header("content-range"), place);
        assert_eq!(reply.header("content-length"), text.len().to_string());
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
    let outside = ranged("bytes=10-").await;
    assert_eq!(
        (outside.status, outside.code().as_str()),
        (416, "range_not_satisfiable")
    );
    assert_eq!(outside.header("content-range"), "bytes */10");
    assert_eq!(ranged("bytes=0-1,3-4").await.status, 200);
    let whole = app.files(KEY, &path).await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let known = app.get(KEY, &path).header("range", "bytes=0-1");
    let known = known.header("if-range", whole.header("etag"));
    assert_eq!(known.send().await.unwrap().status(), 206);
    let head = app.client.head(format!("{}/v1/files{path}", app.url));
    let head = head.bearer_auth(KEY).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "10");
    app.stop().await;
}

#[tokio::test]
async fn files_outlive_a_restart_and_belong_to_the_same_callers() {
    let outer = tempfile::tempdir().unwrap();
    let start = async || {
        let setup = Setup::new().set("AUTHORIZATION", format!("{OTHER_KEY},{KEY}"));
        setup
            .set("DATA_DIR", outer.path().to_str().unwrap())
            .start()
            .await
    };
    let app = start().await;
    let file = app.upload("some words").await;
    app.stop().await;
    let app = start().await;
    let path = format!("/{}", id(&file));
    assert_eq!(app.files(KEY, &path).await.json(), file);
    assert_eq!(
        app.files(KEY, &format!("{path}/content")).await.text,
        "some words"
    );
    assert_eq!(app.files(OTHER_KEY, &path).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn pages_of_other_origins_may_delete_files_too() {
    let app = TestApp::start().await;
    let url = format!("{}/v1/files/x", app.url);
    let preflight = app.client.request(http::Method::OPTIONS, url);
    let preflight = preflight
        .header("origin", "https://app.example")
        .header("access-control-request-method", "DELETE");
    let reply = Reply::read(preflight.send().await.unwrap()).await;
    let allowed = reply.header("access-control-allow-methods");
    assert!(allowed.contains("DELETE"), "{allowed}");
    app.stop().await;
}
