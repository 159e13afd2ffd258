//! Settings of files: where they are kept, how they are fetched, and where links to them lead.

use std::path::PathBuf;
use std::time::Duration;

use upstream::Egress;
use upstream::fetch::AllowedHost;
use url::Url;

use super::sources::{Problems, Values};
use super::{parse, table as t};

/// The validated settings of files.
#[derive(Debug, Clone)]
pub struct FileSettings {
    /// `DATA_DIR`
    pub data_dir: PathBuf,
    /// `FILE_LIMIT_BYTES`
    pub limit_bytes: u64,
    /// `FILE_EXPIRY_HOURS`; `None` for ever.
    pub expiry: Option<Duration>,
    /// `PUBLIC_URL`
    pub public_url: Option<Url>,
    /// `PUBLIC_URL`, or `FILE_HOST` where that is set.
    pub link_base: Option<Url>,
    /// `FILE_LINK_HOURS`
    pub link_lifetime: Duration,
    /// `UPLOAD_BY_URL`
    pub uploads_by_url: bool,
    /// `EXPORT_PROXY_URL`
    pub fetch_egress: Egress,
    /// `CF_FILE_URL`
    pub fetch_relay: Option<Url>,
    /// `FETCH_ALLOW_HOSTS`
    pub fetch_allowed_hosts: Vec<AllowedHost>,
}

impl FileSettings {
    pub(super) fn read(values: &Values, problems: &mut Problems) -> Option<Self> {
        let data_dir = values.read(&t::DATA_DIR, problems, parse::path);
        let limit_bytes = values.read(&t::FILE_LIMIT_BYTES, problems, parse::bytes);
        let expiry = values.read(&t::FILE_EXPIRY_HOURS, problems, parse::file_expiry);
        let public_url = values.read(&t::PUBLIC_URL, problems, parse::public_url);
        let file_host = values.read(&t::FILE_HOST, problems, parse::file_host);
        let link_lifetime = values.read(&t::FILE_LINK_HOURS, problems, parse::link_lifetime);
        let uploads_by_url = values.read(&t::UPLOAD_BY_URL, problems, parse::boolean);
        let fetch_egress = values.read(&t::EXPORT_PROXY_URL, problems, parse::one_egress);
        let fetch_relay = values.read(&t::CF_FILE_URL, problems, parse::relay_url);
        let allowed = values.read(&t::FETCH_ALLOW_HOSTS, problems, parse::allowed_hosts);
        let public_url = public_url?;
        Some(Self {
            data_dir: data_dir?,
            limit_bytes: limit_bytes? as u64,
            expiry: expiry?,
            link_base: file_host?.or_else(|| public_url.clone()),
            public_url,
            link_lifetime: link_lifetime?,
            uploads_by_url: uploads_by_url?,
            fetch_egress: fetch_egress?,
            fetch_relay: fetch_relay?,
            fetch_allowed_hosts: allowed?,
        })
    }
}
