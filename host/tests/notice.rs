//! LAW (a notice is true): what the table of a notice says of a category (kept whole, shortened, replaced by a code, hidden, never
//! passed on) is what input and output show, for every field of that category.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::Arc;

use common::given::{Given, given, leaves, shipped};
use common::random::{Node, Repertoire, World, event, world};
use common::{engine, repository};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use tamis::cli::explain::explained;
use tamis::event::Occurs;
use tamis::officer::explain::{Account, Ended, Explained, Otherwise, Purpose};
use tamis::officer::notice::{Row, Subject, Treated, notice};
use tamis::officer::phrase::Lang;
use tamis::pipeline::Options;
use tamis::policy::Plan;
use tamis::policy::document::{Evidence, LANGUAGES, Level};

fn rows(plan: &Arc<Plan>) -> Vec<Row> {
    let scope = &plan.scope;
    let (name, system) = (scope.purpose.clone(), scope.system.clone());
    let purposes = [Purpose { name, system, plan: Some(plan.clone()), closed: Vec::new() }];
    let subject = Subject { purposes: &purposes, evidence: &Evidence::default() };
    notice(subject, Lang::En).unwrap().rows
}

/// What bytes show of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Gone,
    Same,
    Code,
    Otherwise,
}

fn is_code(value: &Value) -> bool {
    let Some((epoch, bits)) = value.as_str().and_then(|text| text.split_once('-')) else { return false };
    epoch.starts_with(['e', 'p', 't'])
        && epoch.len() > 1
        && epoch[1..].bytes().all(|b| b.is_ascii_digit())
        && bits.len() == 26
        && bits.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

fn seen(before: &Value, after: Option<&Value>) -> Seen {
    match after {
        None => Seen::Gone,
        Some(value) if value == before => Seen::Same,
        Some(value) if is_code(value) => Seen::Code,
        Some(_) => Seen::Otherwise,
    }
}

/// It holds nothing that could be treated.
fn is_empty(value: &Value) -> bool {
    [Value::Null, serde_json::json!(""), serde_json::json!({}), serde_json::json!([])].contains(value)
}

/// Whether one row of the table allows what was seen.
fn allows(row: &Row, one: &Account, before: &Value, after: Option<&Value>) -> Result<(), &'static str> {
    let is_floored = row.times.iter().any(|times| times.is_floor);
    let seen = seen(before, after);
    if seen == Seen::Gone {
        return Ok(());
    }
    if !row.treated.leaves() && !is_floored {
        return Err("it leaves");
    }
    if is_floored || is_empty(before) || one.otherwise == Some(Otherwise::Nothing) {
        return Ok(());
    }
    let covers = [Treated::Code, Treated::Hidden, Treated::Constant].contains(&row.treated);
    if covers && seen == Seen::Same {
        return Err("it leaves as it came");
    }
    if row.treated == Treated::Hidden && seen == Seen::Code {
        return Err("it leaves as a code");
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (raw, left) = (text(before), after.map(text).unwrap_or_default());
    if covers && raw.len() > 3 && left.contains(&raw) {
        return Err("it stands in what leaves");
    }
    Ok(())
}

/// Whether the rows of all its categories together explain what was seen.
fn explains(rows: &[&Row], one: &Account, seen: Seen) -> bool {
    let becomes = |wanted: &dyn Fn(Treated) -> bool| {
        rows.iter().any(|row| wanted(row.treated) || row.times.iter().any(|times| wanted(times.treated)))
    };
    match seen {
        Seen::Gone => {
            // Coarser values of two types have no join: what is both does not leave, and the notice says so. A label or a code may
            // stand for what is coarser.
            let may_be = |treated: Treated| treated.leaves() && treated != Treated::Whole;
            let is_coarser = |row: &&&Row| may_be(row.treated) || row.times.iter().any(|times| may_be(times.treated));
            let rungs = rows.iter().filter(is_coarser).count();
            one.otherwise.is_some() || becomes(&|treated| !treated.leaves()) || rungs > 1
        }
        Seen::Same => true,
        Seen::Code => becomes(&|treated| treated == Treated::Code),
        Seen::Otherwise => {
            let changes =
                [Treated::Shortened, Treated::PartlyHidden, Treated::Hidden, Treated::Constant, Treated::Code];
            one.otherwise.is_some() || becomes(&|treated| changes.contains(&treated))
        }
    }
}

type Counts = BTreeMap<(Treated, Seen), usize>;

/// Holds the table of a notice against what went in and what came out.
fn holds(plan: &Arc<Plan>, options: Options, event: &str, counts: &mut Counts) -> Result<(), String> {
    let ran = common::filter(plan, &common::ndjson([event.replace(['\n', '\r'], " ")]), options);
    let said = explained(engine(plan, options), plan, event.as_bytes(), true)?;
    shows(&rows(plan), &said, event, ran.by_event()[0], counts)
}

/// The same of an event that was explained, and what came out of another run.
fn shows(rows: &[Row], said: &Explained, event: &str, line: Option<&[u8]>, counts: &mut Counts) -> Result<(), String> {
    if said.ended != Ended::Passed {
        return if line.is_none() { Ok(()) } else { Err("a withheld event leaves".into()) };
    }
    let (before, after) = (leaves(event), leaves(std::str::from_utf8(line.unwrap()).unwrap()));
    for one in said.accounts.iter().filter(|one| one.occurs == Occurs::Value && !one.meant.is_empty()) {
        let Some(raw) = before.get(&one.path) else { continue };
        let left = one.after.as_ref().and_then(|(path, _)| after.get(path));
        let own: Vec<&Row> =
            rows.iter().filter(|row| one.meant.iter().any(|meant| meant.name == row.category)).collect();
        let seen = seen(raw, left);
        for row in &own {
            *counts.entry((row.treated, seen)).or_default() += 1;
            allows(row, one, raw, left)
                .map_err(|wrong| format!("{} ({}): said {:?}, and {wrong}", one.path, row.category, row.treated))?;
        }
        if !is_empty(raw) && !explains(&own, one, seen) {
            let said: Vec<_> = own.iter().map(|row| (&row.category, row.treated)).collect();
            return Err(format!("{}: nothing of {said:?} says that it is {seen:?}", one.path));
        }
    }
    Ok(())
}

#[test]
fn the_table_says_what_bytes_show() {
    let mut counts = Counts::new();
    let given = given();
    for Given { name, plan, map, event, .. } in &given {
        let options = Options { map: *map, ..Options::default() };
        holds(plan, options, event, &mut counts).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
    assert!(given.len() > 80, "{}", given.len());
    for (treated, seen) in [
        (Treated::Whole, Seen::Same),
        (Treated::Shortened, Seen::Otherwise),
        (Treated::PartlyHidden, Seen::Otherwise),
        (Treated::Code, Seen::Code),
        (Treated::Hidden, Seen::Otherwise),
        (Treated::Never, Seen::Gone),
        (Treated::Forbidden, Seen::Gone),
    ] {
        let number = counts.get(&(treated, seen)).copied().unwrap_or_default();
        assert!(number > 2, "{treated:?} {seen:?}: {number} of {counts:?}");
    }
}

#[test]
#[ignore = "real events: TAMIS_CORPORA=FOLDER cargo test --release -p tamis --test notice -- --ignored --nocapture"]
#[allow(clippy::print_stdout, reason = "a measurement is printed")]
fn and_of_every_real_event() {
    // A notice is made once of a plan, and then compared with many of its events.
    type Told = BTreeMap<String, Vec<Row>>;
    let counted = common::given::every_real_event(|real, (told, counts): &mut (Told, Counts)| {
        let rows = told.entry(real.name.to_owned()).or_insert_with(|| rows(real.plan));
        shows(rows, &real.explained()?, real.event, real.line, counts)
    });
    let mut all = Counts::new();
    for (what, number) in counted.into_iter().flat_map(|(_, counts)| counts) {
        *all.entry(what).or_default() += number;
    }
    println!("{all:?}");
}

fn random(world: &World, events: &[Node]) -> Result<(), TestCaseError> {
    let library = common::library(&world.files());
    let plan = common::plan(&library, "firm", &[], world.purpose);
    for node in events {
        let event = node.event(&|n| n).to_string();
        let held = holds(&plan, Options::default(), &event, &mut Counts::new());
        prop_assert!(held.is_ok(), "{:?} of {}", held, event);
    }
    Ok(())
}

proptest! {
    #![proptest_config(common::cases(80))]

    #[test]
    fn and_under_any_policy(world in world(Repertoire::All), events in vec(event(), 1..4)) {
        random(&world, &events)?;
    }
}

#[test]
fn every_shipped_title_and_sentence_is_translated() {
    let library = shipped();
    let (words, mut number) = (&library.categories, 0);
    for lang in LANGUAGES {
        let names = words.categories.keys().chain(words.kinds.keys()).chain(words.groups.keys());
        for name in names.chain(words.kind_groups.keys()) {
            assert!(words.title_in(lang, name).is_some(), "{name} in {lang}");
            number += 1;
        }
        for treatment in library.treatments.values() {
            assert!(treatment.says_in.contains_key(lang), "{} in {lang}", treatment.name.value);
            number += 1;
        }
    }
    assert!(number > 300, "{number}");
}

fn tamis(arguments: &[&str]) -> Output {
    let run = Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).current_dir(repository()).output();
    run.unwrap()
}

fn of(policy: &str, more: &[&str]) -> Output {
    let policy = format!("policies/{policy}.toml");
    tamis(&[&["notice", "--on", "2026-12-01", "--policy", &policy], more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn no_notice_of_what_ships_promises_too_much() {
    let library = shipped();
    let tenants = library.layers.values().filter(|layer| layer.level == Level::Tenant);
    for layer in tenants {
        for lang in ["en", "de", "es", "fr", "it"] {
            let run = of(&format!("tenants/{}", layer.id.value), &["--lang", lang]);
            assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
            let page = text(&run.stdout).to_lowercase();
            for banned in ["anonym", "anónim", "anonim", "compliant"] {
                assert!(!page.contains(banned), "{}: {banned} in {lang}", layer.id.value);
            }
            assert!(page.len() > 10_000, "{}", page.len());
        }
    }
}

#[test]
fn no_word_of_a_sealed_list_is_told() {
    let lists = std::fs::read_to_string(repository().join("policies/tenants/example-de.lists.toml")).unwrap();
    let words: Vec<_> =
        lists.split('"').filter(|word| word.starts_with('*')).map(|word| word.trim_matches('*')).collect();
    assert!(words.len() > 5 && words.contains(&"hinweisgeber-muster"), "{words:?}");
    for what in [&[][..], &["--record"], &["--dpia"], &["--matrix"], &["--since", "policies/tenants/example-saas.toml"]]
    {
        let run = of("tenants/example-de", what);
        let told = text(&run.stdout) + &text(&run.stderr);
        // The council itself signed the agreement, under its name.
        let found = words.iter().find(|word| **word != "betriebsrat" && told.to_lowercase().contains(**word));
        assert!(run.status.code() == Some(0) && found.is_none(), "{what:?}: {found:?}");
    }
}

#[test]
fn what_ships_has_no_gaps_and_a_policy_that_lacks_something_does() {
    for tenant in ["example-de", "example-saas", "example-us-hospital"] {
        let run = of(&format!("tenants/{tenant}"), &["--deny-gaps"]);
        assert_eq!((run.status.code(), text(&run.stderr)), (Some(0), String::new()), "{tenant}");
    }
    // A pack knows neither who is responsible nor who gets anything.
    let run = of("jurisdictions/eu", &["--deny-gaps"]);
    assert_eq!(run.status.code(), Some(8));
    let (told, listed) = (text(&run.stdout), text(&run.stderr));
    for what in ["who is responsible", "data protection officer", "legal basis", "where to complain"] {
        assert!(told.contains(&format!("NOT STATED: {what}")), "{what}: {told}");
        assert!(listed.contains(&format!("not stated: {what}")), "{what}: {listed}");
    }
    assert!(listed.contains("help: write [controller] name"), "{listed}");
}

#[test]
fn the_sentence_of_new_york_stands_verbatim_beside_what_is_done() {
    let run = of("tenants/example-saas", &[]);
    let told = text(&run.stdout);
    let sentence = "“any and all telephone conversations or transmissions, electronic mail or transmissions, or internet access or \
                    usage by an employee by any electronic device or system, including but not limited to the use of a computer, \
                    telephone, wire, radio or electromagnetic, photoelectronic or photo-optical systems may be subject to monitoring \
                    at any and all times and by any lawful means”";
    let (_, beside) = told.split_once(sentence).expect("it is whole");
    assert!(beside.contains("Text of a message (") && beside.contains("never passed on"), "{beside}");
    assert!(beside.contains("Name, date, signature"), "{beside}");
    // Whoever stands under other laws is not told of that one.
    assert!(!text(&of("tenants/example-de", &[]).stdout).contains("any and all telephone"));
}

#[test]
fn what_is_closed_is_told_as_not_yet() {
    let told = text(&of("tenants/example-de", &[]).stdout);
    let (_, closed) = told.split_once("What would be recorded, but is not yet").expect("the section is there");
    assert!(closed.contains("a documented case (not yet: closed)") && closed.contains("base.investigation-case"));
    let only = text(&of("tenants/example-de", &["--purpose", "security"]).stdout);
    assert!(
        !only.contains("not yet") && !only.contains("a documented case (") && only.contains("security of the systems")
    );
}

/// Where a folder is ahead of its evidence all is closed, and it is said why.
#[test]
fn a_policy_ahead_of_its_evidence_is_told_so() {
    let folder = std::env::temp_dir().join(format!("tamis-ahead-{}", std::process::id()));
    let copied = Command::new("cp").arg("-r").arg(repository().join("policies")).arg(&folder).status();
    assert!(copied.unwrap().success());
    let policy = folder.join("tenants/example-de.toml");
    let ahead = || {
        let run = tamis(&["notice", "--on", "2026-12-01", "--policy", policy.to_str().unwrap()]);
        (text(&run.stderr), text(&run.stdout).contains("security of the systems (not yet"))
    };
    let (said, is_closed) = ahead();
    assert!(!said.contains("ahead") && !is_closed, "{said}");
    let text = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, text.replacen("revision = 6", "revision = 7", 1)).unwrap();
    let (said, is_closed) = ahead();
    let told = "example-de@7 is not what its evidence agrees to, which is example-de@6";
    assert!(said.contains(told) && said.contains(".bundle") && is_closed, "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A firm in Lyon; `LAWS` are those of its people.
const LYON: &str = r#"[policy]
id = "lyon"
title = "Atelier Lyon SA"
layer = "tenant"
revision = 1
in-force = 2026-11-01
owner = "dpo@atelier-lyon.example"
[workforce.all]
jurisdictions = [LAWS]
[law]
accord = { cite = "Accord 2026-04", sure = "high", seen = "text" }
[purposes]
allow = ["security", "compliance"]
because = "Security of our systems."
cite = "accord"
[controller]
name = "Atelier Lyon SA"
officer = "dpo@atelier-lyon.example"
authority = "CNIL"
basis = "GDPR Art. 6(1)(f)"
interest = "security of our systems"
[recipient.soc]
title = "SOC of Lyon"
country = "FR"
purposes = ["security", "compliance"]
[recipient.produit]
title = "Team of the product"
purposes = ["product"]
[recipient.audit]
title = "Auditors"
country = "FR"
purposes = ["compliance", "product"]
[gate.site-committee]
ask = ["reference"]
consults = true
because = "The committee of the site is heard."
cite = "accord"
[gate.site-plan]
ask = ["reference"]
because = "The plan of the site is drawn."
cite = "accord"
"#;

/// What it has answered. The German agreement stands there whether anybody asks for it or not.
const LYON_EVIDENCE: &str = r#"[evidence]
for = "lyon"
revision = 1
[evidence.works-agreement]
reference = "GBV 2026/04"
signed-on = 2026-10-15
signed-by = ["Gesamtbetriebsrat", "Direction"]
covers = ["security", "compliance"]
agreed-revision = "lyon@1"
[evidence.cse]
reference = "PV CSE 2026-10"
informed-on = 2026-09-20
consulted-on = 2026-10-15
review-by = 2027-10-15
[evidence.ondernemingsraad]
reference = "OR 2026-11"
signed-on = 2026-10-01
covers = ["security", "compliance"]
[evidence.site-committee]
reference = "PV du site 7"
[evidence.site-plan]
reference = "Plan 8"
[evidence.workers-views]
reference = "Minutes 4"
date = 2026-10-02
[decision.logs]
between = ["fr.logs", "de.everything"]
wins = "de.everything"
why = "shorter"
by = ["dpo"]
"#;

/// The notice of the firm where these laws hold.
fn lyon(laws: &[&str], lang: &str) -> String {
    let folder = std::env::temp_dir().join(format!("tamis-lyon-{}-{}-{lang}", std::process::id(), laws.concat()));
    let copied = Command::new("cp").arg("-r").arg(repository().join("policies")).arg(&folder).status();
    assert!(copied.unwrap().success());
    let policy = folder.join("tenants/lyon.toml");
    let quoted: Vec<_> = laws.iter().map(|law| format!("\"{law}\"")).collect();
    std::fs::write(&policy, LYON.replace("LAWS", &quoted.join(", "))).unwrap();
    let both = laws.len() > 1;
    let evidence = if both { LYON_EVIDENCE } else { LYON_EVIDENCE.split("[decision").next().unwrap() };
    std::fs::write(folder.join("tenants/lyon.evidence.toml"), evidence).unwrap();
    let policy = policy.to_str().unwrap();
    let run = tamis(&["notice", "--on", "2026-12-01", "--format", "text", "--lang", lang, "--policy", policy]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    text(&run.stdout)
}

#[test]
fn consultations_are_those_that_gates_ask_for() {
    let consulted = |laws: &[&str]| {
        let told = lyon(laws, "en");
        let (_, section) = told.split_once("Who was consulted, and what was agreed\n").expect("the section is there");
        section.split("\n\n").next().unwrap().to_owned()
    };
    let council = ["GBV 2026/04", "signed-on: 2026-10-15", "signed-by: Gesamtbetriebsrat"];
    let committee = ["PV CSE 2026-10", "informed-on: 2026-09-20", "consulted-on: 2026-10-15"];
    for (laws, asked, others) in [
        (&["fr", "de"][..], [council, committee].concat(), Vec::new()),
        (&["fr"], committee.to_vec(), council.to_vec()),
        (&["de"], council.to_vec(), committee.to_vec()),
        (&["nl"], vec!["OR 2026-11", "signed-on: 2026-10-01"], committee.to_vec()),
        (&["uk"], vec!["Minutes 4", "date: 2026-10-02"], council.to_vec()),
    ] {
        let told = consulted(laws);
        assert!(asked.iter().all(|line| told.contains(line)), "{laws:?}: {told}");
        assert!(!others.iter().any(|line| told.contains(line)), "{laws:?}: {told}");
        assert!(told.contains("PV du site 7") && !told.contains("Plan 8"), "its gate says that it consults: {told}");
    }
}

#[test]
fn nobody_is_a_recipient_for_a_purpose_that_is_not_allowed() {
    let told = lyon(&["fr"], "en");
    assert!(told.contains("SOC of Lyon") && told.contains("Auditors"), "{told}");
    assert!(!told.contains("Team of the product") && !told.contains("how the product is used"), "{told}");
}

#[test]
fn names_of_shipped_packs_are_told_in_the_language() {
    let told = lyon(&["fr", "de"], "fr");
    assert!(told.contains("droit appliqué: France, Allemagne"), "{told}");
    assert!(told.contains("tenue par comité d'entreprise") && !told.contains("Germany"), "{told}");
}

#[test]
fn an_untranslated_sentence_is_marked() {
    let told = text(&of("tenants/example-saas", &["--lang", "de"]).stdout);
    // The tenant's own treatment has no German sentence, the shipped ones do.
    assert!(told.contains("rounded down to tens \\[auf Englisch\\]"), "{told}");
    assert!(told.contains("durch einen Code ersetzt") && !told.contains("Code ersetzt \\[auf"), "{told}");
}

#[test]
fn a_wider_notice_says_who_is_told_anew_and_by_when() {
    let folder = std::env::temp_dir().join(format!("tamis-notice-{}", std::process::id()));
    let copied = Command::new("cp").arg("-r").arg(repository().join("policies")).arg(&folder).status();
    assert!(copied.unwrap().success());
    let policy = folder.join("tenants/example-de.toml");
    let new = std::fs::read_to_string(&policy).unwrap();
    let old = new.replacen("\"content.window-title\" = \"drop\"", "\"content.window-title\" = \"redact\"", 1);
    assert_ne!(new, old);
    std::fs::write(&policy, old).unwrap();
    let since = |old: &str, new: &str| {
        let run = tamis(&["notice", "--on", "2026-12-01", "--policy", new, "--since", old]);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        text(&run.stdout)
    };
    let (changed, ships) = (policy.display().to_string(), "policies/tenants/example-de.toml");
    let wider = since(ships, &changed);
    assert!(wider.contains("| Title of a window |") && wider.contains("Something is wider"), "{wider}");
    // Four weeks before it starts; told today, it may start on 29 December.
    assert!(wider.contains("notice board of each plant and intranet | 4 weeks | 2026-11-03 | 2026-12-29"), "{wider}");
    let narrower = since(&changed, ships);
    assert!(narrower.contains("it may apply at once") && !narrower.contains("4 weeks"), "{narrower}");
    assert!(since(ships, ships).contains("The table says what it said."));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn only_what_stands_before_a_purpose_or_is_named_is_told() {
    // The purpose `investigation` is not allowed there: no gate stands before it.
    let dpia = text(&of("tenants/example-saas", &["--dpia"]).stdout);
    assert!(dpia.contains("eu.dpia (open)") && !dpia.contains("investigation-case"), "{dpia}");
    let only = text(&of("tenants/example-de", &["--dpia", "--purpose", "security"]).stdout);
    assert!(only.contains("eu.dpia (open)") && !only.contains("investigation-case"), "{only}");
    // Of those two one has named who represents it in the Union.
    assert!(text(&of("tenants/example-saas", &[]).stdout).contains("representative (stated)"));
    let nobody = text(&of("tenants/example-de", &[]).stdout);
    assert!(nobody.contains("representative (none)") && !nobody.contains("representative (stated)"), "{nobody}");
}

#[test]
fn who_gets_what_is_told_by_purpose() {
    let told = text(&of("tenants/example-saas", &[]).stdout);
    let by_purpose = "how the product is used: Warehouse of the product team, Ireland<br>security of the systems: Log store \\(processor\\), Ohio";
    assert!(told.replace("(processor)", "\\(processor\\)").contains(by_purpose), "{told}");
}

#[test]
fn systems_are_those_of_the_evidence() {
    let line = |tenant: &str| {
        let told = text(&of(&format!("tenants/{tenant}"), &["--format", "text"]).stdout);
        told.lines().find(|line| line.trim_start().starts_with("systems  ")).unwrap_or_default().trim().to_owned()
    };
    for (tenant, system) in
        [("example-de", "payment-gateway"), ("example-saas", "console"), ("example-us-hospital", "patient-records")]
    {
        let line = line(tenant);
        let named: Vec<_> = line.split("; ").skip(1).collect();
        assert_eq!(named, [format!("{system} (its events must name who acted)")], "{line}");
    }
}

#[test]
fn record_assessment_and_matrix_follow_from_the_same_rows() {
    let record = text(&of("tenants/example-de", &["--record"]).stdout);
    assert!(
        record.contains("Beispiel Werke AG") && record.contains("AVV 2025-118") && record.contains("at most 90 days")
    );
    let dpia = text(&of("tenants/example-de", &["--dpia"]).stdout);
    assert!(
        dpia.contains("de.works-agreement (closed: a documented case)") && dpia.contains("eu.dpia (open)"),
        "{dpia}"
    );
    assert!(dpia.contains("two stolen accounts in 2025"), "what was answered stands there");
    let table = text(&of("tenants/example-de", &["--matrix"]).stdout);
    assert!(
        table.contains("| Keystrokes | never kept: destroyed | never kept: destroyed | never kept: destroyed |"),
        "{table}"
    );
    let picture = text(&of("tenants/example-de", &["--matrix", "--format", "svg"]).stdout);
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n") && !picture.contains("href"));
    assert_eq!(picture.matches(">never kept: destroyed<").count(), table.matches(" never kept: destroyed |").count());
    assert_eq!(of("tenants/example-de", &["--format", "svg"]).status.code(), Some(2));
}
