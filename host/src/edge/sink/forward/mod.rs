//! A forwarder of the Fluent family: PackedForward, compressed or not, a message for each tag of a request.
//!
//! | what happens | means |
//! |---|---|
//! | the `ack` of the chunk | delivered (`ack = false`: when it is written) |
//! | nobody answers, another key | again |
//! | no `ack` in time, or the connection breaks | again; it may have arrived |
//! | a part of the messages has its `ack` | those are delivered, the others again |

mod link;
mod message;

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Events, Sink};
use crate::config::ForwardSink;
use crate::delivery::branch::{Answer, ItemAnswer};
use crate::edge::dial::{Dialer, is_closed};
use crate::edge::source::forward::nonce;
use link::Open;
use message::{Group, grouped};

/// A forwarder.
pub(super) struct Forward {
    dialer: Dialer,
    key: Option<Vec<u8>>,
    ack: bool,
    tag: String,
    gzip: bool,
    timeout: Duration,
    open: Mutex<Option<Open>>,
}

impl Forward {
    pub(super) fn new(said: &ForwardSink) -> Result<Self, String> {
        let key = said.shared_key.as_ref().map(|key| key.read()).transpose()?.map(String::into_bytes);
        let dialer = Dialer::new(&said.address.value, said.tls, said.ca.as_ref(), said.timeout)?;
        let (ack, tag, gzip, timeout) = (said.ack, said.tag.clone(), said.gzip, said.timeout);
        Ok(Self { dialer, key, ack, tag, gzip, timeout, open: Mutex::default() })
    }

    async fn write(&self, events: Vec<Events>) -> Answer {
        let now = jiff::Timestamp::now();
        let number = events.iter().map(|events| events.iter().count()).sum::<usize>();
        let (groups, refused) = grouped(events.iter().flat_map(Events::iter), &self.tag, now);
        drop(events);
        let mut items: Vec<_> = refused.into_iter().map(|event| (event, ItemAnswer::Rejected)).collect();
        let mut place = self.open.lock().await;
        let Some(mut open) = self.opened(place.take()).await else {
            return if items.is_empty() { Answer::Retry { after: None } } else { Answer::Partial(items) };
        };
        let mut is_well = true;
        for group in groups {
            if !self.send_one(&mut open, &group).await {
                // What is there of it, and what comes of it, belongs to no other message.
                is_well = false;
                break;
            }
            items.extend(group.events.iter().map(|event| (*event, ItemAnswer::Delivered)));
        }
        if is_well {
            *place = Some(open);
        }
        let all_delivered = items.len() == number && items.iter().all(|(_, item)| *item == ItemAnswer::Delivered);
        match (all_delivered, items.is_empty()) {
            (true, _) => Answer::Delivered,
            (_, true) => Answer::Lost,
            _ => Answer::Partial(items),
        }
    }

    /// The connection that is there, if it is one still, or a new one.
    async fn opened(&self, before: Option<Open>) -> Option<Open> {
        if let Some(mut open) = before
            && !is_closed(&mut open.link).await
        {
            return Some(open);
        }
        let mut open = Open::new(self.dialer.dial().await.ok()?);
        if let Some(key) = &self.key {
            tokio::time::timeout(self.timeout, open.greet(key)).await.ok()?.ok()?;
        }
        Some(open)
    }

    /// Sends a message, and waits until it is there. False: nobody knows.
    async fn send_one(&self, open: &mut Open, group: &Group) -> bool {
        let Ok(id) = nonce() else { return false };
        let chunk = self.ack.then_some(id);
        let Some(bytes) = group.message(chunk.as_deref(), self.gzip) else { return false };
        let exchange = async {
            open.write(&bytes).await?;
            match &chunk {
                None => Ok(()),
                Some(chunk) => open.acknowledged(chunk.as_bytes()).await,
            }
        };
        matches!(tokio::time::timeout(self.timeout, exchange).await, Ok(Ok(())))
    }
}

impl Sink for Forward {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.write(events))
    }

    fn is_ordered(&self) -> bool {
        true
    }
}
