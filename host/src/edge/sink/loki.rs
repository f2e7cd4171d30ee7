//! Loki, by push of protobuf.
//!
//! | answer of the server | means |
//! |---|---|
//! | 2xx | delivered; lines that are equal to another of the same stream and time are not kept twice: they are counted as refused |
//! | 400 | for one line's sake: halved down to it, and that one never. What was stored of the others is not stored twice |
//! | 413 | halve it |
//! | 3xx, 401, 403, 404, 405, 407, 408, 425, 429, 5xx, no connection | again, after `Retry-After` at the earliest |
//! | other | never |
//! | none, or cut | again; what arrived is not stored twice |
//!
//! An event's time is the same whenever it is sent again: so is its line, and Loki keeps one of them.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use prost::Message as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Url};

use super::http::{after, answer, client};
use super::{Events, Sink};
use crate::config::LokiSink;
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::loki::PUSH;
use crate::edge::loki::group::{Group, Line};
use crate::edge::opened::Opened;

/// Lines that are remembered, twice.
const REMEMBERED: usize = 1 << 16;

/// A server.
pub(super) struct Loki {
    client: Client,
    url: Url,
    headers: HeaderMap,
    shape: Arc<Shape>,
    seen: Arc<Mutex<Seen>>,
}

/// What makes a line of an event.
struct Shape {
    labels: Vec<(String, String)>,
    kept: Vec<String>,
    /// Equal lines of the same time are told apart.
    distinct: bool,
}

impl Loki {
    pub(super) fn new(said: &LokiSink) -> Result<Self, String> {
        let client = client(said.ca.as_ref(), said.timeout)?.build();
        let client = client.map_err(|error| format!("no client can be made: {error}"))?;
        let mut url = said.url.value.clone();
        if url.path() == "/" {
            url.set_path(PUSH);
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let header = |text: String, what: &str| {
            text.parse::<HeaderValue>().map_err(|_| format!("what `{what}` names cannot be sent as a header"))
        };
        if let Some(id) = &said.org_id {
            headers.insert("x-scope-orgid", header(id.value.clone(), "org-id")?);
        }
        if let Some(token) = &said.token {
            use base64::Engine as _;
            let token = token.read()?;
            let text = match &said.user {
                None => format!("Bearer {token}"),
                Some(user) => {
                    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{token}")))
                }
            };
            let mut value = header(text, "token")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let shape =
            Arc::new(Shape { labels: said.labels.clone(), kept: said.keep_labels.clone(), distinct: said.distinct });
        Ok(Self { client, url, headers, shape, seen: Arc::default() })
    }

    async fn post(&self, events: Vec<Events>) -> Answer {
        let number: usize = events.iter().map(|events| events.iter().count()).sum();
        let (shape, seen) = (self.shape.clone(), self.seen.clone());
        let encoding = tokio::task::spawn_blocking(move || encode(&events, &shape, &lock(&seen)));
        let Encoded { message, told_apart, equal } = match encoding.await {
            Ok(Ok(encoded)) => encoded,
            Ok(Err(unsent)) => return unsent,
            Err(_) => return Answer::Retry { after: None },
        };
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(message);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Answer::Retry { after: None },
            Err(_) => return Answer::Lost,
        };
        let status = response.status();
        match answer(status, after(&response)) {
            Answer::Delivered => {
                lock(&self.seen).keep(told_apart);
                if equal > 0 { Answer::Short(equal) } else { Answer::Delivered }
            }
            Answer::Rejected if status == 400 && number > 1 => Answer::TooLarge,
            other => other,
        }
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    // What is half kept is forgotten sooner, nothing else.
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request.
struct Encoded {
    message: Vec<u8>,
    /// What is remembered of its lines once they are stored.
    told_apart: HashMap<u64, u32>,
    /// Lines that are equal to one before, of the same stream and time.
    equal: u64,
}

/// Makes a request. Where an event is no JSON object, it is rejected, and the others are sent in the next.
fn encode(events: &[Events], shape: &Shape, seen: &Seen) -> Result<Encoded, Answer> {
    let (mut group, mut told_apart, mut equal, mut unread) = (Group::default(), HashMap::new(), 0, Vec::new());
    for (number, (time, event)) in events.iter().flat_map(Events::timed).enumerate() {
        let Some(opened) = Opened::new(event) else {
            unread.push((number, ItemAnswer::Rejected));
            continue;
        };
        let keeps = |name: &str| shape.kept.iter().any(|kept| kept == name);
        let mut line = Line::new(opened, time, &shape.labels, keeps);
        let digest = seen.digest(&line, line.time);
        let times = seen.times(digest, &told_apart);
        if times > 0 && shape.distinct {
            let next = seen.tell_apart(&mut line, times, &mut told_apart);
            told_apart.insert(digest, next);
        } else {
            equal += u64::from(times > 0);
            told_apart.insert(digest, 1);
        }
        group.add(line);
    }
    if !unread.is_empty() {
        return Err(Answer::Partial(unread));
    }
    let message = group.finish().encode_to_vec();
    let message = snap::raw::Encoder::new().compress_vec(&message).map_err(|_| Answer::TooLarge)?;
    Ok(Encoded { message, told_apart, equal })
}

/// Lines that were stored: how many nanoseconds behind the time of each the next equal one would stand. Of a line only a digest is
/// kept, whose key is this run's.
#[derive(Default)]
struct Seen {
    key: RandomState,
    young: HashMap<u64, u32>,
    old: HashMap<u64, u32>,
}

impl Seen {
    fn digest(&self, line: &Line, time: Timestamp) -> u64 {
        self.key.hash_one((&line.labels, time.as_nanosecond(), &line.text))
    }

    fn times(&self, digest: u64, now: &HashMap<u64, u32>) -> u32 {
        let kept = || self.young.get(&digest).or_else(|| self.old.get(&digest));
        now.get(&digest).or_else(kept).copied().unwrap_or_default()
    }

    /// Moves a line to the first time from `from` nanoseconds on at which no equal one is. Says where the next would begin.
    fn tell_apart(&self, line: &mut Line, from: u32, now: &mut HashMap<u64, u32>) -> u32 {
        let mut behind = from;
        loop {
            let time = line.time.saturating_add(SignedDuration::from_nanos(behind.into())).unwrap_or(line.time);
            let digest = self.digest(line, time);
            if self.times(digest, now) == 0 || behind == u32::MAX {
                now.insert(digest, 1);
                line.time = time;
                return behind.saturating_add(1);
            }
            behind += 1;
        }
    }

    fn keep(&mut self, lines: HashMap<u64, u32>) {
        for (digest, next) in lines {
            self.young.insert(digest, next);
        }
        if self.young.len() > REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

impl Sink for Loki {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.post(events))
    }

    fn is_ordered(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::loki::message::Push;
    use crate::pipeline::Sanitized;

    const AT: &str = r#"{"a":1,"@envelope":{"time":"2026-11-27T00:00:00Z"}}"#;
    const NEXT: &str = r#"{"a":1,"@envelope":{"time":"2026-11-27T00:00:00.000000001Z"}}"#;

    fn events(lines: &[&str]) -> Vec<Events> {
        vec![Events::new(Arc::new(Sanitized::of_test(&(lines.join("\n") + "\n"))), None)]
    }

    fn shape(distinct: bool) -> Shape {
        Shape { labels: vec![("job".to_owned(), "tamis".to_owned())], kept: Vec::new(), distinct }
    }

    fn nanos(encoded: &Encoded) -> Vec<i32> {
        let message = snap::raw::Decoder::new().decompress_vec(&encoded.message).unwrap();
        let push = Push::decode(&message[..]).unwrap();
        push.streams.iter().flat_map(|stream| &stream.entries).map(|entry| entry.time.unwrap().nanos).collect()
    }

    /// LAW: equal lines of one time are told apart, over requests too, and stay where they are when they are sent again.
    #[test]
    fn equal_neighbours_are_told_apart_where_that_is_asked_for() {
        let (shape, mut seen) = (shape(true), Seen::default());
        let first = events(&[AT, AT, NEXT, AT]);
        let encoded = encode(&first, &shape, &seen).ok().unwrap();
        assert_eq!((nanos(&encoded), encoded.equal), (vec![0, 1, 2, 3], 0));
        let again = encode(&first, &shape, &seen).ok().unwrap();
        assert_eq!(nanos(&again), [0, 1, 2, 3]);
        seen.keep(again.told_apart);
        let encoded =
            encode(&events(&[NEXT, AT, r#"{"b":1,"@envelope":{"time":"2026-11-27T00:00:00Z"}}"#]), &shape, &seen);
        assert_eq!(nanos(&encoded.ok().unwrap()), [4, 5, 0]);
    }

    #[test]
    fn equal_neighbours_are_counted_where_they_are_not_told_apart() {
        let (shape, mut seen) = (shape(false), Seen::default());
        let encoded = encode(&events(&[AT, AT, NEXT]), &shape, &seen).ok().unwrap();
        assert_eq!((nanos(&encoded), encoded.equal), (vec![0, 0, 1], 1));
        seen.keep(encoded.told_apart);
        assert_eq!(encode(&events(&[AT]), &shape, &seen).ok().unwrap().equal, 1);
        // Where the time is our own no two are equal.
        let own = events(&[r#"{"a":1}"#, r#"{"a":1}"#]);
        assert_eq!(encode(&own, &shape, &seen).ok().unwrap().equal, 0);
        assert_eq!(
            nanos(&encode(&own, &shape, &seen).ok().unwrap()),
            nanos(&encode(&own, &shape, &seen).ok().unwrap())
        );
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut seen = Seen::default();
        for part in 0..40 {
            seen.keep((0..10_000_u64).map(|digest| (part * 10_000 + digest, 1)).collect());
            assert!(seen.young.len() + seen.old.len() <= 2 * (REMEMBERED + 10_000));
        }
    }
}
