//! One part of a message's content: text, a picture, a recording or a file.
//!
//! Reads the spellings of Chat Completions and of Responses alike, because clients mix them.
//! What the parts mean is decided in `transcode`.

use serde::Deserialize;
use serde_json::value::RawValue;

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `text`, `input_text`, `output_text`, or a `refusal` of an earlier turn.
    Text(String),
    /// `image_url` or `input_image`.
    Image(FileSource, Option<String>),
    /// `input_audio`: base64 data and its format.
    Audio {
        /// The recording, in base64.
        data: String,
        /// `wav`, `mp3`, …
        format: Option<String>,
    },
    /// `file` or `input_file`.
    File {
        /// Where its bytes are.
        source: FileSource,
        /// Its name.
        name: Option<String>,
    },
    /// A type this version does not know.
    Unknown(String),
}

/// Where the bytes of a part are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// An address, or a `data:` URL.
    Url(String),
    /// Base64, or a `data:` URL.
    Data(String),
    /// A file uploaded before.
    Id(String),
}

/// The fields a part has in either spelling, but for those of files.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(borrow, default)]
    image_url: Option<&'a RawValue>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    input_audio: Option<Audio>,
    #[serde(borrow, default)]
    file: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Audio {
    data: String,
    #[serde(default)]
    format: Option<String>,
}

#[derive(Default, Deserialize)]
struct FileFields {
    #[serde(default)]
    file_data: Option<String>,
    #[serde(default)]
    file_id: Option<String>,
    #[serde(default)]
    file_url: Option<String>,
    #[serde(default)]
    filename: Option<String>,
}

/// `"image_url": "…"`, or an object with the address and the detail.
#[derive(Deserialize)]
#[serde(untagged)]
enum ImageUrl {
    Plain(String),
    Object {
        url: String,
        #[serde(default)]
        detail: Option<String>,
    },
}

impl Part {
    /// Reads one part; the error says what is wrong with it.
    pub fn read(raw: &RawValue) -> Result<Self, String> {
        let fields: Fields<'_> =
            serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        let text = |text: Option<String>, name: &str| {
            text.map(Self::Text)
                .ok_or_else(|| format!("\"{name}\" is missing"))
        };
        match fields.kind.as_str() {
            "text" | "input_text" | "output_text" => text(fields.text, "text"),
            "refusal" => text(fields.refusal, "refusal"),
            "image_url" | "input_image" => image(raw, fields),
            "input_audio" => match fields.input_audio {
                Some(Audio { data, format }) => Ok(Self::Audio { data, format }),
                None => Err("\"input_audio\" is missing".to_owned()),
            },
            // What Chat Completions puts into an object, Responses has in the part itself.
            "file" => FileFields::read(fields.file.unwrap_or(raw))?.into_part(),
            "input_file" => FileFields::read(raw)?.into_part(),
            _ => Ok(Self::Unknown(fields.kind)),
        }
    }
}

fn image(part: &RawValue, fields: Fields<'_>) -> Result<Part, String> {
    let Some(raw) = fields.image_url else {
        return match FileFields::read(part)?.file_id {
            Some(id) => Ok(Part::Image(FileSource::Id(id), fields.detail)),
            None => Err("\"image_url\" is missing".to_owned()),
        };
    };
    let image: ImageUrl = serde_json::from_str(raw.get())
        .map_err(|_| "\"image_url\" is neither an address nor {\"url\": …}".to_owned())?;
    Ok(match image {
        ImageUrl::Plain(url) => Part::Image(FileSource::Url(url), fields.detail),
        ImageUrl::Object { url, detail } => Part::Image(FileSource::Url(url), detail),
    })
}

impl FileFields {
    fn read(raw: &RawValue) -> Result<Self, String> {
        serde_json::from_str(raw.get()).map_err(|error| error.to_string())
    }

    fn into_part(self) -> Result<Part, String> {
        let mut sources = [
            self.file_data.map(FileSource::Data),
            self.file_id.map(FileSource::Id),
            self.file_url.map(FileSource::Url),
        ]
        .into_iter()
        .flatten();
        match (sources.next(), sources.next()) {
            (Some(source), None) => Ok(Part::File {
                source,
                name: self.filename,
            }),
            (None, _) => Err("send \"file_data\", \"file_id\" or \"file_url\"".to_owned()),
            _ => Err("send only one of \"file_data\", \"file_id\" and \"file_url\"".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{FileSource, Part};

    fn read(json: &str) -> Result<Part, String> {
        Part::read(&RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn both_spellings_of_every_kind_are_read() {
        let url = || FileSource::Url("u".into());
        for (json, part) in [
            (r#"{"type":"text","text":"a"}"#, Part::Text("a".into())),
            (
                r#"{"type":"input_text","text":"a"}"#,
                Part::Text("a".into()),
            ),
            (
                r#"{"type":"refusal","refusal":"a"}"#,
                Part::Text("a".into()),
            ),
            (
                r#"{"type":"image_url","image_url":{"url":"u","detail":"low"}}"#,
                Part::Image(url(), Some("low".into())),
            ),
            (
                r#"{"type":"image_url","image_url":"u"}"#,
                Part::Image(url(), None),
            ),
            (
                r#"{"type":"input_image","file_id":"f","detail":"high"}"#,
                Part::Image(FileSource::Id("f".into()), Some("high".into())),
            ),
            (
                r#"{"type":"file","file":{"file_data":"d","filename":"n"}}"#,
                Part::File {
                    source: FileSource::Data("d".into()),
                    name: Some("n".into()),
                },
            ),
            (
                r#"{"type":"input_file","file_url":"u"}"#,
                Part::File {
                    source: url(),
                    name: None,
                },
            ),
            (
                r#"{"type":"hologram","x":{}}"#,
                Part::Unknown("hologram".into()),
            ),
        ] {
            assert_eq!(read(json), Ok(part), "{json}");
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        for (json, named) in [
            (r#"{"type":"text"}"#, "\"text\""),
            (r#"{"type":"image_url"}"#, "\"image_url\""),
            (r#"{"type":"image_url","image_url":7}"#, "{\"url\": …}"),
            (r#"{"type":"input_audio"}"#, "\"input_audio\""),
            (r#"{"type":"file","file":{}}"#, "\"file_id\""),
            (
                r#"{"type":"input_file","file_url":"u","file_id":"f"}"#,
                "only one",
            ),
            (r#"{"text":"a"}"#, "type"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(named), "{json}: {error}");
        }
    }
}
