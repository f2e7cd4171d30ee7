//! Repeats: events that come again, byte for byte, while the first is on its way or was safe a short time ago.

use super::receipt::{Fate, Part, Verdict};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

/// What tells an event from all others: a keyed digest of its bytes as they came. Filtered, events of many are alike.
pub type Mark = [u8; 16];

/// Bytes of memory that an event takes here, and a delivery that waits for one, at most.
pub const EACH: usize = 400;

/// Knows events by their marks for a while, a bounded number of them, and lets each through once.
///
/// As many deliveries may wait for others as events are known. One above that is nacked: before a sink that is away, who asks again
/// and again must not fill memory.
///
/// A repeat is no more acknowledged than the first: while that is on its way the repeat's delivery waits for it, and has its verdict.
/// An event is remembered only once its delivery was acked; of one that was nacked nothing is known, so that it can come again.
/// Times are since a start of the caller's choice, by a clock that never runs back.
#[derive(Debug)]
pub struct Repeats {
    window: Duration,
    most: usize,
    known: HashMap<Mark, Known>,
    /// Those that are safe, with when that was told, oldest first.
    safe: VecDeque<(Duration, Mark)>,
    under_way: BTreeMap<u64, UnderWay>,
    /// Parts that wait, of all that is under way.
    waiting: usize,
    next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    UnderWay(u64),
    Safe,
}

/// A delivery that is under way.
#[derive(Debug, Default)]
struct UnderWay {
    marks: Vec<Mark>,
    /// Parts of deliveries that repeat some of it.
    repeats: Vec<Part>,
}

impl Repeats {
    /// Knows at most so many events, each for so long after it was acked. What comes when there is no room for more is let through.
    pub fn new(window: Duration, most: usize) -> Self {
        let (known, safe, under_way) = (HashMap::new(), VecDeque::new(), BTreeMap::new());
        Self { window, most, known, safe, under_way, waiting: 0, next: 0 }
    }

    /// A delivery begins. Gives its number, to be told by [`Repeats::end`] what it ended with, and for each event whether it is a
    /// repeat. `part`: of the delivery's receipt; it is split for each other delivery that this one has to wait for.
    pub fn begin(&mut self, now: Duration, marks: &[Mark], part: &Part) -> (u64, Vec<bool>) {
        while let Some((_, mark)) = self.safe.pop_front_if(|(at, _)| at.saturating_add(self.window) <= now) {
            self.known.remove(&mark);
        }
        let (number, mut own, mut waits) = (self.next, UnderWay::default(), HashSet::new());
        self.next += 1;
        let mut is_repeat = |mark: &Mark| match self.known.get(mark) {
            Some(Known::Safe) => true,
            Some(Known::UnderWay(first)) => {
                waits.insert(*first);
                true
            }
            None => {
                if self.known.len() < self.most {
                    self.known.insert(*mark, Known::UnderWay(number));
                    own.marks.push(*mark);
                }
                false
            }
        };
        let repeats = marks.iter().map(&mut is_repeat).collect();
        self.under_way.insert(number, own);
        for first in waits.into_iter().filter(|first| *first != number) {
            let first = self.under_way.get_mut(&first).filter(|_| self.waiting < self.most);
            match first {
                Some(first) => first.repeats.push(part.split()),
                None => {
                    drop(part.split());
                    continue;
                }
            }
            self.waiting += 1;
        }
        (number, repeats)
    }

    /// A delivery ended, and with it those that waited for it. The parts of these are given back, to be resolved by
    /// [`Repeats::settle`] where nobody holds what this is behind: a part that is the last may have much done.
    #[must_use = "parts that are dropped are nacks"]
    pub fn end(&mut self, now: Duration, number: u64, verdict: Verdict) -> Vec<Part> {
        let Some(UnderWay { marks, repeats }) = self.under_way.remove(&number) else { return Vec::new() };
        self.waiting -= repeats.len();
        for mark in marks {
            if verdict == Verdict::Ack {
                self.known.insert(mark, Known::Safe);
                self.safe.push_back((now, mark));
            } else {
                self.known.remove(&mark);
            }
        }
        repeats
    }

    /// Forgets every event: what is safe may be so no more, and what is under way when it is. Who waits for a first still does.
    pub fn forget(&mut self) {
        self.known.clear();
        self.safe.clear();
        self.under_way.values_mut().for_each(|delivery| delivery.marks.clear());
    }

    /// Has repeats end as the first did.
    pub fn settle(repeats: Vec<Part>, verdict: Verdict) {
        let acked = if verdict == Verdict::Ack { repeats } else { Vec::new() };
        acked.into_iter().for_each(|part| part.resolve(Fate::Suppressed));
    }

    /// How many events it knows.
    pub fn known(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Receipt;
    use super::*;
    use std::sync::{Arc, Mutex};

    fn mark(number: u8) -> Mark {
        [number; 16]
    }

    /// Deliveries, and the verdicts of those that waited.
    #[derive(Default)]
    struct Bench {
        verdicts: Arc<Mutex<Vec<(u64, Verdict)>>>,
    }

    impl Bench {
        /// A delivery of which nothing else is left but what it waits for.
        fn begin(&self, repeats: &mut Repeats, now: u64, marks: &[u8]) -> (u64, Vec<bool>) {
            let (verdicts, name) = (self.verdicts.clone(), repeats.next);
            let receipt = Receipt::new(move |verdict| verdicts.lock().unwrap().push((name, verdict)));
            let part = receipt.part();
            receipt.close();
            let marks: Vec<_> = marks.iter().copied().map(mark).collect();
            let begun = repeats.begin(Duration::from_secs(now), &marks, &part);
            part.resolve(Fate::Delivered);
            begun
        }

        fn end(&self, repeats: &mut Repeats, now: u64, number: u64, verdict: Verdict) -> Vec<(u64, Verdict)> {
            self.verdicts.lock().unwrap().clear();
            let parts = repeats.end(Duration::from_secs(now), number, verdict);
            Repeats::settle(parts, verdict);
            std::mem::take(&mut *self.verdicts.lock().unwrap())
        }
    }

    /// LAW: a repeat has the verdict of the first; what was acked is known for the window and what was nacked is not.
    #[test]
    fn a_repeat_waits_for_the_first_and_has_its_verdict() {
        let (bench, mut repeats) = (Bench::default(), Repeats::new(Duration::from_secs(10), 100));
        for verdict in [Verdict::Nack, Verdict::Ack] {
            let (first, seen) = bench.begin(&mut repeats, 0, &[1, 2, 1]);
            assert_eq!(seen, [false, false, true], "within one delivery, too");
            let (second, seen) = bench.begin(&mut repeats, 1, &[2, 1, 3]);
            assert_eq!(seen, [true, true, false]);
            assert!(bench.verdicts.lock().unwrap().iter().all(|(name, _)| *name != second), "it waits");
            assert_eq!(bench.end(&mut repeats, 2, first, verdict), [(second, verdict)]);
            assert_eq!(bench.end(&mut repeats, 2, second, verdict), []);
        }
        assert_eq!(bench.begin(&mut repeats, 11, &[1, 2, 3]).1, [true; 3]);
        assert_eq!(bench.begin(&mut repeats, 12, &[1, 2, 3]).1, [false; 3], "the window is over");
    }

    /// LAW: no more deliveries wait than there is room for; one that has none is given back at once, and nobody else is.
    #[test]
    fn what_waits_is_bounded() {
        let (bench, mut repeats) = (Bench::default(), Repeats::new(Duration::from_secs(10), 2));
        for verdict in [Verdict::Nack, Verdict::Ack] {
            let (first, _) = bench.begin(&mut repeats, 0, &[1]);
            let all: Vec<_> = (0..4).map(|_| bench.begin(&mut repeats, 0, &[1])).collect();
            assert!(all.iter().all(|(_, seen)| *seen == [true]));
            let all: Vec<_> = all.into_iter().map(|(number, _)| number).collect();
            let back: Vec<_> = all[2..].iter().map(|number| (*number, Verdict::Nack)).collect();
            let told = std::mem::take(&mut *bench.verdicts.lock().unwrap());
            assert_eq!(told.into_iter().filter(|(of, _)| all.contains(of)).collect::<Vec<_>>(), back);
            let waited = bench.end(&mut repeats, 1, first, verdict);
            assert_eq!(waited, all[..2].iter().map(|number| (*number, verdict)).collect::<Vec<_>>());
            all.iter().for_each(|number| assert_eq!(bench.end(&mut repeats, 1, *number, Verdict::Ack), []));
        }
    }

    /// LAW: what was forgotten goes when it comes again, also where its first was under way then; who waited has the first's verdict.
    #[test]
    fn what_is_forgotten_is_no_repeat() {
        let (bench, mut repeats) = (Bench::default(), Repeats::new(Duration::from_secs(10), 100));
        let (safe, _) = bench.begin(&mut repeats, 0, &[1]);
        assert_eq!(bench.end(&mut repeats, 0, safe, Verdict::Ack), []);
        let (first, _) = bench.begin(&mut repeats, 1, &[2]);
        let (waits, seen) = bench.begin(&mut repeats, 1, &[1, 2]);
        assert_eq!(seen, [true; 2]);
        repeats.forget();
        assert_eq!(bench.begin(&mut repeats, 2, &[1, 2]).1, [false; 2]);
        assert_eq!(bench.end(&mut repeats, 3, first, Verdict::Ack), [(waits, Verdict::Ack)]);
        assert_eq!(bench.begin(&mut repeats, 4, &[3]).1, [false]);
        assert_eq!(repeats.known(), 3);
    }

    /// LAW: no more events are known than there is room for; what has none is let through.
    #[test]
    fn what_is_known_is_bounded() {
        let (bench, mut repeats) = (Bench::default(), Repeats::new(Duration::from_secs(10), 2));
        let (first, _) = bench.begin(&mut repeats, 0, &[1, 2, 3]);
        assert_eq!((repeats.known(), bench.begin(&mut repeats, 0, &[3, 3, 2]).1), (2, vec![false, false, true]));
        let _ = bench.end(&mut repeats, 1, first, Verdict::Ack);
        assert_eq!(bench.begin(&mut repeats, 11, &[3]).1, [false]);
        assert_eq!(repeats.known(), 1);
    }
}
