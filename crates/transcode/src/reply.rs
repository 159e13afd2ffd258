//! From a driver's stream to [`crate::turn_event::TurnEvent`]s, and from those to public replies.

pub mod answer_style;
mod answer_text;
pub mod web_reader;

pub mod output_limits;
mod stop_sequences;
mod token_budget;

pub mod reply_head;

mod answer_sound;
mod beside_text;
pub mod tool_calls;

pub mod chat_chunks;
pub mod chat_reply;

pub mod response_answer;
pub mod response_native;
pub mod response_told;
