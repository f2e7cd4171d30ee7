//! LAW (what one layer spares, another hides): thresholds, exceptions, examples and parts act only inside the treatment that says
//! them. What two treatments hide together is at least what each hides by itself.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;

use common::random::words;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use tamis::pipeline::Options;
use tamis::policy::Plan;

const HEAD: &str = "title = \"A layer\"\nrevision = 1\n";
const SCHEMA: &str = "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n\
                      [fields]\n\"op\" = \"event.action\"\n\"note\" = \"content.text\"\n";

/// A plan under which the tenant treats text so: parameters of treatments, and what its file says besides.
fn plan(treatments: &[&str], more: &str) -> Arc<Plan> {
    let mut files = words();
    let base = format!(
        "[policy]\nid = \"base\"\nlayer = \"base\"\n{HEAD}[law]\nown = {{ cite = \"none\", sure = \"high\", seen = \"text\" }}\n\
         [rule.all]\nbecause = \"x\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\"content.text\" = \"keep\"\n"
    );
    let named: Vec<String> = (0..treatments.len()).map(|number| format!("redact-{number}")).collect();
    let declared: String =
        named.iter().zip(treatments).map(|(name, how)| format!("{name} = {{ {how}, says = \".\" }}\n")).collect();
    let tenant = format!(
        "[policy]\nid = \"firm\"\nlayer = \"tenant\"\ninherits = \"base\"\n{HEAD}[treatment]\n{declared}\
         [rule.text]\nbecause = \"x\"\ncite = \"own\"\n\"content.text\" = {named:?}\n{more}"
    );
    files.push(("schemas/small.toml".into(), SCHEMA.into()));
    files.push(("base/base.toml".into(), base));
    files.push(("tenants/firm.toml".into(), tenant));
    common::plan(&common::library(&files), "firm", &[], "security")
}

/// What becomes of texts.
fn treated<'t>(plan: &Arc<Plan>, texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let input = common::ndjson(texts.into_iter().map(|text| json!({ "op": "x", "note": text }).to_string()));
    let ran = common::filter(plan, &input, Options::default());
    let note = |line: Option<&[u8]>| {
        let event: Value = serde_json::from_slice(line.unwrap()).unwrap();
        event["note"].as_str().unwrap().to_owned()
    };
    ran.by_event().into_iter().map(note).collect()
}

const KEEP: &str = r#"find = ["personal", "payment", "secret"], keep = { "person.email" = "domain", "payment.card" = "last 4", "payment.iban" = "country", "person.phone" = "country" }"#;

/// Text, and what becomes of it under [`KEEP`].
const KEPT: [(&str, &str); 12] = [
    ("of anna.meier@example.de, paid", "of [email]@example.de, paid"),
    ("card 4111 1111 1111 1111 paid", "card [card] 1111 paid"),
    ("card 4111111111111111", "card [card]1111"),
    ("to DE89 3704 0044 0532 0130 00.", "to DE[iban]."),
    ("call +49 30 901820 now", "call +49[phone] now"),
    ("two: anna.meier@example.de bernd.mueller@example.org", "two: [email]@example.de [email]@example.org"),
    ("\"anna.meier@example.de\"\n\u{e9}", "\"[email]@example.de\"\n\u{e9}"),
    // More than half of it.
    ("of ann@example.com, paid", "of [email], paid"),
    // In another coding: percent, base64, look-alikes.
    ("of anna.meier%40example.de, paid", "of [email], paid"),
    ("of YW5uYS5tZWllckBleGFtcGxlLmRl, paid", "of [email], paid"),
    ("of anna.meier\u{ff20}example.de, paid", "of [email], paid"),
    // The host of a URL with a password was never part of what is found.
    ("at https://anna:secret@example.com/", "at https://[url-credentials]@example.com/"),
];

#[test]
fn a_part_stays_where_nothing_speaks_against_it() {
    let plan = plan(&[KEEP], "");
    let found = treated(&plan, KEPT.iter().map(|(text, _)| *text));
    for ((text, wanted), found) in KEPT.iter().zip(found) {
        assert_eq!(found, *wanted, "{text}");
    }
}

#[test]
fn two_treatments_keep_what_both_keep() {
    let card = |part: &str| format!("find = [\"payment.card\"], keep = {{ \"payment.card\" = \"{part}\" }}");
    let (bin, last) = (card("bin"), card("last 4"));
    let text = "card 4111 1111 1111 1111";
    for (how, wanted) in [
        (&[bin.as_str()][..], "card 4111 11[card]"),
        (&[&bin, &last], "card [card]"),
        (&[&last, &last], "card [card] 1111"),
        (&[&last, "find = [\"payment\"]"], "card [card]"),
        (&[&last, "find = [\"personal\"]"], "card [card] 1111"),
        (&[&last, "find = [\"payment\"], except-examples = true"], "card [card] 1111"),
        (&[&last, "find = [\"payment\"], except = [\"4111*\"]"], "card [card] 1111"),
        (&["find = [\"payment\"], except-examples = true"], text),
        (&["find = [\"payment\"], except-examples = true", "find = [\"payment.card\"]"], "card [card]"),
    ] {
        assert_eq!(treated(&plan(how, ""), [text]), [wanted], "{how:?}");
    }
}

/// An officer's own entity that reaches into a part would find less than without the treatment that keeps it.
#[test]
fn nothing_is_kept_where_others_look_too() {
    let entity = "[[entity]]\nname = \"example.desk\"\ntitle = \"Desk\"\nsets = [\"own\"]\n\
                  pattern = \"[a-z.]+@example[.]de\"\nexamples = [\"a@example.de\"]\ncounter-examples = [\"a\"]\n";
    let own = "find = [\"own\"]";
    let text = "of anna.meier@example.de";
    assert_eq!(treated(&plan(&[own], entity), [text]), ["of [desk]"]);
    assert_eq!(treated(&plan(&[own, KEEP], entity), [text]), ["of [email]"]);
}

/// Stands for everything that is hidden.
const LABEL: &str = "label = \"█\"";
/// Ways to find, each of which spares something else.
const WAYS: [&str; 9] = [
    r#"find = ["personal"]"#,
    r#"find = ["personal", "payment", "secret"], threshold = "certain""#,
    r#"find = ["personal", "payment", "secret"], threshold = "possible""#,
    r#"find = ["personal", "payment", "secret"], except = ["*@example.com", "4111*", "DE*", "19*"]"#,
    r#"find = ["personal", "payment", "secret"], except-examples = true"#,
    KEEP,
    r#"find = ["payment.card", "person.phone"], keep = { "payment.card" = "bin", "person.phone" = "last 4" }"#,
    r#"find = ["personal"], keep = { "person.email" = "domain" }, except-examples = true"#,
    r#"find = ["person.phone", "payment.iban"], keep = { "payment.iban" = "last 4" }, threshold = "possible""#,
];

fn text() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "anna.meier@example.com ",
        "anna.meier@firma-nord.de ",
        "+49-30-901820@example.com ",
        "4111 1111 1111 1111 ",
        "5019 7170 1010 3742 ",
        "DE89 3704 0044 0532 0130 00 ",
        "+49 30 901820 ",
        "tel (212) 555-0123 ",
        "192.0.2.1 ",
        "192.0.2.7@example.com ",
        "password=+49 30 901820 ",
        "password=anna.meier@firma-nord.de ",
        "phone ",
        "--token ",
        "Dear Anna Meier ",
        "/home/anna.meier@firma-nord.de/",
        "https://a:4111111111111111@example.com/ ",
        "anna%2Emeier%40example.com ",
        "YW5uYS5tZWllckBleGFtcGxlLmRl ",
        "Anna Meier <anna.meier@example.com> ",
        "é",
        "1",
        "-----BEGIN PRIVATE KEY-----",
        "::ffff:192.0.2.1 ",
        "NL91ABNA0417164300, ",
    ]);
    prop::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat())
}

/// Whether `tight` is `loose` with more of it hidden: each of its pieces stands in `loose`, in this order.
fn is_of(tight: &str, loose: &str) -> bool {
    let pieces: Vec<&str> = tight.split('█').collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return tight == loose };
    let Some(rest) = loose.strip_prefix(first) else { return false };
    let behind = middle.iter().try_fold(rest, |rest, piece| rest.find(piece).map(|at| &rest[at + piece.len()..]));
    behind.is_some_and(|rest| rest.ends_with(last))
}

proptest! {
    #![proptest_config(common::cases(64))]

    #[test]
    fn together_they_hide_what_each_does(
        one in subsequence(WAYS.to_vec(), 1..3),
        other in subsequence(WAYS.to_vec(), 1..3),
        texts in prop::collection::vec(text(), 8..24),
    ) {
        let labelled = |ways: &[&str]| ways.iter().map(|way| format!("{way}, {LABEL}")).collect::<Vec<_>>();
        let run = |ways: &[String]| {
            let ways: Vec<&str> = ways.iter().map(String::as_str).collect();
            treated(&plan(&ways, ""), texts.iter().map(String::as_str))
        };
        let (one, other) = (labelled(&one), labelled(&other));
        let mut both: Vec<String> = one.iter().chain(&other).cloned().collect();
        both.sort();
        both.dedup();
        let [alone, beside, together] = [one.as_slice(), &other, &both].map(run);
        for (number, tight) in together.iter().enumerate() {
            for (ways, loose) in [(&one, &alone[number]), (&other, &beside[number])] {
                prop_assert!(is_of(tight, loose), "{:?}\n{:?} of {:?} is more than\n{:?} of {:?}", texts[number], tight, both, loose, ways);
            }
        }
    }
}
