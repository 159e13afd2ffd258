//! Files of callers: contents on disk, one record each, and an index of them in memory.
//!
//! A file belongs to an owner, an opaque name; nobody else learns that it exists. Not the
//! API's shapes, and not who owns what: that is the faces' business.

mod record;
pub use record::{FileRecord, NewFile};

mod index;
use index::Index;
pub use index::{Listing, Order, Page};

mod incoming;
pub use incoming::{ReceiveError, Received};

mod recovery;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::blocking::{self, lock};
use crate::chance::Chance;
use crate::data_folder::DataFolder;
use crate::durable;
use crate::store_error::{Damaged, StoreError};
use incoming::Incoming;

/// More files than this are not kept; each costs some hundred bytes of memory.
const MAX_FILES: usize = 100_000;

/// The extension of contents.
const CONTENT: &str = "content";

/// All files; clones are the same store.
#[derive(Debug, Clone)]
pub struct FileStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    limit: usize,
    chance: Chance,
    index: Mutex<Index>,
    /// Held over work with files, so that memory and disk change in the same order. Only
    /// threads that may wait take it.
    disk: Mutex<()>,
    _folder: DataFolder,
}

impl FileStore {
    /// Reads what is there and clears away uploads that never ended.
    ///
    /// What is damaged is passed over and returned. Blocks, for the start of the program.
    pub fn open(folder: &DataFolder, chance: Chance) -> Result<(Self, Vec<Damaged>), StoreError> {
        Self::open_with_limit(folder, chance, MAX_FILES)
    }

    fn open_with_limit(
        folder: &DataFolder,
        chance: Chance,
        limit: usize,
    ) -> Result<(Self, Vec<Damaged>), StoreError> {
        let path = folder.inner("files")?;
        let (index, damaged) = recovery::recover(&path)?;
        let shared = Shared {
            path,
            limit,
            chance,
            index: Mutex::new(index),
            disk: Mutex::default(),
            _folder: folder.clone(),
        };
        Ok((Self(Arc::new(shared)), damaged))
    }

    /// Stores a whole file: [`Self::receive`] and [`Self::keep`] in one.
    pub async fn create<E>(
        &self,
        new: NewFile,
        stream: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<Arc<FileRecord>, ReceiveError<E>> {
        let received = self.receive(stream, limit).await?;
        Ok(self.keep(received, new).await?)
    }

    /// Writes a stream to disk as it comes, at most `limit` bytes of it.
    ///
    /// It is no file yet: dropped, whether here or later, it leaves nothing behind.
    pub async fn receive<E>(
        &self,
        stream: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<Received, ReceiveError<E>> {
        let id = self.0.new_id()?;
        let mut incoming = Incoming::create(self.0.content(&id), id, limit).await?;
        let mut stream = pin!(stream);
        while let Some(piece) = stream.next().await {
            incoming
                .write(&piece.map_err(ReceiveError::Stream)?)
                .await?;
        }
        Ok(incoming.finish().await?)
    }

    /// Makes a file of what was received. Once it returns, the file outlives a crash.
    pub async fn keep(
        &self,
        received: Received,
        new: NewFile,
    ) -> Result<Arc<FileRecord>, StoreError> {
        new.check()?;
        let shared = Arc::clone(&self.0);
        blocking::run(move || {
            let _order = lock(&shared.disk);
            let serial = shared.next_serial()?;
            let record = FileRecord::new(new, &received, serial);
            let content = received.settle()?;
            if let Err(error) = durable::write_json(&shared.record(&record.id), &record) {
                let _swept_at_the_next_start = durable::remove(&content);
                return Err(error.into());
            }
            Ok(lock(&shared.index).put(record))
        })
        .await
    }

    /// One file of `owner`.
    pub fn get(&self, owner: &str, id: &str, now: u64) -> Result<Arc<FileRecord>, StoreError> {
        let index = lock(&self.0.index);
        index.of(owner, id, now).ok_or(StoreError::NotFound)
    }

    /// The files of `owner`, a page at a time.
    ///
    /// [`StoreError::NotFound`] when there is no file to begin after.
    pub fn list(&self, owner: &str, listing: &Listing, now: u64) -> Result<Page, StoreError> {
        let index = lock(&self.0.index);
        index.list(owner, listing, now).ok_or(StoreError::NotFound)
    }

    /// One file of `owner` with its contents, which stay readable though it be deleted.
    pub async fn open_content(
        &self,
        owner: &str,
        id: &str,
        now: u64,
    ) -> Result<(Arc<FileRecord>, tokio::fs::File), StoreError> {
        let record = self.get(owner, id, now)?;
        match tokio::fs::File::open(self.0.content(&record.id)).await {
            Ok(file) => Ok((record, file)),
            // It was deleted in between.
            Err(_) if self.get(owner, id, now).is_err() => Err(StoreError::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    /// One file of `owner`, and where its contents are, for reading them more than once.
    pub fn content_path(
        &self,
        owner: &str,
        id: &str,
        now: u64,
    ) -> Result<(Arc<FileRecord>, PathBuf), StoreError> {
        let record = self.get(owner, id, now)?;
        let path = self.0.content(&record.id);
        Ok((record, path))
    }

    /// Deletes one file of `owner`, for good once it returns.
    pub async fn delete(&self, owner: &str, id: &str, now: u64) -> Result<(), StoreError> {
        let record = self.get(owner, id, now)?;
        let shared = Arc::clone(&self.0);
        blocking::run(move || shared.delete(&record.id)).await
    }

    /// Deletes files that have expired by `now`, at most `at_most`; returns how many.
    pub async fn delete_expired(&self, now: u64, at_most: usize) -> Result<usize, StoreError> {
        let expired = lock(&self.0.index).expired(now, at_most);
        if expired.is_empty() {
            return Ok(0);
        }
        let shared = Arc::clone(&self.0);
        blocking::run(move || {
            for id in &expired {
                match shared.delete(id) {
                    Ok(()) | Err(StoreError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(expired.len())
        })
        .await
    }
}

impl Shared {
    fn record(&self, id: &str) -> PathBuf {
        record_file(&self.path, id)
    }

    fn content(&self, id: &str) -> PathBuf {
        content_file(&self.path, id)
    }

    /// An id nobody can guess; fails when there is no room for another file.
    fn new_id(&self) -> Result<String, StoreError> {
        let id = record::id(&self.chance.bytes()?);
        self.next_serial()?;
        Ok(id)
    }

    fn next_serial(&self) -> Result<u64, StoreError> {
        let index = lock(&self.index);
        if index.count() >= self.limit {
            return Err(StoreError::TooMany(self.limit));
        }
        Ok(index.next_serial())
    }

    /// The record goes first: contents without a record are swept at the next start.
    fn delete(&self, id: &str) -> Result<(), StoreError> {
        let _order = lock(&self.disk);
        if lock(&self.index).get(id).is_none() {
            return Err(StoreError::NotFound);
        }
        durable::remove(&self.record(id))?;
        lock(&self.index).remove(id);
        durable::remove(&self.content(id))?;
        Ok(())
    }
}

fn record_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(id).with_added_extension(durable::JSON)
}

fn content_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(id).with_added_extension(CONTENT)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod property_tests;
