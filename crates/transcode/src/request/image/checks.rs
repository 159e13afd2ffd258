//! What the values of a request for pictures may be.

use openai::error::InvalidRequest;
use serde::Deserialize;

use super::PictureFormat;

/// No prompt for a picture is longer.
const MAX_PROMPT_CHARS: usize = 32_000;

/// A value of a form.
pub(super) fn typed<'a, T: Deserialize<'a>>(
    name: &str,
    value: &'a str,
) -> Result<T, InvalidRequest> {
    serde_json::from_str(value).map_err(|_| {
        let message = format!("{name}: \"{value}\" is not a value of its type");
        InvalidRequest::parameter(name, message)
    })
}

/// What to draw; there has to be something.
pub(super) fn prompt(prompt: Option<String>) -> Result<String, InvalidRequest> {
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
pub(super) fn delivery(format: Option<&str>, model: &str) -> Result<PictureFormat, InvalidRequest> {
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

/// A word that a parameter has; none when the choice is left open.
pub(super) fn word<'a>(
    name: &str,
    said: Option<&'a str>,
    words: &[&str],
) -> Result<Option<&'a str>, InvalidRequest> {
    let said = said.filter(|said| *said != "auto");
    if said.is_none_or(|said| words.contains(&said)) {
        return Ok(said);
    }
    let message = format!("{name}: use {} or auto", words.join(", "));
    Err(InvalidRequest::parameter(name, message))
}

/// Width and height; none when the choice is left open.
pub(super) fn size(size: Option<&str>) -> Result<Option<(u32, u32)>, InvalidRequest> {
    let Some(size) = size.filter(|size| *size != "auto") else {
        return Ok(None);
    };
    let sides = size.split_once('x').and_then(|(width, height)| {
        let (width, height) = (width.parse().ok()?, height.parse().ok()?);
        let fits = |side: u32| (64..=4096).contains(&side);
        (fits(width) && fits(height)).then_some((width, height))
    });
    if sides.is_some() {
        return Ok(sides);
    }
    let message = "size: use auto, or a width and a height as in 1024x1024";
    Err(InvalidRequest::parameter("size", message))
}
