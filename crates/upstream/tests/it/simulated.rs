//! All the way once, with the simulator as sign-in service and as upstream: people sign in,
//! tokens are refreshed, and what is bought is accepted.

use std::time::{Duration, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use simulator::{Options, Simulator, TokenSpec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use upstream::Egress::Direct;
use upstream::sign_in::RefreshClass::{self, Ambiguous, Permanent, Reused, Transient};
use upstream::sign_in::{
    DevicePoll, LOCAL_REDIRECT, RefreshFamily, RefreshGrant, SessionGrant, SignIn,
};
use upstream::{Credential, CredentialParts, FailureKind, device_id_of, identity_of};
use url::Url;

use crate::account_facts::driver;
use crate::sign_in_service::{NOW, at, within};

/// The simulator on a socket.
struct Simulated {
    simulator: Simulator,
    base: String,
    _tasks: JoinSet<()>,
}

impl Simulated {
    async fn start() -> Self {
        let clock = || UNIX_EPOCH + Duration::from_secs(NOW);
        let simulator = Simulator::new(Options::new(std::sync::Arc::new(clock)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = simulator.router();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            simulator,
            base,
            _tasks: tasks,
        }
    }

    fn sign_in(&self) -> SignIn {
        at(&self.base)
    }

    fn grant(&self, spec: &TokenSpec, family: simulator::RefreshFamily) -> RefreshGrant {
        let client = match family {
            simulator::RefreshFamily::Codex => RefreshFamily::Codex,
            _ => RefreshFamily::Mobile,
        };
        RefreshGrant {
            token: self.simulator.mint_refresh_token(spec, family).into(),
            family: Some(client),
            egress: Direct,
        }
    }

    /// Whose a token is, if upstream accepts it.
    async fn person_of(&self, token: &SecretString) -> Result<String, FailureKind> {
        let identity = identity_of(token, None);
        let credential = Credential::from_parts(CredentialParts {
            access_token: token.clone(),
            workspace: None,
            label: "account-1".to_owned(),
            identity,
            device_id: device_id_of(identity),
            egress: None,
        });
        let facts = driver(&self.base, &[]).check_account(&credential).await;
        let facts = facts.map_err(|failure| failure.kind)?;
        assert_eq!(facts.plan(), Some("plus"));
        assert!(!facts.workspaces.is_empty());
        Ok(facts.display_name.unwrap().expose_secret().to_owned())
    }

    /// Posts a form as a browser does, and gives the whole answer.
    async fn post(&self, address: &str, form: &str) -> String {
        let url: Url = format!("{}{address}", self.base).parse().unwrap();
        let host = format!("127.0.0.1:{}", url.port().unwrap());
        let request = format!(
            "POST {address} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\
             \r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n{form}",
            form.len()
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test]
async fn every_family_is_refreshed_and_each_token_is_sent_once() {
    let simulated = Simulated::start().await;
    let sign_in = simulated.sign_in();
    let families = [
        simulator::RefreshFamily::MobileLasting,
        simulator::RefreshFamily::MobileRotating,
        simulator::RefreshFamily::Codex,
    ];
    for family in families {
        let mut grant = simulated.grant(&TokenSpec::new("ada"), family);
        let first = sign_in.refresh(&grant).await.unwrap();
        assert_eq!(first.refresh_token.is_some(), family.rotates());
        let person = simulated.person_of(&first.access_token).await;
        assert_eq!(person.as_deref(), Ok("ada"));
        if let Some(rotated) = first.refresh_token {
            let spent = std::mem::replace(&mut grant.token, rotated);
            sign_in.refresh(&grant).await.unwrap();
            grant.token = spent;
            let error = sign_in.refresh(&grant).await.unwrap_err();
            let class = match family {
                simulator::RefreshFamily::Codex => Reused,
                // The mobile app is not told why.
                _ => Permanent("invalid_grant"),
            };
            assert_eq!(error.class, class);
        }
    }
    let log = simulated.simulator.sign_in_log();
    assert_eq!((log.begun, log.overlapping, log.reused), (1 + 3 + 3, 0, 2));
}

#[tokio::test]
async fn a_token_is_not_spent_on_a_client_that_is_not_its_own() {
    let simulated = Simulated::start().await;
    let family = simulator::RefreshFamily::MobileRotating;
    let mut grant = simulated.grant(&TokenSpec::new("ada"), family);
    grant.family = None;
    simulated.sign_in().refresh(&grant).await.unwrap_err();
    grant.family = Some(RefreshFamily::Mobile);
    simulated.sign_in().refresh(&grant).await.unwrap();
}

#[tokio::test]
async fn every_fault_has_its_class() {
    let simulated = Simulated::start().await;
    let passes: RefreshClass = Transient { retry_after: None };
    for (fault, class) in [
        ("invalid-grant", Permanent("invalid_grant")),
        ("access-denied", Permanent("access_denied")),
        ("refresh-expired", Permanent("refresh_token_expired")),
        (
            "refresh-invalidated",
            Permanent("refresh_token_invalidated"),
        ),
        ("refresh-reused", Reused),
        ("refresh-500", passes),
        ("refresh-html", passes),
        ("refresh-not-json", passes),
        ("refresh-without-token", passes),
        ("refresh-cut", Ambiguous),
        ("refresh-hang", Ambiguous),
    ] {
        let mut spec = TokenSpec::new(fault);
        spec.fault = Some(fault.to_owned());
        let grant = simulated.grant(&spec, simulator::RefreshFamily::Codex);
        let limit = match fault {
            "refresh-hang" => Duration::from_millis(300),
            _ => Duration::from_mins(1),
        };
        let sign_in = within(&simulated.base, Duration::from_mins(1), limit);
        let error = sign_in.refresh(&grant).await.unwrap_err();
        assert_eq!(error.class, class, "{fault}");
    }
    let mut spec = TokenSpec::new("limited");
    spec.fault = Some("refresh-429".to_owned());
    let grant = simulated.grant(&spec, simulator::RefreshFamily::Codex);
    let error = simulated.sign_in().refresh(&grant).await.unwrap_err();
    let waits = matches!(
        error.class,
        Transient {
            retry_after: Some(_)
        }
    );
    assert!(waits, "{error:?}");
}

#[tokio::test]
async fn a_session_opens_an_account_and_is_renewed() {
    let simulated = Simulated::start().await;
    let token = simulated
        .simulator
        .mint_session_token(&TokenSpec::new("ada"));
    let grant = SessionGrant {
        session_token: token.into(),
        base_url: simulated.base.parse().unwrap(),
        label: "account-1".to_owned(),
        egress: Direct,
    };
    let fresh = simulated.sign_in().exchange_session(&grant).await.unwrap();
    let person = simulated.person_of(&fresh.access_token).await;
    assert_eq!(person.as_deref(), Ok("ada"));
    let renewed = SessionGrant {
        session_token: fresh.session_token.unwrap(),
        ..grant
    };
    let again = simulated.sign_in().exchange_session(&renewed).await;
    assert!(again.is_ok());
}

#[tokio::test]
async fn a_person_signs_in_with_a_browser_until_the_token_is_revoked() {
    let simulated = Simulated::start().await;
    let sign_in = simulated.sign_in();
    let pending = sign_in.begin(LOCAL_REDIRECT, &[7; 64]);
    let page = pending.authorize_url.as_str();
    let page = page.strip_prefix(&simulated.base).unwrap();
    let answer = simulated.post(page, "account=ada").await;
    let location = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    let fresh = sign_in
        .finish(&pending, location.unwrap(), &Direct)
        .await
        .unwrap();
    let person = simulated.person_of(&fresh.access_token).await;
    assert_eq!(person.as_deref(), Ok("ada"));

    let grant = RefreshGrant {
        token: fresh.refresh_token.unwrap(),
        family: Some(RefreshFamily::Codex),
        egress: Direct,
    };
    assert!(sign_in.revoke(&grant).await);
    let error = sign_in.refresh(&grant).await.unwrap_err();
    assert!(matches!(error.class, Permanent(_)), "{error:?}");
}

#[tokio::test]
async fn a_person_signs_in_on_another_device() {
    let simulated = Simulated::start().await;
    let sign_in = simulated.sign_in();
    let device = sign_in.begin_device(&Direct).await.unwrap();
    let poll = sign_in.poll_device(&device, &Direct).await.unwrap();
    assert!(matches!(poll, DevicePoll::Pending));
    let form = format!("account=ada&user_code={}", device.user_code);
    simulated.post("/codex/device", &form).await;
    let DevicePoll::Done(fresh) = sign_in.poll_device(&device, &Direct).await.unwrap() else {
        panic!("still pending");
    };
    let person = simulated.person_of(&fresh.access_token).await;
    assert_eq!(person.as_deref(), Ok("ada"));
}
