//! LAW (an explanation is true): what `explain` says became of each field is what a comparison of input and output shows, path by
//! path; every value of the output is told of; and no value is told unless it was asked for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common::engine;
use common::given::{Given, given, leaves, shipped};
use common::random::{Node, Repertoire, World, event, world};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::cli::explain::explained;
use tamis::event::Occurs;
use tamis::officer::explain::{Account, Became, Ended, Explained, Otherwise, PluginName, Plugins, json, report};
use tamis::officer::phrase::Lang;
use tamis::pipeline::{Options, Outcome};
use tamis::policy::Plan;

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| above.is_empty() || rest.starts_with(['.', '[']))
}

/// Explains an event, and holds that against what came out of another run.
fn holds(plan: &Arc<Plan>, options: Options, event: &str) -> Result<Explained, String> {
    let ran = common::filter(plan, &common::ndjson([event.replace(['\n', '\r'], " ")]), options);
    let said = explained(engine(plan, options), plan, event.as_bytes(), true)?;
    shows(&said, event, (ran.outcomes[0], ran.by_event()[0]))?;
    Ok(said)
}

/// Holds an explanation against what went in and what came out of another run.
fn shows(said: &Explained, event: &str, (is, line): (Outcome, Option<&[u8]>)) -> Result<(), String> {
    let outcome = match said.ended {
        Ended::Passed => Outcome::Passed,
        Ended::Suppressed => Outcome::Suppressed,
        Ended::Quarantined(reason) => Outcome::Quarantined(reason),
        Ended::Stopped => Outcome::Stopped,
    };
    if is != outcome {
        return Err(format!("{outcome:?} was said of the event, and it is {is:?}"));
    }
    let before = leaves(event);
    let after = line.map_or_else(BTreeMap::new, |line| leaves(std::str::from_utf8(line).unwrap()));
    let values = || said.accounts.iter().filter(|one| matches!(one.occurs, Occurs::Value | Occurs::Text));
    if said.schema.is_some() {
        all_told(&before, values().map(|one| one.path.as_str()).collect())?;
    }
    for one in values() {
        value_holds(one, &before, &after)?;
        by_path(one, said, &before, &after)?;
    }
    for (at, text) in said.accounts.iter().enumerate().filter(|(_, one)| one.occurs == Occurs::Text) {
        let parts: Vec<_> = said.accounts[at + 1..].iter().take_while(|one| one.occurs == Occurs::Part).collect();
        parts_hold(text, &parts, &before, &after)?;
    }
    said.accounts.iter().filter(|one| one.occurs == Occurs::Key).try_for_each(|key| key_holds(key, said, &after))?;
    let told = values().filter_map(|one| Some(one.after.as_ref()?.0.as_str())).collect::<BTreeSet<_>>();
    let is_empty_root = told.is_empty() && after.keys().all(String::is_empty);
    if !is_empty_root && is == Outcome::Passed {
        all_told(&after, told)?;
    }
    Ok(())
}

/// Every leaf is told of, or lies within a text that is, or holds what is.
fn all_told(leaves: &BTreeMap<String, Value>, told: BTreeSet<&str>) -> Result<(), String> {
    let is_told = |path: &str| told.iter().any(|told| *told == path || is_below(told, path) || is_below(path, told));
    match leaves.keys().find(|path| !is_told(path)) {
        Some(path) => Err(format!("nothing is said of {path}")),
        None => Ok(()),
    }
}

/// Whether a value is written so, or within JSON that is.
fn is_written(said: &str, value: &Value) -> bool {
    let Ok(said) = serde_json::from_str::<Value>(said) else { return false };
    said == *value || said.as_str().is_some_and(|inner| is_written(inner, value))
}

/// What is said of one value, by the place that is said.
fn value_holds(one: &Account, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Result<(), String> {
    let source = before.get(&one.path).ok_or_else(|| format!("there is no {}", one.path))?;
    let left = one.after.as_ref().and_then(|(path, _)| after.get(path));
    if let (Some((path, said)), Some(left)) = (&one.after, left)
        && !is_written(said, left)
    {
        return Err(format!("something else than what was said stands at {path}"));
    }
    let is = match left {
        None => Became::Gone,
        Some(value) if value == source => Became::Kept,
        Some(_) => Became::Changed,
    };
    if is == one.became { Ok(()) } else { Err(format!("{} is {is:?}, not {:?}", one.path, one.became)) }
}

/// Shorter parts may stand in what takes another's place.
const LONG: usize = 6;

/// What is said of the parts of a text, by how often each stands in it before and after.
fn parts_hold(
    text: &Account,
    parts: &[&Account],
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
) -> Result<(), String> {
    let left = text.after.as_ref().and_then(|(path, _)| after.get(path)?.as_str()).unwrap_or_default();
    let source = before.get(&text.path).and_then(Value::as_str).unwrap_or_default();
    for part in parts {
        let own = part.before.as_deref().unwrap_or_default();
        let alike = || parts.iter().filter(|other| other.before.as_deref() == Some(own));
        let (all, kept) = (alike().count(), alike().filter(|other| other.became == Became::Kept).count());
        let (was, is) = (source.matches(own).count(), left.matches(own).count());
        // What is written otherwise there than it reads is not looked for.
        if own.len() < LONG || was < all {
            continue;
        }
        if is < kept || is > was - (all - kept) {
            return Err(format!("{} stands {is} times of {was}, and {kept} of {all} are kept", part.path));
        }
    }
    Ok(())
}

/// The same by the path in the input alone, where keys stay and no element before it is gone.
fn by_path(
    one: &Account,
    said: &Explained,
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
) -> Result<(), String> {
    let changed_key = |key: &&Account| key.occurs == Occurs::Key && key.became != Became::Kept;
    let stands_under = |key: &Account| key.path == one.path || is_below(&one.path, &key.path);
    if one.path.contains('[') || said.accounts.iter().filter(changed_key).any(stands_under) {
        return Ok(());
    }
    let is = match (after.get(&one.path), before.get(&one.path)) {
        (None, _) => Became::Gone,
        (Some(value), Some(source)) if value == source => Became::Kept,
        _ => Became::Changed,
    };
    if is == one.became { Ok(()) } else { Err(format!("at {} there is {is:?}, not {:?}", one.path, one.became)) }
}

/// What is said of a key, by the members that left: a key leaves with its member, and a member with its key.
fn key_holds(key: &Account, said: &Explained, after: &BTreeMap<String, Value>) -> Result<(), String> {
    let is_member = |one: &&Account| one.path == key.path || is_below(&one.path, &key.path);
    let values = || said.accounts.iter().filter(|one| matches!(one.occurs, Occurs::Value | Occurs::Text));
    let leaves = values().filter(is_member).any(|one| one.became != Became::Gone);
    if leaves != (key.became != Became::Gone) {
        return Err(format!("the key {} is {:?}, and of its members something left: {leaves}", key.path, key.became));
    }
    let above = |other: &&Account| other.occurs == Occurs::Key && is_below(&key.path, &other.path);
    let changed_above = said.accounts.iter().filter(above).any(|other| other.became != Became::Kept);
    if key.path.contains('[') || changed_above || !leaves {
        return Ok(());
    }
    let stands = after.keys().any(|path| *path == key.path || is_below(path, &key.path));
    if stands == (key.became == Became::Kept) {
        Ok(())
    } else {
        Err(format!("the key {} is not {:?}", key.path, key.became))
    }
}

/// Whatever became of a value has a reason: a rule of a layer, or another that is named.
fn has_reasons(said: &Explained) -> Result<(), String> {
    for one in said.accounts.iter().filter(|one| one.occurs != Occurs::Text) {
        let is_explained = match one.became {
            // A part of a line may be empty, and nobody classify it.
            Became::Kept => !one.says.is_empty() || one.before.as_deref() == Some(""),
            Became::Gone | Became::Changed => !one.says.is_empty() || one.otherwise.is_some(),
        };
        if !is_explained {
            return Err(format!("{} is {:?} for no reason", one.path, one.became));
        }
        if one.otherwise == Some(Otherwise::Nothing) && one.form.is_clear() {
            return Err(format!("{} had nothing to treat, and nothing treats it", one.path));
        }
        for say in &one.says {
            if say.cause.file.is_empty() || say.line == 0 || say.cause.because.is_empty() {
                return Err(format!("{}: {} says not where or why", one.path, say.cause.rule));
            }
        }
    }
    Ok(())
}

fn nobody() -> Plugins {
    let name = |name: &str| PluginName { name: name.into(), version: "1".into(), digest: "sha256:0".into() };
    Plugins { built_in: ["redact", "mask", "minimize"].map(name), vendors: Vec::new() }
}

#[test]
fn what_is_said_of_the_events_of_every_map_is_what_bytes_show() {
    let given = given();
    let mut schemas = BTreeSet::new();
    for Given { name, plan, map, event, .. } in &given {
        let said = holds(plan, Options { map: *map, ..Options::default() }, event);
        let said =
            said.and_then(|said| has_reasons(&said).map(|()| said)).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        schemas.extend(said.schema);
    }
    let maps = shipped().maps.all().len();
    assert_eq!(schemas.len(), maps, "every map has an event");
    assert!(given.len() > 80, "{}", given.len());
}

#[test]
#[ignore = "real events: TAMIS_CORPORA=FOLDER cargo test --release -p tamis --test explained -- --ignored --nocapture"]
#[allow(clippy::print_stdout, reason = "a measurement is printed")]
fn and_of_every_real_event() {
    let counted = common::given::every_real_event(|real, fields: &mut usize| {
        let said = real.explained()?;
        *fields += said.accounts.len();
        shows(&said, real.event, (real.outcome, real.line))?;
        has_reasons(&said)
    });
    println!("{} fields", counted.iter().sum::<usize>());
}

/// Whether a word stands in a text, not only within another word ("bert" in "vergröbert").
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, behind) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !before.is_some_and(char::is_alphanumeric) && !behind.is_some_and(char::is_alphanumeric)
    })
}

#[test]
fn values_are_not_told_unless_they_are_asked_for() {
    let mut words = 0;
    for Given { name, plan, map, event, nowhere } in given() {
        let options = Options { map, ..Options::default() };
        let said = explained(engine(&plan, options), &plan, event.as_bytes(), false).unwrap();
        for lang in [Lang::En, Lang::De] {
            let page = report(&plan, &said, &nobody(), lang);
            let texts = [page.terminal(false), page.html(lang), json(&plan, &said, &nobody(), lang).to_string()];
            // Digits of a digest may be those of a value.
            let digest = plan.rules_digest();
            for text in texts.map(|text| text.replace(&digest, "").to_lowercase()) {
                words += nowhere.len();
                // Words of policies themselves (a rule that says which words it looks for) are no values of the event.
                let bundle = &plan.library.bundle;
                let is_policy =
                    |word: &str| bundle.files().any(|(file, _)| bundle.text(file).to_lowercase().contains(word));
                let told = nowhere.iter().find(|word| has_word(&text, word) && !is_policy(word));
                assert_eq!(told, None, "{name}");
            }
        }
    }
    assert!(words > 500, "{words}");
}

/// What the command says of a category of a shipped tenant.
fn of_category(category: &str, lang: &str) -> String {
    let mut tamis = std::process::Command::new(env!("CARGO_BIN_EXE_tamis"));
    let policy = ["explain", "--policy", "policies/tenants/example-saas.toml", "--on", "2026-12-01"];
    let asked = ["--category", category, "--purpose", "security", "--lang", lang];
    let ran = tamis.current_dir(common::repository()).args(policy).args(asked).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()
}

/// Titles of categories and sentences of treatments that are translated are told in the reader's language.
#[test]
fn titles_and_sentences_are_told_in_german() {
    let (german, english) = (of_category("content.text", "de"), of_category("content.text", "en"));
    let (title, titel) = ("Free text of any origin", "Freier Text gleich welcher Herkunft");
    assert!(german.contains(titel) && !german.contains(title), "{german}");
    assert!(english.contains(title) && !english.contains(titel), "{english}");
    let sentence = "passwords, keys and card numbers inside are blacked out";
    assert!(english.contains(sentence) && !german.contains(sentence), "{german}");
}

/// What always happens is not all: the headline says that a condition may change it.
#[test]
fn a_headline_says_that_a_condition_may_change_it() {
    let headline = |category: &str, lang: &str| {
        of_category(category, lang)
            .lines()
            .find(|line| line.contains("together: ") || line.contains("zusammen: "))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(headline("content.text", "en").ends_with("; where a condition below holds, more is done"));
    assert!(headline("content.text", "de").ends_with("; wo eine Bedingung unten zutrifft, geschieht mehr"));
    // Nothing more can happen to what never leaves.
    assert!(headline("content.keystrokes", "en").ends_with("is counted"));
}

fn random(world: &World, events: &[Node]) -> Result<(), TestCaseError> {
    let library = common::library(&world.files());
    let plan = common::plan(&library, "firm", &[], world.purpose);
    for node in events {
        let event = node.event(&|n| n).to_string();
        let said = holds(&plan, Options::default(), &event);
        let reasons = said.and_then(|said| has_reasons(&said));
        prop_assert!(reasons.is_ok(), "{:?} of {}", reasons, event);
    }
    Ok(())
}

proptest! {
    #![proptest_config(common::cases(100))]

    #[test]
    fn nor_of_any_event_under_any_policy(mut world in world(Repertoire::All), guard in any::<bool>(), events in vec(event(), 1..4)) {
        world.guard = guard;
        random(&world, &events)?;
    }
}
