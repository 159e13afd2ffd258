//! Requirements in one step and in two, with and without a proof of work.

use crate::support::{Setup, TestApp};

async fn app(two_step: bool, difficulty: Option<&str>) -> TestApp {
    let difficulty = difficulty.map(str::to_owned);
    Setup::new()
        .simulate(|options| {
            options.sentinel.two_step = two_step;
            options.sentinel.difficulty = difficulty;
        })
        .start()
        .await
}

#[tokio::test]
async fn a_proof_under_the_ceiling_is_found_and_accepted_in_one_step_and_in_two() {
    for two_step in [true, false] {
        for difficulty in [None, Some("0fffff"), Some("00ffff")] {
            let app = app(two_step, difficulty).await;
            for _ in 0..2 {
                let reply = app.answer("simulate:echo x").await;
                assert_eq!(
                    reply.content(),
                    "x",
                    "{two_step} {difficulty:?}: {}",
                    reply.text
                );
            }
            app.stop().await;
        }
    }
}

#[tokio::test]
async fn an_upstream_without_the_second_step_is_asked_for_it_once() {
    let app = app(false, None).await;
    for _ in 0..3 {
        app.answer("simulate:echo x").await;
    }
    let asked = app.simulator.recorded();
    assert_eq!(
        asked
            .iter()
            .filter(|it| it.path.ends_with("/prepare"))
            .count(),
        1
    );
    app.stop().await;
}

#[tokio::test]
async fn an_older_upstream_is_asked_on_its_older_path() {
    let app = Setup::new()
        .simulate(|options| options.f_conversation = false)
        .start()
        .await;
    for _ in 0..2 {
        assert_eq!(app.answer("simulate:echo x").await.content(), "x");
    }
    let paths: Vec<String> = app.conversations().into_iter().map(|it| it.path).collect();
    assert_eq!(
        paths,
        [
            "/backend-api/f/conversation",
            "/backend-api/conversation",
            "/backend-api/conversation"
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn a_proof_above_the_ceiling_is_a_challenge_that_names_both() {
    let app = Setup::new()
        .simulate(|options| options.sentinel.difficulty = Some("00ffff".into()))
        .set("POW_DIFFICULTY", "0fffff")
        .start()
        .await;
    let reply = app.answer("x").await;
    assert_eq!(
        (reply.status, reply.header("x-flowgpt-challenge")),
        (403, "proof_of_work")
    );
    let message = reply.json()["error"]["message"].to_string();
    assert!(
        message.contains("difficulty 00ffff, ceiling 0fffff"),
        "{message}"
    );
    assert!(app.conversations().is_empty());
    app.stop().await;
}
