//! Taking accounts in from text.

use std::collections::HashSet;
use std::time::Instant;

use accounts::{Mode, Rejection, Source, Verdict};
use secrecy::SecretString;
use simulator::{RefreshFamily, TokenSpec};
use store::records::Outcome;

use crate::support::{Backend, Node, World, names, on_both};

on_both!(
    every_line_is_what_it_looks_like_and_the_second_time_changes_nothing,
    ten_thousand_lines_are_taken_in_and_none_twice,
);

const WORKSPACE: &str = "11111111-2222-4333-8444-555555555555";

async fn imported(node: &Node, text: &str, mode: Mode) -> Vec<Verdict> {
    let text = SecretString::from(text);
    node.pool.import(&text, Source::Admin, mode).await.unwrap()
}

fn outcomes(verdicts: &[Verdict]) -> Vec<Option<Outcome>> {
    let outcome = |it: &Verdict| it.result.as_ref().ok().map(|it| it.outcome);
    verdicts.iter().map(outcome).collect()
}

async fn every_line_is_what_it_looks_like_and_the_second_time_changes_nothing(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let mint = |name, family| {
        world
            .simulator
            .mint_refresh_token(&TokenSpec::new(name), family)
    };
    let ended = world.simulator.mint_access_token(&TokenSpec {
        lifetime: std::time::Duration::from_secs(60),
        ..TokenSpec::new("ended")
    });
    let session = world
        .simulator
        .mint_session_token(&TokenSpec::new("session"));
    let access = world.access("a");
    let table = [
        ("# a comment", "", None),
        (&access, "access_token", Some(Ok(Outcome::Added))),
        (&access, "access_token", Some(Ok(Outcome::Unchanged))),
        (
            &format!("{access},{WORKSPACE}"),
            "access_token",
            Some(Ok(Outcome::Added)),
        ),
        ("", "", None),
        (
            &mint("b", RefreshFamily::Codex),
            "refresh_token",
            Some(Ok(Outcome::Added)),
        ),
        (
            &mint("c", RefreshFamily::MobileLasting),
            "refresh_token",
            Some(Ok(Outcome::Added)),
        ),
        (&session, "session_token", Some(Ok(Outcome::Added))),
        ("fk-relay", "relay_token", Some(Ok(Outcome::Added))),
        ("  fk-other  ", "relay_token", Some(Ok(Outcome::Added))),
        (
            "sk-proj-abc",
            "platform_key",
            Some(Err(Rejection::PlatformKey)),
        ),
        ("what is this", "unknown", Some(Err(Rejection::NotAToken))),
        (&ended, "access_token", Some(Err(Rejection::Expired))),
        (
            &world.signed_in(&TokenSpec::new("d"), &world.access("d")),
            "sign_in_file",
            Some(Ok(Outcome::Added)),
        ),
        (r#"{"a":1}"#, "unknown", Some(Err(Rejection::NotAToken))),
    ];
    let text: Vec<&str> = table.iter().map(|(line, ..)| *line).collect();
    let text = text.join("\n");
    world.clock.advance(60);

    let expected = || {
        table
            .iter()
            .enumerate()
            .filter_map(|(index, (_, kind, result))| {
                result.map(|result| (index + 1, *kind, result))
            })
    };
    let found = |verdicts: &[Verdict]| -> Vec<_> {
        let found = verdicts
            .iter()
            .map(|it| (it.line, it.kind, it.result.map(|it| it.outcome)));
        found.collect()
    };
    let trial = imported(&node, &text, Mode::Trial).await;
    assert_eq!(found(&trial), expected().collect::<Vec<_>>());
    assert!(node.pool.accounts().is_empty(), "a trial writes nothing");
    let first = imported(&node, &text, Mode::Write).await;
    assert_eq!(found(&first), expected().collect::<Vec<_>>());
    assert_eq!(node.pool.accounts().len(), 8);
    for again in [Mode::Trial, Mode::Write] {
        let second = imported(&node, &text, again).await;
        let outcomes: Vec<Outcome> = outcomes(&second).into_iter().flatten().collect();
        assert!(
            outcomes.iter().all(|it| *it == Outcome::Unchanged),
            "{outcomes:?}"
        );
    }
    assert_eq!(node.pool.accounts().len(), 8);
    let labels: HashSet<String> = node
        .pool
        .accounts()
        .into_iter()
        .map(|it| it.label)
        .collect();
    assert_eq!(labels.len(), 8, "{labels:?}");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_over_several_lines_is_one_account() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let access = world.access("a");
    let document =
        format!("\n{{\n  \"tokens\": {{\n    \"access_token\": \"{access}\"\n  }}\n}}\n");
    let verdicts = imported(&node, &document, Mode::Write).await;
    assert_eq!(outcomes(&verdicts), [Some(Outcome::Added)]);
    let broken = imported(&node, "{\n \"tokens\": {\n", Mode::Write).await;
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].result, Err(Rejection::NotAToken));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_tokens_are_taken_and_older_ones_change_nothing() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let old = world.access("a");
    world.clock.advance(60);
    let new = world.access("a");
    let first = imported(&node, &old, Mode::Write).await;
    assert_eq!(outcomes(&first), [Some(Outcome::Added)]);
    let newer = imported(&node, &new, Mode::Write).await;
    assert_eq!(outcomes(&newer), [Some(Outcome::Updated)]);
    let older = imported(&node, &old, Mode::Write).await;
    assert_eq!(outcomes(&older), [Some(Outcome::Unchanged)]);
    let id = node.pool.accounts()[0].id;
    let cleared = node.pool.clear().await.unwrap();
    assert_eq!(cleared.count, 1);
    let back = imported(&node, &new, Mode::Write).await;
    assert_eq!(outcomes(&back), [Some(Outcome::Restored)]);
    assert_eq!(node.pool.accounts()[0].id, id);
    node.end().await;
}

async fn ten_thousand_lines_are_taken_in_and_none_twice(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let mut lines: Vec<String> = names(9000).iter().map(|name| world.access(name)).collect();
    lines.extend((0..1000).map(|number| format!("rt_token-number-{number}")));
    // Some of them twice.
    lines.extend_from_within(8950..9050);
    let text = lines.join("\n");
    for (run, expected) in [("first", Outcome::Added), ("second", Outcome::Unchanged)] {
        let begun = Instant::now();
        let verdicts = imported(&node, &text, Mode::Write).await;
        let took = begun.elapsed();
        println!(
            "{}: {run} import of {} lines: {took:?}",
            world.backend.name(),
            lines.len()
        );
        let of_run = outcomes(&verdicts).into_iter().flatten();
        let count = of_run.filter(|it| *it == expected).count();
        assert_eq!(count, if run == "first" { 10_000 } else { 10_100 });
    }
    let accounts = node.pool.accounts();
    assert_eq!(accounts.len(), 10_000);
    let ids: HashSet<_> = accounts.iter().map(|it| it.id).collect();
    let places: HashSet<_> = accounts.iter().map(|it| it.position).collect();
    assert_eq!((ids.len(), places.len()), (10_000, 10_000));
    assert_eq!(world.backend.count("account").await, 10_000);
    node.end().await;
}
