use super::*;
use crate::delivery::{Receipt, Verdict};
use std::sync::{Arc, Mutex};

/// Events that are known by a number, each of ten bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Numbers(Vec<u32>);

impl Payload for Numbers {
    fn events(&self) -> usize {
        self.0.len()
    }

    fn bytes(&self) -> usize {
        10 * self.0.len()
    }

    fn take(&mut self, events: &[usize]) -> Self {
        let taken = events.iter().map(|event| self.0[*event]).collect();
        let mut at = 0..;
        self.0.retain(|_| !events.contains(&at.next().unwrap()));
        Self(taken)
    }

    /// Each hundred under another plan.
    fn made(&self) -> u64 {
        self.0.first().map_or(0, |number| u64::from(number / 100))
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn options() -> Options {
    Options {
        batch: Batch { events: 4, bytes: 1000, age: ms(100) },
        in_flight: 2,
        ordered: false,
        retry: Retry { first: ms(50), most: ms(400), until: ms(10_000) },
        capacity: 100,
        required: true,
        breaker: Breaking { failures: 3, first: ms(1000), most: ms(4000) },
    }
}

/// A branch with a fixed chance, and the verdicts of what it was offered, in the order in which they fell.
struct Bench {
    branch: Branch<Numbers>,
    rng: fastrand::Rng,
    verdicts: Arc<Mutex<Vec<(u32, Verdict)>>>,
}

impl Bench {
    fn new(options: Options) -> Self {
        Self { branch: Branch::new(options), rng: fastrand::Rng::with_seed(7), verdicts: Arc::default() }
    }

    fn offer(&mut self, now: u64, events: std::ops::Range<u32>) -> bool {
        let (verdicts, first) = (self.verdicts.clone(), events.start);
        let receipt = Receipt::new(move |verdict| verdicts.lock().unwrap().push((first, verdict)));
        let part = receipt.part();
        receipt.close();
        self.branch.offer(ms(now), Numbers(events.collect()), part).is_ok()
    }

    fn sent(&mut self, now: u64) -> Option<(u64, Vec<u32>)> {
        match self.branch.next(ms(now)) {
            Next::Send(request) => Some((request.id(), request.payloads().flat_map(|p| p.0.clone()).collect())),
            _ => None,
        }
    }

    fn answer(&mut self, now: u64, id: u64, answer: Answer) -> Vec<(Vec<u32>, Reason)> {
        let rejects = self.branch.answer(ms(now), id, answer, &mut self.rng);
        let tell = |reject: Reject<Numbers>| {
            reject.parcel.part.resolve(Fate::Quarantined);
            (reject.parcel.payload.0, reject.reason)
        };
        rejects.into_iter().map(tell).collect()
    }

    fn verdicts(&self) -> Vec<(u32, Verdict)> {
        std::mem::take(&mut *self.verdicts.lock().unwrap())
    }
}

#[test]
fn a_batch_goes_when_it_is_full_or_old() {
    let mut bench = Bench::new(options());
    assert!(bench.offer(0, 0..1) && bench.offer(10, 1..3));
    assert!(matches!(bench.branch.next(ms(10)), Next::Wait(at) if at == ms(100)));
    assert!(bench.offer(20, 3..9));
    assert_eq!(bench.sent(20).unwrap().1, [0, 1, 2]);
    assert_eq!(bench.sent(20).unwrap().1, [3, 4, 5]);
    assert_eq!(bench.sent(20), None, "two are under way");
    let counts = bench.branch.counts(ms(30));
    assert_eq!((counts.queued_events, counts.queued_bytes, counts.in_flight_events), (3, 30, 6));
    assert_eq!((counts.in_flight_requests, counts.oldest), (2, Some(ms(30))));
    assert!(bench.answer(30, 1, Answer::Delivered).is_empty());
    assert_eq!(bench.verdicts(), [(0, Verdict::Ack), (1, Verdict::Ack)]);
    assert_eq!(bench.sent(30), None);
    assert_eq!(bench.sent(120).unwrap().1, [6, 7, 8]);
    bench.answer(130, 2, Answer::Delivered);
    assert_eq!(bench.verdicts(), []);
    bench.answer(140, 3, Answer::Delivered);
    assert_eq!(bench.verdicts(), [(3, Verdict::Ack)]);
    assert!(bench.branch.is_empty());
}

#[test]
fn a_full_branch_holds_its_source_or_drops_what_comes() {
    let mut bench = Bench::new(options());
    assert!(bench.offer(0, 0..20), "one payload is taken whatever its size");
    assert!(!bench.offer(0, 20..21));
    assert_eq!(bench.verdicts(), [(20, Verdict::Nack)]);
    let mut bench = Bench::new(Options { required: false, ..options() });
    assert!(bench.offer(0, 0..10) && bench.offer(0, 10..11));
    assert_eq!(bench.verdicts(), [(10, Verdict::Ack)]);
    let counts = bench.branch.counts(ms(0));
    assert_eq!((counts.taken, counts.dropped, counts.queued_events), (11, 1, 10));
}

#[test]
fn an_ordered_branch_sends_nothing_past_what_is_to_be_sent_again() {
    let mut bench = Bench::new(Options { ordered: true, ..options() });
    assert!(bench.offer(0, 0..8));
    let (id, first) = bench.sent(0).unwrap();
    assert_eq!(bench.sent(0), None);
    bench.answer(5, id, Answer::Retry { after: Some(ms(70)) });
    assert!(matches!(bench.branch.next(ms(5)), Next::Wait(at) if at == ms(75)), "the sink said so");
    assert_eq!(bench.sent(75).unwrap().1, first);
    bench.answer(80, id, Answer::Delivered);
    assert_eq!(
        bench.branch.counts(ms(80)).delivered,
        0,
        "an answer to an attempt that was answered counts for nothing"
    );
    bench.answer(81, id + 1, Answer::Delivered);
    assert_eq!(bench.branch.counts(ms(80)).delivered, 4);
    assert_eq!(bench.sent(81).unwrap().1, [4, 5, 6, 7]);
}

#[test]
fn only_items_that_failed_are_sent_again() {
    let mut bench = Bench::new(options());
    assert!(bench.offer(0, 0..2) && bench.offer(0, 2..4));
    let (id, _) = bench.sent(0).unwrap();
    let items = vec![
        (0, ItemAnswer::Delivered),
        (1, ItemAnswer::Rejected),
        (3, ItemAnswer::Delivered),
        (9, ItemAnswer::Rejected),
    ];
    assert_eq!(bench.answer(1, id, Answer::Partial(items)), [(vec![1], Reason::Refused)]);
    assert_eq!(bench.verdicts(), [(0, Verdict::Ack)]);
    let (id, again) = bench.sent(51).unwrap();
    assert_eq!(again, [2], "what is not named was not answered");
    bench.answer(60, id, Answer::Delivered);
    assert_eq!(bench.verdicts(), [(2, Verdict::Ack)]);
    let counts = bench.branch.counts(ms(60));
    assert_eq!((counts.taken, counts.delivered, counts.rejected, counts.retried), (4, 3, 1, 1));
}

#[test]
fn what_is_too_large_is_halved_down_to_one_event() {
    let mut bench = Bench::new(Options { ordered: true, ..options() });
    assert!(bench.offer(0, 0..3) && bench.offer(0, 3..4));
    let (mut seen, mut rejected) = (Vec::new(), Vec::new());
    while let Some((id, events)) = bench.sent(0) {
        let fits = events.len() == 1 && events != [2];
        rejected.extend(bench.answer(0, id, if fits { Answer::Delivered } else { Answer::TooLarge }));
        seen.push(events);
    }
    assert_eq!(seen, [vec![0, 1, 2, 3], vec![0, 1], vec![0], vec![1], vec![2, 3], vec![2], vec![3]]);
    assert_eq!(rejected, [(vec![2], Reason::TooLarge)]);
    assert_eq!(bench.verdicts(), [(0, Verdict::Ack), (3, Verdict::Ack)]);
}

#[test]
fn age_ends_retries_and_pauses_stay_within_bounds() {
    let mut bench = Bench::new(Options { breaker: Breaking { failures: 1000, ..options().breaker }, ..options() });
    assert!(bench.offer(0, 0..4));
    let (mut now, mut attempts) = (0, 0);
    let rejected = loop {
        match bench.branch.next(ms(now)) {
            Next::Wait(at) => {
                let longest = 50 << (attempts - 1).min(3);
                assert!(at <= ms(now + longest), "{at:?} after {attempts} attempts");
                now = at.as_millis() as u64 + 1;
            }
            Next::Send(request) => {
                attempts += 1;
                assert_eq!(request.attempts(), attempts);
                let id = request.id();
                let rejected = bench.answer(now, id, Answer::Lost);
                if !rejected.is_empty() {
                    break rejected;
                }
            }
            Next::Idle => panic!("an event is neither sent nor rejected"),
        }
    };
    assert_eq!(rejected, [(vec![0, 1, 2, 3], Reason::TooOld)]);
    assert!((10_000..10_400).contains(&now));
    assert_eq!(bench.branch.counts(ms(now)).lost, u64::from(attempts));
}

#[test]
fn a_failing_sink_is_tried_one_request_at_a_time() {
    let mut bench = Bench::new(Options { in_flight: 3, ..options() });
    assert!(bench.offer(0, 0..4) && bench.offer(0, 4..8));
    for now in [300, 500] {
        let ids: Vec<u64> = std::iter::from_fn(|| bench.sent(now)).map(|(id, _)| id).collect();
        assert_eq!(ids.len(), 2);
        ids.into_iter().for_each(|id| drop(bench.answer(now + 1, id, Answer::Retry { after: None })));
    }
    assert!(bench.branch.counts(ms(501)).open);
    assert_eq!(bench.sent(1000), None);
    let (id, _) = bench.sent(3000).unwrap();
    assert_eq!(bench.sent(3000), None, "one at a time");
    bench.answer(3001, id, Answer::Delivered);
    assert!(!bench.branch.counts(ms(3001)).open);
    assert!(bench.sent(3500).is_some());
}

#[test]
fn a_drain_sends_at_once_and_nacks_the_rest_at_its_deadline() {
    let mut bench = Bench::new(options());
    assert!(bench.offer(0, 0..1));
    bench.branch.drain(ms(50));
    assert!(!bench.offer(0, 1..2));
    let (id, _) = bench.sent(0).unwrap();
    assert!(matches!(bench.branch.next(ms(1)), Next::Wait(at) if at == ms(50)));
    bench.verdicts();
    assert!(matches!(bench.branch.next(ms(50)), Next::Idle));
    assert_eq!(bench.verdicts(), [(0, Verdict::Nack)]);
    bench.answer(51, id, Answer::Delivered);
    let counts = bench.branch.counts(ms(51));
    assert_eq!((counts.taken, counts.given_up, counts.delivered), (1, 1, 0));
}

/// LAW: what was filtered before a policy narrowed is not sent after it, whether it waited, was under way or comes late; whoever offered
/// it has it back, and what was filtered since goes.
#[test]
fn what_was_made_before_a_policy_narrowed_is_given_back() {
    for answer in [Answer::Delivered, Answer::Lost, Answer::TooLarge, Answer::Partial(vec![(0, ItemAnswer::Delivered)])]
    {
        let mut bench = Bench::new(Options { in_flight: 1, ..options() });
        assert!(bench.offer(0, 0..4) && bench.offer(0, 4..6) && bench.offer(0, 100..101));
        let (id, sent) = bench.sent(0).unwrap();
        assert_eq!(sent, [0, 1, 2, 3]);
        bench.branch.discard(1);
        assert_eq!(bench.verdicts(), [(4, Verdict::Nack)]);
        assert!(bench.offer(1, 6..8), "what is late is taken, and given back");
        assert_eq!(bench.verdicts(), [(6, Verdict::Nack)]);
        bench.answer(1, id, answer.clone());
        let is_there = answer == Answer::Delivered;
        assert_eq!(bench.verdicts(), [(0, if is_there { Verdict::Ack } else { Verdict::Nack })]);
        let (id, sent) = bench.sent(5000).unwrap();
        assert_eq!(sent, [100], "{answer:?}");
        bench.answer(5000, id, Answer::Delivered);
        let counts = bench.branch.counts(ms(5000));
        assert_eq!(counts.taken, counts.delivered + counts.discarded, "{counts:?}");
        assert!(bench.branch.is_empty());
    }
}

/// LAW: what was to be sent again is not, where a policy narrowed since.
#[test]
fn what_was_to_be_sent_again_is_given_back() {
    let mut bench = Bench::new(options());
    assert!(bench.offer(0, 0..4));
    let (id, _) = bench.sent(0).unwrap();
    bench.answer(1, id, Answer::Lost);
    bench.branch.discard(1);
    assert_eq!(bench.verdicts(), [(0, Verdict::Nack)]);
    assert!(bench.sent(100_000).is_none() && bench.branch.is_empty());
}

/// LAW: what a sink refuses without saying which is counted and never sent again.
#[test]
fn refusals_without_names_are_counted_and_not_sent_again() {
    for (said, delivered, rejected) in [(1, 3, 1), (4, 0, 4), (9, 0, 4)] {
        let mut bench = Bench::new(options());
        assert!(bench.offer(0, 0..4));
        let (id, _) = bench.sent(0).unwrap();
        assert!(bench.answer(1, id, Answer::Short(said)).is_empty());
        let counts = bench.branch.counts(ms(1));
        assert_eq!((counts.delivered, counts.rejected, counts.queued_events), (delivered, rejected, 0));
        assert_eq!(bench.verdicts(), [(0, Verdict::Ack)]);
        assert!(bench.sent(100_000).is_none());
    }
}
