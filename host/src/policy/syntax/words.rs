//! `categories.toml`.

use std::collections::BTreeMap;

use super::name;
use super::problems::Problems;
use super::reader::Reader;
use super::value::owned;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{
    Categories, Category, CategoryGroup, Identifies, LANGUAGES, Span, Spanned, Text, ValueType,
};

const IDENTIFIES: [(&str, Identifies); 3] =
    [("alone", Identifies::Alone), ("together", Identifies::Together), ("no", Identifies::No)];

const TYPES: [(&str, ValueType); 11] = [
    ("text", ValueType::Text),
    ("ip", ValueType::Ip),
    ("time", ValueType::Time),
    ("number", ValueType::Number),
    ("url", ValueType::Url),
    ("path", ValueType::Path),
    ("agent", ValueType::Agent),
    ("title", ValueType::Title),
    ("geo", ValueType::Geo),
    ("card", ValueType::Card),
    ("email", ValueType::Email),
];

/// What `[type]` calls a type.
pub fn type_word(of: ValueType) -> &'static str {
    TYPES.iter().find(|(_, known)| *known == of).map_or("", |(word, _)| word)
}

/// What `identifies` calls it.
pub fn identifies_word(of: Identifies) -> &'static str {
    IDENTIFIES.iter().find(|(_, known)| *known == of).map_or("", |(word, _)| word)
}

/// Reads the file.
pub(super) fn categories(mut root: Reader<'_>, p: &mut Problems<'_>) -> Categories {
    let mut words = Categories { revision: root.revision(p), ..Categories::default() };
    let mut seen = BTreeMap::new();
    for group in root.tables("category", p) {
        category_group(group, &mut words, &mut seen, p);
    }
    for mut group in root.tables("kind", p) {
        name::simple(group.name(), "a group", p);
        let Some(title) = group.need_text("title", p) else { continue };
        words.kind_groups.insert(group.name().value.clone().into_owned(), title);
        for (key, title) in titles(&group, "kind", &mut seen, p) {
            words.kinds.insert(key.value, title);
        }
    }
    if let Some(types) = root.table("type", p) {
        for item in types.quoted_rest(p) {
            let value_type = item.choice(&TYPES, p);
            match (words.categories.get_mut(item.key.value.as_ref()), value_type) {
                (Some(category), Some(value_type)) => {
                    (category.value_type, category.typed) = (value_type.value, Some(item.key.span));
                }
                (Some(_), None) => {}
                (None, _) => undeclared(&owned(&item.key), &words, p),
            }
        }
    }
    if let Some(domains) = root.table("domain", p) {
        read_domains(&domains, &mut words, p);
    }
    words.titles = translated(&mut root, &words, p);
    root.finish(p);
    words
}

/// `[title.LANGUAGE]`: the left sides of the file again, in another language.
fn translated(
    root: &mut Reader<'_>,
    words: &Categories,
    p: &mut Problems<'_>,
) -> BTreeMap<&'static str, BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for mut table in root.tables("title", p) {
        let Some(lang) = LANGUAGES.into_iter().find(|known| *known == table.name().value) else {
            let message = format!("{} is no language that titles are translated to", p.quote(table.name()));
            let help = super::problems::one_of(&LANGUAGES);
            p.push(Diagnostic::error("P0003", message, table.name().span, "").help(help));
            continue;
        };
        table.apart(&format!("^{lang}$"), p);
        let mut titles = BTreeMap::new();
        for item in table.quoted_rest(p) {
            let name = item.key.value.as_ref();
            let known = words.categories.contains_key(name) || words.kinds.contains_key(name);
            if !known && !words.groups.contains_key(name) && !words.kind_groups.contains_key(name) {
                undeclared(&owned(&item.key), words, p);
            } else if let Some(title) = item.filled(p) {
                titles.insert(name.to_owned(), title.value);
            }
        }
        all.insert(lang, titles);
    }
    all
}

fn category_group(
    mut group: Reader<'_>,
    words: &mut Categories,
    seen: &mut BTreeMap<String, Span>,
    p: &mut Problems<'_>,
) {
    name::simple(group.name(), "a group", p);
    let title = group.need_text("title", p);
    let protected = group.text("protected", p).map(|t| t.value);
    // The strictest answer stands in for one that cannot be read.
    let identifies = group.need("identifies", p).and_then(|item| item.choice(&IDENTIFIES, p));
    let identifies = identifies.map_or(Identifies::Alone, |i| i.value);
    let name = group.name().value.clone().into_owned();
    for (key, title) in titles(&group, "category", seen, p) {
        let category =
            Category { title, group: name.clone(), identifies, value_type: ValueType::default(), typed: None };
        words.categories.insert(key.value, category);
    }
    if let Some(title) = title {
        words.groups.insert(name, CategoryGroup { title, protected });
    }
}

/// The dotted keys of a group with their titles. A title is found where its key is: that is the declaration.
fn titles(
    group: &Reader<'_>,
    what: &str,
    seen: &mut BTreeMap<String, Span>,
    p: &mut Problems<'_>,
) -> Vec<(Text, Text)> {
    let mut all = Vec::new();
    for item in group.quoted_rest(p) {
        if !item.key.contains('.') && super::problems::nearest(&item.key, group.asked().iter().copied()).is_some() {
            group.unknown(&item.key, p);
            continue;
        }
        if !name::dotted(&item.key, what, false, p) {
            continue;
        }
        let Some(title) = item.filled(p) else { continue };
        if let Some(first) = seen.insert(format!("{what} {}", item.key.value), item.key.span) {
            let message = format!("{} is declared in two groups", p.quote(&item.key));
            p.push(Diagnostic::error("P0152", message, item.key.span, "again").and(first, "first here"));
            continue;
        }
        all.push((owned(&item.key), Spanned { value: title.value, span: item.key.span }));
    }
    all
}

fn read_domains(domains: &Reader<'_>, words: &mut Categories, p: &mut Problems<'_>) {
    let mut owner: BTreeMap<String, Text> = BTreeMap::new();
    for item in domains.rest(p) {
        if !name::simple(&item.key, "a domain", p) {
            continue;
        }
        let members = item.texts(p);
        for member in &members {
            if !words.categories.contains_key(&member.value) {
                undeclared(member, words, p);
            } else if let Some(first) = owner.insert(member.value.clone(), member.clone()) {
                let message = format!("{} is in two domains", p.quote(member));
                let help = "the codes of one category can agree with those of one domain only";
                p.push(
                    Diagnostic::error("P0154", message, member.span, "again").and(first.span, "first here").help(help),
                );
            }
        }
        words.domains.insert(item.key.value.clone().into_owned(), members);
    }
}

fn undeclared(name: &Text, words: &Categories, p: &mut Problems<'_>) {
    let message = format!("{} is not declared in this file", p.quote(name));
    let mut problem = Diagnostic::error("P0153", message, name.span, "");
    if let Some(near) = super::problems::nearest(name, words.categories.keys().map(String::as_str)) {
        problem = problem.help(format!("did you mean {}?", p.quote(near)));
    }
    p.push(problem);
}
