//! South Africa, Israel, India, Singapore, Thailand, Korea, Japan, China, Hong Kong, Taiwan.

use super::{Class, Kind, Wrong};
use crate::random::{LETTERS, Random};
use crate::sums::{digit, luhn, mod_11_2, show, verhoeff, weighted};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "national.za.id-number",
        class: Class::Number,
        make: |random| luhn(&(random.yymmdd() + &random.digits(4) + "08")),
        forms: &["", "###### #### ###"],
        wrong: Wrong::At(12),
        labels: &[("en", "South African ID"), ("en", "SA ID number"), ("en", "ID number"), ("*", "RSA ID")],
        keys: &["id_number", "sa_id", "rsaIdNumber"],
    },
    Kind {
        entity: "national.il.teudat-zehut",
        class: Class::Number,
        make: |random| luhn(&random.digits(8)),
        forms: &["", "########-#"],
        wrong: Wrong::At(8),
        labels: &[("*", "תעודת זהות"), ("*", "ת.ז."), ("*", "Teudat Zehut"), ("en", "Israeli ID")],
        keys: &["teudat_zehut", "teudatZehut"],
    },
    Kind {
        entity: "national.in.aadhaar",
        class: Class::Number,
        make: |random| verhoeff(&(random.of("23456789", 1) + &random.digits(10))),
        forms: &["#### #### ####", "", "####-####-####"],
        wrong: Wrong::At(11),
        labels: &[("*", "Aadhaar"), ("en", "Aadhaar number"), ("en", "Aadhaar no."), ("*", "आधार")],
        keys: &["aadhaar", "aadhaar_number", "aadhaarNo"],
    },
    Kind {
        entity: "national.in.pan",
        class: Class::Number,
        make: |random| in_pan(random, "PCHFATBLJG"),
        forms: &[""],
        wrong: Wrong::Made(|random| in_pan(random, "DMNOQRSUVWXYZ")),
        labels: &[("en", "PAN"), ("en", "PAN card"), ("en", "permanent account number"), ("*", "PAN")],
        keys: &["pan", "pan_number", "panCard"],
    },
    Kind {
        entity: "national.in.gstin",
        class: Class::Number,
        make: in_gstin,
        forms: &[""],
        wrong: Wrong::At(14),
        labels: &[("*", "GSTIN"), ("en", "GST number"), ("en", "GST no.")],
        keys: &["gstin", "gst_no"],
    },
    Kind {
        entity: "national.sg.nric-fin",
        class: Class::Number,
        make: sg_nric,
        forms: &[""],
        wrong: Wrong::At(8),
        labels: &[("*", "NRIC"), ("en", "NRIC no."), ("en", "FIN"), ("en", "NRIC/FIN")],
        keys: &["nric", "nric_fin", "fin"],
    },
    Kind {
        entity: "national.th.national-id",
        class: Class::Number,
        make: th_id,
        forms: &["", "#-####-#####-##-#"],
        wrong: Wrong::At(12),
        labels: &[("*", "เลขประจำตัวประชาชน"), ("*", "บัตรประชาชน"), ("en", "Thai national ID")],
        keys: &["thai_id", "citizen_id", "national_id"],
    },
    Kind {
        entity: "national.kr.rrn",
        class: Class::Number,
        make: |random| random.yymmdd() + &random.of("12", 1) + &random.digits(6),
        forms: &["######-#######", ""],
        wrong: Wrong::Made(|random| format!("{}{}{}{}", random.number(2), random.within(13, 99), random.digits(2), random.digits(7))),
        labels: &[("*", "주민등록번호"), ("*", "주민번호"), ("en", "resident registration number"), ("en", "RRN")],
        keys: &["rrn", "resident_registration_number"],
    },
    Kind {
        entity: "national.jp.my-number",
        class: Class::Number,
        make: jp_my_number,
        forms: &["", "#### #### ####"],
        wrong: Wrong::At(11),
        labels: &[("*", "マイナンバー"), ("*", "個人番号"), ("en", "My Number")],
        keys: &["my_number", "mynumber", "kojin_bango"],
    },
    Kind {
        entity: "national.cn.resident-id",
        class: Class::Number,
        make: cn_resident,
        forms: &[""],
        wrong: Wrong::At(16),
        labels: &[("*", "身份证号"), ("*", "身份证号码"), ("en", "Chinese resident ID"), ("*", "身份证")],
        keys: &["id_card", "shenfenzheng", "resident_id"],
    },
    Kind {
        entity: "national.hk.hkid",
        class: Class::Number,
        make: hk_id,
        forms: &["#######(#)", ""],
        wrong: Wrong::At(6),
        labels: &[("*", "HKID"), ("en", "HKID no."), ("en", "Hong Kong identity card"), ("*", "香港身份證")],
        keys: &["hkid", "hkid_no"],
    },
    Kind {
        entity: "national.tw.national-id",
        class: Class::Number,
        make: tw_id,
        forms: &[""],
        wrong: Wrong::At(9),
        labels: &[("*", "身分證字號"), ("*", "身分證"), ("en", "Taiwan national ID")],
        keys: &["national_id", "taiwan_id"],
    },
];

/// The fourth letter says what sort of person; E and K are given in some lists only, so neither right nor wrong here.
fn in_pan(random: &mut Random, sorts: &str) -> String {
    let serial = format!("{:04}", random.within(1, 9999));
    random.of(LETTERS, 3) + &random.of(sorts, 1) + &random.of(LETTERS, 1) + &serial + &random.of(LETTERS, 1)
}

fn in_gstin(random: &mut Random) -> String {
    let state = random.pick(&["07", "09", "19", "24", "27", "29", "33", "36"]);
    let body = format!("{state}{}1Z", in_pan(random, "CPF"));
    let part = |(at, c): (usize, char)| {
        let product = digit(c) * (at as u32 % 2 + 1);
        product / 36 + product % 36
    };
    let sum: u32 = body.chars().enumerate().map(part).sum();
    format!("{body}{}", show((36 - sum % 36) % 36))
}

fn sg_nric(random: &mut Random) -> String {
    let (first, body) = (random.of("STFG", 1), random.digits(7));
    let later = u32::from(matches!(first.as_str(), "T" | "G")) * 4;
    let at = ((weighted(&body, &[2, 7, 6, 5, 4, 3, 2]) + later) % 11) as usize;
    let signs = if matches!(first.as_str(), "S" | "T") { "JZIHGFEDCBA" } else { "XWUTRQPNMLK" };
    format!("{first}{body}{}", &signs[at..=at])
}

fn th_id(random: &mut Random) -> String {
    let place = random.pick(&["1001", "1015", "3012", "5001", "8301"]);
    let body = format!("{}{place}{}", random.within(1, 5), random.digits(7));
    let sum = weighted(&body, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    format!("{body}{}", (11 - sum) % 10)
}

fn jp_my_number(random: &mut Random) -> String {
    let body = random.number(11);
    let rest = weighted(&body, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    format!("{body}{}", if rest < 2 { 0 } else { 11 - rest })
}

fn cn_resident(random: &mut Random) -> String {
    let place = random.pick(&["110101", "110105", "310104", "310115", "440103", "440305", "330106"]);
    let (year, month, day) = random.date(1950, 2008);
    mod_11_2(&format!("{place}{year}{month:02}{day:02}{:03}", random.within(1, 999)))
}

/// A space in front of those with one letter counts 36.
fn hk_id(random: &mut Random) -> String {
    let (letter, body) = (random.of("ABCDEGHKPRVYZ", 1), random.digits(6));
    let sum = 36 * 9 + weighted(&(letter.clone() + &body), &[8, 7, 6, 5, 4, 3, 2]);
    let check = (11 - sum % 11) % 11;
    format!("{letter}{body}{}", show(check))
}

/// Letters count in the order in which the places were named.
fn tw_id(random: &mut Random) -> String {
    let letter = random.below(26) as usize;
    let value = "ABCDEFGHJKLMNPQRSTUVXYWZIO".find(&LETTERS[letter..=letter]).unwrap_or(0) + 10;
    let body = random.of("12", 1) + &random.digits(7);
    let sum = weighted(&format!("{value}{body}"), &[1, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    format!("{}{body}{}", &LETTERS[letter..=letter], (10 - sum % 10) % 10)
}
