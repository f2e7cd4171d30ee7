//! Every encoding by examples and near misses, and the laws.

use proptest::prelude::*;

use crate::tables::LISTED;
use crate::tests::{found, likely, texts};
use crate::{ColumnView, Finding, Redact};

fn base64(bytes: &[u8], url: bool) -> String {
    let signs = if url { b"-_" } else { b"+/" };
    let letters: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*signs).collect();
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let all = three.iter().fold(0_usize, |all, &b| all << 8 | usize::from(b)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            out.push(char::from(letters[all >> (18 - 6 * place) & 63]));
        }
        if !url {
            out.push_str(&"=".repeat(3 - three.len()));
        }
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// What covers the value in each of these ways of writing it, and nothing else of its entity.
#[test]
fn every_encoding_is_read_and_the_span_is_what_encodes() {
    for (text, span) in [
        ("to anna%40example.com!", "anna%40example.com"),
        ("to anna%2540example.com!", "anna%2540example.com"),
        ("to anna%252540example%25252Ecom!", "anna%252540example%25252Ecom"),
        ("to %61nna%u0040example.com ", "%61nna%u0040example.com"),
        ("q=a&m=%61%6e%6E%61%40example%2Ecom&x", "%61%6e%6E%61%40example%2Ecom"),
        ("{\\\"m\\\":\\\"anna\\u0040example.com\\\"}", "anna\\u0040example.com"),
        ("x anna\\\\u0040example.com", "anna\\\\u0040example.com"),
        ("x anna\\x40example\\u{2e}com,", "anna\\x40example\\u{2e}com"),
        ("<b>anna&#64;example&period;com</b>", "anna&#64;example&period;com"),
        ("<b>anna&#x0040;example.com</b>", "anna&#x0040;example.com"),
        ("anna&amp;commat;example.com", "anna&amp;commat;example.com"),
        ("anna&#64example.com", "anna&#64example.com"),
        ("From: anna=40example.com", "anna=40example.com"),
        ("From: anna=40exam=\r\nple.com", "anna=40exam=\r\nple.com"),
        ("zhang=40163.com", "zhang=40163.com"),
        ("mail anna＠example．com。", "anna＠example．com"),
        ("mail anna@exam\u{200b}ple.com", "anna@exam\u{200b}ple.com"),
        ("mail ｕser\u{ad}@example.com", "ｕser\u{ad}@example.com"),
        ("mail anna@example。com", "anna@example。com"),
        ("say YW5uYUBleGFtcGxlLmNvbQ== now", "YW5uYUBleGFtcGxlLmNvbQ=="),
        ("/api/users/YW5uYUBleGFtcGxlLmNvbQ/profile", "YW5uYUBleGFtcGxlLmNvbQ"),
        // A run that is cut off in front is one all the same.
        ("/u/YW5uYUBleGFtcGxlLmNvbQ/x", "/u/YW5uYUBleGFtcGxlLmNvbQ/x"),
        ("x=YW5uYUBleGFtcGxlLmNvbQ%3D%3D&y", "YW5uYUBleGFtcGxlLmNvbQ%3D%3D"),
        ("x 0x616e6e61406578616d706c652e636f6d y", "0x616e6e61406578616d706c652e636f6d"),
        ("x=616E6E61406578616D706C652E636F6D", "616E6E61406578616D706C652E636F6D"),
    ] {
        let found = texts("person.email", text);
        assert!(found.contains(&span) && found.iter().all(|other| span.contains(other)), "{text:?} {found:?}");
    }
    for (find, text, span) in [
        ("payment.card", "card ４１１１１１１１１１１１１１１１", "４１１１１１１１１１１１１１１１"),
        ("payment.card", "card ٤١١١١١١١١١١١١١١١.", "٤١١١١١١١١١١١١١١١"),
        ("payment.card", "card 4111\u{200b}1111\u{200b}1111\u{2060}1111", "4111\u{200b}1111\u{200b}1111\u{2060}1111"),
        ("payment.card", "c=4111+1111+1111+1111&d=1", "4111+1111+1111+1111"),
        ("payment.card", "line\\n4111111111111111\\n", "4111111111111111"),
        ("payment.card", "card:=34=31=31=31111111111111.", "=34=31=31=31111111111111"),
        ("payment.card", "4111&nbsp;1111&nbsp;1111&#160;1111", "4111&nbsp;1111&nbsp;1111&#160;1111"),
        ("person.phone", "mo\u{301}vil 612345678", "612345678"),
        ("person.phone", "nu\u{301}mero de tele\u{301}fono: 612345678", "612345678"),
        ("person.name", "Don\u{303}a Begon\u{303}a Nu\u{301}n\u{303}ez firma", "Begon\u{303}a Nu\u{301}n\u{303}ez"),
        ("person.name", "paciente Mar&iacute;a Garc&iacute;a", "Mar&iacute;a Garc&iacute;a"),
        ("person.name", "Frau M&uuml;ller-Gro&szlig; bittet", "M&uuml;ller-Gro&szlig;"),
        ("payment.card", "4111−1111−1111−1111", "4111−1111−1111−1111"),
        ("secret.password", "https%3A%2F%2Fh%2F%3Fpassword%3Dhunter2%26x", "hunter2"),
    ] {
        assert!(texts(find, text).contains(&span), "{text:?} {:?}", texts(find, text));
    }
}

/// A guard looks for what is certain only: nothing that is too long to be looked into may pass it for that.
#[test]
fn in_a_long_row_what_is_certain_is_found() {
    let row = format!("{} see anna%40example.com here", "word ".repeat(20_000));
    let certain = found("person.email", "certain", &[], &row);
    let spans: Vec<_> = certain.iter().map(|f| &row[f.start as usize..f.end as usize]).collect();
    assert_eq!(spans, ["anna%40example.com"]);
    assert_eq!(texts("person.email", &row), [row.as_str()]);
}

#[test]
fn two_encodings_are_undone_and_a_third_hides_the_row() {
    let address = "mail anna%40example.com now";
    let within = base64(address.as_bytes(), false);
    assert_eq!(texts("person.email", &format!("x {within} y")), [within.as_str()]);
    assert_eq!(found("person.email", "certain", &[], &format!("x {within} y")).len(), 1);
    let escaped: String = within.bytes().map(|b| format!("%{b:02X}")).collect();
    let row = format!("x {escaped} y");
    assert_eq!(texts("person.email", &row), [row.as_str()]);
    let thrice = base64(base64(base64(b"anna@example.com", false).as_bytes(), false).as_bytes(), false);
    let row = format!("x {thrice} y");
    assert_eq!(texts("person.email", &row), [row.as_str()]);
    assert_eq!(found("person.email", "certain", &[], &row), []);
    for little in [false, true] {
        let wide = base64(&utf16("anna@example.com", little), false);
        assert_eq!(texts("person.email", &wide), [wide.as_str()]);
        let wide = hex(&utf16("anna@example.com", little));
        assert_eq!(texts("person.email", &wide), [wide.as_str()]);
    }
}

#[test]
fn lines_of_base64_are_one_run() {
    let text = "All work and no play makes nobody happy, says anna@example.com, and she knows. ".repeat(2);
    let lines: Vec<String> =
        base64(text.as_bytes(), false).as_bytes().chunks(76).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
    for end in ["\r\n", "\n", "\\n", "\\r\\n"] {
        let run = lines.join(end);
        assert_eq!(texts("person.email", &format!("x {run}!")), [run.as_str()], "{run:?}");
    }
}

#[test]
fn near_misses_stay_as_they_are() {
    for text in [
        "version %d of %s at 100%",
        "?a=40&b=41",
        "status=200 size=2326 time=40",
        "C:\\new\\table\\users\\x",
        "d41d8cd98f00b204e9800998ecf8427e",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "/usr/local/lib/python3/dist-packages/something-longer",
        "internationalization-of-recommendations",
        "AT&T; &unknown; a&b &#; &#x; %zz %4 \\u00 \\x4 =4",
        "f81d4fae7dec11d0a76500a0c91e6bf6",
        "“Fünf” — größer… 日本語。",
        "1+1=2",
        "http://example.org/?h=24&u=http%3A%2F%2Fexample.org%2F%3Fq%3D1&w=2560&x=2541&y=2640#z",
    ] {
        assert_eq!(likely("personal", text), [], "{text:?}");
        assert_eq!(likely("secret", text), [], "{text:?}");
    }
}

#[test]
fn too_much_of_it_hides_the_row() {
    let whole = |text: &str, threshold: &str| {
        let found = found("person.email", threshold, &[], text);
        found.iter().any(|finding| (finding.start, finding.end) == (0, text.len() as u32))
    };
    let long = format!("{} %41", "word ".repeat(14_000));
    assert!(whole(&long, "likely") && !whole(&long, "certain") && !whole("word %41", "likely"));
    let many = "a%40b.de ".repeat(5000);
    assert!(whole(&many, "likely") && whole(&many, "certain"));
    // Escapes that hide nothing are read however long the row is.
    let lines = format!("{}\\nanna@example.com", "word\\n".repeat(14_000));
    assert!(!whole(&lines, "likely"));
}

/// One value, written as `how` says.
fn written(value: &str, how: usize) -> String {
    let each = |write: &dyn Fn(char) -> String| value.chars().map(write).collect::<String>();
    let octets = |lead: &str| value.bytes().map(|b| format!("{lead}{b:02X}")).collect::<String>();
    match how {
        0 => octets("%"),
        1 => octets("="),
        2 => octets("\\x"),
        3 => value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        4 => each(&|c| format!("&#{};", u32::from(c))),
        5 => each(&|c| format!("&#x{:x};", u32::from(c))),
        6 => each(&|c| char::from_u32(u32::from(c) + 0xfee0).filter(|_| c > ' ').unwrap_or(c).to_string()),
        7 => base64(value.as_bytes(), false),
        8 => base64(value.as_bytes(), true),
        9 => hex(value.as_bytes()),
        10 => base64(&utf16(value, true), false),
        11 => octets("%25"),
        _ => value.bytes().map(|b| format!("\\\\u00{b:02X}")).collect(),
    }
}

fn scan(redact: &mut Redact, texts: &[&str]) -> Vec<Finding> {
    let mut offsets = vec![0];
    offsets.extend(texts.iter().scan(0, |end, text| {
        *end += text.len() as u32;
        Some(*end)
    }));
    let (bytes, event) = (texts.concat().into_bytes(), vec![0; texts.len()]);
    let mut out = Vec::new();
    redact.scan(&[ColumnView { field: 0, bytes: &bytes, offsets: &offsets, event: &event }], &mut out).unwrap();
    out
}

fn all(threshold: &str) -> Redact {
    let names: Vec<&str> = LISTED.iter().map(|entity| entity.name).collect();
    Redact::configure(&serde_json::json!({"fields": [{"find": names, "threshold": threshold}]}).to_string(), &[])
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// However a value is written, and wherever: it is found, and the span is what encodes it.
    #[test]
    fn what_is_found_is_found_encoded(
        lead in "[a-z ,.]{0,70}", tail in "[a-z ,.]{0,70}", how in 0_usize..13, again in prop::option::of(7_usize..10),
        (entity, value) in prop::sample::select(vec![
            ("person.email", "anna.smith@example.com"),
            ("payment.card", "4111 1111 1111 1111"),
            ("payment.iban", "DE89370400440532013000"),
            ("secret.url-credentials", "https://anna:hunter22@example.com/x"),
        ]),
    ) {
        prop_assume!(LISTED.iter().any(|listed| listed.name == entity));
        let mut encoded = written(value, how);
        if let Some(again) = again {
            encoded = written(&encoded, again);
        }
        let text = format!("{lead} {encoded} {tail}");
        let (from, to) = (lead.len() as u32 + 1, (lead.len() + 1 + encoded.len()) as u32);
        let plain = likely(entity, &format!("{lead} {value} {tail}"));
        for finding in &plain {
            let start = finding.start as usize - lead.len() - 1;
            let end = finding.end as usize - lead.len() - 1;
            let (head, part) = (value.get(..start).unwrap(), value.get(start..end).unwrap());
            let runs = again.is_some() || (7..=10).contains(&how);
            let span = if runs { (from, to) } else {
                let start = from + written(head, how).len() as u32;
                (start, start + written(part, how).len() as u32)
            };
            let found = likely(entity, &text);
            prop_assert!(found.iter().any(|f| (f.start, f.end) == span && f.confidence >= finding.confidence),
                "{text:?} {found:?} {span:?}");
        }
    }

    /// Whatever the escapes are: no character is split, rows do not see each other, a higher threshold only leaves out.
    #[test]
    fn any_escapes_are_borne(texts in prop::collection::vec(
        "(%|%25|%4|40|\\\\|\\\\u00|&|&amp;|#64|;|=|=40|\r\n|\\+|anna|@|example.com|4111|1111|YW5uYUBleGFtcGxlLmNvbQ|\u{200b}|é|＠|٤|-|/|616e6e61|%C3|日|𝟒|[ -~]|\\PC){0,40}", 1..5,
    )) {
        let rows: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut possible = all("possible");
        let together = scan(&mut possible, &rows);
        let mut alone = Vec::new();
        for (row, text) in (0..).zip(&rows) {
            alone.extend(scan(&mut possible, &[text]).into_iter().map(|finding| Finding { row, ..finding }));
        }
        prop_assert_eq!(&together, &alone);
        for finding in &together {
            let span = rows[finding.row as usize].get(finding.start as usize..finding.end as usize);
            prop_assert!(span.is_some_and(|span| !span.is_empty()), "{:?}", finding);
        }
        let likely: Vec<Finding> = together.into_iter().filter(|finding| finding.confidence >= 2).collect();
        // What hides a row is likely, so it is the same at both thresholds.
        prop_assert_eq!(likely, scan(&mut all("likely"), &rows));
    }
}

#[test]
fn the_work_grows_with_the_bytes() {
    let mut redact = all("possible");
    for piece in [
        "%", "%25", "%2525", "%4", "\\", "\\\\u", "&", "&amp;", "&#", "=", "=\n", "+", "a+", "a%2B", "\\/", "A",
        "AAAA+", "YW5u", "616e", "0", "/", "\u{200b}", "＠", "%C3", "\\ud83d", "é", "a+b%", "YW5u-", "=3D", "%41",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let begin = std::time::Instant::now();
        drop(scan(&mut redact, &[&text]));
        assert!(begin.elapsed().as_secs() < 20, "{piece:?} took {:?}", begin.elapsed());
    }
}
