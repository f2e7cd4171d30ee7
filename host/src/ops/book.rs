//! What is written into the ledger, and when; and the counts of what was done.
//!
//! What lists protect is told by the day only, and small numbers not at all: who sees at which minute a rule withheld something sees who
//! turned to the works council. So the lines of every ten seconds have no number from which that follows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::ledger::{Ledger, LedgerError};
use super::live::{Purpose, State};
use super::log::{Level, Said, often, say, say_rest};
use super::worker::Floor;
use crate::kill;
use crate::pipeline::Counts;

/// Tenants that one line names.
const AMONG: usize = 256;
/// Counts are written this often.
const EVERY: Duration = Duration::from_secs(10);
/// The head of the ledger is said this often.
pub(super) const HEAD: Duration = Duration::from_secs(3600);
/// Fewer are not told.
const FEW: u64 = 5;

/// Route and purpose.
type Of = (String, String);

/// The ledger, where there is one, and what is to be written into it.
pub(super) struct Book {
    ledger: Option<Mutex<Ledger>>,
    /// How long events flow while it cannot be written.
    grace: Duration,
    state: Mutex<Waiting>,
    kept: PathBuf,
    /// When its head was said last, and how many lines were others' then.
    told: Mutex<Option<(Instant, u64)>>,
}

#[derive(Default)]
struct Waiting {
    failing: Option<Instant>,
    counts: BTreeMap<Of, Counts>,
    today: Today,
}

impl Waiting {
    /// It cannot be written. That is told again and again, as long as it lasts: events flow for a while only.
    fn fails(&mut self, error: &LedgerError) {
        often(Level::Error, "ledger-failed", &[("why", Said::Text(&error.to_string()))], ("times", 1));
        self.failing.get_or_insert_with(Instant::now);
    }
}

/// How much of a count that grows stands in the ledger.
#[derive(Default)]
pub(super) struct Told(AtomicU64);

impl Told {
    /// Tells what came since the last time, if anything. `false`: it could not be written, and is told with what comes.
    pub(super) fn tell(&self, all: u64, tell: impl FnOnce(u64) -> bool) {
        let more = all.saturating_sub(self.0.load(Ordering::Relaxed));
        if more > 0 && tell(more) {
            self.0.fetch_add(more, Ordering::Relaxed);
        }
    }
}

/// Rules that withhold what lists protect, and how often, on a day.
#[derive(Default, Serialize, Deserialize)]
struct Today {
    day: String,
    rules: BTreeMap<String, u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn today() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}

impl Book {
    /// `kept`: where counts of the day stand while nothing runs, so that a restart does not tell them in slices.
    pub(super) fn new(ledger: Option<Ledger>, grace: Duration, kept: &Path) -> Self {
        let read = |text: Vec<u8>| serde_json::from_slice::<Today>(&text).ok();
        let before =
            std::fs::read(kept).ok().and_then(read).unwrap_or_else(|| Today { day: today(), ..Today::default() });
        let state = Waiting { today: before, ..Waiting::default() };
        Self {
            ledger: ledger.map(Mutex::new),
            grace,
            state: Mutex::new(state),
            kept: kept.to_owned(),
            told: Mutex::default(),
        }
    }

    /// Writes a line. `false`: it could not be written, and events flow for a while only.
    pub(super) fn note(&self, kind: &'static str, value: Value) -> bool {
        let Some(ledger) = &self.ledger else { return true };
        let mut ledger = lock(ledger);
        let mut state = lock(&self.state);
        match ledger.add(kind, fields(value)) {
            Ok(()) => {
                state.failing = None;
                true
            }
            Err(error) => {
                state.fails(&error);
                false
            }
        }
    }

    /// Reads what others added, where this process writes nothing itself: a cut is noticed here too.
    fn look(&self) {
        let Some(ledger) = &self.ledger else { return };
        let mut ledger = lock(ledger);
        let mut state = lock(&self.state);
        // Where it fails already, each try to write looks.
        if state.failing.is_none()
            && let Err(error) = ledger.look()
        {
            state.fails(&error);
        }
    }

    /// What is in force for a route from now on.
    pub(super) fn in_force(&self, route: &str, purposes: &[Purpose]) {
        for purpose in purposes {
            let name = &purpose.name;
            match &purpose.state {
                State::Open { policy, digest, among, .. } => {
                    let line = json!({ "route": route, "purpose": name, "policy": policy, "digest": digest });
                    self.note("in-force", line);
                    for some in among.chunks(AMONG) {
                        self.note(
                            "among",
                            json!({ "route": route, "purpose": name, "policy": digest, "digest": some }),
                        );
                    }
                }
                State::Closed(_) => drop(self.note("closed", json!({ "route": route, "purpose": name }))),
            };
        }
    }

    /// Whether changes may be made: nothing changes that cannot be written down.
    pub(super) fn is_written(&self) -> bool {
        lock(&self.state).failing.is_none()
    }

    /// Whether events may flow: for a while they may though nothing can be written.
    pub(super) fn is_in_time(&self) -> bool {
        lock(&self.state).failing.is_none_or(|since| since.elapsed() < self.grace)
    }

    /// Number and digest of its last line.
    pub(super) fn head(&self) -> Option<(u64, String)> {
        let ledger = lock(self.ledger.as_ref()?);
        let (seq, digest) = ledger.head();
        Some((seq, digest.to_owned()))
    }

    /// Says number and digest of its last line, for whoever keeps the log elsewhere: so often, and when others added lines.
    pub(super) fn tell_head(&self, every: Duration) {
        self.look();
        let Some(others) = self.ledger.as_ref().map(|ledger| lock(ledger).others()) else { return };
        let mut told = lock(&self.told);
        if told.is_some_and(|(at, before)| before == others && at.elapsed() < every) {
            return;
        }
        *told = Some((Instant::now(), others));
        if let Some((line, digest)) = self.head() {
            say(Level::Info, "ledger-head", &[("line", Said::Number(line)), ("digest", Said::Text(&digest))]);
        }
    }

    /// Takes counts of a route and purpose. `protects`: whether a rule withholds what a list protects.
    pub(super) fn count(&self, route: &str, purpose: &str, mut counts: Counts, protects: impl Fn(&str) -> bool) {
        kill::point("ledger", "count");
        let mut state = lock(&self.state);
        counts.rules.retain(|rule, count| {
            let protected = protects(rule);
            if protected {
                *state.today.rules.entry(rule.clone()).or_default() += *count;
            }
            !protected
        });
        state.counts.entry((route.to_owned(), purpose.to_owned())).or_default().add(&counts);
    }

    /// Writes what was counted since the last time, and the day's when it is over.
    pub(super) fn flush(&self) {
        let (counts, protected) = {
            let mut state = lock(&self.state);
            let (counts, now) = (std::mem::take(&mut state.counts), today());
            let is_over = state.today.day != now;
            (counts, is_over.then(|| std::mem::replace(&mut state.today, Today { day: now, rules: BTreeMap::new() })))
        };
        for ((route, purpose), counts) in counts {
            if !self.note("counts", json!({ "route": route, "purpose": purpose, "counts": told(&counts) })) {
                lock(&self.state).counts.entry((route, purpose)).or_default().add(&counts);
            }
        }
        if !self.is_written() {
            // Sources that hold count nothing: without this nobody would find out that it can be written again.
            self.note("resumed", json!({}));
        }
        if let Some(Today { day, rules }) = protected {
            self.protected(&day, rules);
        }
    }

    fn protected(&self, day: &str, rules: BTreeMap<String, u64>) {
        let told = |count| if count < FEW { Value::from("under 5") } else { Value::from(count) };
        let rules: Map<_, _> = rules.into_iter().map(|(rule, count)| (rule, told(count))).collect();
        if !rules.is_empty() {
            self.note("protected", json!({ "day": day, "rules": rules }));
        }
    }

    /// The last lines.
    pub(super) fn close(&self) {
        kill::around("ledger", "flush", || self.flush());
        self.note("stopped", json!({}));
        if self.ledger.is_some()
            && let Ok(text) = serde_json::to_vec(&lock(&self.state).today)
            && let Err(error) = keep(&self.kept, &text)
        {
            say(Level::Error, "ledger-failed", &[("why", Said::Text(&error.to_string()))]);
        }
    }
}

/// Writes counts until it is told to stop.
pub(super) async fn run(floor: Arc<Floor>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let floor = floor.clone();
        let tell = move || {
            floor.tell_not_sent();
            floor.book.flush();
            floor.book.tell_head(HEAD);
            floor.sealer.tell();
            say_rest(false);
        };
        let _ = tokio::task::spawn_blocking(tell).await;
    }
}

/// Writes a file that only its owner reads, whole.
fn keep(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let new = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    kill::write("today", &mut file, text)?;
    kill::around("today", "sync", || file.sync_all())?;
    kill::around("today", "rename", || std::fs::rename(new, path))
}

/// Counts without those from which it follows how many events were withheld: what came in is not told.
fn told(counts: &Counts) -> Value {
    json!({
        "events_out": counts.events_out,
        "quarantined": counts.quarantined,
        "treatments": counts.treatments,
        "rules": counts.rules,
        "entities": counts.entities,
        "forbidden": counts.forbidden,
        "guarded": counts.guarded,
        "failures": counts.failures,
    })
}

#[cfg(test)]
mod tests {
    use super::super::ledger::key;
    use super::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    /// LAW: no line of a counting tells how often a protecting rule withheld something; a day's line does, and no small number.
    #[test]
    fn what_lists_protect_is_told_by_the_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let open = || {
            Book::new(
                Some(Ledger::open(&path, key(KEY).unwrap()).unwrap()),
                Duration::ZERO,
                &folder.path().join("today"),
            )
        };
        let book = open();
        let rules = [("de.works-council", 7), ("us.organising", 2), ("eu.people", 4)];
        let rules = rules.into_iter().map(|(rule, count)| (rule.to_owned(), count)).collect();
        let counts = Counts { events_in: 20, events_out: 13, suppressed: 7, rules, ..Counts::default() };
        book.count("staff", "security", counts, |rule| rule != "eu.people");
        book.flush();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("eu.people") && text.contains("\"events_out\":13"));
        let line: Value = serde_json::from_str(text.trim_end()).unwrap();
        let told = line["counts"].to_string();
        for hidden in ["works-council", "organising", "suppressed", "events_in", "7", "20"] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
        book.close();
        let told = || std::fs::read_to_string(&path).unwrap().contains("works-council");
        assert!(!told(), "a stop tells no slice of a day");
        drop(book);
        let book = open();
        book.flush();
        assert!(!told());
        lock(&book.state).today.day = "2000-01-01".into();
        book.flush();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(r#""rules":{"de.works-council":7,"us.organising":"under 5"}"#), "{text}");
    }

    /// LAW: a process that writes nothing itself sees lines of others, whose head it tells, and a cut.
    #[test]
    fn an_idle_ledger_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let open = || Ledger::open(&path, key(KEY).unwrap()).unwrap();
        let mut other = open();
        other.add("started", Map::new()).unwrap();
        let book = Book::new(Some(open()), Duration::ZERO, &folder.path().join("today"));
        let told = || lock(&book.told).map(|(_, others)| others);
        book.tell_head(HEAD);
        assert_eq!((told(), book.head().unwrap().0), (Some(0), 1));
        other.add("revealed", Map::new()).unwrap();
        book.tell_head(HEAD);
        assert_eq!((told(), book.head().unwrap().1.as_str()), (Some(1), other.head().1), "a reveal is told at once");
        assert!(book.is_in_time() && book.is_written());
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        book.tell_head(HEAD);
        assert!(!book.is_in_time() && !book.is_written(), "a cut is noticed");
        book.flush();
        assert!(!book.is_written());
        std::fs::write(&path, &whole).unwrap();
        book.flush();
        assert!(book.is_written(), "it was put back");
    }

    /// LAW: what could not be written is written later, and nothing twice.
    #[test]
    fn what_was_not_written_is_told_again() {
        let (told, mut written) = (Told::default(), 0);
        for (all, is_written) in [(0, true), (3, false), (5, true), (5, true), (6, false), (6, true)] {
            told.tell(all, |more| {
                written += if is_written { more } else { 0 };
                is_written
            });
            assert!(!is_written || written == all, "{written} of {all}");
        }
    }

    /// LAW: however many tenants there are, each stands in a line, and no line is long.
    #[test]
    fn ten_thousand_tenants_stand_in_lines_that_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path, key(KEY).unwrap()).unwrap();
        let book = Book::new(Some(ledger), Duration::ZERO, &folder.path().join("today"));
        let state = State::Open {
            extent: None,
            attributable: false,
            engine: Arc::new(|| unreachable!("nothing is filtered")),
            looking: Arc::new(|| unreachable!("nobody looks on")),
            policy: "10000 tenants".into(),
            tenant: None,
            digest: "sha256:all".into(),
            shut: 0,
            compiled: 10_000,
            among: (0..10_000).map(|number| format!("tenant-{number}@1 sha256:{number:064x}")).collect(),
            held: Vec::new(),
            protects: Default::default(),
        };
        book.in_force("all", &[Purpose { name: "security".into(), state }]);
        assert!(book.is_written());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().all(|line| line.len() < 64 << 10), "a line is long");
        assert!((0..10_000).all(|number| text.contains(&format!("\"tenant-{number}@1 "))), "a tenant is missing");
    }
}
