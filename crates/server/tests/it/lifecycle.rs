//! Starting, stopping and slow callers, with the real binary where signals matter.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::demo_process::Demo;
use crate::support::{Reply, Setup, client};

#[tokio::test]
async fn the_first_signal_lets_an_answer_finish_and_takes_nothing_new() {
    let mut demo = Demo::start("every:100ms", &["--no-samples"]);
    let mut response = demo
        .ask("simulate:echo one two three four five six")
        .send()
        .await
        .unwrap();
    let mut first = response.chunk().await.unwrap().unwrap().to_vec();
    demo.signal("-TERM");
    while let Some(chunk) = response.chunk().await.unwrap() {
        first.extend_from_slice(&chunk);
    }
    assert!(first.ends_with(b"data: [DONE]\n\n"));
    assert!(demo.ends().await.success());
    assert!(
        client()
            .get(format!("{}/readyz", demo.url))
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_second_signal_ends_at_once() {
    let mut demo = Demo::start("every:100ms", &["--no-samples"]);
    let mut response = demo.ask("simulate:stall-mid").send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    demo.signal("-INT");
    demo.signal("-TERM");
    // The two signals may be seen as one; a third is then the second.
    tokio::time::sleep(Duration::from_millis(200)).await;
    if demo.child.try_wait().unwrap().is_none() {
        demo.signal("-INT");
    }
    assert!(demo.ends().await.success());
    while let Ok(Some(_)) = response.chunk().await {}
}

#[tokio::test]
async fn a_caller_that_says_nothing_is_let_go() {
    let app = Setup::new()
        .set("HEADER_TIMEOUT_SECONDS", "0.2")
        .start()
        .await;
    let address = app.url.strip_prefix("http://").unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), silent.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "a silent connection stays open");
    app.stop().await;
}

#[tokio::test]
async fn health_and_readiness_are_told_without_a_key() {
    let app = Setup::new().start().await;
    for path in ["healthz", "readyz"] {
        let request = app.client.get(format!("{}/{path}", app.url));
        assert_eq!(Reply::read(request.send().await.unwrap()).await.status, 200);
    }
    app.stop().await;
}
