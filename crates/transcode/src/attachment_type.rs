//! What an attached file really is, told by its first bytes and not by what is claimed.
//!
//! Pure: looks at headers, decodes nothing. Called by `api` before a file goes anywhere.

use chatgpt::file::PICTURES;

use crate::turn::AttachmentKind;

/// So much of a file's beginning is enough to tell.
pub const HEAD_BYTES: usize = 512 << 10;

/// No picture has more pixels, or a longer side; one that claims to is a decompression bomb.
const MAX_PIXELS: u64 = 100_000_000;
const MAX_SIDE: usize = 32_768;

/// Upstream takes no larger pictures.
const MAX_PICTURE_BYTES: u64 = 20 << 20;

/// Upstream takes no longer recordings.
const MAX_RECORDING_BYTES: u64 = 25 << 20;

/// What upstream is told about a type nobody knows.
const UNKNOWN: &str = "application/octet-stream";

/// What is known of a file before it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// What the caller says it is.
    pub kind: AttachmentKind,
    /// The type that was stated.
    pub mime: Option<&'a str>,
    /// Its name.
    pub name: Option<&'a str>,
    /// Bytes, all of it.
    pub size: u64,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Its type.
    pub mime: String,
    /// Of a picture, in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// Whether it is speech to be written down.
    pub is_recording: bool,
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It was said to be a picture.
    #[error("this is no picture; send PNG, JPEG, WebP or GIF")]
    NotAPicture,
    /// Its header makes no sense.
    #[error("the picture is damaged: its size cannot be read")]
    Damaged,
    /// It unpacks to more than any picture.
    #[error("the picture is {0}x{1} pixels large, which is more than is taken")]
    TooManyPixels(usize, usize),
    /// It is larger than upstream takes.
    #[error("a {what} has {limit} bytes at most")]
    TooLarge {
        /// A picture or a recording.
        what: &'static str,
        /// Bytes.
        limit: u64,
    },
    /// It was said to be a recording.
    #[error("this is no recording; send MP3, WAV, M4A, FLAC, Ogg or WebM")]
    NotARecording,
    /// It is something else than it claims.
    #[error("the file is said to be {claimed} but is not")]
    Mislabelled {
        /// The type that was stated.
        claimed: String,
    },
}

/// Tells what a file is from its first bytes (all of it, or [`HEAD_BYTES`]).
pub fn identify(head: &[u8], claim: Claim<'_>) -> Result<Identified, Unfit> {
    if claim.size == 0 {
        return Err(Unfit::Empty);
    }
    let found = infer::get(head).map(|kind| kind.mime_type());
    if claim.kind == AttachmentKind::Audio {
        return recording(found, &claim);
    }
    if let Some(mime) = found.filter(|mime| PICTURES.contains(mime)) {
        return picture(head, mime, &claim);
    }
    let claimed = claim.mime.map(essence);
    if matches!(claim.kind, AttachmentKind::Image(_)) {
        // The older way to send any file is to call it a picture with a type of its own.
        let is_other = claimed.is_some_and(|mime| !mime.starts_with("image/") && mime != UNKNOWN);
        if !is_other {
            return Err(Unfit::NotAPicture);
        }
    }
    if let Some(claimed) = claimed.filter(|mime| is_told_by_its_bytes(mime))
        && !is_compatible(claimed, found)
    {
        return Err(Unfit::Mislabelled {
            claimed: claimed.to_owned(),
        });
    }
    Ok(Identified {
        mime: document_type(head, found, &claim),
        dimensions: None,
        is_recording: false,
    })
}

fn picture(head: &[u8], mime: &str, claim: &Claim<'_>) -> Result<Identified, Unfit> {
    let size = imagesize::blob_size(head).map_err(|_| Unfit::Damaged)?;
    let pixels = (size.width as u64).saturating_mul(size.height as u64);
    if pixels > MAX_PIXELS || size.width.max(size.height) > MAX_SIDE {
        return Err(Unfit::TooManyPixels(size.width, size.height));
    }
    if claim.size > MAX_PICTURE_BYTES {
        return Err(Unfit::TooLarge {
            what: "picture",
            limit: MAX_PICTURE_BYTES,
        });
    }
    let positive = |pixels: usize| u32::try_from(pixels).ok().filter(|side| *side > 0);
    let dimensions = positive(size.width).zip(positive(size.height));
    Ok(Identified {
        mime: mime.to_owned(),
        dimensions: Some(dimensions.ok_or(Unfit::Damaged)?),
        is_recording: false,
    })
}

fn recording(found: Option<&str>, claim: &Claim<'_>) -> Result<Identified, Unfit> {
    let mime = match found {
        Some("video/mp4") => "audio/mp4",
        Some("video/webm") => "audio/webm",
        Some(mime) if mime.starts_with("audio/") => mime,
        _ => return Err(Unfit::NotARecording),
    };
    if claim.size > MAX_RECORDING_BYTES {
        return Err(Unfit::TooLarge {
            what: "recording",
            limit: MAX_RECORDING_BYTES,
        });
    }
    Ok(Identified {
        mime: mime.to_owned(),
        dimensions: None,
        is_recording: true,
    })
}

/// The usual ending of names of files of this type, without the dot.
pub fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "text/plain" => "txt",
        "audio/mpeg" => "mp3",
        "audio/x-wav" => "wav",
        _ => mime_guess::get_mime_extensions_str(mime)
            .and_then(|known| known.first().copied())
            .unwrap_or("bin"),
    }
}

/// Types whose files all begin in a way that is known.
fn is_told_by_its_bytes(mime: &str) -> bool {
    PICTURES.contains(&mime)
        || matches!(
            mime,
            "application/pdf" | "application/zip" | "application/gzip"
        )
        || mime.starts_with("application/vnd.openxmlformats-officedocument.")
}

fn is_compatible(claimed: &str, found: Option<&str>) -> bool {
    // Office documents are archives, and not every one is told from a plain one.
    let is_archive = claimed == "application/zip" || claimed.contains("officedocument");
    found == Some(claimed)
        || (is_archive
            && found
                .is_some_and(|mime| mime == "application/zip" || mime.contains("officedocument")))
}

/// The type by content, else as stated, else by name; text is told from data.
fn document_type(head: &[u8], found: Option<&str>, claim: &Claim<'_>) -> String {
    let stated = claim.mime.map(essence).filter(|mime| *mime != UNKNOWN);
    let by_name = || {
        let name = claim.name?;
        mime_guess::from_path(name).first_raw()
    };
    let by_name_or_stated = stated.or_else(by_name);
    let told = match (found, by_name_or_stated) {
        // What an archive is used as, only its name tells.
        (Some("application/zip"), Some(finer)) if finer.contains("officedocument") => finer,
        (Some(found), _) => found,
        (None, Some(other)) => other,
        (None, None) if std::str::from_utf8(whole_characters(head)).is_ok() => "text/plain",
        (None, None) => UNKNOWN,
    };
    told.to_owned()
}

/// The bytes without a character that is cut at their end.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

/// A type without its parameters.
fn essence(mime: &str) -> &str {
    mime.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
