//! Streams of NATS JetStream, through a durable pull consumer with explicit acknowledgement.
//!
//! Messages are acknowledged, and the server has to confirm the last of those that went together, once every required branch has their
//! events, or dropped or sealed them as the policy says. Until then the server is told in time that work goes on. What could not be delivered is given back, to come again after
//! a pause. Nothing is asked for while a branch has no room, nor more than there is memory for.

mod held;
mod message;

use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::pull::{Batch, Config};
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::stream::ConsumerErrorKind;
use async_nats::jetstream::{self, AckKind, ErrorCode};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::otlp::REPEATED;
use super::{Intake, LOOK, Running, body, request};
use crate::config::NatsSource;
use crate::delivery::{Reservation, Verdict};
use crate::edge::line::no_event;
use crate::edge::nats::{self, Link, NoServer};
use held::{Held, Id, Taking, Told};

/// Messages asked for at a time.
const MESSAGES: usize = 256;
/// Bytes asked for at a time, where memory is not short.
const BYTES: usize = 256 << 10;
/// What a message takes in memory, of its bytes: itself, its lines, and the batch of them.
const TIMES: usize = 3;
/// How long the server keeps a question to which it has no messages.
const WAIT: Duration = Duration::from_secs(1);
/// Pause after something that does not work.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a consumer cannot be read now.
#[derive(Debug, PartialEq, Eq)]
enum NoConsumer {
    /// Another time.
    Later(String),
    /// As it is set up it would lose messages, or it is not there.
    Wrong(String),
}

/// Runs until it is told to stop.
pub(super) async fn run(said: &NatsSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, ready, .. } = running;
    let link = Arc::new(Link::new(&said.servers));
    let held = Held::new(link.clone(), intake.count.clone());
    let (tell, told) = unbounded_channel();
    let (set_wait, wait) = watch::channel(said.ack_wait);
    let mut reader = Reader { said, intake, link, held: held.clone(), tell, set_wait, trouble: None, any_size: false };
    // What is wrong from the beginning is said before anything starts; a server that is not there yet is waited for.
    let first = match reader.open().await {
        Err(NoConsumer::Wrong(why)) => return Err(why),
        first => first,
    };
    let _ = ready.send(Ok(None));
    tokio::join!(reader.read(first, &stop), held.keep(told, wait, stop.clone()));
    Ok(())
}

/// What asks for messages and hands them on.
struct Reader<'s> {
    said: &'s NatsSource,
    intake: Intake,
    link: Arc<Link>,
    held: Arc<Held>,
    tell: UnboundedSender<Told>,
    set_wait: watch::Sender<Duration>,
    /// What was last said not to work.
    trouble: Option<String>,
    /// The next message is larger than what is asked for usually.
    any_size: bool,
}

/// A consumer, and the number of the client that reads it.
struct Open {
    consumer: PullConsumer,
    client: Client,
    number: u64,
}

/// A message, and where it belongs.
struct Taken {
    id: Id,
    lane: u64,
    /// It came before: it goes alone.
    is_again: bool,
    message: async_nats::Message,
}

impl Reader<'_> {
    /// Reads until it is told to stop.
    async fn read(mut self, first: Result<Open, NoConsumer>, stop: &CancellationToken) {
        let mut opened = first;
        while !stop.is_cancelled() {
            let open = match opened {
                Ok(open) => open,
                Err(NoConsumer::Later(why) | NoConsumer::Wrong(why)) => {
                    self.say(Some(why));
                    rest(AGAIN, stop).await;
                    opened = self.open().await;
                    continue;
                }
            };
            self.say(None);
            opened = match self.some(&open, stop).await {
                // A client that was made anew, or a consumer that was taken away, is opened anew.
                Some(true) => match self.link.client().await {
                    Ok((_, number)) if number == open.number => Ok(open),
                    Ok(_) => self.open().await,
                    Err(why) => Err(NoConsumer::Later(why.text(&self.said.servers))),
                },
                Some(false) => self.open().await,
                None => Ok(open),
            };
        }
    }

    /// Says what does not work, once.
    fn say(&mut self, trouble: Option<String>) {
        if let Some(why) = trouble.as_ref().filter(|_| trouble != self.trouble) {
            self.intake.count.trouble(why);
        }
        self.trouble = trouble;
    }

    /// The consumer as it is on the server, made where it is not there.
    async fn open(&mut self) -> Result<Open, NoConsumer> {
        let (client, number) = self.link.client().await.map_err(|why| match why {
            NoServer::Down => NoConsumer::Later(why.text(&self.said.servers)),
            NoServer::Refused | NoServer::Unusable(_) => NoConsumer::Wrong(why.text(&self.said.servers)),
        })?;
        let context = ContextBuilder::new().timeout(self.said.servers.timeout).build(client.clone());
        let consumer = consumer(&context, self.said).await?;
        let config = &consumer.cached_info().config;
        let waits = config.backoff.iter().copied().chain([config.ack_wait]);
        let wait = waits.filter(|wait| !wait.is_zero()).min().unwrap_or(self.said.ack_wait);
        let _ = self.set_wait.send(wait.max(Duration::from_millis(300)));
        Ok(Open { consumer, client, number })
    }

    /// Asks for messages and hands on what comes. True: it may be asked again; false: something is wrong with the consumer; `None`:
    /// nothing is taken now.
    async fn some(&mut self, open: &Open, stop: &CancellationToken) -> Option<bool> {
        let config = &open.consumer.cached_info().config;
        let most = self.held.room().min(if self.any_size { 1 } else { within(MESSAGES, config.max_batch) });
        if most == 0 || self.held.rests() {
            rest(LOOK, stop).await;
            return None;
        }
        let usual = within(BYTES.min(self.intake.budget.most() / 16), config.max_bytes);
        let bytes = if self.any_size { open.client.max_payload() } else { usual };
        let mut room = self.intake.wait(TIMES * bytes, stop).await?;
        let expires = if config.max_expires.is_zero() { WAIT } else { WAIT.min(config.max_expires) };
        let asked = open.consumer.batch().max_messages(most).expires(expires);
        let asked = if self.any_size { asked } else { asked.max_bytes(bytes) };
        let connects = nats::connects(&open.client);
        let Ok(mut batch) = asked.messages().await else { return Some(false) };
        let mut came = false;
        let mut ended = loop {
            let next = tokio::select! {
                next = batch.next() => next,
                () = stop.cancelled() => break Some(true),
                // What was asked on a connection that is gone is not answered.
                () = tokio::time::sleep(LOOK * 20) => {
                    if connects == nats::connects(&open.client) { continue }
                    break Some(true);
                }
            };
            let mut messages = Vec::new();
            let ended = self.gather(next, &mut batch, &mut messages);
            came |= !messages.is_empty();
            self.deliver(messages, &mut room).await;
            if ended.is_some() {
                break ended;
            }
        };
        if stop.is_cancelled() {
            self.give_back(batch).await;
        }
        // The next message may not fit into what was asked for; it alone may, whatever its size.
        if ended == Some(false) && (came || !self.any_size) {
            (self.any_size, ended) = (!came, Some(true));
        } else if came {
            self.any_size = false;
        }
        if ended == Some(false) {
            self.any_size = false;
            rest(AGAIN, stop).await;
        }
        ended
    }

    /// A message, and those that are there behind it. `Some`: the question is over; false where the server says that it does not go on.
    fn gather(
        &self,
        next: Option<Result<jetstream::Message, async_nats::Error>>,
        batch: &mut Batch,
        into: &mut Vec<Taken>,
    ) -> Option<bool> {
        let mut next = Some(next);
        while let Some(one) = next {
            match one {
                None => return Some(true),
                Some(Err(_)) => return Some(false),
                Some(Ok(message)) => into.extend(self.taken(message)),
            }
            next = batch.next().now_or_never();
        }
        None
    }

    /// `None`: it is held already, or is none of a stream.
    fn taken(&self, message: jetstream::Message) -> Option<Taken> {
        let (id, given) = known(&message)?;
        let message = message.message;
        let is_new = match self.held.take(id, message.reply.clone()?, given) {
            Taking::New => true,
            Taking::Held => false,
            Taking::Done => {
                drop(self.tell.send((vec![id], Verdict::Ack)));
                false
            }
        };
        let mut hasher = rustc_hash::FxHasher::default();
        message.subject.as_str().hash(&mut hasher);
        is_new.then(|| Taken { id, lane: hasher.finish(), is_again: given > 1, message })
    }

    /// Hands messages on: those of one worker together, but what comes again alone, so that it holds no other.
    async fn deliver(&mut self, messages: Vec<Taken>, room: &mut Reservation) {
        let workers = self.intake.workers.len().max(1) as u64;
        let mut groups: Vec<Vec<Taken>> = (0..workers).map(|_| Vec::new()).collect();
        for message in messages {
            let lane = (message.lane % workers) as usize;
            if message.is_again {
                let before = groups.get_mut(lane).map(std::mem::take).unwrap_or_default();
                self.deliver_one(lane as u64, before, room).await;
                self.deliver_one(lane as u64, vec![message], room).await;
            } else if let Some(group) = groups.get_mut(lane) {
                group.push(message);
            }
        }
        for (lane, group) in (0..).zip(groups) {
            self.deliver_one(lane, group, room).await;
        }
    }

    async fn deliver_one(&mut self, lane: u64, group: Vec<Taken>, room: &mut Reservation) {
        if group.is_empty() {
            return;
        }
        let ids: Vec<Id> = group.iter().map(|taken| taken.id).collect();
        let bytes: usize = group.iter().map(|taken| taken.message.length).sum();
        let most = self.intake.limits.body.saturating_mul(REPEATED).min(self.intake.budget.most() / 4);
        let (mut room, held) = (room.split(TIMES * bytes), self.held.clone());
        // Transcoding is work: others go on meanwhile.
        let written =
            tokio::task::spawn_blocking(move || lines(&group, most, &mut room, &held).map(|lines| (lines, room)));
        let (Ok(Some((lines, held))), tell) = (written.await, self.tell.clone()) else { return self.refuse(ids) };
        let batches = request::frame(&lines, self.intake.limits.event);
        drop(lines);
        let done = move |verdict| drop(tell.send((ids, verdict)));
        self.intake.deliver(lane, batches, held, done).await;
    }

    /// They come again, later; until then nothing is asked for.
    fn refuse(&self, ids: Vec<Id>) {
        drop(self.tell.send((ids, Verdict::Nack)));
    }

    /// What comes while it stops is for others.
    async fn give_back(&self, mut batch: Batch) {
        let giving = async {
            while let Some(Ok(message)) = batch.next().await {
                let _ = message.ack_with(AckKind::Nak(None)).await;
            }
        };
        let _ = tokio::time::timeout(2 * WAIT, giving).await;
    }
}

/// Lines of messages; none becomes longer than `most`. `None`: there is no memory for them now.
fn lines(group: &[Taken], most: usize, room: &mut Reservation, held: &Held) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    for Taken { id, message, .. } in group {
        let (before, mut is_long) = (lines.len(), false);
        let more = |bytes: usize| {
            is_long = bytes - before > most;
            !is_long && body::grow(room, 2 * bytes)
        };
        match message::lines(&message.subject, message.headers.as_ref(), &message.payload, more, &mut lines) {
            Some(0) => held.is_no_event(*id),
            Some(_) => {}
            // It would never fit: it is sealed as it came.
            None if is_long => {
                lines.truncate(before);
                no_event(&message.payload, &mut lines);
                held.is_no_event(*id);
            }
            None => return None,
        }
    }
    let all = 2 * lines.len() + request::index_of(&lines);
    body::grow(room, all).then_some(lines)
}

/// What a message is known by, and how often it was given. `None`: it is none of a stream.
fn known(message: &jetstream::Message) -> Option<(Id, u32)> {
    let info = message.info().ok()?;
    let id = (info.stream_sequence, info.published.unix_timestamp_nanos());
    Some((id, u32::try_from(info.delivered).unwrap_or(u32::MAX)))
}

/// What a consumer allows of it; nothing more than 0 is no bound.
fn within(wanted: usize, most: i64) -> usize {
    usize::try_from(most).ok().filter(|most| *most > 0).map_or(wanted, |most| wanted.min(most))
}

async fn rest(pause: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
    }
}

/// Finds the consumer, makes it where it is not there, and looks whether it loses nothing.
async fn consumer(context: &jetstream::Context, said: &NatsSource) -> Result<PullConsumer, NoConsumer> {
    let (stream, name) = (&said.stream, &said.consumer);
    let wrong = |why: &str| NoConsumer::Wrong(format!("the consumer {name} of the stream {stream} {why}"));
    let consumer = match context.get_consumer_from_stream(name, stream).await.map_err(|error| error.kind()) {
        Ok(consumer) => consumer,
        Err(ConsumerErrorKind::JetStream(error)) if error.error_code() == ErrorCode::CONSUMER_NOT_FOUND => {
            let made = context.create_consumer_on_stream(config(said), stream).await;
            made.map_err(|_| NoConsumer::Later(format!("the consumer {name} of the stream {stream} cannot be made")))?
        }
        Err(ConsumerErrorKind::JetStream(error)) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
            return Err(NoConsumer::Wrong(format!("there is no stream {stream}")));
        }
        Err(ConsumerErrorKind::InvalidConsumerType) => return Err(wrong("is no pull consumer")),
        Err(_) => {
            return Err(NoConsumer::Later(format!("the stream {stream} does not answer for the consumer {name}")));
        }
    };
    match unfit(&consumer.cached_info().config) {
        None => Ok(consumer),
        Some(why) => Err(wrong(why)),
    }
}

fn config(said: &NatsSource) -> Config {
    Config {
        durable_name: Some(said.consumer.clone()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: said.ack_wait,
        max_deliver: -1,
        filter_subject: said.filter.clone().unwrap_or_default(),
        ..Config::default()
    }
}

/// Why a consumer would lose messages.
fn unfit(config: &jetstream::consumer::Config) -> Option<&'static str> {
    if config.ack_policy != AckPolicy::Explicit {
        return Some("does not ask for explicit acknowledgement (ack policy)");
    }
    if config.max_deliver > 0 {
        return Some("gives messages up after some deliveries: set its max deliver to -1");
    }
    config.headers_only.then_some("gives headers only")
}
