//! The United States, Canada, Brazil, Mexico, Argentina, Chile.

use super::{Class, Kind, Wrong, until};
use crate::random::{CONSONANTS, Random};
use crate::sums::{digit, luhn, luhn_after, show, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.us.ssn",
        class: Class::Number,
        make: |random| format!("{:03}{:02}{:04}", random.within(100, 599), random.within(1, 99), random.within(1, 9998)),
        forms: &["###-##-####", "", "### ## ####"],
        wrong: Wrong::Made(|random| {
            let area = random.pick(&["000", "666"]).to_string();
            area + &random.number(2) + &random.digits(4)
        }),
        labels: &[("en", "SSN"), ("en", "social security number"), ("en", "Social Security no."), ("*", "US SSN")],
        keys: &["ssn", "social_security_number", "SSN"],
    },
    Kind {
        entity: "national.us.itin",
        class: Class::Number,
        make: |random| format!("9{}{}{}", random.digits(2), random.within(70, 88), random.digits(4)),
        forms: &["###-##-####", ""],
        wrong: Wrong::Made(|random| format!("9{}{}{}", random.digits(2), random.within(10, 49), random.digits(4))),
        labels: &[("en", "ITIN"), ("en", "individual taxpayer ID"), ("*", "ITIN")],
        keys: &["itin", "taxpayer_id"],
    },
    Kind {
        entity: "national.us.npi",
        class: Class::Number,
        make: |random| luhn_after("80840", &(random.of("12", 1) + &random.digits(8))),
        forms: &[""],
        wrong: Wrong::At(9),
        labels: &[("en", "NPI"), ("en", "national provider identifier"), ("*", "NPI")],
        keys: &["npi", "provider_npi", "prescriberNpi"],
    },
    Kind {
        entity: "national.us.ein",
        class: Class::Number,
        make: |random| random.pick(&["12", "20", "27", "36", "45", "47", "61", "82", "91"]).to_string() + &random.digits(7),
        forms: &["##-#######", ""],
        wrong: Wrong::Made(|random| random.pick(&["07", "17", "29", "49", "78", "89", "97"]).to_string() + &random.digits(7)),
        labels: &[("en", "EIN"), ("en", "employer identification number"), ("en", "federal tax ID"), ("*", "EIN")],
        keys: &["ein", "employer_id", "federal_tax_id"],
    },
    Kind {
        entity: "national.ca.sin",
        class: Class::Number,
        make: |random| luhn(&(random.of("1234567", 1) + &random.digits(7))),
        forms: &["### ### ###", "###-###-###", ""],
        wrong: Wrong::At(8),
        labels: &[("en", "SIN"), ("en", "social insurance number"), ("fr", "NAS"), ("fr", "numéro d'assurance sociale"), ("*", "Canadian SIN")],
        keys: &["sin", "social_insurance_number", "nas"],
    },
    Kind {
        entity: "national.br.cpf",
        class: Class::Number,
        make: |random| br(&random.number(9), &[10, 9, 8, 7, 6, 5, 4, 3, 2]),
        forms: &["###.###.###-##", ""],
        wrong: Wrong::At(10),
        labels: &[("*", "CPF"), ("en", "Brazilian CPF")],
        keys: &["cpf", "cpf_cliente"],
    },
    Kind {
        entity: "national.br.cnpj",
        class: Class::Number,
        make: |random| br(&(random.number(8) + "0001"), &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
        forms: &["##.###.###/####-##", ""],
        wrong: Wrong::At(13),
        labels: &[("*", "CNPJ"), ("en", "Brazilian CNPJ")],
        keys: &["cnpj", "cnpj_empresa"],
    },
    Kind {
        entity: "national.mx.curp",
        class: Class::Number,
        make: mx_curp,
        forms: &[""],
        wrong: Wrong::At(17),
        labels: &[("es", "CURP"), ("*", "CURP")],
        keys: &["curp"],
    },
    Kind {
        entity: "national.mx.rfc",
        class: Class::Number,
        make: mx_rfc,
        forms: &["", "####-######-###"],
        wrong: Wrong::At(12),
        labels: &[("es", "RFC"), ("es", "R.F.C."), ("*", "RFC")],
        keys: &["rfc"],
    },
    Kind {
        entity: "national.ar.cuit",
        class: Class::Number,
        make: ar_cuit,
        forms: &["##-########-#", ""],
        wrong: Wrong::At(10),
        labels: &[("es", "CUIT"), ("es", "CUIL"), ("es", "C.U.I.T."), ("*", "CUIT")],
        keys: &["cuit", "cuil"],
    },
    Kind {
        entity: "national.cl.rut",
        class: Class::Number,
        make: cl_rut,
        forms: &["##.###.###-#", "########-#"],
        wrong: Wrong::At(8),
        labels: &[("es", "RUT"), ("es", "RUN"), ("*", "RUT")],
        keys: &["rut", "run"],
    },
];

/// Two digits by weights; the second takes one weight more in front (Receita Federal).
fn br(body: &str, weights: &[u32]) -> String {
    let check = |text: &str, weights: &[u32]| {
        let rest = weighted(text, weights) % 11;
        if rest < 2 { 0 } else { 11 - rest }
    };
    let body = format!("{body}{}", check(body, weights));
    let more: Vec<u32> =
        std::iter::once(if weights[0] == 10 { 11 } else { 6 }).chain(weights.iter().copied()).collect();
    format!("{body}{}", check(&body, &more))
}

/// First letter, vowel, and letters of other names: X and consonants, so that no word comes out that is not given.
fn mx_name(random: &mut Random) -> String {
    random.of("BCDGHLMRSTV", 1) + "X" + &random.of("BDGHRSTZ", 1) + &random.of("BDGHJRSTZ", 1)
}

fn mx_curp(random: &mut Random) -> String {
    const SIGNS: &str = "0123456789ABCDEFGHIJKLMN~OPQRSTUVWXYZ";
    let state = random.pick(&["AS", "BC", "CS", "DF", "GT", "JC", "MC", "NL", "OC", "PL", "SR", "YN"]);
    let body = mx_name(random) + &random.yymmdd() + &random.of("HM", 1) + state + &random.of(CONSONANTS, 3) + "0";
    let value = |c: char| SIGNS.find(c).unwrap_or(0) as u32;
    let sum: u32 = body.chars().zip((2..=18).rev()).map(|(c, weight)| value(c) * weight).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Of the two signs that tell namesakes apart the first is no later than V (a sum of four digits at most, by 34).
fn mx_rfc(random: &mut Random) -> String {
    const SIGNS: &str = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ";
    let body = mx_name(random)
        + &random.yymmdd()
        + &random.of("123456789ABCDEFGHIJKLMNPQRSTUV", 1)
        + &random.of("123456789ABCDEFGHIJKLMNPQRSTUVWXYZ", 1);
    let value = |c: char| SIGNS.find(c).unwrap_or(0) as u32;
    let sum: u32 = body.chars().zip((2..=13).rev()).map(|(c, weight)| value(c) * weight).sum();
    format!("{body}{}", show((11 - sum % 11) % 11))
}

fn ar_cuit(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.pick(&["20", "23", "27", "30"]).to_string() + &random.number(8);
        let check = (11 - weighted(&body, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        (check < 10).then(|| format!("{body}{check}"))
    })
}

fn cl_rut(random: &mut Random) -> String {
    let body = random.within(10_000_000, 26_000_000).to_string();
    let sum: u32 = body.chars().rev().zip([2, 3, 4, 5, 6, 7, 2, 3]).map(|(c, weight)| digit(c) * weight).sum();
    match (11 - sum % 11) % 11 {
        10 => format!("{body}K"),
        check => format!("{body}{check}"),
    }
}
