//! The United Kingdom, Ireland, the Netherlands, Belgium, France.

use super::{Class, Kind, Wrong, until};
use crate::random::Random;
use crate::sums::{luhn, rest, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.uk.nhs-number",
        class: Class::Number,
        make: uk_nhs,
        forms: &["### ### ####", "", "###-###-####"],
        wrong: Wrong::At(9),
        labels: &[("en", "NHS number"), ("en", "NHS no."), ("*", "NHS Number")],
        keys: &["nhs_number", "nhsNumber", "nhs_no"],
    },
    Kind {
        entity: "national.uk.nino",
        class: Class::Number,
        make: |random| uk_nino(random, false),
        forms: &["", "## ## ## ## #"],
        wrong: Wrong::Made(|random| uk_nino(random, true)),
        labels: &[("en", "National Insurance number"), ("en", "NI number"), ("en", "NINO"), ("*", "NINO")],
        keys: &["nino", "ni_number", "nationalInsuranceNumber"],
    },
    Kind {
        entity: "national.uk.utr",
        class: Class::Number,
        make: uk_utr,
        forms: &["", "##### #####"],
        wrong: Wrong::At(0),
        labels: &[("en", "UTR"), ("en", "Unique Taxpayer Reference"), ("*", "UTR")],
        keys: &["utr", "taxpayer_reference"],
    },
    Kind {
        entity: "national.ie.pps",
        class: Class::Number,
        make: ie_pps,
        forms: &[""],
        wrong: Wrong::At(7),
        labels: &[("en", "PPS number"), ("en", "PPSN"), ("en", "PPS No"), ("*", "PPSN")],
        keys: &["ppsn", "pps_number", "pps"],
    },
    Kind {
        entity: "national.nl.bsn",
        class: Class::Number,
        make: nl_bsn,
        forms: &["", "####.##.###", "### ### ###"],
        wrong: Wrong::At(8),
        labels: &[("*", "BSN"), ("*", "burgerservicenummer"), ("en", "Dutch BSN")],
        keys: &["bsn", "burgerservicenummer"],
    },
    Kind {
        entity: "national.be.national-number",
        class: Class::Number,
        make: be_national,
        forms: &["", "##.##.##-###.##"],
        wrong: Wrong::At(10),
        labels: &[("fr", "numéro national"), ("fr", "NISS"), ("*", "rijksregisternummer"), ("en", "Belgian national number"), ("*", "INSZ")],
        keys: &["rijksregisternummer", "niss", "insz", "nrn"],
    },
    Kind {
        entity: "national.be.enterprise",
        class: Class::Number,
        make: be_enterprise,
        forms: &["####.###.###", "BE####.###.###", "BE "],
        wrong: Wrong::At(9),
        labels: &[("fr", "N° TVA"), ("fr", "numéro d'entreprise"), ("*", "ondernemingsnummer"), ("en", "VAT number"), ("de", "Unternehmensnummer"), ("*", "KBO")],
        keys: &["ondernemingsnummer", "kbo", "vat_number"],
    },
    Kind {
        entity: "national.fr.nir",
        class: Class::Number,
        make: fr_nir,
        forms: &["", "# ## ## ## ### ### ##", "############# ##"],
        wrong: Wrong::At(14),
        labels: &[("fr", "numéro de sécurité sociale"), ("fr", "NIR"), ("fr", "n° de sécu"), ("en", "French social security number"), ("*", "NIR")],
        keys: &["nir", "numero_securite_sociale", "num_secu"],
    },
    Kind {
        entity: "national.fr.siren",
        class: Class::Number,
        make: |random| luhn(&random.number(8)),
        forms: &["", "### ### ###"],
        wrong: Wrong::At(8),
        labels: &[("fr", "SIREN"), ("fr", "n° SIREN"), ("*", "SIREN")],
        keys: &["siren", "numero_siren"],
    },
    Kind {
        entity: "national.fr.siret",
        class: Class::Number,
        make: |random| luhn(&format!("{}{}", luhn(&random.number(8)), random.of("0", 2) + &random.digits(2))),
        forms: &["", "### ### ### #####"],
        wrong: Wrong::At(13),
        labels: &[("fr", "SIRET"), ("fr", "n° SIRET"), ("*", "SIRET")],
        keys: &["siret", "numero_siret"],
    },
    Kind {
        entity: "national.fr.vat",
        class: Class::Number,
        make: fr_vat,
        forms: &["", "## ## ### ### ###"],
        wrong: Wrong::At(3),
        labels: &[("fr", "N° TVA"), ("fr", "TVA intracommunautaire"), ("en", "VAT number"), ("de", "USt-IdNr."), ("es", "NIF-IVA"), ("it", "partita IVA")],
        keys: &["tva", "vat_number", "numero_tva"],
    },
];

/// Also of 999, which the NHS keeps for tests.
fn uk_nhs(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.pick(&["999", "943", "450", "612", "701"]).to_string() + &random.digits(6);
        let check = (11 - weighted(&body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        (check < 10).then(|| format!("{body}{check}"))
    })
}

/// Prefixes that HMRC does not give are wrong (NIM39110).
fn uk_nino(random: &mut Random, wrong: bool) -> String {
    const NOT: [&str; 7] = ["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"];
    let prefix = if wrong {
        random.pick(&NOT).to_string()
    } else {
        until(random, |random| {
            let prefix = random.of("ABCEGHJKLMNOPRSTWXYZ", 1) + &random.of("ABCEGHJKLMNPRSTWXYZ", 1);
            (!NOT.contains(&prefix.as_str())).then_some(prefix)
        })
    };
    format!("{prefix}{}{}", random.digits(6), random.of("ABCD", 1))
}

/// The check digit stands in front.
fn uk_utr(random: &mut Random) -> String {
    let body = random.digits(9);
    let sum = weighted(&body, &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    format!("{}{body}", &"21987654321"[sum as usize..=sum as usize])
}

fn ie_pps(random: &mut Random) -> String {
    let body = random.digits(7);
    let second = random.chance(2).then(|| random.below(8) + 1);
    let sum = weighted(&body, &[8, 7, 6, 5, 4, 3, 2]) as usize + 9 * second.unwrap_or(0) as usize;
    let check = &"WABCDEFGHIJKLMNOPQRSTUV"[sum % 23..=sum % 23];
    let second = second.map_or(String::new(), |letter| char::from(b'A' + letter as u8 - 1).to_string());
    format!("{body}{check}{second}")
}

/// The test of eleven (elfproef).
fn nl_bsn(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.number(8);
        let check = weighted(&body, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        (check < 10).then(|| format!("{body}{check}"))
    })
}

/// Those born since 2000 are counted with a 2 in front.
fn be_national(random: &mut Random) -> String {
    let (year, month, day) = random.date(1940, 2010);
    let body = format!("{:02}{month:02}{day:02}{:03}", year % 100, random.within(1, 997));
    let counted = if year < 2000 { body.clone() } else { format!("2{body}") };
    format!("{body}{:02}", 97 - rest(&counted, 97))
}

fn be_enterprise(random: &mut Random) -> String {
    let body = format!("0{}", random.number(7));
    format!("{body}{:02}", 97 - rest(&body, 97))
}

fn fr_nir(random: &mut Random) -> String {
    let (year, month, _) = random.date(1940, 2005);
    let place = format!("{:02}{:03}", random.pick(&[13, 31, 33, 35, 44, 59, 69, 75, 92]), random.within(1, 400));
    let body = format!("{}{:02}{month:02}{place}{:03}", random.within(1, 2), year % 100, random.within(1, 999));
    format!("{body}{:02}", 97 - rest(&body, 97))
}

fn fr_vat(random: &mut Random) -> String {
    let siren = luhn(&random.number(8));
    format!("FR{:02}{siren}", (12 + 3 * rest(&siren, 97)) % 97)
}
