//! Files that are what they claim, and files that are not.

use super::{Claim, Identified, Unfit, identify};
use crate::turn::{AttachmentKind, ImageDetail};

const IMAGE: AttachmentKind = AttachmentKind::Image(ImageDetail::Auto);

/// The head of a PNG of a size; what follows it does not matter.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn claim<'a>(kind: AttachmentKind, mime: Option<&'a str>, name: Option<&'a str>) -> Claim<'a> {
    Claim {
        kind,
        mime,
        name,
        size: 1000,
    }
}

fn mime(head: &[u8], claim: Claim<'_>) -> String {
    identify(head, claim).unwrap().mime
}

#[test]
fn a_picture_is_told_by_its_bytes_whatever_it_is_called() {
    for kind in [IMAGE, AttachmentKind::File] {
        let found = identify(&png(800, 600), claim(kind, None, Some("notes.txt"))).unwrap();
        let picture = Identified {
            mime: "image/png".into(),
            dimensions: Some((800, 600)),
            is_recording: false,
        };
        assert_eq!(found, picture);
    }
}

#[test]
fn a_picture_that_is_none_is_damaged_or_unpacks_to_too_much_is_refused() {
    for (head, unfit) in [
        (&b"hello"[..], Unfit::NotAPicture),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            Unfit::NotAPicture,
        ),
        (b"\x89PNG\r\n\x1a\n", Unfit::Damaged),
    ] {
        assert_eq!(
            identify(head, claim(IMAGE, Some("image/png"), None)),
            Err(unfit)
        );
    }
    let bomb = identify(&png(60_000, 60_000), claim(IMAGE, None, None));
    assert_eq!(bomb, Err(Unfit::TooManyPixels(60_000, 60_000)));
    let empty_side = identify(&png(0, 5), claim(IMAGE, None, None));
    assert_eq!(empty_side, Err(Unfit::Damaged));
    let large = Claim {
        size: 21 << 20,
        ..claim(IMAGE, None, None)
    };
    assert!(matches!(
        identify(&png(8, 8), large),
        Err(Unfit::TooLarge { .. })
    ));
    let empty = Claim {
        size: 0,
        ..claim(AttachmentKind::File, None, None)
    };
    assert_eq!(identify(b"", empty), Err(Unfit::Empty));
}

#[test]
fn any_file_may_be_sent_as_an_image_url_if_it_says_what_it_is() {
    let pdf = claim(IMAGE, Some("application/pdf"), None);
    assert_eq!(mime(b"%PDF-1.7 ...", pdf), "application/pdf");
    let table = claim(IMAGE, Some("text/csv; charset=utf-8"), None);
    assert_eq!(mime(b"a,b\n1,2\n", table), "text/csv");
}

#[test]
fn a_file_that_is_not_what_it_claims_is_refused() {
    for claimed in ["application/pdf", "image/jpeg", "application/zip"] {
        let found = identify(
            b"just text",
            claim(AttachmentKind::File, Some(claimed), None),
        );
        let claimed = claimed.to_owned();
        assert_eq!(found, Err(Unfit::Mislabelled { claimed }));
    }
}

#[test]
fn documents_are_told_by_content_statement_name_and_at_last_by_being_text() {
    let file = |mime, name| claim(AttachmentKind::File, mime, name);
    for (head, claim, expected) in [
        (
            &b"%PDF-1.4"[..],
            file(None, Some("x.txt")),
            "application/pdf",
        ),
        (b"a,b", file(Some("text/csv"), None), "text/csv"),
        (b"# Title", file(None, Some("README.md")), "text/markdown"),
        ("你好".as_bytes(), file(None, None), "text/plain"),
        (&"你好".as_bytes()[..5], file(None, None), "text/plain"),
        (
            b"\xff\x00\xfe\x01",
            file(None, None),
            "application/octet-stream",
        ),
        (
            b"PK\x03\x04....",
            file(
                Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
                None,
            ),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ] {
        assert_eq!(mime(head, claim), expected);
    }
}

#[test]
fn a_recording_is_told_by_its_bytes_too() {
    let audio = claim(AttachmentKind::Audio, None, Some("recording.wav"));
    let found = identify(b"ID3\x04\0\0\0\0\0\0", audio).unwrap();
    assert_eq!(
        (found.mime.as_str(), found.is_recording),
        ("audio/mpeg", true)
    );
    assert_eq!(mime(b"RIFF\x24\0\0\0WAVEfmt ", audio), "audio/x-wav");
    assert_eq!(identify(b"hello", audio), Err(Unfit::NotARecording));
}
