//! The name of a request in the log, for replies that state it in their body.
//!
//! Put among the extensions of each request by the program.

use std::sync::Arc;

/// `req_…`
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);
