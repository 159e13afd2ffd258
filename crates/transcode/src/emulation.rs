//! Caller-defined tools and JSON answers for a driver that has neither.
//!
//! Used by `api` where the operator allows it. [`prepare()`] puts what a turn asks for into plain
//! messages; [`CallDetector`] and [`FormatKeeper`] find it in the events of the answer, and say as
//! a [`Violation`] what is not as agreed; [`repair_turn`] asks once more. A model that is only told
//! of a format may miss it: this is no more than an emulation, and is to be labelled as one.

mod grammar;
mod json_text;

mod description;
mod prepare;
mod repair;

mod plan;
mod schema;
mod violation;

mod argument_stream;
mod block_opening;
mod call_block;
mod call_detector;
mod call_output;
mod format_keeper;

pub use call_detector::{CallDetector, Delivery, Dropped};
pub use format_keeper::FormatKeeper;
pub use plan::Plan;
pub use prepare::{EmulatedTurn, prepare};
pub use repair::repair_turn;
pub use schema::UnusableSchema;
pub use violation::Violation;
