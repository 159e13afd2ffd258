//! Turns told on a socket: what comes is the stream the turn has elsewhere, cut into its events.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Pace, TokenSpec};

use crate::client::{Client, Gathered, question};
use crate::fold::fold;
use crate::network::served;
use crate::socket::{Socket, converse};

/// Where a handed-off turn goes on, and the conversation it is in.
fn handed_off(first: &Gathered) -> (String, String) {
    let folded = fold(&first.body);
    let word = folded
        .typed
        .iter()
        .find(|event| event["type"] == "stream_handoff");
    let word = word.unwrap();
    let topic = word["options"][1]["topic_id"].as_str().unwrap();
    let id = word["conversation_id"].as_str().unwrap();
    (topic.to_owned(), id.to_owned())
}

/// Everything up to the word that it is over.
async fn hear_all(socket: &mut Socket) -> Vec<Value> {
    let mut heard = Vec::new();
    loop {
        let message = socket.hear().await;
        assert_eq!(message["payload"]["type"], "conversation-turn-stream");
        let is_done = message["payload"]["payload"]["type"] == "done";
        heard.push(message);
        if is_done {
            return heard;
        }
    }
}

/// The stream some messages are cut from.
fn stream_of<'a>(messages: impl IntoIterator<Item = &'a Value>) -> Vec<u8> {
    let items = messages
        .into_iter()
        .map(|message| &message["payload"]["payload"]);
    let texts = items.filter_map(|item| item["encoded_item"].as_str());
    texts.collect::<String>().into_bytes()
}

#[tokio::test]
async fn a_handed_off_answer_is_told_on_the_socket() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        let first = client.ask("simulate:handoff").await;
        let (topic, id) = handed_off(&first);
        let mut socket = Socket::open(&client, address).await;
        let reply = socket.subscribe(&topic, Some("0")).await;
        assert_eq!(reply["recovered"], true);
        let missed = reply["catchups"].as_array().unwrap();
        assert_eq!(reply["last_offset"], missed.last().unwrap()["offset"]);
        let sent = stream_of(missed);
        assert!(
            first.body.starts_with(&sent),
            "catchups are what the first stream had"
        );
        let rest = hear_all(&mut socket).await;
        assert!(rest.len() > 3);
        let done = &rest.last().unwrap()["payload"]["payload"];
        assert_eq!(done["conversation_id"], id);
        let whole = fold(&stream_of(missed.iter().chain(&rest)));
        let newest = client.simulator.conversation(&id).unwrap();
        let newest = &newest["mapping"][newest["current_node"].as_str().unwrap()]["message"];
        assert_eq!(whole.messages.last().unwrap(), newest);
        assert!(whole.types().contains(&"message_stream_complete"));
    })
    .await;
}

#[tokio::test]
async fn items_are_a_chain_and_are_told_again_from_an_offset() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        let (topic, _) = handed_off(&client.ask("simulate:handoff").await);
        let mut socket = Socket::open(&client, address).await;
        let reply = socket.subscribe(&topic, None).await;
        let mut all = reply["catchups"].as_array().unwrap().clone();
        all.extend(hear_all(&mut socket).await);
        let item = |index: usize| &all[index]["payload"]["payload"];
        for index in 1..all.len() - 1 {
            assert_eq!(
                item(index)["parent_stream_item_id"],
                item(index - 1)["stream_item_id"]
            );
        }
        let middle = all.len() - 4;
        let offset = all[middle]["offset"].as_str().unwrap();
        let reply = socket.subscribe(&topic, Some(offset)).await;
        assert_eq!(reply["catchups"], json!([]));
        let again = hear_all(&mut socket).await;
        let offsets = |messages: &[Value]| -> Vec<Value> {
            let offsets = messages.iter().map(|message| message["offset"].clone());
            offsets.collect()
        };
        assert_eq!(offsets(&again), offsets(&all[middle + 1..]));
    })
    .await;
}

#[tokio::test]
async fn a_handed_off_turn_is_complete_once_it_was_told() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        let mut listener = Socket::open(&client, address).await;
        listener.subscribe("conversations", None).await;
        let (topic, id) = handed_off(&client.ask("simulate:handoff").await);
        let other = converse(&client, "hello").await;
        let told = listener.hear().await["payload"].clone();
        assert_eq!(
            told["payload"]["conversation_id"], other,
            "the first is not over"
        );
        let mut reader = Socket::open(&client, address).await;
        reader.subscribe(&topic, Some("0")).await;
        hear_all(&mut reader).await;
        let told = listener.hear().await["payload"].clone();
        assert_eq!(told["type"], "conversation-turn-complete");
        assert_eq!(told["payload"]["conversation_id"], id);
        let body = json!({"conversation_id": id, "offset": 0});
        client
            .post("/backend-api/f/conversation/resume", &body)
            .await;
        let told = listener.hear().await["payload"].clone();
        assert_eq!(
            told["payload"]["conversation_id"], id,
            "so it is by resuming"
        );
    })
    .await;
}

#[tokio::test]
async fn other_accounts_turns_and_lost_ones_are_not_recovered() {
    let client = Client::new();
    let bob = client.signed_in_as(&TokenSpec::new("bob"));
    served(&client.simulator, async |address| {
        let (hers, _) = handed_off(&client.ask("simulate:handoff").await);
        let (lost, _) = handed_off(&bob.ask("simulate:handoff-gone").await);
        let mut socket = Socket::open(&bob, address).await;
        for topic in [&hers, &lost, "conversation-turn-nothing"] {
            let reply = socket.subscribe(topic, Some("0")).await;
            assert_eq!(reply["recovered"], false, "{topic}");
            assert_eq!(reply["catchups"], json!([]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_was_not_handed_off_is_missed_as_a_whole() {
    let client = Client::new();
    served(&client.simulator, async |address| {
        let answer = client.ask("hello").await;
        let folded = fold(&answer.body);
        let exchange = folded
            .messages
            .iter()
            .find_map(|message| message["metadata"]["turn_exchange_id"].as_str());
        let topic = format!("conversation-turn-{}", exchange.unwrap());
        let mut socket = Socket::open(&client, address).await;
        let reply = socket.subscribe(&topic, Some("0")).await;
        let missed = reply["catchups"].as_array().unwrap();
        assert_eq!(fold(&stream_of(missed)).messages, folded.messages);
        assert_eq!(missed.last().unwrap()["payload"]["payload"]["type"], "done");
    })
    .await;
}

#[tokio::test]
async fn the_rest_of_a_turn_comes_at_the_simulator_s_pace_until_nobody_wants_it() {
    let client = Client::with(|options| options.pace = Pace::Every(Duration::from_millis(30)));
    served(&client.simulator, async |address| {
        let first = client.converse(&question("simulate:handoff")).await;
        let (topic, _) = handed_off(&first);
        let mut socket = Socket::open(&client, address).await;
        socket.subscribe(&topic, Some("0")).await;
        socket.hear().await;
        let command = json!({"type": "unsubscribe", "topic_id": topic});
        socket.say(&json!([{"id": 8, "command": command}])).await;
        let mut last = socket.hear().await;
        while last["type"] == "message" {
            assert_ne!(
                last["payload"]["payload"]["type"], "done",
                "it was told too fast"
            );
            last = socket.hear().await;
        }
        assert_eq!(last["reply"]["type"], "unsubscribe");
        socket
            .say(&json!([{"id": 9, "command": {"type": "connect"}}]))
            .await;
        assert_eq!(socket.hear().await["id"], 9);
    })
    .await;
}
