//! The scripts, by what they are about. Which there are is the table in `play`.

pub(super) mod calls;
pub(super) mod edit;
pub(super) mod help;
pub(super) mod shown;
pub(super) mod structured;
pub(super) mod words;

pub(crate) use help::tables as help_tables;
