//! What each command does. Called by `cli`.

pub(crate) mod check_config;
pub(crate) mod demo;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod serve;
pub(crate) mod simulate;

mod running;
