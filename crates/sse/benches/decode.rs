//! How fast an event stream is cut into events.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use sse::Decoder;

fn main() {
    divan::main();
}

/// 20,000 small events in pieces of the size a network gives.
#[divan::bench]
fn small_events(bencher: Bencher<'_, '_>) {
    let event = "event: delta\ndata: {\"v\":\" seventeen characters\"}\n\n";
    let stream = event.repeat(20_000).into_bytes();
    bencher
        .counter(ItemsCount::new(20_000usize))
        .bench_local(|| decode(&stream, 1400));
}

/// One line of 8 MiB, which must not take the square of its length.
#[divan::bench]
fn one_long_line(bencher: Bencher<'_, '_>) {
    let mut stream = b"data: ".to_vec();
    stream.resize(8 << 20, b'x');
    stream.extend_from_slice(b"\n\n");
    bencher
        .counter(BytesCount::new(stream.len()))
        .bench_local(|| decode(&stream, 16 << 10));
}

fn decode(stream: &[u8], piece: usize) -> usize {
    let mut decoder = Decoder::new(16 << 20);
    let mut events = 0;
    for chunk in stream.chunks(piece) {
        decoder.push(chunk);
        while let Ok(Some(event)) = decoder.next_event() {
            events += usize::from(!event.data.is_empty());
        }
    }
    events
}
