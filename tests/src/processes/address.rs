//! Ports that stay with a test while the server that listens there comes and goes.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

use super::Outcome;

/// An address of this machine that the system gives to nobody else, as long as this value lives.
///
/// The socket is bound and never listens: a server with `SO_REUSEADDR`, which ours set, can listen beside it, and while
/// none does connections are refused as they are for a dead server.
#[derive(Debug)]
pub struct ReservedAddress {
    address: SocketAddr,
    scheme: &'static str,
    _reservation: TcpSocket,
}

impl ReservedAddress {
    /// Reserves a free port.
    ///
    /// # Errors
    /// When there is none.
    pub fn new() -> Outcome<Self> {
        let reservation = TcpSocket::new_v4()?;
        reservation.set_reuseaddr(true)?;
        reservation.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self {
            address: reservation.local_addr()?,
            scheme: "http",
            _reservation: reservation,
        })
    }

    /// Says that the server speaks HTTPS.
    pub(super) fn encrypt(&mut self) {
        self.scheme = "https";
    }

    /// Returns the address as the variable `BIND` has it.
    #[must_use]
    pub fn bind(&self) -> String {
        self.address.to_string()
    }

    /// Returns the URL of a server that listens here.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }
}
