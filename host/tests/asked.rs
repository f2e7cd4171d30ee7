//! LAW (asked): what is open or closed, holds or not, and for how long, follows from the evidence and the day alone; what is decided between two
//! limits changes nothing where only one of them holds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::random::words;
use serde_json::{Value, json};
use tamis::pipeline::Options;
use tamis::policy::document::{Date, SecretLists};
use tamis::policy::syntax::{Bundle, evidence};
use tamis::policy::{Library, Plan, Refusal, Request, compile};

const MAP: &str = r#"
    [schema]
    id = "small"
    title = "Small"
    revision = 1
    recognise = ["op"]
    [fields]
    "op" = "event.action"
    [actor]
    "who" = "id.name"
    [events]
    "auth.login" = { op = ["Login*"] }
    "file.read" = { op = ["Read"] }
"#;

const BASE: &str = r#"
    [policy]
    id = "base"
    title = "Base"
    layer = "base"
    revision = 1
    [law]
    own   = { cite = "none", sure = "high", seen = "text" }
    later = { cite = "A law to come", sure = "high", seen = "text", from = 2027-05-13 }
    [rule.all]
    because = "x"
    cite = "own"
    "event.action" = "keep"
    "id.name" = "keep"
"#;

const WHY: &str = "because = \"x\"\ncite = \"own\"\n";
const TODAY: Date = Date::constant(2026, 11, 21);
const LATER: Date = Date::constant(2027, 5, 13);

fn library(law: &str) -> Arc<Library> {
    let firm = "[policy]\nid = \"firm\"\ntitle = \"Firm\"\nlayer = \"sector\"\nrevision = 1\n";
    let mut files = words();
    files.push(("schemas/small.toml".into(), MAP.into()));
    files.push(("base/base.toml".into(), BASE.into()));
    files.push(("sectors/firm.toml".into(), format!("{firm}{law}")));
    common::library(&files)
}

/// The plan of a tenant with these rules, this evidence, on a day, for events of a system.
fn ask(law: &str, given: &str, on: Date, system: Option<&str>) -> Result<Arc<Plan>, Refusal> {
    let mut bundle = Bundle::new();
    let file = bundle.add("firm.evidence.toml", format!("[evidence]\nfor = \"firm\"\nrevision = 1\n{given}"));
    let mut problems = Vec::new();
    let evidence = evidence(&bundle, file, &mut problems).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    let lists = SecretLists::default();
    let request = Request {
        policy: "firm",
        with: &[],
        purpose: "security",
        on,
        system,
        evidence: &evidence,
        lists: &lists,
        exact: None,
        lenient: false,
    };
    compile(&library(law), &request).map(|(plan, _)| Arc::new(plan))
}

/// Names of what is closed; nothing else is wrong.
fn closed(law: &str, given: &str, on: Date) -> Vec<String> {
    match ask(law, given, on, None) {
        Ok(_) => Vec::new(),
        Err(refusal) => {
            assert!(!refusal.closed.is_empty(), "{:?}", refusal.problems);
            refusal.closed.into_iter().map(|closed| closed.name).collect()
        }
    }
}

/// An event as it comes out, and the retention in its stamp.
fn stamped(plan: &Arc<Plan>, operation: &str) -> (Value, Value) {
    let event = json!({ "op": operation, "who": "Anna" }).to_string();
    let ran = common::filter(plan, &common::ndjson([event]), Options { stamp: true, ..Options::default() });
    let mut out: Value = serde_json::from_slice(ran.lines()[0]).unwrap();
    let mut stamp = out.as_object_mut().unwrap().remove("@tamis").unwrap();
    (out, stamp["retention"].take())
}

fn retention(plan: &Arc<Plan>, operation: &str) -> Value {
    stamped(plan, operation).1
}

#[test]
fn what_only_a_later_law_asks_does_not_hold_yet() {
    let why = "because = \"x\"\ncite = \"later\"\n";
    let law = format!(
        "[rule.names]\n{why}\"id.name\" = \"drop\"\n[retention.long]\n{why}at-least = \"12 months\"\n\
         [gate.consent]\n{why}ask = \"reference\"\n[failure]\n{why}otherwise = \"stop\"\n"
    );
    let plan = ask(&law, "", TODAY, None).unwrap();
    let same = (json!({ "op": "Read", "who": "Anna" }), json!({}));
    assert_eq!(stamped(&plan, "Read"), same);
    assert_eq!(closed(&law, "", LATER), ["firm.consent"]);
    let plan = ask(&law, "[evidence.consent]\nreference = \"1\"\n", LATER, None).unwrap();
    assert_eq!(stamped(&plan, "Read"), (json!({ "op": "Read" }), json!({ "at-least": "12 months" })));
    // A law beside it that holds is enough; and so it is where another layer says that the law holds already.
    let both = law.replace("cite = \"later\"", "cite = [\"later\", \"own\"]");
    assert_eq!(closed(&both, "", TODAY), ["firm.consent"]);
    let earlier = format!("[law]\nlater = {{ cite = \"The same\", sure = \"high\", seen = \"text\" }}\n{law}");
    assert_eq!(closed(&earlier, "", TODAY), ["firm.consent"]);
    let put_off = "[law]\nown = { cite = \"Put off\", sure = \"high\", seen = \"text\", from = 2099-01-01 }\n";
    assert_eq!(closed(&format!("{put_off}[gate.a]\n{WHY}ask = \"reference\"\n"), "", TODAY), ["firm.a"]);
}

#[test]
fn purposes_of_a_later_law_are_not_taken_away_yet() {
    let law = "[purposes]\nallow = \"product\"\nbecause = \"x\"\ncite = \"later\"\n";
    assert!(ask(law, "", TODAY, None).is_ok());
    assert_eq!(closed(law, "", LATER), ["firm.purposes"]);
}

#[test]
fn what_hangs_on_a_fact_follows_its_answer() {
    let fact = |unknown: &str| format!("[fact.large]\nask = \"Large?\"\nunknown = \"{unknown}\"\ncite = \"own\"\n");
    let rest = format!(
        "[gate.consent]\nif = \"large\"\n{WHY}ask = \"reference\"\n[retention.long]\nif = \"large\"\n{WHY}at-least = \"12 months\"\n\
         [attributable.a]\nif = \"large\"\n{WHY}show = \"id.name\"\n[rule.names]\n{WHY}\"id.name\" = \"drop\"\n"
    );
    let consent = "[evidence.consent]\nreference = \"1\"\n";
    for (unknown, given, holds) in [("yes", "", true), ("no", "", false), ("no", "yes", true), ("yes", "no", false)] {
        let law = fact(unknown) + &rest;
        let given = if given.is_empty() { String::new() } else { format!("[evidence.large]\nanswer = \"{given}\"\n") };
        let expected: &[&str] = if holds { &["firm.consent"] } else { &[] };
        assert_eq!(closed(&law, &given, TODAY), expected, "{unknown} {given}");
        let plan = ask(&law, &format!("{given}{consent}"), TODAY, None).unwrap();
        let (event, retention) = stamped(&plan, "Read");
        assert_eq!(event.get("who").is_some(), holds, "a floor keeps the name: {unknown} {given}");
        assert_eq!(retention, if holds { json!({ "at-least": "12 months" }) } else { json!({}) });
    }
}

#[test]
fn an_alternative_opens_a_gate() {
    let law = format!(
        "[fact.no-union]\nask = \"None?\"\nunknown = \"yes\"\ncite = \"own\"\n\
         [gate.union]\n{WHY}ask = [\"reference\", \"signed-on\"]\nor = [\"inspectorate\", \"no-union\"]\n\
         [gate.inspectorate]\n{WHY}ask = \"reference\"\nor = [\"union\", \"no-union\"]\n"
    );
    let both = ["firm.union", "firm.inspectorate"];
    // What is unknown opens nothing, whatever its fact says of the unknown.
    assert_eq!(closed(&law, "", TODAY), both);
    assert_eq!(closed(&law, "[evidence.no-union]\nanswer = \"yes\"\n", TODAY), [""; 0]);
    assert_eq!(closed(&law, "[evidence.inspectorate]\nreference = \"1\"\n", TODAY), [""; 0]);
    assert_eq!(closed(&law, "[evidence.union]\nreference = \"1\"\nsigned-on = 2026-01-01\n", TODAY), [""; 0]);
    // Half an answer, one that is over, one for another purpose, a bare yes.
    for given in [
        "reference = \"1\"\n",
        "reference = \"1\"\nsigned-on = 2026-01-01\nends-on = 2026-11-20\n",
        "reference = \"1\"\nsigned-on = 2026-01-01\ncovers = \"product\"\n",
        "answer = \"yes\"\n",
    ] {
        assert_eq!(closed(&law, &format!("[evidence.union]\n{given}"), TODAY), both, "{given}");
    }
    let refusal = ask(&law, "", TODAY, None).unwrap_err();
    let help = &refusal.closed[0].help;
    assert_eq!(
        help,
        "write [evidence.union] with reference, signed-on, or [evidence.inspectorate], or answer \"yes\" under [evidence.no-union]: None?"
    );
    let misspelt = format!(
        "[gate.union]\n{WHY}ask = \"reference\"\nor = \"inspectorat\"\n[gate.inspectorate]\n{WHY}ask = \"reference\"\n"
    );
    let refusal = ask(&misspelt, "", TODAY, None).unwrap_err();
    assert_eq!(refusal.problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["P0107"]);
    assert_eq!(refusal.problems[0].help.as_deref(), Some("did you mean `inspectorate`?"));
}

/// A floor of a year for sign-ins, a cap of half a year for all.
const LIMITS: &str = "[retention.trail]\nbecause = \"x\"\ncite = \"own\"\nwhen.kind = \"auth.login\"\nat-least = \"12 months\"\nat-hand = \"3 months\"\n\
                      [retention.all]\nbecause = \"x\"\ncite = \"own\"\nat-most = \"180 days\"\n";

fn decided(wins: &str) -> String {
    format!(
        "[decision.a]\nbetween = [\"firm.trail\", \"firm.all\"]\nwins = \"firm.{wins}\"\nwhy = \"x\"\nby = \"officer\"\nuntil = 2026-12-31\n"
    )
}

#[test]
fn a_floor_over_a_cap_is_decided_where_both_hold_and_nowhere_else() {
    let refusal = ask(LIMITS, "", TODAY, None).unwrap_err();
    assert_eq!(refusal.problems.iter().map(|p| (p.code, p.labels.len())).collect::<Vec<_>>(), [("P0301", 2)]);
    assert!(ask(LIMITS, &decided("trail"), LATER, None).is_err(), "the decision is over");
    let plan = ask(LIMITS, &decided("trail"), TODAY, None).unwrap();
    assert_eq!(retention(&plan, "LoginOk"), json!({ "at-least": "12 months", "at-hand": "3 months" }));
    assert_eq!(retention(&plan, "Read"), json!({ "at-most": "180 days" }), "only the cap holds, and it holds");
    let plan = ask(LIMITS, &decided("all"), TODAY, None).unwrap();
    assert_eq!(retention(&plan, "LoginOk"), json!({ "at-most": "180 days", "at-hand": "3 months" }));
    // A floor that lost takes no cap away: here against the cap for sign-ins.
    let more = format!("{LIMITS}[retention.short]\n{WHY}when.kind = \"auth.login\"\nat-most = \"200 days\"\n");
    let second = decided("trail")
        + "[decision.b]\nbetween = [\"firm.trail\", \"firm.short\"]\nwins = \"firm.short\"\nwhy = \"x\"\nby = \"officer\"\n";
    let plan = ask(&more, &second, TODAY, None).unwrap();
    assert_eq!(retention(&plan, "LoginOk"), json!({ "at-most": "180 days", "at-hand": "3 months" }));
}

#[test]
fn a_hold_asks_the_store_not_to_delete_and_shows_nothing() {
    let law = format!("[rule.names]\n{WHY}\"id.name\" = \"drop\"\n[retention.all]\n{WHY}at-most = \"180 days\"\n");
    let systems = "[system.gateway]\ntags = \"card\"\n[system.shop]\ntags = \"plant\"\n";
    let hold = |text: &str| format!("{systems}[hold.case-14]\nsystems = \"card\"\napproved-by = \"legal\"\n{text}");
    let held = json!({ "at-most": "180 days", "held-by": ["case-14"] });
    let free = json!({ "at-most": "180 days" });
    let of = |given: &str, system: Option<&str>, on: Date| {
        let plan = ask(&law, given, on, system).unwrap();
        let (event, retention) = stamped(&plan, "Read");
        assert_eq!(event, json!({ "op": "Read" }));
        (retention, plan.notes.len())
    };
    assert_eq!(of(&hold("from = 2026-10-02\n"), Some("gateway"), TODAY), (held.clone(), 0));
    assert_eq!(of(&hold("from = 2026-10-02\n"), Some("shop"), TODAY), (free.clone(), 0));
    assert_eq!(
        of(&hold("from = 2026-10-02\n"), None, TODAY),
        (free.clone(), 1),
        "no system is named: the summary says so"
    );
    assert_eq!(of(&hold("from = 2026-12-01\n"), Some("gateway"), TODAY), (free, 0));
    // What is deleted does not come back: a review that nobody made ends no hold.
    assert_eq!(of(&hold("review-by = 2027-01-02\n"), Some("gateway"), LATER), (held, 1));
}

#[test]
fn what_a_gate_is_given_says_what_it_asks_for() {
    let ask = "ask = [\"date\", \"shown-since\", \"approved-by\", \"second-approver\"]\n";
    let law = format!("[gate.a]\n{WHY}{ask}");
    let given = |date: &str, since: &str, first: &str, second: &str| {
        let given =
            format!("date = {date}\nshown-since = {since}\napproved-by = {first}\nsecond-approver = {second}\n");
        closed(&law, &format!("[evidence.a]\n{given}"), TODAY).is_empty()
    };
    let (day, since) = ("2026-06-30", "2026-11-21");
    assert!(given(day, since, "\"Anna\"", "\"Bela\""));
    assert!(given("\"2026-06-30\"", since, "[\"Anna\", \"Cleo\"]", "\"Bela\""));
    assert!(!given("\"soon\"", since, "\"Anna\"", "\"Bela\""), "no day");
    assert!(!given(day, "2026-11-22", "\"Anna\"", "\"Bela\""), "a day that has not come");
    assert!(!given(day, since, "1", "\"Bela\""), "nobody");
    assert!(!given(day, since, "\"Anna\"", "\"anna \""), "the same person twice");
    assert!(!given(day, since, "\"Anna  Weber\"", "\"anna weber\""), "blanks");
    assert!(!given(day, since, "[\"Anna\", \"Bela\"]", "\"Bela\""), "one of two");
    assert!(given(day, since, "\"Anna Weber, DPO\"", "\"Bernd Huber, DPO\""), "of one office");
    assert!(given(day, since, "4711", "\"Bela\""), "the number of one of the staff");
    assert!(!given(day, since, "true", "false"), "nobody");
    assert!(!given(day, since, "\"n/a\"", "\"Bela\""), "nothing yet");
    assert!(!given("\"1900-01-01 or so\"", since, "\"Anna\"", "\"Bela\""), "no day");
    assert!(given("2026-06-30T10:00:00Z", since, "\"Anna\"", "\"Bela\""), "a time of a day");
}
