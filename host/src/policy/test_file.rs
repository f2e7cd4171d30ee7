//! `NAME.test.toml`: what a file promises, shown on events.

use std::collections::BTreeMap;

use super::document::{Answer, Date, Decision, Duration, Evidence, Span, Spanned, System, Text};

/// A file of tests.
#[derive(Clone, Debug, Default)]
pub struct TestFile {
    /// What holds for every test unless it says otherwise.
    pub given: Given,
    /// The tests in the order of the file.
    pub tests: Vec<TestCase>,
}

/// What is given: everything a plan is compiled from.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Layers by id; each brings what it inherits. Several where jurisdictions and sectors meet.
    pub policy: Vec<Text>,
    /// The schema map by id; `None`: it is recognised.
    pub schema: Option<Text>,
    /// The purpose.
    pub purpose: Option<Text>,
    /// The day for which the plan is compiled.
    pub on: Option<Spanned<Date>>,
    /// The system that the event comes from.
    pub system: Option<GivenSystem>,
    /// `evidence = "NAME.evidence.toml"`, relative to the test file.
    pub evidence_file: Option<Text>,
    /// `evidence.NAME = { … }`: stands over what the file says.
    pub answers: BTreeMap<String, Answer>,
    /// `decision.NAME = { … }`: beside what the file says.
    pub decisions: Vec<Decision>,
    /// `lists.NAME = [ … ]`: words of lists that are kept elsewhere.
    pub lists: BTreeMap<String, Vec<Text>>,
}

/// `system = "name"` or `system = { name, tags, attributable }`.
#[derive(Clone, Debug)]
pub struct GivenSystem {
    /// Its name.
    pub name: Text,
    /// What is known of it; `None`: the evidence file says so.
    pub known: Option<System>,
}

/// `[test.NAME]`.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// Its name.
    pub name: Text,
    /// The promise in plain words.
    pub title: Text,
    /// What the event is.
    pub subject: Subject,
    /// What is given otherwise.
    pub given: Given,
    /// What is taken away.
    pub without: Vec<Spanned<Without>>,
    /// Paths (or categories) whose values come out as they went in.
    pub kept: Vec<Text>,
    /// Paths whose values come out as codes.
    pub coded: Vec<Text>,
    /// Paths that do not come out.
    pub gone: Vec<Text>,
    /// Path → the value that comes out.
    pub becomes: Vec<(Text, Spanned<Scalar>)>,
    /// Texts that occur nowhere in the output, letter case ignored.
    pub nowhere: Vec<Text>,
    /// What becomes of the event; `None`: it passes.
    pub outcome: Option<Spanned<Outcome>>,
    /// Gates that are closed, as `layer.name`: these and no others.
    pub gates: Vec<Text>,
    /// Rules that took part, as `layer.name`.
    pub rules: Vec<Text>,
    /// The kinds of event that it is: these and no others.
    pub kinds: Vec<Text>,
    /// The map, or a tenant, classifies every value and key of the event.
    pub classified: bool,
    /// The cap on retention that is stamped.
    pub at_most: Option<Spanned<Duration>>,
    /// The floor of retention that is stamped.
    pub at_least: Option<Spanned<Duration>>,
}

/// What a test is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// An event as it arrives.
    Event(Text),
    /// Values by category, where no source sends such a thing yet.
    Values(Vec<(Text, Spanned<Scalar>)>),
}

/// Something that is given to all tests and taken away from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Without {
    /// `evidence.NAME`: nobody answered.
    Evidence(String),
    /// `lists.NAME`: nobody sent the list.
    List(String),
}

/// A single value of TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    String(String),
    /// A number, as JSON writes it.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
}

impl Scalar {
    /// The text of the value, without quotes: what a glob is compared with.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::String(s) | Self::Number(s) => s,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}

/// What becomes of a whole event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It flows on, treated.
    Passed,
    /// A rule withholds it.
    Suppressed,
    /// A gate of its branch is closed.
    Closed,
    /// It cannot be read or no map knows it.
    Quarantined,
}

impl TestFile {
    /// What is given to one test: the file's `[given]`, then the test's own, less what it is without.
    #[must_use]
    pub fn given(&self, test: &TestCase) -> Given {
        let (base, own) = (&self.given, &test.given);
        let mut given = Given {
            policy: if own.policy.is_empty() { base.policy.clone() } else { own.policy.clone() },
            schema: own.schema.clone().or_else(|| base.schema.clone()),
            purpose: own.purpose.clone().or_else(|| base.purpose.clone()),
            on: own.on.clone().or_else(|| base.on.clone()),
            system: own.system.clone().or_else(|| base.system.clone()),
            evidence_file: own.evidence_file.clone().or_else(|| base.evidence_file.clone()),
            answers: base.answers.clone(),
            decisions: [base.decisions.as_slice(), &own.decisions].concat(),
            lists: base.lists.clone(),
        };
        given.answers.extend(own.answers.iter().map(|(name, answer)| (name.clone(), answer.clone())));
        given.lists.extend(own.lists.iter().map(|(name, words)| (name.clone(), words.clone())));
        for without in &test.without {
            match &without.value {
                Without::Evidence(name) => given.answers.remove(name).map(drop),
                Without::List(name) => given.lists.remove(name).map(drop),
            };
        }
        given
    }

    /// The evidence of one test: what `file` says (the parsed [`Given::evidence_file`], if there is one), then
    /// the answers and the system given, less what the test is without.
    #[must_use]
    pub fn evidence(&self, test: &TestCase, file: Option<Evidence>) -> Evidence {
        let given = self.given(test);
        let mut evidence = file.unwrap_or_default();
        for without in &test.without {
            if let Without::Evidence(name) = &without.value {
                evidence.answers.remove(name);
            }
        }
        evidence.answers.extend(given.answers);
        evidence.decisions.extend(given.decisions);
        if let Some(GivenSystem { name, known: Some(system) }) = given.system {
            evidence.systems.insert(name.value, system);
        }
        evidence
    }
}

impl TestCase {
    /// Where the test stands: the place of its name.
    #[must_use]
    pub fn span(&self) -> Span {
        self.name.span
    }
}
