//! From public bodies to a [`crate::turn::Turn`], and from a turn to the drivers' bodies.

pub mod anthropic_message;
mod chat_call;

pub mod chat_completion;
mod chat_message;
mod chat_tools;
mod data_url;

pub mod conversation;

pub mod inline_file;
pub mod responses_body;
pub mod responses_native;

pub mod chat_body;
pub mod chat_native;

pub mod leading_urls;

pub mod image;
pub mod speech;

pub mod response_create;
mod response_echo;
pub mod response_input;
mod response_tools;
