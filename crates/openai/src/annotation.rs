//! Sources and pictures of an answer, as Chat Completions states them beside the text.

use serde::Serialize;

/// A source the answer's text links to.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Annotation<'a> {
    /// Always `url_citation`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The source.
    pub url_citation: UrlCitation<'a>,
}

/// A source on the web.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct UrlCitation<'a> {
    /// Where the link begins, in characters of the content.
    pub start_index: usize,
    /// Where it ends.
    pub end_index: usize,
    /// The source's address.
    pub url: &'a str,
    /// The source's title.
    pub title: &'a str,
}

/// A picture of the answer.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AnswerImage<'a> {
    /// Always `image_url`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where it is.
    pub image_url: ImageUrl<'a>,
    /// Which of the answer's pictures it is, from 0.
    pub index: usize,
}

/// Where a picture is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ImageUrl<'a> {
    /// Its address.
    pub url: &'a str,
}

impl<'a> Annotation<'a> {
    /// A citation of a source on the web.
    pub fn url_citation(url_citation: UrlCitation<'a>) -> Self {
        Self {
            kind: "url_citation",
            url_citation,
        }
    }
}

impl<'a> AnswerImage<'a> {
    /// The picture at `url`.
    pub fn new(url: &'a str, index: usize) -> Self {
        Self {
            kind: "image_url",
            image_url: ImageUrl { url },
            index,
        }
    }
}
