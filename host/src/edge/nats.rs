//! Connections to servers of NATS, for source and sink.
//!
//! A client of ours is connected again by itself when its server goes away and comes back. One that was down for long is thrown away: the
//! next is made with secrets, certificates and names of hosts as they are then.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, ServerAddr};
use tokio::sync::Mutex;

use super::dial;
use crate::config::{NatsLogin, NatsServers};

/// How long a client may be down before another is made.
const DOWN: Duration = Duration::from_secs(10);
/// Attempts to connect again before a client ends by itself; by then it was thrown away.
const ATTEMPTS: usize = 30;
/// Silence after which a server is asked whether it is there.
const SILENCE: Duration = Duration::from_secs(10);
/// Messages that wait between a client and its connection, each way.
const WAITING: usize = 512;

/// Why there is no connection now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoServer {
    /// Nobody answers, or not in time.
    Down,
    /// A server answers, and will not have us.
    Refused,
    /// Secrets or certificates are not there, or are something else.
    Unusable(String),
}

impl NoServer {
    /// A sentence about it, without what a server says.
    pub(super) fn text(&self, said: &NatsServers) -> String {
        let first = said.addresses.first().map_or("", |address| address.value.as_str());
        match self {
            Self::Down => format!("no server of NATS can be reached ({first})"),
            Self::Refused => format!("the server of NATS refuses who we are ({first}): see `auth`, `cert` and `key`"),
            Self::Unusable(why) => why.clone(),
        }
    }
}

/// A connection that is made when it is needed.
pub(super) struct Link {
    said: NatsServers,
    open: Mutex<Option<Open>>,
}

struct Open {
    client: Client,
    number: u64,
    down: Option<Instant>,
}

impl Link {
    pub(super) fn new(said: &NatsServers) -> Self {
        Self { said: said.clone(), open: Mutex::default() }
    }

    /// A client that is connected, and its number: another one has another.
    ///
    /// # Errors
    ///
    /// None is, now.
    pub(super) async fn client(&self) -> Result<(Client, u64), NoServer> {
        let mut place = self.open.lock().await;
        let mut number = 0;
        if let Some(open) = &mut *place {
            if open.client.connection_state() == State::Connected {
                open.down = None;
                return Ok((open.client.clone(), open.number));
            }
            if open.down.get_or_insert_with(Instant::now).elapsed() < DOWN {
                return Err(NoServer::Down);
            }
            number = open.number + 1;
        }
        // What cannot be reached may be so for want of a certificate or password that is there by now.
        let client = connect(&self.said).await?;
        *place = Some(Open { client: client.clone(), number, down: None });
        Ok((client, number))
    }
}

/// How often a client was connected: where that is another number, what it sent before may not have arrived.
pub(super) fn connects(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Relaxed)
}

async fn connect(said: &NatsServers) -> Result<Client, NoServer> {
    let read = said.clone();
    let options = tokio::task::spawn_blocking(move || options(&read)).await;
    let options = options.map_err(|_| NoServer::Down)?.map_err(NoServer::Unusable)?;
    let addresses: Result<Vec<ServerAddr>, _> = said.addresses.iter().map(|address| address.value.parse()).collect();
    let addresses = addresses.map_err(|_| NoServer::Unusable("a server's address cannot be used".to_owned()))?;
    options.connect(addresses).await.map_err(|error| match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => NoServer::Refused,
        _ => NoServer::Down,
    })
}

fn options(said: &NatsServers) -> Result<ConnectOptions, String> {
    let options = match &said.login {
        NatsLogin::None => ConnectOptions::new(),
        NatsLogin::User(user, password) => ConnectOptions::with_user_and_password(user.clone(), password.read()?),
        NatsLogin::Token(token) => ConnectOptions::with_token(token.read()?),
        NatsLogin::Nkey(seed) => ConnectOptions::with_nkey(seed.read()?.trim().to_owned()),
        // The client wants the last line whole.
        NatsLogin::Credentials(creds) => ConnectOptions::with_credentials(&(creds.read()? + "\n"))
            .map_err(|_| "what `creds` names is no credentials file of NATS".to_owned())?,
    };
    let options = options
        .name("tamis")
        .connection_timeout(said.timeout)
        .request_timeout(Some(said.timeout))
        .ping_interval(SILENCE)
        .max_reconnects(ATTEMPTS)
        .subscription_capacity(WAITING)
        .client_capacity(WAITING)
        .ignore_discovered_servers()
        .require_tls(said.tls);
    if !said.tls {
        return Ok(options);
    }
    let identity = said.identity.as_ref().map(|(cert, key)| (cert, key));
    Ok(options.tls_client_config(dial::client(said.ca.as_ref(), identity)?))
}
