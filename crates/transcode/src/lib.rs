//! Pure translation: a public request becomes a [`turn::Turn`], a driver's stream becomes
//! [`turn_event::TurnEvent`]s, and those become public replies.
//!
//! One middle form instead of a converter per pair of formats. No network, no clock, no
//! randomness. Used by `upstream` (driver side) and `api` (public side).

pub mod driver_kind;
pub mod turn;
pub mod turn_event;

pub mod account_mark;
pub mod attachment_type;
pub mod codex_model_name;
pub mod model_alias;
pub mod model_name;
pub mod parameter_table;
pub mod request;
pub mod said_so_far;

pub mod emulation;
pub mod reply;
pub mod token_count;
