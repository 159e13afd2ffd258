//! Forms good and bad, cut into pieces in every way.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use http::{HeaderMap, header};
use serde_json::Value;

use super::Form;
use crate::api_error::ApiError;

const HEAD: &str = "Content-Disposition: form-data; name=";

/// The body in pieces of `size`.
fn form(body: &str, size: usize) -> Form {
    let pieces: Vec<Result<Bytes, Infallible>> = body
        .as_bytes()
        .chunks(size)
        .map(|it| Ok(Bytes::copy_from_slice(it)))
        .collect();
    let mut headers = HeaderMap::new();
    let content_type = "multipart/form-data; boundary=XX".parse().unwrap();
    headers.insert(header::CONTENT_TYPE, content_type);
    Form::new(&headers, Body::from_stream(stream::iter(pieces))).unwrap()
}

/// Each part as its name, its file name, its type and its text.
async fn read(body: &str, size: usize) -> Result<Vec<String>, ApiError> {
    let mut form = form(body, size);
    let mut read = Vec::new();
    while let Some(part) = form.next().await? {
        let head = format!(
            "{} {:?} {:?}",
            part.name(),
            part.file_name(),
            part.content_type()
        );
        let text = if part.file_name().is_some() {
            let pieces: Vec<Bytes> = part.into_stream(64).try_collect().await?;
            String::from_utf8(pieces.concat()).unwrap()
        } else {
            part.text().await?
        };
        read.push(format!("{head} {text:?}"));
    }
    Ok(read)
}

/// The status, the code and the parameter of what is said about a body.
async fn refused(body: &str, size: usize) -> String {
    let error = read(body, size).await.unwrap_err();
    let json: Value = serde_json::from_slice(&error.to_json()).unwrap();
    let (code, param) = (&json["error"]["code"], &json["error"]["param"]);
    format!("{} {code} {param}", error.status().as_u16())
}

#[tokio::test]
async fn text_and_files_are_read_however_the_body_is_cut() {
    let body = format!(
        "--XX\r\n{HEAD}\"purpose\"\r\n\r\nuser_data\r\n\
         --XX\r\n{HEAD}\"file\"; filename=\"你好.txt\"\r\nContent-Type: text/plain\r\n\r\n\
         one\r\n--X two\r\n\r\n\
         --XX\r\n{HEAD}\"empty\"\r\n\r\n\r\n--XX--\r\n"
    );
    for size in 1..body.len() {
        let expected = [
            r#"purpose None None "user_data""#,
            r#"file Some("你好.txt") Some("text/plain") "one\r\n--X two\r\n""#,
            r#"empty None None """#,
        ];
        assert_eq!(read(&body, size).await.unwrap(), expected, "{size}");
    }
}

#[tokio::test]
async fn a_form_that_breaks_off_is_never_taken_for_a_whole_one() {
    let body = format!("--XX\r\n{HEAD}\"a\"; filename=\"b\"\r\n\r\ntext\r\n--XX--");
    assert!(read(&body, 7).await.is_ok());
    for length in 0..body.len() {
        let refused = refused(&body[..length], 7).await;
        assert!(refused.starts_with(r#"400 "incomplete_body""#), "{refused}");
    }
}

#[tokio::test]
async fn a_part_that_is_too_large_is_named() {
    let of = |head: &str, length: usize| {
        let text = "x".repeat(length);
        format!("--XX\r\n{HEAD}{head}\r\n\r\n{text}\r\n--XX--")
    };
    let file = r#""f"; filename="x""#;
    assert!(read(&of(file, 64), 9).await.is_ok());
    assert_eq!(
        refused(&of(file, 65), 9).await,
        r#"413 "request_too_large" "f""#
    );
    assert!(read(&of("\"t\"", 1 << 20), 4096).await.is_ok());
    assert_eq!(
        refused(&of("\"t\"", (1 << 20) + 1), 4096).await,
        r#"413 "request_too_large" "t""#
    );
}

#[tokio::test]
async fn no_part_and_no_head_gets_to_fill_memory() {
    let part = format!("--XX\r\n{HEAD}\"a\"\r\n\r\n\r\n");
    assert_eq!(
        read(&format!("{}--XX--", part.repeat(64)), 999)
            .await
            .unwrap()
            .len(),
        64
    );
    let refused_form = format!("{}--XX--", part.repeat(65));
    assert_eq!(
        refused(&refused_form, 999).await,
        r#"400 "invalid_form" null"#
    );
    let endless = "x".repeat(1 << 20);
    for body in [
        format!("{endless}--XX"),
        format!("--XX\r\nX: {endless}"),
        format!("--XX{}", " ".repeat(1 << 20)),
    ] {
        assert_eq!(refused(&body, 4096).await, r#"400 "invalid_form" null"#);
    }
}

#[tokio::test]
async fn parts_that_cannot_be_read_are_refused() {
    for (head, text) in [
        ("X: y", ""),
        ("Content-Disposition: form-data; name=\"\"", ""),
        ("no header", ""),
    ] {
        let body = format!("--XX\r\n{head}\r\n\r\n{text}\r\n--XX--");
        let refused = refused(&body, 9).await;
        assert_eq!(refused, r#"400 "invalid_form" null"#, "{head}");
    }
    let body = format!("--XX\r\n{HEAD}\"a\"\r\n\r\n\u{0}\r\n--XX--").into_bytes();
    let body: Vec<u8> = body
        .iter()
        .map(|it| if *it == 0 { 0xff } else { *it })
        .collect();
    let mut headers = HeaderMap::new();
    let content_type = "multipart/form-data; boundary=XX".parse().unwrap();
    headers.insert(header::CONTENT_TYPE, content_type);
    let mut form = Form::new(&headers, body.into()).unwrap();
    let error = form.next().await.unwrap().unwrap().text().await;
    assert_eq!(error.unwrap_err().status(), 400);
}

#[test]
fn what_is_no_form_is_refused_before_it_is_read() {
    for content_type in [None, Some("application/json"), Some("multipart/form-data")] {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        let error = Form::new(&headers, Body::empty()).unwrap_err();
        assert_eq!(error.status(), 415, "{content_type:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_that_stops_coming_is_given_up() {
    let start = format!("--XX\r\n{HEAD}\"a\"\r\n\r\nte");
    for length in [9, start.len()] {
        let piece = Ok::<_, Infallible>(Bytes::copy_from_slice(&start.as_bytes()[..length]));
        let pieces = futures_util::StreamExt::chain(stream::iter([piece]), stream::pending());
        let mut headers = HeaderMap::new();
        let content_type = "multipart/form-data; boundary=XX".parse().unwrap();
        headers.insert(header::CONTENT_TYPE, content_type);
        let mut form = Form::new(&headers, Body::from_stream(pieces)).unwrap();
        let error = match form.next().await {
            Ok(part) => part.unwrap().text().await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.status(), 408);
    }
}
