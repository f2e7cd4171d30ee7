//! Rules → what holds always, and what hangs on the event.

use std::collections::{BTreeMap, BTreeSet};

use super::Compiler;
use super::rows::Said;
use super::when::Holds;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Layer, Level, Role, Rule, Span};
use crate::policy::evidence::Answers;
use crate::policy::form::{Form, Rung};
use crate::policy::plan::{Condition, Dynamic, RuleId};
use crate::policy::vocabulary::CategoryId;

/// How to mend rungs that do not go together.
pub(super) const NO_JOIN: &str = "ask for rungs of one ladder (for buckets: one width a multiple of the other; for times: one zone), \
                                  or drop the value";

/// What a layer says of a category whatever the event is: its most specific rows, joined.
#[derive(Clone, Debug)]
struct Own {
    weight: usize,
    rules: Vec<RuleId>,
    rows: Vec<Span>,
    form: Form,
}

/// A rung that some row asks for.
#[derive(Debug)]
pub(super) struct Asked {
    category: CategoryId,
    rung: Rung,
    row: Span,
    kinds: Option<Vec<u16>>,
}

/// What layers above make of each category, and whether a base decides it.
pub(super) struct Above<'a> {
    pub(super) forms: Vec<Form>,
    decided: Vec<bool>,
    /// The same of the base alone.
    base: Vec<Form>,
    /// What each layer between base and tenants may do to each category.
    beside: BTreeMap<&'a str, Vec<Form>>,
}

impl Above<'_> {
    /// Whether everything that a layer stands on leaves the category whole. Laws of two countries stand beside each other, not one
    /// on the other; a tenant stands on all of them.
    pub(super) fn leaves_whole(&self, layer: &Layer, inherited: &[&Layer], category: CategoryId) -> bool {
        let category = usize::from(category.0);
        if layer.level == Level::Tenant {
            return self.forms[category].is_clear();
        }
        let forms = inherited.iter().filter_map(|other| self.beside.get(other.id.value.as_str()));
        self.base[category].is_clear() && forms.into_iter().all(|forms| forms[category].is_clear())
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn rules(&mut self, answers: &Answers) {
        let count = self.library.words.categories().count();
        self.statics = vec![Default::default(); count];
        let silent = vec![Form::default(); count];
        let decided = vec![false; count];
        let mut above = Above { forms: silent.clone(), decided, base: silent, beside: BTreeMap::new() };
        let (mut level, mut closed) = (Level::Base, None);
        for layer in self.layers {
            if level == Level::Base && layer.level > level {
                closed = Some(self.closed());
                // What no base decides does not leave: nothing below can keep it, and no condition may read it.
                let open = above.forms.iter_mut().zip(&above.decided).filter(|(_, decided)| !**decided);
                open.for_each(|(form, _)| *form = Form::dropped());
                above.base.clone_from(&above.forms);
            }
            level = layer.level;
            self.layer(layer, answers, &mut above);
        }
        for (category, _) in above.decided.iter().enumerate().filter(|(_, decided)| !**decided) {
            for role in &mut self.statics[category] {
                role.form = Form::dropped();
            }
        }
        let mut closed = closed.unwrap_or_else(|| self.closed());
        closed.iter_mut().zip(&above.decided).for_each(|(closed, decided)| *closed |= !decided);
        self.keep_floors_from(&closed);
        self.joins();
    }

    fn layer(&mut self, layer: &'a Layer, answers: &Answers, above: &mut Above<'a>) {
        let mut own: Vec<Option<Own>> = vec![None; above.forms.len()];
        let mut all = vec![Form::default(); above.forms.len()];
        for rule in &layer.rules {
            self.rule(layer, rule, answers, above, &mut own, &mut all);
        }
        let limits = layer.retention.iter().map(|r| &r.when).chain(layer.attributable.iter().map(|a| &a.when));
        limits.for_each(|when| self.reads_only_what_is_clear(layer, when, &above.forms));
        self.settle(layer, own, &mut above.decided);
        self.vendors(layer, &mut all);
        for (form, more) in above.forms.iter_mut().zip(&all) {
            *form = std::mem::take(form).join(more.clone());
        }
        above.beside.insert(&layer.id.value, all);
        for floor in &layer.attributable {
            self.floor(layer, floor, answers);
        }
    }

    /// Joins what a layer says unconditionally into the statics. The base decides; the others change.
    fn settle(&mut self, layer: &Layer, own: Vec<Option<Own>>, decided: &mut [bool]) {
        for (category, entry) in own.into_iter().enumerate() {
            let Some(Own { rules, rows, form, .. }) = entry else { continue };
            decided[category] |= layer.level == Level::Base;
            for row in rows {
                self.asks(CategoryId(category as u16), &form, row, None);
            }
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
        above: &Above<'_>,
        own: &mut [Option<Own>],
        all: &mut [Form],
    ) {
        let id = self.name(layer, &rule.name, &rule.reason);
        let protects = !rule.when.listed.is_empty();
        self.rules[usize::from(id.0)].protects = protects;
        let applies = answers.applies(rule.fact.as_ref(), &rule.reason);
        let holds = self.when(&rule.when, false);
        if !matches!(holds, Holds::Never) {
            self.reads_only_what_is_clear(layer, &rule.when, &above.forms);
        }
        if rule.suppress.is_some() {
            self.withholds(rule, id, applies);
        }
        if rule.rows.is_empty() {
            return;
        }
        let rows = self.rows(layer, rule, above, protects);
        // What a list protects is decided before anything is treated: it makes no value less than whole.
        for (category, said) in rows.iter().filter(|_| !protects) {
            let slot = &mut all[usize::from(category.0)];
            *slot = std::mem::take(slot).join(said.form.clone());
        }
        if !applies {
            return;
        }
        let is_of_base = layer.level == Level::Base;
        match holds {
            Holds::Never => {}
            Holds::Always if rule.when.is_empty() && rule.fact.is_none() => {
                for (category, said) in rows {
                    join_own(&mut own[usize::from(category.0)], id, said);
                }
            }
            Holds::Always => self.dynamic((id, is_of_base), Condition::default(), Vec::new(), rows),
            Holds::Depends(when, roles) => self.dynamic((id, is_of_base), when, roles, rows),
        }
    }

    /// `event = "suppress"`.
    fn withholds(&mut self, rule: &Rule, id: RuleId, applies: bool) {
        self.no_role(&rule.when, "withhold an event");
        let when = match self.when(&rule.when, true) {
            Holds::Never => return,
            Holds::Always => Condition::default(),
            Holds::Depends(when, _) => when,
        };
        if applies {
            self.dynamics.push(Dynamic {
                rule: id,
                is_of_base: false,
                when,
                roles: Vec::new(),
                rows: Vec::new(),
                suppress: true,
            });
        }
    }

    fn dynamic(
        &mut self,
        (rule, is_of_base): (RuleId, bool),
        when: Condition,
        roles: Vec<Role>,
        rows: BTreeMap<CategoryId, Said>,
    ) {
        for (category, said) in &rows {
            self.asks(*category, &said.form, said.row, when.kinds.as_ref());
        }
        let rows = rows.into_iter().map(|(category, said)| (category, said.form)).collect();
        self.dynamics.push(Dynamic { rule, is_of_base, when, roles, rows, suppress: false });
    }

    fn asks(&mut self, category: CategoryId, form: &Form, row: Span, kinds: Option<&Vec<u16>>) {
        let asked = form.rungs.iter().map(|rung| Asked { category, rung: rung.clone(), row, kinds: kinds.cloned() });
        self.rungs.extend(asked);
    }

    /// Rungs that meet at a category and have no declared join: whatever layers they come from, nothing could leave.
    fn joins(&mut self) {
        let rungs = std::mem::take(&mut self.rungs);
        let mut told = BTreeSet::new();
        for (number, one) in rungs.iter().enumerate() {
            let clashes = |other: &&Asked| {
                let together = other.category == one.category && !apart(one.kinds.as_deref(), other.kinds.as_deref());
                together && other.row != one.row && one.rung.clone().join(other.rung.clone()).is_none()
            };
            for other in rungs[number + 1..].iter().filter(clashes) {
                // Two families meet at many categories.
                if told.insert((one.row, other.row)) {
                    let word = self.library.words.name(one.category);
                    let message = format!("`{word}` cannot become both {} and {}", one.rung, other.rung);
                    let problem = Diagnostic::error("P0110", message, other.row, other.rung.to_string());
                    self.problems.push(problem.and(one.row, one.rung.to_string()).help(NO_JOIN));
                }
            }
        }
    }
}

/// The more specific entry wins; equally specific ones join.
fn join_own(slot: &mut Option<Own>, rule: RuleId, said: Said) {
    let Said { weight, form, row } = said;
    *slot = match slot.take() {
        Some(before) if before.weight > weight => Some(before),
        Some(mut before) if before.weight == weight => {
            before.rules.push(rule);
            before.rows.push(row);
            before.form = before.form.join(form);
            Some(before)
        }
        _ => Some(Own { weight, rules: vec![rule], rows: vec![row], form }),
    };
}

/// Whether two conditions name different kinds of event: then no record is meant by both.
pub(super) fn apart(one: Option<&[u16]>, other: Option<&[u16]>) -> bool {
    one.zip(other).is_some_and(|(one, other)| !one.iter().any(|kind| other.contains(kind)))
}
