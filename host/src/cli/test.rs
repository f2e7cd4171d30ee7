//! `tamis test`: does every policy keep what the tests beside it promise?

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::event::frame::{End, FrameLimits, Framer};
use crate::officer::expect::{Came, broken};
use crate::pipeline::codes::Root;
use crate::pipeline::{Counts, Engine, Options, Outcome, Sanitized};
use crate::plugin::{Host, Limits, Reuse};
use crate::policy::diagnostic::Severity;
use crate::policy::document::{Evidence, SecretLists};
use crate::policy::syntax::{self, Bundle};
use crate::policy::test_file::{Given, Outcome as Wanted, Subject, TestCase, TestFile};
use crate::policy::{Library, Request, compile};

use super::load::is_error;
use super::{EXIT_CODES, Exit, load, say, stop};

/// Run the tests beside policies (NAME.test.toml).
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Test {
    /// Files of tests, or folders that hold some.
    #[arg(default_value = "policies")]
    paths: Vec<PathBuf>,
    /// Take the rules out one by one as well: each removal has to fail some test, else nobody would miss the rule.
    #[arg(long)]
    removal: bool,
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
        let mut files = Vec::new();
        for path in &self.paths {
            if let Err(error) = collect(path, &mut files) {
                return stop(Exit::Failed, &format!("error: cannot read {}: {error}", path.display()));
            }
        }
        files.sort();
        let Some(first) = files.first() else { return stop(Exit::Wrong, "error: there are no tests (NAME.test.toml)") };
        let (library, folder) = match load::library(first).map_err(load::Refused::say) {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        let host = match Host::new(Limits::default(), None) {
            Ok(host) => Arc::new(host),
            Err(error) => return stop(Exit::Failed, &format!("error: {error}")),
        };
        let mut suites = Vec::new();
        for path in files {
            match Suite::read(path) {
                Ok(suite) => suites.push(suite),
                Err(exit) => return exit,
            }
        }
        let bench = Bench { library, root: folder.root, host };
        let (mut passed, mut failed) = (0, 0);
        for suite in &suites {
            let (good, bad) = bench.suite(suite);
            passed += good;
            failed += bad;
        }
        say(&format!("{passed} passed, {failed} failed"));
        if failed > 0 {
            return Exit::Failed;
        }
        if self.removal { bench.removal(&suites) } else { Exit::Done }
    }
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
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.to_string_lossy().ends_with(".test.toml") {
            files.push(path);
        }
    }
    Ok(())
}

impl Bench {
    fn suite(&self, suite: &Suite) -> (u32, u32) {
        let (mut passed, mut failed) = (0, 0);
        for test in &suite.tests.tests {
            let complaints = self.test(&suite.path, &suite.tests, test);
            if complaints.is_empty() {
                passed += 1;
                continue;
            }
            failed += 1;
            let (line, _) = suite.bundle.line_column(test.name.span);
            say(&format!("failed: {}:{line} {}: {}", suite.path.display(), test.name.value, test.title.value));
            complaints.iter().for_each(|complaint| say(&format!("    {complaint}")));
        }
        (passed, failed)
    }

    /// Takes every rule out, and looks for a test that fails without it.
    fn removal(&self, suites: &[Suite]) -> Exit {
        let tests: Vec<_> = suites.iter().flat_map(|suite| suite.tests.tests.iter().map(move |t| (suite, t))).collect();
        let names = |test: &TestCase, name: &str| test.rules.iter().any(|rule| rule.value == name);
        let (mut missed, mut unmissed) = (0, Vec::new());
        for layer in self.library.layers.values() {
            for rule in &layer.rules {
                let name = format!("{}.{}", layer.id.value, rule.name.value);
                let library = Arc::new(self.library.without(&layer.id.value, &rule.name.value));
                let without = Bench { library, root: self.root.clone(), host: self.host.clone() };
                let fails =
                    |(suite, test): &(&Suite, &TestCase)| !without.test(&suite.path, &suite.tests, test).is_empty();
                // Tests that name the rule come first: most often one of them fails.
                let (likely, others): (Vec<_>, Vec<_>) = tests.iter().partition(|(_, test)| names(test, &name));
                if likely.iter().chain(&others).any(fails) {
                    missed += 1;
                } else {
                    unmissed.push(name);
                }
            }
        }
        unmissed.iter().for_each(|name| say(&format!("no test fails without the rule {name}")));
        say(&format!("{missed} rules are missed when they are taken out, {} are not", unmissed.len()));
        if unmissed.is_empty() { Exit::Done } else { Exit::Failed }
    }

    /// What the test promises and does not hold.
    fn test(&self, path: &Path, file: &TestFile, test: &TestCase) -> Vec<String> {
        let given = file.given(test);
        let (evidence, lists) = match answers(path, file, test, &given) {
            Ok(answers) => answers,
            Err(complaint) => return vec![complaint],
        };
        let policies: Vec<_> = given.policy.iter().map(|p| p.value.as_str()).collect();
        let Some((policy, with)) = policies.split_first() else { return vec!["no policy is given".into()] };
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
                vec![syntax::render(&self.library.bundle, &refusal.problems, false)]
            }
            Err(refusal) => {
                let mut names: Vec<_> = refusal.closed.iter().map(|c| c.name.clone()).collect();
                names.sort();
                outcome_and_gates(test, Wanted::Closed, &names)
            }
            Ok((plan, _)) => match &test.subject {
                Subject::Event(event) => self.event(Arc::new(plan), &given, test, &event.value),
                Subject::Values(values) => {
                    by_category(&Arc::new(plan), test, values.iter().map(|(category, _)| category.value.as_str()))
                }
            },
        }
    }

    fn event(&self, plan: Arc<crate::policy::Plan>, given: &Given, test: &TestCase, event: &str) -> Vec<String> {
        let map = match &given.schema {
            Some(id) => match self.library.maps.find(id) {
                Some(map) => Some(map),
                None => return vec![format!("there is no schema map `{}`", id.value)],
            },
            None => None,
        };
        let ran = self.filter(plan, map, event);
        let (outcome, text, counts) = match ran {
            Ok(ran) => ran,
            Err(complaint) => return vec![complaint],
        };
        let came = match outcome {
            Outcome::Passed => Wanted::Passed,
            Outcome::Suppressed => Wanted::Suppressed,
            Outcome::Quarantined(_) | Outcome::Stopped => Wanted::Quarantined,
        };
        let mut complaints = outcome_and_gates(test, came, &[]);
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
            complaints.push(format!("the rule `{}` took no part", rule.value));
        }
        for (name, wanted) in [("at-most", &test.at_most), ("at-least", &test.at_least)] {
            let stamped = stamp.as_ref().and_then(|s| s["retention"][name].as_str());
            if let Some(wanted) = wanted.as_ref().filter(|wanted| stamped != Some(wanted.value.text.as_str())) {
                complaints.push(format!("{name} is {}, not {}", stamped.unwrap_or("not said"), wanted.value.text));
            }
        }
        complaints
    }

    fn filter(
        &self,
        plan: Arc<crate::policy::Plan>,
        map: Option<usize>,
        event: &str,
    ) -> Result<(Outcome, String, Counts), String> {
        let steps = load::steps(std::slice::from_ref(&plan), &self.root, &self.host, Reuse::Reused)
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

fn outcome_and_gates(test: &TestCase, came: Wanted, closed: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    let wanted = test.outcome.as_ref().map_or(Wanted::Passed, |outcome| outcome.value);
    if wanted != came {
        let gates = if closed.is_empty() { String::new() } else { format!(" ({})", closed.join(", ")) };
        complaints.push(format!("the outcome is {came:?}{gates}, not {wanted:?}"));
    }
    let mut gates: Vec<_> = test.gates.iter().map(|g| g.value.clone()).collect();
    gates.sort();
    if !gates.is_empty() && gates != closed {
        complaints.push(format!("closed are {}, not {}", closed.join(", "), gates.join(", ")));
    }
    complaints
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

/// Values by their category, where no source sends such a thing yet: only what the plan says of the category.
fn by_category<'t>(
    plan: &Arc<crate::policy::Plan>,
    test: &TestCase,
    categories: impl Iterator<Item = &'t str>,
) -> Vec<String> {
    let resolver = crate::policy::Resolver::new(plan.clone());
    let mut complaints = Vec::new();
    for name in categories {
        let Some(category) = plan.library.words.category(name) else {
            complaints.push(format!("there is no category `{name}`"));
            continue;
        };
        let (form, rules) = resolver.category(0, category);
        let listed = |paths: &[crate::policy::document::Text]| paths.iter().any(|path| path.value == name);
        for (said, holds, what) in [
            (listed(&test.kept), form.is_clear(), "kept"),
            (listed(&test.gone), !form.leaves(), "gone"),
            (listed(&test.coded), form.leaves() && form.code != crate::policy::form::Code::Clear, "coded"),
        ] {
            if said && !holds {
                complaints.push(format!("`{name}` is not {what}"));
            }
        }
        if !test.nowhere.is_empty()
            && form.leaves()
            && form.hide.whole.is_none()
            && form.code == crate::policy::form::Code::Clear
        {
            complaints.push(format!("something of `{name}` may leave"));
        }
        let took = |rule: &str| rules.iter().any(|id| plan.rule(*id) == rule);
        complaints.extend(
            test.rules.iter().filter(|r| !took(&r.value)).map(|r| format!("the rule `{}` took no part", r.value)),
        );
    }
    complaints
}
