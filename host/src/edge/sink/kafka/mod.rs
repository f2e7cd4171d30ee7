//! A topic of Apache Kafka, written to by an idempotent producer.
//!
//! | what the broker says of a record | means |
//! |---|---|
//! | every replica in sync has it | delivered |
//! | too large, invalid, of a forbidden time | never, if it was sent alone; a request that holds others is halved until it is |
//! | anything else, or nothing in time | again; it may have arrived |

mod message;

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use rdkafka::statistics::Statistics;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{Events, Sink};
use crate::config::KafkaSink;
use crate::delivery::branch::{Answer, ItemAnswer, Payload as _};
use crate::edge::kafka::{Known, look, not_made, settings};
use message::Message;

/// Longest wait for the broker to tell of a topic.
const ASK: Duration = Duration::from_secs(3);
/// Longest record, in bytes. What the broker takes it says itself.
const LONGEST: usize = 64 << 20;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Delivered,
    Later,
    /// Refused, perhaps for the sake of others that it travelled with.
    TooLarge,
    Refused,
}

/// The producer tells of each record what became of it.
struct Reports;

/// Whom to tell, and of which record.
struct Report {
    number: usize,
    tell: UnboundedSender<(usize, Outcome)>,
    is_broken: Arc<AtomicBool>,
}

impl ClientContext for Reports {
    fn log(&self, _: RDKafkaLogLevel, _: &str, _: &str) {}
    fn stats(&self, _: Statistics) {}
    // Records say it, too.
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Report>;

    fn delivery(&self, result: &DeliveryResult<'_>, report: Box<Report>) {
        let outcome = match result {
            Ok(_) => Outcome::Delivered,
            Err((error, _)) => outcome(error, &report.is_broken),
        };
        // Whoever gave up waiting asks no more.
        let _ = report.tell.send((report.number, outcome));
    }
}

fn outcome(error: &KafkaError, is_broken: &AtomicBool) -> Outcome {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => Outcome::TooLarge,
        Some(RDKafkaErrorCode::InvalidRecord | RDKafkaErrorCode::InvalidTimestamp) => Outcome::Refused,
        Some(RDKafkaErrorCode::Fatal) => {
            is_broken.store(true, Ordering::Relaxed);
            Outcome::Later
        }
        _ => Outcome::Later,
    }
}

/// A topic.
pub(super) struct Kafka {
    client: ClientConfig,
    topic: String,
    key_from: Option<Vec<String>>,
    timeout: Duration,
    producer: Mutex<Option<Arc<ThreadedProducer<Reports>>>>,
    /// The producer says of itself that it can go on no more: another is made.
    is_broken: Arc<AtomicBool>,
    /// Whether the topic was found to be good.
    is_known: AtomicBool,
    /// It was found not to be.
    is_gone: AtomicBool,
}

impl Kafka {
    /// Opens a topic. A broker that is away is no error: it is asked before the first record is sent.
    ///
    /// # Errors
    ///
    /// The topic cannot be used, or a secret is not there.
    pub(super) fn new(said: &KafkaSink) -> Result<Self, String> {
        let mut client = settings(&said.cluster)?;
        let (asked, topic) = (client.clone(), said.topic.value.clone());
        let looking = std::thread::spawn(move || look(&asked, &[&topic], ASK));
        let known = looking.join().map_err(|_| "a mistake in tamis itself")?;
        if let Known::Refused(why) = known {
            return Err(why);
        }
        client.set("acks", "all").set("enable.idempotence", "true");
        client.set("compression.codec", said.compress);
        client.set("message.timeout.ms", said.timeout.as_millis().max(1000).to_string());
        client.set("message.max.bytes", LONGEST.to_string());
        // What waits in it is one request, whose memory is held until its records are reported.
        client.set("queue.buffering.max.messages", "2000000");
        let kafka = Self {
            client,
            topic: said.topic.value.clone(),
            key_from: said.key_from.clone(),
            timeout: said.timeout,
            producer: Mutex::default(),
            is_broken: Arc::default(),
            is_known: AtomicBool::new(known == Known::Good),
            is_gone: AtomicBool::new(false),
        };
        kafka.producer()?;
        Ok(kafka)
    }

    fn producer(&self) -> Result<Arc<ThreadedProducer<Reports>>, String> {
        let mut producer = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_broken.swap(false, Ordering::Relaxed) {
            *producer = None;
        }
        if let Some(there) = &*producer {
            return Ok(there.clone());
        }
        let new = self.client.create_with_context(Reports).map_err(|error| not_made(&error))?;
        Ok(producer.insert(Arc::new(new)).clone())
    }

    /// Whether the topic may be written to.
    async fn is_good(&self) -> bool {
        if self.is_known.load(Ordering::Relaxed) {
            return true;
        }
        let (client, topic) = (self.client.clone(), self.topic.clone());
        match tokio::task::spawn_blocking(move || look(&client, &[&topic], ASK)).await {
            Ok(Known::Good) => self.is_known.store(true, Ordering::Relaxed),
            // It was not there at the start: the next start says why.
            Ok(Known::Refused(_)) => self.is_gone.store(true, Ordering::Relaxed),
            _ => {}
        }
        self.is_known.load(Ordering::Relaxed)
    }

    async fn produce(&self, events: Vec<Events>) -> Answer {
        if !self.is_good().await {
            return Answer::Retry { after: None };
        }
        let Ok(producer) = self.producer() else { return Answer::Retry { after: None } };
        let (tell, mut told) = unbounded_channel();
        for (number, event) in events.iter().flat_map(Events::iter).enumerate() {
            let Some(message) = Message::new(event, self.key_from.as_deref()) else {
                let _ = tell.send((number, Outcome::Refused));
                continue;
            };
            let report = Report { number, tell: tell.clone(), is_broken: self.is_broken.clone() };
            let mut record = BaseRecord::with_opaque_to(&self.topic, Box::new(report)).payload(&*message.payload);
            (record.timestamp, record.headers) = (message.time, message.headers);
            if let Some(key) = &message.key {
                record = record.key(key.as_slice());
            }
            if let Err((error, _)) = producer.send(record) {
                let _ = tell.send((number, outcome(&error, &self.is_broken)));
            }
        }
        drop(tell);
        let mut outcomes = Vec::new();
        let reports = async {
            while let Some(report) = told.recv().await {
                outcomes.push(report);
            }
        };
        // The client gives up by itself after `timeout`.
        let _ = tokio::time::timeout(self.timeout + ASK, reports).await;
        answer(events.iter().map(|events| events.events()).sum(), &outcomes)
    }
}

fn answer(events: usize, outcomes: &[(usize, Outcome)]) -> Answer {
    let all = |of: fn(Outcome) -> bool| outcomes.len() == events && outcomes.iter().all(|(_, outcome)| of(*outcome));
    if outcomes.is_empty() {
        return Answer::Lost;
    }
    if all(|outcome| outcome == Outcome::Delivered) {
        return Answer::Delivered;
    }
    if events == 1 && all(|outcome| outcome == Outcome::Refused) {
        return Answer::Rejected;
    }
    // A broker refuses a batch as a whole: which of them it was is found by halving.
    if all(|outcome| matches!(outcome, Outcome::TooLarge | Outcome::Refused)) {
        return Answer::TooLarge;
    }
    let of = |outcome| if outcome == Outcome::Delivered { ItemAnswer::Delivered } else { ItemAnswer::Retry };
    Answer::Partial(outcomes.iter().map(|(number, outcome)| (*number, of(*outcome))).collect())
}

impl Sink for Kafka {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.produce(events))
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }

    fn is_ordered(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_travelled_with_others_is_refused_only_once_it_is_alone() {
        use Outcome::{Delivered, Later, Refused, TooLarge};
        assert_eq!(answer(2, &[(1, Delivered), (0, Delivered)]), Answer::Delivered);
        assert_eq!(answer(2, &[]), Answer::Lost);
        assert_eq!(answer(2, &[(0, TooLarge), (1, TooLarge)]), Answer::TooLarge);
        assert_eq!(answer(2, &[(0, Refused), (1, TooLarge)]), Answer::TooLarge);
        assert_eq!(answer(1, &[(0, TooLarge)]), Answer::TooLarge);
        assert_eq!(answer(1, &[(0, Refused)]), Answer::Rejected);
        let items = vec![(0, ItemAnswer::Delivered), (2, ItemAnswer::Retry), (1, ItemAnswer::Retry)];
        assert_eq!(answer(4, &[(0, Delivered), (2, TooLarge), (1, Later)]), Answer::Partial(items));
        assert_eq!(answer(2, &[(0, TooLarge)]), Answer::Partial(vec![(0, ItemAnswer::Retry)]));
    }
}
