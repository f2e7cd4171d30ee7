//! Layers → plan. Everything wrong is reported at once; what is only closed is told apart from what is wrong.
//!
//! `rules.rs` joins what layers say, `rows.rs` reads one row, `when.rs` decides conditions, `retention.rs` sets limits against
//! each other, `names.rs` finds names that mean nothing, `exact.rs` takes exact lists, `plugins.rs` adds what vendors do, `finish.rs` puts the plan together; `fingerprint.rs` says when none has to
//! be made.

mod exact;
mod fingerprint;
mod finish;
mod floors;
mod names;
mod plugins;
mod retention;
mod rows;
mod rules;
mod when;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use fingerprint::Fingerprint;

use super::agreed::rules_digest;
use super::chain::{chain, in_force};
use super::diagnostic::{Diagnostic, Severity};
use super::document::{Date, Evidence, Layer, Role, SecretLists, Span, Text, Treatment};
use super::evidence::{Agreed, Answers, Closed, unasked};
use super::exact::{ExactList, ExactLists};
use super::failing::Failing;
use super::glob::WordList;
use super::library::{Damage, Library};
use super::maps::{OwnField, near, unknown};
use super::plan::{Ask, Dynamic, Floor, Keeping, Plan, PlanPlugin, ROLES, RuleName, Settled, TESTS_MAX, Test};
use super::standing::{Standing, signed};
use super::vocabulary::CategoryId;

/// What a plan is asked for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Id of the policy.
    pub policy: &'a str,
    /// Further layers that hold with it, by id.
    pub with: &'a [&'a str],
    /// The purpose.
    pub purpose: &'a str,
    /// The day.
    pub on: Date,
    /// The system that the events come from, by its name in the evidence.
    pub system: Option<&'a str>,
    /// What was signed and answered.
    pub evidence: &'a Evidence,
    /// Words of secret lists.
    pub lists: &'a SecretLists,
    /// Exact lists that entities name. `None`: what they know is left out of the plan, which then does for a comparison only.
    pub exact: Option<&'a ExactLists>,
    /// Evidence need not have what a gate asks for; what it has counts, an agreement on other rules too. For tests of policies, never for a flow.
    pub lenient: bool,
}

/// Why there is no plan.
#[derive(Debug, Default)]
pub struct Refusal {
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// What is closed. If something is wrong, at most a purpose that nobody allows.
    pub closed: Vec<Closed>,
}

/// Compiles a plan; the diagnostics beside it are warnings.
///
/// # Errors
///
/// Everything that is wrong, or every gate and list that is closed. A library with a mistake gives no plan, but the names in
/// its files are looked up all the same, so that one run tells as much as possible.
pub fn compile(library: &Arc<Library>, request: &Request) -> Result<(Plan, Vec<Diagnostic>), Refusal> {
    match consider(library, request)? {
        (plan, problems, closed) if closed.is_empty() => Ok((plan, problems)),
        (_, problems, closed) => Err(Refusal { problems, closed }),
    }
}

/// As [`compile`], but beside what is closed it gives the plan that would hold if all of it were opened: for questions about
/// the rules, never for a flow.
///
/// # Errors
///
/// Everything that is wrong, or a purpose that is not allowed.
pub fn consider(library: &Arc<Library>, request: &Request) -> Result<(Plan, Vec<Diagnostic>, Vec<Closed>), Refusal> {
    consider_with(library, request, &[])
}

/// As [`consider`]; what was agreed of one of `with` opens a gate too.
pub(super) fn consider_with(
    library: &Arc<Library>,
    request: &Request,
    with: &[Agreed],
) -> Result<(Plan, Vec<Diagnostic>, Vec<Closed>), Refusal> {
    if library.damage == Some(Damage::Unreadable) {
        return Err(Refusal::default());
    }
    let mut problems = Vec::new();
    let layers = chain(library, request.policy, request.with, request.on, &mut problems);
    let is_whole = !problems.iter().any(|problem| problem.code == "P0105");
    let Some(top) = library.layers.get(request.policy) else {
        return Err(Refusal { problems, closed: vec![no_policy(library, request.policy)] });
    };
    unasked(request.evidence, &layers, &mut problems);
    if library.damage.is_none() {
        signed(request.evidence, &layers, &mut problems);
    }
    let rules = || rules_digest(&library.bundle, layers.iter().map(|layer| layer.id.span.file));
    let answers = Answers {
        evidence: request.evidence,
        lists: request.lists,
        on: request.on,
        purpose: request.purpose,
        revision: format!("{}@{}", top.id.value, top.revision),
        digest: &rules,
        with,
        layers: &layers,
        lenient: request.lenient,
    };
    let refused = purpose(&layers, request.purpose, request.on);
    if !refused.is_empty() {
        return Err(Refusal { problems: wrong_anyway(library, request, &layers), closed: refused });
    }
    let mut closed = Vec::new();
    for layer in &layers {
        closed.extend(layer.gates.iter().filter_map(|gate| answers.gate(layer, gate)));
    }
    let mut compiler = Compiler::new(library, request, &layers, problems);
    compiler.exact(&mut closed);
    compiler.names();
    compiler.lists(&answers, &mut closed);
    // First, so that tenants whose rules differ in number still agree in the numbers of these.
    compiler.failing();
    compiler.rules(&answers);
    compiler.retention(&answers);
    compiler.maps();
    compiler.classifications();
    let mut problems = std::mem::take(&mut compiler.problems);
    tidy(&mut problems);
    if !is_whole {
        // What a layer that is not there would say may be what else is missing.
        problems.retain(|problem| NEVER_FOLLOWS.contains(&problem.code));
        return Err(Refusal { problems, closed: Vec::new() });
    }
    if library.damage.is_some() {
        // What is lost with a mistake in a file could make these wrong, and names that are not there stay wrong.
        problems.retain(|problem| is_about_a_name(problem.code));
        return Err(Refusal { problems, closed: Vec::new() });
    }
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(Refusal { problems, closed: Vec::new() });
    }
    compiler.notes.extend(answers.notes());
    compiler.answered = answers.standing();
    Ok((compiler.finish(top), problems, closed))
}

/// What is wrong whatever the purpose: for one that nobody allows, the mistakes for another that everybody does.
fn wrong_anyway(library: &Arc<Library>, request: &Request, layers: &[&Layer]) -> Vec<Diagnostic> {
    let named = layers.iter().filter_map(|layer| layer.purposes.as_ref()).flat_map(|(allow, _)| allow);
    let allowed = named.map(|text| text.value.as_str()).find(|name| purpose(layers, name, request.on).is_empty());
    let Some(purpose) = allowed else { return Vec::new() };
    let mut problems = match compile(library, &Request { purpose, ..request.clone() }) {
        Ok((_, problems)) => problems,
        Err(refusal) => refusal.problems,
    };
    problems.retain(|problem| problem.severity == Severity::Error);
    problems
}

/// Puts problems in the order of the files; what was met twice is said once.
fn tidy(problems: &mut Vec<Diagnostic>) {
    let key = |p: &Diagnostic| (p.labels.first().map(|(span, _)| *span), p.code, p.message.clone());
    problems.sort_by_cached_key(key);
    problems.dedup_by_key(|problem| key(problem));
}

/// What is wrong by the words alone, whichever layers hold.
const NEVER_FOLLOWS: [&str; 6] = ["P0105", "P0111", "P0112", "P0113", "P0202", "P0203"];

fn is_about_a_name(code: &str) -> bool {
    [
        "P0105", "P0107", "P0108", "P0109", "P0111", "P0112", "P0113", "P0115", "P0119", "P0122", "P0202", "P0203",
        "P0404",
    ]
    .contains(&code)
}

fn no_policy(library: &Library, id: &str) -> Closed {
    let known = library.layers.keys().cloned().collect::<Vec<_>>().join(", ");
    Closed { name: id.into(), missing: "there is no policy of this id".into(), help: format!("there are: {known}") }
}

/// Purposes intersect.
fn purpose(layers: &[&Layer], purpose: &str, on: Date) -> Vec<Closed> {
    let refuses = |layer: &&&Layer| {
        let said = layer.purposes.as_ref().filter(|(_, reason)| in_force(reason, layers, on));
        said.is_some_and(|(allow, _)| !allow.iter().any(|p| p.value == purpose))
    };
    let close = |layer: &&Layer| {
        let allowed = layer.purposes.iter().flat_map(|(allow, _)| allow).map(|p| p.value.as_str());
        let all = allowed.clone().collect::<Vec<_>>().join(", ");
        Closed {
            name: format!("{}.purposes", layer.id.value),
            missing: format!("the purpose `{purpose}` is not allowed here"),
            help: match near(purpose, allowed) {
                Some(near) => format!("did you mean `{near}`? Allowed: {all}"),
                None => format!("choose one of: {all}"),
            },
        }
    };
    layers.iter().filter(refuses).map(close).collect()
}

struct Compiler<'a> {
    library: &'a Arc<Library>,
    request: &'a Request<'a>,
    layers: &'a [&'a Layer],
    problems: Vec<Diagnostic>,
    treatments: BTreeMap<&'a str, &'a Treatment>,
    attributable: bool,
    /// Events must stay attributable: the system says so, or a floor may hold for some of them.
    accountable: bool,
    tags: BTreeSet<&'a str>,
    statics: Vec<[Settled; ROLES]>,
    dynamics: Vec<Dynamic>,
    floors: Vec<Floor>,
    /// Rows of floors, as far as they may hold.
    shown: Vec<(Span, Vec<CategoryId>)>,
    retention: Vec<Keeping>,
    tests: Vec<Test>,
    lists: BTreeMap<String, ListTests>,
    rules: Vec<RuleName>,
    rungs: Vec<rules::Asked>,
    /// What treatments look for, with the place of the treatment.
    finds: BTreeMap<String, Span>,
    maps: Vec<bool>,
    own: BTreeMap<usize, Arc<[OwnField]>>,
    plugins: Vec<PlanPlugin>,
    failing: Vec<Failing>,
    holds: Vec<String>,
    hours: Option<(u16, u16)>,
    sealed: Option<Arc<WordList>>,
    exact: BTreeMap<String, Arc<ExactList>>,
    notes: Vec<String>,
    answered: Vec<(String, Standing)>,
}

/// The tests of a list, by number.
struct ListTests {
    /// Everything it looks at.
    all: u16,
    /// Only whose value it is: that is not the choice of a user. `None`: the list is about nobody.
    about: Option<u16>,
}

/// A list while its layers are united.
#[derive(Default)]
struct United {
    words: Vec<String>,
    look_in: Vec<CategoryId>,
    about: Vec<Role>,
    span: Span,
}

impl<'a> Compiler<'a> {
    fn new(
        library: &'a Arc<Library>,
        request: &'a Request<'a>,
        layers: &'a [&'a Layer],
        problems: Vec<Diagnostic>,
    ) -> Self {
        let system = request.system.and_then(|name| request.evidence.systems.get(name));
        let mut tags: BTreeSet<_> = system.iter().flat_map(|s| s.tags.iter().map(String::as_str)).collect();
        tags.extend(request.system);
        let attributable = system.is_some_and(|s| s.attributable);
        let mut compiler = Self {
            library,
            request,
            layers,
            problems,
            treatments: library.treatments.iter().map(|(name, t)| (name.as_str(), t)).collect(),
            attributable,
            accountable: attributable,
            tags,
            statics: Vec::new(),
            dynamics: Vec::new(),
            floors: Vec::new(),
            shown: Vec::new(),
            retention: Vec::new(),
            tests: Vec::new(),
            lists: BTreeMap::new(),
            rules: Vec::new(),
            rungs: Vec::new(),
            finds: BTreeMap::new(),
            maps: Vec::new(),
            own: BTreeMap::new(),
            plugins: Vec::new(),
            failing: Vec::new(),
            holds: Vec::new(),
            hours: None,
            sealed: None,
            exact: BTreeMap::new(),
            notes: Vec::new(),
            answered: Vec::new(),
        };
        compiler.accountable |= layers.iter().flat_map(|l| &l.attributable).any(|floor| !compiler.never(&floor.when));
        compiler
    }

    fn test(&mut self, test: Test, span: Span) -> u16 {
        if self.tests.len() == TESTS_MAX {
            let message = format!("more than {TESTS_MAX} lists, hours and conditions on values hold at once");
            self.problems.push(Diagnostic::error("P0106", message, span, "this one is too many"));
        }
        self.tests.push(test);
        (self.tests.len() - 1) as u16
    }

    /// Lists of one name are united, with everything that any layer looks at.
    fn lists(&mut self, answers: &Answers, closed: &mut Vec<Closed>) {
        let mut by_name: BTreeMap<&str, United> = BTreeMap::new();
        let mut sealed = Vec::new();
        for layer in self.layers {
            for list in &layer.lists {
                let (words, shut) = answers.words(layer, list);
                closed.extend(shut);
                sealed.extend(answers.sealed(list));
                let look_in: Vec<_> = list.look_in.iter().flat_map(|category| self.family(category)).collect();
                let united = by_name.entry(&list.name.value).or_default();
                united.words.extend(words);
                united.look_in.extend(look_in);
                united.about.extend(list.about.iter().map(|role| role.value));
                united.span = list.name.span;
            }
        }
        self.sealed = (!sealed.is_empty()).then(|| Arc::new(WordList::new(&sealed)));
        for (name, United { words, look_in, about, span }) in by_name {
            let words = Arc::new(WordList::new(&words));
            // A user can name a channel or a message after anything. Whose mailbox or site it is, is not the user's choice.
            let narrow = self.accountable && !about.is_empty();
            let of_roles = Test { ask: Ask::Listed(words.clone()), look_in: Vec::new(), about: about.clone() };
            let of_roles = narrow.then(|| self.test(of_roles, span));
            let all = self.test(Test { ask: Ask::Listed(words), look_in, about }, span);
            self.lists.insert(name.to_owned(), ListTests { all, about: of_roles });
        }
    }

    /// Categories of a name or family; unknown ones are reported.
    fn family(&mut self, text: &Text) -> Vec<CategoryId> {
        let found = self.library.words.family(text);
        if found.is_empty() {
            let known = self.library.words.categories().map(|(_, name)| name);
            self.problems.push(unknown("P0202", "category", text, known));
        }
        found
    }
}
