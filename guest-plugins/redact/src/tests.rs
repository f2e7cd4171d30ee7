//! Laws of the whole, and what the tests of entities are written with.

use proptest::prelude::*;
use regex_automata::MatchKind;
use regex_automata::dfa::{StartKind, dense};

use super::*;

/// Findings of one entity or set in one value.
pub(crate) fn found(find: &str, threshold: &str, hints: &[&str], text: &str) -> Vec<Finding> {
    let field = serde_json::json!({"find": [find], "threshold": threshold, "hints": hints});
    let settings = serde_json::json!({"fields": [field, {"find": [], "reference": true}]});
    let mut redact = Redact::configure(&settings.to_string(), &[]).unwrap();
    let entity = tables::LISTED.iter().find(|entity| entity.name == find);
    found_by(&mut redact, text, entity.map_or(&[], |entity| entity.told.references))
}

/// Findings in one value, of an event that says these references, which are the second field.
pub(crate) fn found_by(redact: &mut Redact, text: &str, references: &[&str]) -> Vec<Finding> {
    let (bytes, offsets, _) = rows(&references.iter().map(|&value| value.to_owned()).collect::<Vec<_>>());
    let event = vec![0; references.len()];
    let references = ColumnView { field: 1, bytes: &bytes, offsets: &offsets, event: &event };
    let column = ColumnView { field: 0, bytes: text.as_bytes(), offsets: &[0, text.len() as u32], event: &[0] };
    let mut out = Vec::new();
    redact.scan(&[column, references], &mut out).unwrap();
    out
}

/// Likely findings without hints.
pub(crate) fn likely(find: &str, text: &str) -> Vec<Finding> {
    found(find, "likely", &[], text)
}

/// Texts of the likely findings.
pub(crate) fn texts<'t>(find: &str, text: &'t str) -> Vec<&'t str> {
    likely(find, text).iter().map(|finding| &text[finding.start as usize..finding.end as usize]).collect()
}

#[test]
fn the_name_of_an_entity_is_a_hint() {
    assert_eq!(found("national.de.postcode", "likely", &["other"], "10115"), []);
    assert_eq!(found("national.de.postcode", "likely", &["national.de.postcode"], "10115").len(), 1);
}

#[test]
fn a_date_in_words_is_one_in_a_field_that_is_named_so() {
    let of = |hints: &[&str], threshold: &str| found("person.birth-date", threshold, hints, "April 9, 1971").len();
    assert_eq!((of(&["dob"], "likely"), of(&[], "possible"), of(&[], "likely"), of(&["dob"], "certain")), (1, 1, 0, 0));
    assert_eq!(
        texts("person.birth-date", "born 9 de abril de 1971, DOB 9. April 1972"),
        ["9 de abril de 1971", "9. April 1972"]
    );
}

/// Hosts leave out what is shorter, where they look for nothing else: see `worth` in `host/src/pipeline/guard.rs`.
#[test]
fn nothing_certain_is_short_without_a_sign() {
    let sign = |b: u8| matches!(b, b'@' | b'%' | b'&' | b'\\' | b'=' | b'+') || b >= 0x80;
    let mut redact = Redact::configure(&everything("certain").replace(r#""phone","ip""#, ""), &[]).unwrap();
    let mut short = 0;
    for example in crate::tables::LISTED.iter().flat_map(|entity| entity.told.examples) {
        let whole = example.as_bytes();
        for (from, length) in (0..whole.len()).flat_map(|from| (1..12).map(move |length| (from, length))) {
            let Some(text) = whole.get(from..from + length).and_then(|part| std::str::from_utf8(part).ok()) else {
                continue;
            };
            let found = scan(&mut redact, text.as_bytes(), &[0, text.len() as u32], &[0]).unwrap();
            assert!(found.is_empty() || length >= 6 && text.bytes().any(sign), "{text:?} {found:?}");
            short += usize::from(!found.is_empty());
        }
    }
    assert!(short > 0, "an address is short");
}

/// LAW: what is found in a row is what is found in it alone, whatever the row before it ends with.
#[test]
fn the_row_before_changes_nothing() {
    let mut redact = Redact::configure(&everything("possible"), &[]).unwrap();
    for example in crate::tables::LISTED.iter().flat_map(|entity| entity.told.examples) {
        let alone = scan(&mut redact, example.as_bytes(), &[0, example.len() as u32], &[0]).unwrap();
        for last in ["ok", "X", "1", "é", "\u{2011}", "\\", "%", "=", "a.", "a, ", "mr ", "von "] {
            let (bytes, offsets, event) = rows(&[last.to_owned(), (*example).to_owned()]);
            let mut found = scan(&mut redact, &bytes, &offsets, &event).unwrap();
            found.retain(|finding| finding.row == 1);
            found.iter_mut().for_each(|finding| finding.row = 0);
            assert_eq!(found, alone, "{example:?} behind {last:?}");
        }
    }
}

fn everything(threshold: &str) -> String {
    let names: Vec<&str> = Redact::describe().entities.iter().map(|entity| entity.name).collect();
    serde_json::json!({"fields": [{"find": names, "threshold": threshold, "hints": ["phone", "ip"]}]}).to_string()
}

fn automaton(pattern: &str) -> Vec<u8> {
    let config = dense::Config::new().start_kind(StartKind::Anchored).match_kind(MatchKind::All);
    let dense = dense::Builder::new().configure(config).build(pattern).unwrap();
    dense.to_sparse().unwrap().to_bytes_little_endian()
}

fn rows(texts: &[String]) -> (Vec<u8>, Vec<u32>, Vec<u32>) {
    let mut offsets = vec![0];
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as u32);
    }
    (bytes, offsets, (0..texts.len() as u32).collect())
}

fn scan(redact: &mut Redact, bytes: &[u8], offsets: &[u32], event: &[u32]) -> Result<Vec<Finding>, Failure> {
    let mut out = Vec::new();
    redact.scan(&[ColumnView { field: 0, bytes, offsets, event }], &mut out)?;
    Ok(out)
}

/// Text with a good share of what detectors look at.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[-0-9 .:/@()+a-fJey=%]{0,12}",
        prop::sample::select(vec![
            "anna@example.com",
            "4111 1111 1111 1111",
            "DE89370400440532013000",
            "2001:db8::1",
            "192.0.2.1",
            "536-22-1234",
            "+49 30 901820",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
            "-----BEGIN PRIVATE KEY-----",
            "password=",
            "://a:b@c",
            "ü",
            "\u{a0}",
            "“",
            "🦀",
            "phone",
            "--token ",
            "\"password\": \"",
            "Dear Mr. ",
            "Meier, Anna <",
            "displayName: ",
            "C:\\Users\\",
            "/home/",
            "_onmicrosoft_com",
            "password is ",
            "|password|\n",
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Long chains are read in parts: no place in one hides anything.
#[test]
fn what_stands_before_a_number_does_not_hide_it() {
    for before in 0..100 {
        for joint in [" ", " A ", " AB "] {
            let text = format!(
                "{}cpf 529.982.247-25{}",
                format!("7{joint}").repeat(before),
                format!("{joint}7").repeat(before)
            );
            assert_eq!(texts("national.br.cpf", &text), ["529.982.247-25"], "{text}");
            let keyed = format!("{} cpf", text.replace("cpf ", ""));
            assert_eq!(found("national.br.cpf", "possible", &[], &keyed).len(), 1, "{keyed}");
        }
        let nir = format!("{}1.84.12.76.451.089.46", "7 ".repeat(before));
        assert_eq!(found("national.fr.nir", "possible", &[], &nir).len(), 1, "{nir}");
    }
}

/// Else the rest of it stays in clear.
#[test]
fn a_value_of_which_another_takes_a_part_is_found_whole() {
    for text in ["07700 900193 CUI", "SERIAL 0412 345 678A, tel 0412 345 678", "48.858370, 2.294481587-372 telefon"] {
        let (alone, all) = (found("person.phone", "likely", &[], text), found("personal", "likely", &[], text));
        let among = all.iter().filter(|finding| alone.contains(finding)).count();
        assert!(!alone.is_empty() && among == alone.len(), "{text}: {alone:?} {all:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn findings_are_sound_and_rows_do_not_see_each_other(texts in prop::collection::vec(text(), 0..9)) {
        let mut redact = Redact::configure(&everything("possible"), &[]).unwrap();
        let (bytes, offsets, event) = rows(&texts);
        let all = scan(&mut redact, &bytes, &offsets, &event).unwrap();
        prop_assert!(all.is_sorted());
        let mut alone = Vec::new();
        for (row, text) in (0..).zip(&texts) {
            let found = scan(&mut redact, text.as_bytes(), &[0, text.len() as u32], &[0]).unwrap();
            alone.extend(found.into_iter().map(|finding| Finding { row, ..finding }));
        }
        prop_assert_eq!(&all, &alone);
        for finding in &all {
            let text = &texts[finding.row as usize];
            prop_assert!(finding.start < finding.end && text.get(finding.start as usize..finding.end as usize).is_some());
            prop_assert!((1..=3).contains(&finding.confidence) && (finding.entity as usize) < tables::LISTED.len());
        }
    }

    #[test]
    fn any_bytes_and_offsets_are_answered_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        offsets in prop::collection::vec(0_u32..320, 0..6),
        sorted in any::<bool>(),
    ) {
        let mut redact = Redact::configure(&everything("possible"), &[]).unwrap();
        let mut offsets = offsets;
        if sorted {
            offsets.push(0);
            offsets.push(bytes.len() as u32);
            offsets.sort_unstable();
        }
        let event = vec![0; offsets.len().saturating_sub(1)];
        let sound = offsets.first() == Some(&0) && offsets.last().is_some_and(|&last| last as usize == bytes.len())
            && offsets.is_sorted() && offsets.iter().all(|&o| bytes.get(o as usize).is_none_or(|b| b & 0xc0 != 0x80));
        match scan(&mut redact, &bytes, &offsets, &event) {
            Ok(found) => {
                prop_assert!(sound);
                for finding in found {
                    let (start, end) = (offsets[finding.row as usize], offsets[finding.row as usize + 1]);
                    prop_assert!(finding.start < finding.end && finding.end <= end - start);
                }
            }
            Err(failure) => prop_assert!(!sound && failure == Failure::Internal),
        }
    }

    /// What it leaves out hides nothing any more, so that what was passed over for it may be found in its place.
    #[test]
    fn a_higher_threshold_hides_no_more(text in text()) {
        let at = |threshold: &str| {
            let mut redact = Redact::configure(&everything(threshold), &[]).unwrap();
            scan(&mut redact, text.as_bytes(), &[0, text.len() as u32], &[0]).unwrap()
        };
        let likely = at("likely");
        for (low, high, level) in [(&at("possible"), &likely, 2), (&likely, &at("certain"), 3)] {
            let kept = low.iter().filter(|finding| finding.confidence >= level);
            prop_assert!(kept.clone().all(|finding| high.contains(finding)), "{:?} are lost of {:?}", high, low);
            let bare = |finding: &Finding| !low.iter().any(|other| other.start <= finding.start && finding.end <= other.end);
            prop_assert!(!high.iter().any(bare), "{:?} are more than {:?}", high, low);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4096) })]

    /// As an exception, as an example, or since it is not sure enough: where an entity finds something by itself, something is
    /// found whatever else is looked for.
    #[test]
    fn what_stays_shadows_nothing(
        text in prop::collection::vec(prop_oneof![text(), text_of_others()], 1..5),
        entities in prop::sample::subsequence(OFTEN.to_vec(), 2..OFTEN.len()),
        except in prop::sample::subsequence(vec!["*@example.com", "4*", "DE89*", "19*", "*:*", "a*", "*1"], 0..4),
        threshold in prop::sample::select(vec!["possible", "likely", "certain"]),
        examples in any::<bool>(),
    ) {
        let text = text.concat();
        let look = |find: &[&str]| {
            let field = serde_json::json!({"find": find, "threshold": threshold, "except": except, "examples": examples});
            let mut redact = Redact::configure(&serde_json::json!({"fields": [field]}).to_string(), &[]).unwrap();
            scan(&mut redact, text.as_bytes(), &[0, text.len() as u32], &[0]).unwrap()
        };
        let together = look(&entities);
        for entity in &entities {
            for alone in look(&[*entity]) {
                let met = together.iter().any(|other| other.start < alone.end && alone.start < other.end);
                prop_assert!(met, "{} of {:?} in {:?}: {:?} of {:?}", entity, entities, text, alone, together);
            }
        }
    }
}

/// Entities that share anchors.
const OFTEN: [&str; 14] = [
    "person.email",
    "person.phone",
    "payment.card",
    "payment.iban",
    "network.ipv4",
    "network.ipv6",
    "network.mac",
    "national.us.ssn",
    "secret.url-credentials",
    "secret.jwt",
    "secret.password",
    "person.name",
    "person.user-path",
    "national.de.tax-id",
];

/// Values within others.
fn text_of_others() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "+49-30-901820@example.com ",
        "192.0.2.1@example.com ",
        "://a:+4930901820@",
        "://a:4111111111111111@example.com ",
        "::ffff:192.0.2.1 ",
        "password=+49 30 901820 ",
        "password=\"anna@example.com\" ",
        "DE89 3704 0044 0532 0130 00 ",
        "/home/anna@example.com/",
        "Anna Meier <anna@example.com>",
        "00:00:5e:00:53:01 ",
        "phone 4111 1111 1111 1111 ",
        "IdNr 86095742719 ",
        "Dear 86095742719@example.com ",
        "07700 900193 ",
        "--password 4111-1111-1111-1111 ",
        "%40",
        "=40",
        "1",
        ":",
        "-",
    ]);
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

#[test]
fn the_work_grows_with_the_bytes() {
    let hostile = [
        "-----BEGIN PRIVATE KEY-----",
        "eyJ.",
        "-eyJ",
        "@",
        "a@",
        "a.a@a.",
        ":",
        "::",
        "1:",
        "1 ",
        "1.",
        "1-",
        "--",
        "password=\"",
        "://",
        "a://b:",
        "phone 1234567 ",
        "ab:cd:",
        "1",
        "DE89",
        "%40",
        "{\"token\":\"",
        "a-b-",
        "\"@",
        "é@",
        "Mr ",
        "von Mr ",
        "Anna Meier ",
        "<a@b",
        "A <a@b.de>",
        "full name is A",
        "displayName:",
        "displayName: Anna ",
        "C:\\Users\\",
        "/home/",
        "a_onmicrosoft_com",
        "pwd,",
        "pwd;\n",
        "password is ",
    ];
    let mut redact = Redact::configure(&everything("possible"), &[]).unwrap();
    for piece in hostile {
        let text = piece.repeat((1 << 20) / piece.len());
        let begin = std::time::Instant::now();
        drop(scan(&mut redact, text.as_bytes(), &[0, text.len() as u32], &[0]));
        assert!(begin.elapsed().as_secs() < 20, "{piece:?} took {:?}", begin.elapsed());
    }
}

#[test]
fn settings_that_find_nothing_are_refused() {
    for settings in [
        "",
        "{}",
        r#"{"fields":[{"find":["nothing"]}]}"#,
        r#"{"fields":[{"find":["personal"],"threshold":"sure"}]}"#,
        r#"{"fields":[{"find":["personal"],"other":1}]}"#,
        r#"{"fields":[],"custom":[{"name":"example.badge"}]}"#,
    ] {
        assert_eq!(Redact::configure(settings, &[]).err(), Some(Failure::SettingsRejected), "{settings}");
    }
    let custom = r#"{"fields":[],"custom":[{"name":"example.badge"}]}"#;
    assert_eq!(Redact::configure(custom, &[b"no automaton".to_vec()]).err(), Some(Failure::SettingsRejected));
}

#[test]
fn a_field_without_settings_is_refused() {
    let mut redact = Redact::configure(r#"{"fields":[]}"#, &[]).unwrap();
    assert_eq!(scan(&mut redact, b"", &[0], &[]), Err(Failure::UnsupportedField));
}

#[test]
fn the_schema_is_json_and_names_every_setting() {
    let schema: serde_json::Value = serde_json::from_str(Redact::describe().settings_schema).unwrap();
    assert!(schema["properties"]["fields"]["items"]["properties"]["except"].is_object());
}

#[test]
fn own_entities_are_words_and_want_their_keywords() {
    let settings = r#"{"fields":[{"find":["badges"]}],"custom":[
        {"name":"example.badge","sets":["badges"],"keywords":["badge"]},
        {"name":"example.desk","sets":["badges"]}]}"#;
    let prepared = [automaton("[A-Z][0-9]{4}"), automaton("desk-[0-9]+")];
    let mut redact = Redact::configure(settings, &prepared).unwrap();
    let first = tables::LISTED.len() as u32;
    let mut spans = |text: &str| -> Vec<(u32, String)> {
        let found = scan(&mut redact, text.as_bytes(), &[0, text.len() as u32], &[0]).unwrap();
        found.iter().map(|f| (f.entity - first, text[f.start as usize..f.end as usize].to_owned())).collect()
    };
    assert_eq!(spans("badge K1234, K12345 xK1234 K1234x"), [(0, "K1234".to_owned())]);
    for text in ["badge éK1234", "badge K1234é", "badge 社員K1234様", "badge_K1234_x"] {
        assert_eq!(spans(text), [(0, "K1234".to_owned())], "{text}");
    }
    assert_eq!(spans("K1234"), []);
    assert_eq!(spans("at desk-12 desk-1x desk-7."), [(1, "desk-12".to_owned()), (1, "desk-7".to_owned())]);
}

#[test]
fn exceptions_are_of_their_field_only() {
    let settings = r#"{"fields":[{"find":["personal"],"except":["*@EXAMPLE.com"]},{"find":["personal"]}]}"#;
    let mut redact = Redact::configure(settings, &[]).unwrap();
    let bytes = b"anna@example.com";
    let view = |field| ColumnView { field, bytes, offsets: &[0, 16], event: &[0] };
    let mut out = Vec::new();
    redact.scan(&[view(0), view(1)], &mut out).unwrap();
    assert_eq!(out.iter().map(|finding| finding.column).collect::<Vec<_>>(), [1]);
}

/// However long a token is, none of it stays.
#[test]
fn a_token_has_no_longest() {
    for count in [100, 1000, 3000, 20_000] {
        let token = format!("ya29.{}", "aB3dE5gH7j".repeat(count));
        let text = format!("token {token} end");
        let spans: Vec<_> = likely("secret", &text).iter().map(|found| (found.start, found.end)).collect();
        assert!(spans.contains(&(6, 6 + token.len() as u32)), "{count}: {spans:?}");
    }
}
