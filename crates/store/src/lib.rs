//! What survives a restart: the database of accounts, keys and usage, and the data folder of files.
//!
//! The only crate that writes to disk or speaks SQL. Knows no protocol, no clock and no chance:
//! times are unix seconds given by the caller. Used by `accounts`, `api`, `admin` and the program.

mod database;
pub use database::{DATABASE_FILE, Database, DatabaseTarget};

pub mod records;

mod vault;
pub use vault::{MasterKey, Rotated};

mod rotation_spool;
pub use rotation_spool::{Replayed, RotationSpool, SpooledRotation};

mod database_error;
pub use database_error::DatabaseError;

mod export_seal;
pub use export_seal::{EXPORT_CHANCE_BYTES, ExportError, is_export, open_export, seal_export};

mod private_file;
pub use private_file::{PrivateFileError, write_private_file};

mod data_folder;
pub use data_folder::{DataFolder, DataFolderError};

pub mod files;

mod pending_deletions;
pub use pending_deletions::{PendingDeletion, PendingDeletions};

mod asset_cache;
pub use asset_cache::{AssetCache, KeptAsset};

mod secret_file;
pub use secret_file::{SecretFile, SecretFileError};

mod account_key;
mod chance;
pub use chance::Chance;

mod store_error;
pub use store_error::{Damaged, StoreError};

mod blocking;
mod durable;
