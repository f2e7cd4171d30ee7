use proptest::prelude::*;
use tamis_plugin_sdk::{Answer, Column, Edits, Failure, Transformer};

use crate::{Mask, Show};

fn all(show: Show, cases: &[(&str, &str)]) {
    for (value, masked) in cases {
        assert_eq!(show.apply(value), *masked, "{show:?} of {value:?}");
    }
}

/// Numbers published for tests by the card schemes.
#[test]
fn a_card_shows_its_first_six_and_last_four_digits() {
    all(
        Show::Card,
        &[
            ("4111111111111111", "411111******1111"),
            ("4111 1111 1111 1111", "4111 11** **** 1111"),
            ("5555-5555-5555-4444", "5555-55**-****-4444"),
            ("378282246310005", "378282*****0005"),
            ("3782 822463 10005", "3782 82**** *0005"),
            ("6304000000000000000", "630400*********0000"),
            ("4222222222222", "422222***2222"),
            ("411111XXXXXX1111", "411111******1111"),
            ("411111******1111", "411111******1111"),
        ],
    );
}

#[test]
fn what_is_no_card_number_is_hidden() {
    let track = "%B4111111111111111^SMITH/ANN^2512101?";
    for value in ["411111111111", "41111111111111111111", "card 4111111111111111", "4111.1111.1111.1111", track, "-"] {
        assert_eq!(Show::Card.apply(value), "***", "{value}");
    }
}

/// Forms found in Microsoft 365 and Exchange: guests, proxy addresses, claims.
#[test]
fn an_address_shows_its_domain() {
    all(
        Show::Domain,
        &[
            ("ann@example.com", "***@example.com"),
            ("ann_contoso.com#EXT#@fabrikam.onmicrosoft.com", "***@fabrikam.onmicrosoft.com"),
            ("smtp:ann@example.com", "smtp:***@example.com"),
            ("SMTP:Ann.Smith@example.com", "SMTP:***@example.com"),
            ("i:0#.f|membership|ann@example.com", "***@example.com"),
            ("Ann Smith <ann@example.com>", "***@example.com"),
            ("\"Smith, Ann\" <ann@example.com>", "***@example.com"),
            ("\"ann smith\"@example.com", "***@example.com"),
            ("a@b@example.com", "***@example.com"),
            ("ann@bücher.example", "***@bücher.example"),
            ("ann@xn--bcher-kva.example", "***@xn--bcher-kva.example"),
            ("***@example.com", "***@example.com"),
        ],
    );
}

#[test]
fn what_is_no_address_is_hidden() {
    let values = [
        "ann",
        "@ann",
        "@example.com",
        "hi @ann.example",
        "ann@smith",
        "ann@",
        "smtp:@example.com",
        "ann@192.0.2.1",
        "ann@example.com (Ann)",
        "ann@example.com, bob@example.com",
        "ann@-x.com",
        "ann@.com",
        "ann@example.c",
        "CONTOSO\\ann",
        "Ann <@example.com>",
    ];
    for value in values {
        assert_eq!(Show::Domain.apply(value), "***", "{value}");
    }
}

#[test]
fn a_file_shows_its_type() {
    all(
        Show::Extension,
        &[
            ("report.docx", "***.docx"),
            ("Annas Lebenslauf.PDF", "***.PDF"),
            ("archive.tar.gz", "***.gz"),
            (r"C:\Users\ann\report.docx", "***.docx"),
            (r"\\server\share$\ann\x.xlsx", "***.xlsx"),
            ("/home/ann.smith/notes.txt", "***.txt"),
            ("https://example.com/ann/x.docx?web=1#p", "***.docx"),
            ("***.docx", "***.docx"),
        ],
    );
    let none = [
        ".bashrc",
        ".pdf",
        "noext",
        "/home/ann.txt/",
        "/home/john.doe",
        "anna.smith",
        "x.",
        "https://example.com",
        "https://example.zip",
        "/home/ann.txt/.profile",
        "a.docx ",
        "https://example.com/?x.docx",
    ];
    for value in none {
        assert_eq!(Show::Extension.apply(value), "***", "{value}");
    }
}

#[test]
fn ends_show_whole_characters_and_never_the_whole_value() {
    let ends = |first, last| Show::Ends { first, last };
    all(ends(2, 1), &[("Annabel", "An***l"), ("Anne", "An***e"), ("Ann", "***"), ("An", "***"), ("*", "***")]);
    all(ends(1, 0), &[("über", "ü***"), ("e\u{301}tude", "***tude".trim_end_matches("tude")), ("x", "***")]);
    all(ends(0, 2), &[("abc", "***bc"), ("ab", "***"), ("👩🏽‍💻x", "***x")]);
    all(ends(0, 0), &[("abc", "***"), ("***", "***"), ("", "")]);
}

#[test]
fn fields_choose_their_mask_and_hidden_or_empty_rows_are_left_alone() {
    let settings =
        r#"{"fields":[{"mask":"domain"},{"first":1},{"first":1,"last":1},{"mask":"card"},{"mask":"extension"}]}"#;
    let mut mask = Mask::configure(settings).unwrap();
    let columns = [Column::of(1, ["abc", "", "***"]), Column::of(0, ["ann@example.com", "ann"])];
    let mut edits = Edits::default();
    mask.transform(&columns, &mut edits).unwrap();
    let Answer { edits: list, text, failed } = edits.clone().finish().unwrap();
    assert_eq!((list.len(), text.as_slice(), failed.len()), (3, &b"***"[..], 0));
    let rows = edits.apply(&columns).unwrap();
    assert_eq!(rows[0], [Some("a***".into()), Some(String::new()), Some("***".into())]);
    assert_eq!(rows[1], [Some("***@example.com".into()), Some("***".into())]);
    let other = [Column::of(5, ["x"])];
    assert_eq!(mask.transform(&other, &mut Edits::default()).err(), Some(Failure::UnsupportedField));
}

#[test]
fn settings_that_say_nothing_or_two_things_are_refused() {
    for field in ["{}", r#"{"mask":"all"}"#, r#"{"mask":"card","first":1}"#, r#"{"first":-1}"#, r#"{"x":1}"#, "7"] {
        let settings = format!(r#"{{"fields":[{field}]}}"#);
        assert_eq!(Mask::configure(&settings).err(), Some(Failure::SettingsRejected), "{field}");
    }
    assert!(serde_json::from_str::<serde_json::Value>(&Mask::describe().settings_schema).is_ok());
}

fn any_show() -> impl Strategy<Value = Show> {
    prop_oneof![
        Just(Show::Card),
        Just(Show::Domain),
        Just(Show::Extension),
        (0..5u16, 0..5u16).prop_map(|(first, last)| Show::Ends { first, last }),
    ]
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,24}",
        "[0-9 *-]{10,24}",
        "[a-z0-9.@<> :\"#]{0,24}",
        r"[a-c./\\:?#]{0,12}\.(docx|PDF|doe|gz)[?#/a]{0,3}",
        "[ae\u{301}\u{200d}\u{1f3fd}👩ü]{0,8}",
    ]
}

proptest! {
    /// A value that is masked already stays as it is.
    #[test]
    fn masking_twice_is_masking_once(show in any_show(), value in any_value()) {
        let once = show.apply(&value);
        prop_assert_eq!(show.apply(&once), once);
    }

    /// Every edit hides a range of the source and puts stars or nothing in its place.
    #[test]
    fn nothing_is_invented_and_ranges_are_sound(show in any_show(), value in any_value()) {
        let mut ranges = Vec::new();
        show.hidden(&value, &mut ranges);
        let mut from = 0;
        for (range, text) in &ranges {
            prop_assert!(range.start >= from && value.get(range.clone()).is_some());
            prop_assert!(text.bytes().all(|byte| byte == b'*'));
            from = range.end;
        }
    }

    /// No value but an empty or hidden one passes whole, save cards, addresses and names hidden before.
    #[test]
    fn ends_hide_something(first in 0..5u16, last in 0..5u16, value in "[^*]{1,12}") {
        prop_assert_ne!(Show::Ends { first, last }.apply(&value), value);
    }

    /// What differs in hidden characters only looks the same.
    #[test]
    fn what_is_hidden_makes_no_difference(a in "[a-z.+]{1,12}", b in "[a-z.+]{1,12}", head in "[0-9]{6}", tail in "[0-9]{4}", x in "[0-9]{6}", y in "[0-9]{6}") {
        prop_assert_eq!(Show::Domain.apply(&format!("{a}@example.com")), Show::Domain.apply(&format!("{b}@example.com")));
        prop_assert_eq!(Show::Extension.apply(&format!("{a}.txt")), Show::Extension.apply(&format!("{b}.txt")));
        prop_assert_eq!(Show::Card.apply(&format!("{head}{x}{tail}")), Show::Card.apply(&format!("{head}{y}{tail}")));
    }
}
