//! Settings of files, and of addresses that callers name. Data only.

use super::{Setting, setting};

pub(in crate::settings) const DATA_DIR: Setting = setting(
    "DATA_DIR",
    "data",
    "/var/lib/flowgpt",
    "Folder for all that outlives a restart, such as uploaded files. Made at the start if it is missing, for its owner only; one process at a time may use it.",
);
pub(in crate::settings) const FILE_LIMIT_BYTES: Setting = setting(
    "FILE_LIMIT_BYTES",
    "536870912",
    "104857600",
    "Largest file that may be uploaded.",
);
pub(in crate::settings) const FILE_EXPIRY_HOURS: Setting = setting(
    "FILE_EXPIRY_HOURS",
    "0",
    "720",
    "How long uploaded files are kept at most; `0` keeps them until they are deleted.",
);
pub(in crate::settings) const PUBLIC_URL: Setting = setting(
    "PUBLIC_URL",
    "",
    "https://gateway.example",
    "Where callers reach the gateway, for links in answers; `API_PREFIX` is added. When not set, links lead to the host that was asked.",
);
pub(in crate::settings) const AVATAR_URL: Setting = setting(
    "AVATAR_URL",
    "https://www.gravatar.com/avatar",
    "https://cravatar.cn/avatar",
    "Where `/avatar` fetches pictures of people, by the hash of their address. No cookie and no header of whoever looks goes there.",
);
pub(in crate::settings) const FILE_HOST: Setting = setting(
    "FILE_HOST",
    "",
    "files.example",
    "Host of the links to files and pictures, when they are to lead elsewhere than `PUBLIC_URL`; it has to reach this gateway. With or without `https://`.",
);
pub(in crate::settings) const FILE_LINK_HOURS: Setting = setting(
    "FILE_LINK_HOURS",
    "24",
    "168",
    "How long links to files and pictures in answers are good for.",
);
pub(in crate::settings) const UPLOAD_BY_URL: Setting = setting(
    "UPLOAD_BY_URL",
    "false",
    "true",
    "A message that begins with one or more addresses, each followed by a space, has them fetched and attached; the rest is the prompt.",
);
pub(in crate::settings) const EXPORT_PROXY_URL: Setting = Setting {
    is_secret: true,
    ..setting(
        "EXPORT_PROXY_URL",
        "",
        "http://127.0.0.1:8118",
        "Egress proxy for fetching addresses that callers name, and for nothing else.",
    )
};
pub(in crate::settings) const CF_FILE_URL: Setting = Setting {
    is_secret: true,
    ..setting(
        "CF_FILE_URL",
        "",
        "https://fetch.example/",
        "A service that fetches addresses instead of the gateway: it is posted `{\"file_url\": …}` and answers with the content.",
    )
};
pub(in crate::settings) const FETCH_ALLOW_HOSTS: Setting = setting(
    "FETCH_ALLOW_HOSTS",
    "",
    "files.example,192.168.0.5:9000",
    "Hosts, with or without a port, that callers may name although they are not on the public internet.",
);
