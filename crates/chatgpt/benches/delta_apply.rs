//! How fast a delta is read and applied.

use chatgpt::delta::DeltaReader;
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

const ROOT: &str = r#"{"p":"","o":"add","v":{"message":{"id":"A","author":{"role":"assistant","name":null,"metadata":{}},"content":{"content_type":"text","parts":[""]},"status":"in_progress","end_turn":null,"weight":1.0,"metadata":{"citations":[],"model_slug":"gpt-5-2"},"recipient":"all","channel":"final"},"conversation_id":"C","error":null},"c":0}"#;

/// What nearly all events of a stream are: text appended to the answer.
#[divan::bench]
fn appended_text(bencher: Bencher<'_, '_>) {
    apply(
        bencher,
        r#"{"p":"/message/content/parts/0","o":"append","v":"Here"}"#,
        r#"{"v":" and there "}      "#,
    );
}

/// What the last events of a message are: several changes at once.
#[divan::bench]
fn patched(bencher: Bencher<'_, '_>) {
    let patch = r#"{"p":"","o":"patch","v":[{"p":"/message/content/parts/0","o":"append","v":"."},{"p":"/message/status","o":"replace","v":"finished_successfully"},{"p":"/message/end_turn","o":"replace","v":true}]}"#;
    apply(bencher, patch, patch);
}

fn apply(bencher: Bencher<'_, '_>, first: &str, next: &str) {
    bencher.counter(ItemsCount::new(1000usize)).bench_local(|| {
        let mut reader = DeltaReader::default();
        let mut failed = usize::from(reader.apply(ROOT).is_err());
        failed += usize::from(reader.apply(first).is_err());
        for _ in 0..1000 {
            failed += usize::from(reader.apply(next).is_err());
        }
        failed
    });
}
