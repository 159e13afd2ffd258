//! Pictures of answers that are elsewhere, fetched for whoever wants to see them.

use http::Method;
use serde_json::json;

use super::{Browser, sent};
use crate::attachments::{png, web_server};
use crate::support::{KEY, Setup};

const PATH: &str = "/api/pictures";

#[tokio::test]
async fn a_picture_is_fetched_for_whoever_is_signed_in_and_is_nothing_but_a_picture() {
    let picture = png(30, 20);
    // What the server says of it does not count.
    let (url, host) = web_server("text/html", picture.clone()).await;
    let app = Setup::new().set("FETCH_ALLOW_HOSTS", host).start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    let body = json!({"url": format!("{url}/cat")});
    let shown = browser.request(Method::POST, PATH).json(&body);
    let shown = shown.send().await.unwrap();
    assert_eq!(shown.status(), 200);
    let header = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(shown.bytes().await.unwrap(), picture);

    let forged = sent(browser.plain(Method::POST, PATH).json(&body)).await;
    assert_eq!(forged.code(), "csrf_refused");
    let stranger = Browser::new(&app);
    let refused = stranger.send(Method::POST, PATH, Some(&body)).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_picture_or_not_public_is_not_shown() {
    let (url, host) = web_server("image/png", b"<svg onload=alert(1)>".to_vec()).await;
    let app = Setup::new().set("FETCH_ALLOW_HOSTS", host).start().await;
    let browser = Browser::signed_in(&app, KEY).await;
    for (url, code) in [
        (format!("{url}/cat.png"), "invalid_value"),
        ("http://127.0.0.1:1/cat.png".to_owned(), "file_unavailable"),
        (
            "http://169.254.169.254/latest".to_owned(),
            "file_unavailable",
        ),
        ("javascript:alert(1)".to_owned(), "file_unavailable"),
        (String::new(), "file_unavailable"),
    ] {
        let refused = browser
            .send(Method::POST, PATH, Some(&json!({"url": url})))
            .await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, code),
            "{url}"
        );
    }
    app.stop().await;
}
