//! A store with its limits, and what an error in it means.

use super::deadline::Deadline;
use super::failure::{Failure, Nonsense};
use super::limits::Limits;
use std::time::Duration;
use wasmtime::{Engine, ResourceLimiter, Store, Trap, UpdateDeadline};

/// What an instance has left of its limits.
pub(super) struct Cage {
    memory: usize,
    table_elements: usize,
    memories: usize,
    tables: usize,
    instances: usize,
    denied: bool,
    /// How many times its deadline a call may last.
    patience: u32,
    deadline: Deadline,
}

impl Cage {
    /// A store that holds nothing yet.
    pub(super) fn store(engine: &Engine, limits: &Limits) -> Store<Cage> {
        let cage = Cage {
            memory: limits.memory,
            table_elements: limits.table_elements,
            memories: limits.memories,
            tables: limits.tables,
            instances: limits.instances,
            denied: false,
            patience: limits.patience,
            deadline: Deadline::passed(),
        };
        let mut store = Store::new(engine, cage);
        store.limiter(|cage| cage);
        store.epoch_deadline_callback(|mut store| {
            Ok(match store.data_mut().deadline.extend() {
                Some(ticks) => UpdateDeadline::Continue(ticks),
                None => UpdateDeadline::Interrupt,
            })
        });
        store
    }
}

/// Takes what grows from what is left; whatever was granted stays taken, also if the system then has no memory.
fn take(left: &mut usize, current: usize, desired: usize, denied: &mut bool) -> bool {
    match left.checked_sub(desired.saturating_sub(current)) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => {
            *denied = true;
            false
        }
    }
}

impl ResourceLimiter for Cage {
    fn memory_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        Ok(take(&mut self.memory, current, desired, &mut self.denied))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        Ok(take(&mut self.table_elements, current, desired, &mut self.denied))
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// Sets the deadline and the size of the answer. Before EVERY entry into a guest, instantiation included, on the thread
/// that enters.
pub(super) fn arm(store: &mut Store<Cage>, time: Duration, answer_bytes: usize) {
    let (deadline, ticks) = Deadline::start(time, store.data().patience);
    store.data_mut().deadline = deadline;
    store.set_epoch_deadline(ticks);
    store.set_hostcall_fuel(answer_bytes);
    store.data_mut().denied = false;
}

/// What an error of a call means. Its text is dropped: a guest may have had a hand in it.
pub(super) fn judge(store: &Store<Cage>, error: &wasmtime::Error) -> Failure {
    let denied = store.data().denied;
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Failure::Deadline,
        Some(Trap::StackOverflow) => Failure::Stack,
        _ if denied => Failure::Memory,
        Some(_) => Failure::Trap,
        None => Failure::BadAnswer(Nonsense::Shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_draw_on_one_limit_each() {
        let limits = Limits { memory: 10 << 16, table_elements: 10, ..Limits::default() };
        let engine = Engine::default();
        let mut store = Cage::store(&engine, &limits);
        let cage = store.data_mut();
        let page = 1 << 16;
        assert!(cage.memory_growing(0, 4 * page, None).unwrap(), "one memory");
        assert!(cage.memory_growing(0, 5 * page, None).unwrap(), "another");
        assert!(!cage.memory_growing(4 * page, 6 * page, None).unwrap(), "together too much");
        assert!(cage.denied);
        assert!(cage.memory_growing(4 * page, 5 * page, None).unwrap(), "what is left is still there");
        assert!(cage.table_growing(0, 10, None).unwrap());
        assert!(!cage.table_growing(0, 1, None).unwrap());
    }
}
