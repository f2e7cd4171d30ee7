//! What differs besides values and events: limits, detectors, codes, maps, people, notices.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::document::{Date, Fact, Field, Recognise, Role, SchemaMap, Text};
use crate::policy::glob::fold;
use crate::policy::{CategoryId, Map, Plan};

use super::super::condition::{clauses, role};
use super::super::decision::{Decisions, Limit};
use super::super::phrase::{Lang, Phrase};
use super::cover::implied;
use super::values::{is_same, otherwise};
use super::{Compared, Topic, Two, Verdict};

impl Two<'_> {
    pub(super) fn rest(&self, compared: &mut Compared) {
        self.retention(compared);
        self.lists(compared);
        self.detectors(compared);
        self.codes(compared);
        self.maps(compared);
        self.people(compared);
        let (old, new) = self.plans();
        if old.guard != new.guard {
            let on = |is: bool| if is { Phrase::On } else { Phrase::Off }.text(self.lang).to_owned();
            let verdict = if new.guard { Verdict::Narrower } else { Verdict::Wider };
            compared.add(verdict, Topic::Guard, "guard", (on(old.guard), on(new.guard)), Vec::new());
        }
    }

    fn none(&self) -> String {
        Phrase::Nothing.text(self.lang).to_owned()
    }

    /// Each limit of one has to be kept by the other.
    fn retention(&self, compared: &mut Compared) {
        let (before, after) = (self.old.limits(), self.new.limits());
        let caps = |limit: &Limit| limit.at_most.as_ref().map(|(_, days)| *days);
        let text = |limit: &Limit, decisions: &Decisions<'_>| {
            let parts = [
                (Phrase::AtMost, &limit.at_most),
                (Phrase::AtLeast, &limit.at_least),
                (Phrase::AtHand, &limit.at_hand),
            ];
            let said = parts.iter().filter_map(|(phrase, d)| Some(phrase.with(self.lang, &[&d.as_ref()?.0])));
            let when = clauses(&limit.when, None, &decisions.plan().library, self.lang);
            let said = said.collect::<Vec<_>>().join(", ");
            if when.is_empty() { said } else { format!("{said} ({})", when.join(Phrase::And.text(self.lang))) }
        };
        // What the limit of that name says on the other side.
        let there = |limits: &[Limit], rule: &str, said: &str, decisions: &Decisions<'_>| {
            let mut same = limits.iter().filter(|limit| limit.cause.rule == rule).map(|limit| text(limit, decisions));
            same.find(|other| other != said).unwrap_or_else(|| Phrase::NothingAsStrict.text(self.lang).to_owned())
        };
        for limit in &before {
            let kept = |other: &&Limit| implied((&limit.when, &self.was()), (&other.when, &self.is()), false);
            let is_capped = caps(limit)
                .is_none_or(|days| after.iter().filter(kept).any(|other| caps(other).is_some_and(|own| own <= days)));
            if !is_capped {
                let was = text(limit, &self.old);
                let is = there(&after, &limit.cause.rule, &was, &self.new);
                compared.add(Verdict::Wider, Topic::Retention, &limit.cause.rule, (was, is), vec![limit.cause.clone()]);
            }
        }
        for limit in &after {
            let held = |other: &&Limit| implied((&limit.when, &self.is()), (&other.when, &self.was()), false);
            let least = |limit: &Limit| limit.at_least.as_ref().map(|(_, days)| *days);
            let was_capped = caps(limit)
                .is_none_or(|days| before.iter().filter(held).any(|other| caps(other).is_some_and(|own| own <= days)));
            let was_floored = least(limit)
                .is_none_or(|days| before.iter().filter(held).any(|other| least(other).is_some_and(|own| own >= days)));
            let verdict = match (was_capped, was_floored) {
                // Kept for longer than before is wider, whoever asks for it.
                (_, false) => Verdict::Wider,
                (false, true) => Verdict::Narrower,
                (true, true) => continue,
            };
            let is = text(limit, &self.new);
            let was = there(&before, &limit.cause.rule, &is, &self.old);
            compared.add(verdict, Topic::Retention, &limit.cause.rule, (was, is), vec![limit.cause.clone()]);
        }
    }

    /// Words of sealed lists leave nowhere in clear. How many differ is told, never which.
    fn lists(&self, compared: &mut Compared) {
        let names = self.lists.0.lists.keys().chain(self.lists.1.lists.keys()).collect::<BTreeSet<_>>();
        let words = |side: &crate::policy::document::SecretLists, name: &str| -> BTreeSet<String> {
            side.lists.get(name).into_iter().flatten().map(|word| fold(word.value.as_bytes())).collect()
        };
        for name in names {
            let (before, after) = (words(self.lists.0, name), words(self.lists.1, name));
            let (gone, more) = (before.difference(&after).count(), after.difference(&before).count());
            let verdict = match (gone, more) {
                (0, 0) => continue,
                (0, _) => Verdict::Narrower,
                _ => Verdict::Wider,
            };
            let words = |number: usize| Phrase::Words.with(self.lang, &[&number.to_string()]);
            let is =
                Phrase::WordsChanged.with(self.lang, &[&after.len().to_string(), &more.to_string(), &gone.to_string()]);
            compared.add(verdict, Topic::List, name, (words(before.len()), is), Vec::new());
        }
    }

    /// Officers' own entities, and plugins of vendors.
    fn detectors(&self, compared: &mut Compared) {
        let (old, new) = self.plans();
        for was in &old.entities {
            let is = new.entities.iter().find(|own| own.name.value == was.name.value);
            let same =
                is.is_some_and(|is| is.finds_like(was)) && old.exact.keys().all(|list| new.exact.contains_key(list));
            if !same {
                let verdict = if is.is_some() { Verdict::Unclear } else { Verdict::Wider };
                let is = if is.is_some() { Phrase::FindsOtherwise.text(self.lang).to_owned() } else { self.none() };
                compared.add(verdict, Topic::Detector, &was.name.value, (was.title.clone(), is), Vec::new());
            }
        }
        for is in new.entities.iter().filter(|own| !old.entities.iter().any(|was| was.name.value == own.name.value)) {
            compared.add(
                Verdict::Narrower,
                Topic::Detector,
                &is.name.value,
                (self.none(), is.title.clone()),
                Vec::new(),
            );
        }
        let because = |plugin: &crate::policy::PlanPlugin| plugin.said.reason.because.clone();
        for was in old.plugins.iter().filter(|was| !new.plugins.iter().any(|is| is_same(was, is))) {
            let is = new.plugins.iter().find(|is| is.name == was.name);
            let is = is.map_or_else(|| self.none(), |is| otherwise(because(is), was, is, self.lang));
            compared.add(Verdict::Unclear, Topic::Plugin, &was.name, (because(was), is), Vec::new());
        }
        for is in new.plugins.iter().filter(|is| !old.plugins.iter().any(|was| was.name == is.name)) {
            compared.add(Verdict::Narrower, Topic::Plugin, &is.name, (self.none(), because(is)), Vec::new());
        }
    }

    /// Whose codes agree, for how long, and who can reverse them.
    fn codes(&self, compared: &mut Compared) {
        let (old, new) = self.plans();
        let pairs = |plan: &Plan| -> BTreeSet<(String, String)> {
            let words = &plan.library.words;
            let of = |domain: &str| {
                let members = words.categories().zip(plan.domains.iter()).filter(move |(_, own)| *own == domain);
                members.map(|((_, name), _)| name.to_owned()).collect::<Vec<_>>()
            };
            let all = words.categories().zip(plan.domains.iter());
            all.flat_map(|((_, name), domain)| of(domain).into_iter().map(move |other| (name.to_owned(), other)))
                .collect()
        };
        let (before, after) = (pairs(old), pairs(new));
        for (set, other, verdict) in [(&after, &before, Verdict::Wider), (&before, &after, Verdict::Narrower)] {
            for (one, more) in set.difference(other).filter(|(one, more)| one < more) {
                let agree =
                    |is: bool| if is { Phrase::CodesAgree } else { Phrase::CodesDiffer }.text(self.lang).to_owned();
                let wider = verdict == Verdict::Wider;
                compared.add(
                    verdict,
                    Topic::Code,
                    &format!("{one}, {more}"),
                    (agree(!wider), agree(wider)),
                    Vec::new(),
                );
            }
        }
        let epoch = |decisions: &Decisions<'_>| {
            let all = decisions.layers().iter().filter_map(|layer| layer.codes.as_ref()?.change_every.as_ref());
            all.map(|d| d.value.clone()).min_by_key(|d| d.days)
        };
        let (was, is) = (epoch(&self.old), epoch(&self.new));
        let days = |d: &Option<crate::policy::document::Duration>| d.as_ref().map_or(90, |d| d.days);
        if days(&was) != days(&is) {
            let verdict = if days(&is) > days(&was) { Verdict::Wider } else { Verdict::Narrower };
            let text = |d: &Option<crate::policy::document::Duration>| {
                d.as_ref().map_or_else(|| "90 days".to_owned(), |d| d.text.clone())
            };
            compared.add(verdict, Topic::Code, "change-every", (text(&was), text(&is)), Vec::new());
        }
        self.escrow(compared);
    }

    fn escrow(&self, compared: &mut Compared) {
        let escrow = |decisions: &Decisions<'_>| {
            decisions.plan().escrow.as_ref().map(|escrow| {
                let only: BTreeSet<_> = escrow.only_for.iter().map(|purpose| purpose.value.clone()).collect();
                (
                    escrow.approvals,
                    only,
                    escrow.officers.clone(),
                    escrow.tell_person.as_ref().map(|told| told.text.clone()),
                )
            })
        };
        let (was, is) = (escrow(&self.old), escrow(&self.new));
        if was == is {
            return;
        }
        let verdict = match (&was, &is) {
            (Some((before, for_what, who, tell)), Some((after, only, people, told))) => {
                // Who names no purpose means all.
                let is_within = for_what.is_empty() || !only.is_empty() && only.is_subset(for_what);
                let is_secret = tell.is_some() && told.is_none();
                match (who, tell) == (people, told) {
                    _ if after < before || !is_within || is_secret => Verdict::Wider,
                    true => Verdict::Narrower,
                    false => Verdict::Unclear,
                }
            }
            (None, _) if self.is_inherited => Verdict::Otherwise,
            // Somebody can reverse what nobody could.
            (None, _) => Verdict::Wider,
            (Some(_), None) => Verdict::Unclear,
        };
        let text = |escrow: &Option<(u32, BTreeSet<String>, Vec<String>, Option<String>)>| match escrow {
            None => self.none(),
            Some((approvals, only, officers, tell)) => {
                let (only, officers) = (only.iter().cloned().collect::<Vec<_>>().join(", "), officers.join(", "));
                format!("{approvals}: {officers}; {only}; {}", tell.as_deref().unwrap_or("-"))
            }
        };
        compared.add(verdict, Topic::Code, "escrow", (text(&was), text(&is)), Vec::new());
    }

    /// What maps say of fields, and which events are whose.
    fn maps(&self, compared: &mut Compared) {
        let (old, new) = self.plans();
        fn allowed(plan: &Plan) -> BTreeMap<&str, (usize, &Map)> {
            let all =
                plan.library.maps.all().iter().enumerate().filter(|(number, _)| plan.maps.get(*number) == Some(&true));
            all.map(|(number, map)| (map.head.id.value.as_str(), (number, map))).collect()
        }
        let (before, after) = (allowed(old), allowed(new));
        let there = |map: Option<&(usize, &Map)>| map.map_or_else(|| self.none(), |(_, map)| map.head.title.clone());
        for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (was, is) = (before.get(id), after.get(id));
            let (Some((mine, one)), Some((theirs, other))) = (was, is) else {
                // Its events are taken for another map's, or for nobody's.
                compared.add(Verdict::Unclear, Topic::Map, id, (there(was), there(is)), Vec::new());
                continue;
            };
            let text = |plan: &Plan, map: &Map| plan.library.bundle.text(map.head.id.span.file).to_owned();
            if text(old, one) != text(new, other)
                && let Some((was, is)) = one.document(&old.library.bundle).zip(other.document(&new.library.bundle))
            {
                self.map(compared, id, (was, is), head(one) != head(other));
            }
            let (was, is) = (classified(old, *mine), classified(new, *theirs));
            if was != is {
                let said = (paths(&was), paths(&is));
                compared.add(Verdict::Unclear, Topic::Map, &format!("[classify.{id}]"), said, Vec::new());
            }
        }
    }

    fn map(&self, compared: &mut Compared, id: &str, (was, is): (&SchemaMap, &SchemaMap), recognised: bool) {
        let fields = |map: &SchemaMap| -> BTreeMap<String, String> {
            let lang = self.lang;
            let own =
                |kind: &'static str| move |field: &Field| (format!("{kind}{}", field.path.value), meant(field, lang));
            let plain = map.fields.iter().map(own("")).chain(map.keys.iter().map(own("key ")));
            let variants = map.variants.iter().flat_map(|variant| {
                let name = variant.name.value.clone();
                variant.fields.iter().map(move |field| (format!("{name}: {}", field.path.value), meant(field, lang)))
            });
            plain.chain(variants).collect()
        };
        let (before, after) = (fields(was), fields(is));
        for path in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (one, other) = (before.get(path), after.get(path));
            if one != other {
                let text = |what: Option<&String>| what.cloned().unwrap_or_else(|| self.none());
                compared.add(
                    Verdict::Unclear,
                    Topic::Map,
                    &format!("{id}: {path}"),
                    (text(one), text(other)),
                    Vec::new(),
                );
            }
        }
        let rest = |map: &SchemaMap| {
            let events = map.events.iter().map(|e| (e.kind.value.clone(), plain(&e.any))).collect::<Vec<_>>();
            let variants = map
                .variants
                .iter()
                .map(|v| (v.name.value.clone(), plain(std::slice::from_ref(&v.when))))
                .collect::<Vec<_>>();
            let inside = map
                .inside
                .iter()
                .map(|i| (i.path.value.clone(), i.form, i.otherwise.as_ref().map(|t| t.value.clone())));
            let lines = map.lines.iter().map(|l| {
                let holes = l
                    .holes
                    .iter()
                    .map(|(name, role, all)| (name.value.clone(), *role, values(all)))
                    .collect::<Vec<_>>();
                let inside = l.inside.iter().map(|(name, form)| (name.value.clone(), *form)).collect::<Vec<_>>();
                (
                    l.path.value.clone(),
                    l.like.value.clone(),
                    holes,
                    inside,
                    l.kind.as_ref().map(|kind| kind.value.clone()),
                )
            });
            (events, variants, inside.collect::<Vec<_>>(), lines.collect::<Vec<_>>())
        };
        if recognised || rest(was) != rest(is) {
            let said = (self.none(), Phrase::MapOtherwise.text(self.lang).to_owned());
            compared.add(Verdict::Unclear, Topic::Map, id, said, Vec::new());
        }
    }

    /// Who gets events, who is told, and what is asked.
    fn people(&self, compared: &mut Compared) {
        let about = |decisions: &Decisions<'_>| -> BTreeMap<String, String> {
            decisions.layers().iter().flat_map(|layer| layer.about.clone()).collect()
        };
        self.texts(compared, Topic::Recipient, &about(&self.old), &about(&self.new), |name, is_new| {
            let is_wider = is_new && name.starts_with("recipient.") && !self.is_inherited;
            if is_wider { Verdict::Wider } else { Verdict::Otherwise }
        });
        let notices = |decisions: &Decisions<'_>| -> BTreeMap<String, String> {
            let all = decisions.layers().iter().flat_map(|layer| layer.notices.iter().map(move |one| (layer, one)));
            all.map(|(layer, one)| (format!("{}.{}", layer.id.value, one.name.value), one.lead.text.clone())).collect()
        };
        self.texts(compared, Topic::Notice, &notices(&self.old), &notices(&self.new), |_, is_new| {
            if is_new { Verdict::Narrower } else { Verdict::Wider }
        });
        let facts = |decisions: &Decisions<'_>| -> BTreeMap<String, String> {
            let all = decisions.layers().iter().flat_map(|layer| layer.facts.iter().map(move |fact| (layer, fact)));
            let said = |fact: &Fact| format!("{} ({})", fact.ask, if fact.unknown { "yes" } else { "no" });
            all.map(|(layer, fact)| (format!("{}.{}", layer.id.value, fact.name.value), said(fact))).collect()
        };
        // What hangs on an answer is compared where it hangs.
        self.texts(compared, Topic::Fact, &facts(&self.old), &facts(&self.new), |_, _| Verdict::Otherwise);
        let gates = |decisions: &Decisions<'_>| -> BTreeMap<String, BTreeSet<String>> {
            let all = decisions.layers().iter().flat_map(|layer| layer.gates.iter().map(move |gate| (layer, gate)));
            all.map(|(layer, gate)| {
                let ask = gate.ask.iter().map(|key| key.value.clone());
                let or = gate.or.iter().map(|fact| format!("or {}", fact.value));
                let purposes = gate.purposes.iter().map(|purpose| format!("for {}", purpose.value));
                (format!("{}.{}", layer.id.value, gate.name.value), ask.chain(or).chain(purposes).collect())
            })
            .collect()
        };
        let (before, after) = (gates(&self.old), gates(&self.new));
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (was, is) = (before.get(name), after.get(name));
            let plain =
                |gate: &BTreeSet<String>| gate.iter().any(|key| key.starts_with("or ") || key.starts_with("for "));
            let verdict = match (was, is) {
                (was, is) if was == is => continue,
                (None, _) => Verdict::Narrower,
                (Some(_), None) => Verdict::Wider,
                (Some(was), Some(is)) if was.is_subset(is) && !plain(is) => Verdict::Narrower,
                _ => Verdict::Wider,
            };
            let text = |gate: Option<&BTreeSet<String>>| {
                gate.map_or_else(|| self.none(), |gate| gate.iter().cloned().collect::<Vec<_>>().join(", "))
            };
            compared.add(verdict, Topic::Gate, name, (text(was), text(is)), Vec::new());
        }
        self.signers(compared, after.values().any(|gate| gate.contains("signature")));
    }

    /// Whose signatures count: somebody more can open what asks for one.
    fn signers(&self, compared: &mut Compared, is_asked: bool) {
        // Name and key, and the last day of signatures that count.
        let signers = |decisions: &Decisions<'_>| -> BTreeMap<String, Date> {
            let all = decisions.layers().iter().flat_map(|layer| &layer.officers);
            let all = all.flat_map(|(name, keys)| keys.iter().map(move |own| (name, own)));
            let mut signers = BTreeMap::new();
            for (name, own) in all {
                // One key may be named several times: the latest of its last days counts.
                let until = signers.entry(format!("{name} ({})", own.key.as_str())).or_insert(Date::MIN);
                *until = own.until.unwrap_or(Date::MAX).max(*until);
            }
            signers
        };
        let (before, after) = (signers(&self.old), signers(&self.new));
        if before == after {
            return;
        }
        let is_within = after.iter().all(|(who, until)| before.get(who).is_some_and(|before| until <= before));
        let verdict = match (is_asked, is_within) {
            _ if self.is_inherited && before.is_empty() => Verdict::Otherwise,
            (false, _) => Verdict::Otherwise,
            (true, true) => Verdict::Narrower,
            (true, false) => Verdict::Wider,
        };
        let one = |(who, until): (&String, &Date)| match *until {
            Date::MAX => who.clone(),
            until => format!("{who} until {until}"),
        };
        let text = |all: &BTreeMap<String, Date>| {
            if all.is_empty() { self.none() } else { all.iter().map(one).collect::<Vec<_>>().join(", ") }
        };
        let (before, after) = (text(&before), text(&after));
        compared.add(verdict, Topic::Gate, "officers", (before, after), Vec::new());
    }

    /// Texts by name. `verdict`: of one that is new, or else gone; a changed text is both.
    fn texts(
        &self,
        compared: &mut Compared,
        topic: Topic,
        old: &BTreeMap<String, String>,
        new: &BTreeMap<String, String>,
        verdict: impl Fn(&str, bool) -> Verdict,
    ) {
        for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            let (was, is) = (old.get(name), new.get(name));
            if was != is {
                let way = match (was, is) {
                    (None, _) => verdict(name, true),
                    (_, None) => verdict(name, false),
                    _ => verdict(name, true).min(verdict(name, false)),
                };
                let text = |what: Option<&String>| what.cloned().unwrap_or_else(|| self.none());
                compared.add(way, topic, name, (text(was), text(is)), Vec::new());
            }
        }
    }
}

/// What decides whose events a map takes.
fn head(map: &Map) -> (Vec<Vec<Recognise>>, String) {
    let head = &map.head;
    let all = head.recognise.iter().map(|all| all.iter().map(|test| test.value.clone()).collect());
    (all.collect(), format!("{:?} {:?}", head.priority, head.opt_in))
}

/// What a tenant classifies in a map, layer by layer. Layers are united: two that say the same, as of releases that hold together, are one.
type Classified<'p> = BTreeSet<BTreeSet<(&'p str, Role, &'p [CategoryId])>>;

fn classified(plan: &Plan, map: usize) -> Classified<'_> {
    let mut layers: BTreeMap<u8, BTreeSet<_>> = BTreeMap::new();
    for field in plan.own.get(&map).into_iter().flat_map(|own| own.iter()) {
        layers.entry(field.layer).or_default().insert((field.path.as_str(), field.role, field.categories.as_slice()));
    }
    layers.into_values().collect()
}

fn paths(classified: &Classified) -> String {
    let all: BTreeSet<_> = classified.iter().flatten().map(|(path, ..)| *path).collect();
    all.into_iter().collect::<Vec<_>>().join(", ")
}

fn values(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

fn plain(any: &[Vec<(Text, Vec<String>)>]) -> Vec<Vec<(String, Vec<String>)>> {
    any.iter().map(|all| all.iter().map(|(path, globs)| (path.value.clone(), globs.clone())).collect()).collect()
}

fn meant(field: &Field, lang: Lang) -> String {
    let categories = values(&field.categories).join(", ");
    match role(field.role, lang) {
        Some(whose) => format!("{categories} ({whose})"),
        None => categories,
    }
}
