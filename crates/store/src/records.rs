//! The records in the database, one file for each kind; all are methods of [`Database`].
//!
//! [`Database`]: crate::Database

mod accounts;
mod clearing;
mod credentials;
mod health;
mod import;

pub use accounts::{AccountId, AccountPatch, StoredAccount, StoredTokens};
pub use clearing::Cleared;
pub use credentials::{Claim, Claimed, FreshCredential};
pub use health::{StoredCoolDown, StoredHealth};
pub use import::{Imported, NewAccount, NewTokens, Outcome};
