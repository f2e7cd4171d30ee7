//! Apache Kafka: a consumer of a group. Its positions are the group's, and move over records that are acknowledged, partition by
//! partition, in their order. While a branch has no room partitions are paused and the broker is spoken to all the same, so that
//! the group does not take this consumer for dead.

mod group;
mod partitions;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{Intake, LOOK, Running, request};
use crate::config::KafkaSource;
use crate::delivery::{Budget, Reservation};
use crate::edge::kafka::{Known, look, not_made, settings};
use group::{Group, Told};
use partitions::At;
use record::Envelope;

/// Longest wait for a record, and for what the broker has to say.
const POLL: Duration = Duration::from_millis(20);
/// Positions are committed at most this often.
const COMMIT: Duration = Duration::from_millis(500);
/// How long records that wait in the client wait for room before partitions are paused, which throws them away.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most records that are handed on together.
const RECORDS: usize = 2000;
/// Longest wait for the broker to tell of topics.
const ASK: Duration = Duration::from_secs(3);
/// Longest wait, at the end, for positions to be committed.
const LAST: Duration = Duration::from_secs(5);
/// Longest wait for the group to be left. Who is gone without a word is missed after a session.
const LEAVE: Duration = Duration::from_secs(1);

/// Runs until it is told to stop.
pub(super) async fn run(said: &KafkaSource, running: Running) -> Result<(), String> {
    let Running { intake, stop, ready, .. } = running;
    let client = settings(&said.cluster)?;
    let (said, runtime) = (said.clone(), Handle::current());
    let consuming = move || consume(&said, client, intake, &stop, ready, runtime);
    tokio::task::spawn_blocking(consuming).await.map_err(|_| "a mistake in tamis itself".to_owned())?
}

/// Bytes that one request to a broker brings at most, and that wait in the client at most.
fn share(budget: &Budget) -> usize {
    (budget.most() / 64).clamp(64 << 10, 4 << 20)
}

fn consume(
    said: &KafkaSource,
    mut client: ClientConfig,
    intake: Intake,
    stop: &CancellationToken,
    ready: oneshot::Sender<std::io::Result<Option<std::net::SocketAddr>>>,
    runtime: Handle,
) -> Result<(), String> {
    let topics: Vec<String> = said.topics.iter().map(|topic| topic.value.clone()).collect();
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut known = look(&client, &names, ASK);
    if let Known::Refused(why) = known {
        return Err(why);
    }
    let share = share(&intake.budget);
    let (tell, told) = channel();
    consumes(&mut client, said, share);
    let consumer: BaseConsumer<Group> = client
        .create_with_context(Group::new(topics.clone(), told, intake.count.clone()))
        .map_err(|error| not_made(&error))?;
    let _ = ready.send(Ok(None));
    // The client's own memory: what waits in it, and an answer each of three brokers.
    let own = runtime.block_on(intake.wait(4 * share, stop));
    while let Known::NotNow(why) = known {
        consumer.context().say(why);
        let until = Instant::now() + ASK;
        while Instant::now() < until {
            if stop.is_cancelled() {
                return Ok(());
            }
            // It knows better why, for example that it may not come in.
            if let Some(Err(error)) = consumer.poll(5 * POLL) {
                consumer.context().trouble("the broker", &error);
            }
        }
        known = look(&client, &names, ASK);
        if let Known::Refused(why) = known {
            return Err(why);
        }
    }
    consumer.subscribe(&names).map_err(|error| not_made(&error))?;
    let round = (2 * share).min(intake.budget.most() / 4);
    let consumer = Arc::new(consumer);
    let committer = consumer.context().committer(consumer.clone(), tell.clone());
    let reader = Reader { consumer: consumer.clone(), intake, runtime, tell, round };
    let ended = reader.run(stop);
    drop((reader, own));
    leave(consumer, committer);
    ended
}

fn consumes(client: &mut ClientConfig, said: &KafkaSource, share: usize) {
    let bytes = share.to_string();
    client.set("group.id", &said.group.value);
    client.set("session.timeout.ms", said.session.as_millis().to_string());
    client.set("partition.assignment.strategy", "cooperative-sticky");
    client.set("enable.auto.commit", "false").set("enable.auto.offset.store", "false");
    // A group that is new begins with the oldest record: nothing is lost by where it stood.
    client.set("auto.offset.reset", "earliest");
    client.set("allow.auto.create.topics", "false");
    client.set("queued.max.messages.kbytes", (share >> 10).to_string());
    client.set("message.max.bytes", &bytes).set("fetch.max.bytes", &bytes).set("max.partition.fetch.bytes", &bytes);
}

/// Records of one partition that are handed on together.
struct Gathered {
    lines: Vec<u8>,
    first: i64,
    next: i64,
}

impl Gathered {
    fn new(first: i64) -> Self {
        Self { lines: Vec::new(), first, next: first }
    }

    /// Takes note of a record behind those before. One in front of them says that the partition went and came back meanwhile: what was
    /// read before comes again, and positions begin with this one.
    fn add(&mut self, offset: i64, write: impl FnOnce(&mut Vec<u8>)) {
        if offset < self.next {
            *self = Self::new(offset);
        }
        write(&mut self.lines);
        self.next = offset + 1;
    }
}

struct Reader {
    consumer: Arc<BaseConsumer<Group>>,
    intake: Intake,
    runtime: Handle,
    tell: Sender<Told>,
    /// Memory that a round takes before it reads.
    round: usize,
}

impl Reader {
    fn run(&self, stop: &CancellationToken) -> Result<(), String> {
        let group = self.consumer.context();
        let (mut full, mut committed, mut stopped) = (None::<Instant>, Instant::now(), None::<Instant>);
        loop {
            group.settle();
            self.again();
            if committed.elapsed() >= COMMIT || stop.is_cancelled() {
                group.commit();
                committed = Instant::now();
            }
            if stop.is_cancelled() {
                self.turn(true);
                self.poll_only()?;
                if group.partitions().in_flight() == 0 {
                    let since = *stopped.get_or_insert_with(Instant::now);
                    if group.partitions().is_done(|_| true) || since.elapsed() >= LAST {
                        return Ok(());
                    }
                }
                continue;
            }
            match self.intake.reserve(self.round) {
                Ok(held) => {
                    full = None;
                    self.turn(false);
                    self.read(held)?;
                }
                Err(_) if full.get_or_insert_with(Instant::now).elapsed() < PATIENCE => std::thread::sleep(LOOK),
                Err(_) => {
                    self.turn(true);
                    self.poll_only()?;
                }
            }
        }
    }

    /// Pauses partitions, or has them go on.
    fn turn(&self, pause: bool) {
        let group = self.consumer.context();
        let (stop, go) = group.partitions().turn(pause);
        let list = |of: Vec<At>| group.list(of.into_iter().map(|at| (at, Offset::Invalid)));
        if !stop.is_empty()
            && let Err(error) = self.consumer.pause(&list(stop))
        {
            group.trouble("partitions cannot be paused", &error);
        }
        if !go.is_empty()
            && let Err(error) = self.consumer.resume(&list(go))
        {
            group.trouble("partitions cannot go on", &error);
        }
    }

    /// Reads again what was not taken.
    fn again(&self) {
        let group = self.consumer.context();
        let due = group.partitions().again(Instant::now());
        for (at, position) in due {
            let sought = self.consumer.seek(group.topic(at), at.1, Offset::Offset(position), ASK);
            if let Err(error) = &sought {
                group.trouble("a partition cannot be read again", error);
            }
            group.partitions().rewound(at, sought.is_ok(), Instant::now());
        }
    }

    /// Hears what the broker says while no record is taken.
    fn poll_only(&self) -> Result<(), String> {
        match self.consumer.poll(POLL) {
            None => Ok(()),
            Some(Err(error)) => self.failed(&error),
            Some(Ok(message)) => {
                let group = self.consumer.context();
                if let Some(at) = group.at(message.topic(), message.partition()) {
                    group.partitions().refuse(at, message.offset(), Instant::now());
                }
                Ok(())
            }
        }
    }

    /// Takes records that are there, and hands them on.
    fn read(&self, mut held: Reservation) -> Result<(), String> {
        let group = self.consumer.context();
        let mut found: BTreeMap<At, Gathered> = BTreeMap::new();
        let (mut wait, mut bytes, mut records) = (POLL, 0, 0);
        while 2 * bytes < self.round && records < RECORDS {
            let message = match self.consumer.poll(wait) {
                None => break,
                Some(Err(error)) => {
                    self.failed(&error)?;
                    break;
                }
                Some(Ok(message)) => message,
            };
            wait = Duration::ZERO;
            let Some(at) = group.at(message.topic(), message.partition()) else { continue };
            let first = message.offset();
            let of = found.entry(at).or_insert_with(|| Gathered::new(first));
            of.add(first, |lines| {
                let before = lines.len();
                record::line(message.payload(), &envelope(&message), lines);
                bytes += lines.len() - before;
            });
            records += 1;
        }
        for (at, of) in found {
            self.deliver(at, of, &mut held);
        }
        Ok(())
    }

    fn deliver(&self, at: At, of: Gathered, held: &mut Reservation) {
        // Twice: as lines, and as what they become. One record may be longer than a round: it waits for memory, but not for ever.
        let (wanted, until) = (2 * of.lines.len() + request::index_of(&of.lines), Instant::now() + ASK);
        while held.bytes() < wanted && !held.grow(wanted - held.bytes()) && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
        let part = held.split(wanted);
        let Some(ticket) = self.consumer.context().partitions().open(at, of.first, of.next) else { return };
        let batches = request::frame(&of.lines, self.intake.limits.event);
        drop(of.lines);
        let tell = self.tell.clone();
        let lane = (at.0 as u64).wrapping_mul(1009).wrapping_add(at.1 as u64);
        // Whoever is gone asks no more.
        let done = move |verdict| drop(tell.send(Told::Settled(at, ticket, verdict)));
        self.runtime.block_on(self.intake.deliver(lane, batches, part, done));
    }

    fn failed(&self, error: &KafkaError) -> Result<(), String> {
        if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Err(format!("the broker takes this consumer no more: {}", crate::edge::kafka::name(error)));
        }
        self.consumer.context().trouble("the broker", error);
        Ok(())
    }
}

/// Leaves the group. A broker that is away is not waited for.
fn leave(consumer: Arc<BaseConsumer<Group>>, committer: std::thread::JoinHandle<()>) {
    consumer.context().rest();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        // It has the consumer, too: closing it is for whoever is the last.
        let _ = committer.join();
        drop(consumer);
        let _ = tell.send(());
    });
    let _ = told.recv_timeout(LEAVE);
}

fn envelope<'m>(message: &'m BorrowedMessage<'_>) -> Envelope<'m> {
    let headers = message
        .headers()
        .map_or_else(Vec::new, |headers| headers.iter().map(|header| (header.key, header.value)).collect());
    Envelope {
        topic: message.topic(),
        partition: message.partition(),
        offset: message.offset(),
        time: message.timestamp().to_millis(),
        key: message.key(),
        headers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: a position never moves over what is not in the lines, though a partition comes back while records are gathered.
    #[test]
    fn what_was_read_before_a_partition_came_back_is_forgotten() {
        let mut gathered = Gathered::new(5);
        let mut add = |offset: i64| {
            gathered.add(offset, |lines| lines.extend(offset.to_string().into_bytes()));
            (gathered.lines.clone(), gathered.first, gathered.next)
        };
        assert_eq!((add(5), add(8)), ((b"5".to_vec(), 5, 6), (b"58".to_vec(), 5, 9)));
        assert_eq!((add(3), add(4)), ((b"3".to_vec(), 3, 4), (b"34".to_vec(), 3, 5)));
    }
}
