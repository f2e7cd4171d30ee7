//! Which category a place may be: from its name, its values and what a detector found.
//!
//! INVARIANT (careful): a harmless category needs a name that says so, values that agree, and no finding. Doubt goes to a stricter
//! category, or the place is left out and so dropped.

use super::place::Place;
use super::shape::Shape;
use super::words::{Named, Words};
use crate::event::Pattern;

/// Fewer values prove nothing about those to come.
const FEW: u64 = 20;
/// Most distinct values of an enumeration.
const ENUMERATION: u64 = 64;
/// What share of findings makes them a category of the place, and what share of shapes one that the values have.
const SOME: f64 = 0.05;
const MOST: f64 = 0.8;
/// Longest value of an enumeration, in bytes.
const SHORT: usize = 80;

/// What a place is drafted as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Its categories. None: it is left out, and so dropped.
    pub categories: Vec<String>,
    /// Whose it is: `actor`, `owner`, `target`; `None`: nobody's in particular.
    pub role: Option<&'static str>,
    /// Somebody has to look at it.
    pub is_doubtful: bool,
    /// Why.
    pub why: String,
}

/// Category, whether it is in doubt, why.
type Guess = (Vec<String>, bool, String);

impl Words {
    /// What a leaf is drafted as.
    pub fn judge(&self, path: &Pattern, place: &Place) -> Judgement {
        let (categories, is_doubtful, why) = self.guess(path, place);
        let about = |c: &String| ["id.", "net.", "device."].iter().any(|family| c.starts_with(family));
        let role = self.role(path).or(Some("actor")).filter(|_| categories.iter().any(about));
        Judgement { categories, role, is_doubtful, why }
    }

    /// What the keys at a `*` are, by their form.
    pub fn judge_keys(&self, place: &Place) -> &'static [&'static str] {
        let all: u64 = place.key_shapes.iter().sum();
        let mostly = |shapes: &[Shape]| {
            let some: u64 = shapes.iter().map(|shape| place.key_shapes[*shape as usize]).sum();
            all > 0 && some as f64 >= MOST * all as f64
        };
        if mostly(&[Shape::Ip]) {
            &["net.ip"]
        } else if mostly(&[Shape::Email]) {
            &["id.email"]
        } else if mostly(&[Shape::Uuid, Shape::Token, Shape::Number]) {
            &["id.account"]
        } else {
            &["id.account", "content.text"]
        }
    }

    fn guess(&self, path: &Pattern, place: &Place) -> Guess {
        if place.strings() + place.numbers() == 0 {
            return self.bare(path, place);
        }
        let found = found(place);
        let mut named = self.named(path);
        if let Some(name) = named.take_if(|name| self.is_harmless(&name.category) || name.category == "time.event") {
            match self.harmless(&name, place) {
                Some(guess) => return guess,
                None => {
                    named =
                        self.named_else(path).filter(|n| n.category != name.category && !self.is_harmless(&n.category))
                }
            }
        }
        if let Some(named) = named {
            return strict(&named, place, found);
        }
        unnamed(place, found)
    }

    /// Nothing but booleans, or nothing at all.
    fn bare(&self, path: &Pattern, place: &Place) -> Guess {
        let left = |why: &str| (Vec::new(), true, why.to_owned());
        if place.kinds.bool == 0 {
            return left("no value was seen");
        }
        match self.named(path) {
            Some(name) if name.category.starts_with("special.") || name.category.starts_with("minor.") => {
                (vec![name.category], true, name.why)
            }
            Some(name) if matches!(name.category.as_str(), "event.outcome" | "event.type") => {
                (vec![name.category], true, name.why)
            }
            _ => left("yes or no, and nothing says about what"),
        }
    }

    /// A name that says nothing about a person: do the values agree?
    fn harmless(&self, name: &Named, place: &Place) -> Option<Guess> {
        let likely = place.found.values().any(|found| found.likely() > 0);
        let (strings, numbers) = (place.strings(), place.numbers());
        let one = |doubt: bool| Some((vec![name.category.clone()], doubt, name.why.clone()));
        let timely = place.share(&[Shape::Time]) >= MOST && strings > 0;
        match name.category.as_str() {
            "time.event" => {
                let epochs = strings == 0 && !likely && place.epochs as f64 >= MOST * numbers as f64;
                if timely || epochs { one(!timely) } else { None }
            }
            _ if likely => None,
            "event.amount" => {
                let measured = strings == 0 || place.share(&[Shape::Number]) >= MOST;
                measured.then(|| one(strings > 0)).flatten()
            }
            // A number of more digits may be somebody's, unless it comes again and again.
            _ if strings == 0 => {
                let is_code = matches!(name.category.as_str(), "event.outcome" | "event.type" | "event.action");
                let short = place.digits.is_some_and(|(_, most)| most <= 3);
                if is_code && (short || comes_again(place)) { one(true) } else { None }
            }
            _ => self.enumeration(name, place),
        }
    }

    /// Words of a small set, seen often enough.
    fn enumeration(&self, name: &Named, place: &Place) -> Option<Guess> {
        let other = [
            Shape::Email,
            Shape::Ip,
            Shape::Url,
            Shape::Path,
            Shape::Json,
            Shape::Pairs,
            Shape::Uuid,
            Shape::Agent,
            Shape::Token,
        ];
        let is_short = place.length.is_some_and(|(_, most)| most <= SHORT);
        if !is_short || place.share(&other) > 0.0 {
            return None;
        }
        let is_plain = place.share(&[Shape::Word, Shape::Number]) >= MOST;
        let why = |rest: &str| format!("{}; {rest}", name.why);
        // What reported it may be somebody's machine, and who provided it somebody.
        let is_source = name.category == "event.source";
        if !is_plain {
            return None;
        }
        if comes_again(place) {
            return Some((vec![name.category.clone()], is_source, why("a small set of values")));
        }
        let categories = vec![name.category.clone(), "content.text".into()];
        Some((categories, true, why("whether it is a small set is not proven, so it is looked through")))
    }
}

/// Whether values are of a small set and come again and again.
fn comes_again(place: &Place) -> bool {
    let distinct = place.distinct();
    place.values() >= FEW && distinct <= ENUMERATION && distinct * 3 <= place.values()
}

/// What a detector found: the categories of whole values, and whether something is found within.
struct Found {
    whole: Vec<(&'static str, String)>,
    within: bool,
    any: bool,
}

fn found(place: &Place) -> Found {
    let looked = place.looked.max(1) as f64;
    let mut found = Found { whole: Vec::new(), within: false, any: false };
    for (entity, its) in &place.found {
        found.any |= its.likely() > 0;
        let Some(category) = category_of(entity) else { continue };
        let share = its.likely() as f64 / looked;
        let is_whole = 2 * its.whole >= its.values.iter().sum::<u64>();
        if is_whole && share >= SOME && !found.whole.iter().any(|(c, _)| *c == category) {
            found.whole.push((category, format!("{entity} in {:.0} % of what was looked at", share * 100.0)));
        }
        found.within |= !is_whole && its.likely() > 0;
    }
    found
}

/// The category of what is an entity.
fn category_of(entity: &str) -> Option<&'static str> {
    Some(match entity {
        "person.email" => "id.email",
        "person.name" | "person.known" => "id.name",
        "person.phone" => "id.phone",
        "person.coordinates" => "geo.precise",
        "person.birth-date" => "time.person",
        "person.user-path" => "file.path",
        "network.ipv4" | "network.ipv6" => "net.ip",
        "network.mac" => "device.id",
        "device.windows-sid" => "id.account",
        "device.session-id" => "net.session",
        "payment.card" => "pay.pan",
        "payment.iban" => "id.national",
        "payment.bic" | "payment.us.routing-number" => return None,
        "health.icd10" => "special.health",
        _ => match entity.split('.').next()? {
            "device" => "device.id",
            "payment" | "health" => "id.record",
            "national" => "id.national",
            "secret" => "secret.credential",
            _ => "content.text",
        },
    })
}

/// A name that speaks of people, things or content.
fn strict(named: &Named, place: &Place, found: Found) -> Guess {
    let category = named.category.as_str();
    // An `address` may be one of any kind.
    let elsewhere = category == "geo.precise" && place.share(&[Shape::Ip, Shape::Email, Shape::Url]) > 0.0;
    if elsewhere {
        return unnamed(place, found);
    }
    let fits = match category {
        "net.ip" => place.share(&[Shape::Ip, Shape::List]) >= MOST,
        "id.email" => place.share(&[Shape::Email]) >= MOST,
        "url.full" => place.share(&[Shape::Url, Shape::Path, Shape::Word]) >= MOST,
        "file.path" | "file.name" => place.share(&[Shape::Text, Shape::Uuid]) < MOST,
        "time.person" => place.share(&[Shape::Time, Shape::Number]) >= MOST || place.strings() == 0,
        _ => true,
    };
    let timely = place.strings() > 0 && place.share(&[Shape::Time]) >= MOST && found.whole.is_empty();
    if timely && ["id", "secret", "content", "device"].iter().any(|family| category.starts_with(family)) {
        return (vec!["time.event".into()], true, format!("{}; but values are times", named.why));
    }
    let mut categories = vec![named.category.clone()];
    let mut whys = vec![named.why.clone()];
    if !fits {
        whys.push("not all values look so".into());
    }
    let is_person = |c: &str| c.starts_with("id.");
    for (other, why) in found.whole {
        // A person's number is a person's number.
        let covered =
            other == category || category.starts_with("secret.") || (is_person(category) && other == "id.account");
        if !covered {
            categories.push(other.to_owned());
            whys.push(why);
        }
    }
    // Treatments of one value have to join: what is found inside text is found by looking through it.
    let mixed = categories.len() > 1;
    let untyped =
        !fits && categories.len() == 1 && matches!(category, "net.ip" | "url.full" | "time.person" | "geo.precise");
    if untyped {
        let (mut other, _, why) = unnamed_strings(place);
        other.retain(|c| c != category);
        categories.extend(other);
        whys.push(why);
    } else if found.within && !category.starts_with("content.") && !is_person(category) {
        categories.push("content.text".into());
        whys.push("something personal inside".into());
    }
    (categories, named.is_weak || mixed || !fits, whys.join("; "))
}

/// A name that says nothing.
fn unnamed(place: &Place, found: Found) -> Guess {
    if !found.whole.is_empty() {
        let whys: Vec<_> = found.whole.iter().map(|(_, why)| why.clone()).collect();
        let mut categories: Vec<_> = found.whole.iter().map(|(c, _)| (*c).to_owned()).collect();
        if found.within {
            categories.push("content.text".into());
        }
        return (categories, true, whys.join("; "));
    }
    if found.any {
        return (vec!["content.text".into()], true, "something personal inside".into());
    }
    if place.strings() == 0 {
        return (Vec::new(), true, "numbers, and nothing says of what".into());
    }
    unnamed_strings(place)
}

/// By the form of strings alone.
fn unnamed_strings(place: &Place) -> Guess {
    let shape = Shape::ALL
        .into_iter()
        .max_by_key(|shape| if *shape == Shape::Empty { 0 } else { place.shapes[*shape as usize] });
    let shape = shape.filter(|shape| place.share(&[*shape]) >= MOST);
    let one = |category: &str, why: &str| (vec![category.to_owned()], true, format!("{why}; its name says nothing"));
    match shape {
        Some(Shape::Ip) => one("net.ip", "addresses"),
        Some(Shape::Email) => one("id.email", "e-mail addresses"),
        Some(Shape::Time) => one("time.event", "times"),
        Some(Shape::Url) => one("url.full", "web addresses"),
        Some(Shape::Path) => one("file.path", "paths"),
        Some(Shape::Agent) => one("device.agent", "a browser or app"),
        Some(Shape::Uuid | Shape::Token) => one("id.account", "long codes, perhaps somebody's"),
        _ => {
            if comes_again(place) {
                return (Vec::new(), true, "a small set of values, and nothing says of what".into());
            }
            if place.share(&[Shape::Word, Shape::Number]) >= MOST {
                return one("id.account", "words or numbers of many values, perhaps somebody's");
            }
            one("content.text", "text")
        }
    }
}
