//! Spain, Portugal, Italy.

use super::{Class, Kind, Wrong};
use crate::random::{CONSONANTS, Random};
use crate::sums::{crossed, digit, luhn, rest, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.es.nif",
        class: Class::Number,
        make: es_nif,
        forms: &["", "########-#", "##.###.###-#"],
        wrong: Wrong::At(8),
        labels: &[("es", "DNI"), ("es", "NIF"), ("es", "D.N.I."), ("en", "Spanish DNI"), ("*", "NIF")],
        keys: &["dni", "nif", "documento_identidad"],
    },
    Kind {
        entity: "national.es.nie",
        class: Class::Number,
        make: es_nie,
        forms: &["", "#-#######-#"],
        wrong: Wrong::At(8),
        labels: &[("es", "NIE"), ("es", "número de identidad de extranjero"), ("en", "Spanish NIE"), ("*", "NIE")],
        keys: &["nie", "num_extranjero"],
    },
    Kind {
        entity: "national.es.cif",
        class: Class::Number,
        make: es_cif,
        forms: &["", "#-########"],
        wrong: Wrong::At(8),
        labels: &[("es", "CIF"), ("es", "NIF de la empresa"), ("en", "Spanish CIF"), ("*", "CIF")],
        keys: &["cif", "nif_empresa"],
    },
    Kind {
        entity: "national.es.social-security",
        class: Class::Number,
        make: |random| {
            let body = format!("{:02}{}", random.within(1, 52), random.number(8));
            format!("{body}{:02}", rest(&body, 97))
        },
        forms: &["", "##/########/##", "## ######## ##"],
        wrong: Wrong::At(11),
        labels: &[("es", "número de la Seguridad Social"), ("es", "NUSS"), ("es", "n.º de afiliación"), ("en", "Spanish social security number"), ("*", "NUSS")],
        keys: &["nuss", "naf", "num_afiliacion"],
    },
    Kind {
        entity: "national.pt.nif",
        class: Class::Number,
        make: pt_nif,
        forms: &["", "### ### ###"],
        wrong: Wrong::At(8),
        labels: &[("*", "NIF"), ("*", "contribuinte"), ("en", "Portuguese NIF")],
        keys: &["nif", "contribuinte"],
    },
    Kind {
        entity: "national.it.fiscal-code",
        class: Class::Number,
        make: it_fiscal_code,
        forms: &["", "### ### ##### #####"],
        wrong: Wrong::At(15),
        labels: &[("it", "codice fiscale"), ("it", "C.F."), ("it", "cod. fiscale"), ("en", "Italian tax code"), ("*", "codice fiscale")],
        keys: &["codice_fiscale", "codiceFiscale", "cf"],
    },
    Kind {
        entity: "national.it.vat",
        class: Class::Number,
        make: |random| luhn(&format!("{}{:03}", random.digits(7), random.within(1, 100))),
        forms: &["", "IT"],
        wrong: Wrong::At(10),
        labels: &[("it", "partita IVA"), ("it", "P.IVA"), ("it", "p. iva"), ("en", "Italian VAT number"), ("*", "partita IVA")],
        keys: &["partita_iva", "piva", "partitaIva"],
    },
];

const NIF: &str = "TRWAGMYFPDXBNJZSQVHLCKE";

fn es_nif(random: &mut Random) -> String {
    let body = random.number(8);
    let at = rest(&body, 23) as usize;
    format!("{body}{}", &NIF[at..=at])
}

/// X, Y and Z count as 0, 1 and 2.
fn es_nie(random: &mut Random) -> String {
    let (first, body) = (random.below(3), random.digits(7));
    let at = rest(&format!("{first}{body}"), 23) as usize;
    format!("{}{body}{}", char::from(b'X' + first as u8), &NIF[at..=at])
}

/// Of companies that have a digit at the end.
fn es_cif(random: &mut Random) -> String {
    let body = format!("{:02}{}", random.within(1, 52), random.digits(5));
    let sum = crossed(&body, &[2, 1, 2, 1, 2, 1, 2]);
    format!("{}{body}{}", random.of("ABEH", 1), (10 - sum % 10) % 10)
}

fn pt_nif(random: &mut Random) -> String {
    let body = random.of("1235", 1) + &random.digits(7);
    let sum = weighted(&body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    format!("{body}{}", if sum < 2 { 0 } else { 11 - sum })
}

/// Consonants of names at random; places of birth of which there are many (D.M. 23 December 1976).
fn it_fiscal_code(random: &mut Random) -> String {
    const ODD: [u32; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
        10, 22, 25, 24, 23,
    ];
    let names = random.of(CONSONANTS, 3) + &random.of(CONSONANTS, 3);
    let (year, month, day) = random.date(1940, 2005);
    let month = &"ABCDEHLMPRST"[month as usize - 1..month as usize];
    let day = day + 40 * random.below(2);
    let place = random.pick(&["H501", "F205", "L219", "F839", "A944", "D612", "G273", "Z112"]);
    let body = format!("{names}{:02}{month}{day:02}{place}", year % 100);
    let value = |(at, c): (usize, char)| {
        let plain = if c.is_ascii_digit() { digit(c) } else { digit(c) - 10 };
        if at.is_multiple_of(2) { ODD[digit(c) as usize] } else { plain }
    };
    let sum: u32 = body.chars().enumerate().map(value).sum();
    format!("{body}{}", char::from(b'A' + (sum % 26) as u8))
}
