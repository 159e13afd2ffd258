//! Asking without a sign-in, with the simulator as upstream: what it is shown, what it is asked
//! for, and what never reaches it.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt;
use simulator::{Anonymous, Options, RecordedRequest, Simulator};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use transcode::model_name;
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn::{Hint, Speaker, Turn, TurnMessage};
use transcode::turn_event::TurnEvent;
use upstream::web::{Speech, WebDriver, WebSettings};
use upstream::{
    ChallengeKind, Credential, Failure, FailureKind, FileContent, FileRole, PreparedFile, Question,
    Retry,
};
use uuid::Uuid;

use crate::account_facts::driver_with;
use crate::sign_in_service::NOW;

const DEVICE: &str = "11111111-2222-4333-8444-555555555555";

/// A driver in front of a simulator.
struct Simulated {
    simulator: Simulator,
    driver: Arc<WebDriver>,
    _tasks: JoinSet<()>,
}

impl Simulated {
    async fn start() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    async fn with(simulate: impl FnOnce(&mut Options), set: impl FnOnce(&mut WebSettings)) -> Self {
        let clock = || UNIX_EPOCH + Duration::from_secs(NOW);
        let mut options = Options::new(Arc::new(clock));
        options.record = true;
        simulate(&mut options);
        let simulator = Simulator::new(options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = simulator.router();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            simulator,
            driver: driver_with(&base, set),
            _tasks: tasks,
        }
    }

    async fn ask(&self, turn: &Turn) -> Result<String, Failure> {
        self.ask_as(&device(), turn, &[]).await
    }

    /// The text of an answer, if one comes to its end.
    async fn ask_as(
        &self,
        credential: &Credential,
        turn: &Turn,
        files: &[PreparedFile],
    ) -> Result<String, Failure> {
        let question = Question {
            turn,
            files,
            style: &AnswerStyle::default(),
            wants_native: false,
        };
        let mut started = self.driver.converse(credential, question).await?;
        assert!(!started.keeps_history);
        let mut text = String::new();
        while let Some(events) = started.stream.next().await {
            for event in events? {
                if let TurnEvent::Text(more) = event {
                    text.push_str(&more);
                }
            }
        }
        Ok(text)
    }

    fn recorded(&self) -> Vec<RecordedRequest> {
        self.simulator.recorded()
    }
}

fn device() -> Credential {
    let device_id = Uuid::parse_str(DEVICE).unwrap();
    Credential::anonymous("anonymous", device_id, None)
}

fn plain(prompt: &str) -> Turn {
    Turn {
        model: "auto".to_owned(),
        messages: vec![TurnMessage::text(Speaker::User, prompt)],
        ..Turn::default()
    }
}

fn file() -> PreparedFile {
    PreparedFile {
        path: "messages[0].content[1]".to_owned(),
        name: "note.txt".to_owned(),
        mime: "text/plain".to_owned(),
        size: 2,
        role: FileRole::Document,
        content: FileContent::Bytes(Bytes::from_static(b"hi")),
    }
}

fn challenge_of(failure: &Failure) -> ChallengeKind {
    assert_eq!(failure.retry, Retry::Never);
    let challenge = match &failure.kind {
        FailureKind::Challenge(challenge) => Some(challenge),
        _ => None,
    };
    let challenge = challenge.expect("a challenge");
    assert_eq!(challenge.account, "anonymous");
    challenge.kind
}

#[tokio::test]
async fn a_plain_turn_is_answered_without_a_token_and_always_on_the_same_device() {
    let simulated = Simulated::start().await;
    for _ in 0..2 {
        assert_ne!(simulated.ask(&plain("hello")).await.unwrap(), "");
    }
    let recorded = simulated.recorded();
    let paths: Vec<&str> = recorded.iter().map(|it| it.path.as_str()).collect();
    let once = [
        "/backend-anon/sentinel/chat-requirements/prepare",
        "/backend-anon/sentinel/chat-requirements/finalize",
        "/backend-anon/f/conversation",
    ];
    assert_eq!(paths, [once, once].concat());
    for request in &recorded {
        assert!(!request.headers.contains_key("authorization"));
        assert!(!request.headers.contains_key("chatgpt-account-id"));
        assert_eq!(request.headers["oai-device-id"], DEVICE);
    }
}

#[tokio::test]
async fn an_older_upstream_is_asked_as_it_was_and_nothing_is_concluded_for_accounts() {
    let older = |options: &mut Options| {
        options.sentinel.two_step = false;
        options.f_conversation = false;
    };
    let simulated = Simulated::with(older, |_| {}).await;
    simulated.ask(&plain("hello")).await.unwrap();
    let one_step = "/backend-anon/sentinel/chat-requirements";
    let last = |simulated: &Simulated| simulated.recorded().pop().unwrap().path;
    assert!(simulated.recorded().iter().any(|it| it.path == one_step));
    assert_eq!(last(&simulated), "/backend-anon/conversation");

    let spec = simulator::TokenSpec::new("ada");
    let token = simulated.simulator.mint_access_token(&spec);
    let ada = Credential::parse(&token, "ada").unwrap();
    simulated.ask_as(&ada, &plain("hello"), &[]).await.unwrap();
    let recorded = simulated.recorded();
    let tried = |path: &str| recorded.iter().any(|it| it.path == path);
    assert!(tried("/backend-api/sentinel/chat-requirements/prepare"));
    assert!(tried("/backend-api/f/conversation"));
}

#[tokio::test]
async fn conversation_only_asks_for_nothing_before() {
    let set = |settings: &mut WebSettings| {
        settings.conversation_only = true;
        settings.relay_key = Some("relay".into());
    };
    let simulated = Simulated::with(|_| {}, set).await;
    simulated.ask(&plain("hello")).await.unwrap();
    let recorded = simulated.recorded();
    let paths: Vec<&str> = recorded.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["/backend-anon/f/conversation"]);
}

#[tokio::test]
async fn the_models_are_those_of_everybody() {
    let simulated = Simulated::start().await;
    let catalogue = simulated.driver.catalogue(&device()).await.unwrap();
    assert!(model_name::listed(&catalogue).contains(&"gpt-5-2".to_owned()));
    assert!(catalogue.find("gpt-5-5").is_none());
    let recorded = simulated.recorded();
    let path = "/backend-anon/models?iim=false&is_gizmo=false";
    assert_eq!(recorded[0].path, path);
    assert!(!recorded[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn more_than_a_plain_turn_is_refused_with_the_reason_before_anything_is_sent() {
    let simulated = Simulated::start().await;
    let conversation = Some("99999999-2222-4333-8444-555555555555".to_owned());
    let beyond = [
        (
            "a GPT",
            Turn {
                model: "g-0123456789".to_owned(),
                ..plain("hello")
            },
        ),
        (
            "goes on with a conversation",
            Turn {
                conversation_id: conversation.clone(),
                ..plain("hello")
            },
        ),
        (
            "goes on with a conversation",
            Turn {
                parent_message_id: conversation,
                ..plain("hello")
            },
        ),
        (
            "a picture",
            Turn {
                hints: vec![Hint::Picture],
                ..plain("hello")
            },
        ),
        (
            "conversation kept",
            Turn {
                keep_history: Some(true),
                ..plain("hello")
            },
        ),
    ];
    let mut failures = Vec::new();
    for (reason, turn) in &beyond {
        failures.push((*reason, simulated.ask(turn).await.unwrap_err()));
    }
    let (hello, files) = (plain("hello"), [file()]);
    let with_file = simulated.ask_as(&device(), &hello, &files).await;
    failures.push(("files", with_file.unwrap_err()));
    let workspace = device().for_workspace("11111111-2222-4333-8444-000000000000".to_owned());
    let for_workspace = simulated.ask_as(&workspace, &hello, &[]).await;
    failures.push(("a workspace", for_workspace.unwrap_err()));
    for (reason, failure) in failures {
        assert_eq!(failure.kind, FailureKind::Forbidden, "{reason}");
        assert_eq!(failure.retry, Retry::OtherAccount, "{reason}");
        assert!(failure.message.contains(reason), "{}", failure.message);
    }
    assert!(simulated.recorded().is_empty());
}

#[tokio::test]
async fn what_takes_a_sign_in_is_never_asked_for_without_one() {
    let simulated = Simulated::start().await;
    let (driver, device) = (&simulated.driver, device());
    let speech = Speech {
        conversation_id: "c",
        message_id: "m",
        voice: "cove",
        format: "aac",
    };
    let refused = [
        driver.prove(&device).await.unwrap_err(),
        driver.check_account(&device).await.unwrap_err(),
        driver.gizmos(&device).await.unwrap_err(),
        driver.transcribe(&device, &file(), None).await.unwrap_err(),
        driver.speak(&device, &speech).await.unwrap_err(),
        driver.delete_conversation(&device, "c").await.unwrap_err(),
    ];
    for failure in refused {
        assert_eq!(failure.kind, FailureKind::Forbidden);
    }
    assert!(simulated.recorded().is_empty());
}

#[tokio::test]
async fn a_refusal_ends_in_a_challenge_and_no_other_device_is_tried() {
    let simulated = Simulated::with(|options| options.anonymous = Anonymous::Refused, |_| {}).await;
    let failure = simulated.ask(&plain("hello")).await.unwrap_err();
    assert_eq!(challenge_of(&failure), ChallengeKind::UnusualActivity);
    assert!(failure.message.contains("wants a sign-in"), "{failure}");
    let conversations = |it: &&RecordedRequest| it.path.ends_with("/conversation");
    assert_eq!(simulated.recorded().iter().filter(conversations).count(), 0);

    let simulated = Simulated::start().await;
    let failure = simulated.ask(&plain("simulate:invalid-jwt")).await;
    let failure = failure.unwrap_err();
    assert_eq!(challenge_of(&failure), ChallengeKind::UnusualActivity);
    assert_eq!(failure.upstream_status, Some(401));
    let failure = simulated.ask(&plain("simulate:forbidden")).await;
    assert_eq!(failure.unwrap_err().retry, Retry::Never);
    let failure = simulated.ask(&plain("simulate:turnstile")).await;
    let failure = failure.unwrap_err();
    assert_eq!(challenge_of(&failure), ChallengeKind::Turnstile);
    let devices = simulated.recorded();
    assert!(
        devices
            .iter()
            .all(|it| it.headers["oai-device-id"] == DEVICE)
    );
}

#[tokio::test]
async fn a_broken_answer_is_not_looked_for_where_nothing_is_kept() {
    let simulated = Simulated::start().await;
    for fault in ["drop-mid", "handoff"] {
        let failure = simulated.ask(&plain(&format!("simulate:{fault}"))).await;
        let kind = failure.unwrap_err().kind;
        let expected = [FailureKind::Truncated, FailureKind::HandedOff];
        assert!(expected.contains(&kind), "{fault}: {kind:?}");
    }
    let recorded = simulated.recorded();
    let is_known = |it: &RecordedRequest| {
        it.path.contains("/sentinel/") || it.path == "/backend-anon/f/conversation"
    };
    assert!(recorded.iter().all(is_known));
}
