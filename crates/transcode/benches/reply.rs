//! How fast a whole stream becomes a whole reply, and how fast tokens are counted.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use simulator::{Encoding, Framing, RenderRequest, render};
use sse::Decoder;
use transcode::reply::answer_style::ActivityFormat;
use transcode::reply::chat_chunks::ChatChunks;
use transcode::reply::reply_head::ReplyHead;
use transcode::reply::web_reader::WebReader;
use transcode::token_count;

fn main() {
    token_count::load();
    divan::main();
}

#[divan::bench]
fn v1(bencher: Bencher<'_, '_>) {
    transcode(bencher, Encoding::V1);
}

#[divan::bench]
fn cumulative(bencher: Bencher<'_, '_>) {
    transcode(bencher, Encoding::Cumulative);
}

/// Tokens of mixed English and Chinese.
#[divan::bench]
fn count_tokens(bencher: Bencher<'_, '_>) {
    let text = "The quick brown fox jumps over the lazy dog. 天地玄黄，宇宙洪荒。\n".repeat(200);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| token_count::text(&text));
}

/// The simulator's long answer, about 120 pieces, from bytes to bytes.
fn transcode(bencher: Bencher<'_, '_>, encoding: Encoding) {
    let request = RenderRequest {
        prompt: "simulate:long".into(),
        model: "gpt-5-2".into(),
        conversation_id: "00000000-0000-4000-8000-00000000000c".into(),
        user_message_id: "00000000-0000-4000-8000-00000000000a".into(),
        parent_id: "client-created-root".into(),
        now: 0.0,
        seed: 1,
        history: Vec::new(),
    };
    let stream = render("long", &request, encoding, &Framing::default());
    let bytes = stream.map(|stream| stream.bytes).unwrap_or_default();
    bencher
        .counter(ItemsCount::new(chunks(&bytes)))
        .bench_local(|| reply(&bytes).len());
}

fn chunks(stream: &[u8]) -> usize {
    reply(stream)
        .windows(6)
        .filter(|window| window == b"data: ")
        .count()
}

fn reply(stream: &[u8]) -> Vec<u8> {
    let head = ReplyHead {
        id: "chatcmpl-1".into(),
        created: 0,
        model: "gpt-5-2".into(),
        show_ids: false,
        prompt_tokens: 0,
        activity: ActivityFormat::Markdown,
        is_native: false,
    };
    let mut decoder = Decoder::new(1 << 20);
    let mut reader = WebReader::default();
    let mut chunks = ChatChunks::new(head, false);
    let (mut events, mut out) = (Vec::new(), Vec::new());
    for piece in stream.chunks(1400) {
        decoder.push(piece);
        while let Ok(Some(event)) = decoder.next_event() {
            if reader.read(event.name, event.data, &mut events).is_err() {
                return Vec::new();
            }
        }
        for event in events.drain(..) {
            if chunks.write(event, &mut out).is_err() {
                return Vec::new();
            }
        }
    }
    out
}
