//! Decoding: what comes out, what is refused, and what a decoder may not be talked into.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};
use proptest::prelude::*;
use rstest::rstest;

use super::{Decoding, FREE_GROWTH_BYTES, FetchError};

const LIMIT: usize = 4 << 20;

/// What compresses about as well as text does.
fn text(bytes: usize) -> Vec<u8> {
    let mut line = 0_u64;
    let mut text = Vec::new();
    while text.len() < bytes {
        line = line.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.extend(format!("line {line:x}\n").bytes());
    }
    text.truncate(bytes);
    text
}

fn encoded(coding: &str, content: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut sent = Vec::new();
            let mut encoder = brotli::CompressorWriter::new(&mut sent, 4096, 5, 22);
            encoder.write_all(content).unwrap();
            drop(encoder);
            sent
        }
        "zstd" => zstd::encode_all(content, 3).unwrap(),
        _ => content.to_vec(),
    }
}

fn headers(codings: &[&str]) -> HeaderMap {
    let named = |coding: &&str| {
        (
            header::CONTENT_ENCODING,
            HeaderValue::from_str(coding).unwrap(),
        )
    };
    codings.iter().map(named).collect()
}

fn decoded(coding: &str, sent: &[u8], piece: usize) -> Result<Bytes, FetchError> {
    decoded_within(LIMIT, coding, sent, piece)
}

fn decoded_within(
    max_bytes: usize,
    coding: &str,
    sent: &[u8],
    piece: usize,
) -> Result<Bytes, FetchError> {
    let mut decoding = Decoding::of(&headers(&[coding]), max_bytes)?;
    for piece in sent.chunks(piece) {
        decoding.push(piece)?;
    }
    decoding.finish()
}

#[rstest]
fn content_comes_back_whole_however_it_is_cut(
    #[values("gzip", "br", "zstd", "identity")] coding: &str,
    #[values(1, 7, 4096, usize::MAX)] piece: usize,
) {
    let content = text(50_000);
    let sent = encoded(coding, &content);
    assert_eq!(decoded(coding, &sent, piece).unwrap(), content);
}

#[rstest]
fn empty_content_stays_empty(#[values("gzip", "br", "zstd", "identity")] coding: &str) {
    let sent = encoded(coding, b"");
    assert_eq!(decoded(coding, &sent, 3).unwrap(), Bytes::new());
}

#[rstest]
fn content_without_its_end_is_refused(#[values("gzip", "br", "zstd")] coding: &str) {
    let sent = encoded(coding, &text(1_000));
    for length in 1..sent.len() {
        let cut = decoded(coding, &sent[..length], 512);
        assert_eq!(cut, Err(FetchError::Broken), "{length} of {}", sent.len());
    }
}

#[rstest]
fn content_in_another_coding_than_named_is_refused(#[values("gzip", "br", "zstd")] coding: &str) {
    let sent = b"<html>this is not compressed at all</html>";
    assert_eq!(decoded(coding, sent, 512), Err(FetchError::Broken));
}

#[rstest]
fn a_bomb_is_refused_by_its_growth(#[values("gzip", "br", "zstd")] coding: &str) {
    let sent = encoded(coding, &vec![0; 3 << 20]);
    let refused = FetchError::Inflated { max_ratio: 100 };
    assert_eq!(decoded(coding, &sent, usize::MAX), Err(refused));
}

#[rstest]
fn a_small_content_may_grow_as_it_likes(#[values("gzip", "br", "zstd")] coding: &str) {
    let size = usize::try_from(FREE_GROWTH_BYTES).unwrap();
    let sent = encoded(coding, &vec![0; size]);
    assert_eq!(decoded(coding, &sent, 512).unwrap().len(), size);
}

#[rstest]
fn decoded_content_is_held_against_the_limit(#[values("gzip", "br", "zstd")] coding: &str) {
    let max_bytes = 200_000;
    let sent = encoded(coding, &text(max_bytes + 1));
    assert!(sent.len() < max_bytes);
    let refused = FetchError::TooLarge { max_bytes };
    assert_eq!(decoded_within(max_bytes, coding, &sent, 4096), Err(refused));
    let sent = encoded(coding, &text(max_bytes));
    let content = decoded_within(max_bytes, coding, &sent, 4096).unwrap();
    assert_eq!(content.len(), max_bytes);
}

#[test]
fn gzip_members_follow_one_another() {
    let sent = [encoded("gzip", b"one "), encoded("gzip", b"two")].concat();
    assert_eq!(decoded("GZip", &sent, 5).unwrap(), "one two");
}

#[test]
fn a_zstd_window_of_more_than_eight_megabytes_is_refused() {
    for (window_log, expected) in [
        (23, Ok(Bytes::from("x"))),
        (24, Err(FetchError::Broken)),
        (27, Err(FetchError::Broken)),
        (31, Err(FetchError::Broken)),
    ] {
        // Magic number, a frame header of a window and nothing else, a raw block of a byte.
        let window = (window_log - 10) << 3;
        let sent = [0x28, 0xb5, 0x2f, 0xfd, 0, window, 0x09, 0, 0, b'x'];
        assert_eq!(decoded("zstd", &sent, 512), expected, "2^{window_log}");
    }
}

#[test]
fn a_large_brotli_window_is_refused() {
    let with_window = |is_large| {
        let mut sent = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams {
            large_window: is_large,
            lgwin: if is_large { 30 } else { 24 },
            ..Default::default()
        };
        brotli::BrotliCompress(&mut text(9_000).as_slice(), &mut sent, &parameters).unwrap();
        sent
    };
    assert!(decoded("br", &with_window(false), 512).is_ok());
    let large = with_window(true);
    assert_eq!(large[0], 0x11, "the mark of a large window");
    assert_eq!(decoded("br", &large, 512), Err(FetchError::Broken));
}

#[rstest]
#[case(&["gzip, br"])]
#[case(&["gzip", "gzip"])]
#[case(&["br,identity , zstd"])]
fn codings_upon_codings_are_refused(#[case] codings: &[&str]) {
    let refused = Decoding::of(&headers(codings), LIMIT).err();
    assert_eq!(refused, Some(FetchError::NestedEncoding));
}

#[rstest]
#[case("deflate")]
#[case("compress")]
#[case("exi")]
#[case("gzip;q=1")]
fn codings_nobody_asked_for_are_refused(#[case] coding: &str) {
    let refused = Decoding::of(&headers(&[coding]), LIMIT).err();
    assert_eq!(refused, Some(FetchError::UnknownEncoding));
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_fall(
        coding in proptest::sample::select(vec!["gzip", "br", "zstd"]),
        at in any::<proptest::sample::Index>(),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut sent = encoded(coding, &text(2_000));
        let at = at.index(sent.len());
        sent.splice(at..(at + noise.len()).min(sent.len()), noise);
        let _ = decoded(coding, &sent, 100);
    }
}
