//! Is anything wrong with a folder of policies? Everything that compiling finds, for every policy, purpose and system, and
//! what no compiler can object to and an officer wants to know. A question a file:
//!
//! | file | asks |
//! |---|---|
//! | `files.rs` | is every file read, and of its shape? |
//! | `trial.rs` | does every policy compile, for every purpose and system? |
//! | `openings.rs` | which gates and lists are closed, which facts unanswered? |
//! | `reviews.rs` | who looked at a pack, and who at its laws? |
//! | `conditions.rs` | is there a condition that never holds? |
//! | `decided.rs` | which categories does nobody decide? |
//! | `idle.rs` | which rows of a tenant do nothing? |
//! | `linked.rs` | do a code and a part of one value leave together? |
//! | `together.rs` | what points to a person in combination? |
//! | `classified.rs` | does a classification lower a form? |
//!
//! `report.rs` and `sarif.rs` write it down for machines.

mod classified;
mod conditions;
mod decided;
mod files;
mod idle;
mod linked;
mod openings;
mod report;
mod reviews;
mod sarif;
mod together;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::policy::diagnostic::{Diagnostic, Severity};
use crate::policy::document::{Date, Evidence, FileId, Layer, Level, SecretLists};
use crate::policy::syntax::{Bundle, FileKind};
use crate::policy::{Library, Plan, entity};

pub use report::{Reported, json};
pub use sarif::sarif;
pub use together::COMBINATIONS;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The day.
    pub on: Date,
    /// Files of layers, or folders of them (`tenants/`), by their path below the folder of policies; empty: all.
    pub below: &'a [String],
    /// Names and sets of the entities that the shipped detectors know.
    pub entities: &'a [String],
}

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// Words, maps and layers, with the texts.
    pub library: Arc<Library>,
    /// In the order of the files; everything once.
    pub problems: Vec<Diagnostic>,
    /// Plans of every tenant and purpose, for what only a sandbox can tell: whether their plugins can be used.
    pub plans: Vec<Plan>,
}

impl Checked {
    /// How many are of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// Keeps what is about some files or folders (`tenants/`) of the folder of policies, what stands beside them, or what they stand on;
    /// answers how many errors are elsewhere. No path: everything stays.
    pub fn keep_about(&mut self, paths: &[String]) -> usize {
        if paths.is_empty() {
            return 0;
        }
        let bundle = &self.library.bundle;
        // `tenants/a.toml` stands for `tenants/a.evidence.toml` as well.
        let covers = |path: &String, name: &str| match path.strip_suffix(".toml") {
            Some(stem) => name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.')),
            None => name.starts_with(path.as_str()),
        };
        let named = |name: &str| paths.iter().any(|path| covers(path, name));
        let asked = self.library.layers.values().filter(|layer| named(bundle.name(layer.id.span.file)));
        let below = asked.flat_map(|layer| self.library.layers_of(&layer.id.value)).map(|layer| layer.id.span.file);
        let below: BTreeSet<FileId> = below.collect();
        let is_words = |name| matches!(FileKind::of(name), Some(FileKind::Categories | FileKind::Treatments));
        let files = bundle.files().filter(|(file, name)| named(name) || below.contains(file) || is_words(name));
        let about: BTreeSet<FileId> = files.map(|(file, _)| file).collect();
        let is_about = |problem: &Diagnostic| problem.labels.iter().any(|(span, _)| about.contains(&span.file));
        let others = self.problems.extract_if(.., |problem| !is_about(problem));
        others.filter(|problem| problem.severity == Severity::Error).count()
    }

    /// Adds what was found elsewhere.
    pub fn add(&mut self, problems: impl IntoIterator<Item = Diagnostic>) {
        self.problems.extend(problems);
        tidy(&mut self.problems, &self.library.bundle);
    }
}

/// What stands beside policies, by the id of the policy.
#[derive(Debug, Default)]
struct Beside {
    evidence: BTreeMap<String, Evidence>,
    lists: BTreeMap<String, SecretLists>,
}

/// A policy: the layers that hold for it, and what was answered.
struct Policy<'a> {
    top: &'a Layer,
    /// Base first.
    layers: Vec<&'a Layer>,
    /// `None`: nobody answered anything.
    evidence: Option<&'a Evidence>,
    lists: Option<&'a SecretLists>,
    /// The day, or the first one on which all layers hold.
    on: Date,
    /// That day is not the one that was asked for.
    starts_later: bool,
}

impl Policy<'_> {
    /// Somebody's policy, not a pack that others stand on.
    fn is_tenant(&self) -> bool {
        self.top.level == Level::Tenant
    }
}

/// Checks a folder of policies: every file of the language, named by its path below it.
pub fn check(bundle: Bundle, asked: &Asked) -> Checked {
    let (library, beside, mut problems) = files::read(bundle);
    let library = Arc::new(library);
    let policies = policies(&library, &beside, asked);
    let trials: Vec<_> = policies.iter().map(|policy| trial::of(&library, policy)).collect();
    let is_whole = !trials.iter().flat_map(|trial| &trial.problems).any(|problem| problem.code == "P0105");
    let mut plans = Vec::new();
    // The rest could follow from what could not be read, or from a layer that is not there.
    let is_readable = library.damage.is_none() && is_whole;
    for (policy, trial) in policies.iter().zip(trials) {
        problems.extend(trial.problems);
        if !is_readable {
            continue;
        }
        problems.extend(reviews::of(policy, asked.on));
        problems.extend(openings::of(policy, &policies, &trial.closed, asked.on));
        problems.extend(conditions::of(&library, policy));
        problems.extend(decided::of(&library, policy));
        problems.extend(trial.plans.iter().flat_map(|plan| heard(plan, asked.entities)));
        problems.extend(idle::of(&library, policy, &trial.plans));
        problems.extend(linked::of(&library, &trial.plans));
        problems.extend(together::of(&library, policy, &trial.plans));
        problems.extend(classified::of(&library, policy, &trial.plans));
        plans.extend(trial.plans.into_iter().filter(|plan| !plan.plugins.is_empty()));
    }
    if is_readable {
        problems.extend(decided::by_no_base(&library));
    }
    tidy(&mut problems, &library.bundle);
    Checked { library, problems, plans }
}

/// What treatments look for and no detector knows.
fn heard(plan: &Plan, entities: &[String]) -> Vec<Diagnostic> {
    entity::unheard(plan, entities.iter().map(String::as_str))
}

/// Every layer as a policy of its own, in the order of their ids.
fn policies<'a>(library: &'a Library, beside: &'a Beside, asked: &Asked) -> Vec<Policy<'a>> {
    let is_asked = |layer: &&Layer| {
        let file = library.bundle.name(layer.id.span.file);
        let covers = |below: &String| file == below || below.ends_with('/') && file.starts_with(below.as_str());
        asked.below.is_empty() || asked.below.iter().any(covers)
    };
    let policy = |top: &'a Layer| {
        let id = top.id.value.as_str();
        let layers = library.layers_of(id);
        let begins = layers.iter().filter_map(|layer| layer.in_force.as_ref()).map(|day| day.value);
        let on = begins.chain([asked.on]).max().unwrap_or(asked.on);
        Policy {
            top,
            layers,
            evidence: beside.evidence.get(id),
            lists: beside.lists.get(id),
            on,
            starts_later: on > asked.on,
        }
    };
    library.layers.values().map(|layer| &**layer).filter(is_asked).map(policy).collect()
}

/// In the order of the files. Of what was met twice the most severe stays: what is wrong for one policy may be a note for another.
fn tidy(problems: &mut Vec<Diagnostic>, bundle: &Bundle) {
    let place =
        |p: &Diagnostic| p.labels.first().map(|(span, _)| (bundle.name(span.file).to_owned(), span.start, span.end));
    problems.sort_by_cached_key(|p| (place(p), p.code, p.message.clone(), std::cmp::Reverse(p.severity)));
    problems.dedup_by_key(|p| (place(p), p.code, p.message.clone()));
}
