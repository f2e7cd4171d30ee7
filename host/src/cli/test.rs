//! `tamis test`: does every policy keep what the tests beside it promise?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use crate::event::frame::{End, FrameLimits, Framer};
use crate::officer::expect::{self, Came, broken};
use crate::officer::ran::{Case, Ran, junit};
use crate::pipeline::codes::Root;
use crate::pipeline::{Counts, Engine, Options, Outcome, Sanitized};
use crate::plugin::{Host, Limits, Reuse};
use crate::policy::diagnostic::Severity;
use crate::policy::document::{Evidence, Layer, SecretLists};
use crate::policy::syntax::{self, Bundle};
use crate::policy::test_file::{Given, Outcome as Wanted, Subject, TestCase, TestFile};
use crate::policy::{Library, Request, compile};

use super::load::{Parts, is_error};
use super::{EXIT_CODES, Exit, load, say, stop};

/// Run the tests beside policies (NAME.test.toml).
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Test {
    /// Files of tests, policies or maps that have some beside them, or folders.
    #[arg(default_value = "policies")]
    paths: Vec<PathBuf>,
    /// Take the rules out one by one as well: each removal has to fail some test, else nobody would miss the rule.
    #[arg(long)]
    removal: bool,
    /// Of a test that fails, show the event as it went in and as it came out. What the test pasted is printed.
    #[arg(long)]
    diff: bool,
    /// Write the results as JUnit XML, for CI. It holds no event.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Everything tests share.
struct Bench {
    library: Arc<Library>,
    /// The folder of the policies.
    root: PathBuf,
    host: Arc<Host>,
}

/// A file of tests.
struct Suite {
    path: PathBuf,
    bundle: Bundle,
    tests: TestFile,
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
        if self.removal { bench.removal(&suites, &self.paths) } else { Exit::Done }
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

/// Rules, as layer and name, without which no test of a folder of policies fails.
///
/// # Errors
///
/// How the command ends; the message was printed.
pub(super) fn unmissed(folder: &Path) -> Result<Vec<(String, String)>, Exit> {
    let (bench, suites) = ready(&[folder.to_owned()])?;
    let all = bench.library.layers.keys().map(String::as_str).collect();
    Ok(bench.unmissed(&suites, &all))
}

/// Reads the tests of some files and folders, and the policies that they are about.
fn ready(paths: &[PathBuf]) -> Result<(Bench, Vec<Suite>), Exit> {
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
    fn suite(&self, suite: &Suite) -> Vec<(Ran, Duration)> {
        let timed = |test: &TestCase| {
            let start = Instant::now();
            (self.test(&suite.path, &suite.tests, test), start.elapsed())
        };
        suite.tests.tests.iter().map(timed).collect()
    }

    fn removal(&self, suites: &[Suite], paths: &[PathBuf]) -> Exit {
        let asked: BTreeSet<_> = self.asked(paths).map(|layer| layer.id.value.as_str()).collect();
        let unmissed = self.unmissed(suites, &asked);
        let all: usize = self.asked(paths).map(|layer| layer.rules.len()).sum();
        unmissed.iter().for_each(|(layer, rule)| say(&format!("no test fails without the rule {layer}.{rule}")));
        say(&format!(
            "{} rules are missed when they are taken out, {} are not",
            all.saturating_sub(unmissed.len()),
            unmissed.len()
        ));
        if unmissed.is_empty() { Exit::Done } else { Exit::Failed }
    }

    /// Layers below the folders that were named, and those beside the files of tests that were.
    fn asked<'a>(&'a self, paths: &[PathBuf]) -> impl Iterator<Item = &'a Layer> {
        let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let paths: Vec<_> = paths.iter().map(|path| whole(path)).collect();
        let root = whole(&self.root);
        self.library.layers.values().map(|layer| &**layer).filter(move |layer| {
            let file = root.join(self.library.bundle.name(layer.id.span.file));
            let tests = file.with_extension("test.toml");
            paths.iter().any(|path| file.starts_with(path) || tests == *path)
        })
    }

    /// Takes every rule of some layers out, and looks for a test that fails without it: those of which there is none.
    fn unmissed(&self, suites: &[Suite], asked: &BTreeSet<&str>) -> Vec<(String, String)> {
        let tests: Vec<_> = suites.iter().flat_map(|suite| suite.tests.tests.iter().map(move |t| (suite, t))).collect();
        let names = |test: &TestCase, name: &str| test.rules.iter().any(|rule| rule.value == name);
        let mut unmissed = Vec::new();
        for layer in self.library.layers.values().filter(|layer| asked.contains(layer.id.value.as_str())) {
            for rule in &layer.rules {
                let name = format!("{}.{}", layer.id.value, rule.name.value);
                let library = Arc::new(self.library.without(&layer.id.value, &rule.name.value));
                let without = Bench { library, root: self.root.clone(), host: self.host.clone() };
                let fails = |(suite, test): &(&Suite, &TestCase)| {
                    !without.test(&suite.path, &suite.tests, test).complaints.is_empty()
                };
                // Tests that name the rule come first: most often one of them fails.
                let (likely, others): (Vec<_>, Vec<_>) = tests.iter().partition(|(_, test)| names(test, &name));
                if !likely.iter().chain(&others).any(fails) {
                    unmissed.push((layer.id.value.clone(), rule.name.value.clone()));
                }
            }
        }
        unmissed
    }

    fn test(&self, path: &Path, file: &TestFile, test: &TestCase) -> Ran {
        let given = file.given(test);
        let (evidence, lists) = match answers(path, file, test, &given) {
            Ok(answers) => answers,
            Err(complaint) => return Ran::without_event(vec![complaint]),
        };
        let policies: Vec<_> = given.policy.iter().map(|p| p.value.as_str()).collect();
        let Some((policy, with)) = policies.split_first() else {
            return Ran::without_event(vec!["no policy is given".into()]);
        };
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
                Ran::without_event(vec![syntax::render(&self.library.bundle, &refusal.problems, false)])
            }
            Err(refusal) => {
                let mut names: Vec<_> = refusal.closed.iter().map(|c| c.name.clone()).collect();
                names.sort();
                Ran::without_event(expect::outcome(test, Wanted::Closed, &names))
            }
            Ok((plan, _)) => match &test.subject {
                Subject::Event(event) => self.event(Arc::new(plan), &given, test, &event.value),
                Subject::Values(values) => {
                    let categories: Vec<_> = values.iter().map(|(category, _)| category.value.as_str()).collect();
                    Ran::without_event(expect::of_values(&Arc::new(plan), test, &categories))
                }
            },
        }
    }

    fn event(&self, plan: Arc<crate::policy::Plan>, given: &Given, test: &TestCase, event: &str) -> Ran {
        let map = match &given.schema {
            Some(id) => match self.library.maps.find(id) {
                Some(map) => Some(map),
                None => return Ran::without_event(vec![format!("there is no schema map `{}`", id.value)]),
            },
            None => None,
        };
        let ran = self.filter(plan, map, event);
        let (outcome, text, counts) = match ran {
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
        for (name, wanted) in [("at-most", &test.at_most), ("at-least", &test.at_least)] {
            let stamped = stamp.as_ref().and_then(|s| s["retention"][name].as_str());
            if let Some(wanted) = wanted.as_ref().filter(|wanted| stamped != Some(wanted.value.text.as_str())) {
                complaints.push(format!("{name} is {}, not {}", stamped.unwrap_or("not said"), wanted.value.text));
            }
        }
        Ran { complaints, given: Some(before), out: after }
    }

    fn filter(
        &self,
        plan: Arc<crate::policy::Plan>,
        map: Option<usize>,
        event: &str,
    ) -> Result<(Outcome, String, Counts), String> {
        let steps =
            load::steps(std::slice::from_ref(&plan), &Parts::Below(self.root.clone()), &self.host, Reuse::Reused)
                .map_err(|refused| refused.text)?;
        let options = Options { stamp: true, map, ..Options::default() };
        let mut engine = Engine::new(plan, steps, Root::new([7; 32]), options);
        let mut framer = Framer::new(FrameLimits::default());
        framer.push(event.as_bytes());
        framer.end(End::Complete);
        let batch = framer.next().map_err(|error| error.to_string())?.ok_or("the event is empty")?;
        let mut out = Sanitized::default();
        let outcomes = engine.run(&batch, &mut out).map_err(|error| error.to_string())?;
        let outcome = outcomes.first().copied().ok_or("the event is no JSON")?;
        Ok((outcome, String::from_utf8_lossy(out.bytes()).into_owned(), engine.counts()))
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
