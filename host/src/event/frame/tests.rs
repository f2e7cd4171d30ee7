//! Laws of framing: the same pieces however the input is cut into blocks.

use super::*;
use proptest::prelude::*;

/// A piece as a test sees it: number, and the event or why there is none.
type Seen = (u64, Result<String, (RejectReason, u64, Option<String>)>);

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Frames `blocks`, recycling buffers as a caller would.
fn frame<'a>(
    limits: FrameLimits,
    blocks: impl IntoIterator<Item = &'a [u8]>,
    end: End,
) -> (Vec<Seen>, Result<(), FrameError>) {
    let mut framer = Framer::new(limits);
    let mut seen = Vec::new();
    let mut drain = |framer: &mut Framer| {
        while let Some(batch) = framer.next()? {
            assert_eq!(&batch.bytes()[batch.bytes().len() - PADDING..], &[0; PADDING]);
            seen.extend(batch.pieces().map(|piece| match piece {
                Piece::Event { number, index } => (number, Ok(lossy(batch.event(index)))),
                Piece::Rejected { number, rejected, raw } => {
                    (number, Err((rejected.reason, rejected.bytes, raw.map(lossy))))
                }
            }));
            framer.recycle(batch);
        }
        Ok(())
    };
    for block in blocks {
        framer.push(block);
        if let Err(error) = drain(&mut framer) {
            return (seen, Err(error));
        }
    }
    framer.end(end);
    let result = drain(&mut framer);
    assert!(seen.iter().zip(1u64..).all(|((number, _), expected)| *number == expected));
    (seen, result)
}

const SMALL: FrameLimits = FrameLimits { event_bytes: 100, batch_bytes: 64, batch_pieces: 3 };

/// Frames at every way to cut into two blocks and into blocks of one size; all must agree. The answer is what they say.
fn everywhere(limits: FrameLimits, input: &[u8], end: End) -> (Vec<Seen>, Result<(), FrameError>) {
    let whole = frame(limits, [input], end);
    for at in 0..=input.len() {
        assert_eq!(frame(limits, [&input[..at], &input[at..]], end), whole, "cut at {at} of {}", lossy(input));
    }
    for size in [1, 2, 3, 5, 7, 31, 63, 64, 65, 127] {
        assert_eq!(frame(limits, input.chunks(size), end), whole, "blocks of {size} of {}", lossy(input));
    }
    whole
}

fn events(input: &[u8]) -> Vec<String> {
    let (seen, result) = everywhere(FrameLimits::default(), input, End::Complete);
    assert_eq!(result, Ok(()));
    seen.into_iter().map(|(_, piece)| piece.unwrap_or_else(|(reason, ..)| format!("!{}", reason.code()))).collect()
}

fn pieces(limits: FrameLimits, input: &str, end: End) -> Vec<Result<String, (RejectReason, u64, Option<String>)>> {
    let (seen, result) = everywhere(limits, input.as_bytes(), end);
    assert_eq!(result, Ok(()));
    seen.into_iter().map(|(_, piece)| piece).collect()
}

#[test]
fn lines_end_at_line_breaks_and_blank_ones_are_skipped() {
    assert_eq!(events(b""), [""; 0]);
    assert_eq!(events(b"\n \r\n\n"), [""; 0]);
    assert_eq!(
        events(b"\xEF\xBB\xBF{\"a\":1}\r\n\r\n \t\n{\"b\":\"}\\\"\"}\n\n{\"c\":3}"),
        ["{\"a\":1}", "{\"b\":\"}\\\"\"}", "{\"c\":3}"]
    );
    assert_eq!(events(b"\"text\"\n12\ntrue\n{}\n"), ["\"text\"", "12", "true", "{}"]);
    assert_eq!(events(b"{\"a\":1,\n{\"b\":2}\n"), ["{\"a\":1,", "{\"b\":2}"]);
}

#[test]
fn utf_16_is_framed_as_its_utf_8() {
    let text = "{\"a\":\"ü€😀\"}\r\n{\"b\":2}\n";
    for mark in ["", "\u{FEFF}"] {
        let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|u| u.to_be_bytes()).collect();
        for bytes in [little, big] {
            assert_eq!(events(&bytes), ["{\"a\":\"ü€😀\"}", "{\"b\":2}"]);
        }
    }
}

#[test]
fn arrays_are_opened() {
    assert_eq!(events(b" [ ] "), [""; 0]);
    assert_eq!(
        events(b"[{\"a\":[1,{\"b\":\"]}\\\\\"}]} , {\"c\":3}]\n"),
        ["{\"a\":[1,{\"b\":\"]}\\\\\"}]}", "{\"c\":3}"]
    );
    assert_eq!(events(b"[1, \"a,]\\\"\" ,null,[2,[3]],{}]"), ["1", "\"a,]\\\"\"", "null", "[2,[3]]", "{}"]);
    assert_eq!(events(b"[{\"a\":1}]\n[{\"b\":2},\n{\"c\":3}]"), ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]);
    assert_eq!(events(b"[{\"a\":1} what is this {\"b\":2} %,]"), ["{\"a\":1}", "!garbage", "{\"b\":2}", "!garbage"]);
    assert_eq!(events(b"[{}]trailing"), ["{}", "!garbage"]);
}

#[test]
fn objects_may_take_several_lines() {
    let pretty = b"{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}\r\n\n{\n \"c\": 1 }{\"d\":2}\n";
    assert_eq!(events(pretty), ["{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}", "{\n \"c\": 1 }", "{\"d\":2}"]);
    assert_eq!(events(b"{\"a\":1} {\"b\":2}\n{\"c\":3}"), ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]);
}

#[test]
fn an_array_that_is_not_closed_is_reported() {
    let truncated = |bytes, raw: &str| Err((RejectReason::Truncated, bytes, Some(raw.to_owned())));
    for end in [End::Complete, End::Cut] {
        assert_eq!(pieces(SMALL, "[{\"a\":1},{\"b\":\"x", end), [Ok("{\"a\":1}".into()), truncated(7, "{\"b\":\"x")]);
        assert_eq!(
            pieces(SMALL, "[{\"a\":1}, ", end),
            [Ok("{\"a\":1}".into()), Err((RejectReason::Truncated, 0, None))]
        );
        assert_eq!(pieces(SMALL, "[12", end), [truncated(2, "12")]);
    }
}

#[test]
fn a_cut_archive_makes_the_last_piece_incomplete() {
    let truncated = |raw: &str| Err((RejectReason::Truncated, raw.len() as u64, Some(raw.to_owned())));
    assert_eq!(pieces(SMALL, "{\"a\":1}\n{\"b\":2}", End::Cut), [Ok("{\"a\":1}".into()), truncated("{\"b\":2}")]);
    assert_eq!(pieces(SMALL, "{\"a\":1}\n", End::Cut), [Ok("{\"a\":1}".into())]);
    assert_eq!(pieces(SMALL, "a,b\n1,2\n3,4", End::Cut), [Ok("{\"a\":\"1\",\"b\":\"2\"}".into()), truncated("3,4")]);
}

#[test]
fn a_line_break_in_a_string_costs_only_its_element() {
    let text = "[\n  {\"a\": \"x\n    \"}, {\n    {\"b\": 1}\n  },\n  {\"c\": 2}\n]\n";
    let seen = pieces(SMALL, text, End::Complete);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(
        matches!(&seen[0], Err((RejectReason::BrokenString, 37, Some(raw))) if raw.starts_with("{\"a\": \"x\n")),
        "{seen:?}"
    );
    assert_eq!(seen[1], Ok("{\"c\": 2}".into()));
    assert_eq!(events(b"[{\"a\":\"\n,{\"b\":1}\n,{\"c\":\"\n]"), ["!broken-string", "{\"b\":1}", "!broken-string"]);
}

#[test]
fn pieces_beyond_the_limit_are_skipped_and_counted() {
    let long = "x".repeat(300);
    let too_long = |bytes| Err((RejectReason::TooLong, bytes, None));
    let ok = |text: &str| Ok(text.to_owned());
    let lines = format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\r\n{{\"b\":2}}\n{{\"c\":\"{long}\"}}");
    assert_eq!(pieces(SMALL, &lines, End::Complete), [ok("{\"a\":1}"), too_long(309), ok("{\"b\":2}"), too_long(308)]);
    let array = format!("[{{\"a\":\"{long}]\"}},{{\"b\":2}},\"{long}\",{long}\n,1{long},3,{{\"a\":\"{long}");
    let expected =
        [too_long(309), ok("{\"b\":2}"), too_long(302), too_long(300), too_long(301), ok("3"), too_long(306)];
    assert_eq!(pieces(SMALL, &array, End::Complete), expected);
    let broken = format!("[{{\"a\":\"\n{long}\n{long}\n{{\"b\":2}}]");
    assert_eq!(pieces(SMALL, &broken, End::Complete), [too_long(609), ok("{\"b\":2}")]);
    let rows = format!("a,b\n1,\"{long}\n,\"\"\"\r\n1,2\n1,2{long}\"{long}\n3,4\n{long},\"");
    let expected =
        [too_long(309), ok("{\"a\":\"1\",\"b\":\"2\"}"), too_long(604), ok("{\"a\":\"3\",\"b\":\"4\"}"), too_long(302)];
    assert_eq!(pieces(SMALL, &rows, End::Complete), expected);
    let wide = format!("{}\n1,2\n", "name,".repeat(20).replacen("name", "eman", 1));
    assert!(frame(SMALL, [wide.as_bytes()], End::Complete).1.is_err());
    // Short as a row, long as an object.
    let named = format!("{},b\n\u{1},2\n3,4\n", "n".repeat(80));
    assert_eq!(
        pieces(SMALL, &named, End::Complete),
        [too_long(3), ok(&format!("{{\"{}\":\"3\",\"b\":\"4\"}}", "n".repeat(80)))]
    );
}

#[test]
fn rows_become_objects() {
    let object = |cells: [&str; 2]| format!("{{\"Id\":\"{}\",\"A \\\"b\\\"\":\"{}\"}}", cells[0], cells[1]);
    for (delimiter, mark) in [(",", ""), (";", "\u{FEFF}"), ("\t", ""), ("|", "")] {
        let rows =
            "Id,\"A \"\"b\"\"\"\r\n1,\"{\"\"k\"\":\"\"a\\\"\"b\"\"}\"\r\n\r\n\"\",\"x\ny\"\"\"\n\"\"\"\",\u{1}ü\\\n,";
        let text = format!("{mark}{}", rows.replace(',', delimiter));
        let expected = [
            object(["1", "{\\\"k\\\":\\\"a\\\\\\\"b\\\"}"]),
            object(["", "x\\ny\\\""]),
            object(["\\\"", "\\u0001ü\\\\"]),
            object(["", ""]),
        ];
        assert_eq!(events(text.as_bytes()), expected);
        let declared = format!("sep={delimiter}\r\n{}", rows.replace(',', delimiter));
        assert_eq!(events(declared.as_bytes()), expected);
    }
    assert_eq!(
        events(b"AuditData\n\"{\"\"a\"\":1}\"\n\n\"x\""),
        ["{\"AuditData\":\"{\\\"a\\\":1}\"}", "{\"AuditData\":\"x\"}"]
    );
    assert_eq!(events(b"a,b\n"), [""; 0]);
    assert_eq!(events(b"a,b"), [""; 0]);
}

#[test]
fn rows_that_do_not_fit_the_header_are_rejected() {
    let reject = |reason, raw: &str| Err((reason, raw.len() as u64, Some(raw.to_owned())));
    let ok = |a: &str, b: &str| Ok(format!("{{\"a\":\"{a}\",\"b\":\"{b}\"}}"));
    let text = "a,b\n1\n1,2,3\n1,2\r\n1,2\"\n\"1\" ,2\n\"1\"\r,2\n\"1\"x\"\",2\n3,4\n5,\"6\n7,\"8\"";
    let expected = [
        reject(RejectReason::Ragged, "1"),
        reject(RejectReason::Ragged, "1,2,3"),
        ok("1", "2"),
        reject(RejectReason::BadQuotes, "1,2\""),
        reject(RejectReason::BadQuotes, "\"1\" ,2"),
        reject(RejectReason::BadQuotes, "\"1\"\r,2"),
        reject(RejectReason::BadQuotes, "\"1\"x\"\",2"),
        ok("3", "4"),
        reject(RejectReason::BadQuotes, "5,\"6\n7,\"8\""),
    ];
    assert_eq!(pieces(SMALL, text, End::Complete), expected);
    assert_eq!(pieces(SMALL, "a,b\n1,\"2\n", End::Complete), [reject(RejectReason::Truncated, "1,\"2\n")]);
}

#[test]
fn what_cannot_be_framed_is_an_error() {
    let error = |input: &[u8]| everywhere(SMALL, input, End::Complete).1;
    assert_eq!(error(b"a,b,a\n1,2,3\n"), Err(FrameError::DuplicateHeader { first: 1, second: 3 }));
    assert_eq!(error(b"a,\"b\n1,2,3\n"), Err(FrameError::BadHeader));
    assert_eq!(error(b"a,b\"\n1,2\n"), Err(FrameError::BadHeader));
    assert_eq!(error(b"some words\nand more\n"), Err(FrameError::UnknownForm));
    assert_eq!(error(b"\x7FELF\0\0\x01\x02\n"), Err(FrameError::UnknownForm));
    assert_eq!(error(b"{\0\0\0}\0\0\0"), Err(FrameError::UnknownEncoding));
}

#[test]
fn blank_input_is_not_kept() {
    let mut framer = Framer::new(SMALL);
    for _ in 0..1000 {
        framer.push(&b" \r\n".repeat(100));
        assert!(framer.next().unwrap().is_none());
        assert_eq!(framer.input.len(), 0);
    }
    assert_eq!(everywhere(SMALL, &[b'\t'; 150], End::Complete).1, Err(FrameError::UnknownForm));
    assert_eq!(events(b"\ta\n1\t2\n"), ["{\"\":\"1\",\"a\":\"2\"}"]);
}

#[test]
fn every_input_is_numbered_from_one() {
    let mut framer = Framer::new(FrameLimits::default());
    framer.push(b"{}\n{}\n");
    assert_eq!(framer.next().unwrap().unwrap().first_number, 1);
    framer.restart();
    framer.push(b"a,b\n1,2\n");
    framer.end(End::Complete);
    let batch = framer.next().unwrap().unwrap();
    assert_eq!((batch.first_number, batch.multi_line), (1, false));
    assert!(framer.next().unwrap().is_none());
}

/// JSON text that is odd in the ways framing cares about.
fn json() -> impl Strategy<Value = String> {
    let text = prop::collection::vec(
        prop::sample::select(vec!["a", "\\\"", "\\\\", "{", "}", "[", "]", ",", "\\n", "ü", "x=1, y"]),
        0..30,
    );
    let leaf =
        prop_oneof![text.prop_map(|t| format!("\"{}\"", t.concat())), Just("12".to_owned()), Just("null".to_owned())];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let blank = prop::sample::select(vec!["", " ", "\n  ", "\r\n"]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), blank.clone())
                .prop_map(|(v, b)| format!("[{b}{}{b}]", v.join(&format!(",{b}")))),
            (prop::collection::vec(inner, 0..4), blank).prop_map(|(v, b)| {
                let members: Vec<String> = v.iter().enumerate().map(|(i, v)| format!("\"k{i}\":{b}{v}")).collect();
                format!("{{{b}{}}}", members.join(","))
            }),
        ]
    })
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1usize..200, 1..6)
}

fn cut<'a>(mut input: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    sizes.iter().cycle().map_while(move |size| {
        let (block, rest) = input.split_at_checked(*size).unwrap_or((input, &[]));
        input = rest;
        (!block.is_empty()).then_some(block)
    })
}

proptest! {
    #[test]
    fn elements_come_out_as_they_went_in(values in prop::collection::vec(json(), 0..8), gap in "[ \n]{0,3}", sizes in sizes()) {
        let array = format!("[{gap}{}{gap}]", values.join(&format!("{gap},{gap}")));
        let (seen, result) = frame(FrameLimits::default(), cut(array.as_bytes(), &sizes), End::Complete);
        prop_assert_eq!(result, Ok(()));
        let got: Vec<String> = seen.into_iter().map(|(_, p)| p.unwrap_or_default()).collect();
        prop_assert_eq!(got, values);
    }

    #[test]
    fn cells_come_out_as_they_went_in(
        rows in prop::collection::vec(prop::collection::vec("[a-c\",;\n\r\t\\\\ü\u{1}{}]{0,80}", 3), 1..8),
        delimiter in prop::sample::select(vec![',', ';', '\t']),
        sizes in sizes(),
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let line = |cells: &Vec<String>| cells.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string());
        let text = format!("A{delimiter}B{delimiter}C\n{}", rows.iter().map(line).collect::<Vec<_>>().join("\r\n"));
        let (seen, result) = frame(SMALL, cut(text.as_bytes(), &sizes), End::Complete);
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(seen.len(), rows.len());
        for ((_, piece), cells) in seen.into_iter().zip(&rows) {
            match piece {
                Ok(object) => {
                    let value: serde_json::Value = serde_json::from_str(&object).unwrap();
                    prop_assert_eq!(value, serde_json::json!({"A": cells[0], "B": cells[1], "C": cells[2]}));
                }
                Err((reason, ..)) => prop_assert_eq!(reason, RejectReason::TooLong),
            }
        }
    }

    #[test]
    fn any_input_gives_the_same_pieces_however_it_is_cut(
        head in prop::sample::select(vec!["", "{\"a\":1}\n", "[", "[{}\n", "{\n", "a,b\n", "a;\"b\"\r\n", "\u{FEFF}[\n  {"]),
        parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", "\"", "\"\"", "\\", "\n", "\r\n", ",", ";", " ", "x", "12", "null", "{\"a\":1}", "\"b\":\"c\"", "a,b\n", "\0", "ü",
            "long long long long long long long long long long long long long long long long long long",
        ]), 0..60),
        is_cut: bool,
        sizes in sizes(),
    ) {
        let text = format!("{head}{}", parts.concat());
        let end = if is_cut { End::Cut } else { End::Complete };
        let whole = frame(SMALL, [text.as_bytes()], end);
        prop_assert_eq!(frame(SMALL, cut(text.as_bytes(), &sizes), end), whole.clone());
        prop_assert_eq!(frame(SMALL, text.as_bytes().chunks(1), end), whole);
    }

    #[test]
    fn any_bytes_give_the_same_pieces_however_they_are_cut(bytes in prop::collection::vec(any::<u8>(), 0..300), sizes in sizes()) {
        let whole = frame(SMALL, [&bytes[..]], End::Complete);
        prop_assert_eq!(frame(SMALL, cut(&bytes, &sizes), End::Complete), whole);
    }
}
