//! From public bodies to a [`crate::turn::Turn`], and from a turn to the drivers' bodies.

mod chat_call;
pub mod chat_completion;
mod chat_message;
mod chat_tools;
mod data_url;

pub mod conversation;
pub mod leading_urls;

pub mod image;
pub mod speech;
