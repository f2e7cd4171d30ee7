//! What flows while the process is killed, and what must be so afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret as _;
use tamis::edge::quarantine::{Content, Reader};

use crate::canary::{self, CANARIES};
use crate::life::{End, Keeper, Life, post};
use crate::process::{self, LONG, configured};
use crate::receiver::Receiver;

/// Events of a part, and one that no plan is known for.
const PART: u32 = 25;
const PARTS: u32 = 8;
/// How long after a part the next one comes.
const PAUSE: Duration = Duration::from_millis(80);

/// A way through the process.
pub(crate) struct Flow {
    name: &'static str,
    config: &'static str,
    is_http: bool,
}

const HEAD: &str = r#"
[ledger]
key = "file:HERE/ledger.key"
[quarantine]
recipients = ["file:HERE/quarantine.pub"]
[sink.siem]
type  = "http"
url   = "URL"
batch = { events = 10, age = "5 ms" }
retry = { first = "10 ms", most = "50 ms" }
"#;

pub(crate) const FLOWS: [Flow; 2] = [
    Flow {
        name: "file-buffer-http",
        config: r#"buffer = { size = "16 MiB" }
[source.in]
type  = "file"
paths = ["HERE/in/*.ndjson"]
[sink.archive]
type  = "file"
path  = "HERE/out.ndjson"
batch = { events = 10, age = "5 ms" }
[route.staff]
from   = "in"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "siem"
purpose   = "security"
closed    = "hold"
guarantee = "at-least-once"
[[route.staff.to]]
sink    = "archive"
purpose = "security"
closed  = "hold"
"#,
        is_http: false,
    },
    Flow {
        name: "http-http",
        config: r#"
[source.in]
type   = "http"
listen = "127.0.0.1:0"
answer = "20 s"
[route.staff]
from   = "in"
policy = "tenants/example-de.toml"
[[route.staff.to]]
sink      = "siem"
purpose   = "security"
guarantee = "at-least-once"
"#,
        is_http: true,
    },
];

/// Where it is killed.
pub(crate) struct Kill {
    pub(crate) flow: &'static Flow,
    pub(crate) point: String,
    /// In its second life: the first one was killed while events came.
    pub(crate) after_a_kill: bool,
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let life = if self.after_a_kill { "second" } else { "first" };
        write!(f, "{} {life} life {}", self.flow.name, self.point)
    }
}

/// What came of it.
pub(crate) struct Told {
    pub(crate) was_killed: bool,
    /// Events that arrived more than once.
    pub(crate) twice: usize,
}

pub(crate) fn event(number: u32) -> String {
    let [user, address, note] = CANARIES;
    format!(
        r#"{{"CreationTime":"2026-11-03T06:00:00","Id":"x{number}","Operation":"UserLoggedIn","OrganizationId":"o","RecordType":15,"ResultStatus":"Succeeded","UserKey":"{note}","UserType":0,"Version":{number},"Workload":"AzureActiveDirectory","UserId":"{user}","ClientIP":"{address}","Note":"{note}"}}"#
    )
}

fn part(number: u32) -> Range<u32> {
    number * PART..(number + 1) * PART
}

fn text(number: u32) -> String {
    let [user, ..] = CANARIES;
    let events: String = part(number).map(|number| event(number) + "\n").collect();
    format!("{events}{{\"who\":\"{user}\"}}\n")
}

/// Everything of one case.
struct Stage<'a> {
    flow: &'a Flow,
    folder: tempfile::TempDir,
    receiver: Receiver,
    identity: age::x25519::Identity,
    /// Parts that were posted and acknowledged.
    taken: Arc<Mutex<BTreeSet<u32>>>,
    /// Events that may come twice, by kill: they were not acknowledged when it came.
    windows: Vec<BTreeSet<u32>>,
    next: u32,
    lives: usize,
}

impl<'a> Stage<'a> {
    fn new(flow: &'a Flow) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        process::copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies")), &here.join("policies"));
        std::fs::create_dir(here.join("in")).unwrap();
        std::fs::write(here.join("ledger.key"), "0123456789abcdef".repeat(4)).unwrap();
        let identity = age::x25519::Identity::generate();
        std::fs::write(here.join("quarantine.pub"), identity.to_public().to_string()).unwrap();
        // A server that is sometimes away, refuses some, and finds some too long.
        let receiver = Receiver::start([200, 503, 200, 400, 200, 413, 500, 200].repeat(4));
        let config = format!("{HEAD}{}", flow.config).replace("URL", &receiver.url());
        configured(here, &config, here.join("policies").to_str().unwrap());
        let taken = Arc::default();
        Self { flow, folder, receiver, identity, taken, windows: Vec::new(), next: 0, lives: 0 }
    }

    fn life(&mut self, armed: &[(&str, &str)]) -> Life {
        self.lives += 1;
        let here = self.folder.path();
        Life::begin(&here.join("tamis.toml"), &here.join(format!("log{}", self.lives)), armed)
    }

    /// What the last life said.
    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("log{}", self.lives))).unwrap_or_default()
    }

    /// Feeds parts, with a change of the policy among them, and asks it to stop while the last ones are on their way.
    fn fed(&mut self, mut life: Life, parts: u32, then: &str) -> End {
        let first = self.next;
        for number in first..first + parts {
            if life.ended().is_some() {
                break;
            }
            self.feed(&life, number);
            self.next = number + 1;
            if number == first + 2 {
                self.change(number);
                life.signal("-HUP");
            }
            std::thread::sleep(PAUSE);
        }
        life.signal(then);
        life.end()
    }

    fn feed(&self, life: &Life, number: u32) {
        if !self.flow.is_http {
            let path = self.folder.path().join("in/a.ndjson");
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
            file.write_all(text(number).as_bytes()).unwrap();
            return;
        }
        let Some(at) = life.at("in") else { return };
        let taken = self.taken.clone();
        std::thread::spawn(move || {
            if post(&at, &text(number)) {
                taken.lock().unwrap().insert(number);
            }
        });
    }

    /// The policy says something else from now on.
    fn change(&self, number: u32) {
        let tenant = self.folder.path().join("policies/tenants/example-de.toml");
        let before = std::fs::read_to_string(&tenant).unwrap();
        let rule = format!(
            "[rule.more-{number}]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n\n[rule."
        );
        std::fs::write(&tenant, before.replacen("[rule.", &rule, 1)).unwrap();
    }

    /// Notes what had not been acknowledged when it ended.
    fn note(&mut self) {
        let pending = if self.flow.is_http {
            // Answers that are under way are read first.
            std::thread::sleep(Duration::from_millis(100));
            let taken = self.taken.lock().unwrap();
            (0..self.next).filter(|number| !taken.contains(number)).flat_map(part).collect()
        } else {
            let kept = std::fs::read_to_string(self.folder.path().join("state/positions/in.json")).unwrap_or_default();
            let kept: serde_json::Value = serde_json::from_str(&kept).unwrap_or_default();
            let files = kept["files"].as_object();
            let at = files.and_then(|files| files.values().filter_map(|file| file["at"].as_u64()).max()).unwrap_or(0);
            let all: String = (0..self.next).map(text).collect();
            all[at as usize..].lines().filter_map(version).collect()
        };
        self.windows.push(pending);
    }

    /// What arrived, and how often. What the server refused is opened again.
    fn arrived(&self) -> BTreeMap<u32, usize> {
        let mut found = counted(&self.receiver.text());
        for opened in self.sealed() {
            if let Content::Opened(bytes) = opened.content {
                let text = String::from_utf8(bytes).unwrap();
                assert!(!canary::is_in(text.as_bytes()), "a seal holds a value of an event");
                for (number, times) in counted(&text) {
                    *found.entry(number).or_default() += times;
                }
            }
        }
        found
    }

    fn sealed(&self) -> Vec<tamis::edge::quarantine::Opened> {
        let identity = self.identity.to_string().expose_secret().parse().unwrap();
        let path = self.folder.path().join("state/quarantine.ndjson");
        Reader::open(&path, vec![identity]).map(|reader| reader.flatten().collect()).unwrap_or_default()
    }

    fn archived(&self) -> BTreeMap<u32, usize> {
        counted(&std::fs::read_to_string(self.folder.path().join("out.ndjson")).unwrap_or_default())
    }

    /// The last life: what is missing is given once more, and everything arrives.
    fn heal(&mut self) {
        let mut life = self.life(&[]);
        assert!(life.ended().is_none(), "it does not start again: {}", life.said());
        let first = self.next;
        for number in 0..PARTS {
            if self.flow.is_http {
                let began = Instant::now();
                while !self.taken.lock().unwrap().contains(&number) {
                    assert!(began.elapsed() < LONG, "part {number} is not taken: {}", life.said());
                    if post(&life.at("in").unwrap(), &text(number)) {
                        self.taken.lock().unwrap().insert(number);
                    }
                }
            } else if number >= first {
                self.feed(&life, number);
            }
        }
        self.next = PARTS;
        let all: BTreeSet<u32> = (0..PARTS * PART).collect();
        let began = Instant::now();
        loop {
            let (arrived, archived) = (self.arrived(), self.archived());
            let is_there =
                |number: &u32| arrived.contains_key(number) && (self.flow.is_http || archived.contains_key(number));
            let missing: Vec<_> = all.iter().filter(|number| !is_there(number)).collect();
            if missing.is_empty() {
                break;
            }
            assert!(began.elapsed() < LONG, "lost: {missing:?} {}", life.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        life.signal("-TERM");
        let end = life.end();
        assert_eq!(end, End::Code(0), "{}", self.said());
    }

    /// LAW: once what was acknowledged; as often as it was killed and once more what was on its way, and a buffer gives again
    /// what it did not note.
    fn twice(&self) -> usize {
        let times = |number: &u32| 1 + self.windows.iter().filter(|window| window.contains(number)).count();
        for (number, found) in self.archived() {
            assert!(found <= times(&number), "archived {found} times: {number}");
        }
        let arrived = self.arrived();
        for (number, found) in &arrived {
            let again = if self.flow.is_http { 0 } else { self.windows.len() };
            assert!(*found <= times(number) + again, "arrived {found} times: {number}");
        }
        arrived.values().map(|found| found - 1).sum()
    }

    fn is_clean(&self) {
        let here = self.folder.path();
        for folder in ["state", "kept"] {
            assert_eq!(canary::below(&here.join(folder)), Vec::<String>::new(), "values are on disk");
        }
        let logs = (1..=self.lives).map(|number| format!("log{number}")).chain(["out.ndjson".to_owned()]);
        for name in logs {
            assert!(!canary::is_in(&std::fs::read(here.join(&name)).unwrap_or_default()), "{name} holds a value");
        }
        assert!(!canary::is_in(self.receiver.text().as_bytes()), "a value was sent");
    }
}

fn version(line: &str) -> Option<u32> {
    serde_json::from_str::<serde_json::Value>(line).ok()?["Version"].as_u64().map(|number| number as u32)
}

pub(crate) fn counted(text: &str) -> BTreeMap<u32, usize> {
    let mut found = BTreeMap::new();
    for number in text.lines().filter_map(version) {
        *found.entry(number).or_default() += 1;
    }
    found
}

impl Flow {
    /// The points that it comes by, and how often.
    pub(crate) fn points(&self, after_a_kill: bool) -> BTreeMap<String, usize> {
        let mut stage = Stage::new(self);
        if after_a_kill {
            let life = stage.life(&[]);
            stage.fed(life, PARTS / 2, "-KILL");
        }
        let told = stage.folder.path().join("points");
        let life = stage.life(&[("TAMIS_KILL_POINTS", told.to_str().unwrap())]);
        let parts = if after_a_kill { PARTS / 2 } else { PARTS };
        let end = stage.fed(life, parts, "-TERM");
        assert!(matches!(end, End::Code(0 | 1)), "{end:?}: {}", stage.said());
        let mut visits = BTreeMap::new();
        for point in std::fs::read_to_string(told).unwrap().lines() {
            *visits.entry(point.to_owned()).or_default() += 1;
        }
        visits
    }
}

/// Kills it there, begins again, and holds it to the laws.
pub(crate) fn killed(kill: &Kill) -> Told {
    let mut stage = Stage::new(kill.flow);
    let here = stage.folder.path().to_owned();
    let _keeper = Keeper::start(&here.join("state"), &here.join("kept"));
    if kill.after_a_kill {
        let life = stage.life(&[]);
        assert_eq!(stage.fed(life, PARTS / 2, "-KILL"), End::Killed);
        stage.note();
    }
    let life = stage.life(&[("TAMIS_KILL", &kill.point)]);
    let parts = if kill.after_a_kill { PARTS / 2 } else { PARTS };
    let end = stage.fed(life, parts, "-TERM");
    assert!(matches!(end, End::Killed | End::Code(0 | 1)), "{end:?}: {}", stage.said());
    stage.note();
    stage.is_clean();
    stage.heal();
    stage.is_clean();
    let unknown = stage.sealed().iter().filter(|opened| !opened.metadata.reason.starts_with("sink-")).count();
    assert!(unknown >= PARTS as usize, "{unknown} events that no plan is known for are in quarantine");
    Told { was_killed: end == End::Killed, twice: stage.twice() }
}
