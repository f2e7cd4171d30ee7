//! LAW (no silent widening): where `compare` marks nothing as wider, no event passes under the new policy that did not pass under the
//! old one, no value leaves of which nothing left, and no value leaves whole that did not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Arc;

use common::random::{Layer, Repertoire, Row, Rule, World, event, one_more, world};
use common::{engine, repository};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use tamis::cli::explain::explained;
use tamis::officer::compare::{Compared, Side, Verdict, compare};
use tamis::officer::explain::{Account, Became, Ended, Explained, Purpose};
use tamis::officer::phrase::Lang;
use tamis::pipeline::Options;
use tamis::policy::document::{Evidence, SecretLists};
use tamis::policy::form::End;
use tamis::policy::{Plan, Request, compile};

/// What is done to a policy.
#[derive(Clone, Debug)]
enum Change {
    Remove(Index, Index),
    Add(Index, Rule),
    Replace(Index, Layer),
    Kind(Index, Index, Option<&'static str>),
    Role(Index, Index, Option<&'static str>),
    Suppress(Index, Index),
    Guard,
}

fn change() -> impl Strategy<Value = Change> {
    let at = || (any::<Index>(), any::<Index>());
    let rule = one_more(Repertoire::All).prop_map(|layer| layer.rules[0].clone());
    let kind = prop::sample::select(vec![None, Some("auth.login"), Some("file.*"), Some("file.read")]);
    let role = prop::sample::select(vec![None, Some("actor"), Some("owner")]);
    prop_oneof![
        2 => at().prop_map(|(layer, rule)| Change::Remove(layer, rule)),
        6 => (any::<Index>(), rule).prop_map(|(layer, rule)| Change::Add(layer, rule)),
        1 => (any::<Index>(), world(Repertoire::All)).prop_map(|(at, world)| Change::Replace(at, at.get(&world.layers).clone())),
        3 => (at(), kind).prop_map(|((layer, rule), kind)| Change::Kind(layer, rule, kind)),
        3 => (at(), role).prop_map(|((layer, rule), role)| Change::Role(layer, rule, role)),
        1 => at().prop_map(|(layer, rule)| Change::Suppress(layer, rule)),
        1 => Just(Change::Guard),
    ]
}

fn changed(world: &World, changes: &[Change]) -> World {
    let mut world = world.clone();
    for change in changes {
        let rules = |world: &mut World, layer: &Index| layer.index(world.layers.len());
        match change {
            Change::Remove(layer, rule) => {
                let layer = rules(&mut world, layer);
                let own = &mut world.layers[layer].rules;
                if own.len() > 1 {
                    own.remove(rule.index(own.len()));
                }
            }
            Change::Add(layer, rule) => {
                let layer = rules(&mut world, layer);
                world.layers[layer].rules.push(rule.clone());
            }
            Change::Replace(at, layer) => *at.get_mut(&mut world.layers) = layer.clone(),
            Change::Kind(layer, rule, kind) => with_rule(&mut world, layer, rule, |rule| rule.kind = *kind),
            Change::Role(layer, rule, role) => with_rule(&mut world, layer, rule, |rule| {
                if !rule.suppress {
                    rule.role = *role;
                }
            }),
            Change::Suppress(layer, rule) => with_rule(&mut world, layer, rule, |rule| {
                rule.suppress = !rule.suppress && rule.role.is_none() && !rule.is_unconditional();
            }),
            Change::Guard => world.guard = !world.guard,
        }
    }
    world
}

fn with_rule(world: &mut World, layer: &Index, rule: &Index, change: impl FnOnce(&mut Rule)) {
    let rules = &mut layer.get_mut(&mut world.layers).rules;
    if !rules.is_empty() {
        let number = rule.index(rules.len());
        change(&mut rules[number]);
    }
}

/// Of a world that makes sense: a change may take away what a condition reads.
fn plan(world: &World) -> Option<Arc<Plan>> {
    let (evidence, lists) = (Evidence::default(), SecretLists::default());
    let request = Request {
        policy: "firm",
        with: &[],
        purpose: world.purpose,
        on: common::DAY,
        system: None,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: true,
    };
    compile(&common::library(&world.files()), &request).ok().map(|(plan, _)| Arc::new(plan))
}

fn differ(old: &Arc<Plan>, new: &Arc<Plan>) -> Compared {
    let one = |plan: &Arc<Plan>| {
        vec![Purpose { name: plan.scope.purpose.clone(), system: None, plan: Some(plan.clone()), closed: Vec::new() }]
    };
    let (lists, before, after) = (SecretLists { lists: BTreeMap::new() }, one(old), one(new));
    let sides = (Side { purposes: &before, lists: &lists }, Side { purposes: &after, lists: &lists });
    compare(&sides.0, &sides.1, Lang::En).remove(0)
}

/// How much of each value leaves, by its place in the event. A label or constant in its place is nothing of it.
fn leaves(said: &Explained) -> BTreeMap<String, u8> {
    let much = |one: &Account| match one.became {
        Became::Gone => 0,
        Became::Changed => u8::from(one.form.hide.whole.is_none() && !matches!(one.form.end, End::Replace(_))),
        Became::Kept => 2,
    };
    said.accounts.iter().map(|one| (format!("{} {:?}", one.path, one.occurs), much(one))).collect()
}

fn reveals(old: &Arc<Plan>, new: &Arc<Plan>, event: &str) -> Option<String> {
    let say = |plan: &Arc<Plan>| explained(engine(plan, Options::default()), plan, event.as_bytes(), true).unwrap();
    // Which of two keys that a treatment makes alike leaves by its own name is the business of neither policy; and what a guard
    // stops is no form.
    let counts = [old, new].map(|plan| common::filter(plan, &common::ndjson([event]), Options::default()).counts);
    if counts.iter().any(|counts| counts.alike > 0 || counts.guarded > 0) {
        return None;
    }
    let (before, after) = (say(old), say(new));
    if before.ended == Ended::Suppressed && after.ended == Ended::Passed {
        return Some("the event is revived".into());
    }
    let was = leaves(&before);
    let more = leaves(&after).into_iter().find(|(place, much)| was.get(place).is_none_or(|before| much > before));
    more.map(|(place, _)| format!("more is shown of {place}"))
}

#[test]
fn what_is_not_marked_as_wider_shows_nothing_more() {
    let (narrower, wider, revealed) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let all = (world(Repertoire::All), vec(change(), 0..4), vec(event(), 1..4));
    let mut runner = TestRunner::new(common::cases(250));
    let ran = runner.run(&all, |(world, changes, events)| {
        let (old, Some(new)) = (plan(&world).unwrap(), plan(&changed(&world, &changes))) else { return Ok(()) };
        let compared = differ(&old, &new);
        let counts = if compared.widens() { &wider } else { &narrower };
        counts.set(counts.get() + u32::from(!compared.differences.is_empty()));
        for node in &events {
            let event = node.event(&|n| n).to_string();
            let shown = reveals(&old, &new, &event);
            revealed.set(revealed.get() + u32::from(shown.is_some()));
            prop_assert!(shown.is_none() || compared.widens(), "{:?} of {}", shown, event);
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    // It is no law about nothing.
    let seen = (narrower.get(), wider.get(), revealed.get());
    assert!(seen.0 > 20 && seen.1 > 20 && seen.2 > 10, "{seen:?}");
}

/// What is otherwise of a vendor's plugin is named by its key, also where a category says nothing else.
#[test]
fn settings_of_a_plugin_are_told_by_their_keys() {
    let plan = |settings: &str, more: &str| {
        let keeps = "[rule.all]\nbecause = \"x\"\ncite = \"own\"\n\"content.text\" = \"keep\"\n";
        let mut files = common::small("[fields]\n\"note\" = \"content.text\"\n", keeps);
        let head = "[policy]\nid = \"firm\"\nlayer = \"tenant\"\ntitle = \"A layer\"\nrevision = 1\n";
        let digest = "0".repeat(64);
        let plugin = format!(
            "[plugin.finder]\nbecause = \"x\"\ncite = \"own\"\ncomponent = \"f.wasm\"\ndigest = \"sha256:{digest}\"\n\
             look-in = [\"content.text\"]\nsettings = {settings}\n{more}"
        );
        files.push(("tenants/firm.toml".into(), format!("{head}{plugin}")));
        common::plan(&common::library(&files), "firm", &[], "security")
    };
    let old = plan("{ shortest = 4, words = [\"a\"] }", "");
    let told = |new: &Arc<Plan>| -> Vec<(String, String)> {
        let differences = differ(&old, new).differences;
        assert!(differences.iter().all(|one| one.verdict.widens() && one.was != one.is), "{differences:?}");
        differences.into_iter().map(|one| (one.about, one.is)).collect()
    };
    for (settings, more, expected) in [
        ("{ shortest = 6, words = [\"a\"] }", "", "firm.finder is otherwise: settings.shortest"),
        ("{ words = [\"b\"] }", "", "firm.finder is otherwise: settings.shortest, settings.words"),
        ("{ shortest = 4, words = [\"a\"] }", "threshold = \"possible\"\n", "firm.finder is otherwise: threshold"),
    ] {
        let told = told(&plan(settings, more));
        let about: Vec<_> = told.iter().map(|(about, _)| about.as_str()).collect();
        assert_eq!(about, ["content.text", "firm.finder"], "{told:?}");
        assert!(told.iter().all(|(_, is)| is.ends_with(expected)), "{told:?}");
    }
    assert_eq!(told(&plan("{ words = [\"a\"], shortest = 4 }", "")), [], "the order of keys says nothing");
}

/// Where two ladders meet in one value and have no join, nothing leaves; a label in place of one of them shows nothing, and is not wider.
#[test]
fn a_label_where_nothing_left_is_not_wider() {
    let world = |of_ip: &'static str| {
        let row =
            |category, names: &[&'static str]| Row { category, named: Vec::new(), otherwise: Some(names.to_vec()) };
        let rows =
            vec![row("event.action", &["keep"]), row("net.ip", &[of_ip]), row("time.event", &["generalise-day"])];
        let rules = vec![Rule { kind: None, role: None, equals: None, suppress: false, rows }];
        let base = Layer { id: "base", level: "base", folder: "base", rules };
        let firm = Layer { id: "firm", level: "tenant", folder: "tenants", rules: Vec::new() };
        let fields = vec![("fields", "note", vec!["net.ip", "time.event"])];
        World { fields, keys: Vec::new(), layers: vec![base, firm], purpose: "security", guard: false }
    };
    let plans = ["truncate-ip", "redact"].map(|of_ip| plan(&world(of_ip)).unwrap());
    let event = r#"{"op":"Read","note":"192.0.2.1"}"#;
    let left = plans.each_ref().map(|plan| common::filter(plan, &common::ndjson([event]), Options::default()).bytes);
    let left = left.map(|bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned());
    assert_eq!(left, [r#"{"op":"Read"}"#, r#"{"op":"Read","note":"[redacted]"}"#]);
    assert!(!differ(&plans[0], &plans[1]).widens());
    assert_eq!(reveals(&plans[0], &plans[1], event), None);
}

#[test]
fn a_policy_is_as_wide_as_itself_and_one_more_layer_is_never_wider() {
    let all = (world(Repertoire::All), one_more(Repertoire::All));
    let mut runner = TestRunner::new(common::cases(150));
    let ran = runner.run(&all, |(world, more)| {
        let without = plan(&world).unwrap();
        prop_assert_eq!(differ(&without, &without).differences, vec![]);
        let mut all = world.clone();
        all.layers.push(more);
        let with = common::plan(&common::library(&all.files()), "firm", &["more"], world.purpose);
        let compared = differ(&without, &with);
        prop_assert!(!compared.widens(), "{:?}", compared.differences);
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}

fn tamis(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    let output = command.args(arguments).current_dir(repository()).stdin(Stdio::null()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// A copy of the shipped policies in which one text of one file is another.
fn with(file: &str, from: &str, to: &str) -> (tempfile::TempDir, String) {
    fn copy(from: &std::path::Path, to: &std::path::Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                std::fs::copy(&path, &target).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    copy(&repository().join("policies"), dir.path());
    let path = dir.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} says {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let policy = dir.path().join("tenants/example-de.toml").display().to_string();
    (dir, policy)
}

const OLD: &str = "policies/tenants/example-de.toml";

/// One change a line, and whether it has to be marked.
#[test]
fn each_way_to_widen_a_shipped_policy_is_marked() {
    for (file, from, to, widens) in [
        ("tenants/example-de.toml", "at-most = \"60 days\"", "at-most = \"61 days\"", true),
        ("tenants/example-de.toml", "at-most = \"60 days\"", "at-most = \"59 days\"", false),
        ("tenants/example-de.toml", "change-every = \"90 days\"", "change-every = \"91 days\"", true),
        ("tenants/example-de.toml", "approvals = 2", "approvals = 1", true),
        ("tenants/example-de.toml", "\"file.*\"   = \"drop\"", "\"file.path\"   = \"drop\"", true),
        (
            "tenants/example-de.toml",
            "[recipient.siem]",
            "[recipient.abroad]\ntitle = \"Abroad\"\n[recipient.siem]",
            true,
        ),
        ("tenants/example-de.lists.toml", "[list.", "[list.added]\nwords = [\"another\"]\n[list.", false),
        ("base/base.toml", "guard    = true", "guard    = false", true),
        ("base/base.toml", "otherwise = \"drop\"", "otherwise = \"null\"", true),
        ("base/base.toml", "\"id.national\" = \"redact\"", "\"id.national\" = \"drop\"", false),
        ("jurisdictions/de.toml", "\"signed-by\", ", "", true),
        ("jurisdictions/de.toml", "look-in  = [\"channel.name\", ", "look-in  = [", true),
        ("jurisdictions/eu.toml", "\"channel.name\" = \"pseudonymise\"", "\"channel.name\" = \"drop\"", false),
        (
            "schemas/okta.toml",
            "\"published\"          = \"time.event\"",
            "\"published\"          = \"event.type\"",
            true,
        ),
        ("tenants/example-de.toml", "[\"id.email\", \"id.username\"] ", "[\"id.email\", \"net.ip\"] ", true),
    ] {
        let (_dir, new) = with(file, from, to);
        let (code, said) = tamis(&["compare", OLD, &new, "--day", "2026-12-01", "--deny-widening", "--format", "json"]);
        assert_eq!(code, Some(if widens { 6 } else { 0 }), "{file}: {from} → {to}: {said}");
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["widens"], widens, "{file}: {from} → {to}");
        let differences =
            said["purposes"].as_array().unwrap().iter().flat_map(|one| one["differences"].as_array().unwrap());
        assert!(differences.count() > 0 || file.contains("lists"), "{file}: {from} → {to}: nothing is said");
    }
}

const SIGN_INS: &str = "[retention.sign-ins]
because = \"Two months suffice to find a stolen account.\"
cite    = \"kbv-9\"
when.kind = \"auth.*\"
when.attributable = false
at-most = \"60 days\"
";

/// A limit that is another one now is told by both its values; one that is gone has nothing as strict.
#[test]
fn a_limit_is_told_before_and_after() {
    for (from, to, after) in [
        ("at-most = \"60 days\"", "at-most = \"90 days\"", "at most 90 days"),
        ("at-most = \"60 days\"", "at-most = \"30 days\"", "at most 30 days"),
        (SIGN_INS, "", "nothing as strict"),
    ] {
        let (_dir, new) = with("tenants/example-de.toml", from, to);
        let (_, said) = tamis(&["compare", OLD, &new, "--day", "2026-12-01", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let differences = said["purposes"][0]["differences"].as_array().unwrap();
        let told = differences.iter().filter(|one| one["topic"] == "retention").map(|one| {
            assert!(one["was"].as_str().unwrap().starts_with("at most 60 days"), "{to}: {one}");
            assert!(one["is"].as_str().unwrap().starts_with(after), "{to}: {one}");
        });
        assert_eq!(told.count(), 1, "{to}");
    }
}

/// Who reverses codes, and for what: fewer who agree, more purposes and nobody told are wider, not perhaps.
#[test]
fn reversal_by_fewer_or_for_more_is_wider() {
    for (from, to, verdict) in [
        ("approvals = 2", "approvals = 1", "wider"),
        ("only-for  = [\"investigation\"]", "only-for    = [\"investigation\", \"security\"]", "wider"),
        ("only-for  = [\"investigation\"]\n", "", "wider"),
        ("tell-person = ", "# tell-person = ", "wider"),
        ("officers  = [", "officers  = [\"somebody else\", ", "unclear"),
    ] {
        let (_dir, new) = with("tenants/example-de.toml", from, to);
        let (_, said) = tamis(&["compare", OLD, &new, "--day", "2026-12-01", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let differences = said["purposes"][0]["differences"].as_array().unwrap();
        let found: Vec<_> = differences.iter().filter(|one| one["about"] == "escrow").collect();
        assert!(found.len() == 1 && found[0]["verdict"] == verdict, "{from} → {to}: {differences:?}");
    }
}

/// Who signs, and until when: a key that ends later, or is named once more without an end, is wider where something asks for signatures.
#[test]
fn a_key_that_signs_for_longer_is_wider() {
    let key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let until = |day: &str| format!("{{ key = \"{key}\", until = {day} }}");
    let keys = |keys: &str| {
        let gate = "[gate.paper]\nask = [\"reference\", \"signature\"]\nbecause = \"x\"\ncite = \"our-default\"\n";
        with("tenants/example-de.toml", "[rule.", &format!("{gate}[officers]\n\"ann\" = {keys}\n[rule."))
    };
    let (_dir, old) = keys(&until("2026-11-30"));
    let ended = until("2026-11-30");
    for (now, verdict) in [
        (until("2026-11-29"), "narrower"),
        (until("2027-11-30"), "wider"),
        (format!("[\"{key}\", {ended}]"), "wider"),
        (format!("[{ended}, \"{key}\"]"), "wider"),
    ] {
        let (_dir, new) = keys(&now);
        let (_, said) = tamis(&["compare", &old, &new, "--day", "2026-12-01", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let differences = said["purposes"][0]["differences"].as_array().unwrap();
        let found: Vec<_> = differences.iter().filter(|one| one["about"] == "officers").collect();
        assert!(found.len() == 1 && found[0]["verdict"] == verdict, "{now}: {differences:?}");
    }
}

/// What only a tenant can say is no wider than what it inherits, which says nothing of it; where that does, it is.
#[test]
fn what_only_a_tenant_says_is_wider_than_nothing_that_it_inherits() {
    let verdicts = |policy: &str| -> BTreeMap<String, String> {
        let (_, said) = tamis(&["explain", "--policy", policy, "--changes", "--on", "2026-12-01", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let all = said["purposes"].as_array().unwrap().iter().flat_map(|one| one["differences"].as_array().unwrap());
        all.map(|one| [&one["about"], &one["verdict"]].map(|text| text.as_str().unwrap().to_owned()).into()).collect()
    };
    let said = verdicts(OLD);
    for about in ["escrow", "recipient.siem.country"] {
        assert_eq!(said.get(about).map(String::as_str), Some("otherwise"), "{said:?}");
    }
    assert!(!said.values().any(|verdict| verdict == "wider"), "{said:?}");
    let escrow = "[escrow]\nofficers = [\"a\", \"b\"]\napprovals = 2\nbecause = \"x\"\ncite = \"our-default\"\n[rule.";
    let (_dir, new) = with("jurisdictions/de.toml", "[rule.", escrow);
    let said = verdicts(&new);
    assert!(said.get("escrow").is_none_or(|verdict| verdict != "otherwise"), "{said:?}");
}

/// A day before a policy holds is told with what to do, and no option of another command.
#[test]
fn a_day_before_a_policy_holds_is_told() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.args(["compare", OLD, "--since", "2026-10-01", "--day", "2026-12-01"]).current_dir(repository());
    let ran = command.output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.contains("ask for a day from 2026-11-01 on") && !said.contains("--on"), "{said}");
}

/// A purpose that is new is all that it lets out: each category of which something leaves, with its rules.
#[test]
fn a_new_purpose_is_told_with_all_that_it_lets_out() {
    let (_dir, less) = with("tenants/example-de.toml", ", \"investigation\"]\n", "]\n");
    let (_, said) = tamis(&["compare", &less, OLD, "--day", "2026-12-01", "--format", "json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let new = said["purposes"].as_array().unwrap().iter().find(|one| one["purpose"] == "investigation").unwrap();
    let explained = |category: &str| {
        let asked = ["explain", "--policy", OLD, "--on", "2026-12-01", "--purpose", "investigation", "--category"];
        let (_, said) = tamis(&[&asked[..], &[category, "--format", "json"]].concat());
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["purposes"][0]["decided"][0]["leaves"].as_bool().unwrap()
    };
    let told: Vec<_> = new["differences"].as_array().unwrap().iter().collect();
    assert!(told.iter().all(|one| one["verdict"] == "wider"), "{told:?}");
    let names: Vec<_> = told.iter().filter_map(|one| one["about"].as_str()).collect();
    for category in ["event.action", "net.ip", "id.email", "content.text", "channel.name", "pay.pan"] {
        assert_eq!(names.contains(&category), explained(category), "{category}");
    }
    assert!(names.contains(&"investigation") && names.contains(&"net.ip") && names.len() > 10, "{names:?}");
}

/// A field that is nobody's in particular is not said to be somebody's.
#[test]
fn a_role_is_told_in_words_or_not_at_all() {
    let change = ("\"published\"          = \"time.event\"", "\"published\"          = \"event.type\"");
    let (_dir, new) = with("schemas/okta.toml", change.0, change.1);
    let (_, said) = tamis(&["compare", OLD, &new, "--day", "2026-12-01"]);
    assert!(said.contains("okta: published") && said.contains("event.type"), "{said}");
    assert!(!said.contains("(None)"), "{said}");
}

#[test]
fn a_policy_is_no_wider_than_itself_on_a_sample() {
    let (code, said) = tamis(&[
        "compare",
        OLD,
        OLD,
        "--day",
        "2026-12-01",
        "--deny-widening",
        "--on",
        "examples/events.ndjson",
        "--format",
        "json",
    ]);
    assert_eq!(code, Some(0), "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["sample"]["events"], &said["sample"]["differing"]), (&27.into(), &0.into()));
    assert_eq!(said["sample"]["purpose"], "security", "of several that are compared, one is tried");
}

/// What a sample shows is counted by path, and no value is told.
#[test]
fn a_sample_shows_what_is_revealed() {
    let (_dir, new) = with("base/base.toml", "\"id.*\"        = \"pseudonymise-escrow\"", "\"id.*\"        = \"keep\"");
    let (code, said) =
        tamis(&["compare", OLD, &new, "--day", "2026-12-01", "--on", "examples/events.ndjson", "--format", "json"]);
    assert_eq!(code, Some(0));
    assert!(!said.contains("anna.meier") && !said.contains("Anna"), "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let fields = said["sample"]["fields"].as_array().unwrap();
    let user = fields.iter().find(|field| field["path"] == "m365: UserId").unwrap();
    assert!(user["revealed"].as_u64() > Some(0), "{user}");
}

#[test]
fn verdicts_that_cannot_be_told_count_as_wider() {
    assert!(Verdict::Unclear.widens() && Verdict::Wider.widens());
    assert!(!Verdict::Narrower.widens() && !Verdict::Otherwise.widens());
}
