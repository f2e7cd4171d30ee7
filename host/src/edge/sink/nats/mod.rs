//! Streams of NATS JetStream: a message for each event.
//!
//! | what happens | means |
//! |---|---|
//! | `PubAck`, also of one that is there already | delivered |
//! | nobody answers, or refuses who we are | again |
//! | no stream has the subject, or another than said | again: somebody will mend it |
//! | the stream has no room, or another error | again |
//! | larger than the server or its stream takes | rejected |
//! | no answer in time | again; it may have arrived |
//! | some have their answer | those are delivered, the others again |
//!
//! A message has an id (`Nats-Msg-Id`) made of chance and its place, and nothing of what it holds: one that is sent again is
//! known to the stream, as long as the stream remembers ids.

mod message;

use std::error::Error as _;
use std::pin::Pin;

use async_nats::Client;
use async_nats::header::{NATS_EXPECTED_STREAM, NATS_MESSAGE_ID};
use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, ErrorCode};
use tokio::sync::Mutex;

use super::{Events, Sink};
use crate::config::NatsSink;
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::nats::Link;
use message::{Message, message, usual};

/// Messages that wait for their answer at a time.
const UNDER_WAY: usize = 256;

/// A stream.
pub(super) struct Nats {
    said: NatsSink,
    link: Link,
    open: Mutex<Option<(u64, jetstream::Context)>>,
}

impl Nats {
    pub(super) fn new(said: &NatsSink) -> Result<Self, String> {
        Ok(Self { said: said.clone(), link: Link::new(&said.servers), open: Mutex::default() })
    }

    async fn write(&self, events: Vec<Events>) -> Answer {
        // A server that is not there is not sent to: nothing piles up before it.
        let Ok((client, number)) = self.link.client().await else { return Answer::Retry { after: None } };
        let context = self.context(client.clone(), number).await;
        let all: Vec<_> = events.iter().flat_map(Events::named).collect();
        let (mut tried, most, usual) = (Tried::default(), client.max_payload(), usual(&self.said.subject));
        let named = |item: usize| all.get(item).map(|(id, event)| (item, self.message(event, id.as_deref())));
        for first in (0..all.len()).step_by(UNDER_WAY) {
            let items = first..all.len().min(first + UNDER_WAY);
            let homeless = tried.send(&context, items.filter_map(named), most).await;
            // A subject of an event's own that no stream has must not hold the others back.
            let elsewhere = homeless.into_iter().filter_map(named).filter(|(_, message)| message.subject != usual);
            let elsewhere = elsewhere.map(|(item, message)| (item, Message { subject: usual.clone(), ..message }));
            tried.send(&context, elsewhere, most).await;
            if tried.lost {
                // What is behind would wait in vain as long.
                break;
            }
        }
        let Tried { items, lost } = tried;
        let all_delivered = items.len() == all.len() && items.iter().all(|(_, item)| *item == ItemAnswer::Delivered);
        match (all_delivered, items.is_empty()) {
            (true, _) => Answer::Delivered,
            (_, true) if lost => Answer::Lost,
            (_, true) => Answer::Retry { after: None },
            _ => Answer::Partial(items),
        }
    }

    /// An event as a message, with its id, and the stream that has to take it.
    fn message(&self, event: &[u8], id: Option<&str>) -> Message {
        let mut message = message(event, &self.said.subject);
        if let Some(id) = id {
            message.headers.insert(NATS_MESSAGE_ID, id);
        }
        if let Some(stream) = &self.said.stream {
            message.headers.insert(NATS_EXPECTED_STREAM, stream.as_str());
        }
        message
    }

    async fn context(&self, client: Client, number: u64) -> jetstream::Context {
        let mut place = self.open.lock().await;
        if let Some((_, context)) = place.as_ref().filter(|(known, _)| *known == number) {
            return context.clone();
        }
        let timeout = self.said.servers.timeout;
        let made = ContextBuilder::new().timeout(timeout).ack_timeout(timeout).max_ack_inflight(2 * UNDER_WAY);
        let context = made.backpressure_on_inflight(true).build(client);
        *place = Some((number, context.clone()));
        context
    }
}

/// What became of the messages of a request.
#[derive(Default)]
struct Tried {
    items: Vec<(usize, ItemAnswer)>,
    /// Some got no answer.
    lost: bool,
}

impl Tried {
    /// Sends messages, waits for their answers, and gives back those whose subject no stream has.
    async fn send(
        &mut self,
        context: &jetstream::Context,
        messages: impl Iterator<Item = (usize, Message)>,
        most: usize,
    ) -> Vec<usize> {
        let (mut sent, mut homeless) = (Vec::new(), Vec::new());
        for (item, Message { subject, headers, payload }) in messages {
            if payload.len() + size(&headers) > most {
                self.items.push((item, ItemAnswer::Rejected));
                continue;
            }
            match context.send_publish(subject, PublishMessage::build().payload(payload).headers(headers)).await {
                Ok(answer) => sent.push((item, answer)),
                Err(_) => self.lost = true,
            }
        }
        for (item, answer) in sent {
            match answer.await {
                Ok(_) => self.items.push((item, ItemAnswer::Delivered)),
                Err(error) if is_too_large(&error) => self.items.push((item, ItemAnswer::Rejected)),
                Err(error) => match error.kind() {
                    PublishErrorKind::StreamNotFound => homeless.push(item),
                    PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => self.lost = true,
                    _ => {}
                },
            }
        }
        homeless
    }
}

/// Bytes that headers take at most.
fn size(headers: &async_nats::HeaderMap) -> usize {
    let of = |(name, values): (&async_nats::HeaderName, &Vec<async_nats::HeaderValue>)| -> usize {
        values.iter().map(|value| AsRef::<str>::as_ref(name).len() + value.as_str().len() + 4).sum()
    };
    headers.iter().map(of).sum::<usize>() + 12
}

/// Whether the stream will never take it.
fn is_too_large(error: &PublishError) -> bool {
    let said = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    let codes = [ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM, ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM];
    said.is_some_and(|said| codes.contains(&said.error_code()))
}

impl Sink for Nats {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.write(events))
    }

    fn is_ordered(&self) -> bool {
        true
    }
}
