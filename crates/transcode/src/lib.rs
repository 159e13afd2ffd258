//! Pure translation: a public request becomes a [`turn::Turn`], a driver's stream becomes
//! [`turn_event::TurnEvent`]s, and those become public replies.
//!
//! One middle form instead of a converter per pair of formats. No network, no clock, no
//! randomness. Used by `upstream` (driver side) and `api` (public side).

pub mod turn;
pub mod turn_event;

pub mod attachment_type;
pub mod model_alias;
pub mod model_name;
pub mod request;

pub mod reply;
pub mod token_count;
