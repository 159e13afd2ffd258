//! Silence as MP3 and AAC: files that begin as such files do, hold whole frames, and carry a digest
//! of the text they stand for. Longer texts have more frames.

/// The header of an MP3 frame: MPEG 1, layer 3, 128 kbit/s, 44.1 kHz, stereo.
const MP3_HEADER: [u8; 4] = [0xff, 0xfb, 0x90, 0x00];
const MP3_FRAME: usize = 417;

/// The name under which an ID3 tag holds the digest.
const TAG_NAME: &str = "text-sha256";

/// The bytes of an ADTS header.
const ADTS_HEADER: usize = 7;

/// How many letters are spoken in a frame, and how many frames there are at most.
const LETTERS_PER_FRAME: usize = 8;
const MOST_FRAMES: usize = 2000;

/// An MP3 file: an ID3 tag with the digest, then silent frames.
pub(crate) fn mp3(digest: &str, letters: usize) -> Vec<u8> {
    let mut text = vec![0];
    text.extend_from_slice(TAG_NAME.as_bytes());
    text.push(0);
    text.extend_from_slice(digest.as_bytes());
    let mut file = b"ID3\x03\x00\x00".to_vec();
    file.extend_from_slice(&synchsafe(10 + text.len()));
    file.extend_from_slice(b"TXXX");
    file.extend_from_slice(&u32::try_from(text.len()).unwrap_or_default().to_be_bytes());
    file.extend_from_slice(&[0, 0]);
    file.extend_from_slice(&text);
    for _ in 0..frames(letters) {
        let start = file.len();
        file.extend_from_slice(&MP3_HEADER);
        file.resize(start + MP3_FRAME, 0);
    }
    file
}

/// An AAC file in ADTS: the first frame holds the digest, the others nothing.
pub(crate) fn aac(digest: &str, letters: usize) -> Vec<u8> {
    let mut file = adts(digest.as_bytes());
    for _ in 1..frames(letters) {
        file.extend(adts(&[0; 16]));
    }
    file
}

/// A frame of AAC-LC at 44.1 kHz in stereo.
fn adts(payload: &[u8]) -> Vec<u8> {
    let length = ADTS_HEADER + payload.len();
    let low = |shifted: usize| u8::try_from(shifted & 0xff).unwrap_or_default();
    let mut frame = vec![
        0xff,
        0xf1,
        0x50,
        0x80 | low(length >> 11),
        low(length >> 3),
        low(length << 5) | 0x1f,
        0xfc,
    ];
    frame.extend_from_slice(payload);
    frame
}

fn frames(letters: usize) -> usize {
    letters.div_ceil(LETTERS_PER_FRAME).clamp(1, MOST_FRAMES)
}

/// A length as ID3 writes it: seven bits in each byte.
fn synchsafe(length: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from((length >> shift) & 0x7f).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mp3_has_its_tag_and_whole_frames() {
        let digest = "ab".repeat(32);
        let file = mp3(&digest, 20);
        assert!(file.starts_with(b"ID3\x03"));
        let tag = usize::from(file[8]) * 128 + usize::from(file[9]);
        let text = std::str::from_utf8(&file[20..10 + tag]).unwrap();
        assert_eq!(text, format!("\0text-sha256\0{digest}"));
        let sound = &file[10 + tag..];
        assert_eq!(sound.len(), 3 * MP3_FRAME);
        assert!(
            sound
                .chunks(MP3_FRAME)
                .all(|frame| frame.starts_with(&MP3_HEADER))
        );
    }

    #[test]
    fn an_aac_has_frames_as_long_as_they_say() {
        let digest = "ab".repeat(32);
        let file = aac(&digest, 20);
        let mut rest = &file[..];
        let mut count = 0;
        while !rest.is_empty() {
            assert_eq!(&rest[..2], [0xff, 0xf1]);
            let length = usize::from(rest[3] & 3) << 11
                | usize::from(rest[4]) << 3
                | usize::from(rest[5]) >> 5;
            rest = &rest[length..];
            count += 1;
        }
        assert_eq!(count, 3);
        assert_eq!(&file[ADTS_HEADER..ADTS_HEADER + 64], digest.as_bytes());
    }
}
