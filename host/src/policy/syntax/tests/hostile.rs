//! No text makes the reader panic, and every place it names is in the file.

use proptest::prelude::*;

use super::{KINDS, read, shipped};
use crate::policy::syntax::{Bundle, render};

/// Reads a text as every kind of file and renders what is wrong.
fn survive(text: &str) {
    for kind in KINDS {
        let (mut bundle, mut out) = (Bundle::new(), Vec::new());
        let file = bundle.add("file.toml", text);
        read(&bundle, file, kind, &mut out);
        for problem in &out {
            assert!(!problem.labels.is_empty() && !problem.message.is_empty());
            for (span, _) in &problem.labels {
                assert_eq!(span.file, file);
                assert!(text.get(span.start as usize..span.end as usize).is_some(), "{kind:?} {problem:?}\n{text}");
            }
        }
        let few = &out[..out.len().min(5)];
        assert_eq!(render(&bundle, few, false).is_empty(), few.is_empty());
    }
}

/// Something that people or machines put where it does not belong.
fn splinter() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "\"",
            "'",
            "'''",
            "\"\"\"",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            "=",
            ".",
            ",",
            "#",
            "\n",
            "\r",
            "\r\n",
            "\u{0}",
            "\u{feff}",
            "ä",
            "\u{1b}[31m",
            "\u{202e}",
            "💥",
            "-",
            "*",
            "@",
            "2026-11-01",
            "99999999999999999999",
            "true",
            "inf",
            "nan",
            "{}",
            "[]",
            "''",
            "\t",
            " ",
            "when.",
            "= {",
            "!",
            "|",
            ":",
            "\\u12",
            "🏳️‍🌈 = 1\n",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[a-z\"'.=\\[\\]{}\n -]{0,12}",
    ]
}

/// A window of a shipped file, so that a case is quick, with splinters in it.
fn mutated() -> impl Strategy<Value = String> {
    let texts: Vec<String> = shipped::files().into_iter().map(|(_, text, _)| text).collect();
    let hits = prop::collection::vec((any::<prop::sample::Index>(), 0usize..9, splinter()), 0..5);
    (prop::sample::select(texts), any::<prop::sample::Index>(), hits).prop_map(|(text, from, hits)| {
        let lines: Vec<&str> = text.lines().collect();
        let first = from.index(lines.len().max(1));
        let mut text = lines[first..].iter().take(40).map(|l| format!("{l}\n")).collect::<String>();
        for (at, cut, splinter) in hits {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + cut).min(text.len()));
            text.replace_range(start..end, &splinter);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn broken_files_are_survived(text in mutated()) {
        survive(&text);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        survive(&text);
    }

    #[test]
    fn any_heap_of_splinters_is_survived(parts in prop::collection::vec(splinter(), 0..40)) {
        survive(&parts.concat());
    }
}

#[test]
fn deep_nesting_is_survived() {
    survive(&format!("a = {}", "[".repeat(100_000)));
    survive(&format!("a = {}", "{a=".repeat(20_000)));
    survive(&format!("[{}a]\n", "a.".repeat(20_000)));
    survive(&format!("[fields]\n{}a = 1\n", "a.".repeat(2_000)));
}
