//! Where a file was uploaded already, so that the same account is not sent it twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::record::UpstreamUpload;
use super::{FileRecord, FileStore};
use crate::blocking::{self, lock};
use crate::store_error::StoreError;
use crate::{account_key, durable};

/// An upload to more accounts than this makes the oldest one forgotten.
const MAX_UPLOADS: usize = 256;

const MAX_ID_BYTES: usize = 256;
const MAX_DETAILS_BYTES: usize = 4 << 10;

type Uploads = BTreeMap<String, UpstreamUpload>;

impl FileStore {
    /// Remembers that an account of upstream has the file, in place of what was known before.
    pub async fn remember_upload(
        &self,
        file_id: &str,
        account: [u8; 16],
        upload: UpstreamUpload,
    ) -> Result<(), StoreError> {
        let details = serde_json::to_vec(&upload.details).map_err(std::io::Error::from)?;
        if upload.upstream_id.len() > MAX_ID_BYTES || details.len() > MAX_DETAILS_BYTES {
            return Err(StoreError::TooLong("what upstream says about the file"));
        }
        let account = account_key::to_hex(account);
        self.change_uploads(file_id, move |uploads| {
            uploads.insert(account, upload);
            while uploads.len() > MAX_UPLOADS {
                let oldest = uploads.iter().min_by_key(|(_, it)| it.uploaded_at);
                let Some((oldest, _)) = oldest else { break };
                let oldest = oldest.clone();
                uploads.remove(&oldest);
            }
            true
        })
        .await
    }

    /// What an account of upstream knows the file as, if it has it.
    pub fn known_upload(&self, file_id: &str, account: [u8; 16]) -> Option<UpstreamUpload> {
        let index = lock(&self.0.index);
        let uploads = &index.get(file_id)?.uploads;
        uploads.get(&account_key::to_hex(account)).cloned()
    }

    /// Forgets an upload, because upstream does not have it any more.
    pub async fn forget_upload(&self, file_id: &str, account: [u8; 16]) -> Result<(), StoreError> {
        let account = account_key::to_hex(account);
        self.change_uploads(file_id, move |uploads| uploads.remove(&account).is_some())
            .await
    }

    /// `change` says whether anything changed.
    async fn change_uploads(
        &self,
        file_id: &str,
        change: impl FnOnce(&mut Uploads) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.0);
        let id = file_id.to_owned();
        blocking::run(move || {
            let _order = lock(&shared.disk);
            let record = lock(&shared.index).get(&id).cloned();
            let mut record = FileRecord::clone(&*record.ok_or(StoreError::NotFound)?);
            if change(&mut record.uploads) {
                durable::write_json(&shared.record(&id), &record)?;
                lock(&shared.index).put(record);
            }
            Ok(())
        })
        .await
    }
}
