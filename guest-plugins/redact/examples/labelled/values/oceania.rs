//! Australia, New Zealand.

use super::{Class, Kind, Wrong, until};
use crate::random::Random;
use crate::sums::weighted;

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.au.abn",
        class: Class::Number,
        make: au_abn,
        forms: &["## ### ### ###", ""],
        wrong: Wrong::At(10),
        labels: &[("en", "ABN"), ("en", "Australian Business Number"), ("*", "ABN")],
        keys: &["abn", "abn_number"],
    },
    Kind {
        entity: "national.au.tfn",
        class: Class::Number,
        make: au_tfn,
        forms: &["### ### ###", ""],
        wrong: Wrong::At(8),
        labels: &[("en", "TFN"), ("en", "tax file number"), ("*", "TFN")],
        keys: &["tfn", "tax_file_number"],
    },
    Kind {
        entity: "national.au.medicare",
        class: Class::Number,
        make: |random| {
            let body = random.of("23456", 1) + &random.digits(7);
            format!("{body}{}{}", weighted(&body, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10, random.within(1, 9))
        },
        forms: &["#### ##### #", ""],
        wrong: Wrong::At(8),
        labels: &[("en", "Medicare card"), ("en", "Medicare number"), ("en", "Medicare no."), ("*", "Medicare")],
        keys: &["medicare", "medicare_number", "medicareNo"],
    },
    Kind {
        entity: "national.nz.ird",
        class: Class::Number,
        make: nz_ird,
        forms: &["###-###-###", ""],
        wrong: Wrong::At(8),
        labels: &[("en", "IRD number"), ("en", "IRD no."), ("*", "IRD number")],
        keys: &["ird", "ird_number"],
    },
];

/// Nine digits, and the two in front that make the sum, less one, a multiple of 89.
fn au_abn(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.digits(9);
        let tail = weighted(&body, &[3, 5, 7, 9, 11, 13, 15, 17, 19]);
        let fits = |front: &u32| ((front / 10 - 1) * 10 + front % 10 + tail).is_multiple_of(89);
        (11..100).find(fits).map(|front| format!("{front}{body}"))
    })
}

fn au_tfn(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.number(8);
        let sum = weighted(&body, &[1, 4, 3, 7, 5, 8, 6, 9]);
        // Ten times the last digit makes it a multiple of eleven: it is what the others leave.
        (sum % 11 < 10).then(|| format!("{body}{}", sum % 11))
    })
}

/// Numbers for which the first weights give ten take others; these are left out.
fn nz_ird(random: &mut Random) -> String {
    until(random, |random| {
        let body = format!("{:08}", random.within(10_000_000, 14_900_000));
        let check = (11 - weighted(&body, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        (check < 10).then(|| format!("{body}{check}"))
    })
}
