//! What the tests of shipped policies are given: laws about every map and pack run over it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;
use tamis::cli::explain::explained;
use tamis::edge::input::Frames;
use tamis::event::frame::FrameLimits;
use tamis::officer::explain::Explained;
use tamis::pipeline::{Engine, Options, Outcome, Sanitized};
use tamis::policy::document::{Evidence, SecretLists};
use tamis::policy::syntax::{self, Bundle};
use tamis::policy::test_file::Subject;
use tamis::policy::{Library, Plan, Request, compile, consider};

use super::lent::Lending;
use super::repository;

/// Every leaf by its path. JSON in a string stands for itself, and its leaves are told as well.
fn flat(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                flat(value, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, into);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            elements.iter().enumerate().for_each(|(at, value)| flat(value, &format!("{path}[{at}]"), into));
        }
        leaf => {
            into.insert(path.to_owned(), leaf.clone());
            if let Value::String(text) = leaf
                && let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text)
            {
                flat(&inner, path, into);
            }
        }
    }
}

pub(crate) fn leaves(text: &str) -> BTreeMap<String, Value> {
    let mut leaves = BTreeMap::new();
    flat(&serde_json::from_str(text).unwrap(), "", &mut leaves);
    leaves
}

/// A test of a policy: its plan, its event, and words that may leave in no form.
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) plan: Arc<Plan>,
    pub(crate) map: Option<usize>,
    pub(crate) event: String,
    pub(crate) nowhere: Vec<String>,
}

fn tests_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, into);
        } else if path.to_string_lossy().ends_with(".test.toml") {
            into.push(path);
        }
    }
}

/// Everything that the tests of shipped policies are given and that leads to a plan.
pub(crate) fn given() -> Vec<Given> {
    let library = shipped();
    let mut files = Vec::new();
    tests_below(&repository().join("policies"), &mut files);
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let mut bundle = Bundle::new();
        let file = bundle.add(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        let tests = syntax::test_file(&bundle, file, &mut Vec::new()).unwrap();
        for test in &tests.tests {
            let (given, Subject::Event(event)) = (tests.given(test), &test.subject) else { continue };
            let evidence = given.evidence_file.as_ref().map(|name| evidence(&path.with_file_name(&name.value)));
            let evidence = tests.evidence(test, evidence);
            let lists = SecretLists { lists: given.lists.clone() };
            let ids: Vec<_> = given.policy.iter().map(|text| text.value.as_str()).collect();
            let request = Request {
                policy: ids[0],
                with: &ids[1..],
                purpose: given.purpose.as_ref().map_or("security", |purpose| &purpose.value),
                on: given.on.as_ref().map_or(super::DAY, |on| on.value),
                system: given.system.as_ref().map(|system| system.name.value.as_str()),
                evidence: &evidence,
                lists: &lists,
                exact: None,
                lenient: true,
            };
            let Ok((plan, _)) = compile(&library, &request) else { continue };
            all.push(Given {
                name: format!("{}: {}", path.display(), test.name.value),
                plan: Arc::new(plan),
                map: given.schema.as_ref().map(|id| library.maps.find(id).unwrap()),
                event: event.value.clone(),
                nowhere: test.nowhere.iter().map(|text| text.value.to_lowercase()).collect(),
            });
        }
    }
    all
}

/// A real event, and what a filter made of it among all events of its file.
pub(crate) struct Real<'r> {
    /// Of the plan.
    pub(crate) name: &'r str,
    pub(crate) plan: &'r Arc<Plan>,
    pub(crate) event: &'r str,
    pub(crate) outcome: Outcome,
    /// What left of it.
    pub(crate) line: Option<&'r [u8]>,
    steps: &'r Arc<Lending>,
}

impl Real<'_> {
    /// What `tamis explain` says of the event by itself.
    pub(crate) fn explained(&self) -> Result<Explained, String> {
        let engine = Engine::new(self.plan.clone(), self.steps.clone(), super::root(), Options::default());
        explained(engine, self.plan, self.event.as_bytes(), true)
    }
}

/// Every plan of the tenants that ship, by name: for each purpose that they allow, for no system and for each that their evidence
/// names, as if gates were open.
fn real_plans() -> Vec<(String, Arc<Plan>)> {
    let library = shipped();
    let tenants = repository().join("policies/tenants");
    let allow = library.layers.values().filter_map(|layer| layer.purposes.as_ref()).flat_map(|(allow, _)| allow);
    let purposes: BTreeSet<&str> = allow.map(|purpose| purpose.value.as_str()).collect();
    let mut plans = Vec::new();
    for policy in ["example-de", "example-saas", "example-us-hospital"] {
        let mut bundle = Bundle::new();
        let mut read = |kind: &str| {
            let path = tenants.join(format!("{policy}.{kind}.toml"));
            bundle.add(path.display().to_string(), std::fs::read_to_string(&path).unwrap())
        };
        let (evidence, lists) = (read("evidence"), read("lists"));
        let evidence = syntax::evidence(&bundle, evidence, &mut Vec::new()).unwrap();
        let lists = syntax::lists(&bundle, lists, &mut Vec::new()).unwrap();
        for purpose in &purposes {
            for system in std::iter::once(None).chain(evidence.systems.keys().map(|system| Some(system.as_str()))) {
                let request = Request {
                    policy,
                    with: &[],
                    purpose,
                    on: super::DAY,
                    system,
                    evidence: &evidence,
                    lists: &lists,
                    exact: None,
                    lenient: false,
                };
                if let Ok((plan, ..)) = consider(&library, &request) {
                    let of = system.map(|system| format!(", {system}")).unwrap_or_default();
                    plans.push((format!("{policy} for {purpose}{of}"), Arc::new(plan)));
                }
            }
        }
    }
    plans
}

/// Holds a law against every event of a folder of real ones, which `TAMIS_CORPORA` names, under every plan of the tenants that ship,
/// on every processor. Each file is filtered whole, as `tamis filter` does, so that what a filter remembers from event to event is held
/// against what is said of an event by itself. What is wrong is told by file and path, once; how much was looked at is printed. `holds`
/// counts for itself in what it is given: one for each thread.
#[allow(dead_code, reason = "not every test looks at real events")]
#[allow(clippy::print_stdout, reason = "a measurement is printed")]
pub(crate) fn every_real_event<T: Default + Send>(
    holds: impl Fn(&Real<'_>, &mut T) -> Result<(), String> + Sync,
) -> Vec<T> {
    let began = Instant::now();
    let folder = std::env::var("TAMIS_CORPORA").expect("TAMIS_CORPORA names a folder of *.ndjson");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.filter(|path| path.extension().is_some_and(|own| own == "ndjson")).collect();
    // The largest first: no thread is left alone with one at the end.
    files.sort_by_key(|path| std::cmp::Reverse(path.metadata().unwrap().len()));
    let plans = real_plans();
    let tenants: BTreeSet<_> = plans.iter().map(|(_, plan)| &plan.scope.policy).collect();
    assert_eq!(tenants.len(), 3);
    let steps = plans.iter().map(|(_, plan)| Arc::new(Lending::new(super::steps(plan)))).collect::<Vec<_>>();
    let of_file = |file| plans.iter().zip(&steps).map(move |(plan, steps)| (file, plan, steps));
    let jobs: Vec<_> = files.iter().flat_map(of_file).collect();
    let (next, events) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(BTreeMap::<String, usize>::new());
    let work = || {
        let mut counted = T::default();
        while let Some((file, (name, plan), steps)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut filter = super::engine(plan, Options::default());
            let mut frames = Frames::open(std::slice::from_ref(*file), FrameLimits::default()).unwrap();
            while let Some(batch) = frames.next().unwrap() {
                let mut out = Sanitized::default();
                let outcomes = filter.run(&batch, &mut out).unwrap();
                let ran = super::Ran { bytes: out.bytes().to_vec(), outcomes, counts: Default::default() };
                for (index, line) in ran.by_event().into_iter().enumerate() {
                    let event = std::str::from_utf8(batch.event(index)).unwrap();
                    let real = Real { name, plan, event, outcome: ran.outcomes[index], line, steps };
                    events.fetch_add(1, Ordering::Relaxed);
                    if let Err(why) = holds(&real, &mut counted) {
                        let file = file.file_name().unwrap_or_default().display();
                        *wrong.lock().unwrap().entry(format!("{file} under {name}: {why}")).or_default() += 1;
                    }
                }
            }
        }
        counted
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let counted = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let (events, wrong) = (events.into_inner(), wrong.into_inner().unwrap());
    let (files, purposes) = (files.len(), plans.iter().map(|(_, plan)| &plan.scope.purpose).collect::<BTreeSet<_>>());
    println!(
        "{events} events under a plan each: {files} files, {} plans of {} tenants for {purposes:?}, {:.0} s",
        plans.len(),
        tenants.len(),
        began.elapsed().as_secs_f64()
    );
    assert!(events > 0 && wrong.is_empty(), "{wrong:#?}");
    counted
}

fn evidence(path: &Path) -> Evidence {
    let mut bundle = Bundle::new();
    let file = bundle.add(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    syntax::evidence(&bundle, file, &mut Vec::new()).unwrap()
}

pub(crate) fn shipped() -> Arc<Library> {
    let folder = tamis::edge::policies::folder(&repository().join("policies/tenants/example-de.toml")).unwrap();
    Arc::new(Library::parse(folder.bundle).unwrap_or_else(|_| panic!("shipped policies are right")).0)
}
