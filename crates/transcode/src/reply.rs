//! From a driver's stream to [`crate::turn_event::TurnEvent`]s, and from those to public replies.

pub mod answer_style;
mod answer_text;
pub mod web_reader;

mod answer_output;
pub mod answer_reader;
pub mod chat_reader;
pub mod responses_reader;
mod unknown_events;

pub mod output_limits;
mod stop_sequences;
mod token_budget;

pub mod reply_head;

mod answer_sound;
mod beside_text;
pub mod tool_calls;

pub mod chat_chunks;
pub mod chat_native;
pub mod chat_reply;

pub mod message_events;
pub mod message_reply;
pub mod message_steps;
pub mod response_answer;
pub mod response_native;
pub mod response_told;
