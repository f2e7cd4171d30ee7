//! Splunk's HTTP Event Collector.
//!
//! | answer of the server | means |
//! |---|---|
//! | 200; with acknowledgements: `true` for its `ackId` | delivered |
//! | 413; 400 for several | halve it: the event that `invalid-event-number` names is another one from code to code |
//! | 3xx, 401, 403, 404, 405, 407, 408, 425, 429, 5xx, no connection | again, after `Retry-After` at the earliest |
//! | other | never |
//! | none, or cut; no acknowledgement in time | again; it may have arrived |
//!
//! Of an answer only numbers are read: the text may quote events. What was taken of a request that was refused arrives twice.

use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::http::{after, answer, body, client, gzip};
use super::{Events, Sink};
use crate::config::HecSink;
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::hec::answer::{Said, is_safe};
use crate::edge::hec::write::{self, Usual};
use crate::edge::hec::{ACK, EVENT};
use crate::edge::opened::Opened;

/// Most bytes of an answer that are read.
const ANSWER: usize = 64 << 10;
/// First wait before it is asked whether a request is safe; doubles each time.
const ASK: Duration = Duration::from_millis(50);
/// Longest wait.
const ASK_MOST: Duration = Duration::from_secs(2);

/// A server.
pub(super) struct Hec {
    client: Client,
    url: Url,
    /// Where acknowledgements are asked for. `None`: they are not.
    ack: Option<Url>,
    headers: HeaderMap,
    usual: Usual,
    timeout: Duration,
    gzip: bool,
}

impl Hec {
    pub(super) fn new(said: &HecSink) -> Result<Self, String> {
        let client = client(said.ca.as_ref(), said.timeout)?.build();
        let client = client.map_err(|error| format!("no client can be made: {error}"))?;
        let at = |path: &str| {
            let mut url = said.url.value.clone();
            url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
            url
        };
        let mut headers = HeaderMap::new();
        let token: Result<HeaderValue, _> = format!("Splunk {}", said.token.read()?).parse();
        let mut token = token.map_err(|_| "what `token` names cannot be sent as a header".to_owned())?;
        token.set_sensitive(true);
        headers.insert(AUTHORIZATION, token);
        if said.acks {
            let channel = channel()?.parse().map_err(|_| "a channel cannot be named".to_owned())?;
            headers.insert("x-splunk-request-channel", channel);
        }
        let ack = said.acks.then(|| at(ACK));
        let usual = Usual { said: said.said.clone() };
        Ok(Self { client, url: at(EVENT), ack, headers, usual, timeout: said.timeout, gzip: said.gzip })
    }

    async fn post(&self, events: Vec<Events>) -> Answer {
        let number: usize = events.iter().map(|events| events.iter().count()).sum();
        let (usual, is_packed) = (self.usual.clone(), self.gzip);
        let encoding = tokio::task::spawn_blocking(move || encode(&events, &usual, is_packed));
        let Ok((message, unsent)) = encoding.await else { return Answer::Retry { after: None } };
        if let Some(unsent) = unsent {
            return unsent;
        }
        let mut request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(message);
        if self.gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Answer::Retry { after: None },
            Err(_) => return Answer::Lost,
        };
        let (status, after) = (response.status(), after(&response));
        let said = body(response, ANSWER).await;
        match (answer(status, after), said) {
            (Answer::Delivered, said) => self.taken(said).await,
            (Answer::Rejected, _) if status == 400 && number > 1 => Answer::TooLarge,
            (other, _) => other,
        }
    }

    /// What was received: delivered, or asked for until it is safe.
    async fn taken(&self, said: Option<Vec<u8>>) -> Answer {
        let Some(url) = &self.ack else { return Answer::Delivered };
        // Acknowledgements are switched off there, or its answer was cut: nobody knows what is safe.
        let Some(ack) = said.and_then(|said| Said::read(&said).ack) else { return Answer::Lost };
        let (until, mut pause) = (Instant::now() + self.timeout, ASK);
        while Instant::now() + pause < until {
            sleep_until(Instant::now() + pause).await;
            pause = (2 * pause).min(ASK_MOST);
            let asked = format!("{{\"acks\":[{ack}]}}");
            let asking = self.client.post(url.clone()).headers(self.headers.clone()).body(asked).send();
            let Ok(Ok(response)) = timeout_at(until, asking).await else { continue };
            if response.status().is_success()
                && let Some(told) = body(response, ANSWER).await
                && is_safe(&told, ack)
            {
                return Answer::Delivered;
            }
        }
        Answer::Lost
    }
}

/// A GUID of this sink's own: numbers of acknowledgements count within it.
fn channel() -> Result<String, String> {
    let random = getrandom::u64().and_then(|first| Ok((first, getrandom::u64()?)));
    let (first, second) = random.map_err(|error| format!("the system gives no random numbers: {error}"))?;
    let (a, b) = (format!("{first:016x}"), format!("{second:016x}"));
    Ok(format!("{}-{}-{}-{}-{}", &a[..8], &a[8..12], &a[12..], &b[..4], &b[4..]))
}

/// The body of these events; or what becomes of them without one, as in the other sinks.
fn encode(events: &[Events], usual: &Usual, packed: bool) -> (Vec<u8>, Option<Answer>) {
    let (mut out, mut unread) = (Vec::new(), Vec::new());
    for (number, event) in events.iter().flat_map(Events::iter).enumerate() {
        match Opened::new(event) {
            Some(opened) => write::event(opened, usual, &mut out),
            None => unread.push((number, ItemAnswer::Rejected)),
        }
    }
    if !unread.is_empty() {
        return (Vec::new(), Some(Answer::Partial(unread)));
    }
    if !packed {
        return (out, None);
    }
    gzip(&out).map_or_else(|| (Vec::new(), Some(Answer::Retry { after: None })), |packed| (packed, None))
}

impl Sink for Hec {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.post(events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_a_guid_of_its_own() {
        let (one, other) = (channel().unwrap(), channel().unwrap());
        assert!(one != other && one.len() == 36);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
