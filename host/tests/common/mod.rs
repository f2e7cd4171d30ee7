//! What the law tests share: policies from text, plans, engines with the built-in plugins in their sandboxes.

#![allow(dead_code, reason = "every test crate uses a part of this")]

pub(crate) mod discover;
pub(crate) mod given;
pub(crate) mod json;
pub(crate) mod lent;
pub(crate) mod random;
pub(crate) mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use proptest::test_runner::Config;
use tamis::event::frame::{Batch, End, FrameLimits, Framer};
use tamis::pipeline::codes::Root;
use tamis::pipeline::{Counts, Engine, Options, Outcome, Sandboxed, Sanitized};
use tamis::plugin::{Host, Limits, Reuse};
use tamis::policy::document::{Date, Evidence, SecretLists};
use tamis::policy::syntax::{Bundle, render};
use tamis::policy::{Library, Plan, Request, compile};

/// The day that every plan is compiled for.
pub(crate) const DAY: Date = Date::constant(2026, 11, 21);

/// The key of every run.
pub(crate) fn root() -> Root {
    Root::new([7; 32])
}

/// So many cases, unless `PROPTEST_CASES` says otherwise.
pub(crate) fn cases(number: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    Config { cases: asked.unwrap_or(number), failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() }
}

/// The host of all tests of a process. Laws are about bytes, not about time: a busy machine must not change an answer.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let patient = Limits { call: Duration::from_secs(120), start: Duration::from_secs(120), ..Limits::default() };
        Host::new(patient, None).expect("a supported machine")
    })
}

/// The built-in steps for a plan.
pub(crate) fn steps(plan: &Plan) -> Arc<Sandboxed> {
    static PLAIN: OnceLock<Arc<Sandboxed>> = OnceLock::new();
    let make = |custom: &[String]| Arc::new(Sandboxed::new(host(), Reuse::Reused, custom).expect("they are built in"));
    if plan.entities.is_empty() {
        return PLAIN.get_or_init(|| make(&[])).clone();
    }
    make(&plan.entities.iter().map(|entity| entity.name.value.clone()).collect::<Vec<_>>())
}

/// A library of files by their path below the folder of policies.
pub(crate) fn library(files: &[(String, String)]) -> Arc<Library> {
    let mut bundle = Bundle::new();
    for (name, text) in files {
        bundle.add(name, text);
    }
    match Library::parse(bundle) {
        Ok((library, _)) => Arc::new(library),
        Err((bundle, problems)) => panic!("{}", render(&bundle, &problems, false)),
    }
}

/// Files of one small map, recognised by `op`, and of one layer, `base`, with what they say below their heads.
pub(crate) fn small(map: &str, layer: &str) -> Vec<(String, String)> {
    const MAP: &str = "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n";
    const LAYER: &str = "[law]\nown = { cite = \"none\", sure = \"high\", seen = \"text\" }\n\
        [policy]\nid = \"base\"\ntitle = \"A layer\"\nlayer = \"base\"\nrevision = 1\n";
    let mut files = random::words();
    files.push(("schemas/small.toml".into(), format!("{MAP}{map}")));
    files.push(("base/base.toml".into(), format!("{LAYER}{layer}")));
    files
}

/// The plan of [`small`] files.
pub(crate) fn small_plan(map: &str, layer: &str) -> Arc<Plan> {
    plan(&library(&small(map, layer)), "base", &[], "security")
}

/// The plan of a policy, with further layers, for a purpose.
pub(crate) fn plan(library: &Arc<Library>, policy: &str, with: &[&str], purpose: &str) -> Arc<Plan> {
    let (evidence, lists) = (Evidence::default(), SecretLists { lists: BTreeMap::new() });
    let request = Request {
        policy,
        with,
        purpose,
        on: DAY,
        system: None,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: true,
    };
    match compile(library, &request) {
        Ok((plan, _)) => Arc::new(plan),
        Err(refusal) => panic!("{:?} {}", refusal.closed, render(&library.bundle, &refusal.problems, false)),
    }
}

/// An engine as the product makes it.
pub(crate) fn engine(plan: &Arc<Plan>, options: Options) -> Engine {
    Engine::new(plan.clone(), steps(plan), root(), options)
}

/// What became of an input.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Everything that left.
    pub(crate) bytes: Vec<u8>,
    /// What became of each event.
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) counts: Counts,
}

impl Ran {
    /// Output lines.
    pub(crate) fn lines(&self) -> Vec<&[u8]> {
        let mut lines: Vec<_> = self.bytes.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.pop(), Some(&b""[..]), "every event ends with a line break");
        lines
    }

    /// What left of each event; `None`: nothing.
    pub(crate) fn by_event(&self) -> Vec<Option<&[u8]>> {
        let mut lines = self.lines().into_iter();
        let passed = |outcome: &Outcome| *outcome == Outcome::Passed;
        let found = self.outcomes.iter().map(|outcome| passed(outcome).then(|| lines.next().expect("a line an event")));
        let found = found.collect();
        assert_eq!(lines.next(), None, "no line without an event");
        found
    }
}

/// All batches of an input that comes in blocks of so many bytes.
pub(crate) fn batches(input: &[u8], block: usize, limits: FrameLimits) -> Vec<Batch> {
    let mut framer = Framer::new(limits);
    let mut batches = Vec::new();
    let drain = |framer: &mut Framer, batches: &mut Vec<Batch>| {
        while let Some(batch) = framer.next().expect("JSON") {
            batches.push(batch);
        }
    };
    for part in input.chunks(block.max(1)) {
        framer.push(part);
        drain(&mut framer, &mut batches);
    }
    framer.end(End::Complete);
    drain(&mut framer, &mut batches);
    batches
}

/// Runs an input through one engine.
pub(crate) fn filter(plan: &Arc<Plan>, input: &[u8], options: Options) -> Ran {
    let mut engine = engine(plan, options);
    let mut ran = Ran { bytes: Vec::new(), outcomes: Vec::new(), counts: Counts::default() };
    for batch in batches(input, usize::MAX, FrameLimits::default()) {
        let mut out = Sanitized::default();
        ran.outcomes.extend(engine.run(&batch, &mut out).expect("steps"));
        ran.bytes.extend_from_slice(out.bytes());
    }
    ran.counts = engine.counts();
    ran
}

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

/// Text of the events as NDJSON.
pub(crate) fn ndjson<S: AsRef<str>>(events: impl IntoIterator<Item = S>) -> Vec<u8> {
    let mut input = Vec::new();
    for event in events {
        input.extend_from_slice(event.as_ref().as_bytes());
        input.push(b'\n');
    }
    input
}
