//! All records in memory: found by id, and in order for each owner. Knows nothing of disks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::record::FileRecord;

/// When a file was made, and in which place among those of the same second.
type Place = (u64, u64);

/// Which files to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing<'a> {
    /// Those for this purpose only.
    pub purpose: Option<&'a str>,
    /// Those that come after this one.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
    /// Which come first.
    pub order: Order,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The files.
    pub files: Vec<Arc<FileRecord>>,
    /// Whether others come after them.
    pub has_more: bool,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    by_id: HashMap<String, Arc<FileRecord>>,
    by_owner: HashMap<String, BTreeMap<Place, Arc<FileRecord>>>,
    last_serial: u64,
}

impl Index {
    pub(super) fn count(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn next_serial(&self) -> u64 {
        self.last_serial + 1
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<FileRecord>> {
        self.by_id.get(id)
    }

    /// One file, if it is this owner's and has not expired.
    pub(super) fn of(&self, owner: &str, id: &str, now: u64) -> Option<Arc<FileRecord>> {
        let record = self.by_id.get(id)?;
        let is_theirs = record.owner == owner && !record.is_expired_at(now);
        is_theirs.then(|| Arc::clone(record))
    }

    /// Takes a record in, in place of one with the same id.
    pub(super) fn put(&mut self, record: FileRecord) -> Arc<FileRecord> {
        let record = Arc::new(record);
        self.last_serial = self.last_serial.max(record.serial);
        let files = self.by_owner.entry(record.owner.clone()).or_default();
        files.insert(place(&record), Arc::clone(&record));
        self.by_id.insert(record.id.clone(), Arc::clone(&record));
        record
    }

    pub(super) fn remove(&mut self, id: &str) {
        let Some(record) = self.by_id.remove(id) else {
            return;
        };
        if let Some(files) = self.by_owner.get_mut(&record.owner) {
            files.remove(&place(&record));
            if files.is_empty() {
                self.by_owner.remove(&record.owner);
            }
        }
    }

    /// `None` when the file to begin after is not this owner's.
    pub(super) fn list(&self, owner: &str, listing: &Listing, now: u64) -> Option<Page> {
        let after = match listing.after {
            Some(id) => Some(place(&*self.of(owner, id, now)?)),
            None => None,
        };
        let files = self.by_owner.get(owner).into_iter().flatten();
        let wanted = |(at, record): &(&Place, &Arc<FileRecord>)| {
            let comes_after = after.is_none_or(|after| match listing.order {
                Order::Ascending => **at > after,
                Order::Descending => **at < after,
            });
            let has_purpose = listing.purpose.is_none_or(|it| it == record.purpose);
            comes_after && has_purpose && !record.is_expired_at(now)
        };
        // One more than asked for tells whether there are more.
        let count = listing.limit.saturating_add(1);
        let mut files: Vec<Arc<FileRecord>> = match listing.order {
            Order::Ascending => collect(files.filter(wanted).take(count)),
            Order::Descending => collect(files.rev().filter(wanted).take(count)),
        };
        let has_more = files.len() > listing.limit;
        files.truncate(listing.limit);
        Some(Page { files, has_more })
    }

    pub(super) fn expired(&self, now: u64, at_most: usize) -> Vec<String> {
        let expired = self.by_id.values().filter(|it| it.is_expired_at(now));
        expired.take(at_most).map(|it| it.id.clone()).collect()
    }
}

fn place(record: &FileRecord) -> Place {
    (record.created_at, record.serial)
}

fn collect<'a>(
    files: impl Iterator<Item = (&'a Place, &'a Arc<FileRecord>)>,
) -> Vec<Arc<FileRecord>> {
    files.map(|(_, record)| Arc::clone(record)).collect()
}
