use proptest::prelude::*;
use tamis_plugin_sdk::{Answer, Column, Edits, Failure, Transformer};

use crate::{Minimize, Step};

const FIELDS: &str = r#"{"fields":[{"ip":{"ipv4":24,"ipv6":48}},{"time":"hour"},{"number":10},{"geo":1},{"url":"host"},
    {"path-depth":1,"extension":true},{"agent":"family"},{"title":"application"},{"text":4}]}"#;

fn steps() -> Vec<Step> {
    Minimize::configure(FIELDS).unwrap().fields
}

#[test]
fn each_field_is_treated_its_own_way_and_the_rest_fails() {
    let mut minimize = Minimize::configure(FIELDS).unwrap();
    let values = [
        ("192.0.2.77:443", Some("192.0.2.0")),
        ("2026-11-03T07:41:12", Some("2026-11-03T07:00:00")),
        ("17", Some("10")),
        ("52.52067,13.40954", Some("52.5,13.4")),
        ("https://example.com/x", Some("example.com")),
        (r"C:\Users\ann\x.docx", Some("C:/Users/….docx")),
        ("curl/8.4.0", Some("curl")),
        ("Salary of Ann - Excel", Some("Excel")),
        ("Grüße", Some("Grüß")),
    ];
    for (field, (value, coarse)) in (0..).zip(values) {
        let columns = [Column::of(field, [value, "", "-", "\u{1}\u{2}"])];
        let mut edits = Edits::default();
        minimize.transform(&columns, &mut edits).unwrap();
        let rows = edits.apply(&columns).unwrap().remove(0);
        assert_eq!(rows[0].as_deref(), coarse);
        assert_eq!((rows[1].as_deref(), rows[2].as_deref()), (Some(""), Some("-")));
        assert_eq!(rows[3].is_none(), field < 5, "{value}");
    }
    let other = [Column::of(9, ["x"])];
    assert_eq!(minimize.transform(&other, &mut Edits::default()).err(), Some(Failure::UnsupportedField));
}

/// Equal answers of neighbours share their text, values that are coarse already need no edit, cut text only ends.
#[test]
fn answers_are_sparse() {
    let mut minimize = Minimize::configure(FIELDS).unwrap();
    let columns = [Column::of(0, ["192.0.2.1", "192.0.2.2", "192.0.2.0"]), Column::of(8, ["abcdef", "abcd", "abc"])];
    let mut edits = Edits::default();
    minimize.transform(&columns, &mut edits).unwrap();
    let Answer { edits: list, text, failed } = edits.finish().unwrap();
    assert_eq!((list.len(), text.as_slice(), failed.len()), (3, &b"0"[..], 0));
    assert_eq!((list[2].start, list[2].end, list[2].text_start), (4, 6, list[2].text_end));
}

#[test]
fn the_schema_is_json() {
    assert!(serde_json::from_str::<serde_json::Value>(&Minimize::describe().settings_schema).is_ok());
}

/// What the general way makes of a value.
fn general(step: &Step, value: &str) -> Option<String> {
    let mut out = String::new();
    let done = match step {
        Step::Ip(prefixes) => prefixes.truncate(value, &mut out),
        Step::Time(unit, zone) => crate::time::round(*unit, zone.as_ref(), value, &mut out),
        Step::Number(width) => width.bucket(value, &mut out),
        Step::Geo(decimals) => crate::number::geo(*decimals, value, &mut out),
        Step::Url(url) => url.reduce(value, &mut out),
        Step::Path(depth) => depth.reduce(value, &mut out),
        Step::Agent | Step::Title | Step::Text(_) => None,
    };
    done.map(|()| out)
}

fn applied(step: &Step, value: &str) -> Option<String> {
    let mut out = String::new();
    step.apply(value, &mut out).map(|()| out)
}

fn any_usual() -> impl Strategy<Value = String> {
    prop_oneof![
        "(19|20|00)[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,13})?(Z|[+-][01][0-9]:[0-6][0-9]|z|X)?",
        "2026-0[12]-(2[89]|3[01])T[0-9:]{8}Z?",
        "-?[0-9]{1,4}(\\.[0-9]{0,8})?",
        "-?(1[78][0-9]|0[0-9]?)(\\.[0-9]{0,20})?",
        "1[0-9]{9,18}",
        "-?[0-9]{1,16}([.][0-9]{0,16})?",
        "https?://[a-z0-9.-]{0,12}(\\.com|:[0-9]{1,6})?(/[a-zA-Z;=@%:.]{0,5}){0,3}(\\?[a-z=/ ]{0,6})?(#[a-z/\\\\]{0,3})?",
        "https?://[a-zA-ZäA@\\[\\].:]{0,12}/[ -~ä]{0,12}",
        "[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,7}(::[0-9a-f]{1,4}(:[0-9a-f]{0,4}){0,3})?",
        "(2001|2002|64|::ffff|fe80|0)(:(0|db8|ff9b|A1|01|c000|1:2)){0,4}(:(:[0-9a-f]{0,4}){1,4}|(:[0-9a-f]{1,4}){4})",
        "(([A-Za-z]:|/|//|)((Users|home|a|b.c|x y|d[$]|Ö|…)[/\\\\]){0,4}(report|[.]y|x|)([.](docx|EXE|doe))?)",
    ]
}

const BERLIN: &str = "[[1743296400,7200],[1761440400,3600],[1774746000,7200],[1792890000,3600]]";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_short_ways_agree_with_the_general_ones(value in any_usual(), unit in 0..6usize, zoned: bool, decimals in 0..16u8, page: bool, ipv4 in 0..=32u8, ipv6 in prop_oneof![0..=128u8, (0..=8u8).prop_map(|groups| 16 * groups)], depth in 0..4u16, extension: bool, width in "1|2[.]5|10|0[.]1|100|1e3|1e12|20") {
        let unit = ["second", "minute", "hour", "day", "month", "year"][unit];
        let offsets = if zoned { format!(r#","offsets":{BERLIN}"#) } else { String::new() };
        let url = if page { "page" } else { "host" };
        let settings = format!(
            r#"{{"fields":[{{"time":"{unit}"{offsets}}},{{"geo":{decimals}}},{{"url":"{url}"}},{{"number":{width}}},
                {{"ip":{{"ipv4":{ipv4},"ipv6":{ipv6}}}}},{{"path-depth":{depth},"extension":{extension}}}]}}"#
        );
        for step in Minimize::configure(&settings).unwrap().fields {
            if !crate::is_nothing(&value) {
                prop_assert_eq!(applied(&step, &value), general(&step, &value), "{:?} {}", step, value);
            }
        }
    }

    #[test]
    fn twice_is_once_for_any_text(field in 0..9usize, value in ".{0,40}|[0-9a-f:./ T-]{0,30}") {
        let step = &steps()[field];
        let mut once = String::new();
        if step.apply(&value, &mut once).is_some() {
            let mut twice = String::new();
            let again = step.apply(&once, &mut twice).is_some();
            // A host of one word is refused where no scheme vouches for it.
            prop_assert!(again || matches!(step, Step::Url(_)));
            prop_assert!(!again || once == twice);
        }
    }

    #[test]
    fn text_is_a_ladder(value in "[ae\u{301}\u{200d}\u{1f3fd}👩ü ]{0,10}", fine in 0..8u32, less in 0..8u32) {
        let cut = |count: u32, value: &str| {
            let mut out = String::new();
            Step::Text(count).apply(value, &mut out).map(|()| out)
        };
        let once = cut(fine, &value).unwrap();
        prop_assert!(once.chars().count() <= fine as usize && value.starts_with(&once));
        let coarse = fine.saturating_sub(less);
        prop_assert_eq!(cut(coarse, &once), cut(coarse, &value));
    }
}
