//! Values of the labelled set's generators, which know nothing of the detector, planted in real events.
//!
//! A value stands in a member of a real object whose name says what it is, in the words of a real value behind what people call it, and there by itself
//! if nothing else looks like it. The words around a value are as they were, but it touches no other digits.

use std::collections::HashMap;
use std::path::Path;

use tamis_redact::{Finding, Redact};

use crate::common::{Counts, count, scan, table};
use crate::corpora::{Leaves, corpus, words};
use crate::random::Random;
use crate::values::people::mail;
use crate::values::{self, Class, Kind, parts, written};

/// How many are planted, at least.
const VALUES: u32 = 5_000;
/// More characters on each side than a finding may have.
const SLACK: usize = 3;

/// How names are told in text: beside an address (`{m}`), after greetings and titles.
const NAMES: [&str; 12] = [
    "{n} <{m}>",
    "\"{n}\" <{m}>",
    "Dear {n},",
    "Hi {n},",
    "Hallo {n},",
    "Bonjour {n},",
    "Hola {n},",
    "Mr. {n}",
    "Mrs {n}",
    "Frau {n}",
    "Herr Dr. {n}",
    "Mme {n}",
];

/// What fields of whole names are called.
const FIELDS: [&str; 6] = ["displayName", "userDisplayName", "fullName", "author", "full_name", "actor_name"];

/// A text with a value in it.
struct Planted {
    path: String,
    text: String,
    start: usize,
    end: usize,
    place: &'static str,
    /// How the value is written.
    form: String,
}

/// Plants values in the events of a folder and prints how many are found, and the forms of those that are not.
pub(crate) fn planted(folder: &Path) {
    let files: Vec<Leaves> =
        corpus(folder).into_iter().map(|(_, values)| values).filter(|all| !all.is_empty()).collect();
    if files.is_empty() {
        println!("skipped: {} holds no events", folder.display());
        return;
    }
    let names: Vec<_> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    let mut detectors: HashMap<Vec<String>, Redact> = HashMap::new();
    let mut random = Random::new(2026);
    let mut counts = [(); 5].map(|()| Counts::new());
    let [own, covered, forms, people, people_forms] = &mut counts;
    let mut planted = 0;
    for round in 0.. {
        if planted >= VALUES {
            break;
        }
        // Names are told in many ways.
        let often = |kind: &'static Kind| std::iter::repeat_n(kind, if kind.class == Class::Name { 12 } else { 1 });
        for (number, kind) in values::all().flat_map(often).enumerate() {
            let one = plant(kind, if kind.class == Class::Name { number } else { round }, &files, &mut random);
            let redact = detectors.entry(words(&one.path)).or_insert_with_key(|hints| {
                let settings = serde_json::json!({"fields": [{"find": names, "hints": hints}]}).to_string();
                Redact::configure(&settings, &[]).unwrap()
            });
            let found = scan(redact, &one.text);
            let hit = found.iter().any(|f| names[f.entity as usize] == kind.entity && one.is_hit(f));
            let is_covered = found.iter().any(|f| f.start as usize <= one.start && one.end <= f.end as usize);
            let (own, forms) =
                if kind.class == Class::Name { (&mut *people, &mut *people_forms) } else { (&mut *own, &mut *forms) };
            count(own, &format!("{} {}", kind.entity, one.place), hit);
            count(forms, &format!("{} {} {}", kind.entity, one.place, one.form), hit);
            count(covered, &format!("{} {}", kind.entity, one.place), is_covered);
            planted += 1;
        }
    }
    println!("\n{}: {planted} values planted", folder.display());
    for (title, counts, goal) in [
        ("planted values found as what they are", &*own, 0.98),
        ("planted values covered by any finding", covered, 0.98),
        ("planted names found", people, 0.9),
        ("planted values by how they are written", forms, 0.98),
        ("planted names by how they are told", people_forms, 0.9),
    ] {
        table(title, counts, goal);
    }
}

impl Planted {
    /// Whether a finding covers the value and little more.
    fn is_hit(&self, found: &Finding) -> bool {
        let slack = |from: usize, to: usize| self.text.get(from..to).is_some_and(|more| more.chars().count() <= SLACK);
        slack(found.start as usize, self.start) && slack(self.end, found.end as usize)
    }
}

/// A value of a kind: in each round at another place.
fn plant(kind: &Kind, round: usize, files: &[Leaves], random: &mut Random) -> Planted {
    let form = random.pick(kind.forms);
    let value = written(&(kind.make)(random), form);
    let (head, part, tail) = parts(&value);
    let form = if kind.class == Class::Secret { format!("{} characters", part.len()) } else { shape(part) };
    let bare = match kind.class {
        Class::Number => matches!(kind.entity, "payment.card" | "payment.iban" | "person.user-path"),
        Class::Phone => part.starts_with('+'),
        Class::Secret => !matches!(kind.entity, "secret.password" | "device.session-id"),
        _ => true,
    };
    let (place, ahead, behind, form) = match (round % 3, kind.class) {
        (0, class) => {
            let key = match class {
                Class::Name if part.contains(' ') => random.pick(&FIELDS),
                Class::Name => random.pick(&["firstName", "given_name"]),
                _ => random.pick(kind.keys),
            };
            let path = format!("{}.{key}", parent(random.pick(files), random));
            let (start, end) = (head.len(), head.len() + part.len());
            return Planted { path, text: format!("{head}{part}{tail}"), start, end, place: "in a field", form };
        }
        (_, Class::Name) => {
            let told = *random.pick(&NAMES);
            let (ahead, behind) = told.split_once("{n}").unwrap_or((told, ""));
            ("in text", ahead.to_owned(), behind.replace("{m}", &mail(random)), told.to_owned())
        }
        (1, _) if bare => ("by itself", head.to_owned(), tail.to_owned(), form),
        (_, _) => {
            let named = match random.below(3) {
                0 => format!("{}={head}", random.pick(kind.keys)),
                1 => format!("{}: {head}", random.pick(kind.labels).1),
                _ => format!("{} {head}", random.pick(kind.labels).1),
            };
            ("in text", named, tail.to_owned(), form)
        }
    };
    let (path, around) = sentence(files, random);
    let gaps: Vec<usize> = around.match_indices(' ').map(|(at, _)| at + 1).filter(|at| apart(around, *at)).collect();
    let at = *random.pick(&gaps);
    let start = at + ahead.len();
    let text = format!("{}{ahead}{part}{behind} {}", &around[..at], &around[at..]);
    Planted { path: path.to_owned(), text, start, end: start + part.len(), place, form }
}

/// An object of a file, at random.
fn parent<'l>(file: &'l Leaves, random: &mut Random) -> &'l str {
    let paths: Vec<&String> = file.keys().collect();
    random.pick(&paths).rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Words somewhere in a file, at random, and where they stand.
fn sentence<'l>(files: &'l [Leaves], random: &mut Random) -> (&'l str, &'l str) {
    loop {
        let texts = |text: &&String| {
            (20..2000).contains(&text.len())
                && text.match_indices(' ').filter(|(at, _)| apart(text, at + 1)).count() > 2
        };
        let file: Vec<_> =
            random.pick(files).iter().filter(|(_, values)| values.iter().any(|text| texts(&text))).collect();
        if !file.is_empty() {
            let (path, values) = random.pick(&file);
            let values: Vec<_> = values.iter().filter(texts).collect();
            let text: &&String = random.pick(&values);
            return (path, text);
        }
    }
}

/// Whether no digit stands beside the blank before `at`.
fn apart(text: &str, at: usize) -> bool {
    let sides = [at.checked_sub(2), Some(at)].map(|at| at.and_then(|at| text.as_bytes().get(at)));
    sides.into_iter().flatten().all(|side| !side.is_ascii_digit())
}

/// How a value is written, without what it says: `99 AAA`, `a{40}`.
fn shape(value: &str) -> String {
    let class = |c: char| match c {
        _ if c.is_numeric() => '9',
        _ if c.is_uppercase() => 'A',
        _ if c.is_alphabetic() => 'a',
        other => other,
    };
    let classes: Vec<char> = value.chars().take(60).map(class).collect();
    let run = |run: &[char]| match run {
        [one, .., _] if run.len() > 4 => format!("{one}{{{}}}", run.len()),
        few => few.iter().collect(),
    };
    classes.chunk_by(|a, b| a == b).map(run).collect()
}
