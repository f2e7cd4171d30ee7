//! Messages that were taken and not answered yet. The server is told that work goes on, until their answer is confirmed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::jetstream::AckKind;
use async_nats::{Client, PublishError, Subject};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::super::Count;
use crate::delivery::Verdict;
use crate::edge::nats::{Link, connects};

/// Messages that are held at a time.
const MOST: usize = 1024;
/// Attempts to have an answer confirmed. Behind them the message comes again.
const ATTEMPTS: u32 = 60;
/// Pause between them, and before a message that was not delivered comes again: doubles each time it comes.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest of such pauses.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest wait for the connection to take what is written.
const WRITE: Duration = Duration::from_secs(2);

/// What a message is known by: its number in the stream, and when it was stored. A stream that is made anew counts anew.
pub(super) type Id = (u64, i128);

/// A message that is held.
struct Message {
    /// Where its answer goes.
    reply: Subject,
    /// How often it was given.
    given: u32,
    /// Some of it is an event. If not it is answered with `TERM`, once it is sealed.
    is_event: bool,
}

/// What is to be done with a message that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taking {
    /// It is to be delivered.
    New,
    /// It is held already.
    Held,
    /// It was acknowledged: that is to be said again.
    Done,
}

/// What became of messages.
pub(super) type Told = (Vec<Id>, Verdict);

/// Messages that are held.
pub(super) struct Held {
    messages: Mutex<BTreeMap<Id, Message>>,
    /// The last that were acknowledged. The server may have sent one once more before it heard so.
    done: Mutex<VecDeque<Id>>,
    /// Nothing is asked for before: something was given back.
    rests: Mutex<Instant>,
    link: Arc<Link>,
    count: Arc<dyn Count>,
}

impl Held {
    pub(super) fn new(link: Arc<Link>, count: Arc<dyn Count>) -> Arc<Self> {
        Arc::new(Self {
            messages: Mutex::default(),
            done: Mutex::default(),
            rests: Mutex::new(Instant::now()),
            link,
            count,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Id, Message>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many more may be taken.
    pub(super) fn room(&self) -> usize {
        MOST.saturating_sub(self.lock().len())
    }

    /// Takes a message. One that is held already is answered where it came from last.
    pub(super) fn take(&self, id: Id, reply: Subject, given: u32) -> Taking {
        match self.lock().entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(Message { reply, given, is_event: true });
                // A consumer that was made anew, to have all of it again, gives them for the first time.
                let is_done = given > 1 && self.done.lock().is_ok_and(|done| done.contains(&id));
                if is_done { Taking::Done } else { Taking::New }
            }
            Entry::Occupied(mut entry) => {
                let message = entry.get_mut();
                (message.reply, message.given) = (reply, given);
                Taking::Held
            }
        }
    }

    /// Whether something was given back a moment ago: what could not be delivered is not asked for at once.
    pub(super) fn rests(&self) -> bool {
        self.rests.lock().is_ok_and(|until| Instant::now() < *until)
    }

    /// Nothing of a message is an event.
    pub(super) fn is_no_event(&self, id: Id) {
        if let Some(message) = self.lock().get_mut(&id) {
            message.is_event = false;
        }
    }

    /// Answers messages as their branches end with them, and says of the others that work goes on, until nobody tells any more.
    /// `wait` is how long the server waits for a word.
    pub(super) async fn keep(
        self: Arc<Self>,
        mut told: UnboundedReceiver<Told>,
        wait: watch::Receiver<Duration>,
        stop: CancellationToken,
    ) {
        let mut answering = JoinSet::new();
        let mut said = Instant::now();
        loop {
            let next = said + *wait.borrow() / 3;
            tokio::select! {
                next = told.recv() => match next {
                    None => break,
                    Some((ids, verdict)) => {
                        if verdict == Verdict::Nack {
                            self.count.refused();
                            if let Ok(mut rests) = self.rests.lock() {
                                *rests = Instant::now() + AGAIN;
                            }
                        }
                        answering.spawn(self.clone().answer(ids, verdict, stop.is_cancelled()));
                    }
                },
                Some(_) = answering.join_next() => {}
                () = tokio::time::sleep_until(next.into()) => {
                    said = Instant::now();
                    self.go_on().await;
                }
            }
        }
        while answering.join_next().await.is_some() {}
        // What was written and not waited for goes out before the connection is closed.
        if let Ok((client, _)) = self.link.client().await {
            let _ = tokio::time::timeout(WRITE, client.flush()).await;
        }
    }

    /// Tells the server that work goes on.
    async fn go_on(&self) {
        let replies: Vec<Subject> = self.lock().values().map(|message| message.reply.clone()).collect();
        if replies.is_empty() {
            return;
        }
        let Ok((client, _)) = self.link.client().await else { return };
        let writing = async {
            for reply in replies {
                let _ = client.publish(reply, AckKind::Progress.into()).await;
            }
        };
        // A connection that broke meanwhile takes nothing: messages come again then, and are known.
        let _ = tokio::time::timeout(WRITE, writing).await;
    }

    /// Answers messages, and lets them go.
    async fn answer(self: Arc<Self>, ids: Vec<Id>, verdict: Verdict, stops: bool) {
        for attempt in 0..ATTEMPTS {
            let due = self.due(&ids, verdict, stops);
            if due.is_empty() {
                return;
            }
            if let Ok((client, _)) = self.link.client().await
                && say(&client, due, verdict).await
            {
                if verdict == Verdict::Ack {
                    self.remember(&ids);
                }
                break;
            }
            if attempt + 1 < ATTEMPTS {
                tokio::time::sleep(AGAIN).await;
            }
        }
        let mut messages = self.lock();
        ids.iter().for_each(|id| drop(messages.remove(id)));
    }

    fn remember(&self, ids: &[Id]) {
        if let Ok(mut done) = self.done.lock() {
            done.extend(ids);
            let more = done.len().saturating_sub(MOST);
            done.drain(..more);
        }
    }

    /// Where answers go, and what they are; of what is not held any more there is none.
    fn due(&self, ids: &[Id], verdict: Verdict, stops: bool) -> Vec<(Subject, AckKind)> {
        let messages = self.lock();
        let answer = |message: &Message| {
            let kind = match (verdict, message.is_event) {
                (Verdict::Ack, true) => AckKind::Ack,
                (Verdict::Ack, false) => AckKind::Term,
                // Whoever else reads from the consumer may have it at once.
                (Verdict::Nack, _) if stops => AckKind::Nak(None),
                (Verdict::Nack, _) => AckKind::Nak(Some(pause(message.given))),
            };
            (message.reply.clone(), kind)
        };
        ids.iter().filter_map(|id| messages.get(id).map(answer)).collect()
    }
}

/// Says it. Acknowledgements are said once the server confirms the last of them: it takes what comes on one connection in its order. Those
/// of messages to come again need no confirmation.
async fn say(client: &Client, mut due: Vec<(Subject, AckKind)>, verdict: Verdict) -> bool {
    let before = connects(client);
    let last = if verdict == Verdict::Ack { due.pop() } else { None };
    let writing = async {
        for (reply, kind) in due {
            client.publish(reply, kind.into()).await?;
        }
        Ok::<_, PublishError>(())
    };
    let is_written = matches!(tokio::time::timeout(WRITE, writing).await, Ok(Ok(())));
    match last {
        // On another connection the last one says nothing of the others.
        Some((reply, kind)) if is_written => {
            client.request(reply, kind.into()).await.is_ok() && connects(client) == before
        }
        _ => is_written,
    }
}

/// How long a message that was given so many times waits before it is given again.
fn pause(given: u32) -> Duration {
    AGAIN.saturating_mul(1_u32.checked_shl(given.saturating_sub(1)).unwrap_or(u32::MAX)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = [0, 1, 2, 3, 6, 7, 40].map(|given| pause(given).as_secs()).to_vec();
        assert_eq!(pauses, [1, 1, 2, 4, 30, 30, 30]);
    }

    struct Nobody;

    impl Count for Nobody {
        fn events(&self, _: u64, _: u64) {}
        fn trouble(&self, _: &str) {}
        fn warn(&self, _: &str) {}
        fn refused(&self) {}
        fn lost(&self, _: u64) {}
    }

    fn nothing_held() -> Arc<Held> {
        let servers = crate::config::NatsServers {
            addresses: Vec::new(),
            tls: false,
            ca: None,
            identity: None,
            login: crate::config::NatsLogin::None,
            timeout: AGAIN,
        };
        Held::new(Arc::new(Link::new(&servers)), Arc::new(Nobody))
    }

    /// LAW: what comes again is not delivered again where it is held, or was acknowledged; a consumer that starts anew gives all of it.
    #[test]
    fn what_comes_again_is_known() {
        let held = nothing_held();
        let take = |number, given| held.take((number, 7), format!("reply.{given}").into(), given);
        assert_eq!((take(1, 1), take(1, 2), take(2, 1)), (Taking::New, Taking::Held, Taking::New));
        assert_eq!(held.due(&[(1, 7)], Verdict::Ack, false)[0].0.as_str(), "reply.2", "the last one counts");
        assert_eq!(held.room(), MOST - 2);
        held.remember(&[(1, 7)]);
        held.lock().clear();
        assert_eq!((take(1, 3), take(2, 2)), (Taking::Done, Taking::New));
        held.lock().clear();
        assert_eq!(take(1, 1), Taking::New, "a consumer that was made anew");
        (10..10 + MOST as u64).for_each(|number| held.remember(&[(number, 7)]));
        held.lock().clear();
        assert_eq!(take(1, 2), Taking::New, "it remembers only so many");
    }

    #[test]
    fn answers_say_what_became_of_it() {
        let held = nothing_held();
        held.take((1, 7), "r".into(), 3);
        let kind = |verdict, stops| bytes::Bytes::from(held.due(&[(1, 7)], verdict, stops).remove(0).1);
        assert_eq!((kind(Verdict::Ack, false), kind(Verdict::Nack, true)), ("+ACK".into(), "-NAK".into()));
        assert_eq!(kind(Verdict::Nack, false), "-NAK {\"delay\":4000000000}");
        held.is_no_event((1, 7));
        assert_eq!((kind(Verdict::Ack, false), kind(Verdict::Nack, true)), ("+TERM".into(), "-NAK".into()));
        assert!(held.due(&[(2, 7)], Verdict::Ack, false).is_empty());
    }
}
