//! What a process does for a branch: its buffer, its requests, their answers.

use crate::disk::decode;
use crate::network::{Mail, Message, misread};
use crate::planted::Planted;
use crate::process::{BranchRun, BufferRun, NEVER, Process, Told};
use crate::setup::{Event, Events, ms, options, size};
use crate::world::{Stop, World};
use std::time::Duration;
use tamis::delivery::branch::{Answer, Next, Parcel, Payload, Reject};
use tamis::delivery::{Branch, Lane, Ticket, Verdict};

/// A policy narrowed: what is on the disk does not go. `false`: the disk failed, and it is tried again.
fn discard(run: &mut BufferRun, world: &mut World, branch: usize) -> Result<bool, Stop> {
    world.point()?;
    if !world.is(Planted::NarrowForgetsBuffer) {
        let mut last = run.records.keys().next_back().copied().unwrap_or_default();
        let mut ids: Vec<Event> = std::mem::take(&mut run.records).into_values().flatten().collect();
        ids.extend(run.record.take().into_iter().flat_map(|record| decode(&record.bytes).1));
        (run.lane, run.held, run.done) = (Lane::new(), None, 0);
        if run.buffer.commit().is_err() {
            return Ok(false);
        }
        let read = loop {
            match run.buffer.read() {
                Ok(Some(record)) => {
                    last = record.number;
                    ids.extend(decode(&record.bytes).1);
                }
                other => break other,
            }
        };
        world.log(|| format!("buffer {branch} discards {ids:?}"));
        world.checker.discarded(branch, &ids);
        if read.is_err() || run.buffer.discard().is_err() {
            return Ok(false);
        }
        world.remembered[branch] = world.remembered[branch].max(last);
    }
    world.point()?;
    world.noted[branch] = world.narrowed[branch];
    (run.narrows, run.since) = (false, world.narrowed[branch]);
    Ok(true)
}

impl Process {
    /// A record's delivery ended.
    pub fn read_on(&mut self, world: &mut World, branch: usize, ticket: Ticket, verdict: Verdict) -> Result<(), Stop> {
        let Some(run) = &mut self.branches[branch].buffer else { return Ok(()) };
        let verdict = if world.is(Planted::BufferNackIgnored) { Verdict::Ack } else { verdict };
        run.lane.settle(ticket, verdict);
        if let Some(number) = run.lane.advance() {
            world.delivered(branch, run.records.range(..=number).flat_map(|record| record.1))?;
            run.records = run.records.split_off(&(number + 1));
            run.done = number;
        }
        if run.lane.is_stuck() {
            (run.lane, run.held, run.record) = (Lane::new(), None, None);
            run.records.clear();
            run.buffer.rewind();
            world.reread(branch);
        }
        Ok(())
    }

    /// Syncs a buffer and reads from it.
    pub fn keep(&mut self, world: &mut World, branch: usize) -> Result<bool, Stop> {
        let BranchRun { branch: to, buffer, taken, .. } = &mut self.branches[branch];
        let Some(run) = buffer else { return Ok(false) };
        let mut busy = false;
        if run.narrows && !discard(run, world, branch)? {
            self.wake = self.wake.min(world.now + ms(20));
            return Ok(false);
        }
        match run.buffer.due() {
            Some(due) if due <= world.now || self.stopping.is_some() => {
                world.point()?;
                let result = run.buffer.commit();
                world.log(|| format!("buffer {branch} commits: {result:?}"));
                busy = true;
            }
            Some(due) => self.wake = self.wake.min(due),
            None => {}
        }
        if run.done > 0 {
            world.point()?;
            match run.buffer.delivered(run.done) {
                Ok(()) => world.remembered[branch] = std::mem::take(&mut run.done),
                Err(_) => self.wake = self.wake.min(world.now + ms(20)),
            }
        }
        if run.held.is_none() && run.record.is_none() {
            match run.buffer.read() {
                Ok(record) => run.record = record,
                Err(_) => self.wake = self.wake.min(world.now + ms(20)),
            }
        }
        if let Some(record) = &run.record {
            let (filtered, ids) = decode(&record.bytes);
            let Some(reserved) = run.memory.reserve(ids.iter().map(|id| size(*id)).sum()) else { return Ok(busy) };
            let (ticket, inbox) = (run.lane.open(record.number), self.inbox.clone());
            run.records.insert(record.number, ids.clone());
            if world.is(Planted::ForgottenAtRead) {
                world.delivered(branch, ids.iter())?;
            }
            world.log(|| format!("buffer {branch} reads record {} {ids:?}", record.number));
            let receipt =
                world.receipt(move |verdict| inbox.lock().unwrap().push(Told::Buffer(branch, ticket, verdict)));
            let made = if world.is(Planted::RestoredIsNew) { u64::MAX } else { run.since };
            let events = Events { made, ..Events::new(ids, filtered, Some(reserved), &world.live_reading) };
            run.held = Some((events, receipt.part()));
            receipt.close();
            run.record = None;
        }
        if let Some((events, part)) = run.held.take() {
            world.point()?;
            let events_before = events.events() as u64;
            match to.offer(world.now, events, part) {
                Ok(()) => {
                    *taken += events_before;
                    busy = true;
                }
                Err(held) => run.held = Some(held),
            }
        }
        Ok(busy)
    }

    pub fn send(&mut self, world: &mut World, branch: usize) -> Result<bool, Stop> {
        let mut busy = self.time_out(world, branch)?;
        let run = &mut self.branches[branch];
        loop {
            world.point()?;
            match run.branch.next(world.now) {
                Next::Send(request) => {
                    if request.payloads().any(|events| events.filtered < world.narrowed[branch]) {
                        let law = format!("NARROW: branch {branch} sends what was filtered before a policy narrowed");
                        return Err(Stop::Broken(law));
                    }
                    let events: Vec<Event> = request.payloads().flat_map(|events| events.ids.clone()).collect();
                    let id = request.id();
                    world.log(|| format!("branch {branch} sends {id}: {events:?}"));
                    run.sent.insert(id, (world.now, events.clone()));
                    let sender = (self.life, run.life);
                    world.send(Mail { branch, sender, id, message: Message::Request { events } });
                    busy = true;
                }
                Next::Wait(until) => {
                    self.wake = self.wake.min(until);
                    break;
                }
                Next::Idle => break,
            }
        }
        if run.draining && run.branch.is_empty() && self.stopping.is_none() {
            world.log(|| format!("branch {branch} is made anew"));
            let buffered = run.buffer.is_some();
            let options = options(&mut world.rng, buffered);
            let setup = &mut world.setup.branches[branch];
            // What the checker knows of it stays true.
            setup.options = tamis::delivery::branch::Options {
                ordered: setup.options.ordered,
                required: setup.options.required,
                ..options
            };
            run.branch = Branch::new(setup.options.clone());
            run.branch.discard(world.narrowed[branch]);
            (run.life, run.draining, run.taken) = (run.life + 1, false, 0);
            run.sent.clear();
            busy = true;
        }
        let patience = world.patience(branch);
        let times_out = run.sent.values().map(|(sent, _)| *sent + patience).min();
        self.wake = self.wake.min(times_out.unwrap_or(NEVER));
        Ok(busy)
    }

    /// Gives up requests that have had no answer for too long.
    fn time_out(&mut self, world: &mut World, branch: usize) -> Result<bool, Stop> {
        let patience = world.patience(branch);
        let late = |(id, sent): (&u64, &(Duration, Vec<Event>))| (sent.0 + patience <= world.now).then_some(*id);
        let ids: Vec<u64> = self.branches[branch].sent.iter().filter_map(late).collect();
        for id in &ids {
            self.answer(world, branch, *id, Answer::Lost)?;
        }
        Ok(!ids.is_empty())
    }

    /// An answer arrives, or the time for it is over.
    pub fn answer(&mut self, world: &mut World, branch: usize, id: u64, answer: Answer) -> Result<(), Stop> {
        world.point()?;
        let run = &mut self.branches[branch];
        let another =
            run.sent.keys().next().filter(|_| world.is(Planted::AnswerForAnother) && !run.sent.contains_key(&id));
        let id = another.copied().unwrap_or(id);
        world.log(|| format!("branch {branch} hears of {id}: {answer:?}"));
        let Some((sent, events)) = run.sent.remove(&id) else {
            let late = run.branch.answer(world.now, id, answer, &mut world.rng);
            return if late.is_empty() {
                Ok(())
            } else {
                Err(Stop::Broken(format!("branch {branch} heard of {id} twice")))
            };
        };
        if answer == Answer::Lost && sent + world.setup.branches[branch].timeout <= world.now {
            world.checker.lost(branch, &events);
        }
        let answer = misread(world.planted, answer);
        let forgets = matches!(answer, Answer::Retry { .. }) && world.is(Planted::RetryForgetsOrder);
        let answer = if forgets { Answer::Rejected } else { answer };
        for Reject { parcel: Parcel { payload, part, .. }, reason } in
            run.branch.answer(world.now, id, answer, &mut world.rng)
        {
            if forgets {
                let events = payload.events() as u64;
                run.taken += if run.branch.offer(world.now, payload, part).is_ok() { events } else { 0 };
                continue;
            }
            world.checker.rejected(branch, &payload.ids, reason).map_err(Stop::Broken)?;
            world.checker.excuse(branch, &payload.ids);
            world.seal(branch, &payload.ids, part)?;
        }
        Ok(())
    }
}
