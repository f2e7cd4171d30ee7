//! Sinks behind a network that is slow, cut, late and repeats itself.

use crate::planted::Planted;
use crate::setup::{Event, is_poison, ms, size};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::time::Duration;
use tamis::delivery::branch::{Answer, ItemAnswer};

/// What a sink is like for a while.
#[derive(Clone, Debug)]
pub struct Weather {
    down: bool,
    /// In percent.
    lost_requests: u8,
    lost_answers: u8,
    late_answers: u8,
    repeated_answers: u8,
    busy: u8,
    failed_items: u8,
    /// Most bytes of a request.
    most: usize,
    latency: Duration,
}

impl Weather {
    pub fn fair() -> Self {
        Self {
            down: false,
            lost_requests: 0,
            lost_answers: 0,
            late_answers: 0,
            repeated_answers: 0,
            busy: 0,
            failed_items: 0,
            most: 10_000,
            latency: ms(20),
        }
    }

    pub fn foul(rng: &mut Rng) -> Self {
        let mut percent = |most| if rng.bool() { rng.u8(0..most) } else { 0 };
        Self {
            lost_requests: percent(30),
            lost_answers: percent(30),
            late_answers: percent(30),
            repeated_answers: percent(50),
            busy: percent(60),
            failed_items: percent(40),
            down: rng.u8(0..5) == 0,
            most: rng.usize(80..1000),
            latency: ms(rng.u64(1..150)),
        }
    }
}

/// A request or an answer under way.
#[derive(Clone, Debug)]
pub enum Message {
    Request { events: Vec<Event> },
    Answer(Answer),
}

#[derive(Clone, Debug)]
pub struct Mail {
    pub branch: usize,
    /// Which life of the process, and of its branch, sent the request.
    pub sender: (u32, u32),
    pub id: u64,
    pub message: Message,
}

/// What a sink did with a request.
pub struct Taken {
    pub stored: Vec<Event>,
    pub failed: Vec<Event>,
    pub answer: Answer,
}

pub struct Network {
    pub weather: Vec<Weather>,
    mails: BTreeMap<(Duration, u64), Mail>,
    count: u64,
}

impl Network {
    pub fn new(sinks: usize) -> Self {
        Self { weather: vec![Weather::fair(); sinks], mails: BTreeMap::new(), count: 0 }
    }

    pub fn next(&self) -> Option<Duration> {
        self.mails.keys().next().map(|key| key.0)
    }

    pub fn receive(&mut self, now: Duration) -> Option<Mail> {
        self.mails.first_entry().filter(|mail| mail.key().0 <= now).map(|mail| mail.remove())
    }

    fn post(&mut self, at: Duration, mail: Mail) {
        self.count += 1;
        self.mails.insert((at, self.count), mail);
    }

    fn latency(&self, branch: usize, rng: &mut Rng) -> Duration {
        let most = self.weather[branch].latency.as_micros() as u64;
        Duration::from_micros(rng.u64(0..=most))
    }

    pub fn send(&mut self, now: Duration, mail: Mail, rng: &mut Rng) {
        let at = now + self.latency(mail.branch, rng);
        if rng.u8(0..100) >= self.weather[mail.branch].lost_requests {
            self.post(at, mail);
        }
    }

    /// Sends an answer back, as the weather is.
    pub fn answer(&mut self, now: Duration, mail: Mail, rng: &mut Rng) {
        let weather = self.weather[mail.branch].clone();
        let at = now + self.latency(mail.branch, rng);
        if rng.u8(0..100) < weather.repeated_answers {
            self.post(at + ms(rng.u64(0..1000)), mail.clone());
        }
        if rng.u8(0..100) < weather.late_answers {
            self.post(at + ms(rng.u64(300..2000)), mail);
        } else if rng.u8(0..100) >= weather.lost_answers {
            self.post(at, mail);
        }
    }

    /// What a sink does with a request that arrives.
    pub fn take(&self, branch: usize, events: &[Event], items: bool, rng: &mut Rng) -> Taken {
        let weather = &self.weather[branch];
        let mut taken = Taken { stored: Vec::new(), failed: Vec::new(), answer: Answer::Delivered };
        if weather.down || rng.u8(0..100) < weather.busy {
            let after = (!weather.down && rng.bool()).then(|| ms(rng.u64(0..300)));
            taken.answer = Answer::Retry { after };
        } else if events.len() > 1 && events.iter().map(|event| size(*event)).sum::<usize>() > weather.most {
            taken.answer = Answer::TooLarge;
        } else if items {
            let mut answers = Vec::new();
            for (at, event) in events.iter().enumerate() {
                let answer = if is_poison(*event) {
                    ItemAnswer::Rejected
                } else if rng.u8(0..100) < weather.failed_items {
                    taken.failed.push(*event);
                    // Some sinks do not name what they did not come to.
                    if rng.u8(0..4) == 0 {
                        continue;
                    }
                    ItemAnswer::Retry
                } else {
                    taken.stored.push(*event);
                    ItemAnswer::Delivered
                };
                answers.push((at, answer));
            }
            if taken.stored.len() < events.len() {
                taken.answer = Answer::Partial(answers);
            }
        } else if events.iter().any(|event| is_poison(*event)) {
            taken.answer = if events.len() > 1 { Answer::TooLarge } else { Answer::Rejected };
        } else {
            taken.stored = events.to_vec();
        }
        taken
    }
}

fn delivered(item: usize) -> (usize, ItemAnswer) {
    (item, ItemAnswer::Delivered)
}

/// What a careless adapter makes of an answer.
pub fn misread(planted: Option<Planted>, answer: Answer) -> Answer {
    match (planted, answer) {
        (Some(Planted::FailedItemsIgnored), Answer::Partial(_)) => Answer::Delivered,
        (Some(Planted::ItemsMisnumbered), Answer::Partial(items)) => {
            Answer::Partial(items.iter().enumerate().map(|(at, _)| (at, items[(at + 1) % items.len()].1)).collect())
        }
        (Some(Planted::UnnamedIsDelivered), Answer::Partial(mut items)) => {
            let named = items.iter().map(|item| item.0 + 1).max().unwrap_or_default();
            items.extend(
                (0..named).filter(|at| !items.iter().any(|item| item.0 == *at)).map(delivered).collect::<Vec<_>>(),
            );
            Answer::Partial(items)
        }
        (Some(Planted::TooLargeIgnored), Answer::TooLarge) => Answer::Delivered,
        (Some(Planted::LostIsDelivered), Answer::Lost) => Answer::Delivered,
        (Some(Planted::BusyIsRejected), Answer::Retry { .. }) => Answer::Rejected,
        (Some(Planted::RejectedIsBusy), Answer::Rejected) => Answer::Retry { after: None },
        (_, answer) => answer,
    }
}
