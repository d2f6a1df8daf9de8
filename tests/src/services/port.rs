//! Free ports.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// Returns a local port that is free now. Someone may take it before the server does: callers try again.
pub(super) fn free() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
