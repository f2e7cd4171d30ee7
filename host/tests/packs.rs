//! LAW (packs): what ships for countries and sectors holds together, whichever a tenant names beside each other, and binds no more
//! than the record that its law is about.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use common::repository;
use tamis::policy::diagnostic::Severity;
use tamis::policy::document::{Evidence, Layer, Level, SecretLists, System, When};
use tamis::policy::form::Form;
use tamis::policy::syntax::{Bundle, FileKind, render};
use tamis::policy::{Library, Request, Resolver, compile};

const PURPOSES: [&str; 4] = ["security", "compliance", "investigation", "product"];

fn library() -> &'static Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let root = repository().join("policies");
        let mut bundle = Bundle::new();
        for folder in ["", "base", "jurisdictions", "sectors"] {
            let entries = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
            for path in entries.filter(|path| path.is_file()) {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                if FileKind::of(&name).is_some_and(|kind| kind != FileKind::Test) {
                    bundle.add(name, std::fs::read_to_string(path).unwrap());
                }
            }
        }
        match Library::parse(bundle) {
            Ok((library, _)) => Arc::new(library),
            Err((bundle, problems)) => panic!("{}", render(&bundle, &problems, false)),
        }
    })
}

fn packs() -> impl Iterator<Item = &'static Layer> {
    library()
        .layers
        .values()
        .map(|layer| &**layer)
        .filter(|layer| [Level::Jurisdiction, Level::Sector].contains(&layer.level))
}

/// Every condition of a pack on what an event is, where it comes from and what for.
fn conditions(layer: &Layer) -> impl Iterator<Item = &When> {
    let rules = layer.rules.iter().map(|rule| &rule.when);
    let limits = layer.retention.iter().map(|limit| &limit.when);
    rules.chain(limits).chain(layer.attributable.iter().map(|floor| &floor.when))
}

/// Every system that a pack speaks of.
fn tags() -> BTreeSet<&'static str> {
    packs().flat_map(conditions).flat_map(|when| &when.system).map(|tag| tag.value.as_str()).collect()
}

/// Evidence that answers every gate of every pack, decides every floor over a cap, and knows a system under all tags but those
/// left out.
fn evidence(attributable: bool, without: &[&str]) -> Evidence {
    let gates = library().layers.values().flat_map(|layer| &layer.gates).map(|gate| gate.name.value.as_str());
    let mut text = "[evidence]\nfor = \"x\"\nrevision = 1\n".to_owned();
    for gate in gates.collect::<BTreeSet<_>>() {
        text += &format!("[evidence.{gate}]\nreference = \"x\"\n");
    }
    let limits = || library().layers.values().flat_map(|layer| layer.retention.iter().map(move |limit| (layer, limit)));
    for (number, (law, floor)) in limits().filter(|(_, limit)| limit.at_least.is_some()).enumerate() {
        for (other, (layer, cap)) in limits().filter(|(_, limit)| limit.at_most.is_some()).enumerate() {
            let [floor, cap] =
                [(law, floor), (layer, cap)].map(|(layer, limit)| format!("{}.{}", layer.id.value, limit.name.value));
            if floor == cap {
                continue;
            }
            text += &format!(
                "[decision.n-{number}-{other}]\nbetween = [\"{floor}\", \"{cap}\"]\nwins = \"{floor}\"\nwhy = \"x\"\nby = \"x\"\n"
            );
        }
    }
    let mut bundle = Bundle::new();
    let file = bundle.add("x.evidence.toml", text);
    let mut problems = Vec::new();
    let evidence = tamis::policy::syntax::evidence(&bundle, file, &mut problems);
    assert!(problems.is_empty(), "{}", render(&bundle, &problems, false));
    let mut evidence = evidence.unwrap();
    let tags = tags().into_iter().filter(|tag| !without.contains(tag)).map(str::to_owned).collect();
    evidence.systems.insert("everything".into(), System { span: Default::default(), tags, attributable });
    evidence
}

fn lists() -> SecretLists {
    let names = library().layers.values().flat_map(|layer| &layer.lists).filter(|list| list.secret);
    let word = |list: &tamis::policy::document::List| tamis::policy::document::Text {
        value: "sealed-word".into(),
        span: list.name.span,
    };
    SecretLists { lists: names.map(|list| (list.name.value.clone(), vec![word(list)])).collect() }
}

fn request<'a>(
    policy: &'a str,
    with: &'a [&'a str],
    purpose: &'a str,
    evidence: &'a Evidence,
    lists: &'a SecretLists,
) -> Request<'a> {
    Request { policy, with, purpose, on: common::DAY, system: None, evidence, lists, exact: None, lenient: true }
}

/// A worker may stand under any of them: together they say nothing that cannot be, once somebody decided between
/// floors and caps. (Where a law speaks of hours the tenant has to say them.)
#[test]
fn all_packs_hold_together() {
    let all: Vec<_> = packs().map(|pack| pack.id.value.as_str()).collect();
    let lists = lists();
    for attributable in [false, true] {
        for (system, without) in [(None, &[][..]), (Some("everything"), &["own-device"][..])] {
            let evidence = evidence(attributable, without);
            for purpose in PURPOSES {
                let asked = Request { system, ..request("base", &all, purpose, &evidence, &lists) };
                let mut problems = match compile(library(), &asked) {
                    Ok((_, warnings)) => warnings,
                    Err(refusal) => refusal.problems,
                };
                problems.retain(|problem| problem.severity == Severity::Error);
                assert!(problems.is_empty(), "{purpose} {system:?}\n{}", render(&library().bundle, &problems, false));
            }
        }
    }
}

/// What stands whole or hidden of each category under these layers, whatever the event is.
fn forms(with: &[&str], purpose: &str, evidence: &Evidence) -> BTreeMap<String, Form> {
    let lists = lists();
    let plan = match compile(library(), &request(with[0], &with[1..], purpose, evidence, &lists)) {
        Ok((plan, _)) => Arc::new(plan),
        Err(refusal) => panic!("{with:?} {:?} {}", refusal.closed, render(&library().bundle, &refusal.problems, false)),
    };
    let resolver = Resolver::new(plan);
    let categories = library().words.categories();
    categories.map(|(id, name)| (name.to_owned(), resolver.category(0, id).0)).collect()
}

/// Whichever two are named: what one hides the other does not bring back.
#[test]
fn no_pack_loosens_another() {
    let (evidence, lists) = (evidence(false, &[]), lists());
    for purpose in ["security", "product"] {
        // Not every pack allows every purpose.
        let open = |id: &&str| compile(library(), &request(id, &[], purpose, &evidence, &lists)).is_ok();
        let ids = packs().map(|pack| pack.id.value.as_str()).filter(open);
        let alone: BTreeMap<_, _> = ids.map(|id| (id, forms(&[id], purpose, &evidence))).collect();
        assert!(alone.len() > 20, "{purpose}: {:?}", alone.keys());
        for (one, other) in alone.keys().flat_map(|one| alone.keys().map(move |other| (one, other))) {
            if one >= other {
                continue;
            }
            for (category, form) in forms(&[one, other], purpose, &evidence) {
                for single in [one, other].map(|id| &alone[id][&category]) {
                    assert_eq!(
                        single.clone().join(form.clone()),
                        form,
                        "{category} under {one} and {other} for {purpose}"
                    );
                }
            }
        }
    }
}

/// A floor binds the record that its law names: acts of some kind, or a system.
#[test]
fn every_floor_names_its_record() {
    let floors: Vec<_> = packs().flat_map(|pack| &pack.retention).filter(|limit| limit.at_least.is_some()).collect();
    assert!(floors.len() > 8);
    for floor in floors {
        let names_one = !floor.when.system.is_empty() || !floor.when.kind.is_empty();
        assert!(names_one, "{} binds every event", floor.name.value);
    }
}

/// A pack is as good as the law that it was written from: it says as of when.
#[test]
fn every_pack_says_as_of_when_the_law_is() {
    for pack in packs() {
        let review = pack.review.as_ref().unwrap_or_else(|| panic!("{} has no [review]", pack.id.value));
        assert!(review.law_as_of.is_some(), "{}", pack.id.value);
    }
}

/// An officer finds the tags that packs speak of in the guide.
#[test]
fn every_tag_is_in_the_guide() {
    let guide = std::fs::read_to_string(repository().join("policies/README.md")).unwrap();
    let missing: Vec<_> = tags().into_iter().filter(|tag| !guide.contains(&format!("`{tag}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
