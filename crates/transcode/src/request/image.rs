//! A request for pictures as a [`Turn`] and the way they are wanted.
//!
//! The web page has no parameters for pictures: what a size means is said in words, and told
//! to the caller; the rest is named as dropped. Called by `api`, for JSON and forms alike.

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde::Deserialize;

use crate::turn::{Attachment, Hint, Speaker, Turn, TurnMessage, TurnPart};

/// No prompt for a picture is longer.
const MAX_PROMPT_CHARS: usize = 32_000;

/// So many pictures are drawn for one request at most.
const MAX_PICTURES: u32 = 10;

/// Names the platform API has for models that draw; here the model is upstream's choice.
const DRAWING_MODELS: &[&str] = &[
    "chatgpt-image-latest",
    "dall-e-2",
    "dall-e-3",
    "gpt-image-1",
    "gpt-image-1-mini",
    "gpt-image-1.5",
];

/// The fields of a request; those of a form are read into the same shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageFields {
    /// What to draw.
    pub prompt: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// How many pictures.
    pub n: Option<u32>,
    /// `1024x1024`, `auto`, …
    pub size: Option<String>,
    /// `b64_json` or `url`.
    pub response_format: Option<String>,
    /// Whether the picture is streamed.
    pub stream: bool,
    /// How many previews.
    pub partial_images: Option<u32>,
    /// Parameters that have no effect, by name.
    pub dropped: Vec<String>,
}

/// A request that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRequest {
    /// What is asked, once for each picture.
    pub turn: Turn,
    /// How many pictures.
    pub count: u32,
    /// How a picture is delivered.
    pub format: PictureFormat,
    /// Whether it is streamed.
    pub stream: bool,
    /// How many previews at most.
    pub partial_images: u32,
    /// Whether the size was said in words.
    pub size_in_words: bool,
    /// Parameters that have no effect, by name.
    pub dropped: Vec<String>,
}

/// How a picture is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Its bytes in base64.
    Base64,
    /// A link.
    Url,
}

impl ImageFields {
    /// Reads a JSON body.
    pub fn read(body: &[u8]) -> Result<Self, InvalidRequest> {
        let mut parameters = Parameters::read(body)?;
        let mut fields = Self {
            prompt: parameters.take("prompt")?,
            model: parameters.take("model")?,
            n: parameters.take("n")?,
            size: parameters.take("size")?,
            response_format: parameters.take("response_format")?,
            stream: parameters.take("stream")?.unwrap_or(false),
            partial_images: parameters.take("partial_images")?,
            dropped: Vec::new(),
        };
        fields.dropped = parameters.into_untaken().map(Into::into).collect();
        Ok(fields)
    }

    /// Takes one text field of a form.
    pub fn set(&mut self, name: &str, value: String) -> Result<(), InvalidRequest> {
        match name {
            "prompt" => self.prompt = Some(value),
            "model" => self.model = Some(value),
            "size" => self.size = Some(value),
            "response_format" => self.response_format = Some(value),
            "n" => self.n = Some(typed(name, &value)?),
            "partial_images" => self.partial_images = Some(typed(name, &value)?),
            "stream" => self.stream = typed(name, &value)?,
            other => self.dropped.push(other.to_owned()),
        }
        Ok(())
    }

    /// What is asked for; `pictures` are those to be changed.
    pub fn into_request(self, pictures: Vec<Attachment>) -> Result<ImageRequest, InvalidRequest> {
        let prompt = checked_prompt(self.prompt)?;
        let count = self.n.unwrap_or(1);
        if count == 0 || count > MAX_PICTURES {
            let message = format!("n: is between 1 and {MAX_PICTURES}");
            return Err(InvalidRequest::parameter("n", message));
        }
        let partial_images = self.partial_images.unwrap_or(0);
        if partial_images > 3 {
            let message = "partial_images: is between 0 and 3";
            return Err(InvalidRequest::parameter("partial_images", message));
        }
        if self.stream && count > 1 {
            let message = "n: one picture is streamed at a time; leave it out";
            return Err(InvalidRequest::unsupported("n", message));
        }
        let model = self.model.unwrap_or_else(|| "auto".to_owned());
        let format = read_format(self.response_format.as_deref(), &model)?;
        let size = read_size(self.size.as_deref())?;
        let mut text = prompt;
        if let Some(size) = &size {
            text.push_str(size);
        }
        let attachments = pictures.into_iter().map(TurnPart::Attachment);
        let parts = attachments.chain([TurnPart::Text(text)]).collect();
        let is_drawing_model = DRAWING_MODELS.contains(&model.as_str());
        Ok(ImageRequest {
            turn: Turn {
                model: if is_drawing_model {
                    "auto".to_owned()
                } else {
                    model
                },
                messages: vec![TurnMessage {
                    role: Speaker::User,
                    parts,
                    answers: None,
                }],
                hints: vec![Hint::Picture],
                ..Turn::default()
            },
            count,
            format,
            stream: self.stream,
            partial_images,
            size_in_words: size.is_some(),
            dropped: self.dropped,
        })
    }
}

fn typed<'a, T: Deserialize<'a>>(name: &str, value: &'a str) -> Result<T, InvalidRequest> {
    serde_json::from_str(value).map_err(|_| {
        let message = format!("{name}: \"{value}\" is not a value of its type");
        InvalidRequest::parameter(name, message)
    })
}

fn checked_prompt(prompt: Option<String>) -> Result<String, InvalidRequest> {
    match prompt {
        Some(prompt) if prompt.chars().count() > MAX_PROMPT_CHARS => {
            let message = format!("prompt: has {MAX_PROMPT_CHARS} characters at most");
            Err(InvalidRequest::parameter("prompt", message))
        }
        Some(prompt) if !prompt.trim().is_empty() => Ok(prompt),
        _ => Err(InvalidRequest::parameter(
            "prompt",
            "prompt: say what to draw",
        )),
    }
}

/// As the platform does it: older models give links, newer ones the picture itself.
fn read_format(format: Option<&str>, model: &str) -> Result<PictureFormat, InvalidRequest> {
    match format {
        Some("url") => Ok(PictureFormat::Url),
        None if model.starts_with("dall-e") => Ok(PictureFormat::Url),
        None | Some("b64_json") => Ok(PictureFormat::Base64),
        Some(_) => Err(InvalidRequest::parameter(
            "response_format",
            "response_format: use url or b64_json",
        )),
    }
}

/// The size in words; `None` when the choice is left open.
fn read_size(size: Option<&str>) -> Result<Option<String>, InvalidRequest> {
    let Some(size) = size.filter(|size| *size != "auto") else {
        return Ok(None);
    };
    let sides = size.split_once('x').and_then(|(width, height)| {
        let (width, height) = (width.parse().ok()?, height.parse().ok()?);
        let fits = |side: u32| (64..=4096).contains(&side);
        (fits(width) && fits(height)).then_some((width, height))
    });
    let Some((width, height)) = sides else {
        let message = "size: use auto, or a width and a height as in 1024x1024";
        return Err(InvalidRequest::parameter("size", message));
    };
    let shape = match width.cmp(&height) {
        std::cmp::Ordering::Less => "portrait",
        std::cmp::Ordering::Equal => "square",
        std::cmp::Ordering::Greater => "landscape",
    };
    Ok(Some(format!("\n\n({shape} picture, {width}x{height})")))
}

#[cfg(test)]
mod tests {
    use super::{ImageFields, PictureFormat};
    use crate::turn::Hint;

    fn read(json: &str) -> Result<super::ImageRequest, String> {
        let fields = ImageFields::read(json.as_bytes()).map_err(|error| error.message)?;
        let request = fields.into_request(Vec::new());
        request.map_err(|error| error.message)
    }

    #[test]
    fn a_prompt_is_enough_and_newer_models_give_the_picture_itself() {
        let request = read(r#"{"prompt":"a fox","model":"gpt-image-1","quality":"high"}"#).unwrap();
        assert_eq!(request.turn.model, "auto");
        assert_eq!(request.turn.hints, [Hint::Picture]);
        assert_eq!(request.turn.messages[0].joined_text(), "a fox");
        assert_eq!(request.format, PictureFormat::Base64);
        assert_eq!(request.dropped, ["quality"]);
        let older = read(r#"{"prompt":"a fox","model":"dall-e-3"}"#).unwrap();
        assert_eq!(older.format, PictureFormat::Url);
    }

    #[test]
    fn a_size_is_said_in_words() {
        let request = read(r#"{"prompt":"a fox","size":"1536x1024"}"#).unwrap();
        let text = request.turn.messages[0].joined_text();
        assert_eq!(text, "a fox\n\n(landscape picture, 1536x1024)");
        assert!(request.size_in_words);
        assert!(
            !read(r#"{"prompt":"a fox","size":"auto"}"#)
                .unwrap()
                .size_in_words
        );
    }

    #[test]
    fn bad_values_are_named() {
        for (json, named) in [
            ("{}", "prompt"),
            (r#"{"prompt":"  "}"#, "prompt"),
            (r#"{"prompt":"x","n":0}"#, "n:"),
            (r#"{"prompt":"x","n":11}"#, "n:"),
            (r#"{"prompt":"x","n":2,"stream":true}"#, "n:"),
            (r#"{"prompt":"x","size":"big"}"#, "size"),
            (r#"{"prompt":"x","size":"0x0"}"#, "size"),
            (
                r#"{"prompt":"x","response_format":"gif"}"#,
                "response_format",
            ),
            (r#"{"prompt":"x","partial_images":4}"#, "partial_images"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(named), "{json}: {error}");
        }
    }

    #[test]
    fn a_form_is_read_into_the_same_fields() {
        let mut fields = ImageFields::default();
        for (name, value) in [
            ("prompt", "a fox"),
            ("n", "2"),
            ("stream", "false"),
            ("user", "u"),
        ] {
            fields.set(name, value.into()).unwrap();
        }
        assert!(fields.set("n", "two".into()).is_err());
        let request = fields.into_request(Vec::new()).unwrap();
        assert_eq!(
            (request.count, request.dropped),
            (2, vec!["user".to_owned()])
        );
    }
}
