//! Redirects: each is held against all rules again, there are three at most, and nothing
//! of one request goes along to the next.

use upstream::fetch::FetchError::{
    BadRedirect, LocalName, NotPublic, Port, RedirectTarget, Scheme, Status, TooManyRedirects,
    UserInfo,
};

use crate::server::{Script, Server, ok, path_of, redirect};
use crate::world::{HOST, PUBLIC, World};

const URL: &str = "http://files.example/start";

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

#[tokio::test]
async fn every_kind_of_redirect_to_every_kind_of_forbidden_place_is_refused() {
    let places = [
        ("http://127.0.0.1/", NotPublic),
        ("http://127.0.0.1:80/", NotPublic),
        ("http://2130706433/", NotPublic),
        ("http://169.254.169.254/latest/meta-data/", NotPublic),
        ("http://10.0.0.1/", NotPublic),
        ("http://100.64.0.1/", NotPublic),
        ("http://0.0.0.0/", NotPublic),
        ("http://[::1]/", NotPublic),
        ("http://[::ffff:7f00:1]/", NotPublic),
        ("http://[64:ff9b::7f00:1]/", NotPublic),
        ("http://[2002:7f00:1::]/", NotPublic),
        ("http://[fd00:ec2::254]/", NotPublic),
        ("//127.0.0.1/", NotPublic),
        ("/\\127.0.0.1/", NotPublic),
        ("\\\\127.0.0.1/", NotPublic),
        ("http:\t//127.0.0.1/", NotPublic),
        ("http://private.example/", NotPublic),
        ("http://mixed.example/", NotPublic),
        ("http://unknown.example/", NotPublic),
        ("http://localhost/", LocalName),
        ("http://metadata.google.internal/", LocalName),
        ("http://files.example:22/", Port),
        ("http://user@files.example/", UserInfo),
        ("file:///etc/passwd", Scheme),
        ("gopher://files.example/", Scheme),
        ("data:text/plain,a", Scheme),
    ];
    for status in STATUSES {
        for (location, reason) in &places {
            let (to, code) = (*location, status);
            let server = Server::start(move |_| redirect(code, to)).await;
            let world = World::with(&server).await;
            world.name("private.example", &[&["192.168.0.1"]]);
            world.name("mixed.example", &[&[PUBLIC, "127.0.0.1"]]);
            let refused = world.fetcher(|_| ()).fetch(URL).await;
            let reason = RedirectTarget(Box::new(reason.clone()));
            assert_eq!(refused, Err(reason), "{status} to {location}");
            assert_eq!(server.connections(), 1, "{status} to {location}");
            world.assert_only_public(location);
        }
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_before_a_redirect_is_looked_up_again() {
    let server = Server::start(|_| redirect(302, "/again")).await;
    let world = World::with(&server).await;
    world.name(HOST, &[&[PUBLIC], &["127.0.0.1"]]);
    let refused = world.fetcher(|_| ()).fetch(URL).await;
    assert_eq!(refused, Err(RedirectTarget(Box::new(NotPublic))));
    assert_eq!(world.lookups().len(), 2);
    world.assert_only_public(URL);
}

/// A server that redirects `hops` times, from `/N` to `/N+1`.
async fn chain(hops: usize) -> Server {
    Server::start(move |request| {
        let at = path_of(request)
            .trim_start_matches('/')
            .parse()
            .unwrap_or(0);
        if at < hops {
            redirect(STATUSES[at % STATUSES.len()], &format!("/{}", at + 1))
        } else {
            ok("", b"the end")
        }
    })
    .await
}

#[tokio::test]
async fn three_redirects_are_followed() {
    let server = chain(3).await;
    let world = World::with(&server).await;
    let fetched = world.fetcher(|_| ()).fetch(URL).await.unwrap();
    assert_eq!(fetched.bytes, "the end");
    assert_eq!(fetched.name.as_deref(), Some("3"));
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn a_fourth_is_not() {
    let server = chain(4).await;
    let world = World::with(&server).await;
    let refused = world.fetcher(|_| ()).fetch(URL).await;
    assert_eq!(refused, Err(TooManyRedirects { max: 3 }));
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn a_redirect_takes_nothing_along() {
    let server = Server::start(|request| {
        if path_of(request) == "/start" {
            Script::Say(
                b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /end?c#d\r\n\r\n".into(),
            )
        } else {
            ok("", b"")
        }
    })
    .await;
    let world = World::with(&server).await;
    world.fetcher(|_| ()).fetch(URL).await.unwrap();
    let expected = |path| {
        format!(
            "GET {path} HTTP/1.1\r\nhost: files.example\r\nuser-agent: the-user-agent\r\n\
             accept: */*\r\naccept-encoding: gzip, br, zstd\r\nconnection: close\r\n\r\n"
        )
    };
    assert_eq!(server.requests(), [expected("/start"), expected("/end?c")]);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_said_to_be_one() {
    let heads: [&[u8]; 3] = [
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://a\xe9.example/\r\n\r\n",
    ];
    for head in heads {
        let server = Server::start(|_| Script::Say(head.into())).await;
        let world = World::with(&server).await;
        let refused = world.fetcher(|_| ()).fetch(URL).await;
        assert_eq!(refused, Err(BadRedirect), "{}", head.escape_ascii());
    }
}

#[tokio::test]
async fn a_redirect_may_be_written_in_any_script() {
    let server = Server::start(|request| match path_of(request) {
        "/start" => redirect(302, "http://bücher.example/ü"),
        _ => ok("", b"the end"),
    })
    .await;
    let world = World::with(&server).await;
    world.name("xn--bcher-kva.example", &[&[PUBLIC]]);
    let fetched = world.fetcher(|_| ()).fetch(URL).await.unwrap();
    assert_eq!(fetched.name.as_deref(), Some("ü"));
    assert!(server.requests()[1].starts_with("GET /%C3%BC HTTP/1.1\r\n"));
}

#[tokio::test]
async fn other_statuses_beyond_300_are_not_followed() {
    for status in [300, 304, 305, 306, 399] {
        let server = Server::start(move |_| redirect(status, "/end")).await;
        let world = World::with(&server).await;
        let refused = world.fetcher(|_| ()).fetch(URL).await;
        assert_eq!(refused, Err(Status(status)));
        assert_eq!(server.connections(), 1);
    }
}
