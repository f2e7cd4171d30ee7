//! Denmark, Finland, Norway, Sweden.

use super::{Class, Kind, Wrong, until};
use crate::random::Random;
use crate::sums::{luhn, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.se.personnummer",
        class: Class::Number,
        make: |random| luhn(&(random.yymmdd() + &random.digits(3))),
        forms: &["######-####", "", "19######-####"],
        wrong: Wrong::At(9),
        labels: &[("*", "personnummer"), ("*", "personnr"), ("en", "Swedish personal identity number")],
        keys: &["personnummer", "personal_number", "pnr"],
    },
    Kind {
        entity: "national.fi.hetu",
        class: Class::Number,
        make: fi_hetu,
        forms: &[""],
        wrong: Wrong::At(10),
        labels: &[("*", "henkilötunnus"), ("*", "hetu"), ("en", "Finnish personal identity code")],
        keys: &["hetu", "henkilotunnus"],
    },
    Kind {
        entity: "national.dk.cpr",
        class: Class::Number,
        make: |random| random.ddmmyy() + &random.digits(4),
        forms: &["######-####", ""],
        wrong: Wrong::Made(|random| format!("{}{}{}", random.within(32, 99), random.within(13, 99), random.digits(6))),
        labels: &[("*", "CPR-nummer"), ("*", "CPR-nr."), ("en", "Danish CPR number"), ("*", "CPR")],
        keys: &["cpr", "cpr_nummer", "cprNr"],
    },
    Kind {
        entity: "national.no.fodselsnummer",
        class: Class::Number,
        make: no_birth_number,
        forms: &["", "###### #####"],
        wrong: Wrong::At(10),
        labels: &[("*", "fødselsnummer"), ("*", "fnr"), ("en", "Norwegian national identity number")],
        keys: &["fodselsnummer", "fnr", "foedselsnummer"],
    },
];

fn fi_hetu(random: &mut Random) -> String {
    const SIGNS: &str = "0123456789ABCDEFHJKLMNPRSTUVWXY";
    let (birth, serial) = (random.ddmmyy(), random.within(2, 899));
    let at = (birth.parse::<u64>().unwrap_or(0) * 1000 + serial) as usize % 31;
    format!("{birth}-{serial:03}{}", &SIGNS[at..=at])
}

/// Serials below 500 are of those born before 2000.
fn no_birth_number(random: &mut Random) -> String {
    until(random, |random| {
        let body = format!("{}{:03}", random.ddmmyy(), random.below(500));
        let first = (11 - weighted(&body, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
        let body = format!("{body}{first}");
        let second = (11 - weighted(&body, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        (first < 10 && second < 10).then(|| format!("{body}{second}"))
    })
}
