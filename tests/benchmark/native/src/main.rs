//! `native [--sandboxed] [--guard] POLICY DATE KEY FILE…`: what `tamis filter` does, with the built-in plugins called as plain Rust.
//! With `--sandboxed` they run in WebAssembly as they do in the product, but in this build, so that the two differ in nothing else.

mod steps;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tamis::edge::input::Frames;
use tamis::edge::output::{Flow, Output};
use tamis::edge::policies;
use tamis::event::frame::FrameLimits;
use tamis::pipeline::codes::Root;
use tamis::pipeline::{Engine, Filtered, Next, Options, Sandboxed, Steps, run};
use tamis::plugin::{Host, Limits, Reuse};
use tamis::policy::document::{Date, Evidence, SecretLists};
use tamis::policy::{Library, Plan, Request, compile};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let (flags, arguments): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let [policy, date, key, files @ ..] = arguments.as_slice() else {
        panic!("native [--sandboxed] [--guard] POLICY DATE KEY FILE…")
    };
    let plan = Arc::new(plan(Path::new(policy), date.parse().expect("a date")));
    let root = Root::from_hex(&std::fs::read_to_string(key).expect("the key")).expect("64 hexadecimal digits");
    let host = Host::new(Limits::default(), None).expect("a supported machine");
    let steps: Arc<dyn Steps> = if has("--sandboxed") {
        Arc::new(Sandboxed::new(&host, Reuse::Reused, &[]).expect("built in"))
    } else {
        Arc::new(steps::Native::new())
    };
    let options = Options { guard: has("--guard"), ..Options::default() };
    let engine = Engine::new(plan, steps, root, options);
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let mut frames = Frames::open(&files, FrameLimits::default()).expect("files");
    let mut output = Output::stdout().expect("standard output");
    let source = |used| {
        frames.recycle(used);
        Ok::<_, Infallible>(frames.next().expect("events").map(|batch| (batch, frames.source())))
    };
    let sink = |filtered: &mut Filtered| {
        let flow = output.write(&filtered.sanitized).expect("standard output");
        assert_eq!(flow, Flow::Open, "somebody reads to the end");
        Ok(Next::Go)
    };
    let counts = run(vec![engine], source, sink, || ()).expect("steps");
    assert_eq!(counts.events_in, counts.events_out, "every event of the corpus passes");
    drop(output.finish().expect("standard output"));
}

fn plan(policy: &Path, on: Date) -> Plan {
    let mut folder = policies::folder(policy).expect("the policy");
    let (library, _) = Library::parse(std::mem::take(&mut folder.bundle)).expect("a valid library");
    let (evidence, lists) = (Evidence::default(), SecretLists::default());
    let request = Request {
        policy: &folder.policy,
        with: &[],
        purpose: "security",
        on,
        system: None,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: false,
    };
    compile(&Arc::new(library), &request).map_err(|refusal| refusal.problems).expect("a plan").0
}
