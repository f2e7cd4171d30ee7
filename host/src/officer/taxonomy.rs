//! The words of a library as a page: categories with what is said of them, kinds, treatments with their sentences.

use super::decision::Decisions;
use super::explain::Purpose;
use super::report::Report;
use crate::policy::Library;
use crate::policy::document::{Category, CategoryGroup, Text};
use crate::policy::syntax::{identifies_word, type_word};

/// The page, in the order of the files. `base`: what the base alone decides, by purpose.
pub fn taxonomy(library: &Library, base: &[Purpose]) -> Report {
    let mut report = Report::new("Words of the policy language");
    report.text("Generated from policies/categories.toml, policies/treatments.toml and policies/base/base.toml.");
    categories(library, base, &mut report);
    kinds(library, &mut report);
    treatments(library, &mut report);
    report
}

/// In the order in which they were written.
fn in_order<'a, T>(
    all: impl Iterator<Item = (&'a String, &'a T)>,
    place: impl Fn(&T) -> &Text,
) -> Vec<(&'a String, &'a T)>
where
    T: 'a,
{
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, one)| place(one).span);
    all
}

fn categories(library: &Library, purposes: &[Purpose], report: &mut Report) {
    let words = &library.categories;
    report.heading(2, "Categories: what a value is");
    report.text(
        "Codes of values of one domain agree. What the base says holds where nothing else is said; all other layers can only be stricter.",
    );
    for (name, group) in in_order(words.groups.iter(), |group: &CategoryGroup| &group.title) {
        report.heading(3, format!("{} ({name})", group.title.value));
        let of_group = words.categories.iter().filter(|(_, category)| category.group == *name);
        let of_group = in_order(of_group, |category: &Category| &category.title);
        if let Some((_, first)) = of_group.first() {
            report.text(format!("identifies: {}", identifies_word(first.identifies)));
        }
        if let Some(protected) = group.protected.as_ref().filter(|law| !law.is_empty()) {
            report.text(format!("protected: {protected}"));
        }
        let row = |(name, category): &(&String, &Category)| {
            vec![
                (*name).clone(),
                category.title.value.clone(),
                type_word(category.value_type).to_owned(),
                domain(library, name),
                base(purposes, name),
            ]
        };
        let head = ["category", "title", "type", "domain", "at base"].map(str::to_owned);
        report.table(head.to_vec(), of_group.iter().map(row).collect());
    }
}

fn domain(library: &Library, category: &str) -> String {
    let has = |members: &[Text]| members.iter().any(|member| member.value == category);
    let found = library.categories.domains.iter().find(|(_, members)| has(members));
    found.map_or_else(String::new, |(domain, _)| domain.clone())
}

/// What the base does to a category whatever the event is, as plans of its purposes say.
fn base(purposes: &[Purpose], category: &str) -> String {
    let done = |purpose: &Purpose| -> Option<(String, String)> {
        let decisions = Decisions::new(purpose.plan.as_deref()?);
        let decision = decisions.of(decisions.plan().library.words.category(category)?);
        let always = decision.says.iter().filter(|say| !say.at_times).flat_map(|say| &say.treatments);
        let names: Vec<_> = always.map(|one| one.name.as_str()).collect();
        let text = if decision.undecided { "drop (nothing is said)".to_owned() } else { names.join(", ") };
        Some((purpose.name.clone(), text))
    };
    let told: Vec<_> = purposes.iter().filter_map(done).collect();
    match told.first() {
        Some((_, first)) if told.iter().all(|(_, text)| text == first) => first.clone(),
        _ => told.iter().map(|(purpose, text)| format!("{purpose}: {text}")).collect::<Vec<_>>().join("\n"),
    }
}

fn kinds(library: &Library, report: &mut Report) {
    let words = &library.categories;
    report.heading(2, "Kinds: what an event is");
    let groups = in_order(words.kind_groups.iter(), |title: &Text| title);
    for (at, (name, title)) in groups.iter().enumerate() {
        report.heading(3, format!("{} ({name})", title.value));
        // A kind belongs to the group that begins last before it.
        let next = groups.get(at + 1).map(|(_, next)| next.span);
        let of_group =
            words.kinds.iter().filter(|(_, kind)| kind.span > title.span && next.is_none_or(|next| kind.span < next));
        let rows = in_order(of_group, |title: &Text| title);
        let rows = rows.iter().map(|(kind, title)| vec![(*kind).clone(), title.value.clone()]).collect();
        report.table(vec!["kind".to_owned(), "title".to_owned()], rows);
    }
}

fn treatments(library: &Library, report: &mut Report) {
    report.heading(2, "Treatments: what is done");
    report.text("The sentence is what a notice says of it.");
    let all = in_order(library.treatments.iter(), |treatment| &treatment.name);
    let rows = all.iter().map(|(name, treatment)| vec![(*name).clone(), treatment.says.clone()]).collect();
    report.table(vec!["treatment".to_owned(), "sentence".to_owned()], rows);
}
