//! Sinks: where filtered events go, a file each.

pub(in crate::edge) mod bulk;
mod file;
mod forward;
mod hec;
pub(in crate::edge) mod http;
#[cfg(feature = "kafka")]
mod kafka;
mod loki;
mod nats;
pub(in crate::edge) mod otlp;
mod stdout;
mod syslog;

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use crate::config::SinkKind;
use crate::delivery::Reservation;
use crate::delivery::branch::{Answer, Payload};
use crate::edge::spans::Place;
use crate::pipeline::Sanitized;

/// Filtered events of one batch that go to one sink.
///
/// INVARIANT (raw cannot be encoded): they are made of [`Sanitized`] only, and sinks take nothing else.
#[derive(Clone, Debug)]
pub struct Events {
    from: Arc<Sanitized>,
    /// Where each lies, without its line break.
    at: Vec<Range<u32>>,
    bytes: usize,
    /// The memory of the batch that they came from.
    held: Option<Arc<Reservation>>,
    made: u64,
    born: Born,
    /// The span that sending them belongs to.
    place: Option<Place>,
}

/// What tells a batch from all others, by chance and not by content; kept however often its events are sent.
#[derive(Clone, Copy, Debug)]
struct Born {
    /// `None`: the system gives no random numbers.
    id: Option<[u8; 16]>,
    time: jiff::Timestamp,
}

impl Born {
    fn now() -> Self {
        let mut id = [0; 16];
        let is_random = getrandom::fill(&mut id).is_ok();
        Self { id: is_random.then_some(id), time: jiff::Timestamp::now() }
    }
}

impl Events {
    /// All events of a filtered batch.
    pub fn new(from: Arc<Sanitized>, held: Option<Arc<Reservation>>) -> Self {
        let (mut at, mut start) = (Vec::new(), 0);
        for end in memchr::memchr_iter(b'\n', from.bytes()) {
            at.push(start as u32..end as u32);
            start = end + 1;
        }
        let bytes = start;
        Self { from, at, bytes, held, made: 0, born: Born::now(), place: None }
    }

    /// Sending them belongs to a span.
    #[must_use]
    pub fn traced(self, place: &Place) -> Self {
        Self { place: Some(place.clone()), ..self }
    }

    /// The span that sending them belongs to.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Events that a buffer on disk gives back: they were filtered when they were put there.
    pub fn restored(bytes: Vec<u8>) -> Self {
        Self::new(Arc::new(Sanitized::restored(bytes)), None)
    }

    /// The same, filtered under what was in force of this number.
    #[must_use]
    pub fn under(self, made: u64) -> Self {
        Self { made, ..self }
    }

    /// The events, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.at.iter().filter_map(|at| self.from.bytes().get(at.start as usize..at.end as usize))
    }

    /// Each event with an id of its own, which is the same whenever it is sent again. It says nothing of what the event holds. `None`:
    /// the system gives no random numbers.
    pub fn named(&self) -> impl Iterator<Item = (Option<String>, &[u8])> {
        use base64::Engine as _;
        let id = self.born.id.map(|id| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id));
        let at = self.at.iter().map(move |at| id.as_ref().map(|id| format!("{id}{:x}", at.start)));
        at.zip(self.iter())
    }

    /// When they were filtered.
    pub fn time(&self) -> jiff::Timestamp {
        self.born.time
    }

    /// Each event with a time that no other event of its batch has, for protocols that tell equal events apart by time; the same
    /// whenever it is sent again.
    pub fn timed(&self) -> impl Iterator<Item = (jiff::Timestamp, &[u8])> {
        let time = |at: &Range<u32>| {
            let behind = jiff::SignedDuration::from_nanos(at.start.into());
            self.born.time.saturating_add(behind).unwrap_or(self.born.time)
        };
        self.at.iter().map(time).zip(self.iter())
    }

    /// Writes each with a line break behind it.
    pub fn lines(&self, out: &mut Vec<u8>) {
        for event in self.iter() {
            out.extend_from_slice(event);
            out.push(b'\n');
        }
    }
}

impl Payload for Events {
    fn events(&self) -> usize {
        self.at.len()
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn take(&mut self, events: &[usize]) -> Self {
        let taken: Vec<_> = events.iter().filter_map(|event| self.at.get(*event).cloned()).collect();
        let mut next = events.iter().copied().peekable();
        let mut number = 0;
        self.at.retain(|_| {
            let stays = next.peek() != Some(&number);
            if !stays {
                next.next();
            }
            number += 1;
            stays
        });
        let size = |at: &[Range<u32>]| at.iter().map(|at| (at.end - at.start) as usize + 1).sum();
        self.bytes = size(&self.at);
        let (from, held, place) = (self.from.clone(), self.held.clone(), self.place.clone());
        Self { from, bytes: size(&taken), at: taken, held, made: self.made, born: self.born, place }
    }

    fn made(&self) -> u64 {
        self.made
    }
}

/// What sends one request at a time, or several side by side.
pub trait Sink: Send + Sync {
    /// Sends events in their order. Whatever the other side says is reduced to what a branch has to know.
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;

    /// Whether nobody takes anything from it any more, and never will.
    fn is_gone(&self) -> bool {
        false
    }

    /// Whether events reach it in order only one request at a time.
    fn is_ordered(&self) -> bool {
        false
    }
}

/// Opens a sink.
///
/// # Errors
///
/// What it needs is not there. Names files and addresses, never content.
pub fn open(kind: &SinkKind) -> Result<Arc<dyn Sink>, String> {
    Ok(match kind {
        SinkKind::Stdout => Arc::new(stdout::Stdout::default()),
        SinkKind::File(said) => Arc::new(file::File::new(said)),
        SinkKind::Http(said) => Arc::new(http::Http::new(said)?),
        SinkKind::Syslog(said) => syslog::open(said)?,
        SinkKind::Forward(said) => Arc::new(forward::Forward::new(said)?),
        SinkKind::Nats(said) => Arc::new(nats::Nats::new(said)?),
        SinkKind::Otlp(said) => Arc::new(otlp::Otlp::new(said)?),
        SinkKind::Bulk(said) => Arc::new(bulk::Bulk::new(said)?),
        SinkKind::Hec(said) => Arc::new(hec::Hec::new(said)?),
        SinkKind::Loki(said) => Arc::new(loki::Loki::new(said)?),
        #[cfg(feature = "kafka")]
        SinkKind::Kafka(said) => Arc::new(kafka::Kafka::new(said)?),
        #[cfg(not(feature = "kafka"))]
        SinkKind::Kafka(_) => return Err(super::NO_KAFKA.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_events_out_keeps_order_and_count() {
        let mut events = Events::new(Arc::new(Sanitized::of_test("a\nbb\nccc\ndddd\n")), None);
        assert_eq!((events.events(), events.bytes()), (4, 14));
        let taken = events.take(&[1, 3]);
        assert_eq!(taken.iter().collect::<Vec<_>>(), [b"bb".as_slice(), b"dddd"]);
        assert_eq!(events.iter().collect::<Vec<_>>(), [b"a".as_slice(), b"ccc"]);
        assert_eq!((events.bytes(), taken.bytes()), (6, 8));
    }

    /// LAW: an id stays whatever becomes of the request that its event is in, and equal events have different ones.
    #[test]
    fn ids_stay_and_are_of_no_content() {
        let mut events = Events::new(Arc::new(Sanitized::of_test("a\na\na\n")), None);
        let ids = |events: &Events| events.named().map(|(id, _)| id.unwrap()).collect::<Vec<_>>();
        let all = ids(&events);
        let taken = events.take(&[1]);
        assert_eq!([ids(&taken), ids(&events)].concat(), [all[1].clone(), all[0].clone(), all[2].clone()]);
        assert!(all[0] != all[1] && all[1] != all[2]);
        let other = Events::new(Arc::new(Sanitized::of_test("a\na\na\n")), None);
        assert!(ids(&other).iter().all(|id| !all.contains(id)));
    }
}
