//! 10,000 tenants in one `tamis run`: traffic after Zipf, one tenant that floods, one whose policy changes.

use std::io::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::live::{Backend, Client, Live};
use crate::place::Place;
use crate::table::Report;
use crate::tenants::policies;

const MANY: usize = 10_000;
/// Connections of ordinary tenants, how often each posts, and events of a post.
const CONNECTIONS: usize = 3;
const EVERY: Duration = Duration::from_millis(40);
const POST: usize = 40;
/// Events of a post of the tenant that floods: it posts the next as soon as the last is taken.
const FLOOD: usize = 2_000;
/// How long it is watched without a change.
const QUIET: Duration = Duration::from_secs(10);
/// The hour in events that ask which plan is in force; no other event has it.
const MARK: &str = "T17:";

fn event(tenant: usize, time: &str) -> String {
    format!(
        "{{\"Tenant\":\"t{tenant:04}\",\"eventTime\":\"2026-11-03{time}.000Z\",\"eventType\":\"user.session.start\",\"outcome\":\"SUCCESS\"}}\n"
    )
}

/// Draws a tenant: the n-th is asked for 1/n as often as the first.
struct Zipf {
    sums: Arc<Vec<f64>>,
    state: u64,
}

impl Zipf {
    fn new(seed: u64) -> Self {
        let sums = (1..=MANY).scan(0.0, |sum, n| {
            *sum += 1.0 / n as f64;
            Some(*sum)
        });
        Self { sums: Arc::new(sums.collect()), state: seed }
    }

    fn next(&mut self) -> usize {
        // Steele, Lea, Flood: SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let at = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 * self.sums[MANY - 1];
        self.sums.partition_point(|sum| *sum < at).min(MANY - 1)
    }
}

/// Longest time between two answers on one connection of ordinary tenants, in microseconds, since it was last taken.
#[derive(Default)]
struct Watched {
    gap: AtomicU64,
    events: AtomicU64,
    flooded: AtomicU64,
    stop: AtomicBool,
}

/// Runs what was asked for.
///
/// # Errors
///
/// It does not run.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if !place.wants("fleet") {
        return Ok(());
    }
    let tenants = policies(place, MANY)?;
    let backend = Backend::start(MARK)?;
    let config = format!(
        r#"[admin]
listen = "127.0.0.1:0"
token  = "env:TAMIS_OPERATOR"
[source.in]
type   = "http"
listen = "127.0.0.1:0"
answer = "300 s"
[sink.out]
type  = "http"
url   = "{}"
batch = {{ events = 2000, age = "5 ms" }}
[route.fleet]
from      = "in"
policy    = "tenants"
tenant-by = "Tenant"
[[route.fleet.to]]
sink    = "out"
purpose = "security"
closed  = "skip"
"#,
        backend.url
    );
    let live = Live::start(place, "fleet", tenants.parent().unwrap_or(&tenants), &config)?;
    report.other("10,000 tenants: start", "", &format!("{:.2} s", live.started.as_secs_f64()), None);
    report.other("10,000 tenants: memory after the start", "", &format!("{:.0} MiB", live.memory("VmRSS:")), None);
    let watched = Arc::new(Watched::default());
    let ran = std::thread::scope(|scope| {
        let flood = scope.spawn(|| flooding(&live, &watched));
        let ordinary: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let (live, watched) = (&live, &watched);
                scope.spawn(move || posting(live, watched, number as u64))
            })
            .collect();
        let told = watch(&live, &backend, &watched, &tenants, report);
        watched.stop.store(true, Ordering::Relaxed);
        let all = ordinary.into_iter().chain([flood]).map(|thread| thread.join());
        all.fold(told, |told, ended| told.and(ended.unwrap_or_else(|_| Err(Error::other("a client failed")))))
    });
    report.other("10,000 tenants: most memory", "", &format!("{:.0} MiB", live.memory("VmHWM:")), None);
    ran
}

fn flooding(live: &Live, watched: &Watched) -> Result<()> {
    let mut client = Client::connect(&live.at("in"), "/", "")?;
    let body = event(0, "T06:12:34").repeat(FLOOD);
    while !watched.stop.load(Ordering::Relaxed) {
        match client.post(body.as_bytes())? {
            200 => drop(watched.flooded.fetch_add(FLOOD as u64, Ordering::Relaxed)),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    Ok(())
}

fn posting(live: &Live, watched: &Watched, seed: u64) -> Result<()> {
    let mut client = Client::connect(&live.at("in"), "/", "")?;
    let (mut zipf, mut answered, mut due) = (Zipf::new(seed), Instant::now(), Instant::now());
    while !watched.stop.load(Ordering::Relaxed) {
        let body: String = (0..POST).map(|_| event(zipf.next(), "T06:12:34")).collect();
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        due += EVERY;
        while client.post(body.as_bytes())? != 200 {
            std::thread::sleep(Duration::from_millis(5));
        }
        watched.gap.fetch_max(answered.elapsed().as_micros() as u64, Ordering::Relaxed);
        answered = Instant::now();
        watched.events.fetch_add(POST as u64, Ordering::Relaxed);
    }
    Ok(())
}

fn watch(live: &Live, backend: &Backend, watched: &Watched, tenants: &Path, report: &mut Report) -> Result<()> {
    // Engines are made with the first events.
    std::thread::sleep(Duration::from_secs(3));
    let taken = |what: &AtomicU64| what.swap(0, Ordering::Relaxed) as f64;
    let (_, _, _) = (taken(&watched.gap), taken(&watched.events), taken(&watched.flooded));
    std::thread::sleep(QUIET);
    let seconds = QUIET.as_secs_f64();
    let quiet = taken(&watched.gap) / 1e3;
    let text = format!(
        "{:.0} events/s ordinary, {:.0} of the one that floods",
        taken(&watched.events) / seconds,
        taken(&watched.flooded) / seconds
    );
    report.other("10,000 tenants: traffic", "", &text, None);
    report.other("others' longest gap, nothing changes", "", &format!("{quiet:.0} ms"), None);
    // Of every third tenant the policy is the plain one.
    let (mut swaps, mut gaps, mut asking) = (Vec::new(), Vec::new(), Client::connect(&live.at("in"), "/", "")?);
    for changed in [3_000, 6_000, 9_000] {
        let file = tenants.join(format!("t{changed:04}.toml"));
        let before = std::fs::read_to_string(&file)?;
        std::fs::write(&file, before + "\"time.event\" = \"generalise-hour\"\n")?;
        taken(&watched.gap);
        let began = Instant::now();
        let at = live.at("admin");
        let asked = std::thread::spawn(move || {
            Client::connect(&at, "/reload", "Authorization: Bearer operator\r\n")?.post(b"")
        });
        loop {
            asking.post(event(changed, "T17:12:34").as_bytes())?;
            let is_old = backend.marked.lock().is_ok_and(|body| memchr::memmem::find(&body, b"T17:12").is_some());
            if !is_old {
                break;
            }
            if began.elapsed() > Duration::from_secs(300) {
                return Err(Error::other("the change is not in force after five minutes"));
            }
        }
        swaps.push(began.elapsed().as_secs_f64() * 1e3);
        let status = asked.join().map_err(|_| Error::other("no answer"))??;
        if status != 200 {
            return Err(Error::other(format!("a reload was answered with {status}")));
        }
        std::thread::sleep(Duration::from_secs(2));
        gaps.push(taken(&watched.gap) / 1e3);
    }
    let each = |all: &[f64]| all.iter().map(|one| format!("{one:.0}")).collect::<Vec<_>>().join(", ") + " ms";
    report.other("one tenant's change: from the request to its first event under it", "", &each(&swaps), None);
    report.other("others' longest gap meanwhile", "", &each(&gaps), None);
    Ok(())
}
