//! All that surrounds the process: time, sources, sinks, disks, and what befalls them.

use crate::checker::Checker;
use crate::disk::SimDisk;
use crate::network::{Mail, Message, Network, Weather};
use crate::planted::Planted;
use crate::process::Process;
use crate::setup::{Event, Setup, event, ms};
use fastrand::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tamis::delivery::{Fate, Part, Receipt, Verdict};

/// Why a life of the process ends.
pub enum Stop {
    Crash,
    Exit,
    /// A law is broken.
    Broken(String),
}

/// What a run saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub steps: u64,
    pub lives: u64,
    pub duplicates: u64,
    pub events: u64,
}

pub struct World {
    pub setup: Setup,
    pub now: Duration,
    pub rng: Rng,
    pub checker: Checker,
    pub disks: Vec<SimDisk>,
    /// Up to which record each buffer says that it remembers what is delivered.
    pub remembered: Vec<u64>,
    pub planted: Option<Planted>,
    /// The number of what is in force.
    pub policy: u64,
    /// For each branch the number of what narrowed last: nothing that was filtered before is sent.
    pub narrowed: Vec<u64>,
    /// What is noted of that beside each buffer.
    pub noted: Vec<u64>,
    /// Bytes of events in memory: those of sources, and those that were read from buffers.
    pub live: Arc<AtomicUsize>,
    pub live_reading: Arc<AtomicUsize>,
    network: Network,
    /// Operations until the process dies.
    crash_in: Option<u32>,
    weather_at: Duration,
    pub trace: Option<Vec<String>>,
    steps: u64,
}

/// No seed needs more.
const STEPS: u64 = 60_000;

impl World {
    fn new(seed: u64, planted: Option<Planted>, trace: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let setup = Setup::of(&mut rng);
        Self {
            now: Duration::ZERO,
            checker: Checker::new(&setup),
            disks: setup.branches.iter().map(|_| SimDisk::new(rng.u64(..), planted)).collect(),
            remembered: vec![0; setup.branches.len()],
            planted,
            policy: 1,
            narrowed: vec![0; setup.branches.len()],
            noted: vec![0; setup.branches.len()],
            live: Arc::default(),
            live_reading: Arc::default(),
            network: Network::new(setup.branches.len()),
            crash_in: None,
            weather_at: Duration::ZERO,
            trace: trace.then(Vec::new),
            steps: 0,
            setup,
            rng,
        }
    }

    /// Runs a seed until everything is final.
    pub fn run(seed: u64, planted: Option<Planted>, trace: bool) -> (Result<Seen, String>, Vec<String>) {
        let mut world = Self::new(seed, planted, trace);
        world.log(|| format!("{:?}", Setup::of(&mut Rng::with_seed(seed))));
        let mut lives = 0;
        let result = loop {
            let mut process = Process::start(&mut world, lives);
            lives += 1;
            match world.live_through(&mut process) {
                Ok(()) => {
                    if let Err(Stop::Broken(law)) = process.tell_lost(&mut world) {
                        break Err(law);
                    }
                    drop(process);
                    break world.checker.finish(&world.setup);
                }
                Err(Stop::Broken(law)) => break Err(law),
                Err(stop) => {
                    if let Err(Stop::Broken(law)) = process.end(&mut world) {
                        break Err(law);
                    }
                    if matches!(stop, Stop::Crash) {
                        world.log(|| "the process dies".to_owned());
                        world.restart();
                    }
                }
            }
        };
        let events = world.setup.sources.iter().map(|source| u64::from(source.events)).sum();
        let seen = Seen { steps: world.steps, lives: u64::from(lives), duplicates: world.checker.duplicates, events };
        (result.map(|()| seen), world.trace.unwrap_or_default())
    }

    /// What the disks look like after a crash.
    fn restart(&mut self) {
        for branch in 0..self.disks.len() {
            if self.rng.bool() {
                self.disks[branch].lose_power();
                self.log(|| format!("disk {branch} loses power"));
            }
            if self.setup.faults.rot && self.rng.bool() {
                let rotten = self.disks[branch].rot();
                self.log(|| format!("disk {branch}: {rotten:?} rot"));
                self.checker.rotten(branch, &rotten);
            }
        }
    }

    fn live_through(&mut self, process: &mut Process) -> Result<(), Stop> {
        self.crash_in = None;
        loop {
            self.befall(process);
            while let Some(mail) = self.network.receive(self.now) {
                self.deliver(process, mail)?;
            }
            process.turn(self)?;
            let read =
                self.checker.checkpoints.iter().zip(&self.setup.sources).all(|(at, source)| *at >= source.events);
            if !self.is_foul() && read && process.is_done() {
                return Ok(());
            }
            self.steps += 1;
            if self.steps > STEPS {
                return Err(Stop::Broken("STUCK: something never becomes final".to_owned()));
            }
            let next = process.wake.min(self.weather_at).min(self.network.next().unwrap_or(Duration::MAX));
            if next == Duration::MAX {
                return Err(Stop::Broken("STUCK: nothing is left to do, and not all is final".to_owned()));
            }
            self.now = self.now.max(next);
        }
    }

    /// Whether faults still happen, or the end of them.
    fn is_foul(&self) -> bool {
        self.weather_at < Duration::MAX
    }

    /// Changes the weather, now and then; at the end for good.
    fn befall(&mut self, process: &mut Process) {
        if !self.is_foul() || self.now < self.weather_at {
            return;
        }
        let over = self.now >= self.setup.end;
        let faults = self.setup.faults;
        let next = (self.now + ms(self.rng.u64(50..800))).min(self.setup.end);
        self.weather_at = if over { Duration::MAX } else { next };
        for branch in 0..self.disks.len() {
            let foul = !over && faults.network && self.rng.bool();
            self.network.weather[branch] = if foul { Weather::foul(&mut self.rng) } else { Weather::fair() };
            self.disks[branch].fail(!over && faults.disk && self.rng.bool());
        }
        if over {
            self.crash_in = None;
            self.log(|| "faults end".to_owned());
            return;
        }
        if faults.crash && self.crash_in.is_none() && self.rng.u8(0..3) == 0 {
            self.crash_in = Some(self.rng.u32(1..400));
        }
        if faults.jump && self.rng.u8(0..6) == 0 {
            self.now += ms(self.rng.u64(0..3000));
            self.log(|| "the clock jumps".to_owned());
        }
        if faults.narrow && self.rng.u8(0..6) == 0 {
            process.narrow(self);
        }
        if faults.reload {
            let deadline = self.now + ms(self.rng.u64(0..1000));
            match self.rng.u8(0..8) {
                0 => process.stop(deadline),
                1 | 2 => process.reload(self.rng.usize(0..self.disks.len()), deadline),
                _ => {}
            }
        }
    }

    fn deliver(&mut self, process: &mut Process, mail: Mail) -> Result<(), Stop> {
        let branch = mail.branch;
        match &mail.message {
            Message::Request { events } => {
                let items = self.setup.branches[branch].items;
                let taken = self.network.take(branch, events, items, &mut self.rng);
                self.log(|| format!("sink {branch} takes {:?} of {events:?}: {:?}", taken.stored, taken.answer));
                self.checker.excuse(branch, &taken.failed);
                for event in taken.stored {
                    self.checker.stored(branch, event).map_err(Stop::Broken)?;
                }
                let answer = Mail { message: Message::Answer(taken.answer), ..mail };
                self.network.answer(self.now, answer, &mut self.rng);
                Ok(())
            }
            Message::Answer(answer) if process.knows(&mail) => process.answer(self, branch, mail.id, answer.clone()),
            Message::Answer(_) => Ok(()),
        }
    }

    /// A point at which the process may die.
    pub fn point(&mut self) -> Result<(), Stop> {
        match &mut self.crash_in {
            Some(0) => Err(Stop::Crash),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn is(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    pub fn log(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>9.3} ms  {}", self.now.as_secs_f64() * 1000.0, line()));
        }
    }

    pub fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed) + self.live_reading.load(Ordering::Relaxed)
    }

    /// When a request counts as lost.
    pub fn patience(&self, branch: usize) -> Duration {
        if self.is(Planted::Impatience) { ms(5) } else { self.setup.branches[branch].timeout }
    }

    pub fn send(&mut self, mail: Mail) {
        self.network.send(self.now, mail, &mut self.rng);
    }

    /// A receipt of which the checker knows how often it tells.
    pub fn receipt(&mut self, done: impl FnOnce(Verdict) + Send + 'static) -> Receipt {
        let receipts = self.checker.receipts.clone();
        let number = receipts.lock().unwrap().len();
        receipts.lock().unwrap().push(0);
        Receipt::new(move |verdict| {
            receipts.lock().unwrap()[number] += 1;
            done(verdict);
        })
    }

    /// A source acknowledges up to a position, durably.
    pub fn acknowledge(&mut self, source: usize, to: u32) -> Result<(), Stop> {
        self.log(|| format!("source {source} acknowledges up to {to}"));
        let disks = &self.disks;
        self.checker.moved(source, to, |branch, event| disks[branch].was_durable(event)).map_err(Stop::Broken)
    }

    /// A source gives again what it did not acknowledge.
    pub fn replay(&mut self, source: usize, next: u32) {
        let from = self.checker.checkpoints[source];
        self.log(|| format!("source {source} begins again at {from}"));
        for branch in 0..self.disks.len() {
            self.checker.allow(branch, (from..next).map(|number| event(source, number)));
        }
    }

    /// A buffer reads again what it does not remember as delivered.
    pub fn reread(&mut self, branch: usize) {
        let held = self.disks[branch].held(self.remembered[branch]);
        self.checker.allow(branch, held);
    }

    /// What a buffer says is lost must be damaged.
    pub fn told_lost(&mut self, branch: usize, lost: u64) -> Result<(), Stop> {
        let damaged = self.disks[branch].damaged();
        if lost > damaged {
            return Err(Stop::Broken(format!(
                "ALARM: branch {branch} tells of {lost} lost records, {damaged} are damaged"
            )));
        }
        self.checker.told_lost(branch, lost);
        Ok(())
    }

    /// A buffer is told that records are delivered.
    pub fn delivered<'a>(&self, branch: usize, events: impl Iterator<Item = &'a Event>) -> Result<(), Stop> {
        for event in events {
            if !self.checker.is_done(branch, *event) {
                return Err(Stop::Broken(format!(
                    "BUFFER: branch {branch} forgets {event:#x}, which is not delivered"
                )));
            }
        }
        Ok(())
    }

    /// Seals events in quarantine, which may fail; then their delivery is nacked.
    pub fn seal(&mut self, branch: usize, events: &[Event], part: Part) -> Result<(), Stop> {
        self.point()?;
        if self.is(Planted::RejectNotSealed) {
            part.resolve(Fate::Quarantined);
            return Ok(());
        }
        let fails = self.setup.faults.disk && self.is_foul() && self.rng.u8(0..8) == 0;
        self.log(|| format!("branch {branch} seals {events:?}: {}", if fails { "fails" } else { "done" }));
        if fails {
            drop(part);
        } else {
            self.checker.quarantined(branch, events);
            part.resolve(Fate::Quarantined);
        }
        Ok(())
    }
}

impl Seen {
    pub fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.lives += other.lives;
        self.duplicates += other.duplicates;
        self.events += other.events;
    }
}
