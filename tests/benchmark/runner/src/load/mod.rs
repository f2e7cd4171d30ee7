//! Load on `tamis run`, protocol by protocol: generator, backend and Tamis share the processors of this machine. Open loop: each post
//! has a time at which it is meant to go, whatever became of those before, and its latency counts from that time. Direct and through
//! Tamis in turn.

mod forward;
mod grpc;
mod http;
mod nats;

use std::fs;
use std::io::{BufRead, BufReader, Error, Result};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::live::Live;
use crate::measure::median;
use crate::place::Place;
use crate::table::Report;

/// Events of a post, and connections that post.
const POST: usize = 100;
const CONNECTIONS: usize = 8;
/// Posts a second of the open loop.
const RATE: f64 = 100.0;
/// Pairs of direct and through Tamis, and how long each half is.
const PAIRS: usize = 10;
const HALF: Duration = Duration::from_secs(2);
/// How long as much as goes is sent.
const FULL: Duration = Duration::from_secs(8);

/// A connection of a client.
pub trait Client: Send {
    /// Sends a post, and waits until whoever is at its other end says that it has it.
    ///
    /// # Errors
    ///
    /// The connection is cut, or it is not taken.
    fn post(&mut self, post: &[u8]) -> Result<()>;
}

/// A protocol.
pub struct Way {
    name: &'static str,
    /// Its source `in`, its sink `out`, each but for how it gathers; or a proxy `in`.
    config: String,
    posts: Vec<Vec<u8>>,
    /// The same events for `tamis filter`.
    events: String,
    /// Where the backend is.
    direct: String,
    /// Opens a connection; true: through Tamis.
    connect: Box<dyn Fn(&str, bool) -> Result<Box<dyn Client>> + Sync>,
}

/// How a sink gathers, and the route.
const ROUTE: &str = r#"batch = { events = 2000, age = "1 ms" }
[route.load]
from   = "in"
policy = "tenants/a.toml"
[[route.load.to]]
sink    = "out"
purpose = "security"
closed  = "skip"
"#;

/// Runs what was asked for.
///
/// # Errors
///
/// It does not run.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if !place.wants("load") {
        return Ok(());
    }
    let events = place.corpus("mixed", place.events)?;
    let lines = lines(Path::new(&events))?;
    let ways =
        [http::way(&lines, &events)?, http::proxy(&lines, &events)?, grpc::way(place)?, forward::way(&lines, &events)?];
    for way in ways.into_iter().chain(nats::way(place, &lines, &events)?) {
        of(place, report, &way)?;
    }
    Ok(())
}

fn of(place: &Place, report: &mut Report, way: &Way) -> Result<()> {
    let Way { name, events, .. } = way;
    let live = Live::start(place, "load", &place.here.join("policies"), &way.config)?;
    let through = live.at("in");
    // Engines are made with the first events.
    open_loop(way, &through, true, Duration::from_millis(500))?;
    let (cpu, taken) = (live.cpu(), sustained(way, &through)?);
    let each = (live.cpu() - cpu) * 1e9 / taken;
    let speed = taken / FULL.as_secs_f64();
    let number = crate::place::size(events)?.1 as f64;
    let alone = place.filter("filter", &place.policy("a")).with("filter", &[events]).run(None)?;
    let inside = number / alone.wall.as_secs_f64();
    report.other(
        &format!("{name}, as much as goes"),
        "",
        &format!("{speed:.0} events/s, {each:.0} ns of processor an event"),
        None,
    );
    let text = format!("{:.2} of its {inside:.0} events/s", speed / inside);
    report.other(&format!("{name} ÷ `tamis filter` on the same events"), "", &text, None);
    let mut found: [Vec<f64>; 4] = Default::default();
    for _ in 0..PAIRS {
        for (at, of) in [(&way.direct, 0), (&through, 2)] {
            let (half, most) = open_loop(way, at, of > 0, HALF)?;
            found[of].push(half);
            found[of + 1].push(most);
        }
    }
    let [direct_half, direct_most, half, most] = found.map(median);
    let rate = RATE * POST as f64;
    let text = format!("p50 {half:.2} ms (direct {direct_half:.2}), p99 {most:.2} ms (direct {direct_most:.2})");
    report.other(&format!("{name}, {rate:.0} events/s, from the intended time to the answer"), "", &text, None);
    let memory = format!("{:.0} MiB at most, {:.0} at the end", live.memory("VmHWM:"), live.memory("VmRSS:"));
    report.other(&format!("{name}, memory"), "", &memory, None);
    Ok(())
}

fn lines(file: &Path) -> Result<Vec<String>> {
    BufReader::new(fs::File::open(file)?).lines().take(40_000).collect()
}

/// Posts of lines.
fn posts(lines: &[String], post: impl Fn(&[String]) -> Vec<u8>) -> Vec<Vec<u8>> {
    lines.chunks_exact(POST).map(post).collect()
}

/// Runs a client a connection, and gives what each gave.
fn clients<T: Send>(
    way: &Way,
    at: &str,
    through: bool,
    run: impl Fn(usize, Box<dyn Client>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let client = |number| run(number, (way.connect)(at, through)?);
    std::thread::scope(|scope| {
        let client = &client;
        let all: Vec<_> = (0..CONNECTIONS).map(|number| scope.spawn(move || client(number))).collect();
        all.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(Error::other("a client failed")))).collect()
    })
}

/// How many events are taken where each connection posts as soon as it was answered.
fn sustained(way: &Way, at: &str) -> Result<f64> {
    let began = Instant::now();
    let taken = clients(way, at, true, |number, mut client| {
        let mut taken = 0;
        for post in way.posts.iter().cycle().skip(number * way.posts.len() / CONNECTIONS) {
            if began.elapsed() >= FULL {
                break;
            }
            client.post(post)?;
            taken += POST;
        }
        Ok(taken)
    })?;
    Ok(taken.into_iter().sum::<usize>() as f64)
}

/// Latency from the intended time to the answer in milliseconds: median, and what one in a hundred is above.
fn open_loop(way: &Way, at: &str, through: bool, long: Duration) -> Result<(f64, f64)> {
    let (began, all) = (Instant::now(), (RATE * long.as_secs_f64()) as usize);
    let waits = clients(way, at, through, |number, mut client| {
        let mut waits = Vec::new();
        for post in (number..all).step_by(CONNECTIONS) {
            let due = began + Duration::from_secs_f64(post as f64 / RATE);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            client.post(&way.posts[post % way.posts.len()])?;
            waits.push(due.elapsed().as_secs_f64() * 1e3);
        }
        Ok(waits)
    })?;
    let mut waits = waits.concat();
    waits.sort_by(f64::total_cmp);
    Ok((waits[waits.len() / 2], waits[waits.len() * 99 / 100]))
}
