//! Laws of known actors.

use proptest::prelude::*;

use crate::tests::found_by;
use crate::{ColumnView, Finding, Redact};

use super::fold::LOOKED_AT;
use super::{LONGEST, MOST_VALUES};

fn redact(threshold: &str) -> Redact {
    let settings = serde_json::json!({"fields": [
        {"find": ["person.known"], "threshold": threshold},
        {"find": [], "reference": true},
    ]});
    Redact::configure(&settings.to_string(), &[]).unwrap()
}

/// Likely findings in a text, of an event that says these values.
fn found<'t>(text: &'t str, values: &[&str]) -> Vec<&'t str> {
    let found = found_by(&mut redact("likely"), text, values);
    found.iter().map(|finding| &text[finding.start as usize..finding.end as usize]).collect()
}

/// Whether all of a text but these parts is hidden.
fn left(text: &str, values: &[&str]) -> String {
    let mut left: Vec<Option<char>> = text.char_indices().map(|(_, c)| Some(c)).collect();
    for finding in found_by(&mut redact("likely"), text, values) {
        for (place, (at, _)) in text.char_indices().enumerate() {
            if (finding.start as usize..finding.end as usize).contains(&at) {
                left[place] = None;
            }
        }
    }
    left.into_iter().flatten().collect()
}

#[test]
fn names_are_found_however_they_are_written() {
    for (value, text, hidden) in [
        ("Anna Meier", "Anna Meier shared it", "Anna Meier"),
        ("Anna Meier", "by MEIER, ANNA.", "MEIER, ANNA"),
        ("Meier, Anna", "annaMeier", "annaMeier"),
        ("anna.meier@example.de", "/home/anna.meier/x", "anna.meier"),
        ("anna.meier@example.de", r"C:\Users\anna.meier.EXAMPLE\x", "anna.meier"),
        ("anna.meier@example.de", "meieranna", "meieranna"),
        ("anna.meier@example.de", "personal/anna_meier_example_de/Documents", "anna_meier_example_de"),
        ("anna.meier@corp", "to anna.meier@corp now", "anna.meier@corp"),
        ("anna.meier2@example.de", "Anna Meier", "Anna Meier"),
        ("bo@example.de", "mail bo@example.de or Bo", "bo@example.de"),
        (r"EXAMPLE\ameier", "run as AMEIER on it", "AMEIER"),
        (r"EXAMPLE\ameier", "A. Meier", "A. Meier"),
        ("ameier", "user=ameier&x", "ameier"),
        ("Anna Meier", "A. Meier came", "A. Meier"),
        ("Anna Meier", "of Meier, A.", "Meier, A"),
        ("Anna Meier", "Anna Meiers Kalender", "Anna Meiers"),
        ("Anna Maria Meier", "Anna Meier", "Anna Meier"),
        ("Jan van der Berg", "van der Berg, Jan", "van der Berg, Jan"),
        ("Jörg Weiß", "JOERG WEISS", "JOERG WEISS"),
        ("joerg.weiss@example.de", "Jörg Weiß", "Jörg Weiß"),
        ("Jo\u{308}rg Weiß", "Jörg Weiß", "Jörg Weiß"),
        ("Anna Ebert", "annaebert", "annaebert"),
        ("Roe Smith", "roesmith", "roesmith"),
        ("O'Brien, Sean", "Sean OBrien", "Sean OBrien"),
        ("Ronald McDonald", "Ronald McDonald", "Ronald McDonald"),
        ("Иван Петров", "файл ИВАН ПЕТРОВ удалил", "ИВАН ПЕТРОВ"),
        ("李明", "用户李明登录", "李明"),
        ("김민준", "김민준이 공유", "김민준"),
        ("1234567", "no. 1234567", "1234567"),
        ("Anna Meier", "dear Anna, it", "Anna"),
        ("Anna Meier", "Anna%20Meier%20x", "Anna%20Meier"),
        (
            "Anna Meier",
            "x QW5uYSBNZWllciBzaGFyZWQgdGhlIGZpbGUgd2l0aCBhbGw= y",
            "QW5uYSBNZWllciBzaGFyZWQgdGhlIGZpbGUgd2l0aCBhbGw=",
        ),
        (r#""Meier, Anna" <am@example.de>"#, "Anna Meier", "Anna Meier"),
        ("Richard Roe", "by Richard J. Roe.", "Richard J. Roe"),
        ("Richard Roe", "by RICHARD JAMES ROE", "RICHARD JAMES ROE"),
        ("María Roe", "Mari\u{301}a E\u{301}lodie Roe", "Mari\u{301}a E\u{301}lodie Roe"),
        ("Richard Roe", "<b>Richard</b> Roe", "Richard</b> Roe"),
        ("Richard Roe", "<td>Roe</td><td class=\"x\">Richard</td>", "Roe</td><td class=\"x\">Richard"),
        ("Julio Pérez", "Mar Julio P&eacute;rez", "Julio P&eacute;rez"),
    ] {
        assert!(found(text, &[value]).contains(&hidden), "{value} in {text}: {:?}", found(text, &[value]));
    }
}

#[test]
fn a_short_name_is_found_where_a_sign_parts_it() {
    for text in ["Li Wu", "Wu, Li", "li.wu", "/home/li_wu"] {
        assert!(!found(text, &["Li Wu"]).is_empty(), "{text}");
    }
    assert_eq!(found("liwu", &["Li Wu"]), [""; 0]);
}

/// LAW: a number beside a name, or in it, hides nothing of the name from those who look for it.
#[test]
fn names_are_found_beside_numbers() {
    for (value, text, hidden) in [
        ("Li Wu (10442)", "Password of Li Wu reset", "Li Wu"),
        ("Kim Vo 10442", "Password of Kim Vo reset", "Kim Vo"),
        ("Kim Vo 10442", "of Kim Vo 10442", "Kim Vo 10442"),
        ("Ana-Li Vo 41234", "Password of Ana-Li Vo reset", "Ana-Li Vo"),
        ("Li-Na 10442", "Password of Li-Na reset", "Li-Na"),
        ("bo.xu1990", "mail of bo.xu", "bo.xu"),
        ("bo.xu1990", "mail of bo.xu1990", "bo.xu1990"),
        ("E12345", "userE12345 came", "E12345"),
        ("ab12cd34", "of ab,12cd34", "ab,12cd34"),
    ] {
        assert!(found(text, &[value]).contains(&hidden), "{value} in {text}: {:?}", found(text, &[value]));
    }
}

#[test]
fn other_words_are_not_found() {
    for (value, text) in [
        ("Anna Meier", "Anna"),
        ("Anna Meier", "Meier"),
        ("Anna Meier", "Hannah Meier und Anna Meierhof"),
        ("Anna Meier", "Meier a lot"),
        ("anna", "Annabell, banana, anna2"),
        ("bo", "bo"),
        ("Bo Li", "boli, Boli"),
        ("Bo X", "Bo X"),
        ("2026-11-03", "2026-11-03 20261103"),
        (r"EXAMPLE\HOST01$", "HOST01"),
        ("Richard Roe", "Richard and Roe"),
        ("Richard Roe", "Richard Alan James Roe"),
        ("Richard Roe", "Richard 5 Roe"),
        ("Richard Roe", "Richard, Jane Roe"),
        ("Richard Roe", "richard < b > roe"),
        ("paul.lane@example.de", "the plane, a lane"),
        ("thomas.koch@example.de", "er kocht"),
        ("", "anything"),
    ] {
        assert_eq!(found(text, &[value]), [""; 0], "{value} in {text}");
    }
}

const LONG: &str = "12345678901234567890123456789012345678901234567890123456789012345678901234567890";

#[test]
fn numbers_are_found_however_they_are_grouped() {
    for (value, text, hidden) in [
        ("MRN-00482913", "patient 00482913 called", "00482913"),
        ("MRN-00482913", "patient MRN-00482913 called", "MRN-00482913"),
        ("MRN-00482913", "mrn00482913", "mrn00482913"),
        ("MRN-00482913", "MRN 482913.", "482913"),
        ("MRN:00482913", "no. 482913", "482913"),
        ("00482913", "MRN-00482913", "00482913"),
        ("00482913", "MRN00482913", "00482913"),
        ("482913", "patient 00482913", "00482913"),
        ("(415) 555-2671", "called from 415-555-2671 today", "415-555-2671"),
        ("(415) 555-2671", "tel:4155552671", "4155552671"),
        ("(415) 555-2671", "+1 415.555.2671", "415.555.2671"),
        ("4155552671", "(415) 555 2671", "415) 555 2671"),
        ("+1 (415) 555-2671", "call 415-555-2671", "415-555-2671"),
        ("+49 (0)170 1234567", "0170/1234567 war besetzt", "0170/1234567"),
        ("+491701234567", "0170 123 45 67", "0170 123 45 67"),
        ("00491701234567", "0170 123 45 67", "0170 123 45 67"),
        ("0170 1234567", "+49 170 1234567", "170 1234567"),
        ("E-10442", "badge 10442 used", "10442"),
        ("E-10442", "badge e10442", "e10442"),
        ("E10442", "badge E-10442", "E-10442"),
        ("AB-1234", "card ab 1234", "ab 1234"),
        ("48291", "badge 48291", "48291"),
        ("acct_9f3a1b2c", "of 9F3A-1B2C", "9F3A-1B2C"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "DE89370400440532013000"),
        ("10442@example.de", "of 10442", "10442"),
        (r"EXAMPLE\10442", "of 10442", "10442"),
        ("Anna Meier (10442)", "of 10442", "10442"),
        ("10.20.30.40", "from 10.20.30.40:20", "10.20.30.40"),
        (
            "S-1-5-21-3623811015-3361044348-30300820-1013",
            "sid S-1-5-21-3623811015-3361044348-30300820-1013",
            "S-1-5-21-3623811015-3361044348-30300820-1013",
        ),
        ("482913", "no. %34%38%32%39%31%33", "%34%38%32%39%31%33"),
        ("482913", "no. ４８２９１３", "４８２９１３"),
        ("４８２９１３", "no. 482913", "482913"),
        ("482913", "no. 482\u{2011}913", "482\u{2011}913"),
        ("482%2F913", "no. 482913", "482913"),
        (LONG, LONG, LONG),
        ("2026-11-44291", "of 2026-11-44291", "2026-11-44291"),
        ("2026-13-03", "of 20261303", "20261303"),
        ("1999-12-31-10442", "of 10442", "10442"),
        ("1999-12-31-10442", "of 1999123110442", "1999123110442"),
        ("2026-11-03 10442", "of 10442", "10442"),
        ("2026-11-03 10442", "of 2026-11-03-10442", "2026-11-03-10442"),
    ] {
        assert!(found(text, &[value]).contains(&hidden), "{value} in {text}: {:?}", found(text, &[value]));
    }
}

#[test]
fn other_numbers_are_not_found() {
    for (value, text) in [
        ("1234", "1234"),
        ("2026", "in 2026"),
        ("08443", "8443 x"),
        ("00000", "00000"),
        ("48291", "482911, 148291, x48291, 48291a, 4829 10, 48 2, 91"),
        ("482913", "1482913, 4829130, 482914"),
        ("MRN-1234", "1234 or MRN 123"),
        ("Server 2019", "Windows Server 2019"),
        ("Meier 12", "12 or Meier"),
        ("12 34", "12 34"),
        ("anna@10.20.30.40", "10.20.30.40"),
        ("2026-11-03T10:20", "2026-11-03 2026-11-03T10 20261103"),
        ("2026-11-03 10:20:30", "2026-11-03 10 20261103"),
        ("4155552671", "4,155,552,671 and 4155 ---- 552671"),
    ] {
        assert_eq!(found(text, &[value]), [""; 0], "{value} in {text}");
    }
}

/// LAW: a value in another coding names whom its plain text names.
#[test]
fn values_are_read_in_other_codings() {
    for (value, text, hidden) in [
        ("anna%2Emeier%40example.de", "of Anna Meier", "Anna Meier"),
        ("Anna%20Meier", "anna.meier", "anna.meier"),
        ("Ａｎｎａ　Ｍｅｉｅｒ", "anna.meier", "anna.meier"),
        ("Anna Meier", "Ａｎｎａ Ｍｅｉｅｒ", "Ａｎｎａ Ｍｅｉｅｒ"),
        ("ameier", "ａｍｅｉｅｒ", "ａｍｅｉｅｒ"),
        // auditd's coding of what it does not trust.
        ("616E6E61206D65696572", "of Anna Meier", "Anna Meier"),
        ("616E6E61206D65696572", "acct=616E6E61206D65696572", "616E6E61206D65696572"),
    ] {
        assert!(found(text, &[value]).contains(&hidden), "{value} in {text}: {:?}", found(text, &[value]));
    }
    assert_eq!(found("%zz%", &["%zz%", "100%", "%f"]), [""; 0]);
    // auditd has in letters what it trusts.
    assert_eq!(found("jklmjklm", &["4A4B4C4D4A4B4C4D"]), [""; 0]);
}

#[test]
fn roles_are_nobody() {
    for value in [
        "SYSTEM",
        r"NT AUTHORITY\SYSTEM",
        r"NT AUTHORITY\NETWORK SERVICE",
        "Administrator",
        "root",
        "guest",
        "noreply@example.de",
        "no-reply@example.de",
        "ANONYMOUS LOGON",
        "Not Available",
        "unknown",
        "null",
        "Utilisateur",
        "Benutzer",
        "service.account@example.de",
        "Support Team",
        "test-user",
    ] {
        let text = "SYSTEM root Administrator guest noreply no-reply support team test user Benutzer utilisateur unknown null not \
                    available service account network service anonymous logon dear admin, mr system";
        let written = format!("{text} {value}");
        assert_eq!(found(&written.replace('@', " at "), &[value]), [""; 0], "{value}");
    }
}

#[test]
fn an_event_that_names_too_much_is_not_looked_through() {
    let many: Vec<String> = (0..=MOST_VALUES).map(|number| format!("name{number}x")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(found("any text", &many[1..]), [""; 0]);
    assert_eq!(found("any text", &many), ["any text"]);
    assert_eq!(found("any text", &["ab ".repeat(LONGEST / 3).as_str()]), [""; 0]);
    for long in ["ab ".repeat(LONGEST / 3 + 1), "b".repeat(65)] {
        assert_eq!(found("any text", &[&long]), ["any text"]);
    }
}

/// LAW: a word with digits is a number however long it is, and costs no other text.
#[test]
fn a_long_number_is_found_where_it_stands() {
    for long in ["b1".repeat(33), "1".repeat(240), format!("{}1234", "b".repeat(65)), format!("{LONG}-{LONG}")] {
        for value in [long.clone(), format!("room 12 {long}"), format!("Li Wu {long}"), format!("{long}@example.de")] {
            assert_eq!(found("any text, no. 4829131", &[&value]), [""; 0], "{value}");
            let text = format!("of {long}, no. 4829131");
            // A sign between two numbers says nothing.
            assert_eq!(left(&text, &[&value]).replace('-', ""), "of , no. 4829131", "{value}");
        }
        assert_eq!(left("of Li Wu, no. 4829131", &[&format!("Li Wu {long}")]), "of , no. 4829131");
    }
    for word in ["b".repeat(65), format!("{}123", "b".repeat(65))] {
        assert_eq!(found("any text", &[&word]), ["any text"]);
    }
    // Nobody looks for what stands behind an address.
    assert_eq!(found("any text", &[&format!("anna@{}/x", "b1".repeat(33))]), ["any text"]);
}

/// It would take long, and nobody writes so.
#[test]
fn a_text_that_is_made_to_take_long_is_found_whole() {
    let text = "a.".repeat(1 << 12);
    assert!(found(&text, &["a.a.a.a.a.a.a.b@example.de"]).contains(&text.as_str()));
    for count in [60, 250] {
        let text = "1 ".repeat(1 << 12);
        assert!(found(&text, &[&"1".repeat(count)]).contains(&text.as_str()));
    }
    let numbers = "no. 482913 of 48-29-13, ".repeat(1 << 9);
    assert_eq!(found(&numbers, &["482913", "48291377"]).len(), 2 << 9);
    let names = "Anna Meier and Meier, Anna; ".repeat(1 << 9);
    let said = ["anna.meier@example.de", "Anna Meier", r"EXAMPLE\annameier", "Meier, Anna"];
    assert_eq!(found(&names, &said).len(), 2 << 9);
}

fn column<'a>(field: u32, (bytes, offsets): &'a (Vec<u8>, Vec<u32>), event: &'a [u32]) -> ColumnView<'a> {
    ColumnView { field, bytes, offsets, event }
}

fn packed(texts: &[String]) -> (Vec<u8>, Vec<u32>) {
    let (mut bytes, mut offsets) = (Vec::new(), vec![0]);
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as u32);
    }
    (bytes, offsets)
}

/// Names of one script with parts that are no roles.
fn part() -> impl Strategy<Value = String> {
    let latin = "[A-ZÄÖÜÉŁŠ][a-zäöüßéłśñ]{3,9}";
    prop_oneof![4 => latin, 1 => "[А-Я][а-яё]{3,9}"]
}

fn ascii(part: &str) -> String {
    let long = |c: char| match c {
        'ä' | 'Ä' => "ae".into(),
        'ö' | 'Ö' => "oe".into(),
        'ü' | 'Ü' => "ue".into(),
        'ß' => "ss".into(),
        'é' | 'É' => "e".into(),
        'ł' | 'Ł' => "l".into(),
        'ś' => "s".into(),
        'Š' => "s".into(),
        'ñ' => "n".into(),
        other => other.to_lowercase().to_string(),
    };
    part.chars().map(long).collect()
}

/// The ways a name is said in identity fields and in text.
fn ways(first: &str, last: &str) -> [String; 12] {
    let (plain_first, plain_last) = (ascii(first), ascii(last));
    [
        format!("{first} {last}"),
        format!("{last}, {first}"),
        format!("{last} {first}"),
        format!("{first}{last}"),
        format!("{} {}", first.to_uppercase(), last.to_uppercase()),
        format!("{plain_first}.{plain_last}"),
        format!("{plain_first}_{plain_last}"),
        format!("{plain_last}-{plain_first}"),
        format!("{plain_first}{plain_last}"),
        format!("{plain_first}.{plain_last}@example.org"),
        format!(r"DOM\{plain_first}.{plain_last}"),
        format!("{first} {}", last.to_uppercase()),
    ]
}

/// Text without capitals within words.
fn filler() -> impl Strategy<Value = String> {
    "([a-z0-9]{1,9}[ .,:;/()=-]){0,6}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn whom_an_event_names_is_found_in_all_ways(
        first in part(), last in part(), said in 0_usize..12, written in 0_usize..12, before in filler(), behind in filler(),
    ) {
        // A name that is said as one word has no parts that could be turned round; one blank may stand in it.
        prop_assume!(!matches!(said, 3 | 8) || !matches!(written, 1 | 2 | 7));
        let ways = ways(&first, &last);
        let text = format!("{before} {} {behind}", ways[written]);
        let left = left(&text, &[&ways[said]]);
        let gone = |part: &str| !left.to_lowercase().contains(&part.to_lowercase());
        prop_assert!(gone(&first) && gone(&ascii(&first)) && gone(&last) && gone(&ascii(&last)), "{text} of {}: {left}", ways[said]);
    }

    #[test]
    fn words_that_are_nobodys_stay(first in "[A-Z][bcdfg]{3,9}", last in "[A-Z][bcdfg]{3,9}", said in 0_usize..12, text in "([hj-np-tv-z]{1,9}[ .,:;/()=@-]){0,9}") {
        prop_assert_eq!(left(&text, &[&ways(&first, &last)[said]]), text);
    }

    /// An event's text is held against its own names only, whatever stands beside it in the batch.
    #[test]
    fn names_of_other_events_change_nothing(
        events in prop::collection::vec((prop::collection::vec((part(), part(), 0_usize..12), 0..3), filler(), 0_usize..12), 1..8),
        threshold in prop::sample::select(vec!["possible", "likely"]),
    ) {
        let named: Vec<Vec<String>> = events.iter().map(|(people, ..)| {
            people.iter().map(|(first, last, said)| ways(first, last)[*said].clone()).collect()
        }).collect();
        // Each event's text names somebody of the next one, and of its own.
        let somebody = |event: usize, written: usize| {
            events[event % events.len()].0.first().map_or(String::new(), |(first, last, _)| ways(first, last)[written].clone())
        };
        let texts: Vec<String> = events.iter().enumerate().map(|(event, (_, text, written))| {
            format!("{text} {} {text} {}", somebody(event + 1, *written), somebody(event, *written))
        }).collect();
        let values: Vec<String> = named.iter().flatten().cloned().collect();
        let of: Vec<u32> = named.iter().enumerate().flat_map(|(event, names)| vec![event as u32; names.len()]).collect();
        let (references, rows) = (packed(&values), packed(&texts));
        let numbers: Vec<u32> = (0..texts.len() as u32).collect();
        let mut redact = redact(threshold);
        let mut all = Vec::new();
        redact.scan(&[column(1, &references, &of), column(0, &rows, &numbers)], &mut all).unwrap();
        let mut alone = Vec::new();
        for (row, (text, names)) in (0..).zip(texts.iter().zip(&named)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let found = found_by(&mut redact, text, &names);
            alone.extend(found.into_iter().map(|finding| Finding { row, column: 1, ..finding }));
        }
        prop_assert_eq!(all, alone);
    }

    #[test]
    fn any_text_and_names_are_answered(
        values in prop::collection::vec(prop_oneof![".{0,20}", "[aA .@_e,<>\\\\-]{0,12}", Just("\u{301}a".to_owned())], 0..5),
        text in prop_oneof![".{0,60}", "[aA .@_e,\u{301}-]{0,40}"],
    ) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let found = found_by(&mut redact("possible"), &text, &values);
        for finding in found {
            prop_assert!(finding.column == 0 && finding.start < finding.end);
            prop_assert!(text.get(finding.start as usize..finding.end as usize).is_some());
        }
    }
}

/// Names and texts that begin alike wherever one looks.
#[test]
fn the_work_grows_with_the_bytes() {
    let alike =
        |count: usize| -> Vec<String> { (0..count).map(|number| format!("b{}c{number}", "bn".repeat(12))).collect() };
    let shared: Vec<String> = (0..64).map(|number| format!("meier {}", "x".repeat(1 + number % 30))).collect();
    let mut redact = redact("possible");
    for (names, piece) in [
        (alike(64), "bB"),
        (alike(64), "bnBn"),
        (alike(64), "b "),
        (alike(64), "bbnbnbnbnbnbnbnbnbnbnbnbn "),
        (shared.clone(), "meier "),
        (shared, "Meier x"),
        (vec!["a.a.a.a.a.a.a.b@a.a.a.a".into()], "a."),
        (vec!["a.a.a.a.a.a.a.b@a.a.a.a".into()], "a"),
        (vec!["aa ae a\u{301}".into()], "ae\u{301}"),
        ((0..64).map(|number| format!("{}{number}", "1".repeat(50))).collect(), "1 "),
        ((0..64).map(|number| format!("{}{number}", "1".repeat(50))).collect(), "1 - 1"),
        ((0..64).map(|number| format!("{}{number}", "a1".repeat(20))).collect(), "a1 "),
        (vec!["0000012345".into()], "0"),
        (vec!["1".repeat(250)], "1 "),
        (vec!["1".repeat(250)], "1 - 1"),
        (vec!["1".repeat(250)], "1"),
        (vec!["a1".repeat(125)], "a1"),
        (vec!["a1".repeat(125)], "a1 "),
        (vec!["a1".repeat(125)], "A1a1"),
        (vec![format!("{}12345", "b".repeat(245))], "bB"),
    ] {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut work = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            let before = LOOKED_AT.get();
            drop(found_by(&mut redact, &text, &names));
            LOOKED_AT.get() - before
        };
        let (small, large) = (work(1 << 12), work(1 << 16));
        assert!(large < small * 17 && large < (1 << 16) * 64, "{piece:?}: {small}, {large}");
    }
}

#[test]
fn nothing_is_looked_for_in_reference_fields() {
    let refused = r#"{"fields":[{"find":["personal"],"reference":true}]}"#;
    assert!(Redact::configure(refused, &[]).is_err());
    let mut redact = redact("possible");
    assert_eq!(found_by(&mut redact, "", &["anna.meier@example.de", "Anna Meier"]), []);
    // And not where nobody asks for it.
    let settings = r#"{"fields":[{"find":["person.email"]},{"find":[],"reference":true}]}"#;
    let mut other = Redact::configure(settings, &[]).unwrap();
    assert_eq!(found_by(&mut other, "Anna Meier", &["Anna Meier"]), []);
    let certain = r#"{"fields":[{"find":["personal"],"threshold":"certain"},{"find":[],"reference":true}]}"#;
    let mut certain = Redact::configure(certain, &[]).unwrap();
    assert_eq!(found_by(&mut certain, "Anna Meier", &["Anna Meier"]), []);
}
