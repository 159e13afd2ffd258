//! Taking accounts in from text.

use std::collections::HashSet;
use std::time::{Duration, Instant};

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

/// A line, what kind it is, and what comes of it; nothing for one that is passed over.
type Row = (String, &'static str, Option<Result<Outcome, Rejection>>);

fn table(world: &World) -> Vec<Row> {
    let simulator = &world.simulator;
    let mint = |name, family| simulator.mint_refresh_token(&TokenSpec::new(name), family);
    let ended = simulator.mint_access_token(&TokenSpec {
        lifetime: Duration::from_mins(1),
        ..TokenSpec::new("ended")
    });
    let session = simulator.mint_session_token(&TokenSpec::new("session"));
    let access = world.access("a");
    let signed_in = world.signed_in(&TokenSpec::new("d"), &world.access("d"));
    let in_workspace = format!("{access},{WORKSPACE}");
    let codex = mint("b", RefreshFamily::Codex);
    let lasting = mint("c", RefreshFamily::MobileLasting);
    let passed_over = |line: &str| (line.to_owned(), "", None);
    let taken = |line: &str, kind| (line.to_owned(), kind, Some(Ok(Outcome::Added)));
    let rejected = |line: &str, kind, reason| (line.to_owned(), kind, Some(Err(reason)));
    vec![
        // An editor's mark, and a comment.
        passed_over("\u{feff}# a comment"),
        taken(&access, "access_token"),
        (access, "access_token", Some(Ok(Outcome::Unchanged))),
        taken(&in_workspace, "access_token"),
        passed_over(""),
        taken(&codex, "refresh_token"),
        taken(&lasting, "refresh_token"),
        taken(&session, "session_token"),
        taken("fk-relay", "relay_token"),
        taken("  fk-other  ", "relay_token"),
        taken("sk-proj-abc", "api_key"),
        taken("any-key,https://api.example.com/v1/", "api_key"),
        rejected(
            "sk-x,https://me:pw@host/v1",
            "api_key",
            Rejection::NotABaseUrl,
        ),
        rejected("what is this", "unknown", Rejection::NotAToken),
        rejected(&ended, "access_token", Rejection::Expired),
        taken(&signed_in, "sign_in_file"),
        rejected(r#"{"a":1}"#, "unknown", Rejection::NotAToken),
    ]
}

async fn every_line_is_what_it_looks_like_and_the_second_time_changes_nothing(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let table = table(&world);
    let text: Vec<&str> = table.iter().map(|(line, ..)| line.as_str()).collect();
    let text = text.join("\n");
    world.clock.advance(60);

    let numbered = table.iter().enumerate();
    let expected: Vec<_> = numbered
        .filter_map(|(index, (_, kind, result))| Some((index + 1, *kind, (*result)?)))
        .collect();
    let found = |verdicts: Vec<Verdict>| -> Vec<_> {
        let found = verdicts.into_iter();
        found
            .map(|it| (it.line, it.kind, it.result.map(|it| it.outcome)))
            .collect()
    };
    let trial = imported(&node, &text, Mode::Trial).await;
    assert_eq!(found(trial), expected);
    assert!(node.pool.accounts().is_empty(), "a trial writes nothing");
    let first = imported(&node, &text, Mode::Write).await;
    assert_eq!(found(first), expected);
    for again in [Mode::Trial, Mode::Write] {
        let second = imported(&node, &text, again).await;
        let mut outcomes = outcomes(&second).into_iter().flatten();
        assert!(outcomes.all(|it| it == Outcome::Unchanged), "{second:?}");
    }
    let accounts = node.pool.accounts();
    assert_eq!(accounts.len(), 10);
    let labels: HashSet<String> = accounts.into_iter().map(|it| it.label).collect();
    assert_eq!(labels.len(), 10, "{labels:?}");
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

#[expect(
    clippy::print_stdout,
    reason = "how long it takes is for people to see"
)]
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
