//! One life of a process that runs the core: what `tamis run` does, without threads.

use crate::disk::{SimDisk, encode};
use crate::network::Mail;
use crate::planted::Planted;
use crate::setup::{Event, Events, READING, event, is_suppressed, is_untreatable, ms, size};
use crate::world::{Stop, World};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tamis::delivery::buffer::{Buffer, Record};
use tamis::delivery::{Branch, Budget, Fate, Lane, Mark, Part, Receipt, Repeats, Reservation, Ticket, Verdict};

/// What a receipt tells.
pub enum Told {
    Source(usize, u32, Ticket, Verdict),
    Buffer(usize, Ticket, Verdict),
    /// Everything of a delivery but the repeats in it ended.
    Delivery(u64, Part, Verdict),
}

#[derive(Default)]
struct SourceRun {
    lane: Lane<u32>,
    next: u32,
    /// What branches had no room for.
    held: Vec<(usize, Events, Part)>,
    paused: Duration,
}

pub struct BranchRun {
    pub branch: Branch<Events>,
    /// How often it was made anew.
    pub life: u32,
    pub draining: bool,
    pub taken: u64,
    pub sent: BTreeMap<u64, (Duration, Vec<Event>)>,
    pub buffer: Option<BufferRun>,
}

pub struct BufferRun {
    pub buffer: Buffer<SimDisk>,
    pub lane: Lane<u64>,
    pub held: Option<(Events, Part)>,
    pub record: Option<Record>,
    pub records: BTreeMap<u64, Vec<Event>>,
    pub done: u64,
    /// A policy narrowed, and what is there is to go.
    pub narrows: bool,
    /// Under which policy what is there was filtered, at least.
    pub since: u64,
    /// Reading has memory of its own: sources that wait for room hold theirs.
    pub memory: Budget,
    pub _share: Reservation,
}

pub struct Process {
    pub life: u32,
    sources: Vec<SourceRun>,
    pub branches: Vec<BranchRun>,
    pub inbox: Arc<Mutex<Vec<Told>>>,
    budget: Budget,
    repeats: Option<Repeats>,
    /// When the process ends.
    pub stopping: Option<Duration>,
    /// When there is something to do again.
    pub wake: Duration,
}

pub const NEVER: Duration = Duration::MAX;

impl Drop for Process {
    /// What is told once nobody listens holds parts itself.
    fn drop(&mut self) {
        self.sources.clear();
        self.branches.clear();
        self.repeats = None;
        loop {
            let told = std::mem::take(&mut *self.inbox.lock().unwrap());
            if told.is_empty() {
                return;
            }
        }
    }
}

impl Process {
    pub fn start(world: &mut World, life: u32) -> Self {
        let budget = Budget::new(world.setup.memory);
        let off = u32::from(life > 0 && world.is(Planted::OffByOne));
        let sources = world.checker.checkpoints.iter().map(|at| SourceRun { next: at + off, ..SourceRun::default() });
        let sources = sources.collect();
        let branches = (0..world.setup.branches.len()).map(|at| BranchRun {
            branch: Branch::new(world.setup.branches[at].options.clone()),
            life: 0,
            draining: false,
            taken: 0,
            sent: BTreeMap::new(),
            buffer: world.setup.branches[at].buffer.clone().map(|options| {
                let seed = fastrand::Rng::with_seed(world.rng.u64(..));
                // An error of the disk at the start ends the process; it is started again.
                let open = || Buffer::open(world.disks[at].clone(), options.clone(), seed.clone()).ok();
                BufferRun {
                    buffer: std::iter::repeat_with(open).flatten().next().unwrap(),
                    lane: Lane::new(),
                    held: None,
                    record: None,
                    records: BTreeMap::new(),
                    done: 0,
                    narrows: world.noted[at] != world.narrowed[at],
                    since: world.noted[at],
                    memory: Budget::new(READING),
                    _share: budget.reserve(READING).unwrap(),
                }
            }),
        });
        let branches = branches.collect();
        let repeats = world.setup.repeats.map(|(window, most)| Repeats::new(window, most));
        Self { life, sources, branches, inbox: Arc::default(), budget, repeats, stopping: None, wake: NEVER }
    }

    /// Does all there is to do now, in an order of chance.
    pub fn turn(&mut self, world: &mut World) -> Result<(), Stop> {
        self.wake = NEVER;
        let mut tasks: Vec<usize> = (0..self.sources.len() + self.branches.len()).collect();
        loop {
            world.rng.shuffle(&mut tasks);
            let mut busy = false;
            for task in &tasks {
                busy |= self.listen(world)?;
                busy |= match task.checked_sub(self.sources.len()) {
                    None => self.source(world, *task)?,
                    Some(branch) => self.keep(world, branch)? | self.send(world, branch)?,
                };
            }
            if !busy {
                break;
            }
        }
        self.check(world)?;
        match self.stopping {
            Some(end) if world.now >= end || self.is_done() => Err(Stop::Exit),
            Some(end) => {
                self.wake = self.wake.min(end);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn check(&self, world: &World) -> Result<(), Stop> {
        if world.live() > world.setup.memory {
            return Err(Stop::Broken(format!("MEMORY: {} of {} bytes", world.live(), world.setup.memory)));
        }
        for (at, run) in self.branches.iter().enumerate() {
            let on_disk = run.buffer.as_ref().map_or(0, |run| run.buffer.counts().bytes);
            if world.setup.branches[at].buffer.as_ref().is_some_and(|options| on_disk > options.size) {
                return Err(Stop::Broken(format!("DISK: buffer {at} holds {on_disk} bytes")));
            }
            let counts = run.branch.counts(world.now);
            let done = counts.delivered + counts.rejected + counts.dropped + counts.discarded + counts.given_up;
            let held = (counts.queued_events + counts.in_flight_events) as u64;
            if counts.taken != run.taken || counts.taken != done + held {
                return Err(Stop::Broken(format!("BALANCE: branch {at} took {}: {counts:?}", run.taken)));
            }
        }
        Ok(())
    }

    /// Whether nothing is under way.
    pub fn is_done(&self) -> bool {
        let idle =
            |run: &BranchRun| run.branch.is_empty() && run.buffer.as_ref().is_none_or(|run| run.buffer.is_empty());
        self.branches.iter().all(idle) && self.sources.iter().all(|run| run.lane.in_flight() == 0)
    }

    fn told(&self) -> Option<Told> {
        let mut inbox = self.inbox.lock().unwrap();
        (!inbox.is_empty()).then(|| inbox.remove(0))
    }

    /// Takes note of what receipts told.
    fn listen(&mut self, world: &mut World) -> Result<bool, Stop> {
        let mut busy = false;
        // What is told of one receipt may have another tell.
        while let Some(told) = self.told() {
            busy = true;
            world.point()?;
            match told {
                Told::Source(source, position, ticket, verdict) => {
                    let drains = self.branches.iter().any(|run| run.draining);
                    let is_ack = world.is(Planted::NackIsAck) || world.is(Planted::DrainResolvesRest) && drains;
                    let verdict = if is_ack { Verdict::Ack } else { verdict };
                    let run = &mut self.sources[source];
                    run.lane.settle(ticket, verdict);
                    let gap = world.is(Planted::CommitAcrossGap) && verdict == Verdict::Ack;
                    let moved =
                        if gap { Some(position.max(world.checker.checkpoints[source])) } else { run.lane.advance() };
                    if let Some(to) = moved {
                        world.acknowledge(source, to)?;
                    }
                    if run.lane.is_stuck() {
                        world.replay(source, run.next);
                        let next = world.checker.checkpoints[source];
                        *run = SourceRun { next, paused: world.now + ms(50), ..SourceRun::default() };
                    }
                }
                Told::Buffer(branch, ticket, verdict) => self.read_on(world, branch, ticket, verdict)?,
                Told::Delivery(number, part, verdict) => {
                    let told = if world.is(Planted::NackIsRemembered) { Verdict::Ack } else { verdict };
                    let parts = self.repeats.as_mut().map(|repeats| repeats.end(world.now, number, told));
                    if verdict == Verdict::Ack {
                        part.resolve(Fate::Delivered);
                    }
                    Repeats::settle(parts.unwrap_or_default(), told);
                }
            }
        }
        Ok(busy)
    }

    fn source(&mut self, world: &mut World, source: usize) -> Result<bool, Stop> {
        let mut busy = false;
        for (branch, events, part) in std::mem::take(&mut self.sources[source].held) {
            busy |= self.offer(world, source, branch, events, part)?;
        }
        let setup = world.setup.sources[source].clone();
        let run = &mut self.sources[source];
        if self.stopping.is_some()
            || !run.held.is_empty()
            || run.lane.in_flight() >= setup.window
            || run.next >= setup.events
        {
            return Ok(busy);
        }
        let ready = run.paused.max(setup.gap * run.next);
        if ready > world.now {
            self.wake = self.wake.min(ready);
            return Ok(busy);
        }
        let end = (run.next + world.rng.u32(1..=setup.chunk)).min(setup.events);
        let ids: Vec<Event> = (run.next..end).map(|number| event(source, number)).collect();
        let reserved = self.budget.reserve(ids.iter().map(|id| size(*id)).sum());
        if reserved.is_none() && !world.is(Planted::MemoryNotReserved) {
            self.wake = self.wake.min(world.now + ms(10));
            return Ok(busy);
        }
        world.point()?;
        run.next = end;
        let (ticket, inbox) = (run.lane.open(end), self.inbox.clone());
        if world.is(Planted::CommitAtRead) {
            world.acknowledge(source, end)?;
        }
        let receipt =
            world.receipt(move |verdict| inbox.lock().unwrap().push(Told::Source(source, end, ticket, verdict)));
        world.log(|| format!("source {source} reads up to {end}"));
        let memory = Events::new(ids, world.policy, reserved, &world.live);
        let (receipt, memory) = self.first_only(world, receipt, memory);
        self.filter(world, source, &memory, &receipt)?;
        receipt.close();
        Ok(true)
    }

    /// What of a delivery is no repeat, and the receipt that it hangs on.
    fn first_only(&mut self, world: &mut World, receipt: Receipt, mut events: Events) -> (Receipt, Events) {
        let Some(repeats) = &mut self.repeats else { return (receipt, events) };
        let mark = |id: &Event| {
            let mut mark = Mark::default();
            mark[..4].copy_from_slice(&id.to_le_bytes());
            mark
        };
        let marks: Vec<_> = events.ids.iter().map(mark).collect();
        let (outer, inbox) = (receipt.part(), self.inbox.clone());
        receipt.close();
        let nobodys = Receipt::new(|_| ());
        let free = nobodys.part();
        let waits = if world.is(Planted::RepeatDoesNotWait) { &free } else { &outer };
        let (number, again) = repeats.begin(world.now, &marks, waits);
        world.log(|| format!("of {:?} are repeats: {again:?}", events.ids));
        let mut again = again.into_iter();
        events.ids.retain(|_| again.next() == Some(false));
        let own = world.receipt(move |verdict| inbox.lock().unwrap().push(Told::Delivery(number, outer, verdict)));
        (own, events)
    }

    /// What the filter does: each branch gets what is left.
    fn filter(&mut self, world: &mut World, source: usize, events: &Events, receipt: &Receipt) -> Result<(), Stop> {
        for branch in 0..self.branches.len() {
            let (untreatable, ids): (Vec<_>, Vec<_>) =
                events.ids.iter().copied().filter(|id| !is_suppressed(*id)).partition(|id| is_untreatable(*id));
            if ids.len() + untreatable.len() < events.ids.len() {
                receipt.part().resolve(Fate::Suppressed);
            }
            if !untreatable.is_empty() {
                world.seal(branch, &untreatable, receipt.part())?;
            }
            if !ids.is_empty() {
                let payload = Events { ids, ..events.clone() };
                self.offer(world, source, branch, payload, receipt.part())?;
            }
        }
        Ok(())
    }

    /// Offers to a branch or its buffer; what has no room holds the source.
    fn offer(
        &mut self,
        world: &mut World,
        source: usize,
        branch: usize,
        events: Events,
        part: Part,
    ) -> Result<bool, Stop> {
        world.point()?;
        let made = if world.is(Planted::LateIsNew) { world.policy } else { events.made };
        let events = Events { made, ..events };
        let run = &mut self.branches[branch];
        let refused = match &mut run.buffer {
            // What must not go goes first.
            Some(buffer) if buffer.narrows => Err((events, part)),
            // Its source gives it again.
            Some(_) if events.made < world.narrowed[branch] => {
                drop(part);
                return Ok(true);
            }
            Some(buffer) => {
                let refused = buffer.buffer.append(world.now, &encode(&events), part);
                refused.map_err(|part| (events, part))
            }
            None => {
                let ids = events.ids.clone();
                let before = run.branch.counts(world.now).dropped;
                let refused = run.branch.offer(world.now, events, part);
                run.taken += if refused.is_ok() { ids.len() as u64 } else { 0 };
                if run.branch.counts(world.now).dropped > before {
                    world.log(|| format!("branch {branch} drops {ids:?}"));
                    world.checker.dropped(branch, &ids).map_err(Stop::Broken)?;
                }
                refused
            }
        };
        match refused {
            Ok(()) => return Ok(true),
            Err((_, part)) if world.is(Planted::HeldIsDropped) => part.resolve(Fate::Dropped),
            Err((events, part)) => self.sources[source].held.push((branch, events, part)),
        }
        Ok(false)
    }

    /// Whether a mail is to a branch that still is the one which sent it.
    pub fn knows(&self, mail: &Mail) -> bool {
        mail.sender == (self.life, self.branches[mail.branch].life)
    }

    /// A branch is to be made anew, with what it has drained.
    pub fn reload(&mut self, branch: usize, deadline: Duration) {
        self.branches[branch].draining = true;
        self.branches[branch].branch.drain(deadline);
    }

    /// A policy narrows for a branch.
    pub fn narrow(&mut self, world: &mut World) {
        let branch = world.rng.usize(0..self.branches.len());
        world.policy += 1;
        world.narrowed[branch] = world.policy;
        world.log(|| format!("branch {branch} narrows"));
        let run = &mut self.branches[branch];
        if let Some(buffer) = &mut run.buffer {
            buffer.narrows = true;
        }
        run.branch.discard(world.policy);
    }

    /// All is drained, and the process ends.
    pub fn stop(&mut self, deadline: Duration) {
        self.stopping = Some(deadline);
        for branch in 0..self.branches.len() {
            self.reload(branch, deadline);
        }
    }

    /// The process is gone, whatever it held: what may now come again.
    pub fn end(self, world: &mut World) -> Result<(), Stop> {
        for (source, run) in self.sources.iter().enumerate() {
            world.replay(source, run.next);
        }
        for (branch, run) in self.branches.iter().enumerate() {
            if run.buffer.is_some() {
                world.reread(branch);
            }
        }
        self.tell_lost(world)
    }

    /// Tells what buffers say is lost.
    pub fn tell_lost(&self, world: &mut World) -> Result<(), Stop> {
        let lost = |run: &BranchRun| run.buffer.as_ref().map_or(0, |run| run.buffer.counts().lost);
        self.branches.iter().enumerate().try_for_each(|(branch, run)| world.told_lost(branch, lost(run)))
    }
}
