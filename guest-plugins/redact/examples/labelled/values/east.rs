//! Bulgaria, Croatia, Czechia, Greece, Poland, Romania, Turkey.

use super::{Class, Kind, Wrong, until};
use crate::random::Random;
use crate::sums::{luhn, mod_11_10, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.pl.pesel",
        class: Class::Number,
        make: pl_pesel,
        forms: &[""],
        wrong: Wrong::At(10),
        labels: &[("*", "PESEL"), ("*", "numer PESEL"), ("en", "Polish PESEL")],
        keys: &["pesel", "pesel_nr"],
    },
    Kind {
        entity: "national.pl.nip",
        class: Class::Number,
        make: pl_nip,
        forms: &["", "###-###-##-##", "PL"],
        wrong: Wrong::At(9),
        labels: &[("*", "NIP"), ("*", "nr NIP"), ("en", "Polish tax number (NIP)")],
        keys: &["nip", "numer_nip"],
    },
    Kind {
        entity: "national.cz.rodne-cislo",
        class: Class::Number,
        make: cz_birth_number,
        forms: &["######/####", ""],
        wrong: Wrong::At(9),
        labels: &[("*", "rodné číslo"), ("*", "r.č."), ("en", "Czech birth number")],
        keys: &["rodne_cislo", "rodneCislo"],
    },
    Kind {
        entity: "national.ro.cnp",
        class: Class::Number,
        make: ro_cnp,
        forms: &[""],
        wrong: Wrong::At(12),
        labels: &[("*", "CNP"), ("*", "cod numeric personal"), ("en", "Romanian CNP")],
        keys: &["cnp", "cod_numeric_personal"],
    },
    Kind {
        entity: "national.bg.egn",
        class: Class::Number,
        make: bg_egn,
        forms: &[""],
        wrong: Wrong::At(9),
        labels: &[("*", "ЕГН"), ("*", "EGN"), ("en", "Bulgarian EGN")],
        keys: &["egn"],
    },
    Kind {
        entity: "national.hr.oib",
        class: Class::Number,
        make: |random| mod_11_10(&random.number(10)),
        forms: &[""],
        wrong: Wrong::At(10),
        labels: &[("*", "OIB"), ("*", "osobni identifikacijski broj"), ("en", "Croatian OIB")],
        keys: &["oib"],
    },
    Kind {
        entity: "national.gr.afm",
        class: Class::Number,
        make: gr_afm,
        forms: &["", "EL"],
        wrong: Wrong::At(8),
        labels: &[("*", "ΑΦΜ"), ("*", "Α.Φ.Μ."), ("en", "Greek AFM")],
        keys: &["afm"],
    },
    Kind {
        entity: "national.gr.amka",
        class: Class::Number,
        make: |random| luhn(&(random.ddmmyy() + &random.digits(4))),
        forms: &[""],
        wrong: Wrong::At(10),
        labels: &[("*", "ΑΜΚΑ"), ("*", "AMKA"), ("en", "Greek AMKA")],
        keys: &["amka"],
    },
    Kind {
        entity: "national.tr.national-id",
        class: Class::Number,
        make: tr_id,
        forms: &[""],
        wrong: Wrong::At(10),
        labels: &[("*", "T.C. Kimlik No"), ("*", "TCKN"), ("*", "kimlik numarası"), ("en", "Turkish ID")],
        keys: &["tckn", "tc_kimlik_no", "kimlikNo"],
    },
];

/// Months of those born since 2000 are counted from 21.
fn pl_pesel(random: &mut Random) -> String {
    let (year, month, day) = random.date(1940, 2010);
    let month = if year < 2000 { month } else { month + 20 };
    let body = format!("{:02}{month:02}{day:02}{}", year % 100, random.digits(4));
    let sum = weighted(&body, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn pl_nip(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.of("123456789", 3) + &random.digits(6);
        let check = weighted(&body, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11;
        (check < 10).then(|| format!("{body}{check}"))
    })
}

/// Ten digits that eleven divides; months of women are counted from 51.
fn cz_birth_number(random: &mut Random) -> String {
    until(random, |random| {
        let (year, month, day) = random.date(1954, 2003);
        let month = month + 50 * random.below(2);
        let body = format!("{:02}{month:02}{day:02}{}", year % 100, random.digits(3));
        let rest = body.parse::<u64>().unwrap_or(0) % 11;
        (rest < 10).then(|| format!("{body}{rest}"))
    })
}

fn ro_cnp(random: &mut Random) -> String {
    let (date, county, serial) = (random.yymmdd(), random.within(1, 40), random.within(1, 999));
    let body = format!("{}{date}{county:02}{serial:03}", random.within(1, 2));
    let check = weighted(&body, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    format!("{body}{}", if check == 10 { 1 } else { check })
}

fn bg_egn(random: &mut Random) -> String {
    let body = random.yymmdd() + &random.digits(3);
    let check = weighted(&body, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    format!("{body}{check}")
}

fn gr_afm(random: &mut Random) -> String {
    let body = random.of("01234567", 1) + &random.number(7);
    let check = weighted(&body, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10;
    format!("{body}{check}")
}

fn tr_id(random: &mut Random) -> String {
    let body = random.number(9);
    let odd = weighted(&body, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(&body, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let tenth = (7 * odd + 10 * even - even) % 10;
    format!("{body}{tenth}{}", (odd + even + tenth) % 10)
}
