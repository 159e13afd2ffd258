//! What is refused for how a URL is written: addresses in every spelling, names of local
//! networks, ports, schemes, users, and tricks on whoever reads URLs in two ways.

use upstream::fetch::FetchError::{self, LocalName, NotAUrl, NotPublic, Port, Scheme, UserInfo};

use crate::server::{Server, ok};
use crate::world::{PUBLIC, World};

/// Hosts that are refused for what they are, in URLs with and without TLS.
const HOSTS: &[(&str, FetchError)] = &[
    // IPv4 in the spellings that browsers take.
    ("127.0.0.1", NotPublic),
    ("127.1", NotPublic),
    ("127.0.1", NotPublic),
    ("127.0.0.1.", NotPublic),
    ("2130706433", NotPublic),
    ("0x7f000001", NotPublic),
    ("0x7f.1", NotPublic),
    ("0177.0.0.1", NotPublic),
    ("017700000001", NotPublic),
    ("0x7f.0.0.0x1", NotPublic),
    ("0.0.0.0", NotPublic),
    ("0", NotPublic),
    ("0x0", NotPublic),
    ("127。0。0。1", NotPublic),
    ("①②⑦.0.0.1", NotPublic),
    ("１２７．０．０．１", NotPublic),
    ("127.0.0.%31", NotPublic),
    ("%31%32%37.0.0.1", NotPublic),
    // IPv4 of each kind that is not public.
    ("10.0.0.1", NotPublic),
    ("100.64.0.1", NotPublic),
    ("100.100.100.200", NotPublic),
    ("168.63.129.16", NotPublic),
    ("169.254.169.254", NotPublic),
    ("2852039166", NotPublic),
    ("172.16.0.1", NotPublic),
    ("172.31.255.255", NotPublic),
    ("192.0.0.8", NotPublic),
    ("192.0.0.192", NotPublic),
    ("192.0.2.1", NotPublic),
    ("192.88.99.1", NotPublic),
    ("192.168.1.1", NotPublic),
    ("198.18.0.1", NotPublic),
    ("198.51.100.1", NotPublic),
    ("203.0.113.1", NotPublic),
    ("224.0.0.1", NotPublic),
    ("240.0.0.1", NotPublic),
    ("255.255.255.255", NotPublic),
    // IPv6 of each kind, and IPv4 inside of it.
    ("[::]", NotPublic),
    ("[::1]", NotPublic),
    ("[0:0:0:0:0:0:0:1]", NotPublic),
    ("[::127.0.0.1]", NotPublic),
    ("[::ffff:127.0.0.1]", NotPublic),
    ("[::ffff:7f00:1]", NotPublic),
    ("[0:0:0:0:0:ffff:a9fe:a9fe]", NotPublic),
    ("[::ffff:10.0.0.1]", NotPublic),
    ("[64:ff9b::7f00:1]", NotPublic),
    ("[64:ff9b::a9fe:a9fe]", NotPublic),
    ("[64:ff9b:1::a9fe:a9fe]", NotPublic),
    ("[2002:7f00:1::]", NotPublic),
    ("[2002:a9fe:a9fe::1]", NotPublic),
    ("[2001::7f00:1]", NotPublic),
    ("[2001:2::1]", NotPublic),
    ("[2001:10::1]", NotPublic),
    ("[2001:20::1]", NotPublic),
    ("[2001:db8::1]", NotPublic),
    ("[3fff::1]", NotPublic),
    ("[fe80::1]", NotPublic),
    ("[fec0::1]", NotPublic),
    ("[fc00::1]", NotPublic),
    ("[fd00:ec2::254]", NotPublic),
    ("[100::1]", NotPublic),
    ("[5f00::1]", NotPublic),
    ("[ff02::1]", NotPublic),
    // Names.
    ("localhost", LocalName),
    ("localhost.", LocalName),
    ("LOCALHOST", LocalName),
    ("ｌｏｃａｌｈｏｓｔ", LocalName),
    ("local%68ost", LocalName),
    ("a.localhost", LocalName),
    ("printer.local", LocalName),
    ("metadata.google.internal", LocalName),
    ("metadata.google.internal.", LocalName),
    ("router.home.arpa", LocalName),
    ("intranet", LocalName),
    ("intranet.", LocalName),
    // What is no host at all.
    ("1.2.3.4.5", NotAUrl),
    ("256.256.256.256", NotAUrl),
    ("[::1", NotAUrl),
    ("[fe80::1%25eth0]", NotAUrl),
    ("127.0.0.1%00.files.example", NotAUrl),
];

/// URLs that are refused for the rest of them.
const URLS: &[(&str, FetchError)] = &[
    // Users, and what only looks like one.
    ("http://user@127.0.0.1/", UserInfo),
    ("http://files.example@127.0.0.1/", UserInfo),
    ("http://user:secret@files.example/", UserInfo),
    ("http://:secret@files.example/", UserInfo),
    ("http://files.example:80@127.0.0.1/", UserInfo),
    ("http://files.example%40127.0.0.1/", NotAUrl),
    ("http://127.0.0.1#@files.example/", NotPublic),
    ("http://127.0.0.1?@files.example/", NotPublic),
    ("http://127.0.0.1\\@files.example/", NotPublic),
    ("http://files\\@127.0.0.1/", LocalName),
    // Slashes, and none.
    ("http:/\\127.0.0.1/", NotPublic),
    ("http:\\\\127.0.0.1/", NotPublic),
    ("http:127.0.0.1/", NotPublic),
    ("http:///127.0.0.1/", NotPublic),
    ("http:////127.0.0.1/", NotPublic),
    ("//127.0.0.1/", NotAUrl),
    ("\\\\127.0.0.1\\", NotAUrl),
    ("127.0.0.1", NotAUrl),
    ("localhost:80", Scheme),
    ("files.example/a.png", NotAUrl),
    // What parsers drop.
    ("http://127.0.\t0.1/", NotAUrl),
    ("http://files.example\n@127.0.0.1/", NotAUrl),
    ("ht\ntp://files.example/", NotAUrl),
    ("http://files.example/\r\nX: y", NotAUrl),
    ("http://files.example/\0", NotAUrl),
    ("http:// 127.0.0.1/", NotAUrl),
    // Ports.
    ("http://files.example:22/", Port),
    ("http://files.example:6379/", Port),
    ("https://files.example:5432/", Port),
    ("http://files.example:8080/", Port),
    ("http://files.example:0/", Port),
    ("http://files.example:65536/", NotAUrl),
    ("http://127.0.0.1:22/", Port),
    // Schemes.
    ("file:///etc/passwd", Scheme),
    ("FILE://localhost/etc/passwd", Scheme),
    ("gopher://files.example/_x", Scheme),
    ("ftp://files.example/a", Scheme),
    ("dict://files.example/", Scheme),
    ("jar:http://files.example!/", Scheme),
    ("unix:/run/docker.sock", Scheme),
    ("ws://files.example/", Scheme),
    ("wss://files.example/", Scheme),
    ("data:text/plain,a", Scheme),
    ("javascript:alert(1)", Scheme),
    ("blob:http://files.example/a", Scheme),
    ("view-source:http://files.example/", Scheme),
    // Nothing.
    ("", NotAUrl),
    (" ", NotAUrl),
    ("http:", NotAUrl),
    ("https://", NotAUrl),
];

#[tokio::test]
async fn each_is_refused_for_its_reason_and_nothing_is_asked_of_the_network() {
    let world = World::new().await;
    let fetcher = world.fetcher(|_| ());
    let of_host = |scheme: &str, (host, reason): &(&str, FetchError)| {
        (format!("{scheme}://{host}/a?secret"), reason.clone())
    };
    let all = HOSTS
        .iter()
        .flat_map(|it| [of_host("http", it), of_host("https", it)])
        .chain(
            URLS.iter()
                .map(|(url, reason)| ((*url).to_owned(), reason.clone())),
        );
    for (url, reason) in all {
        assert_eq!(fetcher.fetch(&url).await, Err(reason), "{url:?}");
    }
    assert_eq!(world.lookups(), [""; 0]);
    assert_eq!(world.connections(), []);
    world.assert_only_public("all of them");
}

#[tokio::test]
async fn a_refusal_repeats_nothing_of_the_url() {
    let world = World::new().await;
    let fetcher = world.fetcher(|_| ());
    for (url, _) in URLS.iter().chain(HOSTS) {
        let said = fetcher.fetch(url).await.unwrap_err().to_string();
        for part in [
            "127.0.0.1",
            "secret",
            "user@",
            "files.example",
            "localhost",
            "passwd",
        ] {
            assert!(!said.contains(part), "{url:?}: {said}");
        }
    }
}

#[tokio::test]
async fn a_url_that_two_parsers_read_in_two_ways_goes_where_it_was_vetted() {
    let server = Server::start(|_| ok("", b"public")).await;
    for url in [
        "http://files.example\\@127.0.0.1/",
        "http://files.example#@127.0.0.1/",
        "http://files.example?@127.0.0.1/",
        "http://files.example/@127.0.0.1/",
        "http://files.example;127.0.0.1@x",
        "http:files.example",
        "http:/\\files.example/",
        "HTTP://FILES.EXAMPLE:080/",
        "http://files。example/",
    ] {
        let world = World::with(&server).await;
        let fetched = world.fetcher(|_| ()).fetch(url).await;
        match fetched {
            Ok(fetched) => {
                assert_eq!(fetched.bytes, "public", "{url}");
                assert_eq!(
                    world.connections(),
                    [format!("{PUBLIC}:80").parse().unwrap()]
                );
            }
            Err(refused) => assert_eq!(refused, UserInfo, "{url}"),
        }
        world.assert_only_public(url);
    }
    assert_eq!(server.connections(), 8);
}

#[tokio::test]
async fn a_public_address_may_be_written_out() {
    let server = Server::start(|_| ok("", b"public")).await;
    let world = World::with(&server).await;
    for host in [PUBLIC, "1572394766", "[::ffff:93.184.215.14]"] {
        let fetched = world
            .fetcher(|_| ())
            .fetch(&format!("http://{host}/"))
            .await;
        assert_eq!(fetched.unwrap().bytes, "public", "{host}");
    }
    assert_eq!(world.lookups(), [""; 0]);
}

#[tokio::test]
async fn a_url_may_be_long_but_not_endless() {
    let server = Server::start(|_| ok("", b"public")).await;
    let world = World::with(&server).await;
    let fetcher = world.fetcher(|_| ());
    let url = format!("http://files.example/{}", "x".repeat(8000));
    assert_eq!(fetcher.fetch(&url).await.unwrap().bytes, "public");
    let url = format!("http://files.example/{}", "x".repeat(9000));
    let refused = FetchError::UrlTooLong { max_bytes: 8192 };
    assert_eq!(fetcher.fetch(&url).await, Err(refused));
}
