//! Germany, Austria, Switzerland.

use super::{Class, Kind, Wrong, until};
use crate::random::{LETTERS, Random};
use crate::sums::{crossed, mod_11_10, show, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.de.tax-id",
        class: Class::Number,
        make: de_tax_id,
        forms: &["", "## ### ### ###"],
        wrong: Wrong::At(10),
        labels: &[("de", "Steuer-ID"), ("de", "IdNr."), ("de", "Steueridentifikationsnummer"), ("de", "steuerliche Identifikationsnummer"), ("en", "German tax ID"), ("fr", "identifiant fiscal allemand (IdNr)"), ("es", "IdNr alemán"), ("it", "IdNr tedesco")],
        keys: &["steuer_id", "steuerId", "idnr", "steuerliche_identifikationsnummer"],
    },
    Kind {
        entity: "national.de.social-security",
        class: Class::Number,
        make: de_pension,
        forms: &["", "## ###### # ###", "## ###### # ## #"],
        wrong: Wrong::At(11),
        labels: &[("de", "Rentenversicherungsnummer"), ("de", "SV-Nummer"), ("de", "Versicherungsnummer"), ("de", "RVNR"), ("en", "German pension insurance number"), ("*", "Sozialversicherungsnummer")],
        keys: &["rvnr", "sv_nummer", "sozialversicherungsnummer", "versicherungsnummer"],
    },
    Kind {
        entity: "national.de.id-card",
        class: Class::Number,
        make: de_id_card,
        forms: &["", "######### #"],
        // A wrong check digit would leave a right number of nine signs in front of it.
        wrong: Wrong::Made(de_no_id_card),
        labels: &[("de", "Personalausweis"), ("de", "Ausweisnummer"), ("de", "Personalausweisnummer"), ("en", "German identity card"), ("*", "Personalausweis")],
        keys: &["personalausweis", "ausweis_nr", "ausweisnummer", "id_card"],
    },
    Kind {
        entity: "national.de.vat",
        class: Class::Number,
        make: |random| format!("DE{}", mod_11_10(&random.number(8))),
        forms: &["", "## ### ### ###"],
        wrong: Wrong::At(10),
        labels: &[("de", "USt-IdNr."), ("de", "USt-ID"), ("de", "Umsatzsteuer-ID"), ("en", "VAT number"), ("en", "VAT ID"), ("fr", "N° TVA"), ("es", "NIF-IVA"), ("it", "partita IVA")],
        keys: &["ust_id", "ustIdNr", "vat_id", "vatNumber"],
    },
    Kind {
        entity: "national.de.health-insurance",
        class: Class::Number,
        make: de_health,
        forms: &[""],
        wrong: Wrong::At(9),
        labels: &[("de", "Krankenversichertennummer"), ("de", "Versichertennummer"), ("de", "KVNR"), ("de", "Versicherten-Nr."), ("en", "German health insurance number"), ("*", "KVNR")],
        keys: &["kvnr", "versichertennummer", "krankenversichertennummer"],
    },
    Kind {
        entity: "national.at.social-security",
        class: Class::Number,
        make: at_social,
        forms: &["", "#### ######"],
        wrong: Wrong::At(3),
        labels: &[("de", "SVNR"), ("de", "Sozialversicherungsnummer"), ("de", "SV-Nr."), ("en", "Austrian social insurance number"), ("*", "SVNR")],
        keys: &["svnr", "sv_nr", "sozialversicherungsnummer"],
    },
    Kind {
        entity: "national.at.vat",
        class: Class::Number,
        make: at_vat,
        forms: &["", "### ########"],
        wrong: Wrong::At(10),
        labels: &[("de", "UID"), ("de", "UID-Nummer"), ("de", "USt-IdNr."), ("en", "VAT number"), ("fr", "N° TVA"), ("es", "NIF-IVA"), ("it", "partita IVA")],
        keys: &["uid_nr", "ust_id", "vat_id"],
    },
    Kind {
        entity: "national.ch.ahv",
        class: Class::Number,
        make: ch_ahv,
        forms: &["###.####.####.##", "", "### #### #### ##"],
        wrong: Wrong::At(12),
        labels: &[("de", "AHV-Nummer"), ("de", "AHV-Nr."), ("fr", "numéro AVS"), ("it", "numero AVS"), ("en", "Swiss social security number"), ("es", "número AVS")],
        keys: &["ahv", "ahv_nr", "ahvn13", "avs"],
    },
    Kind {
        entity: "national.ch.uid",
        class: Class::Number,
        make: ch_uid,
        forms: &["###-###.###.###", "###-###.###.### MWST", ""],
        wrong: Wrong::At(11),
        labels: &[("de", "UID"), ("de", "MWST-Nr."), ("fr", "numéro IDE"), ("it", "IDI"), ("en", "VAT number"), ("es", "IVA suizo")],
        keys: &["uid", "mwst_nr", "ide", "vat"],
    },
];

/// Ten digits of which one is there twice and one missing (§ 139b AO).
fn de_tax_id(random: &mut Random) -> String {
    until(random, |random| {
        let mut digits: Vec<u64> = (0..10).collect();
        (1..10).rev().for_each(|at| digits.swap(at, random.below(at as u64 + 1) as usize));
        let (from, to) = (random.below(10) as usize, random.below(10) as usize);
        digits[to] = digits[from];
        let body: String = digits.iter().map(u64::to_string).collect();
        (from != to && digits[0] != 0).then(|| mod_11_10(&body))
    })
}

/// Area, birthday, initial, serial, check digit (VKVV, §§ 2–4).
fn de_pension(random: &mut Random) -> String {
    let area = random.pick(&["04", "08", "12", "15", "17", "24", "39", "52", "53", "65"]);
    let (birth, letter, serial) = (random.ddmmyy(), random.below(26) + 1, random.digits(2));
    let sum = crossed(&format!("{area}{birth}{letter:02}{serial}"), &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    format!("{area}{birth}{}{serial}{}", char::from(b'A' + letter as u8 - 1), sum % 10)
}

fn de_id_card(random: &mut Random) -> String {
    de_checked(&(random.of("LMNPRTVWXYZCFGHJK", 1) + &random.of(DE_SIGNS, 8)))
}

/// The same with a letter that no serial number has.
fn de_no_id_card(random: &mut Random) -> String {
    let head = random.of("LMNPRTVWXYZCFGHJK", 1) + &random.of(DE_SIGNS, 4);
    de_checked(&(head + &random.of("ABDEIOQSU", 1) + &random.of(DE_SIGNS, 3)))
}

const DE_SIGNS: &str = "0123456789CFGHJKLMNPRTVWXYZ";

fn de_checked(body: &str) -> String {
    format!("{body}{}", show(weighted(body, &[7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10))
}

/// A letter and eight digits; the letter counts as two digits (§ 290 SGB V).
fn de_health(random: &mut Random) -> String {
    let (letter, body) = (random.below(26) + 1, random.digits(8));
    let sum = crossed(&format!("{letter:02}{body}"), &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
    format!("{}{body}{}", &LETTERS[letter as usize - 1..letter as usize], sum % 10)
}

fn at_social(random: &mut Random) -> String {
    until(random, |random| {
        let (serial, birth) = (random.number(3), random.ddmmyy());
        let check = weighted(&(serial.clone() + &birth), &[3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11;
        (check < 10).then(|| format!("{serial}{check}{birth}"))
    })
}

fn at_vat(random: &mut Random) -> String {
    let body = random.digits(7);
    let sum = crossed(&body, &[1, 2, 1, 2, 1, 2, 1]);
    format!("ATU{body}{}", (10 - (sum + 4) % 10) % 10)
}

/// EAN-13 with the country's number in front (AHVV, art. 133).
fn ch_ahv(random: &mut Random) -> String {
    let body = format!("756{}", random.digits(9));
    let sum = weighted(&body, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    format!("{body}{}", (10 - sum % 10) % 10)
}

fn ch_uid(random: &mut Random) -> String {
    until(random, |random| {
        let body = random.number(8);
        let check = (11 - weighted(&body, &[5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11;
        (check < 10).then(|| format!("CHE{body}{check}"))
    })
}
