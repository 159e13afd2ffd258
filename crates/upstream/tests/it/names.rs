//! What a name means: private addresses, some private addresses, other ones the next time,
//! none at all. And what is said of hosts that cannot be reached, which is always the same.

use std::time::Duration;

use upstream::fetch::FetchError::{self, NotPublic, Unreachable};

use crate::server::{Script, Server, ok};
use crate::world::{HOST, PUBLIC, Place, World};

const URL: &str = "http://files.example/a.png";

#[tokio::test]
async fn a_name_with_any_address_that_is_not_public_is_refused() {
    for addresses in [
        ["127.0.0.1"].as_slice(),
        // As a name would that is an alias of localhost.
        &["127.0.0.1", "::1"],
        &["10.1.2.3"],
        &["169.254.169.254"],
        &[PUBLIC, "192.168.0.1"],
        &["192.168.0.1", PUBLIC],
        &["2606:4700::1111", "fd00::1"],
        &[PUBLIC, "0.0.0.0"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::a9fe:a9fe"],
        &["2002:7f00:1::"],
        &[PUBLIC, PUBLIC, PUBLIC, PUBLIC, PUBLIC, "127.0.0.1"],
        &[],
    ] {
        let world = World::new().await;
        world.name(HOST, &[addresses]);
        let refused = world.fetcher(|_| ()).fetch(URL).await;
        assert_eq!(refused, Err(NotPublic), "{addresses:?}");
        assert_eq!(world.connections(), [], "{addresses:?}");
        world.assert_only_public(URL);
    }
}

#[tokio::test]
async fn a_name_that_does_not_exist_sounds_like_one_of_a_private_network() {
    let world = World::new().await;
    let refused = world.fetcher(|_| ()).fetch("http://unknown.example/").await;
    assert_eq!(refused, Err(NotPublic));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_a_thousand_times_never_leads_inside() {
    const ROUNDS: usize = 1000;
    let server = Server::start(|_| ok("", b"public")).await;
    let world = World::with(&server).await;
    world.name(
        HOST,
        &[&[PUBLIC], &["127.0.0.1"], &[PUBLIC, "10.0.0.1"], &[PUBLIC]],
    );
    let fetcher = world.fetcher(|_| ());
    let mut successes = 0;
    for round in 0..ROUNDS {
        match fetcher.fetch(URL).await {
            Ok(_) => successes += 1,
            Err(refused) => assert_eq!(refused, NotPublic, "round {round}"),
        }
    }
    assert_eq!(successes, ROUNDS / 2);
    assert_eq!(world.lookups().len(), ROUNDS, "each fetch looks up once");
    assert_eq!(world.connections().len(), successes);
    assert_eq!(server.connections(), successes);
    world.assert_only_public(URL);
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_does_not_answer() {
    let server = Server::start(|_| ok("", b"public")).await;
    let world = World::with(&server).await;
    world.name(HOST, &[&["2606:4700::1111", "8.8.8.8", PUBLIC]]);
    world.place("2606:4700::1111", 80, Place::Refuses);
    world.place("8.8.8.8", 80, Place::Silent);
    let fetcher = world.fetcher(|settings| settings.connect_timeout = Duration::from_millis(300));
    assert_eq!(fetcher.fetch(URL).await.unwrap().bytes, "public");
}

#[tokio::test]
async fn a_host_with_a_hundred_addresses_is_not_tried_a_hundred_times() {
    let world = World::new().await;
    let addresses: Vec<String> = (1..=100).map(|last| format!("8.8.8.{last}")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    for address in &addresses {
        world.place(address, 80, Place::Refuses);
    }
    world.name(HOST, &[&addresses]);
    assert_eq!(world.fetcher(|_| ()).fetch(URL).await, Err(Unreachable));
    assert_eq!(world.connections().len(), 4);
}

#[tokio::test]
async fn all_hosts_that_cannot_be_reached_sound_alike() {
    let closes = Server::start(|_| Script::Say(Vec::new())).await;
    let is_silent = Server::start(|_| Script::Hold(Vec::new())).await;
    let breaks_off = Server::start(|_| Script::Say(b"HTTP/1.1 200 OK\r\nA: ".into())).await;
    for (about, place) in [
        ("refuses", Place::Refuses),
        ("never accepts", Place::Silent),
        ("accepts and closes", Place::Really(closes.address)),
        ("accepts and is silent", Place::Really(is_silent.address)),
        ("breaks off in its head", Place::Really(breaks_off.address)),
    ] {
        let world = World::new().await;
        world.place(PUBLIC, 80, place);
        let fetcher = world.fetcher(|settings| {
            settings.timeout = Duration::from_millis(400);
            settings.connect_timeout = Duration::from_millis(200);
        });
        let failed: FetchError = fetcher.fetch(URL).await.unwrap_err();
        assert_eq!(failed, Unreachable, "{about}");
    }
}
