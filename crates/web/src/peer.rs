//! Where a request comes from, as the listener notes it beside the request.

use std::net::IpAddr;

/// The address of the other end of the connection: a caller, or a proxy in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);
