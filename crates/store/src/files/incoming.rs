//! A file on its way in: written, counted and hashed piece by piece, gone when dropped.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use crate::blocking;
use crate::durable;
use crate::store_error::StoreError;

/// Small pieces are put together before they are written.
const BUFFER_BYTES: usize = 256 << 10;

/// Why a stream did not become a file; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError<E> {
    /// The stream itself failed.
    #[error("the contents did not come to their end")]
    Stream(E),
    /// It is longer than allowed.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// How long it may be.
        limit: u64,
    },
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The whole contents of a file on disk, which nobody can find yet.
#[derive(Debug)]
pub struct Received {
    id: String,
    partial: Partial,
    bytes: u64,
    sha256: String,
}

/// A file that is removed when this is dropped.
#[derive(Debug)]
struct Partial {
    path: PathBuf,
    is_settled: bool,
}

pub(super) struct Incoming {
    id: String,
    partial: Partial,
    file: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
    limit: u64,
}

impl Incoming {
    /// Begins a file that will be at `content`.
    pub(super) async fn create(
        content: PathBuf,
        id: String,
        limit: u64,
    ) -> Result<Self, StoreError> {
        let path = content.with_added_extension(durable::PARTIAL);
        // Both in one step, so that the file goes even if nobody waits for it any more.
        let (partial, file) = blocking::run(move || {
            let file = durable::create_new(&path)?;
            let is_settled = false;
            Ok((Partial { path, is_settled }, file))
        })
        .await?;
        Ok(Self {
            id,
            partial,
            file: BufWriter::with_capacity(BUFFER_BYTES, File::from_std(file)),
            hasher: Sha256::new(),
            bytes: 0,
            limit,
        })
    }

    pub(super) async fn write<E>(&mut self, piece: &[u8]) -> Result<(), ReceiveError<E>> {
        let limit = self.limit;
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        if self.bytes > limit {
            return Err(ReceiveError::TooLarge { limit });
        }
        self.hasher.update(piece);
        let written = self.file.write_all(piece).await;
        Ok(written.map_err(StoreError::from)?)
    }

    pub(super) async fn finish(mut self) -> Result<Received, StoreError> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        Ok(Received {
            id: self.id,
            partial: self.partial,
            bytes: self.bytes,
            sha256: hex(&self.hasher.finalize()),
        })
    }
}

impl Received {
    /// How long it is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Gives the contents their name, which is returned; the folder is synced by the caller.
    pub(super) fn settle(mut self) -> Result<PathBuf, StoreError> {
        let content = self.partial.path.with_extension("");
        fs::rename(&self.partial.path, &content)?;
        self.partial.is_settled = true;
        Ok(content)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_settled {
            // If this fails, the next start clears it away.
            let _swept_later = fs::remove_file(&self.path);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
