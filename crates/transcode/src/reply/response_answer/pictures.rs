//! Pictures: previews, finished ones, and which step drew them.

use openai::response_event::ResponseEvent;
use openai::response_item::{CodeOutput, ItemStatus, OutputItem};

use super::ResponseAnswer;
use super::steps::Tool;
use crate::turn_event::ImageOutput;

/// The bytes of a picture, where they could be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// In Base64.
    pub base64: String,
    /// `png`, `jpeg` or `webp`, where known.
    pub format: Option<String>,
}

impl ResponseAnswer {
    /// A picture, with its bytes where they are known; otherwise only the link to it.
    pub fn picture(&mut self, image: &ImageOutput, picture: Option<Picture>) {
        if self.is_over {
            return;
        }
        if let Some(place) = self.code_that_draws() {
            if !image.is_partial
                && let Some(OutputItem::CodeInterpreterCall { outputs, .. }) =
                    self.response.output.get_mut(place)
            {
                let url = image.link.clone();
                outputs
                    .get_or_insert_default()
                    .push(CodeOutput::Image { url });
            }
            return;
        }
        let number = self.drawing();
        if image.is_partial {
            self.preview(number, image, picture);
        } else {
            self.finished(number, image, picture);
        }
    }

    pub(super) fn new_picture(&self) -> OutputItem {
        OutputItem::ImageGenerationCall {
            id: self.next_id("ig"),
            status: ItemStatus::InProgress,
            result: None,
            revised_prompt: None,
            output_format: None,
            size: None,
            url: None,
        }
    }

    /// The place of code that is running, when nothing that draws is.
    fn code_that_draws(&self) -> Option<usize> {
        let open = self.tools.iter().rev().find(|it| !it.is_over)?;
        let item = self.response.output.get(open.place)?;
        matches!(item, OutputItem::CodeInterpreterCall { .. }).then_some(open.place)
    }

    /// The step that draws, begun if there is none.
    fn drawing(&mut self) -> usize {
        let waits = |tool: &Tool| {
            !tool.is_over
                && matches!(
                    self.response.output.get(tool.place),
                    Some(OutputItem::ImageGenerationCall { url: None, .. })
                )
        };
        if let Some(number) = self.tools.iter().position(waits) {
            return number;
        }
        let place = self.add(self.new_picture());
        self.tell_about("response.image_generation_call.in_progress", place);
        self.tell_about("response.image_generation_call.generating", place);
        self.tools.push(Tool::at(place, None));
        self.tools.len() - 1
    }

    /// A preview is told when its bytes are known; there is no event for a link.
    fn preview(&mut self, number: usize, image: &ImageOutput, picture: Option<Picture>) {
        let Some(picture) = picture else {
            return;
        };
        let tool = &mut self.tools[number];
        let (place, index) = (tool.place, tool.previews);
        tool.previews += 1;
        let size = size_of(image);
        self.told.tell(ResponseEvent {
            kind: "response.image_generation_call.partial_image",
            output_index: Some(place),
            item_id: self.response.output.get(place).map(OutputItem::id),
            partial_image_index: Some(index),
            partial_image_b64: Some(&picture.base64),
            output_format: picture.format.as_deref(),
            size: size.as_deref(),
            ..ResponseEvent::default()
        });
    }

    fn finished(&mut self, number: usize, image: &ImageOutput, picture: Option<Picture>) {
        let tool = &self.tools[number];
        let (place, is_ended) = (tool.place, tool.is_ended || tool.id.is_none());
        let Some(OutputItem::ImageGenerationCall {
            result,
            revised_prompt,
            output_format,
            size,
            url,
            ..
        }) = self.response.output.get_mut(place)
        else {
            return;
        };
        *size = size_of(image);
        *url = Some(image.link.clone());
        if revised_prompt.is_none() {
            revised_prompt.clone_from(&image.title);
        }
        if let Some(picture) = picture {
            *result = Some(picture.base64);
            *output_format = picture.format;
        }
        if is_ended {
            self.set_status(place, ItemStatus::Completed);
            self.close_step(number);
        }
    }
}

fn size_of(image: &ImageOutput) -> Option<String> {
    let (width, height) = image.size?;
    Some(format!("{width}x{height}"))
}
