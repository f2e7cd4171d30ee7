//! The process is killed at every named point of `host/src/kill.rs` while batches are on their way, and begins again. Events are counted
//! at both ends, and values are looked for in every file that ever was.
//!
//! `cargo test` takes a sample, drawn by `FAULTS_SEED`; `tests/faults/run` takes all.
//!
//! What else befalls the real process, and what shows that it loses nothing (`cargo test -p tamis --test faults NAME`, unless another
//! test is named):
//!
//! | fault | shown by |
//! |---|---|
//! | killed at a named point | `a_kill_at_any_named_point`; all of them: `tests/faults/run` |
//! | sink down and back | `a_sink_that_is_down_and_back`; brokers: `--test peers a_server_that_is_killed`, `--test peers kafka` |
//! | sink slow | `a_slow_sink` |
//! | sink half-open | `a_half_open_sink` |
//! | certificate of a sink ended | `an_expired_certificate` |
//! | disk full | `a_full_disk` |
//! | buffer corrupt | `what_is_whole_in_a_damaged_buffer` |
//! | clock jumps | `a_clock_that_jumps`, `evidence_that_ran_out` |
//! | 500 changes of policy under traffic | `FAULTS=all`, `a_storm_of_reloads` (without: 40) |
//! | plugin traps on every third batch | `a_plugin_that_traps` |
//! | engine or worker panics | `a_panic_takes`, `a_worker_that_panics` |
//! | poison events | `an_event_that_no_plan`, `poison_holds_nobody_back` (`--test sidecar`, `--test peers`); in each killed flow |

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did"
)]

mod canary;
mod clock;
#[path = "../common/mod.rs"]
mod common;
mod flow;
#[path = "../../src/plugin/tests/guest.rs"]
#[allow(dead_code, reason = "the plugins' own tests use more of it")]
mod guest;
mod life;
mod others;
mod plugin_and_panic;
#[path = "../sidecar/process.rs"]
#[allow(dead_code, reason = "it is the sidecar's, and has more than is needed here")]
mod process;
#[path = "../sidecar/receiver.rs"]
#[allow(dead_code, reason = "it is the sidecar's, and has more than is needed here")]
mod receiver;
mod sinks;
#[path = "../sidecar/trapping.rs"]
mod trapping;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Instant;

pub(crate) use tamis::plugin;

use flow::{FLOWS, Flow, Kill, Told};

/// Cases at a time.
const TOGETHER: usize = 5;
/// Cases of a sample.
const SAMPLE: usize = 12;

/// Every point that a flow comes by, as it is or after a kill, at its first visit, in the middle and at its last.
fn kills(flow: &'static Flow) -> Vec<Kill> {
    let mut all = Vec::new();
    for after_a_kill in [false, true] {
        let visits = flow.points(after_a_kill);
        for (point, times) in visits {
            let chosen = BTreeSet::from([1, times.div_ceil(2), times.saturating_sub(1).max(1)]);
            all.extend(chosen.into_iter().map(|visit| Kill { flow, point: format!("{point}#{visit}"), after_a_kill }));
        }
    }
    all
}

fn run(kills: &[Kill]) -> Vec<(String, Result<Told, String>)> {
    let (next, told) = (Mutex::new(kills.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                loop {
                    let Some(kill) = next.lock().unwrap().next() else { return };
                    let ran = std::panic::catch_unwind(|| flow::killed(kill));
                    let why = |cause: Box<dyn std::any::Any + Send>| {
                        cause.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_owned())
                    };
                    let mut told = told.lock().unwrap();
                    told.push((kill.to_string(), ran.map_err(why)));
                    if told.len() % 50 == 0 {
                        println!("{} of {} cases", told.len(), kills.len());
                    }
                }
            });
        }
    });
    told.into_inner().unwrap()
}

/// LAW (promise 7): wherever the process is killed, nothing is lost, nothing comes twice but what was on its way, and no value is on disk.
#[test]
fn a_kill_at_any_named_point_loses_and_leaks_nothing() {
    let began = Instant::now();
    let mut all: Vec<_> = FLOWS.iter().flat_map(kills).collect();
    let known: BTreeSet<_> = all.iter().map(|kill| (kill.after_a_kill, kill.point.clone())).collect();
    let names: BTreeSet<_> = all.iter().map(|kill| kill.point.split('#').next().unwrap().to_owned()).collect();
    println!("{} names, {} points, {} cases", names.len(), known.len(), all.len());
    assert!(known.len() >= 200, "fewer points than there were");
    let is_whole = std::env::var("FAULTS").is_ok_and(|said| said == "all");
    let seed = std::env::var("FAULTS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    fastrand::Rng::with_seed(seed).shuffle(&mut all);
    if let Ok(only) = std::env::var("FAULTS_ONLY") {
        all.retain(|kill| kill.to_string().contains(&only));
    } else if !is_whole {
        all.truncate(SAMPLE);
    }
    let told = run(&all);
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut killed, mut twice, mut wrong) = (0, 0, Vec::new());
    for (kill, told) in &told {
        match told {
            Ok(told) => {
                killed += usize::from(told.was_killed);
                twice += told.twice;
                *by_name.entry(if told.was_killed { "killed" } else { "not reached" }).or_default() += 1;
                if !told.was_killed {
                    println!("not reached: {kill}");
                }
            }
            Err(why) => wrong.push(format!("{kill}: {why}")),
        }
    }
    println!(
        "{} cases, {killed} killed at their point, {twice} events twice, {by_name:?}, {:?}",
        told.len(),
        began.elapsed()
    );
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), told.len(), wrong.join("\n"));
    assert!(killed * 10 >= told.len() * 8, "too many points were not reached");
}
