//! A request to read a text aloud, and the voices upstream has.
//!
//! The web page reads messages of conversations aloud, not texts: the model is asked to repeat
//! the text, and only if it did so exactly is that message read. Called by `api`.

use openai::error::InvalidRequest;
use openai::parameters::Parameters;

use crate::turn::{Speaker, Turn, TurnMessage};

/// No text that is read aloud is longer, as on the platform.
const MAX_CHARS: usize = 4096;

/// The platform's voices and upstream's that come near them. Data of 2026-09.
const VOICES: &[(&str, &str)] = &[
    ("alloy", "juniper"),
    ("ash", "ember"),
    ("ballad", "arbor"),
    ("cedar", "cove"),
    ("coral", "maple"),
    ("echo", "cove"),
    ("fable", "arbor"),
    ("marin", "breeze"),
    ("nova", "maple"),
    ("onyx", "spruce"),
    ("sage", "sol"),
    ("shimmer", "breeze"),
    ("verse", "vale"),
];

/// Upstream's own voices.
const OWN_VOICES: &[&str] = &[
    "arbor", "breeze", "cove", "ember", "glimmer", "juniper", "maple", "sol", "spruce", "vale",
];

/// What is asked before the text.
const REPEAT: &str = "Repeat the following text exactly, character for character. Write nothing \
                      else: no greeting, no quotation marks, no comment.\n\n";

/// A request that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechRequest {
    /// What is read aloud.
    pub input: String,
    /// Asks the model to repeat it.
    pub turn: Turn,
    /// Upstream's name of the voice.
    pub voice: &'static str,
    /// `mp3` or `aac`.
    pub format: &'static str,
    /// Its type.
    pub mime: &'static str,
    /// Parameters that have no effect, by name.
    pub dropped: Vec<String>,
}

/// Reads a body.
pub fn read(body: &[u8]) -> Result<SpeechRequest, InvalidRequest> {
    let mut parameters = Parameters::read(body)?;
    let input: String = match parameters.take::<String>("input")? {
        Some(input) if !input.trim().is_empty() && input.chars().count() <= MAX_CHARS => input,
        _ => {
            let message = format!("input: send a text of 1 to {MAX_CHARS} characters");
            return Err(InvalidRequest::parameter("input", message));
        }
    };
    let voice = read_voice(&mut parameters)?;
    let (format, mime) = read_format(&mut parameters)?;
    if parameters
        .take::<f64>("speed")?
        .is_some_and(|speed| (speed - 1.0).abs() > f64::EPSILON)
    {
        let message = "speed: upstream reads at one speed; leave it out";
        return Err(InvalidRequest::unsupported("speed", message));
    }
    if parameters.take::<String>("stream_format")?.as_deref() == Some("sse") {
        let message = "stream_format: the sound is sent as it is; use audio or leave it out";
        return Err(InvalidRequest::unsupported("stream_format", message));
    }
    let turn = Turn {
        model: "auto".to_owned(),
        messages: vec![TurnMessage::text(Speaker::User, format!("{REPEAT}{input}"))],
        keep_history: Some(true),
        ..Turn::default()
    };
    Ok(SpeechRequest {
        input,
        turn,
        voice,
        format,
        mime,
        dropped: parameters.into_untaken().map(Into::into).collect(),
    })
}

/// Whether the model repeated the text; only white space at the ends does not count.
pub fn is_repeated(input: &str, answer: &str) -> bool {
    input.trim() == answer.trim()
}

fn read_voice(parameters: &mut Parameters<'_>) -> Result<&'static str, InvalidRequest> {
    let name = parameters.take::<String>("voice")?;
    let name = name.as_deref().unwrap_or("alloy");
    let own = OWN_VOICES.iter().find(|own| **own == name);
    let mapped = VOICES.iter().find(|(voice, _)| *voice == name);
    own.copied().or(mapped.map(|(_, own)| *own)).ok_or_else(|| {
        let known = VOICES.iter().map(|(voice, _)| *voice);
        let known: Vec<&str> = known.chain(OWN_VOICES.iter().copied()).collect();
        InvalidRequest::parameter("voice", format!("voice: use one of {}", known.join(", ")))
    })
}

fn read_format(
    parameters: &mut Parameters<'_>,
) -> Result<(&'static str, &'static str), InvalidRequest> {
    let format = parameters.take::<String>("response_format")?;
    match format.as_deref() {
        None | Some("mp3") => Ok(("mp3", "audio/mpeg")),
        Some("aac") => Ok(("aac", "audio/aac")),
        Some("opus" | "flac" | "wav" | "pcm") => Err(InvalidRequest::unsupported(
            "response_format",
            "response_format: upstream speaks mp3 and aac only",
        )),
        Some(_) => Err(InvalidRequest::parameter(
            "response_format",
            "response_format: use mp3 or aac",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_repeated, read};

    #[test]
    fn voices_of_the_platform_and_of_upstream_are_known() {
        for (voice, own) in [("alloy", "juniper"), ("maple", "maple"), ("nova", "maple")] {
            let body = format!(r#"{{"model":"tts-1","input":"Hi","voice":"{voice}"}}"#);
            let request = read(body.as_bytes()).unwrap();
            assert_eq!((request.voice, request.format), (own, "mp3"));
            assert_eq!(request.dropped, ["model"]);
        }
    }

    #[test]
    fn what_upstream_cannot_do_is_refused_by_name() {
        for (body, param) in [
            (r#"{"input":""}"#, "input"),
            (r#"{"input":"x","voice":"hal"}"#, "voice"),
            (
                r#"{"input":"x","response_format":"wav"}"#,
                "response_format",
            ),
            (r#"{"input":"x","speed":2.0}"#, "speed"),
            (r#"{"input":"x","stream_format":"sse"}"#, "stream_format"),
        ] {
            let error = read(body.as_bytes()).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(param), "{body}");
        }
    }

    #[test]
    fn only_an_exact_repetition_is_read_aloud() {
        assert!(is_repeated("你好 world", "你好 world\n"));
        assert!(!is_repeated("Hello", "\"Hello\""));
    }
}
