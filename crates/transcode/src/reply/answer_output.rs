//! What a reader shows of an answer while it comes: blocks of text, and thoughts in the way they
//! are wanted.
//!
//! Rule: blocks are separated by a blank line, and begin with their first character. Used by the
//! readers of `OpenAI`'s own protocols.

use super::answer_style::{ActivityFormat, AnswerStyle, ReasoningFormat};
use crate::turn_event::{FilePlace, ImageOutput, InlineBytes, OutputFile, Step, TurnEvent};

/// What opens and closes thoughts in the text.
const THOUGHTS: (&str, &str) = ("<think>\n", "</think>");

/// The output of one answer.
#[derive(Debug, Default)]
pub(super) struct AnswerOutput {
    style: AnswerStyle,
    /// The visible text so far, in characters.
    chars: usize,
    ends_line: bool,
    /// What opens and closes the block that begins with the next character.
    next: Option<(&'static str, &'static str)>,
    /// What the current block still needs.
    closing: &'static str,
    is_thinking: bool,
    has_thought: bool,
}

impl AnswerOutput {
    pub(super) fn new(style: AnswerStyle) -> Self {
        Self {
            style,
            ..Self::default()
        }
    }

    /// The next text is a block of its own.
    pub(super) fn begin_block(&mut self, out: &mut Vec<TurnEvent>) {
        self.begin(("", ""), out);
    }

    /// More text of the answer.
    pub(super) fn text(&mut self, text: &str, out: &mut Vec<TurnEvent>) {
        if self.is_thinking && !text.is_empty() {
            self.begin_block(out);
        }
        self.push(text, out);
    }

    /// Where the next character of the answer will stand.
    pub(super) fn next_char(&self) -> usize {
        match self.next {
            Some((opening, _)) if self.chars > 0 => self.chars + 2 + opening.len(),
            _ => self.chars,
        }
    }

    /// More of a thought; a new part of it is separated from the others.
    pub(super) fn thought(&mut self, piece: &str, is_new_part: bool, out: &mut Vec<TurnEvent>) {
        if piece.is_empty() {
            return;
        }
        let gap = if is_new_part && self.has_thought {
            "\n\n"
        } else {
            ""
        };
        match self.style.reasoning {
            ReasoningFormat::Hidden => {}
            ReasoningFormat::Parsed => out.push(TurnEvent::Reasoning(format!("{gap}{piece}"))),
            ReasoningFormat::Raw => {
                if self.is_thinking {
                    self.push(gap, out);
                } else {
                    self.begin(THOUGHTS, out);
                    self.is_thinking = true;
                }
                self.push(piece, out);
            }
        }
        self.has_thought = true;
    }

    /// Whether thoughts are shown at all.
    pub(super) fn shows_thoughts(&self) -> bool {
        self.style.reasoning != ReasoningFormat::Hidden
    }

    /// A step as it is shown in the text, once it is done.
    pub(super) fn step(&mut self, step: &Step, out: &mut Vec<TurnEvent>) {
        let Step::Code { code, output } = step else {
            return;
        };
        if self.style.activity != ActivityFormat::Markdown {
            return;
        }
        self.block(&fenced("python", code), out);
        if let Some(output) = output {
            self.block(&fenced("Output", output), out);
        }
    }

    /// A picture that came whole.
    pub(super) fn picture(&mut self, picture: Picture<'_>, out: &mut Vec<TurnEvent>) {
        let file = OutputFile {
            conversation_id: None,
            message_id: picture.id.to_owned(),
            place: FilePlace::Inline(picture.file),
            name: None,
        };
        let link = self.style.links.link(&file);
        // In the text it would come back as a part of the history.
        let is_short = !link.starts_with("data:");
        if is_short && !picture.is_partial && self.style.activity == ActivityFormat::Markdown {
            self.block(&format!("![Image]({link})"), out);
        }
        out.push(TurnEvent::Image(Box::new(ImageOutput {
            file,
            link,
            size: picture.size,
            title: picture.title.map(str::to_owned),
            is_partial: picture.is_partial,
        })));
    }

    /// Closes what is open.
    pub(super) fn end(&mut self, out: &mut Vec<TurnEvent>) {
        self.next = None;
        self.is_thinking = false;
        let closing = std::mem::take(&mut self.closing);
        if !closing.is_empty() {
            if !self.ends_line {
                self.emit("\n".to_owned(), out);
            }
            self.emit(closing.to_owned(), out);
        }
    }

    fn block(&mut self, text: &str, out: &mut Vec<TurnEvent>) {
        self.begin_block(out);
        self.push(text, out);
        self.begin_block(out);
    }

    fn begin(&mut self, block: (&'static str, &'static str), out: &mut Vec<TurnEvent>) {
        self.end(out);
        self.next = Some(block);
    }

    fn push(&mut self, text: &str, out: &mut Vec<TurnEvent>) {
        if text.is_empty() {
            return;
        }
        let mut piece = String::new();
        if let Some((opening, closing)) = self.next.take() {
            if self.chars > 0 {
                piece.push_str("\n\n");
            }
            piece.push_str(opening);
            self.closing = closing;
        }
        piece.push_str(text);
        self.emit(piece, out);
    }

    fn emit(&mut self, piece: String, out: &mut Vec<TurnEvent>) {
        self.chars += piece.chars().count();
        self.ends_line = piece.ends_with('\n');
        out.push(TurnEvent::Text(piece));
    }
}

/// A picture that came whole.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    pub(super) id: &'a str,
    pub(super) file: InlineBytes,
    pub(super) size: Option<(u32, u32)>,
    pub(super) title: Option<&'a str>,
    pub(super) is_partial: bool,
}

/// Text in a fence that nothing in it closes.
fn fenced(kind: &str, text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(3.max(longest + 1));
    let line = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{fence}{kind}\n{text}{line}{fence}")
}
