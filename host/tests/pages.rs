//! LAW (pages): the page of every pack in docs/packs says what the pack says. `TAMIS_WRITE_PAGES=1` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use common::given::shipped;
use common::repository;
use tamis::officer::explain::Purpose;
use tamis::officer::page::{index, page};
use tamis::officer::taxonomy::taxonomy;
use tamis::policy::document::{Evidence, Layer, Level, SecretLists};
use tamis::policy::syntax::render;
use tamis::policy::{Library, Request, consider};

const PURPOSES: [&str; 5] = ["compliance", "investigation", "product", "productivity", "security"];

/// What a pack decides on the day that its law is as of, and nobody has answered anything.
fn purposes(library: &Arc<Library>, layer: &Layer) -> Vec<Purpose> {
    let on = layer.review.as_ref().and_then(|review| review.law_as_of).unwrap_or(common::DAY);
    let purpose = |name: &str| {
        let request = Request {
            policy: &layer.id.value,
            with: &[],
            purpose: name,
            on,
            system: None,
            evidence: &Evidence::default(),
            lists: &SecretLists::default(),
            exact: None,
            lenient: false,
        };
        // Of what is closed the page tells what would hold.
        let plan = match consider(library, &request) {
            Ok((plan, _, _)) => plan,
            // Nobody allows the purpose.
            Err(refusal) if refusal.problems.is_empty() => return None,
            Err(refusal) => panic!("{} {name}: {}", layer.id.value, render(&library.bundle, &refusal.problems, false)),
        };
        Some(Purpose { name: name.to_owned(), system: None, plan: Some(Arc::new(plan)), closed: Vec::new() })
    };
    PURPOSES.iter().filter_map(|name| purpose(name)).collect()
}

fn packs(library: &Library) -> impl Iterator<Item = &Layer> {
    library.layers.values().map(|layer| &**layer).filter(|layer| layer.level != Level::Tenant)
}

/// Every page by its file.
fn pages() -> Vec<(PathBuf, String)> {
    let (library, folder) = (shipped(), repository().join("docs/packs"));
    let of = |layer: &Layer| {
        let report = page(&purposes(&library, layer), &Evidence::default())
            .unwrap_or_else(|| panic!("{} allows nothing", layer.id.value));
        (folder.join(format!("{}.md", layer.id.value)), report.markdown())
    };
    let mut all: Vec<_> = packs(&library).map(of).collect();
    all.push((folder.join("README.md"), index(packs(&library)).markdown()));
    all
}

/// The words, by their file.
fn words() -> (PathBuf, String) {
    let library = shipped();
    let base = purposes(&library, &library.layers["base"]);
    (repository().join("docs/taxonomy.md"), taxonomy(&library, &base).markdown())
}

#[test]
fn the_page_of_words_says_what_their_files_say() {
    let (path, text) = words();
    if std::env::var_os("TAMIS_WRITE_PAGES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let again = "renew it: TAMIS_WRITE_PAGES=1 cargo test -p tamis --test pages";
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == text, "{} is not current; {again}", path.display());
    let library = shipped();
    let words = &library.categories;
    let names = words.categories.keys().chain(words.kinds.keys()).chain(library.treatments.keys());
    let missing: Vec<_> = names.filter(|name| !text.contains(&format!("| {name} | "))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Of two rows of the base the more specific one counts.
    assert!(
        text.contains("| id.national | National identifier: social insurance, tax, identity card | text |  | redact |")
    );
    assert!(
        text.contains(
            "| id.email | E-mail address or sign-in name of a person | email | person | pseudonymise-escrow |"
        )
    );
    assert!(text.contains("| keep | kept as it is |"));
}

#[test]
fn pages_say_what_packs_say() {
    let pages = pages();
    if std::env::var_os("TAMIS_WRITE_PAGES").is_some() {
        std::fs::create_dir_all(repository().join("docs/packs")).unwrap();
        pages.iter().for_each(|(path, text)| std::fs::write(path, text).unwrap());
    }
    let again = "renew them: TAMIS_WRITE_PAGES=1 cargo test -p tamis --test pages";
    for (path, text) in &pages {
        let stands = std::fs::read_to_string(path).unwrap_or_default();
        assert!(stands == *text, "{} is not current; {again}", path.display());
    }
    let expected: BTreeSet<_> = pages.into_iter().map(|(path, _)| path).collect();
    let entries = std::fs::read_dir(repository().join("docs/packs")).unwrap();
    let there: BTreeSet<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(there, expected, "a page of a pack that is not there any more; {again}");
}

#[test]
fn a_page_names_every_rule_gate_limit_and_law_of_its_pack() {
    let library = shipped();
    let mut number = 0;
    for layer in packs(&library) {
        let text = page(&purposes(&library, layer), &Evidence::default()).unwrap().terminal(false);
        let id = &layer.id.value;
        let rules = layer.rules.iter().map(|one| &one.name).chain(layer.gates.iter().map(|one| &one.name));
        let limits = layer.retention.iter().map(|one| &one.name).chain(layer.attributable.iter().map(|one| &one.name));
        let owed = layer.notices.iter().map(|one| &one.name).chain(layer.obligations.iter().map(|one| &one.name));
        for name in rules.chain(limits).chain(owed).chain(layer.facts.iter().map(|one| &one.name)) {
            assert!(text.contains(&format!("{id}.{}", name.value)), "{id} lacks {}", name.value);
            number += 1;
        }
        for (name, law) in &layer.laws {
            assert!(text.contains(name.as_str()) && text.contains(&law.cite.value), "{id} lacks {name}");
        }
        let words = library.words.categories().filter(|(_, name)| !text.contains(*name)).collect::<Vec<_>>();
        assert!(words.is_empty(), "{id} says nothing of {words:?}");
    }
    assert!(number > 300, "{number}");
}
