//! `tamis test`: does every policy keep what the tests beside it promise?

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use crate::event::frame::{End, FrameLimits, Framer};
use crate::officer::expect::{self, Came, Shown, broken};
use crate::officer::ran::{Case, Ran, junit};
use crate::pipeline::codes::Root;
use crate::pipeline::{Counts, Engine, Options, Outcome, Sanitized};
use crate::plugin::{Host, Limits, Reuse};
use crate::policy::diagnostic::Severity;
use crate::policy::document::{Evidence, SecretLists};
use crate::policy::syntax::{self, Bundle};
use crate::policy::test_file::{Given, Outcome as Wanted, Subject, TestCase, TestFile};
use crate::policy::{Library, Plan, Request, compile};

use super::load::{Parts, is_error};
use super::{EXIT_CODES, Exit, load, removal, say, stop};

/// Run the tests beside policies (NAME.test.toml).
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Test {
    /// Files of tests, policies or maps that have some beside them, or folders.
    #[arg(default_value = "policies")]
    paths: Vec<PathBuf>,
    /// Take what policies say out piece by piece as well, and what a map says that is named itself: each removal has to fail some test,
    /// else nobody would miss it.
    #[arg(long)]
    removal: bool,
    /// With `--removal`: what all maps below a folder say, too. Takes minutes.
    #[arg(long, requires = "removal")]
    maps: bool,
    /// Of a test that fails, show the event as it went in and as it came out. What the test pasted is printed.
    #[arg(long)]
    diff: bool,
    /// Write the results as JUnit XML, for CI. It holds no event.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Everything tests share.
pub(super) struct Bench {
    pub(super) library: Arc<Library>,
    /// The folder of the policies.
    pub(super) root: PathBuf,
    pub(super) host: Arc<Host>,
}

/// A file of tests.
pub(super) struct Suite {
    pub(super) path: PathBuf,
    bundle: Bundle,
    pub(super) tests: TestFile,
}

impl Test {
    pub(super) fn run(&self) -> Exit {
        let (bench, suites) = match ready(&self.paths) {
            Ok(ready) => ready,
            Err(exit) => return exit,
        };
        let ran: Vec<_> = suites.iter().map(|suite| (suite, bench.suite(suite))).collect();
        let all = || ran.iter().flat_map(|(_, tests)| tests);
        let failed = all().filter(|(ran, _)| !ran.complaints.is_empty()).count();
        ran.iter().for_each(|(suite, tests)| self.tell(suite, tests));
        say(&format!("{} passed, {failed} failed", all().count() - failed));
        if let Some(path) = &self.junit
            && let Err(error) = write_junit(path, &ran)
        {
            return stop(Exit::Failed, &format!("error: cannot write {}: {error}", path.display()));
        }
        if failed > 0 {
            return Exit::Failed;
        }
        if !self.removal {
            return Exit::Done;
        }
        let ran: Vec<_> =
            ran.into_iter().map(|(suite, ran)| (suite, ran.into_iter().map(|(ran, _)| ran).collect())).collect();
        removal::tell(&bench, &ran, &self.paths, self.maps)
    }

    /// Prints the tests of a file that fail.
    fn tell(&self, suite: &Suite, ran: &[(Ran, Duration)]) {
        let failed = suite.tests.tests.iter().zip(ran).filter(|(_, (ran, _))| !ran.complaints.is_empty());
        for (test, (ran, _)) in failed {
            let (line, _) = suite.bundle.line_column(test.name.span);
            say(&format!("failed: {}:{line} {}: {}", suite.path.display(), test.name.value, test.title.value));
            ran.complaints.iter().for_each(|complaint| say(&format!("    {complaint}")));
            match ran.difference() {
                Some(text) if self.diff => text.lines().for_each(|line| say(&format!("    {line}"))),
                Some(_) => say("    (--diff shows the event as it went in and as it came out)"),
                None => {}
            }
        }
    }
}

fn write_junit(path: &Path, ran: &[(&Suite, Vec<(Ran, Duration)>)]) -> std::io::Result<()> {
    let names: Vec<_> = ran.iter().map(|(suite, _)| suite.path.display().to_string()).collect();
    let suites: Vec<_> = ran
        .iter()
        .zip(&names)
        .map(|((suite, ran), name)| {
            let cases = suite.tests.tests.iter().zip(ran).map(|(test, (ran, took))| Case {
                name: &test.name.value,
                title: &test.title.value,
                line: suite.bundle.line_column(test.name.span).0,
                seconds: took.as_secs_f64(),
                ran,
            });
            (name.as_str(), cases.collect())
        })
        .collect();
    std::fs::write(path, junit(&suites)?)
}

/// Reads the tests of some files and folders, and the policies that they are about.
pub(super) fn ready(paths: &[PathBuf]) -> Result<(Bench, Vec<Suite>), Exit> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)
            .map_err(|error| stop(Exit::Failed, &format!("error: cannot read {}: {error}", path.display())))?;
    }
    files.sort();
    let Some(first) = files.first() else {
        return Err(stop(Exit::Wrong, "error: there are no tests (NAME.test.toml)"));
    };
    let (library, folder) = load::library(first).map_err(load::Refused::say)?;
    let host = Host::new(Limits::default(), None);
    let host = host.map_err(|error| stop(Exit::Failed, &format!("error: {error}")))?;
    let suites = files.into_iter().map(Suite::read).collect::<Result<_, _>>()?;
    Ok((Bench { library, root: folder.root, host: Arc::new(host) }, suites))
}

impl Suite {
    fn read(path: PathBuf) -> Result<Self, Exit> {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| stop(Exit::Failed, &format!("error: cannot read {}: {error}", path.display())))?;
        let mut bundle = Bundle::new();
        let file = bundle.add(path.display().to_string(), text);
        let mut problems = Vec::new();
        match syntax::test_file(&bundle, file, &mut problems) {
            Some(tests) if !problems.iter().any(|p| p.severity == Severity::Error) => Ok(Self { path, bundle, tests }),
            _ => Err(stop(Exit::Wrong, &syntax::render(&bundle, &problems, false))),
        }
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        // The tests of a policy stand beside it.
        let beside = path.with_extension("test.toml");
        let is_tests = path.to_string_lossy().ends_with(".test.toml");
        files.push(if is_tests || !beside.is_file() { path.to_owned() } else { beside });
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue; // hidden, as in the folder of policies
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.to_string_lossy().ends_with(".test.toml") {
            files.push(path);
        }
    }
    Ok(())
}

impl Bench {
    /// What each test of a file comes to, and how long it takes.
    pub(super) fn suite(&self, suite: &Suite) -> Vec<(Ran, Duration)> {
        let timed = |test: &TestCase| {
            let start = Instant::now();
            (self.test(suite, test), start.elapsed())
        };
        suite.tests.tests.iter().map(timed).collect()
    }

    /// What a test comes to.
    pub(super) fn test(&self, suite: &Suite, test: &TestCase) -> Ran {
        match self.plan(suite, test) {
            Ok(plan) => self.under(plan, suite, test),
            Err(complaints) => Ran::without_event(complaints),
        }
    }

    /// The plan under which a test stands; where there is none, what is wrong with the test.
    pub(super) fn plan(&self, suite: &Suite, test: &TestCase) -> Result<Plan, Vec<String>> {
        let given = suite.tests.given(test);
        let answers = answers(&suite.path, &suite.tests, test, &given);
        let (evidence, lists) = answers.map_err(|complaint| vec![complaint])?;
        let policies: Vec<_> = given.policy.iter().map(|p| p.value.as_str()).collect();
        let (policy, with) = policies.split_first().ok_or_else(|| vec!["no policy is given".to_owned()])?;
        let request = Request {
            policy,
            with,
            purpose: given.purpose.as_ref().map_or("security", |p| p.value.as_str()),
            on: given.on.as_ref().map_or_else(|| jiff::Zoned::now().date(), |on| on.value),
            system: given.system.as_ref().map(|s| s.name.value.as_str()),
            evidence: &evidence,
            lists: &lists,
            exact: None,
            lenient: true,
        };
        match compile(&self.library, &request) {
            Err(refusal) if refusal.closed.is_empty() || refusal.problems.iter().any(is_error) => {
                Err(vec![syntax::render(&self.library.bundle, &refusal.problems, false)])
            }
            Err(refusal) => {
                let mut names: Vec<_> = refusal.closed.iter().map(|c| c.name.clone()).collect();
                names.sort();
                Err(expect::outcome(test, Wanted::Closed, &names))
            }
            Ok((plan, _)) => Ok(plan),
        }
    }

    /// What a test comes to under a plan.
    pub(super) fn under(&self, plan: Plan, suite: &Suite, test: &TestCase) -> Ran {
        match &test.subject {
            Subject::Event(event) => self.event(Arc::new(plan), &suite.tests.given(test), test, &event.value),
            Subject::Values(values) => {
                let categories: Vec<_> = values.iter().map(|(category, _)| category.value.as_str()).collect();
                Ran::without_event(expect::of_values(&Arc::new(plan), test, &categories))
            }
        }
    }

    fn event(&self, plan: Arc<Plan>, given: &Given, test: &TestCase, event: &str) -> Ran {
        let map = match &given.schema {
            Some(id) => match plan.library.maps.find(id) {
                Some(map) => Some(map),
                None => return Ran::without_event(vec![format!("there is no schema map `{}`", id.value)]),
            },
            None => None,
        };
        let ran = self.filter(plan, map, event);
        let (outcome, text, counts, shown) = match ran {
            Ok(ran) => ran,
            Err(complaint) => return Ran::without_event(vec![complaint]),
        };
        let came = match outcome {
            Outcome::Passed => Wanted::Passed,
            Outcome::Suppressed => Wanted::Suppressed,
            Outcome::Quarantined(_) | Outcome::Stopped => Wanted::Quarantined,
        };
        let mut complaints = expect::outcome(test, came, &[]);
        if let Outcome::Quarantined(reason) = outcome
            && !complaints.is_empty()
        {
            complaints.push(format!("it was quarantined: {reason}"));
        }
        let before: serde_json::Value = serde_json::from_str(event).unwrap_or_default();
        let mut after: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let stamp = after.as_mut().and_then(|v| v.as_object_mut()).and_then(|o| o.remove(crate::pipeline::MEMBER));
        let text = after.as_ref().map(ToString::to_string).unwrap_or_default();
        complaints.extend(broken(test, &Came { given: &before, out: after.as_ref(), text: &text }));
        for rule in test.rules.iter().filter(|rule| !counts.rules.contains_key(&rule.value)) {
            complaints.push(expect::no_part(&rule.value));
        }
        complaints.extend(expect::of_map(test, shown.as_ref()));
        for (name, wanted) in [("at-most", &test.at_most), ("at-least", &test.at_least)] {
            let stamped = stamp.as_ref().and_then(|s| s["retention"][name].as_str());
            if let Some(wanted) = wanted.as_ref().filter(|wanted| stamped != Some(wanted.value.text.as_str())) {
                complaints.push(format!("{name} is {}, not {}", stamped.unwrap_or("not said"), wanted.value.text));
            }
        }
        let rules = counts.rules.into_keys().collect();
        Ran { complaints, given: Some(before), out: after, rules, shown }
    }

    fn filter(
        &self,
        plan: Arc<Plan>,
        map: Option<usize>,
        event: &str,
    ) -> Result<(Outcome, String, Counts, Option<Shown>), String> {
        let steps =
            load::steps(std::slice::from_ref(&plan), &Parts::Below(self.root.clone()), &self.host, Reuse::Reused)
                .map_err(|refused| refused.text)?;
        let options = Options { stamp: true, map, ..Options::default() };
        let mut engine = Engine::new(plan.clone(), steps, Root::new([7; 32]), options);
        let mut framer = Framer::new(FrameLimits::default());
        framer.push(event.as_bytes());
        framer.end(End::Complete);
        let batch = framer.next().map_err(|error| error.to_string())?.ok_or("the event is empty")?;
        let mut out = Sanitized::default();
        let outcomes = engine.run(&batch, &mut out).map_err(|error| error.to_string())?;
        let outcome = outcomes.first().copied().ok_or("the event is no JSON")?;
        let shown = engine
            .trace(&batch, 0, &out)
            .and_then(|trace| Shown::of(&plan, trace.map, trace.kinds, (&trace.occurrences, &trace.settled)));
        Ok((outcome, String::from_utf8_lossy(out.bytes()).into_owned(), engine.counts(), shown))
    }
}

/// The evidence of a test: a file beside it, with what the test says itself on top.
fn answers(path: &Path, file: &TestFile, test: &TestCase, given: &Given) -> Result<(Evidence, SecretLists), String> {
    let mut beside = None;
    if let Some(name) = &given.evidence_file {
        let path = path.with_file_name(&name.value);
        let text =
            std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let mut bundle = Bundle::new();
        let id = bundle.add(path.display().to_string(), text);
        let mut problems = Vec::new();
        beside = syntax::evidence(&bundle, id, &mut problems);
        if problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(syntax::render(&bundle, &problems, false));
        }
    }
    Ok((file.evidence(test, beside), SecretLists { lists: given.lists.clone() }))
}
