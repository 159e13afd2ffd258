//! However a path is written, upstream sees only what the table has: the spellings that got past
//! an earlier program, and a great many more, as raw bytes on a connection.

use std::collections::HashSet;
use std::fmt::Write as _;

use futures_util::future::join_all;
use gateway::allowed_routes;
use simulator::RecordedRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ALICE, BOB, Things, count, get, setup, since, things_of};

/// How many spellings; another number by hand, in `GATEWAY_PATHS`.
const SPELLINGS: usize = 100_000;

/// Connections at once.
const CONNECTIONS: usize = 16;

/// Paths somebody would like to get at.
const WANTED: [&str; 8] = [
    "/backend-api/memories",
    "/backend-api/user_system_messages",
    "/backend-api/accounts/check/v4-2023-04-27",
    "/backend-api/conversations/search?query=a",
    "/backend-api/files/library",
    "/backend-api/settings/user",
    "/backend-api/connectors",
    "/public-api/gizmos/discovery/mine",
];

/// What stands between segments, or in them, so that two readers disagree.
const TRICKS: [&str; 22] = [
    "/",
    "//",
    "/./",
    "/../",
    "/x/../",
    "/%2e%2e/",
    "/%2E/",
    "%2f",
    "%2F",
    "%5c",
    "\\",
    ";a=b/",
    "/;/",
    "%00",
    "%0d%0a",
    "%c0%af",
    "%c0%ae",
    "%e0%80%af",
    "%252f",
    "/%20/",
    "/#/",
    "/?/",
];

/// Numbers that are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A path somebody would like, written in another way.
fn spelled(numbers: &mut Numbers, alice: &Things) -> String {
    let own = format!("/backend-api/conversation/{}", alice.conversation);
    let file = format!("/backend-api/files/{}/download", alice.file);
    let mut wanted: Vec<&str> = WANTED.to_vec();
    wanted.extend([own.as_str(), file.as_str()]);
    let path = (*numbers.of(&wanted)).to_owned();
    let mut written = String::new();
    for (at, part) in path.split('/').skip(1).enumerate() {
        let trick = if numbers.below(3) == 0 || at == 0 && numbers.below(4) == 0 {
            numbers.of::<&str>(&TRICKS)
        } else {
            "/"
        };
        written.push_str(trick);
        match numbers.below(8) {
            0 => written.push_str(&part.to_ascii_uppercase()),
            1 => written.push_str(&escaped(part)),
            2 => {
                let (first, rest) = part.split_at(part.len().min(1));
                written.push_str(&escaped(first).to_ascii_uppercase());
                written.push_str(rest);
            }
            _ => written.push_str(part),
        }
    }
    match numbers.below(6) {
        0 => written.push('/'),
        1 => written.push_str(numbers.of::<&str>(&TRICKS)),
        2 => return format!("http://chatgpt.com{written}"),
        _ => {}
    }
    written
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut written, byte| {
        write!(written, "%{byte:02x}").unwrap();
        written
    })
}

/// Sends a request line as it is; the status, or nothing when the connection was closed.
async fn status_of(stream: &mut TcpStream, target: &str) -> Option<u16> {
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {BOB}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut read = Vec::new();
    let head_end = loop {
        let end = read.windows(4).position(|it| it == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = std::str::from_utf8(&read[..head_end])
        .unwrap()
        .to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head
        .lines()
        .find_map(|it| it.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |it| it.parse().unwrap());
    let is_framed = head.contains("content-length: ") || status == 204;
    while read.len() < head_end + length {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    if is_framed { Some(status) } else { None }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a number for whoever runs the test by hand"
)]
fn spellings() -> usize {
    let wanted = std::env::var("GATEWAY_PATHS");
    wanted.map_or(SPELLINGS, |it| it.parse().unwrap())
}

/// Asks every path; with which statuses they were answered.
async fn ask_all(address: &str, paths: &[String]) -> HashSet<u16> {
    let mut statuses = HashSet::new();
    let mut stream = TcpStream::connect(address).await.unwrap();
    for path in paths {
        match status_of(&mut stream, path).await {
            Some(status) => {
                statuses.insert(status);
                // The server closes after what it cannot read.
                if status == 400 {
                    stream = TcpStream::connect(address).await.unwrap();
                }
            }
            None => stream = TcpStream::connect(address).await.unwrap(),
        }
    }
    statuses
}

/// Whether the table has what upstream was asked.
fn is_in_table(seen: &RecordedRequest) -> bool {
    let path = seen.path.split('?').next().unwrap();
    let is_own = path.starts_with("/backend-api/sentinel/");
    is_own
        || allowed_routes().any(|route| {
            let parts: Vec<&str> = route.path.split('/').collect();
            let segments: Vec<&str> = path.split('/').collect();
            let fits = |(part, segment): (&&str, &&str)| part.starts_with('{') || part == segment;
            parts.len() == segments.len()
                && parts.iter().zip(&segments).all(fits)
                && route.methods.iter().any(|it| *it == seen.method.as_str())
        })
}

#[tokio::test]
async fn the_spellings_that_got_past_an_earlier_program_get_nowhere() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let before = count(&app);
    let address = app.url.strip_prefix("http://").unwrap();
    for path in [
        "/x/%2e%2e/backend-api/memories",
        "//backend-api/memories",
        "/backend-api//memories",
        "/backend-api/conversations/",
        "/backend-api/files/library",
        "/x/../backend-api/memories",
        "/BACKEND-API/memories",
        "http://chatgpt.com//backend-api/memories",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let status = status_of(&mut stream, path).await;
        assert!(
            matches!(status, Some(400 | 403 | 404)),
            "{path}: {status:?}"
        );
    }
    assert_eq!(since(&app, before).len(), 0);
    // A search goes upstream, and only what is one's own comes back.
    let found = get(&app, BOB, "/backend-api/conversations/search?query=hello").await;
    assert_eq!(
        found.json()["items"],
        serde_json::json!([]),
        "{}",
        found.text
    );
    let found = get(&app, ALICE, "/backend-api/conversations/search?query=hello").await;
    assert_eq!(
        found.json()["items"][0]["conversation_id"],
        *alice.conversation
    );
    app.stop().await;
}

#[tokio::test]
async fn however_a_path_is_written_upstream_sees_only_what_the_table_has() {
    let app = setup().start().await;
    let alice = things_of(&app, ALICE).await;
    let before = count(&app);
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let paths: Vec<String> = (0..spellings())
        .map(|_| spelled(&mut numbers, &alice))
        .collect();
    let address = app.url.strip_prefix("http://").unwrap();
    let share = paths.len().div_ceil(CONNECTIONS);
    let asked = paths.chunks(share).map(|some| ask_all(address, some));
    let statuses: HashSet<u16> = join_all(asked).await.into_iter().flatten().collect();
    assert!(statuses.contains(&403), "{statuses:?}");
    assert!(statuses.iter().all(|it| *it < 500), "{statuses:?}");
    let seen = since(&app, before);
    for request in &seen {
        assert!(is_in_table(request), "{} {}", request.method, request.path);
        for id in alice.ids() {
            assert!(!request.path.contains(id), "{}", request.path);
        }
    }
    app.stop().await;
}
