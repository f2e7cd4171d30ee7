//! What becomes of values and events: category by category.

use std::collections::BTreeSet;

use crate::policy::document::Work;
use crate::policy::form::{Code, End, Form};
use crate::policy::{Plan, PlanPlugin};

use super::super::condition::clauses;
use super::super::decision::{Cause, Decision, Decisions, Part, Say, Withholding};
use super::super::explain::together;
use super::super::phrase::{Lang, Phrase};
use super::cover::implied;
use super::{Compared, Topic, Two, Verdict};

impl Two<'_> {
    pub(super) fn values(&self, compared: &mut Compared) {
        let (old, new) = self.plans();
        for (id, name) in new.library.words.categories() {
            let is = self.new.of(id);
            let Some(was) = old.library.words.category(name).map(|id| self.old.of(id)) else { continue };
            let differences = compared.differences.len();
            self.category(compared, &was, &is);
            compared.same += usize::from(compared.differences.len() == differences);
        }
        self.events(compared);
    }

    /// What always happens, what happens at times, and floors.
    fn category(&self, compared: &mut Compared, was: &Decision, is: &Decision) {
        let (old, new) = self.plans();
        let there = |form: &Form| renumbered(form, old, new);
        let back = |form: &Form| renumbered(form, new, old);
        let (before, after) = (there(&was.form), &is.form);
        let both = (self.always(was), self.with_plugins(was, self.always(is)));
        let known = old.library.words.value_type(was.category) == new.library.words.value_type(is.category);
        if !known && (was.form.leaves() || is.form.leaves()) {
            compared.add(Verdict::Unclear, Topic::Value, &is.name, both, self.causes(was, is));
            return;
        }
        match (after.shows_no_more_than(&before), was.form.shows_no_more_than(&back(after))) {
            (true, true) => {}
            (true, false) => compared.add(Verdict::Narrower, Topic::Value, &is.name, both, self.causes(was, is)),
            (false, _) => compared.add(Verdict::Wider, Topic::Value, &is.name, both, self.causes(was, is)),
        }
        let at_times =
            |decision: &Decision| decision.says.iter().filter(|say| say.at_times).cloned().collect::<Vec<_>>();
        let (before, after) = (at_times(was), at_times(is));
        for say in before.iter().filter(|say| say.part == Part::Treats) {
            // Whenever this rule of OLD held, NEW does at least what it did.
            let holding = after.iter().filter(|other| other.part == Part::Treats);
            let holding = holding.filter(|other| implied((&say.when, &self.was()), (&other.when, &self.is()), false));
            let now = holding.fold(is.form.clone(), |form, other| form.join(other.form.clone()));
            if !now.shows_no_more_than(&there(&say.form)) {
                let said = (self.says(say, old), Phrase::NothingAsStrict.text(self.lang).to_owned());
                compared.add(Verdict::Wider, Topic::Value, &is.name, said, vec![say.cause.clone()]);
            }
        }
        for say in after.iter().filter(|say| say.part == Part::Treats) {
            let holding = before.iter().filter(|other| other.part == Part::Treats);
            let holding = holding.filter(|other| implied((&say.when, &self.is()), (&other.when, &self.was()), false));
            let then = holding.fold(was.form.clone(), |form, other| form.join(other.form.clone()));
            if !then.shows_no_more_than(&back(&say.form)) {
                let said = (Phrase::NothingAsStrict.text(self.lang).to_owned(), self.says(say, new));
                compared.add(Verdict::Narrower, Topic::Value, &is.name, said, vec![say.cause.clone()]);
            }
        }
        self.floors(compared, was, is);
        self.failing(compared, was, is);
    }

    /// A floor makes a value visible, or a code reversible, that is neither without it.
    fn floors(&self, compared: &mut Compared, was: &Decision, is: &Decision) {
        let floors = |decision: &Decision| {
            decision.says.iter().filter(|say| say.part == Part::Shows).cloned().collect::<Vec<_>>()
        };
        let may_raise = |decision: &Decision| {
            let at_times = decision.says.iter().filter(|say| say.at_times).map(|say| &say.form);
            at_times.chain([&decision.form]).any(|form| form.code > Code::Escrow || form.end > End::Keep)
        };
        let (before, after) = (floors(was), floors(is));
        for say in after.iter().filter(|_| may_raise(is)) {
            let held = before.iter().any(|other| implied((&say.when, &self.is()), (&other.when, &self.was()), false));
            if !held {
                let said = (Phrase::NoFloor.text(self.lang).to_owned(), self.says(say, self.new.plan()));
                compared.add(Verdict::Wider, Topic::Value, &is.name, said, vec![say.cause.clone()]);
            }
        }
        for say in before.iter().filter(|_| may_raise(was)) {
            let holds = after.iter().any(|other| implied((&say.when, &self.was()), (&other.when, &self.is()), false));
            if !holds {
                let said = (self.says(say, self.old.plan()), Phrase::NoFloor.text(self.lang).to_owned());
                compared.add(Verdict::Narrower, Topic::Value, &is.name, said, vec![say.cause.clone()]);
            }
        }
    }

    fn failing(&self, compared: &mut Compared, was: &Decision, is: &Decision) {
        if was.failing.what == is.failing.what || !(was.form.leaves() || is.form.leaves()) {
            return;
        }
        let verdict = if is.failing.what > was.failing.what { Verdict::Narrower } else { Verdict::Wider };
        let word = |decision: &Decision| super::super::explain::failure(&decision.failing.what).to_owned();
        let causes = |decisions: &Decisions<'_>, decision: &Decision| -> Vec<Cause> {
            decision.failing.rules.iter().filter_map(|rule| decisions.cause(*rule)).collect()
        };
        let causes = [causes(&self.new, is), causes(&self.old, was)].concat();
        compared.add(verdict, Topic::Failure, &is.name, (word(was), word(is)), causes);
    }

    /// Rules that withhold whole events.
    fn events(&self, compared: &mut Compared) {
        let (before, after) = (self.old.withholding(), self.new.withholding());
        let withholds = |rule: &Withholding, decisions: &Decisions<'_>| {
            let when = clauses(&rule.when, None, &decisions.plan().library, self.lang);
            let when = if when.is_empty() {
                Phrase::Always.text(self.lang).to_owned()
            } else {
                when.join(Phrase::And.text(self.lang))
            };
            format!("{}: {} ({when})", rule.cause.rule, Phrase::Withholds.text(self.lang))
        };
        let nothing = || Phrase::NothingAsStrict.text(self.lang).to_owned();
        for rule in &before {
            if !after.iter().any(|other| implied((&rule.when, &self.was()), (&other.when, &self.is()), true)) {
                let said = (withholds(rule, &self.old), nothing());
                compared.add(Verdict::Wider, Topic::Event, &rule.cause.rule, said, vec![rule.cause.clone()]);
            }
        }
        for rule in &after {
            if !before.iter().any(|other| implied((&rule.when, &self.is()), (&other.when, &self.was()), true)) {
                let said = (nothing(), withholds(rule, &self.new));
                compared.add(Verdict::Narrower, Topic::Event, &rule.cause.rule, said, vec![rule.cause.clone()]);
            }
        }
    }

    /// What NEW says of a category, with what is otherwise of plugins that OLD gives it to: nothing else may differ.
    fn with_plugins(&self, was: &Decision, text: String) -> String {
        let (old, new) = self.plans();
        let used = was.form.hide.plugins.iter().chain(&was.form.rewrite);
        let used: BTreeSet<_> =
            used.filter_map(|number| old.plugins.get(usize::from(*number))).map(|p| &p.name).collect();
        let pair = |name: &&String| {
            let of = |plan: &'_ Plan| plan.plugins.iter().position(|plugin| plugin.name == **name);
            old.plugins.get(of(old)?).zip(new.plugins.get(of(new)?))
        };
        used.iter().filter_map(pair).fold(text, |text, (one, other)| otherwise(text, one, other, self.lang))
    }

    fn always(&self, decision: &Decision) -> String {
        always(decision, self.lang)
    }

    fn says(&self, say: &Say, plan: &Plan) -> String {
        let what = match say.part {
            Part::Treats => say.treatments.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "),
            Part::Plugin => Phrase::JoinsPlugin.text(self.lang).to_owned(),
            Part::Shows => Phrase::Shows.text(self.lang).to_owned(),
        };
        let when = clauses(&say.when, say.fact.as_deref(), &plan.library, self.lang).join(Phrase::And.text(self.lang));
        if when.is_empty() { what } else { format!("{what} ({}: {when})", Phrase::When.text(self.lang)) }
    }

    /// Rules that only one of both has, or that stand elsewhere.
    fn causes(&self, was: &Decision, is: &Decision) -> Vec<Cause> {
        let rules = |decision: &Decision| -> BTreeSet<String> {
            decision.says.iter().filter(|say| !say.at_times).map(said).collect()
        };
        let (before, after) = (rules(was), rules(is));
        let new = is.says.iter().filter(|say| !say.at_times && !before.contains(&said(say)));
        let gone = was.says.iter().filter(|say| !say.at_times && !after.contains(&said(say)));
        new.chain(gone).map(|say| say.cause.clone()).collect()
    }
}

fn always(decision: &Decision, lang: Lang) -> String {
    format!("{}: {}", Phrase::WhatAlwaysHappens.text(lang), together(decision, lang))
}

/// What a purpose lets out that was not allowed before: every category of which something leaves.
pub(super) fn all_that_leaves(compared: &mut Compared, plan: &Plan, lang: Lang) {
    let decisions = Decisions::new(plan);
    let all = plan.library.words.categories().map(|(id, _)| decisions.of(id));
    for is in all.filter(|is| is.form.leaves()) {
        let said = (Phrase::NotAllowed.text(lang).to_owned(), always(&is, lang));
        let causes = is.says.iter().filter(|say| !say.at_times).map(|say| say.cause.clone()).collect();
        compared.add(Verdict::Wider, Topic::Value, &is.name, said, causes);
    }
}

/// A rule with what it does.
fn said(say: &Say) -> String {
    format!("{} {:?}", say.cause.rule, say.form)
}

/// A form of one plan in which plugins have the numbers of another. What the other does not have, or has otherwise, keeps a number
/// that nobody has.
fn renumbered(form: &Form, here: &Plan, there: &Plan) -> Form {
    let number = |old: &u16| -> u16 {
        let own = here.plugins.get(usize::from(*old));
        let same = own.and_then(|own| there.plugins.iter().position(|other| is_same(own, other)));
        same.map_or(u16::MAX - old, |number| number as u16)
    };
    let mut form = form.clone();
    form.hide.plugins = form.hide.plugins.iter().map(number).collect();
    form.rewrite = form.rewrite.iter().map(number).collect();
    form
}

/// Whether two plugins find or rewrite the same.
pub(super) fn is_same(one: &PlanPlugin, other: &PlanPlugin) -> bool {
    differing(one, other).is_empty()
}

/// A text with what is otherwise of a plugin, if anything is.
pub(super) fn otherwise(text: String, one: &PlanPlugin, other: &PlanPlugin, lang: Lang) -> String {
    match differing(one, other).as_slice() {
        [] => text,
        keys => Phrase::PluginOtherwise.with(lang, &[&text, &one.name, &keys.join(", ")]),
    }
}

/// In which keys of the policy two plugins differ that decide what they find or rewrite.
fn differing(one: &PlanPlugin, other: &PlanPlugin) -> Vec<String> {
    let does = |plugin: &PlanPlugin| match &plugin.said.does {
        Work::Look { find, threshold, .. } => {
            Some((find.iter().map(|name| name.value.clone()).collect::<BTreeSet<_>>(), *threshold))
        }
        Work::Rewrite => None,
    };
    let (mine, theirs) = (&one.said, &other.said);
    let mut keys = Vec::new();
    let mut differs = |key: &str, differs: bool| keys.extend(differs.then(|| key.to_owned()));
    differs("component", mine.digest.value != theirs.digest.value);
    match (does(one), does(other)) {
        (Some((find, threshold)), Some((finds, above))) => {
            differs("find", find != finds);
            differs("threshold", threshold != above);
        }
        (one, other) => differs("rewrite", one.is_some() != other.is_some()),
    }
    let settings =
        |said: &str| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(said).unwrap_or_default();
    let (before, after) = (settings(&mine.settings.value), settings(&theirs.settings.value));
    let named: BTreeSet<_> =
        before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).collect();
    if named.is_empty() && mine.settings.value != theirs.settings.value {
        keys.push("settings".to_owned());
    }
    keys.extend(named.into_iter().map(|key| format!("settings.{key}")));
    keys
}
