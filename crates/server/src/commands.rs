//! What each command does. Called by `cli`.

pub(crate) mod account;
pub(crate) mod check_config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod import_folder;
pub(crate) mod key;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod seed;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod storage;
pub(crate) mod transfer;

mod beside;
mod running;
mod shown;
