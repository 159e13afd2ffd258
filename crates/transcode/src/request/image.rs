//! A request for pictures as a [`Turn`] and the way they are wanted.
//!
//! What becomes of a parameter is the driver's affair, and stands in the parameter table.
//! Called by `api`, for JSON and forms alike.

mod checks;

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde_json::Value;

use crate::driver_kind::DriverKind;
use crate::model_name;
use crate::parameter_table::{AskedParameter, FaceKind, asked, asked_one};
use crate::turn::{Attachment, Drawing, Hint, Speaker, Turn, TurnMessage, TurnPart};

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
    "gpt-image-2",
];

/// The fields of a request; those of a form are read into the same shape.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// `low`, `medium`, `high`, and words of older models.
    pub quality: Option<String>,
    /// `transparent`, `opaque` or `auto`.
    pub background: Option<String>,
    /// `png`, `jpeg` or `webp`.
    pub output_format: Option<String>,
    /// In percent.
    pub output_compression: Option<u8>,
    /// `low` or `auto`.
    pub moderation: Option<String>,
    /// Every parameter that asks for something.
    pub asked: Vec<AskedParameter>,
}

/// A request that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRequest {
    /// What is asked, once for each picture.
    pub turn: Turn,
    /// The driver that the model's name begins with.
    pub driver: Option<DriverKind>,
    /// How many pictures.
    pub count: u32,
    /// How a picture is delivered.
    pub format: PictureFormat,
    /// Whether it is streamed.
    pub stream: bool,
    /// How many previews at most.
    pub partial_images: u32,
    /// Every parameter that asks for something.
    pub asked: Vec<AskedParameter>,
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
        let asked = asked(FaceKind::Images, &parameters);
        Ok(Self {
            prompt: parameters.take("prompt")?,
            model: parameters.take("model")?,
            n: parameters.take("n")?,
            size: parameters.take("size")?,
            response_format: parameters.take("response_format")?,
            stream: parameters.take("stream")?.unwrap_or(false),
            partial_images: parameters.take("partial_images")?,
            quality: parameters.take("quality")?,
            background: parameters.take("background")?,
            output_format: parameters.take("output_format")?,
            output_compression: parameters.take("output_compression")?,
            moderation: parameters.take("moderation")?,
            asked,
        })
    }

    /// Takes one text field of a form.
    pub fn set(&mut self, name: &str, value: String) -> Result<(), InvalidRequest> {
        let asked = asked_one(FaceKind::Images, name, &Value::String(value.clone()));
        match name {
            "prompt" => self.prompt = Some(value),
            "model" => self.model = Some(value),
            "size" => self.size = Some(value),
            "response_format" => self.response_format = Some(value),
            "quality" => self.quality = Some(value),
            "background" => self.background = Some(value),
            "output_format" => self.output_format = Some(value),
            "moderation" => self.moderation = Some(value),
            "n" => self.n = Some(checks::typed(name, &value)?),
            "partial_images" => self.partial_images = Some(checks::typed(name, &value)?),
            "output_compression" => self.output_compression = Some(checks::typed(name, &value)?),
            "stream" => self.stream = checks::typed(name, &value)?,
            _ => {}
        }
        self.asked.extend(asked);
        Ok(())
    }

    /// What is asked for; `pictures` are those to be changed.
    pub fn into_request(self, pictures: Vec<Attachment>) -> Result<ImageRequest, InvalidRequest> {
        let drawing = self.drawing()?;
        let prompt = checks::prompt(self.prompt)?;
        let count = self.n.unwrap_or(1);
        if count == 0 || count > MAX_PICTURES {
            let message = format!("n: is between 1 and {MAX_PICTURES}");
            return Err(InvalidRequest::parameter("n", message));
        }
        if self.stream && count > 1 {
            let message = "n: one picture is streamed at a time; leave it out";
            return Err(InvalidRequest::unsupported("n", message));
        }
        let model = self.model.unwrap_or_else(|| "auto".to_owned());
        let (driver, model) = model_name::driver_named(&model);
        let format = checks::delivery(self.response_format.as_deref(), model)?;
        let is_drawing_model = DRAWING_MODELS.contains(&model);
        let attachments = pictures.into_iter().map(TurnPart::Attachment);
        Ok(ImageRequest {
            driver,
            count,
            format,
            stream: self.stream,
            partial_images: drawing.partial_images,
            asked: self.asked,
            turn: Turn {
                model: if is_drawing_model { "auto" } else { model }.to_owned(),
                messages: vec![TurnMessage {
                    role: Speaker::User,
                    parts: attachments.chain([TurnPart::Text(prompt)]).collect(),
                    answers: None,
                }],
                hints: vec![Hint::Picture],
                drawing: Some(drawing),
                ..Turn::default()
            },
        })
    }

    fn drawing(&self) -> Result<Drawing, InvalidRequest> {
        let one_of = |name, said: &Option<String>, words: &[&str]| {
            checks::word(name, said.as_deref(), words).map(|it| it.map(str::to_owned))
        };
        let partial_images = self.partial_images.unwrap_or(0);
        if partial_images > 3 {
            let message = "partial_images: is between 0 and 3";
            return Err(InvalidRequest::parameter("partial_images", message));
        }
        if self.output_compression.is_some_and(|percent| percent > 100) {
            let message = "output_compression: is between 0 and 100";
            return Err(InvalidRequest::parameter("output_compression", message));
        }
        // Words of the models before: `standard` is what is drawn anyway.
        let quality = match self.quality.as_deref() {
            Some("standard") => None,
            Some("hd") => Some("high".to_owned()),
            _ => one_of("quality", &self.quality, &["low", "medium", "high"])?,
        };
        Ok(Drawing {
            size: checks::size(self.size.as_deref())?,
            quality,
            background: one_of("background", &self.background, &["transparent", "opaque"])?,
            output_format: one_of(
                "output_format",
                &self.output_format,
                &["png", "jpeg", "webp"],
            )?,
            output_compression: self.output_compression,
            moderation: one_of("moderation", &self.moderation, &["low"])?,
            partial_images,
        })
    }
}

#[cfg(test)]
mod tests;
