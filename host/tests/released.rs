//! LAWS of releases: what a release widens stays as it was until its day, what it narrows holds at once; shown on bytes that leave.
//! And `tamis policy` on the shipped policies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use common::random::{Layer, Repertoire, Rule, World, event, one_more, world};
use common::{DAY, engine, repository};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tamis::cli::explain::explained;
use tamis::officer::compare::{Compared, Side, compare};
use tamis::officer::explain::{Account, Became, Ended, Explained, Purpose};
use tamis::officer::phrase::Lang;
use tamis::pipeline::Options;
use tamis::policy::document::SecretLists;
use tamis::policy::form::End;
use tamis::policy::release::{Asked, Bundled, Earlier, Flow, Lead, Manifest, Read, Refused, flow};
use tamis::policy::{Extent, Plan};

type Files = Vec<(String, String)>;

/// A release of `new` behind `old`, whose wider parts wait until people were told.
fn bundle(old: &Files, new: &Files, evidence: &str) -> Bundled {
    let digest = |files: &Files| common::library(files).rules_digest("firm");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (below, all) in [("", new), ("earlier/1/", old)] {
        files.extend(all.iter().map(|(path, text)| (format!("{below}{path}"), text.clone().into_bytes())));
    }
    files.insert(
        "tenants/firm.evidence.toml".into(),
        format!("[evidence]\nfor = \"firm\"\nrevision = 1\n{evidence}").into(),
    );
    let lead = Lead { notice: "law.told".into(), days: 14, lead: "2 weeks".into() };
    let earlier =
        Earlier { revision: 1, digest: digest(old), made: DAY.to_string(), widened_by: Some(1), notices: vec![lead] };
    let manifest = Manifest {
        tenant: "firm".into(),
        revision: 1,
        evidence: 1,
        digest: digest(new),
        previous: None,
        made: DAY.to_string(),
        widens: true,
        earlier: vec![earlier],
        lists: Vec::new(),
        files: Vec::new(),
    };
    Bundled { manifest, files, signatures: Vec::new() }
}

fn flows(old: &Files, new: &Files, purpose: &str, evidence: &str) -> Result<Flow, Refused> {
    let read = Read::of(&bundle(old, new, evidence)).unwrap_or_else(|error| panic!("{error:?}"));
    let lists = SecretLists { lists: BTreeMap::new() };
    flow(&read, &Asked { purpose, on: DAY, system: None, lists: &lists, exact: None })
}

fn changed(world: &World, changes: &[Change]) -> World {
    let mut world = world.clone();
    for change in changes {
        match change {
            Change::Remove(layer, rule) => {
                let own = &mut layer.get_mut(&mut world.layers).rules;
                if own.len() > 1 {
                    own.remove(rule.index(own.len()));
                }
            }
            Change::Add(layer, rule) => layer.get_mut(&mut world.layers).rules.push(rule.clone()),
            Change::Replace(at, layer) => *at.get_mut(&mut world.layers) = layer.clone(),
            Change::Guard => world.guard = !world.guard,
        }
    }
    world
}

#[derive(Clone, Debug)]
enum Change {
    Remove(Index, Index),
    Add(Index, Rule),
    Replace(Index, Layer),
    Guard,
}

fn change() -> impl Strategy<Value = Change> {
    let rule = one_more(Repertoire::All).prop_map(|layer| layer.rules[0].clone());
    prop_oneof![
        4 => (any::<Index>(), any::<Index>()).prop_map(|(layer, rule)| Change::Remove(layer, rule)),
        4 => (any::<Index>(), rule).prop_map(|(layer, rule)| Change::Add(layer, rule)),
        1 => (any::<Index>(), world(Repertoire::All)).prop_map(|(at, world)| Change::Replace(at, at.get(&world.layers).clone())),
        1 => Just(Change::Guard),
    ]
}

/// The plan of a world that makes sense.
fn plan(world: &World) -> Option<Arc<Plan>> {
    let files = world.files();
    let same = flows(&files, &files, world.purpose, "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n");
    same.ok().map(|flow| Arc::new(flow.plan))
}

fn differ(old: &Arc<Plan>, new: &Arc<Plan>) -> Compared {
    let one = |plan: &Arc<Plan>| {
        vec![Purpose { name: plan.scope.purpose.clone(), system: None, plan: Some(plan.clone()), closed: Vec::new() }]
    };
    let (lists, before, after) = (SecretLists { lists: BTreeMap::new() }, one(old), one(new));
    compare(&Side { purposes: &before, lists: &lists }, &Side { purposes: &after, lists: &lists }, Lang::En).remove(0)
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

/// What leaves under `new` and does not under `old`.
fn reveals(old: &Arc<Plan>, new: &Arc<Plan>, event: &str) -> Option<String> {
    let say = |plan: &Arc<Plan>| explained(engine(plan, Options::default()), plan, event.as_bytes(), true).unwrap();
    let (before, after) = (say(old), say(new));
    if before.ended == Ended::Suppressed && after.ended == Ended::Passed {
        return Some("the event is revived".into());
    }
    let was = leaves(&before);
    let more = leaves(&after).into_iter().find(|(place, much)| was.get(place).is_none_or(|before| much > before));
    more.map(|(place, _)| format!("more is shown of {place}"))
}

/// What leaves, whatever stands for what is hidden: of two labels, or a label and null where a shape is kept, neither shows more.
fn bytes(plan: &Arc<Plan>, events: &[String]) -> String {
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    let bytes = common::filter(plan, &common::ndjson(events), Options::default()).bytes;
    String::from_utf8(bytes)
        .unwrap()
        .replace("[gone]", "[redacted]")
        .replace("***", "[redacted]")
        .replace("\\\"[redacted]\\\"", "null")
        .replace("\"[redacted]\"", "null")
}

/// LAW: until its day a release shows no more than itself, and no more than the one before; where it only narrows it is itself at
/// once, and where it only widens it is the one before.
#[test]
fn until_its_day_the_stricter_of_both_holds() {
    let [same, narrowed, widened, both] = [0; 4].map(Cell::new);
    let add = |count: &Cell<u32>| count.set(count.get() + 1);
    // Changes narrow more often than they widen: half of them are undone instead.
    let all = (world(Repertoire::All), vec(change(), 0..4), any::<bool>(), vec(event(), 1..4));
    let mut runner = TestRunner::new(common::cases(200));
    let ran = runner.run(&all, |(before, changes, is_undone, events)| {
        let after = changed(&before, &changes);
        let (before, after) = if is_undone { (after, before) } else { (before, after) };
        let (Some(old), Some(new)) = (plan(&before), plan(&after)) else { return Ok(()) };
        let flow = flows(&before.files(), &after.files(), before.purpose, "").unwrap();
        prop_assert_eq!(flow.held.len(), 1);
        prop_assert!(flow.held[0].alone.is_none(), "{:?}", flow.held);
        let joined = Arc::new(flow.plan);
        let narrows = Extent::of(&joined).is_narrowed_by(&Extent::of(&new));
        prop_assert!(!narrows, "that the one before holds no more narrows nothing");
        let events: Vec<_> = events.iter().map(|node| node.event(&|n| n).to_string()).collect();
        let counts = [&old, &new, &joined].map(|plan| {
            let events: Vec<_> = events.iter().map(String::as_str).collect();
            common::filter(plan, &common::ndjson(events), Options::default()).counts
        });
        // Which of two keys that a treatment makes alike leaves by its own name, and what a guard stops, is no form.
        if counts.iter().all(|counts| counts.alike == 0 && counts.guarded == 0) {
            for event in &events {
                for (other, which) in [(&old, "before"), (&new, "after")] {
                    let shown = reveals(other, &joined, event);
                    prop_assert!(shown.is_none(), "{:?} than {} of {}", shown, which, event);
                }
            }
        }
        let (forth, back) = (differ(&old, &new).widens(), differ(&new, &old).widens());
        if !forth {
            prop_assert_eq!(bytes(&joined, &events), bytes(&new, &events), "what is not wider holds at once");
        }
        if !back {
            prop_assert_eq!(bytes(&joined, &events), bytes(&old, &events), "what is only wider waits");
        }
        add(match (forth, back) {
            (true, true) => &both,
            (true, false) => &widened,
            (false, true) => &narrowed,
            (false, false) => &same,
        });
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    let seen = [&same, &narrowed, &widened, &both].map(Cell::get);
    // Usual is a fifth of each but the first: chance alone does not make a twentieth of that.
    let least = seen.iter().sum::<u32>() / 20;
    assert!(seen[1..].iter().all(|seen| *seen >= least.max(1)), "it is no law about nothing: {seen:?}");
}

/// A small folder of policies: a base that keeps what people do and codes who they are, and a tenant with some tables of its own.
fn small(base: &str, tenant: &str) -> Files {
    let mut files = common::random::words();
    files.push((
        "schemas/small.toml".into(),
        "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n[fields]\n\"op\" = \"event.action\"\n\"ip\" = \"net.ip\"\n"
            .into(),
    ));
    let head =
        |id: &str, layer: &str| format!("[policy]\nid = {id:?}\ntitle = \"T\"\nlayer = {layer:?}\nrevision = 1\n");
    let rule =
        |rows: &str| format!("[rule.one]\nbecause = \"x\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n{rows}\n");
    let law = "[law]\nown = { cite = \"none\", sure = \"high\", seen = \"text\" }\n";
    files.push(("base/base.toml".into(), format!("{}{law}{}", head("base", "base"), rule(base))));
    files.push(("tenants/firm.toml".into(), format!("{}inherits = \"base\"\n{tenant}", head("firm", "tenant"))));
    files
}

/// LAW: a code that keeps the shape of what is no text is null, and so shows less: that holds at once, and waits where it is taken away.
#[test]
fn a_code_that_loses_its_shape_waits_for_its_day() {
    let policy = |treatment: &str| small(&format!("\"net.ip\" = \"{treatment}\""), "");
    let (shaped, plain) = (policy("pseudonymise-shape"), policy("pseudonymise"));
    let told = "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n";
    let alone = |files: &Files| Arc::new(flows(files, files, "security", told).unwrap().plan);
    assert!(!differ(&alone(&plain), &alone(&shaped)).widens());
    assert!(differ(&alone(&shaped), &alone(&plain)).widens());
    for (old, new) in [(&plain, &shaped), (&shaped, &plain)] {
        let flow = flows(old, new, "security", "").unwrap();
        assert_eq!(out(flow, &json!({ "op": "read", "ip": 7 })), json!({ "op": "read", "ip": null }));
    }
}

fn out(flow: Flow, event: &Value) -> Value {
    let ran = common::filter(&Arc::new(flow.plan), &common::ndjson([event.to_string().as_str()]), Options::default());
    serde_json::from_slice(&ran.bytes).unwrap_or(Value::Null)
}

/// LAW: a field that only one release knows stays behind until the day, also where the other one has a word for all of its like.
#[test]
fn a_field_that_a_release_lets_through_waits_for_its_day() {
    let base = "\"net.ip\" = \"keep\"";
    let own = |fields: &str| format!("[classify.small]\nbecause = \"x\"\n{fields}\n");
    let (old, new) = (small(base, ""), small(base, &own("\"more\" = \"net.ip\"\n\"ip\" = \"event.action\"")));
    let event = json!({ "op": "read", "ip": "192.0.2.1", "more": "192.0.2.2" });
    let shown = |old: &Files, new: &Files, evidence: &str| out(flows(old, new, "security", evidence).unwrap(), &event);
    let (without, with) = (json!({ "op": "read", "ip": "192.0.2.1" }), event.clone());
    assert_eq!(shown(&old, &new, ""), without);
    let told = |on: &str| format!("[told.all]\nrevision = \"firm@1\"\non = {on}\n");
    assert_eq!(shown(&old, &new, &told("2026-11-08")), without, "thirteen days are no two weeks");
    assert_eq!(shown(&old, &new, &told("2026-11-07")), with);
    assert_eq!(shown(&new, &old, ""), without, "what is not known any more stays behind at once");
    assert_eq!(shown(&new, &new, ""), with);
    // Which fields of a map a star means cannot be told: then the release before holds alone.
    let (wide, fine) = (own("\"deep.*\" = \"net.ip\""), own("\"deep.more\" = \"id.email\""));
    let flow = flows(&small(base, &fine), &small(base, &wide), "security", "").unwrap();
    assert!(flow.held[0].alone.is_some());
    let deep = json!({ "op": "read", "deep": { "more": "192.0.2.2" } });
    assert!(
        !out(flow, &deep).to_string().contains("192.0.2.2"),
        "nobody decides what becomes of that word: it is dropped"
    );
}

/// LAW: what both releases classify alike is no difference between both together and one of them.
#[test]
fn what_both_classify_alike_is_no_difference() {
    let own = |fields: &str| format!("[classify.small]\nbecause = \"x\"\n{fields}\n");
    let one = small("\"net.ip\" = \"keep\"", &own("\"more\" = \"net.ip\"\n\"other\" = \"event.action\""));
    let told = "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n";
    let plan = |old: &Files, new: &Files, evidence: &str| Arc::new(flows(old, new, "security", evidence).unwrap().plan);
    let (alone, together) = (plan(&one, &one, told), plan(&one, &one, ""));
    assert_eq!(differ(&alone, &together).differences, vec![]);
    let less = small("\"net.ip\" = \"keep\"", &own("\"more\" = \"net.ip\""));
    assert!(differ(&plan(&less, &less, told), &alone).widens());
}

/// LAW: what was agreed of the release before opens the gate of both together, and of nothing else.
#[test]
fn an_agreement_on_the_release_before_opens_what_shows_no_more() {
    let gate = |ask: &str| format!("[gate.works]\nask = [\"signed-by\"{ask}]\nbecause = \"x\"\ncite = \"own\"\n");
    let rules = |rows: &str, ask: &str| small(rows, &gate(ask));
    let (old, new) = (rules("\"net.ip\" = \"keep\"", ""), rules("\"net.ip\" = \"drop\"", ""));
    let digest = |files: &Files| common::library(files).rules_digest("firm");
    let agreed =
        |files: &Files| format!("[evidence.works]\nsigned-by = \"all\"\nagreed-digest = \"{}\"\n", digest(files));
    let event = json!({ "op": "read", "ip": "192.0.2.1" });
    let strict = json!({ "op": "read" });
    for evidence in [agreed(&old), agreed(&new)] {
        assert_eq!(out(flows(&old, &new, "security", &evidence).unwrap(), &event), strict);
        assert_eq!(out(flows(&new, &old, "security", &evidence).unwrap(), &event), strict);
    }
    let nobody = agreed(&rules("", ""));
    assert!(flows(&old, &new, "security", &nobody).is_err());
    // A gate that asks for more is closed at once, whatever was agreed.
    let more = rules("\"net.ip\" = \"drop\"", ", \"dpia\"");
    let refused = flows(&old, &more, "security", &agreed(&old)).unwrap_err();
    assert!(refused.refusal.closed[0].missing.contains("dpia"), "{:?}", refused.refusal.closed);
    // And one that asks for less stays closed until the day.
    assert!(flows(&more, &old, "security", &agreed(&old)).is_err());
}

/// LAW: what is kept on disk of a policy is by what it says, in an encoding of its own: another release of Tamis knows it again. Who changes
/// the encoding raises its version, and says that buffers have to be empty before an update.
#[test]
fn what_is_kept_of_a_policy_is_the_same_under_another_release() {
    let tenant = "[retention.all]\nat-most = \"30 days\"\nbecause = \"x\"\ncite = \"own\"\n\
        [list.works]\nsecret = true\nlook-in = [\"event.action\"]\nheld-by = \"nobody\"\n\
        [rule.late]\nwhen.matches = { \"event.action\" = [\"read*\"] }\nbecause = \"x\"\ncite = \"own\"\n\"net.ip\" = \"truncate-ip\"\n";
    let files = small("\"net.ip\" = \"keep\"", tenant);
    let told = "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n";
    let extent = Extent::of(&flows(&files, &files, "security", told).unwrap().plan);
    assert_eq!(extent.digest(), "sha256:6e7e6e4ec0eff76d5c38eb9ae95d56867ee027def21d13d572a8f2676b3b4b94");
}

/// LAW: nothing is requested for longer than by either release.
#[test]
fn nothing_is_kept_longer_until_the_day() {
    let keep = |most: &str, least: &str| {
        let tenant =
            format!("[retention.all]\nat-most = {most:?}\nat-least = {least:?}\nbecause = \"x\"\ncite = \"own\"\n");
        small("\"net.ip\" = \"keep\"", &tenant)
    };
    let asked = |old: &Files, new: &Files| {
        let flow = flows(old, new, "security", "").unwrap();
        let stamped = common::filter(
            &Arc::new(flow.plan),
            &common::ndjson([r#"{"op":"read"}"#]),
            Options { stamp: true, ..Options::default() },
        );
        let event: Value = serde_json::from_slice(&stamped.bytes).unwrap();
        assert_eq!(event["@tamis"]["digest"], common::library(new).rules_digest("firm").as_str());
        assert_eq!(event["@tamis"]["with"], json!(["firm@1"]));
        event["@tamis"]["retention"].clone()
    };
    let (short, long) = (keep("30 days", "10 days"), keep("90 days", "60 days"));
    assert_eq!(asked(&short, &long), json!({ "at-most": "30 days", "at-least": "10 days" }));
    assert_eq!(asked(&long, &short), json!({ "at-most": "30 days", "at-least": "10 days" }));
    // What waits was stamped so: a longer time discards nothing of it, nor the end of the time in which both hold.
    let told = "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n";
    let extent = |old, new, evidence| Extent::of(&flows(old, new, "security", evidence).unwrap().plan);
    let [brief, lasts] = [&short, &long].map(|files| extent(files, files, told));
    assert!(!brief.is_narrowed_by(&lasts) && lasts.is_narrowed_by(&brief));
    assert!(!extent(&short, &long, "").is_narrowed_by(&lasts) && lasts.is_narrowed_by(&extent(&short, &long, "")));
    assert_eq!(asked(&long, &long), json!({ "at-most": "90 days", "at-least": "60 days" }));
    assert_eq!(asked(&small("", ""), &long), json!({ "at-most": "90 days" }), "a floor is not there before its day");
}

#[test]
fn a_purpose_that_is_new_waits_and_one_that_is_gone_is_gone() {
    let allows = |all: &str| {
        small("\"net.ip\" = \"keep\"", &format!("[purposes]\nallow = [{all}]\nbecause = \"x\"\ncite = \"own\"\n"))
    };
    let (one, two) = (allows("\"security\""), allows("\"security\", \"product\""));
    let told = "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n";
    let is_open = |old: &Files, new: &Files, evidence: &str| flows(old, new, "product", evidence).is_ok();
    assert!(!is_open(&one, &two, "") && is_open(&one, &two, told) && is_open(&two, &two, ""));
    assert!(!is_open(&two, &one, told));
    let refused = flows(&one, &two, "product", "").unwrap_err();
    let closed = &refused.refusal.closed[0];
    assert!(
        closed.missing.contains("new in this release") && closed.help.contains("law.told (2 weeks before)"),
        "{closed:?}"
    );
}

#[test]
fn a_map_that_differs_leaves_the_release_before_alone() {
    let (old, mut new) = (small("\"net.ip\" = \"keep\"", ""), small("\"net.ip\" = \"drop\"", ""));
    for (path, text) in &mut new {
        if path == "schemas/small.toml" {
            text.push_str("\"more\" = \"net.ip\"\n");
        }
    }
    let event = json!({ "op": "read", "ip": "192.0.2.1", "more": "192.0.2.2" });
    let flow = flows(&old, &new, "security", "").unwrap();
    assert!(flow.held[0].alone.as_ref().is_some_and(|apart| apart.to_string().contains("small")), "{:?}", flow.held);
    assert_eq!(out(flow, &event), json!({ "op": "read", "ip": "192.0.2.1" }));
}

/// LAW: who can reverse codes, and for what, stays as it was until the day, but where fewer can for less.
#[test]
fn nobody_else_reverses_codes_until_the_day() {
    let escrow = |approvals: u32, officers: &str, only: &str| {
        let head = format!("[escrow]\nofficers = [\"a\", {officers}]\napprovals = {approvals}\nonly-for = [{only}]\n");
        small("\"net.ip\" = \"keep\"", &format!("{head}because = \"x\"\ncite = \"own\"\n"))
    };
    let usual = escrow(2, "\"b\", \"c\"", "\"security\"");
    let held = |old: &Files, new: &Files| {
        let escrow = flows(old, new, "security", "").unwrap().plan.escrow.clone().unwrap();
        (escrow.approvals, escrow.officers.join(""), escrow.only_for.len())
    };
    let was = (2, "abc".to_owned(), 1);
    for (other, both) in [
        (escrow(1, "\"b\", \"c\"", "\"security\""), was.clone()),
        (escrow(2, "\"b\", \"c\", \"d\"", "\"security\""), was.clone()),
        (escrow(3, "\"b\", \"c\"", "\"security\""), (3, "abc".to_owned(), 1)),
        // What widens one way and narrows another: each respect for itself.
        (escrow(2, "\"b\", \"d\"", "\"security\""), (2, "ab".to_owned(), 1)),
        (escrow(3, "\"b\", \"c\"", "\"security\", \"product\""), (3, "abc".to_owned(), 1)),
    ] {
        assert_eq!(held(&usual, &other), both);
    }
    for nobody in [escrow(2, "\"d\"", "\"security\""), escrow(2, "\"b\"", "\"product\"")] {
        assert!(flows(&usual, &nobody, "security", "").unwrap().plan.escrow.is_none(), "nobody that both allow");
    }
    // Where nobody could nobody can; who could before still can, since what is taken away may be missed.
    let nobody = small("\"net.ip\" = \"keep\"", "");
    assert!(flows(&nobody, &usual, "security", "").unwrap().plan.escrow.is_none());
    assert_eq!(held(&usual, &nobody), was);
    let told = "[told.all]\nrevision = \"firm@1\"\non = 2026-01-01\n";
    assert!(flows(&nobody, &usual, "security", told).unwrap().plan.escrow.is_some());
}

/// LAW (tightening): no layer loosens whom another lets reverse codes.
#[test]
fn a_layer_loosens_no_escrow_of_another() {
    let escrow = |approvals: u32, only: &str| {
        let head =
            format!("[escrow]\nofficers = [\"a\", \"b\", \"c\"]\napprovals = {approvals}\nonly-for = [{only}]\n");
        format!("{head}because = \"x\"\ncite = \"own\"\n")
    };
    let held = |base: &str, tenant: &str| {
        let mut files = small("\"net.ip\" = \"keep\"", tenant);
        let above = files.iter_mut().find(|(path, _)| path.starts_with("base/")).unwrap();
        above.1.push_str(base);
        let escrow = flows(&files, &files, "security", "").unwrap().plan.escrow.clone().unwrap();
        (escrow.approvals, escrow.only_for.len())
    };
    let (two, three) = (escrow(2, "\"security\""), escrow(3, "\"security\""));
    assert_eq!(held(&three, &two), (3, 1), "fewer approvals");
    assert_eq!(held(&two, &escrow(2, "\"security\", \"product\"")), (2, 1), "more purposes");
    assert_eq!(held(&two, &three), (3, 1), "a tenant may ask for more");
    assert_eq!(held(&two, &escrow(3, "\"security\", \"product\"")), (3, 1), "and for more purposes in vain");
}

/// LAW: what an earlier release narrowed stays narrow while it waits, also where the ones around it cannot be joined.
#[test]
fn where_a_release_cannot_be_joined_those_before_it_still_hold_together() {
    let entity = |value: &str| {
        format!(
            "[[entity]]\nname = \"own.badge\"\ntitle = \"Badge\"\nsets = [\"personal\"]\npattern = \"{value}-[0-9]{{6}}\"\nexamples = [\"{value}-123456\"]\n"
        )
    };
    let first = small("\"net.ip\" = \"keep\"", &entity("A"));
    let second = small("\"net.ip\" = \"drop\"", "");
    let third = small("\"net.ip\" = \"drop\"", &entity("B"));
    let event = json!({ "op": "read", "ip": "192.0.2.1" });
    // As it was before the third: both hold, and the address stays behind.
    assert_eq!(out(flows(&first, &second, "security", "").unwrap(), &event), json!({ "op": "read" }));
    // The second waits as well, behind the first.
    let mut bundle = bundle(&second, &third, "");
    let below = |revision: u32, files: &Files| {
        let own =
            files.iter().map(move |(path, text)| (format!("earlier/{revision}/{path}"), text.clone().into_bytes()));
        own.collect::<Vec<_>>()
    };
    let number = |files: &Files, revision: u32| -> Files {
        let text = |text: &String| text.replacen("revision = 1", &format!("revision = {revision}"), 1);
        files
            .iter()
            .map(|(path, own)| (path.clone(), if path == "tenants/firm.toml" { text(own) } else { own.clone() }))
            .collect()
    };
    let (second, third) = (number(&second, 2), number(&third, 3));
    bundle.files.retain(|path, _| path.starts_with("tenants/firm.evidence"));
    bundle.files.extend(third.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    bundle.files.extend(below(2, &second).into_iter().chain(below(1, &first)));
    let digest = |files: &Files| common::library(files).rules_digest("firm");
    (bundle.manifest.revision, bundle.manifest.digest) = (3, digest(&third));
    let waits = bundle.manifest.earlier.remove(0);
    let earlier = |revision: u32, files: &Files| Earlier {
        revision,
        digest: digest(files),
        widened_by: Some(revision + 1),
        ..waits.clone()
    };
    bundle.manifest.earlier = vec![earlier(2, &second), earlier(1, &first)];
    let read = Read::of(&bundle).unwrap_or_else(|error| panic!("{error:?}"));
    let lists = SecretLists { lists: BTreeMap::new() };
    let held = flow(&read, &Asked { purpose: "security", on: DAY, system: None, lists: &lists, exact: None }).unwrap();
    let alone: Vec<_> = held.held.iter().map(|held| (held.revision, held.alone.is_some())).collect();
    assert_eq!(alone, [(2, true), (1, true)]);
    assert_eq!(
        out(held, &event),
        json!({ "op": "read" }),
        "the second dropped it, and the first is no reason to bring it back"
    );
}

// ---- the command ----

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let copied = Command::new("cp").arg("-r").arg(repository().join("policies")).arg(desk.folder.path()).status();
        assert!(copied.unwrap().success());
        for name in ["ann", "ben"] {
            desk.tamis(&["policy", "key", "new", name]).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What it prints, and its report as JSON where it is one; what it says, where it fails.
    fn tamis(&self, arguments: &[&str]) -> Result<Value, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let ran = command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap();
        let (out, said) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
        match ran.status.success() {
            true => Ok(serde_json::from_str(&out).unwrap_or(Value::String(out))),
            false => Err(format!("{:?} {said}", ran.status.code())),
        }
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} says {from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn release(&self, more: &[&str]) -> Result<Value, String> {
        self.tamis(&[&["policy", "release", TENANT, "--on", "2026-11-27", "--format", "json"], more].concat())
    }

    fn verify(&self, bundle: &str, more: &[&str]) -> Result<Value, String> {
        let keys =
            ["--signed-by", "file:ann.pub", "--signed-by", "file:ben.pub", "--on", "2026-11-27", "--format", "json"];
        self.tamis(&[&["policy", "verify", bundle], &keys[..], more].concat())
    }

    fn sign(&self, bundle: &str, names: &[&str]) {
        for name in names {
            self.tamis(&["policy", "sign", bundle, "--key", &format!("file:{name}"), "--name", name]).unwrap();
        }
    }
}

const TENANT: &str = "policies/tenants/example-de.toml";
const EVIDENCE: &str = "policies/tenants/example-de.evidence.toml";
const FIRST: &str = "policies/releases/example-de@6.7.bundle";
const SECOND: &str = "policies/releases/example-de@7.7.bundle";

fn purpose<'v>(report: &'v Value, name: &str) -> &'v Value {
    report["purposes"].as_array().unwrap().iter().find(|one| one["purpose"] == name).unwrap()
}

#[test]
fn a_policy_is_released_signed_and_verified() {
    let desk = Desk::new();
    let first = desk.release(&[]).unwrap();
    assert_eq!((&first["release"], &first["widens"]), (&json!("example-de@6"), &json!(true)));
    let bytes = std::fs::read(desk.path(FIRST)).unwrap();
    // Equal input, equal bytes.
    std::fs::remove_file(desk.path(FIRST)).unwrap();
    desk.release(&[]).unwrap();
    assert_eq!(std::fs::read(desk.path(FIRST)).unwrap(), bytes);
    // One digest stands on agreement, notice, stamp and bundle.
    let digest = first["digest"].as_str().unwrap();
    let notice = desk.tamis(&["notice", "--policy", TENANT, "--on", "2026-11-27"]).unwrap();
    assert!(notice.as_str().unwrap().contains(digest));
    let events = repository().join("examples/events.ndjson");
    let filter = ["filter", "--policy", TENANT, "--on", "2026-11-27", "--stamp", events.to_str().unwrap()];
    assert!(desk.tamis(&filter).unwrap().as_str().unwrap().contains(digest));
    assert!(String::from_utf8_lossy(&bytes).contains(&format!("\"digest\":\"{digest}\"")));
    assert!(desk.release(&[]).unwrap_err().contains("nothing changed since example-de@6"));
    assert_eq!(plan_of_folder(&desk).digest, plan_of_bundle(&desk).digest, "a bundle is the policy that was released");
    // The first of all is signed by two.
    assert!(desk.verify(FIRST, &[]).unwrap_err().contains("nobody signed it"));
    desk.sign(FIRST, &["ann"]);
    assert!(desk.verify(FIRST, &[]).unwrap_err().contains("two officers"));
    desk.sign(FIRST, &["ben"]);
    let verified = desk.verify(FIRST, &[]).unwrap();
    assert_eq!(verified["release"], "example-de@6");
    // It is as open for whoever checks it as for whoever released it.
    assert_eq!(verified["purposes"], first["purposes"]);
    assert_eq!(purpose(&verified, "security")["open"], true);
    assert!(verified["about"]["Signatures"].as_str().unwrap().contains("the first release"), "{verified}");
    let lists = "policies/tenants/example-de.lists.toml";
    std::fs::rename(desk.path(lists), desk.path("lists.toml")).unwrap();
    assert_eq!(purpose(&desk.verify(FIRST, &[]).unwrap(), "security")["open"], false);
    assert_eq!(desk.verify(FIRST, &["--lists", "lists.toml"]).unwrap()["purposes"], first["purposes"]);
    std::fs::rename(desk.path("lists.toml"), desk.path(lists)).unwrap();
    let told = desk.tamis(&["policy", "verify", FIRST, "--print", "notice.md"]).unwrap();
    assert!(told.as_str().unwrap().contains(digest), "the notice is in it");
    let again = desk.tamis(&["policy", "bundle", TENANT, "--on", "2026-11-27"]).unwrap_err();
    assert!(again.contains("nothing changed since example-de@6"), "{again}");
    assert!(desk.verify(FIRST, &["--tenant", "example-us"]).unwrap_err().contains("not for `example-us`"));
    let mut changed = std::fs::read(desk.path(FIRST)).unwrap();
    let at = changed.len() / 2;
    changed[at] ^= 1;
    std::fs::write(desk.path("changed.bundle"), changed).unwrap();
    assert!(desk.verify("changed.bundle", &[]).unwrap_err().contains("is not what the manifest says"));
}

/// LAW: an officer alone brings no earlier release that was not in force: it could hold alone, and show anything.
#[test]
fn an_earlier_release_that_nobody_had_needs_two_officers() {
    let desk = Desk::new();
    desk.release(&[]).unwrap();
    desk.sign(FIRST, &["ann", "ben"]);
    desk.edit(TENANT, "at-most = \"60 days\"", "at-most = \"59 days\"");
    desk.release(&["--number"]).unwrap();
    let mut bundle = tamis::edge::releases::open(&desk.path(SECOND)).unwrap();
    let path = "earlier/6/schemas/okta.toml";
    let text = String::from_utf8(bundle.files[path].clone()).unwrap();
    let other = text.replacen("\"published\"          = \"time.event\"", "\"published\"          = \"event.type\"", 1);
    assert_ne!(text, other);
    bundle.files.insert(path.to_owned(), other.into_bytes());
    let mut texts = tamis::policy::syntax::Bundle::new();
    for (path, content) in &bundle.files {
        if let Some(path) = path.strip_prefix("earlier/6/").filter(|path| !path.contains(".evidence.")) {
            texts.add(path, String::from_utf8(content.clone()).unwrap());
        }
    }
    bundle.manifest.earlier[0].digest = tamis::policy::Library::read(texts).0.rules_digest("example-de");
    let bytes = tamis::policy::release::write(bundle.manifest, &bundle.files, &[]).unwrap();
    std::fs::write(desk.path("forged.bundle"), bytes).unwrap();
    // The same release as of another day decides otherwise where a law begins or ends.
    let mut moved = tamis::edge::releases::open(&desk.path(SECOND)).unwrap();
    moved.manifest.earlier[0].made = "2020-01-01".into();
    let bytes = tamis::policy::release::write(moved.manifest, &moved.files, &[]).unwrap();
    std::fs::write(desk.path("moved.bundle"), bytes).unwrap();
    for (bundle, is_enough) in [(SECOND, true), ("forged.bundle", false), ("moved.bundle", false)] {
        desk.sign(bundle, &["ann"]);
        let ran = desk.verify(bundle, &["--since", FIRST]);
        assert_eq!(ran.is_ok(), is_enough, "{ran:?}");
        assert!(is_enough || ran.unwrap_err().contains("two officers"));
    }
}

fn day() -> tamis::policy::document::Date {
    "2026-11-27".parse().unwrap()
}

fn lists(desk: &Desk) -> SecretLists {
    let mut bundle = tamis::policy::syntax::Bundle::new();
    let text = std::fs::read_to_string(desk.path("policies/tenants/example-de.lists.toml")).unwrap();
    let file = bundle.add_sealed("lists", text);
    tamis::policy::syntax::lists(&bundle, file, &mut Vec::new()).unwrap()
}

fn plan_of_folder(desk: &Desk) -> Plan {
    let mut bundle = tamis::edge::policies::folder(&desk.path(TENANT)).unwrap().bundle;
    let file = bundle.add(EVIDENCE, std::fs::read_to_string(desk.path(EVIDENCE)).unwrap());
    let library = Arc::new(tamis::policy::Library::parse(bundle).unwrap_or_else(|_| panic!("it is right")).0);
    let evidence = tamis::policy::syntax::evidence(&library.bundle, file, &mut Vec::new()).unwrap();
    let request = tamis::policy::Request {
        policy: "example-de",
        with: &[],
        purpose: "security",
        on: day(),
        system: None,
        evidence: &evidence,
        lists: &lists(desk),
        exact: None,
        lenient: false,
    };
    tamis::policy::compile(&library, &request).unwrap_or_else(|refusal| panic!("{refusal:?}")).0
}

fn plan_of_bundle(desk: &Desk) -> Plan {
    let read =
        Read::of(&tamis::edge::releases::open(&desk.path(FIRST)).unwrap()).unwrap_or_else(|_| panic!("it is right"));
    let lists = lists(desk);
    flow(&read, &Asked { purpose: "security", on: day(), system: None, lists: &lists, exact: None }).unwrap().plan
}

#[test]
fn what_is_narrower_is_open_at_once_and_what_is_wider_on_its_day() {
    let desk = Desk::new();
    desk.release(&[]).unwrap();
    desk.sign(FIRST, &["ann", "ben"]);
    desk.edit(TENANT, "at-most = \"60 days\"", "at-most = \"59 days\"");
    assert!(desk.release(&[]).unwrap_err().contains("revision = 7"));
    let second = desk.release(&["--number"]).unwrap();
    assert_eq!((&second["release"], &second["widens"]), (&json!("example-de@7"), &json!(false)));
    assert!(std::fs::read_to_string(desk.path(TENANT)).unwrap().contains("revision = 7"));
    // The agreement is on 6: 7 shows no more, and is open with it.
    let security = purpose(&second, "security");
    assert_eq!(security["open"], true, "{second}");
    assert!(security["says"][0].as_str().unwrap().contains("until this release is agreed"), "{security}");
    // Nor is it told as closed, which events flow for.
    let notice = |bundle: &str| {
        let told = desk.tamis(&["policy", "verify", bundle, "--print", "notice.md"]).unwrap();
        told.as_str().unwrap().to_owned()
    };
    assert!(!notice(SECOND).contains("security (not yet"), "{}", notice(SECOND));
    desk.sign(SECOND, &["ann"]);
    desk.verify(SECOND, &["--since", FIRST]).unwrap();
    desk.sign(SECOND, &["ben"]);
    assert!(desk.verify(FIRST, &["--since", SECOND]).unwrap_err().contains("it is older"));

    desk.edit(TENANT, "at-most = \"59 days\"", "at-most = \"90 days\"");
    desk.edit(EVIDENCE, "agreed-revision = \"example-de@6\"", "agreed-revision = \"example-de@8\"");
    desk.edit(EVIDENCE, "revision = 7", "revision = 8");
    let third = desk.release(&["--number"]).unwrap();
    assert_eq!((&third["release"], &third["widens"]), (&json!("example-de@8"), &json!(true)));
    let says = purpose(&third, "security")["says"][0].as_str().unwrap();
    assert!(says.contains("example-de@7") && says.contains("4 weeks before"), "{third}");
    let third = "policies/releases/example-de@8.8.bundle";
    desk.sign(third, &["ann"]);
    assert!(desk.verify(third, &["--since", SECOND]).unwrap_err().contains("two officers"));
    // People are told, and the bundle is written anew with that.
    desk.edit(EVIDENCE, "revision = 8", "revision = 9");
    let told = "\n[told.longer]\nrevision = \"example-de@8\"\non = 2026-12-01\nby = \"the works council\"\n";
    let text = std::fs::read_to_string(desk.path(EVIDENCE)).unwrap();
    std::fs::write(desk.path(EVIDENCE), text + told).unwrap();
    let again = desk.tamis(&["policy", "bundle", TENANT, "--on", "2026-12-01", "--format", "json"]).unwrap();
    let says = purpose(&again, "security")["says"][0].as_str().unwrap();
    assert!(says.contains("until 2026-12-29"), "{again}");
    // The notice is of that day, too.
    let renewed = "policies/releases/example-de@8.9.bundle";
    assert!(notice(renewed).contains("2026-12-01") && !notice(third).contains("2026-12-01"), "{}", notice(renewed));
    let due = desk.tamis(&["due", TENANT, "--on", "2026-12-01", "--format", "json"]).unwrap();
    let due = due["due"].as_array().unwrap().clone();
    let opens: Vec<_> = due.iter().filter(|one| one["kind"] == "opens").collect();
    assert_eq!((opens.len(), &opens[0]["day"]), (1, &json!("2026-12-29")), "{due:?}");
}

/// LAW: what a command says of a bundle is what is in force under it: the release, and the earlier ones that hold with it.
#[test]
fn filter_explain_and_check_read_bundles() {
    let desk = Desk::new();
    let events = repository().join("examples/events.ndjson");
    let filter = |policy: &str| {
        let given = ["--policy", policy, "--on", "2026-11-27", "--key", "file:ann"];
        let passed = desk.tamis(&[&["filter"][..], &given, &[events.to_str().unwrap()]].concat());
        passed.unwrap().as_str().unwrap().to_owned()
    };
    let explained = |policy: &str| {
        let given = ["--policy", policy, "--on", "2026-11-27", "--category", "event.action", "--format", "json"];
        desk.tamis(&[&["explain"][..], &given].concat()).unwrap()
    };
    let leaves = |policy: &str| {
        let said = explained(policy);
        let security = said["purposes"].as_array().unwrap().iter().find(|one| one["purpose"] == "security").unwrap();
        security["decided"][0]["leaves"].clone()
    };
    let open = filter(TENANT);
    assert!(open.contains("\"Operation\""));
    let rule = "\n[rule.less]\nbecause = \"for this test\"\ncite = \"our-default\"\n\"event.action\" = \"drop\"\n";
    desk.edit(TENANT, "[rule.", &format!("{rule}[rule."));
    desk.edit(EVIDENCE, "agreed-revision = \"example-de@6\"\n", "");
    desk.edit(EVIDENCE, "agreed-digest ", "agreed-revision = \"example-de@6\" #");
    let narrow = {
        desk.release(&[]).unwrap();
        filter(FIRST)
    };
    assert_eq!((narrow.as_str(), leaves(FIRST)), (filter(TENANT).as_str(), false.into()));
    // Wider: people were not told, so it stays as it was, whatever the files say by now.
    desk.edit(TENANT, rule, "");
    desk.release(&["--number"]).unwrap();
    desk.edit(EVIDENCE, "\"example-de@6\"", "\"example-de@7\"");
    assert_eq!((filter(TENANT).as_str(), leaves(TENANT)), (open.as_str(), true.into()));
    assert_eq!((filter(SECOND).as_str(), leaves(SECOND)), (narrow.as_str(), false.into()));
    assert!(desk.tamis(&["filter", "--policy", SECOND, "--evidence", EVIDENCE]).unwrap_err().contains("the one in it"));
    // What waits is told where two releases are compared.
    let compared = [&["compare", FIRST, SECOND, "--day", "2026-11-27"][..], &["--deny-widening"]];
    assert!(desk.tamis(&compared.concat()).unwrap_err().starts_with("Some(6)"));
    assert!(desk.tamis(compared[0]).unwrap().as_str().unwrap().contains("WIDER: category event.action"));

    let check = |on: &str| desk.tamis(&["check", SECOND, "--on", on, "--format", "json"]).unwrap();
    let codes = |report: &Value| -> Vec<String> {
        report["problems"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(check("2026-11-27")["errors"], 0);
    let later = check("2027-08-25");
    assert!(codes(&later).contains(&"P0405".to_owned()), "its evidence is over: {later}");
    let place = later["problems"][0]["places"][0]["file"].as_str().unwrap();
    assert!(place.starts_with("policies/releases/example-de@7.7.bundle/"), "{place}");
    // Words that cannot be read are not words that are not there.
    std::fs::write(desk.path("policies/releases/example-de.lists.toml"), b"\xff").unwrap();
    assert!(desk.tamis(&["check", SECOND]).unwrap_err().contains("cannot read"));
}
