//! The tool that draws pictures, as the Responses protocol writes it.

use serde_json::{Value, json};

use crate::turn::Drawing;

/// What the picture is where nobody says.
const USUAL_FORMAT: &str = "png";

/// The tool, set to what is wanted.
pub(super) fn picture_tool(drawing: Option<&Drawing>) -> Value {
    let mut tool = json!({"type": "image_generation", "output_format": USUAL_FORMAT});
    let Some(drawing) = drawing else {
        return tool;
    };
    let texts = [
        ("output_format", &drawing.output_format),
        ("quality", &drawing.quality),
        ("background", &drawing.background),
        ("moderation", &drawing.moderation),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            tool[name] = text.as_str().into();
        }
    }
    if let Some((width, height)) = drawing.size {
        tool["size"] = format!("{width}x{height}").into();
    }
    if let Some(percent) = drawing.output_compression {
        tool["output_compression"] = percent.into();
    }
    if drawing.partial_images > 0 {
        tool["partial_images"] = drawing.partial_images.into();
    }
    tool
}

/// What makes the model use it, where a picture is all that is wanted.
pub(super) fn chosen() -> Value {
    json!({"type": "image_generation"})
}
