//! What the words of a key say: general words of the trade, and the keys of the schema maps that are there.

use std::collections::{BTreeMap, BTreeSet};

use super::keys;
use super::phrases::{ENDS, NAMES, NUMBERS, PEOPLE, PERSONS, STRICT};
use crate::event::{Pattern, Segment};
use crate::policy::Library;
use crate::policy::document::{Field, Identifies};

/// What a name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// As what.
    pub(super) category: String,
    /// By which words, or `as in MAP`.
    pub(super) why: String,
    /// It says so of the end of a key only, or maps differ: the values have to agree.
    pub(super) is_weak: bool,
}

/// The words that are known.
#[derive(Debug)]
pub struct Words {
    /// The last one or two keys of fields of maps, in small letters → categories, and a map that says so.
    fields: BTreeMap<String, (BTreeSet<String>, String)>,
    known: BTreeSet<String>,
    /// Categories that say nothing about a person.
    harmless: BTreeSet<String>,
    strict: Vec<(&'static str, Vec<Vec<String>>)>,
    persons: Vec<(&'static str, Vec<Vec<String>>)>,
    ends: Vec<(&'static str, Vec<Vec<String>>)>,
    people: Vec<Vec<String>>,
    numbers: Vec<Vec<String>>,
    names: Vec<Vec<String>>,
}

impl Words {
    /// The words of a library, without those of some of its maps (by id).
    pub fn new(library: &Library, without: &[&str]) -> Self {
        let harmless = library.categories.categories.iter().filter(|(_, c)| c.identifies == Identifies::No);
        let harmless: BTreeSet<String> = harmless.map(|(name, _)| name.clone()).collect();
        let (mut fields, mut known) = (BTreeMap::<String, (BTreeSet<String>, String)>::new(), BTreeSet::new());
        for map in library.maps.all().iter().filter(|map| !without.contains(&map.head.id.value.as_str())) {
            let Some(document) = map.document(&library.bundle) else { continue };
            for field in document.fields.iter().chain(document.variants.iter().flat_map(|v| &v.fields)) {
                let Ok(pattern) = Pattern::parse(&field.path) else { continue };
                let keys = keys_of(&pattern);
                known.extend(keys.iter().flat_map(|key| keys::words(key)));
                let own = said(field, &harmless);
                for tail in [2, 1].into_iter().filter_map(|count| tail(&keys, count)) {
                    let (categories, by) = fields.entry(tail).or_default();
                    categories.extend(own.iter().cloned());
                    by.clone_from(&map.head.id.value);
                }
            }
        }
        let strict = split(STRICT);
        let (persons, ends) = (split(PERSONS), split(ENDS));
        let [people, numbers, names] = [PEOPLE, NUMBERS, NAMES].map(parted);
        let all = [&strict, &persons, &ends].into_iter().flatten().flat_map(|(_, phrases)| phrases).flatten();
        known.extend(all.cloned());
        known.extend(numbers.iter().chain(&names).flatten().cloned());
        Self { fields, known, harmless, strict, persons, ends, people, numbers, names }
    }

    /// Whether a word is one of a name of a field.
    pub fn knows(&self, word: &str) -> bool {
        word.len() > 1 && self.known.contains(word)
    }

    /// Whether a key speaks of people.
    pub fn is_person(&self, key: &str) -> bool {
        self.role_of(&keys::words(key)).is_some()
    }

    /// Whether a category says nothing about a person.
    pub fn is_harmless(&self, category: &str) -> bool {
        self.harmless.contains(category)
    }

    /// Whose the values at a path are: `actor`, `owner` or `target`.
    pub(super) fn role(&self, pattern: &Pattern) -> Option<&'static str> {
        keys_of(pattern).iter().rev().find_map(|key| self.role_of(&keys::words(key)))
    }

    fn role_of(&self, words: &[String]) -> Option<&'static str> {
        // `mailbox owner` is an owner, `target user` a target.
        let roles = ["target", "owner", "actor"];
        roles.into_iter().find(|role| self.persons.iter().any(|(name, phrases)| name == role && any(phrases, words)))
    }

    /// What the keys of a path say its values are.
    pub(super) fn named(&self, pattern: &Pattern) -> Option<Named> {
        let keys = keys_of(pattern);
        let last = keys::words(keys.last()?);
        let above: Vec<_> = keys.iter().rev().skip(1).take(2).map(|key| keys::words(key)).collect();
        let (end, strict) = (self.end(&last), self.phrase(&last));
        let person = self.person(&last, &above);
        // Another product's `Properties.name` may be no person's, and this one's is.
        let is_personal = strict.is_some() || person.is_some() || end.as_ref().is_some_and(|e| e.category == "id.name");
        let in_maps = self.in_maps(&keys, 2);
        if let Some(named) = in_maps.filter(|named| !is_personal || !self.is_harmless(&named.category)) {
            return Some(named);
        }
        let family = |named: &Option<Named>, families: &[&str]| {
            named.as_ref().is_some_and(|named| families.contains(&named.category.split('.').next().unwrap_or_default()))
        };
        // `passwordLastChanged` is a time, `email_verified` says yes or no: where its values agree.
        let about = end.as_ref().is_some_and(|end| {
            matches!(end.category.as_str(), "time.event" | "event.amount" | "event.outcome" | "event.type")
                && last.last().is_none_or(|word| word != "code")
        });
        if about
            && last.len() > 1
            && strict.is_some()
            && !family(&strict, &["geo", "time", "special", "minor", "derived"])
        {
            return end;
        }
        // `MailboxGuid` is somebody's number, `SubjectUserName` no subject.
        let content = strict.is_none() || family(&strict, &["content", "channel", "search"]);
        // What is called a type, and is a thing in some map, points to nobody by itself: values decide.
        let ends_so = end.as_ref().is_some_and(|end| self.is_harmless(&end.category));
        let in_maps = self.in_maps(&keys, 1).filter(|named| !ends_so || rank(&named.category) < THINGS);
        person.filter(|_| content).or(strict).or(in_maps).or(end)
    }

    /// What a name says if its values do not agree with its end.
    pub(super) fn named_else(&self, pattern: &Pattern) -> Option<Named> {
        let keys = keys_of(pattern);
        let last = keys::words(keys.last()?);
        self.phrase(&last).or_else(|| self.person(&last, &[]))
    }

    fn phrase(&self, words: &[String]) -> Option<Named> {
        let (category, phrase) = first(&self.strict, words)?;
        Some(Named { category: category.to_owned(), why: format!("named `{phrase}`"), is_weak: false })
    }

    fn end(&self, words: &[String]) -> Option<Named> {
        let ends = |phrase: &Vec<String>| words.ends_with(phrase);
        let longest = self.ends.iter().flat_map(|(category, phrases)| phrases.iter().map(move |p| (*category, p)));
        let (category, phrase) = longest.filter(|(_, phrase)| ends(phrase)).max_by_key(|(_, phrase)| phrase.len())?;
        Some(Named { category: category.to_owned(), why: format!("ends in `{}`", phrase.join(" ")), is_weak: true })
    }

    /// A person's name, number or account.
    fn person(&self, last: &[String], above: &[Vec<String>]) -> Option<Named> {
        let named = |category: &str, why: String| Some(Named { category: category.to_owned(), why, is_weak: false });
        let has = |list: &[Vec<String>]| last.iter().find(|word| list.iter().any(|one| one.contains(word)));
        if self.people.iter().any(|phrase| contains(last, phrase)) {
            return named("id.name", format!("named `{}`", last.join(" ")));
        }
        let own = self.role_of(last).is_some();
        let near = above.iter().any(|words| self.role_of(words).is_some());
        let why = |word: &str| if own { format!("`{word}` of a person") } else { format!("`{word}` below a person") };
        let short = last.len() <= 2;
        if (own || (near && short))
            && let Some(word) = has(&self.numbers)
        {
            return named("id.account", why(word));
        }
        if (own || (near && short))
            && let Some(word) = has(&self.names)
        {
            let account = last.iter().any(|word| ["user", "account", "login", "logon"].contains(&word.as_str()));
            return named(if account { "id.username" } else { "id.name" }, why(word));
        }
        let head = last.last().is_some_and(|word| self.role_of(std::slice::from_ref(word)).is_some());
        let by = last.last().is_some_and(|word| word == "by");
        if head || by { named("id.username", format!("named `{}`", last.join(" "))) } else { None }
    }

    /// What maps say of fields whose last keys are these. Where they differ, the strictest counts.
    fn in_maps(&self, keys: &[&str], count: usize) -> Option<Named> {
        let (categories, map) = self.fields.get(&tail(keys, count)?)?;
        let strict = categories.iter().filter(|c| !self.is_harmless(c)).min_by_key(|c| rank(c));
        let category = strict.or_else(|| categories.first())?;
        // One key is little: only where all maps agree that it is harmless, and then the values have to agree too.
        let is_weak = self.is_harmless(category) || categories.len() > 1;
        Some(Named { category: category.clone(), why: format!("as in {map}"), is_weak })
    }
}

/// What a map says of a field. `["event.type", "content.text"]` is of a type, looked through.
fn said(field: &Field, harmless: &BTreeSet<String>) -> Vec<String> {
    let names: Vec<&String> = field.categories.iter().map(|category| &category.value).collect();
    let is_harmless = names.iter().any(|name| harmless.contains(*name));
    names.into_iter().filter(|name| !is_harmless || *name != "content.text").cloned().collect()
}

/// The keys of a pattern.
fn keys_of(pattern: &Pattern) -> Vec<&str> {
    let key = |segment: &'_ Segment| matches!(segment, Segment::Key(_));
    pattern
        .segments()
        .iter()
        .filter(|s| key(s))
        .filter_map(|s| if let Segment::Key(key) = s { Some(key.as_str()) } else { None })
        .collect()
}

/// The last keys, as they are compared.
fn tail(keys: &[&str], count: usize) -> Option<String> {
    let last = keys.get(keys.len().checked_sub(count)?..)?;
    let bare =
        |key: &&str| -> String { key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    Some(last.iter().map(bare).collect::<Vec<_>>().join("."))
}

/// The rank from which on families are of things.
const THINGS: usize = 11;

/// Where maps differ: the families from strict to lenient.
fn rank(category: &str) -> usize {
    const ORDER: [&str; 14] = [
        "secret", "pay", "special", "minor", "derived", "id", "content", "search", "net", "device", "geo", "url",
        "file", "channel",
    ];
    let family = category.split('.').next().unwrap_or_default();
    ORDER.iter().position(|known| *known == family).unwrap_or(ORDER.len())
}

fn split(table: &[(&'static str, &str)]) -> Vec<(&'static str, Vec<Vec<String>>)> {
    table.iter().map(|(name, phrases)| (*name, parted(phrases))).collect()
}

/// Phrases between commas, as words.
fn parted(phrases: &str) -> Vec<Vec<String>> {
    phrases.split(',').map(keys::words).collect()
}

fn contains(words: &[String], phrase: &[String]) -> bool {
    // Words that nobody parted: `useragent`.
    let joined = || words.len() == 1 && phrase.len() > 1 && words[0] == phrase.concat();
    words.windows(phrase.len().max(1)).any(|window| window == phrase) || joined()
}

fn any(phrases: &[Vec<String>], words: &[String]) -> bool {
    phrases.iter().any(|phrase| contains(words, phrase))
}

fn first(table: &[(&'static str, Vec<Vec<String>>)], words: &[String]) -> Option<(&'static str, String)> {
    table.iter().find_map(|(name, phrases)| {
        phrases.iter().find(|phrase| contains(words, phrase)).map(|phrase| (*name, phrase.join(" ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::syntax::Bundle;

    fn words() -> Words {
        let mut bundle = Bundle::new();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/");
        bundle.add("categories.toml", std::fs::read_to_string(format!("{folder}categories.toml")).unwrap());
        Words::new(&Library::read(bundle).0, &[])
    }

    fn shipped() -> Library {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/");
        let mut bundle = Bundle::new();
        for name in ["categories.toml", "schemas/office-activity.toml", "schemas/generic.toml"] {
            bundle.add(name, std::fs::read_to_string(format!("{folder}{name}")).unwrap());
        }
        Library::read(bundle).0
    }

    /// LAW: words lead to categories that there are, those of ends only to such that need not be proven to be a person's.
    #[test]
    fn phrases_lead_to_categories() {
        let mut bundle = Bundle::new();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/");
        bundle.add("categories.toml", std::fs::read_to_string(format!("{folder}categories.toml")).unwrap());
        let library = Library::read(bundle).0;
        for (category, phrases) in STRICT.iter().chain(ENDS) {
            assert!(library.words.category(category).is_some(), "{category}");
            assert!(phrases.split(',').all(|phrase| !keys::words(phrase).is_empty()), "{category}");
        }
        let harmless = words().harmless;
        assert!(STRICT.iter().all(|(category, _)| !harmless.contains(*category)));
    }

    #[test]
    fn names_say_what_values_are() {
        let words = words();
        for (path, category) in [
            ("MailboxGuid", "id.account"),
            ("SubjectUserName", "id.username"),
            ("actor.id", "id.account"),
            ("created_by.name", "id.name"),
            ("kunde.vorname", "id.name"),
            ("Betreff", "content.mail-subject"),
            ("passwordLastChanged", "time.event"),
            ("email_verified", "event.outcome"),
            ("birth_date", "time.person"),
            ("postalCode", "geo.precise"),
            ("sourceIPs[*]", "net.ip"),
            ("useragent", "device.agent"),
            ("request.headers.authorization", "secret.credential"),
            ("bytes", "event.amount"),
        ] {
            let named = words.named(&Pattern::parse(path).unwrap()).map(|named| named.category);
            assert_eq!(named.as_deref(), Some(category), "{path}");
        }
        let all = Words::new(&shipped(), &[]);
        for path in ["ExtendedProperties.name", "properties.user.status.name", "data.email"] {
            let named = all.named(&Pattern::parse(path).unwrap()).unwrap();
            assert!(!all.is_harmless(&named.category), "{path}: {named:?}");
        }
        assert_eq!(words.named(&Pattern::parse("foo.bar").unwrap()), None);
    }
}
