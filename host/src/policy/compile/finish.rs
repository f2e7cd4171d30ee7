//! The plan, once everything was found to be right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::Compiler;
use crate::policy::agreed::shown;
use crate::policy::chain::in_force;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Escrow, Inside, InsideForm, Layer, Text};
use crate::policy::failing::Failing;
use crate::policy::joined::epoch;
use crate::policy::maps::{OwnField, folded, named_below, unknown};
use crate::policy::plan::{Compiled, Plan, Scope};

impl Compiler<'_> {
    /// Which maps may match: opt-in ones only where some layer asks, and where layers pin maps, only what all of them pin.
    pub(super) fn maps(&mut self) {
        let layers = self.layers;
        for text in layers.iter().flat_map(|l| l.schemas.use_maps.iter().chain(&l.schemas.pin)) {
            if self.library.maps.find(text).is_none() {
                let known = self.library.maps.all().iter().map(|m| m.head.id.value.as_str());
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
                let id = map.head.id.value.as_str();
                let asked = !map.head.opt_in || layers.iter().any(|l| named(&l.schemas.use_maps, id));
                asked && layers.iter().all(|l| l.schemas.pin.is_empty() || named(&l.schemas.pin, id))
            })
            .collect();
    }

    /// What becomes of values that no step could treat: the strictest that any layer says.
    pub(super) fn failing(&mut self) {
        let library = self.library;
        self.failing = vec![Failing::default(); library.words.categories().count()];
        for (layer, failure) in self.layers.iter().filter_map(|l| Some((l, l.failure.as_ref()?))) {
            let rules = vec![self.name(layer, &failure.name, &failure.reason)];
            for (category, _) in &failure.rows {
                self.family(category);
            }
            if !in_force(&failure.reason, self.layers, self.request.on) {
                continue;
            }
            for ((_, name), failing) in library.words.categories().zip(&mut self.failing) {
                if let Some(what) = failure.of(name) {
                    let own = Failing { what: what.clone(), rules: rules.clone() };
                    *failing = std::mem::take(failing).join(&own);
                }
            }
        }
    }

    /// What tenants classify, by map.
    pub(super) fn classifications(&mut self) {
        let mut own: BTreeMap<usize, Vec<OwnField>> = BTreeMap::new();
        let classifying = self.layers.iter().filter(|layer| !layer.classify.is_empty());
        for (number, layer) in classifying.enumerate() {
            for entry in &layer.classify {
                self.laws(&entry.reason.cite);
                let map = self.library.maps.find(&entry.map);
                if map.is_none() {
                    let known = self.library.maps.all().iter().map(|m| m.head.id.value.as_str());
                    self.problems.push(unknown("P0119", "schema map", &entry.map, known));
                }
                for field in &entry.fields {
                    let mut categories: Vec<_> = field.categories.iter().flat_map(|c| self.family(c)).collect();
                    categories.sort_unstable();
                    categories.dedup();
                    let Some(map) = map else { continue };
                    self.looked_inside(map, &field.path);
                    let path = field.path.value.clone();
                    let field = OwnField { layer: number.min(254) as u8, path, role: field.role, categories };
                    own.entry(map).or_default().push(field);
                }
            }
        }
        let sorted = |mut fields: Vec<OwnField>| {
            fields.sort_unstable();
            fields.into()
        };
        self.own = own.into_iter().map(|(map, fields)| (map, sorted(fields))).collect();
    }

    /// A value that a map looks inside has no category of its own.
    fn looked_inside(&mut self, map: usize, path: &Text) {
        let Some(map) = self.library.maps.all().get(map) else { return };
        let Some(document) = map.document(&self.library.bundle) else { return };
        let Some(own) = folded(path) else { return };
        let same = |inside: &&Inside| {
            let Some(top) = folded(&inside.path) else { return false };
            let is_below = || inside.form == InsideForm::Json && !named_below(document, inside);
            top == own || (top.may_hold(&own) && is_below())
        };
        if let Some(inside) = document.inside.iter().find(same) {
            let message = format!("`{}` is looked inside by `{}`", inside.path.value, map.head.id.value);
            let problem =
                Diagnostic::error("P0204", message, path.span, "").and(inside.path.span, "looked inside here");
            self.problems.push(problem.help("name a field inside, as the map does"));
        }
    }

    fn domains(&self) -> Vec<String> {
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

    /// Who reverses codes: whom all layers that say it agree on.
    fn escrow(&self) -> Option<Escrow> {
        let mut said = self.layers.iter().filter_map(|layer| layer.escrow.as_ref());
        let first = said.next()?.clone();
        said.try_fold(first, |above, own| above.join(own))
    }

    pub(super) fn finish(self, top: &Layer) -> Plan {
        let domains = self.domains();
        let change =
            self.layers.iter().filter_map(|l| l.codes.as_ref()?.change_every.as_ref()).map(|d| d.value.days).min();
        let epoch_days = change.unwrap_or(90).max(1);
        let epoch = epoch(self.request.on, epoch_days);
        let kept = self.layers.iter().flat_map(|l| &l.retention);
        let kept = kept.filter(|entry| entry.when.attributable.as_ref().is_none_or(|attributable| attributable.value));
        let attribution_days =
            kept.filter_map(|entry| entry.at_least.as_ref()).map(|d| d.value.days).max().unwrap_or(0);
        let guard = self.layers.iter().filter_map(|l| l.guard.as_ref()).any(|on| on.value);
        let entities: Vec<_> = self.layers.iter().flat_map(|l| l.entities.iter().cloned()).collect();
        let own = |sought: &str| entities.iter().any(|entity| entity.is_called(sought));
        let finds = self.finds.iter().filter(|(sought, _)| !own(sought));
        let finds = finds.map(|(sought, span)| Text { value: sought.clone(), span: *span }).collect();
        let compiled = Compiled {
            digest: self.digest(),
            with: Vec::new(),
            rules_digest: OnceLock::new(),
            files: self.layers.iter().map(|layer| layer.id.span.file).collect(),
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
            epoch_days,
            escrow: self.escrow(),
            attribution_days,
            rules: self.rules,
            domains: domains.into(),
            entities,
            finds,
            plugins: self.plugins,
            maps: self.maps,
            own: self.own,
            failing: self.failing.into(),
            statics: self.statics.into(),
            dynamics: self.dynamics,
            floors: self.floors,
            retention: self.retention,
            before: Vec::new(),
            tests: self.tests,
            sealed: self.sealed,
            exact: self.exact,
            holds: self.holds,
            notes: self.notes,
            answered: self.answered,
        };
        Plan::new(self.library.clone(), compiled)
    }

    /// SHA-256 over the scope, every text that was read (of words and maps their digests), and what the evidence says: each part with its length.
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
        let texts = |texts: &[Text]| texts.iter().map(|t| t.value.clone()).collect::<Vec<_>>();
        for (name, answer) in &request.evidence.answers {
            let (covers, agreed) = (answer.covers.as_deref().map(texts), answer.agreed_revision.as_deref());
            let days = (answer.review_by, answer.ends_on);
            part(&format!("{name} {:?} {:?} {covers:?} {agreed:?} {days:?}", answer.given, answer.answer));
            answer.agreed_digest.iter().for_each(|digest| part(digest));
        }
        for (name, officers) in request.evidence.signed.iter().flatten() {
            part(&format!("signed {name} {officers:?}"));
        }
        for (name, system) in &request.evidence.systems {
            part(&format!("{name} {:?} {}", system.tags, system.attributable));
        }
        for decision in &request.evidence.decisions {
            part(&format!("{:?} {} {:?}", texts(&decision.between), decision.wins.value, decision.until));
        }
        self.holds.iter().for_each(|hold| part(&format!("hold {hold}")));
        for (name, words) in &request.lists.lists {
            part(name);
            words.iter().for_each(|word| part(&word.value));
        }
        for (name, list) in &self.exact {
            part(name);
            part(&shown(list.code()));
        }
        for file in self.library.bundle.words() {
            part(self.library.bundle.name(file));
            part(&shown(&self.library.bundle.digest(file)));
        }
        shown(&hash.finalize())
    }
}
