//! `NAME.test.toml`: what a file promises.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::evidence;
use super::name;
use super::problems::Problems;
use super::reader::Reader;
use super::value::owned;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Duration, Span, Spanned, Text};
use crate::policy::test_file::{Given, GivenSystem, Outcome, Scalar, Subject, TestCase, TestFile, Without};

const OUTCOMES: [(&str, Outcome); 4] = [
    ("passed", Outcome::Passed),
    ("suppressed", Outcome::Suppressed),
    ("closed", Outcome::Closed),
    ("quarantined", Outcome::Quarantined),
];

/// Reads the file.
pub(super) fn file(mut root: Reader<'_>, p: &mut Problems<'_>) -> TestFile {
    let given = root.need("given", p).and_then(|item| item.table(p)).map_or_else(Given::default, |t| given(t, p));
    let tests: Vec<TestCase> = root.tables("test", p).into_iter().filter_map(|t| test(t, p)).collect();
    if !root.has("test") {
        let help = "a test begins with [test.NAME]";
        p.push(Diagnostic::error("P0014", "there is no test in this file", root.at(), "").help(help));
    }
    root.finish(p);
    TestFile { given, tests }
}

fn given(mut table: Reader<'_>, p: &mut Problems<'_>) -> Given {
    let policy = name::simple_all(table.texts("policy", p), "a layer", p);
    let schema = table.take("schema", p).and_then(|item| item.filled(p));
    let purpose = table.take("purpose", p).and_then(|item| item.filled(p));
    let mut given = Given {
        policy,
        schema: schema.filter(|t| name::simple(t, "a schema map", p)),
        purpose: purpose.filter(|t| name::simple(t, "a purpose", p)),
        on: table.date("on", p),
        ..Given::default()
    };
    given.system = table.take("system", p).and_then(|item| {
        let DeValue::Table(_) = item.value else {
            return item.filled(p).map(|name| GivenSystem { name, known: None });
        };
        let mut table = item.table(p)?;
        let name = table.take("name", p).and_then(|item| item.filled(p));
        let known = evidence::system(&mut table, p);
        table.finish(p);
        let name = name.unwrap_or_else(|| Spanned { value: "system-of-this-test".to_owned(), span: item.key.span });
        Some(GivenSystem { name, known: Some(known) })
    });
    if let Some(item) = table.take("evidence", p) {
        if let DeValue::Table(_) = item.value {
            let answers = item.table(p).map_or_else(Vec::new, |t| t.rest(p));
            let read = answers
                .iter()
                .filter_map(|a| Some((a.key.value.clone().into_owned(), evidence::answer(a.table(p)?, p))));
            given.answers = read.collect();
        } else {
            given.evidence_file = item.filled(p);
        }
    }
    given.decisions = table.tables("decision", p).into_iter().filter_map(|t| evidence::decision(t, p)).collect();
    if let Some(lists) = table.table("lists", p) {
        given.lists = words(&lists, p);
    }
    table.finish(p);
    given
}

fn words(lists: &Reader<'_>, p: &mut Problems<'_>) -> BTreeMap<String, Vec<Text>> {
    let mut all = BTreeMap::new();
    for item in lists.rest(p) {
        name::simple(&item.key, "a list", p);
        all.insert(item.key.value.clone().into_owned(), item.texts(p));
    }
    all
}

fn test(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<TestCase> {
    let good = name::simple(table.name(), "a test", p);
    let name = owned(table.name());
    let title = table.need_text("title", p);
    let subject = subject(&mut table, p);
    let own = table.table("given", p).map_or_else(Given::default, |t| given(t, p));
    let without = table.texts("without", p).iter().filter_map(|text| without(text, p)).collect();
    let lists = ["kept", "coded", "gone", "nowhere"].map(|key| table.texts(key, p));
    let mut becomes = Vec::new();
    for item in table.table("becomes", p).map_or_else(Vec::new, |t| t.quoted_rest(p)) {
        if let Some(value) = item.scalar(p) {
            becomes.push((owned(&item.key), value));
        }
    }
    let outcome = table.choice("outcome", &OUTCOMES, p);
    let references = ["gates", "rules"].map(|key| {
        let mut names = table.texts(key, p);
        names.retain(|name| name::reference(name, p));
        names
    });
    let kinds = table.texts("kinds", p);
    let kinds = kinds.into_iter().filter(|kind| name::dotted(kind, "kind", false, p)).collect::<Vec<_>>();
    let classified = table.flag("classified", p);
    let at_most = table.duration("at-most", p);
    let at_least = table.duration("at-least", p);
    let claims = [
        "kept",
        "coded",
        "gone",
        "becomes",
        "nowhere",
        "outcome",
        "gates",
        "rules",
        "kinds",
        "classified",
        "at-most",
        "at-least",
    ];
    if !claims.iter().any(|key| table.has(key)) {
        let help = "say what comes out: kept, coded, gone, becomes, nowhere, outcome, gates, rules, kinds, classified, at-most or at-least";
        p.push(Diagnostic::error("P0602", "this test promises nothing", name.span, "").help(help));
    }
    contradictions(&lists[..3], &becomes, p);
    if let Some(Subject::Values(_)) = subject {
        let of_map = kinds.first().map(|kind| ("of which kind it is", kind.span));
        let of_map = of_map.or(classified.as_ref().map(|flag| ("that it is classified", flag.span)));
        only_of_events(&becomes, outcome.as_ref(), of_map, [&at_most, &at_least], p);
    }
    table.finish(p);
    let [kept, coded, gone, nowhere] = lists;
    let [gates, rules] = references;
    let (title, subject) = (title?, subject?);
    good.then_some(TestCase {
        name,
        title,
        subject,
        given: own,
        without,
        kept,
        coded,
        gone,
        becomes,
        nowhere,
        outcome,
        gates,
        rules,
        kinds,
        classified: classified.is_some_and(|flag| flag.value),
        at_most,
        at_least,
    })
}

/// Values by category are no event: what only an event shows would never be looked at.
fn only_of_events(
    becomes: &[(Text, Spanned<Scalar>)],
    outcome: Option<&Spanned<Outcome>>,
    of_map: Option<(&'static str, Span)>,
    limits: [&Option<Spanned<Duration>>; 2],
    p: &mut Problems<'_>,
) {
    let becomes = becomes.first().map(|(path, _)| ("what a value becomes", path.span));
    let outcome = outcome.filter(|o| matches!(o.value, Outcome::Suppressed | Outcome::Quarantined));
    let limits = limits.into_iter().flatten().map(|limit| ("how long it is kept", limit.span));
    for (what, span) in
        becomes.into_iter().chain(outcome.map(|outcome| ("this outcome", outcome.span))).chain(of_map).chain(limits)
    {
        let message = format!("{what} can be shown on an event only");
        p.push(Diagnostic::error("P0606", message, span, "").help("write event = '''…''' in place of values"));
    }
}

/// An event, or values by category.
fn subject(table: &mut Reader<'_>, p: &mut Problems<'_>) -> Option<Subject> {
    let event = table.take("event", p);
    let values = table.take("values", p);
    match (event, values) {
        (Some(event), None) => event.filled(p).map(Subject::Event),
        (None, Some(values)) => {
            let mut all = Vec::new();
            for item in values.table(p)?.quoted_rest(p) {
                if name::dotted(&item.key, "category", false, p)
                    && let Some(value) = item.scalar(p)
                {
                    all.push((owned(&item.key), value));
                }
            }
            Some(Subject::Values(all))
        }
        (event, _) => {
            let at = event.map_or(table.name().span, |event| event.key.span);
            let help = "write event = '''…''', or values.\"category\" = \"…\"";
            p.push(Diagnostic::error("P0601", "a test is about one event, or about values", at, "").help(help));
            None
        }
    }
}

/// `evidence.NAME`, `lists.NAME`.
fn without(text: &Text, p: &mut Problems<'_>) -> Option<Spanned<Without>> {
    let value = match text.split_once('.') {
        Some(("evidence", name)) if !name.is_empty() => Without::Evidence(name.to_owned()),
        Some(("lists", name)) if !name.is_empty() => Without::List(name.to_owned()),
        _ => {
            let message = format!("{} cannot be taken away", p.quote(text));
            p.push(
                Diagnostic::error("P0603", message, text.span, "").help("write \"evidence.NAME\" or \"lists.NAME\""),
            );
            return None;
        }
    };
    Some(Spanned { value, span: text.span })
}

/// A value has one fate.
fn contradictions(lists: &[Vec<Text>], becomes: &[(Text, Spanned<Scalar>)], p: &mut Problems<'_>) {
    let mut fates: BTreeMap<&str, (usize, &Text)> = BTreeMap::new();
    let listed = lists.iter().enumerate().flat_map(|(fate, list)| list.iter().map(move |path| (fate, path)));
    for (fate, path) in listed.chain(becomes.iter().map(|(path, _)| (lists.len(), path))) {
        if let Some((other, first)) = fates.insert(path, (fate, path))
            && other != fate
        {
            let message = format!("{} has two fates", p.quote(path));
            p.push(Diagnostic::error("P0604", message, path.span, "and here").and(first.span, "here"));
        }
    }
}
