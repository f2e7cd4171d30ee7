//! `NAME.evidence.toml` and `NAME.lists.toml`: what opens something.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::name;
use super::notes::Kind;
use super::problems::{Problems, nearest};
use super::reader::Reader;
use super::signed::entry;
use super::value::owned;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Answer, Decision, Evidence, Hold, SecretLists, System, Text, Told};

/// Keys of an answer that the program itself understands. All others are for the gates that ask for them.
pub(in crate::policy) const TYPED: [&str; 7] =
    ["answer", "covers", "agreed-revision", "agreed-digest", "review-by", "ends-on", "signature"];

/// Reads `NAME.evidence.toml`.
pub(super) fn file(mut root: Reader<'_>, p: &mut Problems<'_>) -> Evidence {
    let mut evidence = Evidence::default();
    if let Some(mut head) = root.need("evidence", p).and_then(|item| item.table(p)) {
        evidence.tenant = head.need_text("for", p).filter(|name| name::simple(name, "a tenant", p));
        evidence.revision = head.revision(p);
        for item in head.rest(p) {
            if let DeValue::Table(_) = item.value {
                let Some(mut table) = item.table(p) else { continue };
                entry("evidence", &mut table, &mut evidence, p);
                evidence.answers.insert(item.key.value.clone().into_owned(), answer(table, p));
            } else {
                head.unknown(&item.key, p);
            }
        }
    }
    for mut table in root.tables("system", p) {
        entry("system", &mut table, &mut evidence, p);
        let system = system(&mut table, p);
        let name = table.name().value.clone().into_owned();
        table.finish(p);
        evidence.systems.insert(name, system);
    }
    for mut table in root.tables("hold", p) {
        entry("hold", &mut table, &mut evidence, p);
        evidence.holds.push(hold(table, p));
    }
    for mut table in root.tables("decision", p) {
        entry("decision", &mut table, &mut evidence, p);
        evidence.decisions.extend(decision(table, p));
    }
    for mut table in root.tables("told", p) {
        entry("told", &mut table, &mut evidence, p);
        evidence.told.extend(told(table, p));
    }
    root.finish(p);
    evidence
}

/// `[evidence.NAME]`, also as `evidence.NAME = { … }` of a test.
pub(super) fn answer(mut table: Reader<'_>, p: &mut Problems<'_>) -> Answer {
    name::simple(table.name(), "a gate or fact", p);
    let said = table.rest(p).iter().filter_map(|item| Some((item.key.value.to_string(), said(item.value)?))).collect();
    let parts = table.rest(p).iter().map(|item| (item.key.value.to_string(), parts(item.value))).collect();
    let covers = table.take("covers", p);
    let mut given = table.filled_keys();
    let written = table.take("agreed-digest", p).and_then(|item| item.filled(p));
    let digest_is_open = written.as_ref().is_some_and(is_open);
    let agreed_digest = written.and_then(|text| digest(text, p)).filter(|_| !digest_is_open);
    if agreed_digest.is_none() {
        given.retain(|key| key != "agreed-digest");
    }
    let answer = Answer {
        span: table.name().span,
        given,
        said,
        parts,
        answer: table.choice("answer", &[("yes", true), ("no", false)], p).map(|a| a.value),
        covers: covers.map(|item| name::simple_all(item.texts(p), "a purpose", p)),
        agreed_revision: table.take("agreed-revision", p).and_then(|item| item.filled(p)).filter(|t| revision(t, p)),
        agreed_digest,
        digest_is_open,
        review_by: table.date("review-by", p).map(|d| d.value),
        ends_on: table.date("ends-on", p).map(|d| d.value),
    };
    for item in table.rest(p) {
        if nearest(&item.key, TYPED).is_some() {
            table.unknown(&item.key, p);
        } else if let DeValue::Table(_) | DeValue::Float(_) = item.value {
            item.mismatch("a text, a list, a day, a whole number, true or false", p);
        } else {
            for kind in [Kind::Text, Kind::List, Kind::Day, Kind::Integer, Kind::Flag] {
                p.note_kind(item.node, || kind);
            }
            name::simple(&item.key, "a question", p);
        }
    }
    answer
}

/// A value as a report shows it; `None` where it says nothing.
pub(super) fn said(value: &DeValue<'_>) -> Option<String> {
    let text = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Array(parts) => parts.iter().filter_map(|part| said(part.get_ref())).collect::<Vec<_>>().join(", "),
        DeValue::Datetime(day) => day.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(_) | DeValue::Table(_) => String::new(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// What a value says, each part of a list by itself.
fn parts(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::Array(parts) => parts.iter().filter_map(|part| said(part.get_ref())).collect(),
        other => said(other).into_iter().collect(),
    }
}

/// `example-de@4`.
fn revision(text: &Text, p: &mut Problems<'_>) -> bool {
    let number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && n.parse::<u32>().is_ok();
    let good = text.split_once('@').is_some_and(|(layer, n)| !layer.is_empty() && number(n));
    if !good {
        let message = format!("{} names no revision of a layer", p.quote(text));
        p.push(
            Diagnostic::error("P0451", message, text.span, "")
                .help("write \"layer@revision\", for example \"example-de@4\""),
        );
    }
    good
}

/// Zeros hold the place of a digest that is not known yet.
fn is_open(text: &Text) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b == b'0'))
}

/// `sha256:…`.
fn digest(text: Text, p: &mut Problems<'_>) -> Option<Text> {
    let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if hex.is_none() {
        let message = "this is no digest";
        p.push(Diagnostic::error("P0452", message, text.span, "").help("write \"sha256:\" and 64 hexadecimal digits"));
        return None;
    }
    Some(Text { value: text.to_ascii_lowercase(), span: text.span })
}

/// `[system.NAME]`, also as `system = { … }` of a test.
pub(super) fn system(table: &mut Reader<'_>, p: &mut Problems<'_>) -> System {
    let system = System {
        span: table.name().span,
        tags: table.texts("tags", p).into_iter().map(|t| t.value).collect(),
        attributable: table.flag("attributable", p).is_some_and(|f| f.value),
    };
    for key in ["why", "by"] {
        table.texts(key, p);
    }
    table.date("on", p);
    system
}

fn hold(mut table: Reader<'_>, p: &mut Problems<'_>) -> Hold {
    name::simple(table.name(), "a hold", p);
    let hold = Hold {
        name: owned(table.name()),
        systems: table.need_texts("systems", p),
        from: table.date("from", p).map(|d| d.value),
        review_by: table.date("review-by", p).map(|d| d.value),
    };
    for key in ["why", "approved-by"] {
        table.texts(key, p);
    }
    table.finish(p);
    hold
}

/// `[decision.NAME]`, also as `decision.NAME = { … }` of a test.
pub(super) fn decision(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Decision> {
    name::simple(table.name(), "a decision", p);
    let mut between = table.need_texts("between", p);
    let wins = table.need_text("wins", p).filter(|name| name::reference(name, p));
    table.need_text("why", p);
    table.need_texts("by", p);
    let until = table.date("until", p).map(|d| d.value);
    between.retain(|name| name::reference(name, p));
    if let Some(wins) = wins.as_ref().filter(|wins| between.len() > 1 && !between.iter().any(|b| b.value == wins.value))
    {
        let message = format!("{} is none of the two", p.quote(wins));
        let mut problem = Diagnostic::error("P0453", message, wins.span, "");
        if let [first, .., last] = between.as_slice() {
            problem = problem.and(first.span, "").and(last.span, "");
        }
        p.push(problem);
    } else if between.len() == 1 {
        p.push(
            Diagnostic::error("P0453", "a decision is between two", table.name().span, "")
                .help("name both limits in `between`"),
        );
    }
    let name = owned(table.name());
    table.finish(p);
    Some(Decision { name, between, wins: wins?, until })
}

fn told(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Told> {
    name::simple(table.name(), "what people were told", p);
    let release = table.need_text("revision", p).filter(|text| revision(text, p));
    let on = table.need("on", p).and_then(|item| item.date(p));
    let notices = table.take("notices", p).map(|item| item.texts(p));
    for notice in notices.iter().flatten() {
        name::reference(notice, p);
    }
    for key in ["by", "how"] {
        table.texts(key, p);
    }
    let name = owned(table.name());
    table.finish(p);
    Some(Told { name, revision: release?, on: on?.value, notices })
}

/// Reads `NAME.lists.toml`.
pub(super) fn lists(mut root: Reader<'_>, p: &mut Problems<'_>) -> SecretLists {
    let mut lists = BTreeMap::new();
    for mut table in root.tables("list", p) {
        name::simple(table.name(), "a list", p);
        let words = table.need("words", p).map_or_else(Vec::new, |item| item.texts(p));
        let name = table.name().value.clone().into_owned();
        table.finish(p);
        lists.insert(name, words);
    }
    root.finish(p);
    SecretLists { lists }
}
