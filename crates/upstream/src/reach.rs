//! Whether an address is reached by a way out, for people who look for what is wrong.
//!
//! One request without a token, whose answer is not looked into. Called by the program.

use std::time::{Duration, UNIX_EPOCH};

use http::header;
use url::Url;

use crate::client::Clients;
use crate::egress::Egress;

const TIMEOUT: Duration = Duration::from_secs(10);

/// What an address answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// What time it is there, as far as it says, since 1970.
    pub date: Option<Duration>,
}

/// Asks once; any answer at all is one. Says in words why there was none.
pub async fn reach(egress: &Egress, address: &Url) -> Result<Reach, String> {
    let agent = concat!("FlowGPT/", env!("CARGO_PKG_VERSION")).to_owned();
    let clients = Clients::for_single_requests(agent, TIMEOUT);
    let client = clients.get(egress, address.scheme() == "https");
    let client = client.map_err(|failure| failure.message)?;
    let asked = client.head(address.clone()).timeout(TIMEOUT).send().await;
    let answer = asked.map_err(|error| why(&error).to_owned())?;
    let date = answer.headers().get(header::DATE);
    let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Ok(Reach {
        date: date.and_then(|date| date.duration_since(UNIX_EPOCH).ok()),
    })
}

fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}
