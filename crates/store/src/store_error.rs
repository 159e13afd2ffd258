//! What can go wrong with the data folder once it is open, and what is found damaged in it.

use std::io;
use std::path::PathBuf;

/// A thing could not be stored, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not exist, or is another owner's: the two look the same.
    #[error("there is no such file")]
    NotFound,
    /// There is a limit to how many are kept.
    #[error("no more than {0} entries are kept; delete some first")]
    TooMany(usize),
    /// A text in it is longer than what is kept.
    #[error("{0} is too long to be kept")]
    TooLong(&'static str),
    /// No room is left.
    #[error("the disk that holds the data folder is full")]
    DiskFull,
    /// The operating system failed.
    #[error("the data folder could not be used: {0}")]
    Io(io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

/// A record that cannot be used; it was left where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is damaged and was passed over: {reason}", path.display())]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}
