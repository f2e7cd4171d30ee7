//! A page about a pack: what it does to each category and purpose, with its laws and their marks, what it asks, and who reviewed it.

use super::condition::clauses;
use super::decision::{Cause, Decisions};
use super::explain::Purpose;
use super::notice::{Row, rows};
use super::phrase::{Lang, Phrase, standing};
use super::report::{Block, Mark, Report};
use crate::policy::document::{ByPurpose, Duration, Evidence, Law, Layer, Reason, Rule, Text, When};

const LANG: Lang = Lang::En;

/// The page of the layer that the purposes are about, with the evidence that stands beside it. `None`: none of them is allowed.
pub fn page(purposes: &[Purpose], evidence: &Evidence) -> Option<Report> {
    let decided: Vec<_> = purposes.iter().filter_map(|one| Some(Decisions::new(one.plan.as_deref()?))).collect();
    let first = decided.first()?;
    let layer = first.layers().iter().find(|layer| layer.id.value == first.plan().scope.policy)?;
    let mut page = Page { decisions: first, layer, report: Report::new(layer.title.clone()) };
    page.head();
    page.categories(&rows(purposes, LANG), &decided);
    page.rules();
    page.gates();
    page.evidence(evidence);
    page.limits();
    page.owed();
    page.laws();
    Some(page.report)
}

/// All pages in a table: file, title, what it stands on, who reviewed it.
pub fn index<'a>(layers: impl Iterator<Item = &'a Layer>) -> Report {
    let mut report = Report::new("Packs");
    report.text("Generated from the files of the packs. Engineering defaults, not legal advice.");
    let row = |layer: &Layer| {
        let above = layer.inherits.as_ref().map_or_else(String::new, |above| above.value.clone());
        vec![format!("{}.md", layer.id.value), layer.title.clone(), above, layer.revision.to_string(), reviewed(layer)]
    };
    let head = ["page", "title", "stands on", "revision", "reviewed by"].map(str::to_owned);
    report.table(head.to_vec(), layers.map(row).collect());
    report
}

fn reviewed(layer: &Layer) -> String {
    let Some(review) = &layer.review else { return "nobody".to_owned() };
    let law = review.law_as_of.map_or_else(String::new, |day| format!("; law as of {day}"));
    let by =
        if review.by.value.is_empty() { "nobody yet".to_owned() } else { format!("{} {}", review.by.value, review.on) };
    format!("{by}{law}")
}

struct Page<'p, 'd> {
    decisions: &'d Decisions<'p>,
    layer: &'p Layer,
    report: Report,
}

impl Page<'_, '_> {
    fn head(&mut self) {
        let (layer, plan) = (self.layer, self.decisions.plan());
        let file = plan.library.bundle.name(layer.id.span.file).to_owned();
        let mut pairs = vec![("file".to_owned(), file), ("revision".to_owned(), layer.revision.to_string())];
        pairs.extend(layer.inherits.as_ref().map(|above| ("stands on".to_owned(), above.value.clone())));
        pairs.extend(layer.in_force.as_ref().map(|day| ("in force since".to_owned(), day.value.to_string())));
        pairs.push(("told as of".to_owned(), plan.scope.on.to_string()));
        pairs.push(("reviewed by".to_owned(), reviewed(layer)));
        pairs.extend(layer.purposes.as_ref().map(|(allow, _)| ("allows only".to_owned(), listed(allow))));
        self.report.blocks.push(Block::Pairs(pairs));
        self.report.text(Phrase::Defaults.text(LANG));
        self.report
            .text("Facts that a tenant has not answered count as their strictest answer here, and gates as open.");
    }

    /// What every category comes to, whoever says so, and the rules of this pack that take part.
    fn categories(&mut self, rows: &[Row], decided: &[Decisions<'_>]) {
        self.report.heading(2, "What becomes of each category");
        let own = |row: &Row| {
            let is_it = |decisions: &&Decisions<'_>| {
                row.scopes.iter().any(|scope| scope.purpose == decisions.plan().scope.purpose)
            };
            let mut names: Vec<String> = Vec::new();
            for decisions in decided.iter().filter(is_it) {
                let Some(id) = decisions.plan().library.words.category(&row.category) else { continue };
                let says = decisions.of(id).says.into_iter().filter(|say| say.cause.layer == self.layer.id.value);
                names.extend(says.map(|say| say.cause.rule));
            }
            names.sort();
            names.dedup();
            names.join("\n")
        };
        let cells = |row: &Row| {
            let purposes: Vec<_> = row.scopes.iter().map(|scope| scope.purpose.as_str()).collect();
            let title = format!("{}\n{}", row.category, row.title.text);
            vec![title, purposes.join("\n"), row.done(LANG).join("\n"), own(row)]
        };
        let head = ["category", "purposes", "what is done, by all that holds", "rules of this pack"].map(str::to_owned);
        let table = rows.iter().map(cells).collect();
        self.report.table(head.to_vec(), table);
    }

    fn item(&mut self, name: &Text, reason: &Reason, what: &str, mut lines: Vec<String>) {
        let cause = self.decisions.because(self.layer, name, reason);
        lines.extend(Some(cause.because.clone()).filter(|because| !because.is_empty()));
        lines.extend(cited(&cause));
        self.report.item(Mark::Plain, format!("{what} {}", cause.rule), lines);
    }

    fn when(&self, when: &When, fact: Option<&Text>) -> Option<String> {
        let fact = fact.map(|fact| fact.value.as_str());
        let clauses = clauses(when, fact, &self.decisions.plan().library, LANG);
        (!clauses.is_empty()).then(|| format!("when {}", clauses.join(" and ")))
    }

    fn rules(&mut self) {
        self.report.heading(2, "Rules of this pack");
        for rule in &self.layer.rules {
            let mut lines: Vec<_> = self.when(&rule.when, rule.fact.as_ref()).into_iter().collect();
            lines.extend(rule.suppress.map(|_| "the whole event is withheld and counted".to_owned()));
            lines.extend(done(rule));
            self.item(&rule.name, &rule.reason, "rule", lines);
        }
        if self.layer.rules.is_empty() {
            self.report.text("It treats no value otherwise than what it stands on.");
        }
        for list in &self.layer.lists {
            let held = list.held_by.as_ref().map(|who| format!("secret, held by {who}"));
            let words = || (!list.words.is_empty()).then(|| format!("words: {}", listed(&list.words)));
            let looks = Some(format!("looks in {}", listed(&list.look_in))).filter(|_| !list.look_in.is_empty());
            let lines = held.into_iter().chain(words()).chain(looks).collect();
            self.report.item(Mark::Plain, format!("list {}", list.name.value), lines);
        }
    }

    fn gates(&mut self) {
        if self.layer.gates.is_empty() && self.layer.facts.is_empty() {
            return;
        }
        self.report.heading(2, "What a tenant has to answer");
        for gate in &self.layer.gates {
            let purposes = if gate.purposes.is_empty() { "every purpose".to_owned() } else { listed(&gate.purposes) };
            let mut lines = vec![format!("before {purposes}"), format!("asks for {}", listed(&gate.ask))];
            lines.extend(Some(format!("or {}", listed(&gate.or))).filter(|_| !gate.or.is_empty()));
            lines.extend(gate.fact.as_ref().map(|fact| format!("only where the fact {} holds", fact.value)));
            self.item(&gate.name, &gate.reason, "gate", lines);
        }
        for fact in &self.layer.facts {
            let unknown = if fact.unknown { "yes" } else { "no" };
            let lines = vec![fact.ask.clone(), format!("while nobody answers: {unknown}")];
            let reason = Reason { because: String::new(), cite: fact.cite.clone() };
            self.item(&fact.name, &reason, "fact", lines);
        }
    }

    /// Who stands behind each entry.
    fn evidence(&mut self, evidence: &Evidence) {
        let row = |name: &String| vec![name.clone(), standing(&evidence.standing(name), LANG)];
        let rows: Vec<_> = evidence.entries.keys().map(row).collect();
        if !rows.is_empty() {
            self.report.heading(2, "Its evidence");
            self.report.table(["entry", "who stands behind it"].map(str::to_owned).to_vec(), rows);
        }
    }

    fn limits(&mut self) {
        if self.layer.retention.is_empty() && self.layer.attributable.is_empty() {
            return;
        }
        self.report.heading(2, "How long is requested, and what must stay attributable");
        for limit in &self.layer.retention {
            let text = |what: &str, d: Option<&Duration>| d.map(|d| format!("{what} {}", d.text));
            let most = text("at most", limit.at_most.as_deref());
            let least = text("at least", limit.at_least.as_deref());
            let hand = text("at hand for", limit.at_hand.as_deref());
            let said: Vec<_> = most.into_iter().chain(least).chain(hand).collect();
            let when = self.when(&limit.when, limit.fact.as_ref());
            let lines = std::iter::once(said.join(", ")).chain(when).collect();
            self.item(&limit.name, &limit.reason, "retention", lines);
        }
        for floor in &self.layer.attributable {
            let when = self.when(&floor.when, floor.fact.as_ref());
            let lines = std::iter::once(format!("stays visible or reversible: {}", listed(&floor.show))).chain(when);
            let lines = lines.collect();
            self.item(&floor.name, &floor.reason, "attributable", lines);
        }
    }

    fn owed(&mut self) {
        if self.layer.notices.is_empty() && self.layer.obligations.is_empty() {
            return;
        }
        self.report.heading(2, "What people are told, and what is asked of others");
        for notice in &self.layer.notices {
            let mut lines: Vec<_> = notice.form.iter().cloned().collect();
            lines.push(format!("known {} before anything is widened", notice.lead.text));
            lines.extend(notice.fact.as_ref().map(|fact| format!("only where the fact {} holds", fact.value)));
            let slots: Vec<_> = notice.slots.iter().map(|slot| super::notice::slot(slot.value, LANG)).collect();
            lines.extend(Some(format!("tells {}", slots.join("; "))).filter(|_| !slots.is_empty()));
            lines.extend(notice.says.as_ref().map(|sentence| format!("in these words: “{}”", sentence.value)));
            self.item(&notice.name, &notice.reason, "notice", lines);
        }
        for owed in &self.layer.obligations {
            let mut lines = vec![format!("{}: {}", owed.who.value, owed.does.value)];
            lines.extend(owed.fact.as_ref().map(|fact| format!("only where the fact {} holds", fact.value)));
            self.item(&owed.name, &owed.reason, "obligation (asked for, never claimed)", lines);
        }
    }

    fn laws(&mut self) {
        let row = |(name, law): (&String, &Law)| {
            let from = law.from.map_or_else(String::new, |day| day.to_string());
            vec![name.clone(), law.cite.value.clone(), law.sure.clone(), law.seen.clone(), from]
        };
        let rows: Vec<_> = self.layer.laws.iter().map(row).collect();
        if !rows.is_empty() {
            self.report.heading(2, "Laws");
        }
        let head = ["name", "cited as", "sure", "seen", "starts"].map(str::to_owned);
        self.report.table(head.to_vec(), rows);
    }
}

/// Rows of a rule: category, purposes, treatments.
fn done(rule: &Rule) -> Vec<String> {
    let by_purpose = |what: &ByPurpose| {
        let named = what.named.iter().map(|(purpose, names)| format!("{purpose}: {}", listed(names)));
        let alone = what.named.is_empty();
        let otherwise = what
            .otherwise
            .iter()
            .map(|names| if alone { listed(names) } else { format!("otherwise: {}", listed(names)) });
        named.chain(otherwise).collect::<Vec<_>>().join("; ")
    };
    rule.rows.iter().map(|row| format!("{} → {}", row.category.value, by_purpose(&row.what))).collect()
}

fn listed(texts: &[Text]) -> String {
    texts.iter().map(|text| text.value.as_str()).collect::<Vec<_>>().join(", ")
}

fn cited(cause: &Cause) -> Vec<String> {
    let line = |law: &super::decision::Cited| {
        let from = law.not_before.as_ref().map(|day| format!(", {}", Phrase::NotBefore.with(LANG, &[day])));
        format!("law: {} (sure: {}, seen: {}{})", law.cite, law.sure, law.seen, from.unwrap_or_default())
    };
    cause.laws.iter().map(line).collect()
}
