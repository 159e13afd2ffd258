//! Where the tests' server is and how to be let in, as the one variable that
//! tests read. Knows nothing of how the server is run. Used by `server`.

use std::process::Command;

/// The variable that tests find the server by.
pub const URL_VARIABLE: &str = "TEST_POSTGRES_URL";

/// The port of a server on this machine, and its superuser's password.
pub struct Address {
    port: u16,
    password: String,
}

impl Address {
    /// An address on the loopback interface. `password` goes into a URL as it is,
    /// so it must hold only letters and digits.
    pub fn new(port: u16, password: String) -> Self {
        Self { port, password }
    }

    /// The port the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of the superuser `postgres`.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The URL of the database `postgres`, for its superuser.
    pub fn url(&self) -> String {
        let Self { port, password } = self;
        format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres")
    }

    /// Has `command` find the server, whatever the variable held before.
    pub fn hand_to(&self, command: &mut Command) {
        command.env(URL_VARIABLE, self.url());
    }
}
