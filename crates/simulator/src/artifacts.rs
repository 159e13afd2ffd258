//! What the pictures and files are that scripts point to: the same id or path has the same content
//! in every simulator. Knows no route and no account; the files routes serve it, scripts name it,
//! and tests compare what they downloaded with it.

mod png;

use std::ops::Range;

use bytes::Bytes;

use crate::ids;

/// The largest piece that [`Artifact::pieces`] hands out, in bytes.
pub const LARGEST_PIECE: u64 = 64 * 1024;

/// The largest `large-NNNmb.bin` there is, in megabytes.
const LARGEST_FILE: u64 = 4096;

/// The longest side a picture may have, in pixels.
const LONGEST_SIDE: u16 = 4096;

/// What the id of a spoken answer begins with.
const SOUND_PREFIX: &str = "file_000000a0";
/// How long a spoken answer lasts.
pub(crate) const SOUND_SECONDS: f64 = 0.5;

/// Where the code interpreter keeps its files.
const SANDBOX: &str = "/mnt/data/";

/// The table a program wrote.
pub(crate) const CSV_PATH: &str = "/mnt/data/out.csv";
/// A name with a space and characters beyond ASCII.
pub(crate) const REPORT_PATH: &str = "/mnt/data/季度 报告.csv";
/// A file too large to be held in memory.
pub(crate) const LARGE_PATH: &str = "/mnt/data/large-200mb.bin";

/// Something that can be downloaded.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The file's name, without its directory.
    pub name: String,
    /// Its media type.
    pub mime: &'static str,
    /// Its size in bytes.
    pub size: u64,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// All of it.
    Held(Bytes),
    /// Made when it is read.
    Picture(png::Picture),
    /// The byte at position `n` is `n % 251`, so that a piece in the wrong place shows.
    Counted,
}

impl Artifact {
    /// The bytes of a range, made piece by piece, so that a large file is never held in memory.
    /// What the range has beyond the end is left out.
    pub fn pieces(&self, range: Range<u64>) -> impl Iterator<Item = Bytes> + Send + use<> {
        let held = match &self.content {
            Content::Held(bytes) => Some(bytes.clone()),
            Content::Picture(picture) => Some(Bytes::from(picture.file())),
            Content::Counted => None,
        };
        let end = range.end.min(self.size);
        let mut next = range.start;
        std::iter::from_fn(move || {
            let piece = next..end.min(next.saturating_add(LARGEST_PIECE));
            next = piece.end;
            (piece.start < piece.end).then(|| match &held {
                Some(bytes) => slice(bytes, &piece),
                None => piece.map(counted).collect(),
            })
        })
    }
}

/// A file the code interpreter left, by its path; `None` where it left nothing.
pub fn sandbox(path: &str) -> Option<Artifact> {
    let name = path.strip_prefix(SANDBOX)?;
    match path {
        CSV_PATH => Some(held(name, "text/csv", CSV)),
        REPORT_PATH => Some(held(name, "text/csv", REPORT)),
        _ => large(name),
    }
}

/// A generated picture, by the id in its pointer. Ids that scripts made say how large it is; any
/// other id has a picture of 64 by 64.
pub fn picture(file_id: &str) -> Artifact {
    let (width, height) = dimensions(file_id).unwrap_or((64, 64));
    let picture = png::Picture::new(file_id, width, height);
    Artifact {
        name: format!("{file_id}.png"),
        mime: "image/png",
        size: picture.size(),
        content: Content::Picture(picture),
    }
}

/// A spoken answer, by the id in its pointer; `None` for an id that names no sound.
pub fn sound(file_id: &str) -> Option<Artifact> {
    let rest = file_id.strip_prefix(SOUND_PREFIX)?;
    let hex = |byte: u8| byte.is_ascii_hexdigit();
    if rest.len() != 24 || !rest.bytes().all(hex) {
        return None;
    }
    let file = wave();
    Some(Artifact {
        name: format!("{file_id}.wav"),
        mime: "audio/wav",
        size: file.len() as u64,
        content: Content::Held(Bytes::from(file)),
    })
}

/// The id of a spoken answer.
pub(crate) fn sound_id(parts: &[&str]) -> String {
    format!("{SOUND_PREFIX}{}", ids::hex(parts, 24))
}

/// The id of a picture of that size as present pointers name it: `sediment://file_…`.
pub(crate) fn picture_id(parts: &[&str], width: u16, height: u16) -> String {
    let digest = ids::hex(parts, 16);
    format!("file_00000000{width:04x}{height:04x}{digest}")
}

/// The same as older pointers name it: `file-service://file-…`.
pub(crate) fn old_picture_id(parts: &[&str], width: u16, height: u16) -> String {
    let digest = ids::hex(parts, 16);
    format!("file-{width:04x}{height:04x}{digest}")
}

/// Half a second of a low tone: one channel, eight bits a sample.
fn wave() -> Vec<u8> {
    const SAMPLES: u32 = 4000;
    const RATE: u32 = 8000;
    let mut file = Vec::with_capacity(44 + 4000);
    file.extend(b"RIFF");
    file.extend((36 + SAMPLES).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // Plain samples, one channel; then samples and bytes a second, bytes and bits a sample.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend([1, 0, 8, 0]);
    file.extend(b"data");
    file.extend(SAMPLES.to_le_bytes());
    file.extend((0..SAMPLES).map(|sample| if sample / 20 % 2 == 0 { 112 } else { 144_u8 }));
    file
}

/// The width and height an id names, unless it was made up outside and names absurd ones.
fn dimensions(file_id: &str) -> Option<(u16, u16)> {
    let rest = file_id
        .strip_prefix("file_00000000")
        .or_else(|| file_id.strip_prefix("file-"))?;
    if rest.len() != 24 || !rest.is_ascii() {
        return None;
    }
    let side = |text: &str| u16::from_str_radix(text, 16).ok().filter(|it| *it > 0);
    Some((side(&rest[..4])?, side(&rest[4..8])?))
        .filter(|(width, height)| *width <= LONGEST_SIDE && *height <= LONGEST_SIDE)
}

fn held(name: &str, mime: &'static str, text: &'static str) -> Artifact {
    Artifact {
        name: name.to_owned(),
        mime,
        size: text.len() as u64,
        content: Content::Held(Bytes::from_static(text.as_bytes())),
    }
}

/// `large-200mb.bin`, of 200 million bytes.
fn large(name: &str) -> Option<Artifact> {
    let digits = name.strip_prefix("large-")?.strip_suffix("mb.bin")?;
    let megabytes: u64 = digits.parse().ok()?;
    (megabytes <= LARGEST_FILE).then(|| Artifact {
        name: name.to_owned(),
        mime: "application/octet-stream",
        size: megabytes * 1_000_000,
        content: Content::Counted,
    })
}

fn counted(position: u64) -> u8 {
    (position % 251) as u8
}

fn slice(bytes: &Bytes, range: &Range<u64>) -> Bytes {
    let place =
        |position: u64| usize::try_from(position).map_or(bytes.len(), |it| it.min(bytes.len()));
    bytes.slice(place(range.start)..place(range.end))
}

const CSV: &str = "city,month,visitors\nBasel,January,1204\nBasel,February,1388\n\
    Zürich,January,3110\nZürich,February,2987\n";

const REPORT: &str = "季度,收入,说明\n第一季度,1200,\"含 \"\"预售\"\"\"\n第二季度,1350,\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(artifact: &Artifact, range: Range<u64>) -> Vec<u8> {
        artifact.pieces(range).flatten().collect()
    }

    #[test]
    fn files_the_scripts_name_are_there_and_others_are_not() {
        for path in [CSV_PATH, REPORT_PATH, LARGE_PATH, "/mnt/data/large-1mb.bin"] {
            let artifact = sandbox(path).unwrap();
            assert!(path.ends_with(&artifact.name));
            assert!(artifact.size > 50);
        }
        for path in [
            "/mnt/data/other.csv",
            "/etc/passwd",
            "out.csv",
            "/mnt/data/large-9999mb.bin",
            "/mnt/data/large--1mb.bin",
        ] {
            assert!(sandbox(path).is_none(), "{path}");
        }
    }

    #[test]
    fn any_range_can_be_read() {
        let csv = sandbox(CSV_PATH).unwrap();
        assert_eq!(read(&csv, 0..csv.size), CSV.as_bytes());
        assert_eq!(read(&csv, 5..10), b"month");
        assert_eq!(read(&csv, csv.size - 3..u64::MAX), b"87\n");
        assert!(read(&csv, 9_999..10_000).is_empty());
    }

    #[test]
    fn a_large_file_comes_in_pieces_that_know_their_place() {
        let large = sandbox(LARGE_PATH).unwrap();
        assert_eq!(large.size, 200_000_000);
        let end = large.size;
        assert_eq!(
            read(&large, end - 2..end),
            [counted(end - 2), counted(end - 1)]
        );
        let pieces: Vec<Bytes> = large.pieces(250..250 + LARGEST_PIECE + 3).collect();
        assert_eq!(
            pieces.iter().map(Bytes::len).collect::<Vec<_>>(),
            [65_536, 3]
        );
        assert_eq!(pieces[0][..3], [250, 0, 1]);
    }

    #[test]
    fn sounds_are_wave_files_and_pictures_are_no_sounds() {
        let id = sound_id(&["a"]);
        let artifact = sound(&id).unwrap();
        let file = read(&artifact, 0..artifact.size);
        assert_eq!(&file[8..16], b"WAVEfmt ");
        let length = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        assert_eq!(length(4) as usize + 8, file.len());
        assert_eq!(length(40) as usize + 44, file.len());
        assert!(sound(&picture_id(&["a"], 640, 480)).is_none());
        assert!(sound("file_000000a0").is_none());
    }

    #[test]
    fn pictures_have_the_size_their_id_names() {
        for id in [
            picture_id(&["a"], 1536, 1024),
            old_picture_id(&["a"], 640, 480),
            "file_unknown".to_owned(),
            format!("file-ffffffff{}", "0".repeat(16)),
        ] {
            let artifact = picture(&id);
            let file = read(&artifact, 0..artifact.size);
            assert_eq!(file.len() as u64, artifact.size, "{id}");
            let side = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
            let (width, height) = dimensions(&id).unwrap_or((64, 64));
            assert_eq!((side(16), side(20)), (width.into(), height.into()), "{id}");
        }
        assert_eq!(
            dimensions(&picture_id(&["a"], 1536, 1024)),
            Some((1536, 1024))
        );
        assert_eq!(dimensions("file-日本日本日本日本"), None);
    }
}
