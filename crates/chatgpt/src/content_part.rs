//! One piece of a message's content: a text, a picture, a stretch of speech.
//!
//! Read by `transcode`; protocol: asset objects in `parts`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess};

use crate::loose::{Loose, LooseNumber, LooseObject, LooseText, read};

/// One piece of a message's content.
#[derive(Debug, Default)]
pub enum Part<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Something else, by its `content_type`.
    Asset(Box<Asset<'a>>),
    /// Neither a string nor an object.
    #[default]
    Odd,
}

/// A piece that is not a string.
#[derive(Debug, Default, Deserialize)]
pub struct Asset<'a> {
    /// `image_asset_pointer`, `audio_transcription`, …
    #[serde(borrow, default)]
    pub content_type: LooseText<'a>,
    /// Of a picture: where it is, `file-service://…` or `sediment://…`.
    #[serde(borrow, default)]
    pub asset_pointer: LooseText<'a>,
    /// Of a picture: pixels.
    #[serde(default)]
    pub width: LooseNumber,
    /// Of a picture: pixels.
    #[serde(default)]
    pub height: LooseNumber,
    /// Of a transcription: what was said.
    #[serde(borrow, default)]
    pub text: LooseText<'a>,
    /// Of a transcription: `in` is the person, `out` the model.
    #[serde(borrow, default)]
    pub direction: LooseText<'a>,
    /// Of a picture: how it was made.
    #[serde(borrow, default)]
    pub metadata: LooseObject<AssetMetadata<'a>>,
}

/// How a picture was made.
#[derive(Debug, Default, Deserialize)]
pub struct AssetMetadata<'a> {
    /// The image tool's record.
    #[serde(borrow, default)]
    pub dalle: LooseObject<DalleRecord<'a>>,
}

/// The image tool's record of a picture.
#[derive(Debug, Default, Deserialize)]
pub struct DalleRecord<'a> {
    /// What was asked for.
    #[serde(borrow, default)]
    pub prompt: LooseText<'a>,
}

impl Part<'_> {
    /// Its text: of a string, or of what the model says aloud; else empty.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Asset(asset)
                if asset.content_type.text() == "audio_transcription"
                    && asset.direction.text() != "in" =>
            {
                asset.text.text()
            }
            Self::Asset(_) | Self::Odd => "",
        }
    }

    /// The picture it is, if it is one that can be asked for.
    pub fn picture(&self) -> Option<&Asset<'_>> {
        match self {
            Self::Asset(asset)
                if asset.content_type.text() == "image_asset_pointer"
                    && asset.asset_pointer.said().is_some() =>
            {
                Some(asset)
            }
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Loose<'de> for Part<'a> {
    fn borrowed(text: &'de str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    fn text(text: &str) -> Self {
        Self::Text(Cow::Owned(text.to_owned()))
    }

    fn object<A: MapAccess<'de>>(fields: A) -> Result<Self, A::Error> {
        let asset = Asset::deserialize(MapAccessDeserializer::new(fields))?;
        Ok(Self::Asset(Box::new(asset)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer)
    }
}
