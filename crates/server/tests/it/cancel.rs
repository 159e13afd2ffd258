//! A caller that goes away ends the request upstream and gives the account back.

use crate::support::{TestApp, question};

#[tokio::test]
async fn leaving_a_stream_cancels_it_upstream() {
    let app = TestApp::start().await;
    let mut body = question("simulate:stall-mid");
    body["stream"] = true.into();
    let mut response = app.ask(&body).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    app.has_open_streams(1).await;
    assert_eq!(app.app.leased(), 1);
    drop(response);
    app.becomes_quiet().await;
    app.stop().await;
}

#[tokio::test]
async fn leaving_before_the_answer_cancels_it_upstream() {
    for prompt in ["simulate:stall", "simulate:stall-mid"] {
        let app = TestApp::start().await;
        let body = question(prompt);
        let mut asking = Box::pin(app.ask(&body).send());
        tokio::select! {
            _ = &mut asking => panic!("{prompt} was answered"),
            () = app.has_open_streams(1) => {}
        }
        drop(asking);
        app.becomes_quiet().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn a_limit_that_is_reached_ends_the_request_upstream_at_once() {
    let app = TestApp::start().await;
    let mut body = question("simulate:stall-mid");
    body["max_tokens"] = 1.into();
    let response = app.ask(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    app.becomes_quiet().await;
    app.stop().await;
}

#[tokio::test]
async fn a_hundred_callers_leaving_at_random_moments_leave_nothing_behind() {
    let app = TestApp::start().await;
    let asked = (0..100u64).map(|number| {
        let mut body = question("simulate:long");
        body["stream"] = true.into();
        let request = app.ask(&body);
        async move {
            let Ok(mut response) = request.send().await else {
                return;
            };
            for _ in 0..number % 7 {
                if !matches!(response.chunk().await, Ok(Some(_))) {
                    return;
                }
            }
        }
    });
    futures_util::future::join_all(asked).await;
    app.becomes_quiet().await;
    app.stop().await;
}
