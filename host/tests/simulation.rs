//! LAW (nothing lost, nothing acknowledged too early): whatever fails, and in whatever order, the delivery core keeps its promises.
//!
//! Each seed makes sources, branches, buffers, sinks and faults, and runs them without threads, clock or disk: the same seed, the
//! same run. `simulation/checker.rs` says what must be true. `SIM_SEEDS` is how many seeds are run (default 20,000), `SIM_SEED` runs
//! one alone and prints what happened. Bugs that are planted around the core (`simulation/planted.rs`) must each be found by some of
//! those seeds.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did"
)]
#![allow(unreachable_pub, reason = "the parts are files of this test")]

#[path = "simulation/branch_run.rs"]
mod branch_run;
#[path = "simulation/checker.rs"]
mod checker;
#[path = "simulation/disk.rs"]
mod disk;
#[path = "simulation/network.rs"]
mod network;
#[path = "simulation/planted.rs"]
mod planted;
#[path = "simulation/process.rs"]
mod process;
#[path = "simulation/setup.rs"]
mod setup;
#[path = "simulation/world.rs"]
mod world;

use planted::Planted;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use world::{Seen, World};

/// Seeds of a run that names no number.
const SEEDS: u64 = 20_000;
/// Lines of a trace that are printed.
const LINES: usize = 200;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|value| value.parse().unwrap_or_else(|_| panic!("{variable}={value} is no number")))
}

fn run(seed: u64, planted: Option<Planted>) -> Result<Seen, String> {
    catch_unwind(|| World::run(seed, planted, false).0).unwrap_or_else(|_| Err("PANIC".to_owned()))
}

/// What happened in a seed, its last lines.
fn story(seed: u64) -> String {
    let run = catch_unwind(AssertUnwindSafe(|| World::run(seed, None, true)));
    let Ok((result, trace)) = run else { return format!("seed {seed} panics") };
    let from = if number("SIM_SEED").is_some() { 0 } else { trace.len().saturating_sub(LINES) };
    format!("{}\nseed {seed}: {result:?}\nSIM_SEED={seed} shows all of it", trace[from..].join("\n"))
}

/// Runs seeds on all processors until one breaks a law.
fn search(seeds: u64, planted: Option<Planted>) -> (Seen, Option<(u64, String)>) {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let found = Mutex::new((Seen::default(), None::<(u64, String)>));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let result = run(seed, planted);
                    let (sum, broken) = &mut *found.lock().unwrap();
                    match result {
                        Ok(seen) => sum.add(seen),
                        Err(law) => {
                            stop.store(true, Ordering::Relaxed);
                            if broken.as_ref().is_none_or(|(first, _)| seed < *first) {
                                *broken = Some((seed, law));
                            }
                        }
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

#[test]
fn no_seed_breaks_a_law() {
    if let Some(seed) = number("SIM_SEED") {
        println!("{}", story(seed));
        assert_eq!(run(seed, None).err(), None);
        return;
    }
    let seeds = number("SIM_SEEDS").unwrap_or(SEEDS);
    let start = std::time::Instant::now();
    let (seen, broken) = search(seeds, None);
    if let Some((seed, law)) = broken {
        panic!("{law}\n{}", story(seed));
    }
    println!("{seeds} seeds in {:?}: {seen:?}", start.elapsed());
    assert!(seen.lives > seeds, "processes died");
    assert!(seen.duplicates > 0, "faults made repetitions");
}

/// LAW (the laws have teeth): every planted bug breaks one.
#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for planted in planted::ALL {
        match search(SEEDS, Some(planted)).1 {
            Some((seed, law)) => println!("{planted:?}: seed {seed}: {law}"),
            None => missed.push(planted),
        }
    }
    assert!(missed.is_empty(), "{missed:?} pass for right");
}
