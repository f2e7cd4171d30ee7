//! Layers → plan. Everything wrong is reported at once; what is only closed is told apart from what is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::chain::chain;
use super::diagnostic::{Diagnostic, Severity};
use super::document::{
    ByPurpose, Date, Evidence, Layer, Level, Role, Rule, SecretLists, Spanned, Text, Treatment, Verb, When,
};
use super::evidence::{Answers, Closed, unasked};
use super::failing::Failing;
use super::form::{Code, End, Form, misfit};
use super::glob::{GlobSet, WordList};
use super::hours::Calendar;
use super::library::Library;
use super::maps::unknown;
use super::plan::{
    Ask, Condition, Dynamic, Floor, Keeping, Plan, ROLES, RuleId, RuleName, Scope, Settled, TESTS_MAX, Test,
};
use super::syntax::FileKind;
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
    /// Evidence counts by its name alone: for tests of policies, never for a flow.
    pub lenient: bool,
}

/// Why there is no plan.
#[derive(Debug, Default)]
pub struct Refusal {
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// What is closed; empty if something is wrong.
    pub closed: Vec<Closed>,
}

/// Compiles a plan; the diagnostics beside it are warnings.
///
/// # Errors
///
/// Everything that is wrong, or every gate and list that is closed.
pub fn compile(library: &Arc<Library>, request: &Request) -> Result<(Plan, Vec<Diagnostic>), Refusal> {
    let mut problems = Vec::new();
    let layers = chain(library, request.policy, request.with, request.on, &mut problems);
    let Some(top) = library.layers.get(request.policy) else {
        return Err(Refusal { problems, closed: vec![no_policy(library, request.policy)] });
    };
    unasked(request.evidence, &layers, &mut problems);
    let answers = Answers {
        evidence: request.evidence,
        lists: request.lists,
        on: request.on,
        purpose: request.purpose,
        revision: format!("{}@{}", top.id.value, top.revision),
        lenient: request.lenient,
    };
    let mut closed = purpose(&layers, request.purpose);
    if !closed.is_empty() {
        // What else would be wrong for a purpose that nobody allows is of no interest.
        return Err(Refusal { problems: Vec::new(), closed });
    }
    for layer in &layers {
        closed.extend(layer.gates.iter().filter_map(|gate| answers.gate(layer, gate, &layers)));
    }
    let mut compiler = Compiler::new(library, request, &layers, problems);
    compiler.lists(&answers, &mut closed);
    // First, so that tenants whose rules differ in number still agree in the numbers of these.
    compiler.failing();
    compiler.rules(&answers);
    compiler.retention();
    compiler.maps();
    let problems = std::mem::take(&mut compiler.problems);
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(Refusal { problems, closed: Vec::new() });
    }
    if !closed.is_empty() {
        return Err(Refusal { problems, closed });
    }
    Ok((compiler.finish(top), problems))
}

fn no_policy(library: &Library, id: &str) -> Closed {
    let known = library.layers.keys().cloned().collect::<Vec<_>>().join(", ");
    Closed { name: id.into(), missing: "there is no policy of this id".into(), help: format!("there are: {known}") }
}

/// Purposes intersect.
fn purpose(layers: &[&Layer], purpose: &str) -> Vec<Closed> {
    let refuses =
        |layer: &&&Layer| layer.purposes.as_ref().is_some_and(|(allow, _)| !allow.iter().any(|p| p.value == purpose));
    layers
        .iter()
        .filter(refuses)
        .map(|layer| Closed {
            name: format!("{}.purposes", layer.id.value),
            missing: format!("the purpose `{purpose}` is not allowed here"),
            help: format!(
                "choose one of: {}",
                layer
                    .purposes
                    .iter()
                    .flat_map(|(allow, _)| allow)
                    .map(|p| p.value.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        })
        .collect()
}

/// How far a `when` is decided before any event is seen.
enum Holds {
    Never,
    Always,
    Depends(Condition, Vec<Role>),
}

struct Compiler<'a> {
    library: &'a Arc<Library>,
    request: &'a Request<'a>,
    layers: &'a [&'a Layer],
    problems: Vec<Diagnostic>,
    treatments: BTreeMap<&'a str, &'a Treatment>,
    attributable: bool,
    tags: BTreeSet<&'a str>,
    statics: Vec<[Settled; ROLES]>,
    dynamics: Vec<Dynamic>,
    floors: Vec<Floor>,
    retention: Vec<Keeping>,
    tests: Vec<Test>,
    /// List name → number of its test.
    list_tests: BTreeMap<String, u16>,
    rules: Vec<RuleName>,
    maps: Vec<bool>,
    failing: Vec<Failing>,
    hours: Option<(u16, u16)>,
}

impl<'a> Compiler<'a> {
    fn new(
        library: &'a Arc<Library>,
        request: &'a Request<'a>,
        layers: &'a [&'a Layer],
        problems: Vec<Diagnostic>,
    ) -> Self {
        let system = request.system.and_then(|name| request.evidence.systems.get(name));
        let mut treatments: BTreeMap<_, _> = library.treatments.iter().map(|(name, t)| (name.as_str(), t)).collect();
        treatments.extend(layers.iter().flat_map(|l| &l.treatments).map(|t| (t.name.value.as_str(), t)));
        let mut tags: BTreeSet<_> = system.iter().flat_map(|s| s.tags.iter().map(String::as_str)).collect();
        tags.extend(request.system);
        Self {
            library,
            request,
            layers,
            problems,
            treatments,
            attributable: system.is_some_and(|s| s.attributable),
            tags,
            statics: Vec::new(),
            dynamics: Vec::new(),
            floors: Vec::new(),
            retention: Vec::new(),
            tests: Vec::new(),
            list_tests: BTreeMap::new(),
            rules: Vec::new(),
            maps: Vec::new(),
            failing: Vec::new(),
            hours: None,
        }
    }

    fn test(&mut self, test: Test, span: super::document::Span) -> u16 {
        if self.tests.len() == TESTS_MAX {
            let message = format!("more than {TESTS_MAX} lists, hours and conditions on values hold at once");
            self.problems.push(Diagnostic::error("P0106", message, span, "this one is too many"));
        }
        self.tests.push(test);
        (self.tests.len() - 1) as u16
    }

    /// Lists of one name are united, with everything that any layer looks at.
    fn lists(&mut self, answers: &Answers, closed: &mut Vec<Closed>) {
        let mut by_name: BTreeMap<&str, (Vec<String>, Vec<CategoryId>, Vec<Role>, super::document::Span)> =
            BTreeMap::new();
        for layer in self.layers {
            for list in &layer.lists {
                let (words, shut) = answers.words(layer, list);
                closed.extend(shut);
                let entry = by_name
                    .entry(&list.name.value)
                    .or_insert_with(|| (Vec::new(), Vec::new(), Vec::new(), list.name.span));
                entry.0.extend(words);
                for category in &list.look_in {
                    entry.1.extend(self.family(category));
                }
                entry.2.extend(list.about.iter().map(|role| role.value));
            }
        }
        for (name, (words, mut look_in, about, span)) in by_name {
            // A user can name a channel or a message after anything; what must stay attributable cannot be withheld that
            // way. Whose mailbox or site it is, is not the user's choice.
            if self.attributable && !about.is_empty() {
                look_in.clear();
            }
            let number = self.test(Test { ask: Ask::Listed(WordList::new(&words)), look_in, about }, span);
            self.list_tests.insert(name.to_owned(), number);
        }
    }

    /// Categories of a name or family; unknown ones are reported.
    fn family(&mut self, text: &Text) -> Vec<CategoryId> {
        let found = self.library.words.family(text);
        if found.is_empty() {
            self.problems.push(unknown(
                "P0202",
                "category",
                text,
                self.library.words.categories().map(|(_, name)| name),
            ));
        }
        found
    }

    fn rules(&mut self, answers: &Answers) {
        let layers = self.layers;
        let count = self.library.words.categories().count();
        let mut above = vec![Form::default(); count];
        let mut decided = vec![false; count];
        for layer in layers {
            self.check_facts(layer);
            let mut own: Vec<Option<(usize, Vec<RuleId>, Form)>> = vec![None; count];
            let mut all = vec![Form::default(); count];
            for rule in &layer.rules {
                self.rule(layer, rule, answers, &above, &mut own, &mut all);
            }
            self.settle(layer, own, &mut decided);
            for (category, form) in all.into_iter().enumerate() {
                above[category] = std::mem::take(&mut above[category]).join(form);
            }
            for floor in &layer.attributable {
                self.floor(layer, floor);
            }
        }
        // Nobody decides: dropped.
        for (category, _) in decided.iter().enumerate().filter(|(_, decided)| !**decided) {
            for role in &mut self.statics[category] {
                role.form = Form::dropped();
            }
        }
        // A floor raises what a layer lets through; what no base decides has no form that could be raised.
        for floor in &mut self.floors {
            floor.show.retain(|c| decided.get(usize::from(c.0)).copied().unwrap_or(false));
        }
    }

    fn check_facts(&mut self, layer: &Layer) {
        for fact in layer.rules.iter().filter_map(|rule| rule.fact.as_ref()) {
            let facts = || self.layers.iter().flat_map(|l| &l.facts).map(|f| f.name.value.as_str());
            if !facts().any(|name| name == fact.value) {
                let problem = unknown("P0107", "fact", fact, facts());
                self.problems.push(problem);
            }
        }
    }

    /// Joins what a layer says unconditionally into the statics. The base decides; the others change.
    fn settle(&mut self, layer: &Layer, own: Vec<Option<(usize, Vec<RuleId>, Form)>>, decided: &mut [bool]) {
        if self.statics.is_empty() {
            self.statics = vec![Default::default(); own.len()];
        }
        for (category, entry) in own.into_iter().enumerate() {
            let Some((_, rules, form)) = entry else { continue };
            decided[category] |= layer.level == Level::Base;
            for role in &mut self.statics[category] {
                role.form = std::mem::take(&mut role.form).join(form.clone());
                role.rules.extend(&rules);
            }
        }
    }

    /// One rule. `own` collects the most specific unconditional entry a category of this layer, `all` everything the layer
    /// might do to it, for the layers below.
    fn rule(
        &mut self,
        layer: &Layer,
        rule: &Rule,
        answers: &Answers,
        above: &[Form],
        own: &mut [Option<(usize, Vec<RuleId>, Form)>],
        all: &mut [Form],
    ) {
        let id = self.name(layer, &rule.name, &rule.reason);
        let applies = rule.fact.as_ref().is_none_or(|fact| answers.fact(fact, self.layers));
        let holds = self.when(&rule.when, rule.suppress.is_some());
        self.reads_only_what_is_clear(&rule.when, above);
        let protects = !rule.when.listed.is_empty();
        self.rules[usize::from(id.0)].protects = protects;
        let mut rows: BTreeMap<CategoryId, (usize, Form)> = BTreeMap::new();
        for row in &rule.rows {
            let Some(form) = self.row(layer, row, above, protects) else { continue };
            let categories = self.family(&row.category);
            for category in categories {
                // Longer patterns are more specific; a category itself is longer than its family.
                let weight = row.category.value.len() + usize::from(!row.category.value.ends_with('*'));
                match rows.get_mut(&category) {
                    Some((before, _)) if *before > weight => {}
                    _ => drop(rows.insert(category, (weight, form.clone()))),
                }
            }
        }
        // What a list protects is decided before anything is treated: it makes no value less than whole.
        for (category, (_, form)) in rows.iter().filter(|_| !protects) {
            let slot = &mut all[usize::from(category.0)];
            *slot = std::mem::take(slot).join(form.clone());
        }
        if !applies {
            return;
        }
        let unconditional = rule.when_is_empty() && rule.fact.is_none();
        match holds {
            Holds::Never => {}
            Holds::Always if unconditional && rule.suppress.is_none() => {
                for (category, (weight, form)) in rows {
                    let slot = &mut own[usize::from(category.0)];
                    *slot = match slot.take() {
                        Some(before) if before.0 > weight => Some(before),
                        Some((w, mut rules, before)) if w == weight => {
                            rules.push(id);
                            Some((w, rules, before.join(form)))
                        }
                        _ => Some((weight, vec![id], form)),
                    };
                }
            }
            Holds::Always => self.dynamic(id, Condition::default(), Vec::new(), rows, rule.suppress.is_some()),
            Holds::Depends(when, roles) => self.dynamic(id, when, roles, rows, rule.suppress.is_some()),
        }
    }

    fn dynamic(
        &mut self,
        rule: RuleId,
        when: Condition,
        roles: Vec<Role>,
        rows: BTreeMap<CategoryId, (usize, Form)>,
        suppress: bool,
    ) {
        let rows = rows.into_iter().map(|(category, (_, form))| (category, form)).collect();
        self.dynamics.push(Dynamic { rule, when, roles, rows, suppress });
    }

    fn name(&mut self, layer: &Layer, name: &Text, reason: &super::document::Reason) -> RuleId {
        for law in &reason.cite {
            let known = || self.layers.iter().flat_map(|l| l.laws.keys()).map(String::as_str);
            if !known().any(|k| k == law.value) {
                let problem = unknown("P0108", "law", law, known());
                self.problems.push(problem);
            }
        }
        self.rules.push(RuleName {
            name: format!("{}.{}", layer.id.value, name.value),
            because: reason.because.clone(),
            cite: reason.cite.iter().map(|c| c.value.clone()).collect(),
            span: name.span,
            protects: false,
        });
        RuleId((self.rules.len() - 1) as u16)
    }

    /// The form of one row at the purpose of the plan, after all its purposes were checked.
    fn row(&mut self, layer: &Layer, row: &super::document::Row, above: &[Form], protects: bool) -> Option<Form> {
        let ByPurpose { named, otherwise } = &row.what;
        let mut chosen = None;
        for (purpose, names) in named.iter().map(|(p, n)| (p.as_str(), n)).chain(otherwise.iter().map(|n| ("", n))) {
            let mine =
                purpose == self.request.purpose || (purpose.is_empty() && !named.contains_key(self.request.purpose));
            let mut form = Form::default();
            for name in names {
                let Some(treatment) = self.treatments.get(name.value.as_str()).copied() else {
                    let problem = unknown("P0109", "treatment", name, self.treatments.keys().copied());
                    self.problems.push(problem);
                    continue;
                };
                self.fits(row, name, &treatment.verb, protects);
                if mine && treatment.verb == Verb::Keep {
                    self.keeps(layer, row, name, above);
                }
                form = form.join(Form::of(&treatment.verb));
            }
            if let Err((a, b)) = form.rung() {
                let message = format!("these do not go together: {a:?} and {b:?}");
                self.problems.push(Diagnostic::error("P0110", message, row.category.span, "on this category"));
            }
            if mine {
                chosen = Some(form);
            }
        }
        chosen
    }

    /// A treatment has to go with the type of every category of the row.
    fn fits(&mut self, row: &super::document::Row, name: &Text, verb: &Verb, protects: bool) {
        if *verb == Verb::Suppress {
            let problem = Diagnostic::error("P0111", format!("`{}` is for whole events", name.value), name.span, "")
                .help("write `event = \"suppress\"`, or `drop` for a value");
            self.problems.push(problem);
        }
        if protects && !matches!(verb, Verb::Drop | Verb::Forbid) {
            let message = "a list may only drop values or suppress the event".to_owned();
            self.problems.push(Diagnostic::error("P0112", message, name.span, "").help("use `drop`"));
        }
        let words = &self.library.words;
        // A family may be of mixed types: what does not fit one of them is an error only where that category is named itself.
        for category in words.family(&row.category) {
            if let Some(why) = misfit(verb, words.value_type(category)) {
                let message =
                    format!("`{}` {why}; `{}` is {:?}", name.value, words.name(category), words.value_type(category));
                self.problems
                    .push(Diagnostic::error("P0113", message.to_lowercase(), name.span, "").and(row.category.span, ""));
                return;
            }
        }
    }

    /// `keep` says something only in the base, or where every layer above leaves the value whole.
    fn keeps(&mut self, layer: &Layer, row: &super::document::Row, name: &Text, above: &[Form]) {
        if layer.level == Level::Base {
            return;
        }
        let treated =
            self.library.words.family(&row.category).into_iter().find(|c| !above[usize::from(c.0)].is_clear());
        let Some(category) = treated else { return };
        let word = self.library.words.name(category).to_owned();
        let mut problem = Diagnostic::error(
            "P0118",
            format!("`keep` is not true here for `{word}`"),
            name.span,
            "in this file you cannot keep more",
        );
        let decides = |other: &&&Layer| other.id.value != layer.id.value;
        let rows = self.layers.iter().filter(decides).flat_map(|l| &l.rules).flat_map(|r| &r.rows);
        if let Some(other) =
            rows.into_iter().find(|r| super::vocabulary::family_has(&r.category, &word) && !is_keep(&r.what))
        {
            problem = problem.and(other.category.span, "decided here");
        }
        self.problems.push(problem.help("leave the row out (nothing changes), or tighten it"));
    }

    fn floor(&mut self, layer: &Layer, floor: &super::document::Attributable) {
        let rule = self.name(layer, &floor.name, &floor.reason);
        let show = floor.show.iter().flat_map(|c| self.family(c)).collect();
        match self.when(&floor.when, false) {
            Holds::Never => {}
            Holds::Always => self.floors.push(Floor { rule, when: Condition::default(), roles: Vec::new(), show }),
            Holds::Depends(when, roles) => self.floors.push(Floor { rule, when, roles, show }),
        }
    }

    fn when(&mut self, when: &When, suppresses: bool) -> Holds {
        let mut never = !when.purpose.is_empty() && !when.purpose.iter().any(|p| p.value == self.request.purpose);
        never |= !when.system.is_empty() && !when.system.iter().any(|s| self.tags.contains(s.value.as_str()));
        never |= when.attributable.as_ref().is_some_and(|a| a.value != self.attributable);
        let mut condition = Condition::default();
        if !when.kind.is_empty() {
            condition.kinds = Some(when.kind.iter().flat_map(|kind| self.kinds(kind)).collect());
        }
        if !when.listed.is_empty() {
            condition.any_test = Some(when.listed.iter().filter_map(|list| self.listed(list)).collect());
        }
        for (category, values, exact) in
            when.equals.iter().map(|(c, v)| (c, v, true)).chain(when.matches.iter().map(|(c, v)| (c, v, false)))
        {
            if self.attributable && suppresses {
                let message = "a condition that a user can control may not withhold events that must stay attributable"
                    .to_owned();
                self.problems.push(
                    Diagnostic::error("P0114", message, category.span, "").help("drop values instead of the event"),
                );
            }
            let look_in = self.family(category);
            let globs = values.iter().map(|v| if exact { v.replace('*', "\u{fffd}") } else { v.clone() });
            let test = Test { ask: Ask::Fits(GlobSet::new(globs)), look_in, about: Vec::new() };
            condition.all_tests.push(self.test(test, category.span));
        }
        if let Some(outside) = when.outside_hours.as_ref().filter(|_| !never) {
            condition.outside_hours = Some(outside.value);
            self.hours(outside);
        }
        if never {
            return Holds::Never;
        }
        let roles: Vec<_> = when.role.iter().map(|role| role.value).collect();
        if condition == Condition::default() && roles.is_empty() {
            return Holds::Always;
        }
        Holds::Depends(condition, roles)
    }

    /// A condition on a value tells something of the value: it may read only what every layer above leaves whole.
    fn reads_only_what_is_clear(&mut self, when: &When, above: &[Form]) {
        let words = &self.library.words;
        let hours = when.outside_hours.iter().filter_map(|c| Some((c.span, words.category("time.event")?)));
        let values = when
            .equals
            .iter()
            .chain(&when.matches)
            .flat_map(|(c, _)| words.family(c).into_iter().map(|id| (c.span, id)));
        let treated: Vec<_> = hours.chain(values).filter(|(_, id)| !above[usize::from(id.0)].is_clear()).collect();
        for (span, id) in treated {
            let message =
                format!("a condition cannot read `{}`: a layer above does not leave it whole", words.name(id));
            self.problems
                .push(Diagnostic::error("P0120", message, span, "").help("hang the rule on a kind, a role or a list"));
        }
    }

    fn kinds(&mut self, kind: &Text) -> Vec<u16> {
        let found = self.library.words.kind_family(kind);
        if found.is_empty() {
            self.problems.push(unknown("P0203", "kind", kind, self.library.words.kinds().iter().map(String::as_str)));
        }
        found
    }

    fn listed(&mut self, list: &Text) -> Option<u16> {
        let found = self.list_tests.get(&list.value).copied();
        if found.is_none() {
            let problem = unknown("P0115", "list", list, self.list_tests.keys().map(String::as_str));
            self.problems.push(problem);
        }
        found
    }

    /// Two tests: some time lies in working hours, some time does not.
    fn hours(&mut self, condition: &Spanned<bool>) {
        if self.hours.is_some() {
            return;
        }
        let Some(hours) = self.layers.iter().rev().find_map(|l| l.hours.as_ref()) else {
            let message = "no layer says what the working hours are".to_owned();
            self.problems
                .push(Diagnostic::error("P0116", message, condition.span, "").help("add [hours] with `zone` and days"));
            return;
        };
        let Some(calendar) = Calendar::new(hours) else {
            let span = hours.holidays.as_ref().map_or(hours.zone.span, |h| h.span);
            let known = super::hours::HOLIDAY_CALENDARS.join(", ");
            let message = "unknown zone or holidays".to_owned();
            self.problems.push(Diagnostic::error("P0117", message, span, "").help(format!("holidays can be: {known}")));
            return;
        };
        let calendar = Arc::new(calendar);
        let look_in = self.library.words.category("time.event").into_iter().collect::<Vec<_>>();
        let inside = self.test(
            Test { ask: Ask::InHours(calendar.clone()), look_in: look_in.clone(), about: Vec::new() },
            condition.span,
        );
        let outside = self.test(Test { ask: Ask::OutsideHours(calendar), look_in, about: Vec::new() }, condition.span);
        self.hours = Some((inside, outside));
    }

    fn retention(&mut self) {
        let mut kept: Vec<(String, &super::document::Retention, Condition)> = Vec::new();
        for layer in self.layers {
            for entry in &layer.retention {
                let condition = match self.when(&entry.when, false) {
                    Holds::Never => continue,
                    Holds::Always => Condition::default(),
                    Holds::Depends(condition, _) => condition,
                };
                kept.push((format!("{}.{}", layer.id.value, entry.name.value), entry, condition));
            }
        }
        let mut lost = BTreeSet::new();
        for (floor_name, floor, here) in &kept {
            for (cap_name, cap, there) in &kept {
                if apart(here, there) {
                    continue;
                }
                let (Some(least), Some(most)) = (&floor.at_least, &cap.at_most) else { continue };
                if least.value.days <= most.value.days {
                    continue;
                }
                match self.decision(floor_name, cap_name) {
                    Some(wins) => drop(lost.insert(if wins == *floor_name { cap_name.clone() } else { floor_name.clone() })),
                    None => self.problems.push(
                        Diagnostic::error("P0301", "kept at least longer than at most", least.span, floor_name.clone())
                            .and(most.span, cap_name.clone())
                            .help(format!(
                                "split the stream, or record a decision in the evidence: [decision.NAME] between = [\"{floor_name}\", \"{cap_name}\"], wins = …"
                            )),
                    ),
                }
            }
        }
        self.retention = kept
            .into_iter()
            .filter(|(name, _, _)| !lost.contains(name))
            .map(|(_, entry, when)| Keeping {
                when,
                at_most: entry.at_most.as_ref().map(|d| d.value.clone()),
                at_least: entry.at_least.as_ref().map(|d| d.value.clone()),
            })
            .collect();
    }

    fn decision(&self, a: &str, b: &str) -> Option<String> {
        let names = |d: &&super::document::Decision| [a, b].iter().all(|n| d.between.iter().any(|t| t.value == *n));
        let current = |d: &&super::document::Decision| d.until.is_none_or(|day| day >= self.request.on);
        self.request.evidence.decisions.iter().filter(names).find(current).map(|d| d.wins.value.clone())
    }

    /// Which maps may match: opt-in ones only where some layer asks, and where layers pin maps, only what all of them pin.
    fn maps(&mut self) {
        let layers = self.layers;
        for text in layers.iter().flat_map(|l| l.schemas.use_maps.iter().chain(&l.schemas.pin)) {
            if self.library.maps.find(text).is_none() {
                let known = self.library.maps.all().iter().map(|m| m.document.id.value.as_str());
                self.problems.push(unknown("P0119", "schema map", text, known));
            }
        }
        let named = |texts: &[Text], id: &str| texts.iter().any(|t| t.value == id);
        self.maps = self
            .library
            .maps
            .all()
            .iter()
            .map(|map| {
                let id = map.document.id.value.as_str();
                let asked = !map.document.opt_in || layers.iter().any(|l| named(&l.schemas.use_maps, id));
                asked && layers.iter().all(|l| l.schemas.pin.is_empty() || named(&l.schemas.pin, id))
            })
            .collect();
    }

    /// What becomes of values that no step could treat: the strictest that any layer says.
    fn failing(&mut self) {
        let library = self.library;
        self.failing = vec![Failing::default(); library.words.categories().count()];
        let layers = self.layers;
        for (layer, failure) in layers.iter().filter_map(|l| Some((l, l.failure.as_ref()?))) {
            let rules = vec![self.name(layer, &failure.name, &failure.reason)];
            for (category, _) in &failure.rows {
                self.family(category);
            }
            for ((_, name), failing) in library.words.categories().zip(&mut self.failing) {
                if let Some(what) = failure.of(name) {
                    let own = Failing { what: what.clone(), rules: rules.clone() };
                    *failing = std::mem::take(failing).join(&own);
                }
            }
        }
    }

    fn domains(&mut self) -> Vec<String> {
        let words = &self.library.words;
        let mut domains: Vec<String> = words.categories().map(|(id, _)| words.domain(id).to_owned()).collect();
        for codes in self.layers.iter().filter_map(|l| l.codes.as_ref()) {
            let members: Vec<_> = codes.same_person.iter().flat_map(|t| words.family(t)).collect();
            let joined: BTreeSet<String> = members.iter().map(|c| domains[usize::from(c.0)].clone()).collect();
            if let Some(first) = joined.first().cloned() {
                for domain in domains.iter_mut().filter(|d| joined.contains(*d)) {
                    domain.clone_from(&first);
                }
            }
        }
        domains
    }

    fn finish(mut self, top: &Layer) -> Plan {
        let domains = self.domains();
        let change =
            self.layers.iter().filter_map(|l| l.codes.as_ref()?.change_every.as_ref()).map(|d| d.value.days).min();
        let since = self.request.on.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
        let epoch = (since.max(0) as u32) / change.unwrap_or(90).max(1);
        let guard = self.layers.iter().filter_map(|l| l.guard).any(|on| on);
        Plan {
            digest: self.digest(),
            scope: Scope {
                policy: top.id.value.clone(),
                revision: top.revision,
                on: self.request.on,
                purpose: self.request.purpose.to_owned(),
                system: self.request.system.map(str::to_owned),
                attributable: self.attributable,
            },
            guard,
            epoch,
            rules: self.rules,
            domains,
            entities: self.layers.iter().flat_map(|l| l.entities.iter().cloned()).collect(),
            maps: self.maps,
            failing: self.failing,
            statics: self.statics,
            dynamics: self.dynamics,
            floors: self.floors,
            retention: self.retention,
            tests: self.tests,
            library: self.library.clone(),
        }
    }

    /// SHA-256 over the scope and every text that was read, each with its name and length.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        let request = self.request;
        part(&format!("{} {:?} {} {} {:?}", request.policy, request.with, request.purpose, request.on, request.system));
        for layer in self.layers {
            part(self.library.bundle.name(layer.id.span.file));
            part(self.library.bundle.text(layer.id.span.file));
        }
        part(&format!("{:?}", request.evidence.answers));
        part(&format!("{:?} {:?}", request.evidence.systems, request.evidence.decisions));
        for (name, words) in &request.lists.lists {
            part(name);
            words.iter().for_each(|word| part(&word.value));
        }
        for (file, name) in self.library.bundle.files() {
            if !matches!(FileKind::of(name), Some(FileKind::Layer)) {
                part(name);
                part(self.library.bundle.text(file));
            }
        }
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }
}

/// Whether two conditions name different kinds of event: then no record is meant by both.
fn apart(one: &Condition, other: &Condition) -> bool {
    match (&one.kinds, &other.kinds) {
        (Some(one), Some(other)) => !one.iter().any(|kind| other.contains(kind)),
        _ => false,
    }
}

fn is_keep(what: &ByPurpose) -> bool {
    what.named.values().chain(&what.otherwise).flatten().all(|name| name.value == "keep")
}

impl Rule {
    fn when_is_empty(&self) -> bool {
        let w = &self.when;
        w.kind.is_empty()
            && w.system.is_empty()
            && w.purpose.is_empty()
            && w.role.is_empty()
            && w.attributable.is_none()
            && w.outside_hours.is_none()
            && w.listed.is_empty()
            && w.equals.is_empty()
            && w.matches.is_empty()
    }
}

/// The lowest form a floor lets stand: visible, or a code that can be reversed.
pub(super) fn raised(form: Form) -> Form {
    Form { code: form.code.min(Code::Escrow), end: End::Keep, ..form }
}
