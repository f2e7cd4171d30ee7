//! Load on `tamis run`, HTTP to HTTP: generator, backend and Tamis share the processors of this machine. Open loop: each post has a time
//! at which it is meant to go, whatever became of those before, and its latency counts from that time. Direct and through Tamis in turn.

use std::fs;
use std::io::{BufRead, BufReader, Error, Result};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::live::{Backend, Client, Live};
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

/// Runs what was asked for.
///
/// # Errors
///
/// It does not run.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if !place.wants("load") {
        return Ok(());
    }
    let file = place.corpus("mixed", place.events)?;
    let posts = posts(Path::new(&file))?;
    let backend = Backend::start("no event holds this")?;
    let config = format!(
        r#"[source.in]
type   = "http"
listen = "127.0.0.1:0"
answer = "60 s"
[sink.out]
type  = "http"
url   = "{}"
batch = {{ events = 2000, age = "1 ms" }}
[route.load]
from   = "in"
policy = "tenants/a.toml"
[[route.load.to]]
sink    = "out"
purpose = "security"
closed  = "skip"
"#,
        backend.url
    );
    let live = Live::start(place, "load", &place.here.join("policies"), &config)?;
    let (through, direct) = (live.at("in"), backend.at());
    // Engines are made with the first events.
    open_loop(&through, &posts, Duration::from_millis(500))?;
    let (cpu, events) = (live.cpu(), sustained(&through, &posts)?);
    let each = (live.cpu() - cpu) * 1e9 / events;
    let speed = events / FULL.as_secs_f64();
    let filter = place.filter("filter", &place.policy("a")).with("filter", &[&file]);
    let alone = filter.run(None)?;
    let inside = place.events as f64 / alone.wall.as_secs_f64();
    let text = format!("{:.0} events/s, {each:.0} ns of processor an event", speed);
    report.other("HTTP → HTTP, as much as goes", "", &text, None);
    let text = format!("{:.2} of its {inside:.0} events/s", speed / inside);
    report.other("HTTP → HTTP ÷ `tamis filter` on the same events", "", &text, None);
    let mut found: [Vec<f64>; 4] = Default::default();
    for _ in 0..PAIRS {
        for (at, of) in [(&direct, 0), (&through, 2)] {
            let (half, most) = open_loop(at, &posts, HALF)?;
            found[of].push(half);
            found[of + 1].push(most);
        }
    }
    let [direct_half, direct_most, half, most] = found.map(median);
    let rate = RATE * POST as f64;
    let text = format!("p50 {half:.2} ms (direct {direct_half:.2}), p99 {most:.2} ms (direct {direct_most:.2})");
    report.other(&format!("HTTP → HTTP, {rate:.0} events/s, from the intended time to the answer"), "", &text, None);
    let memory = format!("{:.0} MiB at most, {:.0} at the end", live.memory("VmHWM:"), live.memory("VmRSS:"));
    report.other("HTTP → HTTP, memory", "", &memory, None);
    Ok(())
}

fn posts(file: &Path) -> Result<Vec<Vec<u8>>> {
    let lines: Vec<String> = BufReader::new(fs::File::open(file)?).lines().take(40_000).collect::<Result<_>>()?;
    Ok(lines.chunks(POST).map(|lines| (lines.join("\n") + "\n").into_bytes()).collect())
}

/// Runs a client a connection, and gives what each gave.
fn clients<T: Send>(at: &str, run: impl Fn(usize, Client) -> Result<T> + Sync) -> Result<Vec<T>> {
    let client = |number| run(number, Client::connect(at, "/", "")?);
    std::thread::scope(|scope| {
        let client = &client;
        let all: Vec<_> = (0..CONNECTIONS).map(|number| scope.spawn(move || client(number))).collect();
        all.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(Error::other("a client failed")))).collect()
    })
}

/// How many events are taken where each connection posts as soon as it was answered.
fn sustained(at: &str, posts: &[Vec<u8>]) -> Result<f64> {
    let began = Instant::now();
    let taken = clients(at, |number, mut client| {
        let mut taken = 0;
        for post in posts.iter().cycle().skip(number * posts.len() / CONNECTIONS) {
            if began.elapsed() >= FULL {
                break;
            }
            taken += if client.post(post)? == 200 { POST } else { 0 };
        }
        Ok(taken)
    })?;
    Ok(taken.into_iter().sum::<usize>() as f64)
}

/// Latency from the intended time to the answer in milliseconds: median, and what one in a hundred is above.
fn open_loop(at: &str, posts: &[Vec<u8>], long: Duration) -> Result<(f64, f64)> {
    let (began, all) = (Instant::now(), (RATE * long.as_secs_f64()) as usize);
    let waits = clients(at, |number, mut client| {
        let mut waits = Vec::new();
        for post in (number..all).step_by(CONNECTIONS) {
            let due = began + Duration::from_secs_f64(post as f64 / RATE);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if client.post(&posts[post % posts.len()])? != 200 {
                return Err(Error::other("a post was refused"));
            }
            waits.push(due.elapsed().as_secs_f64() * 1e3);
        }
        Ok(waits)
    })?;
    let mut waits = waits.concat();
    waits.sort_by(f64::total_cmp);
    Ok((waits[waits.len() / 2], waits[waits.len() * 99 / 100]))
}
