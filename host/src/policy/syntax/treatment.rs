//! `[treatment]`: the verb of a name and the parameters that belong to it.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::name;
use super::notes::Kind;
use super::problems::{Problems, meant, nearest, one_of};
use super::reader::Reader;
use super::value::{Item, check_zone, owned};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Confidence, LANGUAGES, Text, TimeUnit, Treatment, UrlRung, Verb};
use crate::policy::part::{PARTS, Part};
use crate::policy::test_file::Scalar;

/// Every verb and the parameters that it may have.
const VERBS: [(&str, &[&str]); 11] = [
    ("keep", &[]),
    ("drop", &[]),
    ("forbid", &[]),
    ("suppress", &[]),
    ("redact", &["label", "fixed", "find", "threshold", "except", "except-examples", "keep"]),
    ("mask", &["show"]),
    ("truncate", &["ipv4", "ipv6", "text"]),
    ("generalise", &["time", "zone", "number", "geo", "url", "path-depth", "extension", "agent", "title"]),
    ("pseudonymise", &["escrow", "shape"]),
    ("tokenise", &["random", "shape"]),
    ("replace", &["with"]),
];

pub(super) const CONFIDENCE: [(&str, Confidence); 3] =
    [("possible", Confidence::Possible), ("likely", Confidence::Likely), ("certain", Confidence::Certain)];

/// The sentence of the notice in each of [`LANGUAGES`].
const SAYS: [&str; LANGUAGES.len()] = ["says-de", "says-es", "says-fr", "says-it"];

const UNITS: [(&str, TimeUnit); 6] = [
    ("second", TimeUnit::Second),
    ("minute", TimeUnit::Minute),
    ("hour", TimeUnit::Hour),
    ("day", TimeUnit::Day),
    ("month", TimeUnit::Month),
    ("year", TimeUnit::Year),
];

const RUNGS: [(&str, UrlRung); 3] = [("page", UrlRung::Page), ("host", UrlRung::Host), ("path", UrlRung::Page)];

/// Most characters that may stay visible at one end of a masked value.
const MOST_SHOWN: u16 = 64;

/// Reads `treatments.toml`.
pub(super) fn file(mut root: Reader<'_>, p: &mut Problems<'_>) -> Vec<Treatment> {
    root.revision(p);
    if root.need("treatment", p).is_none() {
        root.finish(p);
        return Vec::new();
    }
    let treatments = treatments(&mut root, p);
    root.finish(p);
    treatments
}

/// Reads the `[treatment]` of a file.
pub(super) fn treatments(root: &mut Reader<'_>, p: &mut Problems<'_>) -> Vec<Treatment> {
    root.tables("treatment", p).into_iter().filter_map(|table| treatment(table, p)).collect()
}

fn treatment(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Treatment> {
    let treatment = owned(table.name());
    if !name::simple(&treatment, "a treatment", p) {
        return None;
    }
    let word = treatment.split('-').next().unwrap_or("");
    let Some((verb, own)) = VERBS.iter().find(|(verb, _)| *verb == word) else {
        let names = VERBS.map(|(verb, _)| verb);
        let message = format!("{} begins with no verb that is known", p.quote(&treatment));
        let help = match nearest(word, names) {
            Some(near) => format!("did you mean `{near}`? A name begins with {}", one_of(&names)),
            None => format!("a name begins with {}", one_of(&names)),
        };
        p.push(Diagnostic::error("P0155", message, treatment.span, "").help(help));
        return None;
    };
    table.apart(&format!("^{verb}(-[a-z0-9-]*[a-z0-9])?$"), p);
    let says = table.text("says", p).map_or_else(String::new, |t| t.value);
    let translated = |(key, lang)| Some((lang, table.take(key, p)?.filled(p)?.value));
    let says_in = SAYS.into_iter().zip(LANGUAGES).filter_map(translated).collect();
    let fits = parameters_belong(&table, verb, own, p);
    let read = match *verb {
        "keep" => Some(Verb::Keep),
        "drop" => Some(Verb::Drop),
        "forbid" => Some(Verb::Forbid),
        "suppress" => Some(Verb::Suppress),
        "redact" => redact(&mut table, p),
        "mask" => mask(&mut table, p),
        "truncate" => truncate(&mut table, p),
        "generalise" => generalise(&mut table, p),
        "pseudonymise" => {
            let escrow = table.flag("escrow", p).is_some_and(|f| f.value);
            Some(Verb::Pseudonymise { escrow, preserve: preserve(&mut table, p) })
        }
        "tokenise" => tokenise(&mut table, p),
        _ => replace(&mut table, p),
    };
    // The name stays known where something is wrong with it; the diagnostic keeps it from being used.
    Some(Treatment { name: treatment, verb: read.filter(|_| fits).unwrap_or(Verb::Drop), says, says_in })
}

/// Reports parameters of other verbs, and parameters of none.
fn parameters_belong(table: &Reader<'_>, verb: &str, own: &[&str], p: &mut Problems<'_>) -> bool {
    let mut fits = true;
    for item in table.rest(p).iter().filter(|item| !own.contains(&item.key.value.as_ref())) {
        fits = false;
        let key = item.key.value.as_ref();
        let owners: Vec<&str> = VERBS.iter().filter(|(_, own)| own.contains(&key)).map(|(verb, _)| *verb).collect();
        let allowed = if own.is_empty() { "no parameters".to_owned() } else { one_of(own) };
        let (message, help) = if owners.is_empty() {
            let near = nearest(key, own.iter().copied().chain(["says"]));
            let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            (format!("unknown parameter {}", p.quote(key)), format!("{near}`{verb}` has {allowed}"))
        } else {
            let message = format!("`{verb}` has no parameter {}", p.quote(key));
            (message, format!("it belongs to {}; `{verb}` has {allowed}", one_of(&owners)))
        };
        p.push(Diagnostic::error("P0156", message, item.key.span, "").help(help));
    }
    fits
}

/// Reports parameters that do not make a treatment together.
fn clash(table: &Reader<'_>, message: &str, help: &str, p: &mut Problems<'_>) {
    p.push(Diagnostic::error("P0157", message, table.name().span, "").help(help));
}

fn redact(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Verb> {
    let label = table.take("label", p).and_then(|item| item.filled(p)).map(|t| t.value);
    let fixed = table.take("fixed", p);
    let find = table.take("find", p);
    let threshold = table.take("threshold", p);
    let except = table.take("except", p);
    let (examples, keep) = (table.take("except-examples", p), table.take("keep", p));
    let Some(find) = find else {
        let extras = [&threshold, &except, &examples, &keep];
        for item in extras.into_iter().flatten() {
            let message = format!("{} means nothing without `find`", p.quote(&item.key));
            p.push(
                Diagnostic::error("P0157", message, item.key.span, "")
                    .help("say what is looked for: find = [\"personal\"]"),
            );
        }
        let fixed = fixed.and_then(|item| item.count(1..=1000, p)).and_then(|n| u16::try_from(n.value).ok());
        if fixed.is_some() && label.is_some() {
            clash(table, "`label` and `fixed` exclude each other", "keep one of them", p);
            return None;
        }
        return extras.iter().all(|item| item.is_none()).then_some(Verb::Redact { label, fixed });
    };
    if let Some(fixed) = fixed {
        let message = "`fixed` hides a whole value, `find` hides what is found";
        p.push(Diagnostic::error("P0157", message, fixed.key.span, "").and(find.key.span, "").help("keep one of them"));
        return None;
    }
    if matches!(find.value, DeValue::Array(list) if list.is_empty()) {
        p.push(Diagnostic::error("P0014", "`find` is empty", find.span, ""));
    }
    let sets: Vec<String> = find.texts(p).into_iter().map(|t| t.value).collect();
    let threshold = match threshold {
        Some(item) => item.choice(&CONFIDENCE, p)?.value,
        None => Confidence::default(),
    };
    let except = except.map_or_else(Vec::new, |item| item.texts(p)).into_iter().map(|t| t.value).collect();
    let except_examples = examples.and_then(|item| item.flag(p)).is_some_and(|flag| flag.value);
    let keep = keep.map_or_else(BTreeMap::new, |item| parts(&item, p));
    (!sets.is_empty()).then_some(Verb::RedactFound { find: sets, threshold, except, except_examples, keep, label })
}

/// `{ "person.email" = "domain" }`: what stays of values that are found.
fn parts(item: &Item<'_>, p: &mut Problems<'_>) -> BTreeMap<String, Part> {
    let mut keep = BTreeMap::new();
    for item in item.table(p).map_or_else(Vec::new, |table| table.quoted_rest(p)) {
        let entity = item.key.value.as_ref();
        let Some((_, parts)) = PARTS.iter().find(|(name, _)| *name == entity) else {
            let message = format!("of {} no part can be kept", p.quote(entity));
            let help = meant(entity, &PARTS.map(|(name, _)| name));
            p.push(Diagnostic::error("P0165", message, item.key.span, "").help(help));
            continue;
        };
        let item = item.clone().apart(&format!("^{}$", entity.replace('.', "[.]")), p);
        p.note_kind(item.node, || Kind::Words(parts.iter().map(|(part, _)| (*part).to_owned()).collect()));
        let Some(word) = item.filled(p) else { continue };
        match parts.iter().find(|(part, _)| *part == word.value) {
            Some((_, part)) => drop(keep.insert(entity.to_owned(), *part)),
            None => {
                let message = format!("{} is no part of `{entity}`", p.quote(&word));
                let help = meant(&word, &parts.iter().map(|(part, _)| *part).collect::<Vec<_>>());
                p.push(Diagnostic::error("P0165", message, word.span, "").help(help));
            }
        }
    }
    keep
}

fn mask(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Verb> {
    let show = table.need("show", p)?.filled(p)?;
    let verb = shown(&show);
    if verb.is_none() {
        let message = format!("{} does not say what stays visible", p.quote(&show));
        let help = format!(
            "write \"bin, last 4\", \"domain\", \"extension\", \"first N\", \"last N\" or \"first N, last M\" with numbers from 1 to {MOST_SHOWN}"
        );
        p.push(Diagnostic::error("P0158", message, show.span, "").help(help));
    }
    verb
}

fn shown(show: &Text) -> Option<Verb> {
    let parts: Vec<&str> = show.split(',').map(str::trim).collect();
    let number = |text: &str| {
        let digits = text.trim();
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n| plain && (1..=MOST_SHOWN).contains(n))
    };
    match parts.as_slice() {
        ["domain"] => Some(Verb::MaskDomain),
        ["extension"] => Some(Verb::MaskExtension),
        ["bin", "last 4"] => Some(Verb::MaskCard),
        [one] => match (one.strip_prefix("first "), one.strip_prefix("last ")) {
            (Some(n), _) => number(n).map(|first| Verb::MaskEnds { first, last: 0 }),
            (_, Some(n)) => number(n).map(|last| Verb::MaskEnds { first: 0, last }),
            _ => None,
        },
        [first, last] => Some(Verb::MaskEnds {
            first: number(first.strip_prefix("first ")?)?,
            last: number(last.strip_prefix("last ")?)?,
        }),
        _ => None,
    }
}

fn truncate(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Verb> {
    let ipv4 = table.take("ipv4", p);
    let ipv6 = table.take("ipv6", p);
    let text = table.take("text", p);
    match (ipv4, ipv6, text) {
        (Some(v4), Some(v6), None) => {
            let (ipv4, ipv6) = (v4.count(0..=32, p), v6.count(0..=128, p));
            let bits = |n: u32| u8::try_from(n).ok();
            Some(Verb::TruncateIp { ipv4: bits(ipv4?.value)?, ipv6: bits(ipv6?.value)? })
        }
        (None, None, Some(text)) => Some(Verb::TruncateText { text: text.count(1..=1_000_000, p)?.value }),
        _ => {
            clash(
                table,
                "`truncate` needs `ipv4` and `ipv6` together, or `text`",
                "for example ipv4 = 24, ipv6 = 48",
                p,
            );
            None
        }
    }
}

fn generalise(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Verb> {
    const LADDERS: [&str; 7] = ["time", "number", "geo", "url", "path-depth", "agent", "title"];
    let given: Vec<_> = LADDERS.into_iter().filter_map(|key| table.take(key, p)).collect();
    let zone = table.take("zone", p);
    let extension = table.take("extension", p);
    let [item] = given.as_slice() else {
        let help = format!("give one of {}", one_of(&LADDERS));
        clash(table, "`generalise` goes up one ladder", &help, p);
        return None;
    };
    let ladder = item.key.value.as_ref();
    for (extra, owner) in [(&zone, "time"), (&extension, "path-depth")] {
        if let Some(extra) = extra.as_ref().filter(|_| ladder != owner) {
            let message = format!("{} belongs to `{owner}`, not to `{ladder}`", p.quote(&extra.key));
            p.push(Diagnostic::error("P0157", message, extra.key.span, "").and(item.key.span, ""));
            return None;
        }
    }
    match ladder {
        "time" => {
            let zone = zone.map(|item| item.filled(p).filter(|zone| check_zone(zone, p)));
            let unit = item.choice(&UNITS, p);
            let zone = match zone {
                Some(zone) => Some(zone?.value),
                None => None,
            };
            Some(Verb::GeneraliseTime { unit: unit?.value, zone })
        }
        "number" => width(item, p).map(|width| Verb::GeneraliseNumber { width }),
        "geo" => item
            .count(0..=6, p)
            .and_then(|n| u8::try_from(n.value).ok())
            .map(|decimals| Verb::GeneraliseGeo { decimals }),
        "url" => item.choice(&RUNGS, p).map(|rung| Verb::GeneraliseUrl { rung: rung.value }),
        "path-depth" => {
            let extension = extension.and_then(|item| item.flag(p)).is_some_and(|f| f.value);
            let depth = item.count(0..=32, p).and_then(|n| u8::try_from(n.value).ok())?;
            Some(Verb::GeneralisePath { depth, extension })
        }
        "agent" => item.choice(&[("family", ())], p).map(|_| Verb::GeneraliseAgent),
        _ => item.choice(&[("application", ())], p).map(|_| Verb::GeneraliseTitle),
    }
}

/// Width of a bucket: a number above zero.
fn width(item: &Item<'_>, p: &mut Problems<'_>) -> Option<String> {
    let width = item.number(p)?;
    if width.parse::<f64>().is_ok_and(|n| n > 0.0) {
        return Some(width);
    }
    p.push(Diagnostic::error("P0013", "the width of a bucket is above zero", item.span, ""));
    None
}

fn preserve(table: &mut Reader<'_>, p: &mut Problems<'_>) -> bool {
    table.choice("shape", &[("preserve", ())], p).is_some()
}

fn tokenise(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Verb> {
    let random = table.flag("random", p);
    let preserve = preserve(table, p);
    if let Some(random) = random.filter(|random| !random.value) {
        let message = "a token is always random";
        p.push(
            Diagnostic::error("P0157", message, random.span, "")
                .help("a code that comes from the value is `pseudonymise`"),
        );
        return None;
    }
    Some(Verb::Tokenise { preserve })
}

fn replace(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Verb> {
    table.need("with", p).and_then(|with| constant(&with, p)).map(|with| Verb::Replace { with })
}

/// A text, number or truth as JSON text.
pub(super) fn constant(item: &Item<'_>, p: &mut Problems<'_>) -> Option<String> {
    Some(match item.scalar(p)?.value {
        Scalar::String(text) => json_string(&text),
        other => other.text().to_owned(),
    })
}

/// A text as JSON writes it.
fn json_string(text: &str) -> String {
    let mut json = String::from('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            c if u32::from(c) < 0x20 => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::syntax::Bundle;

    fn verbs(text: &str) -> Vec<Verb> {
        let mut bundle = Bundle::new();
        let file = bundle.add("treatments.toml", format!("revision = 1\n[treatment]\n{text}\n"));
        let mut out = Vec::new();
        let read = crate::policy::syntax::treatments(&bundle, file, &mut out);
        assert!(out.is_empty(), "{text}: {out:?}");
        read.into_iter().flatten().map(|t| t.verb).collect()
    }

    #[test]
    fn every_verb_of_the_language_is_read() {
        for (text, verb) in [
            ("keep = {}", Verb::Keep),
            ("forbid = { says = 'x' }", Verb::Forbid),
            ("redact = {}", Verb::Redact { label: None, fixed: None }),
            ("redact-eight = { fixed = 8 }", Verb::Redact { label: None, fixed: Some(8) }),
            (
                "redact-x = { find = ['personal'], threshold = 'certain', except = ['*@example.com'], label = '[x]' }",
                Verb::RedactFound {
                    find: vec!["personal".into()],
                    threshold: Confidence::Certain,
                    except: vec!["*@example.com".into()],
                    except_examples: false,
                    keep: BTreeMap::new(),
                    label: Some("[x]".into()),
                },
            ),
            (
                "redact-y = { find = ['person.email', 'payment'], except-examples = true, keep = { 'person.email' = 'domain', 'payment.card' = 'last 4' } }",
                Verb::RedactFound {
                    find: vec!["person.email".into(), "payment".into()],
                    threshold: Confidence::Likely,
                    except: Vec::new(),
                    except_examples: true,
                    keep: BTreeMap::from([
                        ("payment.card".into(), Part::LastFour),
                        ("person.email".into(), Part::Domain),
                    ]),
                    label: None,
                },
            ),
            ("mask-card = { show = 'bin, last 4' }", Verb::MaskCard),
            ("mask-a = { show = 'first 2' }", Verb::MaskEnds { first: 2, last: 0 }),
            ("mask-b = { show = 'first 2, last 3' }", Verb::MaskEnds { first: 2, last: 3 }),
            ("mask-c = { show = 'last 3' }", Verb::MaskEnds { first: 0, last: 3 }),
            ("truncate-ip = { ipv4 = 24, ipv6 = 48 }", Verb::TruncateIp { ipv4: 24, ipv6: 48 }),
            ("truncate-text-40 = { text = 40 }", Verb::TruncateText { text: 40 }),
            (
                "generalise-day = { time = 'day', zone = 'Europe/Berlin' }",
                Verb::GeneraliseTime { unit: TimeUnit::Day, zone: Some("Europe/Berlin".into()) },
            ),
            ("generalise-age = { number = 10 }", Verb::GeneraliseNumber { width: "10".into() }),
            ("generalise-a = { number = 0.5 }", Verb::GeneraliseNumber { width: "0.5".into() }),
            ("generalise-geo = { geo = 1 }", Verb::GeneraliseGeo { decimals: 1 }),
            ("generalise-page = { url = 'path' }", Verb::GeneraliseUrl { rung: UrlRung::Page }),
            ("generalise-path = { path-depth = 1 }", Verb::GeneralisePath { depth: 1, extension: false }),
            ("generalise-agent = { agent = 'family' }", Verb::GeneraliseAgent),
            ("generalise-app = { title = 'application' }", Verb::GeneraliseTitle),
            ("pseudonymise-escrow = { escrow = true }", Verb::Pseudonymise { escrow: true, preserve: false }),
            ("tokenise = { random = true, shape = 'preserve' }", Verb::Tokenise { preserve: true }),
            ("replace-a = { with = \"a\\\"\\u0001\" }", Verb::Replace { with: "\"a\\\"\\u0001\"".into() }),
            ("replace-b = { with = 0x10 }", Verb::Replace { with: "16".into() }),
            ("replace-c = { with = false }", Verb::Replace { with: "false".into() }),
        ] {
            assert_eq!(verbs(text), [verb], "{text}");
        }
    }
}
