//! From public bodies to a [`crate::turn::Turn`], and from a turn to the drivers' bodies.

pub mod chat_completion;
mod chat_message;
mod data_url;
mod parameter_table;

pub mod conversation;
pub mod leading_urls;

pub mod image;
pub mod speech;

pub mod response_create;
mod response_echo;
pub mod response_input;
pub mod response_parameters;
mod response_tools;
