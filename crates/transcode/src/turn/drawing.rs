//! How a picture is wanted, in the words of `OpenAI`'s Images API. What is none is left to upstream.

/// A picture that has to be drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    /// Its width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// `low`, `medium` or `high`.
    pub quality: Option<String>,
    /// `transparent` or `opaque`.
    pub background: Option<String>,
    /// `png`, `jpeg` or `webp`.
    pub output_format: Option<String>,
    /// How much of a `jpeg` or `webp` is kept, in percent.
    pub output_compression: Option<u8>,
    /// `low` for a laxer judgement of what may be drawn.
    pub moderation: Option<String>,
    /// How many previews come before it, at most.
    pub partial_images: u32,
}

impl Drawing {
    /// The size in words, for a model that has no parameter for it.
    pub fn size_in_words(&self) -> Option<String> {
        let (width, height) = self.size?;
        let shape = match width.cmp(&height) {
            std::cmp::Ordering::Less => "portrait",
            std::cmp::Ordering::Equal => "square",
            std::cmp::Ordering::Greater => "landscape",
        };
        Some(format!("({shape} picture, {width}x{height})"))
    }
}
