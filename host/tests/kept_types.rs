//! LAW (kept is of its type): where the guard looks, a value that is kept as a time, an address, a number, … is one. What does not
//! read as its category says goes by the failure rule, as it does when it is to be made coarser.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::random::words;
use proptest::prelude::*;
use serde_json::{Value, json};
use tamis::pipeline::{Options, Outcome};
use tamis::policy::Plan;

/// A place for each type, and what the failure rule says.
fn plan(guard: bool, failure: &str) -> Arc<Plan> {
    planned(guard, failure, ["keep"; 3])
}

/// The same, with treatments of times, addresses, and addresses of the web.
fn planned(guard: bool, failure: &str, [time, ip, url]: [&str; 3]) -> Arc<Plan> {
    let mut files = words();
    let (_, categories) = files.iter_mut().find(|(name, _)| name == "categories.toml").unwrap();
    *categories = categories.replace(
        "title = \"All\"\nidentifies = \"alone\"\n",
        "title = \"All\"\nidentifies = \"alone\"\n\"x.number\" = \"A number\"\n\"x.card\" = \"A card\"\n",
    );
    *categories = categories.replace("[type]\n", "[type]\n\"x.number\" = \"number\"\n\"x.card\" = \"card\"\n");
    let schema = "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n[fields]\n\
        \"op\" = \"event.action\"\n\"when\" = \"time.event\"\n\"ip\" = \"net.ip\"\n\"ips[*]\" = \"net.ip\"\n\"url\" = \"url.full\"\n\
        \"number\" = \"x.number\"\n\"card\" = \"x.card\"\n\"either\" = [\"net.ip\", \"event.action\"]\n\"hosts.*\" = \"event.action\"\n\
        [keys]\n\"hosts.*\" = \"net.ip\"\n";
    files.push(("schemas/small.toml".into(), schema.into()));
    files.push((
        "base/base.toml".into(),
        format!(
            "[policy]\nid = \"base\"\ntitle = \"A layer\"\nlayer = \"base\"\nrevision = 1\nguard = {guard}\n\
             [law]\nown = {{ cite = \"none\", sure = \"high\", seen = \"text\" }}\n\
             [rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\
             \"event.action\" = \"keep\"\n\"time.event\" = {time:?}\n\"net.ip\" = {ip:?}\n\"url.full\" = {url:?}\n\"x.*\" = \"keep\"\n\
             [failure]\nbecause = \"It is a test.\"\ncite = \"own\"\notherwise = {failure}\n"
        ),
    ));
    common::plan(&common::library(&files), "base", &[], "security")
}

fn run(plan: &Arc<Plan>, event: &Value) -> (Outcome, Option<Value>, u64) {
    let ran = common::filter(plan, &common::ndjson([event.to_string()]), Options::default());
    let left = ran.by_event()[0].map(|line| serde_json::from_slice(line).unwrap());
    (ran.outcomes[0], left, ran.counts.guarded)
}

/// The summary says in which fields, and nothing of what stood there.
#[test]
fn counts_say_where() {
    const SECRET: &str = "ann@example.com, card 4111 1111 1111 1111";
    let plan = plan(true, "\"drop\"");
    let event = json!({ "op": "x", "when": "Anna Meier", "ips": ["Bob Meier"], "either": SECRET,
        "hosts": { "annas-laptop": "up", "192.0.2.1": SECRET } });
    let ran = common::filter(&plan, &common::ndjson([event.to_string()]), Options::default());
    let counts = |of: &[&str]| of.iter().map(|at| ((*at).to_owned(), 1)).collect::<BTreeMap<String, u64>>();
    let strays = ["small: hosts.* (key)", "small: ips[*]", "small: when"];
    // Each counts once: no step was asked to treat them.
    assert_eq!((&ran.counts.untreated_at, &ran.counts.untreated), (&BTreeMap::new(), &BTreeMap::new()));
    assert_eq!(ran.counts.guarded_at, counts(&[&strays[..], &["small: either", "small: hosts.*"]].concat()));
}

/// Values that are what their category says: they leave whole.
fn sound() -> Vec<(&'static str, Value)> {
    let times = [
        "2026-11-03T06:00:00",
        "2026-11-03T06:00:00.1234567Z",
        "2026-11-03 06:00:00.123+01:00",
        "2026-11-03",
        "06:00:00",
        "Nov  3 06:00:00",
        "Tue, 03 Nov 2026 06:00:00 GMT",
        "03/Nov/2026:06:00:00 +0100",
        "[03/Nov/2026:06:00:00 +0100]",
        "11/3/2026 6:00:00 AM",
        "11/3/2026 6:00:00\u{202f}PM",
        "03.11.2026 06:00",
        "20261103T060000Z",
        "2026-11-03 00:00:00000000",
        "Thu Mar 16 2023 03:08:58 GMT+0100 (Central European Standard Time)",
        "/Date(1793685600123)/",
        "/Date(1793685600123+0100)/",
        "1793685600123456",
        "1793685600123456789",
        "13438165272987654",
        "134381652729876543",
        "631152000",
        "0",
        "9223372036854775807",
        "2026",
        "20261103",
        "*Nov  3 06:00:00.123",
        "20261103060000.000",
        "1793685600",
        "1793685600123.25",
        "Tue Nov 03 06:00:00 CET 2026",
        "2026-11-03T06:00:00+01:00[Europe/Berlin]",
        "2026-11-03 06:00:00 +0000 UTC",
        "November 3, 2026",
        "-0800",
        "+05:30",
        "unknown",
        "N/A",
        "-",
        "",
        "Not Available",
        "(null)",
    ];
    let addresses = [
        "192.0.2.1",
        "192.0.2.1:443",
        "[2001:db8::1]:443",
        "2001:db8::1",
        "fe80::1%eth0",
        "::ffff:192.0.2.1",
        "192.0.2.0/24",
        "192.0.2.1, 2001:db8::1",
        "192.0.2.1 192.0.2.2",
        "<null>",
        "localhost",
        "unknown",
        "::1",
        "-",
        "",
    ];
    let urls = [
        "https://example.com/a?b=c",
        "https://example.com/sites/x/Shared Documents/a b.docx",
        "/a/b c",
        "example.com",
        "example.com:443",
        "file:///C:/x y.docx",
        "about:blank",
        "chrome://newtab/",
        "http://[2001:db8::1]/",
        "a/b.html",
        "?a=b",
    ];
    let numbers = ["12345678", "-12345.678", "1,234,567.5", "1.5e100", "99.99999%", "0xdeadbeef", "unknown"];
    let of = |field: &'static str, texts: &[&str]| texts.iter().map(|text| (field, json!(text))).collect::<Vec<_>>();
    let mut all = of("when", &times);
    all.extend(of("ip", &addresses));
    all.extend(of("url", &urls));
    all.extend(of("number", &numbers));
    all.extend(of("card", &["4111 11** **** 1111", "411111XXXXXX1111"]));
    all.extend([
        ("when", json!(1_793_685_600_123_u64)),
        ("when", json!(17.5e8)),
        ("when", json!(null)),
        ("number", json!(1234567)),
    ]);
    all.extend([("ips", json!(["192.0.2.1", "192.0.2.2"])), ("either", json!("anything at all"))]);
    all.push(("hosts", json!({ "192.0.2.1": "up" })));
    all
}

/// Values that are not.
fn strays() -> Vec<(&'static str, Value)> {
    let names = [
        "Anna Meier",
        "anna.meier",
        "ann@x.example",
        "anna",
        "Bob",
        "Kim",
        "called Anna at 06:00",
        "Anna 2026-11-03T06:00:00",
    ];
    let mut all = Vec::new();
    for field in ["when", "ip", "number"] {
        all.extend(names.map(|name| (field, json!(name))));
    }
    all.extend(
        [
            "491701234567",
            "01701234567",
            "4917012345678",
            "447911123456",
            "20123456",
            "1234",
            "4111111111111111",
            "631151999",
        ]
        .map(|v| ("when", json!(v))),
    );
    all.extend([("when", json!(491_701_234_567_u64)), ("when", json!(-5)), ("when", json!(4_111_111_111_111_111_u64))]);
    all.extend(
        ["+49 170 1234567", "123-45-6789", "DE89 3704 0044 0532 0130 00", "4111-1111-1111-1111", "192.0.2.1"]
            .map(|v| ("when", json!(v))),
    );
    all.extend(
        ["Anna Meier", "ann@x.example", "mailto:ann@x.example", "tel:+491701234567", "Anna wrote: see /x"]
            .map(|v| ("url", json!(v))),
    );
    all.extend(["host-of-anna.example.com", "192.0.2.1 anna", "2026-11-03", "AnnasMac"].map(|v| ("ip", json!(v))));
    all.extend([("card", json!("Anna's card")), ("ip", json!(491_701_234_567_u64))]);
    all
}

#[test]
fn what_is_of_its_type_leaves_as_it_came() {
    let plan = plan(true, "\"drop\"");
    for (field, value) in sound() {
        let event = json!({ "op": "x", field: value });
        assert_eq!(run(&plan, &event), (Outcome::Passed, Some(event.clone()), 0), "{event}");
    }
}

#[test]
fn what_is_not_goes_by_the_failure_rule() {
    for failure in ["\"drop\"", "\"null\"", "{ replace = \"nothing\" }", "\"quarantine\""] {
        let plan = plan(true, failure);
        for (field, value) in strays() {
            let event = json!({ "op": "x", field: value });
            let (outcome, left, guarded) = run(&plan, &event);
            assert_eq!(guarded, 1, "{event}");
            // A value that leaves whole has no hole that a constant could fill: it is dropped at least.
            match failure {
                "\"quarantine\"" => assert_eq!((outcome, left), (Outcome::Quarantined("step-failed"), None), "{event}"),
                _ => assert_eq!((outcome, left), (Outcome::Passed, Some(json!({ "op": "x" }))), "{event}"),
            }
        }
    }
}

#[test]
fn one_of_many_stays_behind_alone() {
    let plan = plan(true, "\"drop\"");
    let event = json!({ "op": "x", "ips": ["192.0.2.1", "Anna Meier"], "hosts": { "annas-laptop": "up", "192.0.2.2": "down" } });
    let left = json!({ "op": "x", "ips": ["192.0.2.1"], "hosts": { "192.0.2.2": "down" } });
    assert_eq!(run(&plan, &event), (Outcome::Passed, Some(left), 2));
}

#[test]
fn without_a_guard_what_is_kept_is_copied() {
    let plan = plan(false, "\"drop\"");
    let event = json!({ "op": "x", "ip": "Anna Meier" });
    assert_eq!(run(&plan, &event), (Outcome::Passed, Some(event.clone()), 0));
}

/// A text as values of a type are written, or nearly so.
fn texts(regex: &str) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(proptest::string::string_regex(regex).unwrap(), 40)
}

proptest! {
    #![proptest_config(common::cases(100))]

    /// To keep is the finest rung of a ladder: what a coarser one can read, it can.
    #[test]
    fn what_can_be_made_coarser_can_be_kept(
        times in texts(
            "(Mon |Tue, )?([0-9]{1,4}[-/. ]?([0-9]{1,2}|Mar|May)[-/. ]?[0-9]{1,4}|(Mar|November) [ 0-9][0-9],?( 2026)?)[ T:]{1,2}[0-9]{1,2}(:[0-9]{2}){0,2}\
             ([.,][0-9]{1,9})?( ?(AM|pm|Z|UTC|GMT|CET)|[ +-]{1,2}[0-9]{2}:?[0-9]{0,2})?( \\\\(CDT\\\\)| 2026)?|[0-9]{4}-?[0-9]{2}(-?[0-9]{2})?|[0-9]{6,20}([.][0-9]{1,6})?",
        ),
        addresses in texts(
            "(([0-9]{1,2}[.]){3}[0-9]{1,3}|[0-9a-f]{0,4}(:[0-9a-f]{1,4}){1,7}|([0-9a-f]{1,4}:){1,4}:[0-9a-f]{0,4}|::(ffff:)?10[.]0[.]0[.][0-9])(:[0-9]{1,5}|/[0-9]{1,3}|%eth[0-9])?(, ?10[.]0[.]0[.][0-9])?",
        ),
        urls in texts("(https?://|//|[a-z]{2,5}:)?[a-z]{1,5}([.][a-z]{1,5}){0,2}(:[0-9]{1,4})?(/[a-z ;.]{0,6}){0,3}([?#][a-z=]{0,5})?|/[a-z/.]{1,8}"),
    ) {
        let events = (0..40).map(|n| json!({ "op": "x", "when": times[n], "ip": addresses[n], "url": urls[n] }));
        let events: Vec<_> = events.collect();
        let input = common::ndjson(events.iter().map(Value::to_string));
        let left = |plan: &Arc<Plan>| -> Vec<Value> {
            let ran = common::filter(plan, &input, Options::default());
            ran.lines().iter().map(|line| serde_json::from_slice(line).unwrap()).collect()
        };
        let kept = left(&plan(true, "\"drop\""));
        for url in ["generalise-page", "generalise-host"] {
            let coarser = left(&planned(false, "\"drop\"", ["generalise-day", "truncate-ip", url]));
            for ((event, kept), coarser) in events.iter().zip(&kept).zip(&coarser) {
                for field in ["when", "ip", "url"] {
                    prop_assert!(coarser.get(field).is_none() || kept.get(field) == event.get(field), "{} of {} as {}", field, event, coarser);
                }
            }
        }
    }
}
