//! Why a URL was not fetched, as a sentence for whoever named it.
//!
//! A sentence says which rule was broken and what to do; it never holds an address, a part
//! of the URL, or anything that tells one unreachable host from another.

/// Why a URL was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It cannot be read as a URL with a host.
    #[error("this is not a URL; give a whole one, such as https://host.example/picture.png")]
    NotAUrl,
    /// The URL is too long.
    #[error("the URL is longer than {max_bytes} bytes; give a shorter one")]
    UrlTooLong {
        /// How long it may be.
        max_bytes: usize,
    },
    /// Another scheme than `http` and `https`.
    #[error("only http and https URLs are fetched; give one of these")]
    Scheme,
    /// A name or a password before the host.
    #[error("the URL holds a user name or a password; give one without")]
    UserInfo,
    /// Another port than 80 and 443.
    #[error("only the ports 80 and 443 are fetched from; give a URL without another port")]
    Port,
    /// A name that means something on a local network only.
    #[error("the URL names a host of a local network; give one that is public on the internet")]
    LocalName,
    /// The host has no address, or one that is not public.
    #[error(
        "the host of the URL does not lead to public addresses alone; \
         give one that is public on the internet"
    )]
    NotPublic,
    /// Redirected too often.
    #[error("the URL redirects more than {max} times; give the address it ends at")]
    TooManyRedirects {
        /// How often it may.
        max: usize,
    },
    /// Redirected to something that cannot be read.
    #[error("the URL redirects to nowhere; give the address it should end at")]
    BadRedirect,
    /// Redirected from `https` to `http`.
    #[error("the URL redirects from https to http; give one that stays with https")]
    Downgrade,
    /// Redirected to what would not have been fetched itself.
    #[error("the URL redirects to one that is not fetched: {0}")]
    RedirectTarget(Box<FetchError>),
    /// No connection, no answer, or neither in time: these are alike.
    #[error("the URL's server cannot be reached; see whether the URL opens elsewhere")]
    Unreachable,
    /// The connection is not secure.
    #[error("the URL's server has no certificate that is trusted; give a URL of one that has")]
    Tls,
    /// The operator's own proxy does not let us through.
    #[error("the gateway's own proxy for downloads does not work; tell its operator")]
    Proxy,
    /// Another status than 200.
    #[error("the URL's server answered with status {0} instead of 200; see whether it opens")]
    Status(u16),
    /// The content is too large.
    #[error("the content at the URL is larger than {max_bytes} bytes; give a smaller one")]
    TooLarge {
        /// How large it may be.
        max_bytes: usize,
    },
    /// The content came too slowly.
    #[error("the content at the URL comes too slowly; give one of a faster server")]
    TooSlow,
    /// The answer is not proper HTTP, or ended before it was complete.
    #[error("the answer of the URL's server is broken off or malformed; see whether it opens")]
    Broken,
    /// Encoded in a way that is not known.
    #[error("the content at the URL is encoded in a way that is not known; have it sent plain")]
    UnknownEncoding,
    /// Encoded more than once.
    #[error("the content at the URL is encoded more than once; have it sent plain")]
    NestedEncoding,
    /// A small content that becomes a huge one.
    #[error(
        "the content at the URL grows more than {max_ratio}-fold on decoding; have it sent plain"
    )]
    Inflated {
        /// How many times as large it may become.
        max_ratio: u64,
    },
}

impl FetchError {
    /// The same, of a URL that another one redirects to.
    pub(super) fn of_redirect_target(self) -> Self {
        match self {
            Self::NotAUrl => Self::BadRedirect,
            Self::UrlTooLong { .. }
            | Self::Scheme
            | Self::UserInfo
            | Self::Port
            | Self::LocalName
            | Self::NotPublic => Self::RedirectTarget(Box::new(self)),
            other => other,
        }
    }
}
