//! What survives a restart: files of callers, secrets and promises to delete, in one data folder.
//!
//! The only crate that writes to disk. Knows no protocol, no clock and no chance: times are
//! unix seconds given by the caller. Used by `api` and the program.

mod data_folder;
pub use data_folder::{DataFolder, DataFolderError};

pub mod files;

mod pending_deletions;
pub use pending_deletions::{PendingDeletion, PendingDeletions};

mod secret_file;
pub use secret_file::{SecretFile, SecretFileError};

mod account_key;
mod chance;
pub use chance::Chance;

mod store_error;
pub use store_error::{Damaged, StoreError};

mod blocking;
mod durable;
