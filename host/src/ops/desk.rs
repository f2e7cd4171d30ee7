//! What this process does when it is told to, and who may tell it: whoever shows the token, or a certificate whose common name has a
//! role (`[admin] viewer`, `officer`, `operator`).
//!
//! | request | from | answer |
//! |---|---|---|
//! | `GET /healthz`, `/readyz`, `/metrics` | viewer | as at `[metrics]` |
//! | `GET /in-force` | viewer | what is in force for each route, or why it is closed |
//! | `GET /ledger` | officer | the report of the ledger, Markdown |
//! | `GET /shadow` | officer | what a candidate would make otherwise (`tamis run --shadow`), JSON; 404: nothing looks on |
//! | `GET /tap/ROUTE?seconds=30&rate=10&purpose=…` | operator | a sample of what leaves, NDJSON, until it is over; 409: not now |
//! | `POST /reload` | operator | 200: in force; 409: refused, with what is wrong |
//!
//! 401: nobody who is known by a token or a certificate. 403: somebody who may not; the ledger says who.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::{Method, Request, Response, StatusCode, Uri};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::http::{self, Watch};
use super::ledger::{self, Form, Span};
use super::log::{Level, Said, say};
use super::reload::{Reloader, said};
use super::shadow::Shadow;
use super::tap::{Opened, Wanted};
use super::worker::{Floor, Way};
use crate::config::{Admin, Role, Secret};
use crate::edge::common_name::CommonName;

/// Who asks for the same again within this time is not written down again: a ledger must not be filled by who may do nothing.
const AGAIN: Duration = Duration::from_secs(60);
/// Most letters of a common name, as X.520 has it.
const LONGEST: usize = 64;

/// Before the name of a route.
const TAP: &str = "/tap/";

/// What answers.
type Answer = UnsyncBoxBody<Bytes, Infallible>;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Watch,
    InForce,
    Ledger,
    Shadow,
    Tap,
    Reload,
}

impl Act {
    fn of(method: &Method, path: &str) -> Option<Self> {
        Some(match (method, path) {
            (&Method::GET, "/healthz" | "/readyz" | "/metrics") => Self::Watch,
            (&Method::GET, "/in-force") => Self::InForce,
            (&Method::GET, "/ledger") => Self::Ledger,
            (&Method::GET, "/shadow") => Self::Shadow,
            (&Method::GET, path) if path.starts_with(TAP) => Self::Tap,
            (&Method::POST, "/reload") => Self::Reload,
            _ => return None,
        })
    }

    fn needs(self) -> Role {
        match self {
            Self::Watch | Self::InForce => Role::Viewer,
            Self::Ledger | Self::Shadow => Role::Officer,
            Self::Tap | Self::Reload => Role::Operator,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::InForce => "in-force",
            Self::Ledger => "ledger",
            Self::Shadow => "shadow",
            Self::Tap => "tap",
            Self::Reload => "reload",
        }
    }
}

/// Who asks, by what the ledger calls them, and what they may do.
struct Who {
    name: String,
    role: Option<Role>,
}

/// Where operators ask.
pub(super) struct Desk {
    token: Option<Vec<u8>>,
    roles: BTreeMap<String, Role>,
    watch: Arc<Watch>,
    reloader: Arc<Reloader>,
    ledger: Option<PathBuf>,
    /// Who was turned away from what, and when that was written down.
    denied: Mutex<BTreeMap<(String, &'static str), Instant>>,
}

impl Desk {
    /// `ledger`: its file, where there is one.
    ///
    /// # Errors
    ///
    /// The token cannot be read, or is none.
    pub(super) fn new(
        said: &Admin,
        watch: Arc<Watch>,
        reloader: Arc<Reloader>,
        ledger: Option<PathBuf>,
    ) -> Result<Self, String> {
        let token = said.token.as_ref().map(Secret::read).transpose().map_err(|error| format!("[admin]: {error}"))?;
        if token.as_ref().is_some_and(String::is_empty) {
            return Err("[admin]: the token is empty".to_owned());
        }
        let roles = said.roles.iter().map(|(name, role)| (name.value.clone(), *role)).collect();
        Ok(Self { token: token.map(String::into_bytes), roles, watch, reloader, ledger, denied: Mutex::default() })
    }

    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Answer> {
        let Some(who) = self.who(&request) else { return respond(StatusCode::UNAUTHORIZED, String::new()) };
        let Some(act) = Act::of(request.method(), request.uri().path()) else {
            return respond(StatusCode::NOT_FOUND, String::new());
        };
        if who.role.is_none_or(|role| role < act.needs()) {
            return self.deny(who, act).await;
        }
        match act {
            Act::Watch => self.watch.clone().answer(request).await.map(BodyExt::boxed_unsync),
            Act::InForce => respond(StatusCode::OK, self.in_force()),
            Act::Ledger => self.report().await,
            Act::Shadow => match self.watch.floor.shadow.as_ref().and_then(Shadow::report) {
                Some(report) => respond(StatusCode::OK, report),
                None => respond(StatusCode::NOT_FOUND, "nothing looks on: tamis run --shadow POLICY; where it was refused, `shadow-refused` in the log says why\n".to_owned()),
            },
            Act::Tap => self.tap(&who, request.uri()).await,
            Act::Reload => {
                self.note("asked", &who, json!({ "what": act.name() })).await;
                match self.reloader.clone().reload().await {
                    Ok(text) => respond(StatusCode::OK, text),
                    Err(text) => respond(StatusCode::CONFLICT, text),
                }
            }
        }
    }

    /// `None`: who shows a token that is not the one, or neither token nor certificate.
    fn who(&self, request: &Request<Incoming>) -> Option<Who> {
        let common_name = request.extensions().get::<CommonName>();
        let name = common_name.map(|name| format!("CN={}", name.0.chars().take(LONGEST).collect::<String>()));
        if let Some(shown) = request.headers().get(AUTHORIZATION) {
            let (scheme, shown) = shown.as_bytes().split_at_checked(7)?;
            if !scheme.eq_ignore_ascii_case(b"bearer ") {
                return None;
            }
            let is_good = self.token.as_ref().is_some_and(|token| bool::from(shown.ct_eq(token)));
            let name = name.unwrap_or_else(|| "token".to_owned());
            return is_good.then_some(Who { name, role: Some(Role::Operator) });
        }
        Some(Who { name: name?, role: common_name.and_then(|name| self.roles.get(&*name.0).copied()) })
    }

    /// Turns somebody away who is known and may not.
    async fn deny(&self, who: Who, act: Act) -> Response<Answer> {
        let text = format!("the role \"{}\" is needed\n", act.needs().name());
        let is_new = {
            let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
            denied.retain(|_, at| at.elapsed() < AGAIN);
            let is_new = !denied.contains_key(&(who.name.clone(), act.name()));
            denied.entry((who.name.clone(), act.name())).or_insert_with(Instant::now);
            is_new
        };
        if is_new {
            say(Level::Warn, "denied", &[("by", Said::Name(&who.name)), ("what", Said::Name(act.name()))]);
            self.note("denied", &who, json!({ "what": act.name() })).await;
        }
        respond(StatusCode::FORBIDDEN, text)
    }

    /// Writes down who asked for what. `false`: it could not be.
    async fn note(&self, kind: &'static str, who: &Who, what: Value) -> bool {
        let role = who.role.map_or("none", Role::name);
        let mut line = json!({ "by": who.name, "role": role });
        if let (Value::Object(line), Value::Object(what)) = (&mut line, what) {
            line.extend(what);
        }
        let floor = self.watch.floor.clone();
        tokio::task::spawn_blocking(move || floor.book.note(kind, line)).await.unwrap_or(false)
    }

    /// Shows a sample of what leaves a route. It stands in the ledger before the first event is shown.
    async fn tap(&self, who: &Who, uri: &Uri) -> Response<Answer> {
        let route = uri.path().strip_prefix(TAP).unwrap_or_default();
        let floor = &self.watch.floor;
        let Some(way) = floor.routes.iter().find(|way| way.name == route) else {
            let names: Vec<_> = floor.routes.iter().map(|way| way.name.as_str()).collect();
            return respond(StatusCode::NOT_FOUND, format!("there is no such route, but {}\n", names.join(", ")));
        };
        let wanted = match Wanted::read(route, uri.query().unwrap_or_default()) {
            Ok(wanted) => wanted,
            Err(why) => return respond(StatusCode::BAD_REQUEST, why),
        };
        if let Some(purpose) = &wanted.purpose
            && !way.to.iter().any(|(to, _)| to.purpose.value == *purpose)
        {
            return respond(StatusCode::NOT_FOUND, "nothing leaves this route for such a purpose\n".to_owned());
        }
        if self.ledger.is_none() {
            let why = "there is no [ledger]: who sees what leaves has to stand in one\n";
            return respond(StatusCode::CONFLICT, why.to_owned());
        }
        let (lasts, rate, purpose) = (wanted.lasts, wanted.rate, wanted.purpose.clone());
        let Some(opened) = floor.taps.open(wanted) else {
            return respond(StatusCode::CONFLICT, "as many taps are open as may be\n".to_owned());
        };
        let id = opened.id;
        let tap = Tap { floor: floor.clone(), opened, by: who.name.clone(), route: route.to_owned() };
        let what = json!({ "route": route, "purpose": purpose, "seconds": lasts.as_secs(), "rate": rate });
        if !self.note("tap", who, what).await {
            let why = "the ledger cannot be written: nothing is shown that cannot be written down\n";
            return respond(StatusCode::CONFLICT, why.to_owned());
        }
        let floor = Arc::downgrade(floor);
        // Of who does not read on nothing is heard: their tap makes room for others all the same.
        drop(tokio::spawn(async move {
            tokio::time::sleep(lasts).await;
            if let Some(floor) = floor.upgrade() {
                floor.taps.close(id);
            }
        }));
        Response::new(tap.body(lasts))
    }

    fn in_force(&self) -> String {
        let floor = &self.watch.floor;
        let routes = floor.routes.iter().enumerate();
        let one = |(number, way): (usize, &Way)| {
            let now = floor.live.of(number).map_or_else(String::new, |now| said(&now.purposes));
            format!("{}: {now}\n", way.name)
        };
        routes.map(one).collect()
    }

    async fn report(&self) -> Response<Answer> {
        let Some(path) = self.ledger.clone() else {
            return respond(StatusCode::NOT_FOUND, "there is no [ledger]\n".to_owned());
        };
        let reading = move || ledger::report(std::fs::File::open(path)?, &Span::default(), Form::Markdown);
        match tokio::task::spawn_blocking(reading).await {
            Ok(Ok(text)) => respond(StatusCode::OK, text),
            _ => respond(StatusCode::INTERNAL_SERVER_ERROR, "the ledger cannot be read\n".to_owned()),
        }
    }
}

/// A tap that is open. When it ends, however it does, that is written down.
struct Tap {
    floor: Arc<Floor>,
    opened: Opened,
    by: String,
    route: String,
}

impl Tap {
    /// Events until it is over.
    fn body(self, lasts: Duration) -> Answer {
        let end = tokio::time::Instant::now() + lasts;
        let next = move |mut tap: Self| async move {
            let tapped = tokio::time::timeout_at(end, tap.opened.receive.recv()).await.ok()??;
            Some((Ok(Frame::data(tapped.line)), tap))
        };
        StreamBody::new(stream::unfold(self, next)).boxed_unsync()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.floor.taps.close(self.opened.id);
        let events = self.opened.sent.load(Ordering::Relaxed);
        let line = json!({ "by": self.by, "route": self.route, "events": events });
        let floor = self.floor.clone();
        // The ledger waits for the disk, and whoever drops this must not.
        drop(tokio::task::spawn_blocking(move || floor.book.note("tap-ended", line)));
    }
}

fn respond(status: StatusCode, text: String) -> Response<Answer> {
    http::respond(status, text).map(BodyExt::boxed_unsync)
}
