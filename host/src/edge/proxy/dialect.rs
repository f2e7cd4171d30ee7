//! What a protocol has to say: which requests there are, how their events are read and written, and how an answer is made of what
//! became of each and of what the server says.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use super::Became;
use crate::config::Limits;
use crate::delivery::Reservation;
use crate::delivery::branch::Answer;
use crate::edge::sink::{self, Events};
use crate::edge::source::body::Coding;
use crate::edge::source::otlp::Body;
use crate::edge::source::request::{self, Refused};
use crate::event::frame::Batch;

/// What a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It carries events. Where they go, below the server's own path.
    Events(&'static str),
    /// It asks something that has nothing to do with events. Where, below the server's own path.
    Question(&'static str),
}

/// What a client asks.
pub(super) enum Question {
    /// The server: with these headers and this body.
    Asks(HeaderMap, Vec<u8>),
    /// The server and Tamis: acknowledgements that are Tamis' own are told beside the server's.
    AsksBoth(HeaderMap, Vec<u8>, Vec<u64>),
    /// Tamis itself, which knows.
    Knows(Response<Body>),
}

/// A protocol.
pub(super) trait Dialect: Send + Sync {
    /// What a method and a path are. All others are refused.
    fn place(&self, head: &Parts) -> Result<Place, Refused>;

    /// Reads a question.
    fn question(&self, _head: &Parts, _body: &[u8]) -> Result<Question, Refused> {
        Ok(Question::Asks(HeaderMap::new(), Vec::new()))
    }

    /// What the server says of a question, and what Tamis knows beside it.
    fn both(&self, _head: &Parts, told: Told, _own: &[u64]) -> Response<Body> {
        told.pass()
    }

    /// How the body is compressed.
    fn coding(&self, head: &Parts) -> Result<Coding, Refused> {
        request::coding(head.headers.get(CONTENT_ENCODING))
    }

    /// How long the client waits, where it says so.
    fn deadline(&self, _head: &Parts) -> Option<Duration> {
        None
    }

    /// Reads a request: inflates it and cuts it into events.
    fn read(
        &self,
        head: &Parts,
        body: Vec<u8>,
        coding: Coding,
        limits: &Limits,
        held: &mut Reservation,
    ) -> Result<Asked, Refused>;

    /// A refusal.
    fn refuse(&self, head: &Parts, why: Refused) -> Response<Body>;
}

/// A request that was read.
pub(super) struct Asked {
    /// Its events; a piece of a batch for each.
    pub(super) batches: Vec<Batch>,
    pub(super) exchange: Box<dyn Exchange>,
}

/// A request and its answer.
pub(super) trait Exchange: Send + Sync {
    /// The request upstream. `None`: it cannot be written.
    fn write(&self, became: &[Became], kept: &[Events]) -> Option<Written>;

    /// Whether the answer is told item by item: what was not filtered, or cannot be sealed, takes nothing from the rest.
    fn is_by_item(&self) -> bool {
        false
    }

    /// The answer. `told`: what the server says; `None`: nothing passed, and it was not asked.
    fn answer(&self, became: &[Became], told: Option<Told>) -> Result<Reply, Refused>;
}

/// A request upstream.
#[derive(Default)]
pub(super) struct Written {
    /// What says what its body is.
    pub(super) headers: HeaderMap,
    /// Compressed as it came.
    pub(super) body: Vec<u8>,
    /// Events that the protocol has no words for, by number among those that passed. They are not in it.
    pub(super) unwritten: Vec<usize>,
}

/// What the server says. Copies share its body. It may quote events: it goes to whoever asked, and nowhere else.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: Option<HeaderMap>,
}

impl Told {
    /// As it is.
    pub(super) fn pass(self) -> Response<Body> {
        let mut response = respond(self.status, self.body, self.trailers);
        *response.headers_mut() = self.headers;
        response
    }
}

/// An answer.
pub(super) struct Reply {
    pub(super) response: Response<Body>,
    /// Of what passed: what the server has, and what it refused for good. The rest is given again.
    pub(super) delivered: usize,
    pub(super) rejected: usize,
    /// The client gives all of it again: nothing of it is to be sealed yet.
    pub(super) is_again: bool,
}

impl Reply {
    /// An answer for all of so many events that passed.
    pub(super) fn whole(response: Response<Body>, passed: usize, answer: &Answer) -> Self {
        let (delivered, rejected, is_again) = match answer {
            Answer::Delivered => (passed, 0, false),
            Answer::Short(rejected) => {
                let rejected = passed.min(*rejected as usize);
                (passed - rejected, rejected, false)
            }
            Answer::Rejected | Answer::TooLarge => (0, passed, false),
            _ => (0, 0, true),
        };
        Self { response, delivered, rejected, is_again }
    }

    /// What a server says of a request as a whole, by its status.
    pub(super) fn by_status(told: Told, passed: usize) -> Self {
        let answer = sink::http::answer(told.status, None);
        Self::whole(told.pass(), passed, &answer)
    }
}

pub(super) fn passed(became: &[Became]) -> usize {
    became.iter().filter(|became| **became == Became::Passed).count()
}

/// Filtered events, in their order.
pub(super) fn each(kept: &[Events]) -> impl Iterator<Item = &[u8]> {
    kept.iter().flat_map(Events::iter)
}

pub(super) fn respond(status: StatusCode, body: Bytes, trailers: Option<HeaderMap>) -> Response<Body> {
    let mut response = Response::new(Full::new(body).with_trailers(std::future::ready(trailers.map(Ok))));
    *response.status_mut() = status;
    response
}
