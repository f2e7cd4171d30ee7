//! Generators of values, one an entity.

use crate::dice::Dice;

pub(crate) const NAMES: [&str; 10] =
    ["anna", "b.smith", "jürgen.groß", "o'neil", "x_y", "first.last+tag", "a1", "иван", "user-7", "M.Curie"];
pub(crate) const HOSTS: [&str; 8] =
    ["example", "mail.example", "sub.domain.example", "xn--bcher-kva", "müller", "ex-ample", "e1", "corp.example"];
const TOPS: [&str; 10] = ["com", "org", "de", "co.uk", "io", "museum", "fr", "com.au", "pl", "online"];

fn luhn_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| {
            let value = u32::from(b - b'0') * if place % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

fn grouped(text: &str, sizes: &[usize], joint: &str) -> String {
    let mut at = 0;
    let mut parts: Vec<&str> = sizes
        .iter()
        .map(|size| {
            at += size;
            &text[at - size..at]
        })
        .collect();
    if at < text.len() {
        parts.push(&text[at..]);
    }
    parts.join(joint)
}

pub(crate) fn email(dice: &mut Dice) -> String {
    format!("{}{}@{}.{}", dice.of(&NAMES), dice.below(100), dice.of(&HOSTS), dice.of(&TOPS))
}

pub(crate) fn card(dice: &mut Dice) -> String {
    let (lead, length): (&str, usize) = [
        ("4", 16),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("3528", 16),
        ("36", 14),
        ("62", 16),
    ][dice.below(10) as usize];
    let mut digits = lead.to_owned() + &dice.from("0123456789", (length - lead.len() - 1) as u64);
    let check = luhn_digit(&digits);
    digits += &check.to_string();
    match (dice.below(3), length) {
        (0, _) => digits,
        (form, 15) => grouped(&digits, &[4, 6], [" ", "-"][form as usize - 1]),
        (form, 14) => grouped(&digits, &[4, 6], [" ", "-"][form as usize - 1]),
        (form, _) => grouped(&digits, &[4, 4, 4], [" ", "-"][form as usize - 1]),
    }
}

pub(crate) fn iban(dice: &mut Dice) -> String {
    let (country, form) = [
        ("DE", "##################"),
        ("GB", "@@@@##############"),
        ("FR", "#######################"),
        ("NL", "@@@@##########"),
        ("ES", "####################"),
        ("IT", "@######################"),
        ("CH", "#################"),
        ("AT", "################"),
        ("PL", "########################"),
        ("NO", "###########"),
        ("BE", "############"),
    ][dice.below(11) as usize];
    let bban = dice.form(form);
    let rest = |text: &str| {
        text.chars().fold(0_u32, |rest, c| match c.to_digit(36).unwrap() {
            value if value < 10 => (rest * 10 + value) % 97,
            value => (rest * 100 + value) % 97,
        })
    };
    let text = format!("{country}{:02}{bban}", 98 - rest(&format!("{bban}{country}00")));
    match dice.below(4) {
        0 => text.to_lowercase(),
        1 => text.as_bytes().chunks(4).map(|part| std::str::from_utf8(part).unwrap()).collect::<Vec<_>>().join(" "),
        _ => text,
    }
}

pub(crate) fn ssn(dice: &mut Dice) -> String {
    let area = loop {
        let area = dice.between(1, 899);
        if area != 666 {
            break area;
        }
    };
    let (group, serial) = (dice.between(1, 99), dice.between(1, 9999));
    match dice.below(4) {
        0 => format!("SSN {area:03}{group:02}{serial:04}"),
        1 => format!("social security {area:03} {group:02} {serial:04}"),
        _ => format!("{area:03}-{group:02}-{serial:04}"),
    }
}

pub(crate) fn ipv4(dice: &mut Dice) -> String {
    let octet = |dice: &mut Dice| dice.below(256).to_string();
    format!("{}.{}.{}.{}", dice.between(10, 223), octet(dice), octet(dice), dice.between(1, 254))
}

pub(crate) fn ipv6(dice: &mut Dice) -> String {
    let form = dice.of(&[
        "2001:db8::%%%%",
        "2001:0db8:%%%%:%%%%:%%%%:%%%%:%%%%:%%%%",
        "fe80::%%%%:%%%%:%%%%:%%%%",
        "2a02:%%%%:%%%%::1",
        "fd00:%%%%::%%%%",
        "::ffff:192.0.2.1##",
        "fe80::1%%%eth0",
        "2001:DB8:%%%%::%%%%:0:1",
    ]);
    let octet = dice.below(256).to_string();
    dice.form(&form.replace("1##", &octet).replace("%%%eth0", "\u{1}eth0")).replace('\u{1}', "%")
}

pub(crate) fn mac(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => dice.form("a%:%%:%%:%%:%%:%%"),
        1 => dice.form("%c-%%-%%-%%-%%-%%").to_uppercase(),
        _ => dice.form("%%b%.%%%%.%%%%"),
    }
}

pub(crate) fn phone(dice: &mut Dice) -> String {
    let form = dice.of(&[
        "+1 2##-5##-####",
        "(2##) 5##-####",
        "3##-5##-####",
        "+44 20 7### ####",
        "+49 30 ######",
        "+4915########",
        "+33 1 ## ## ## ##",
        "01 ## ## ## ##",
        "020 7### ####",
        "07### ######",
        "030/#######",
        "0171 #######",
        "+34 6## ### ###",
        "+31 6 ########",
        "020-#######",
        "044 ### ## ##",
        "+43 664 #######",
        "+48 5## ### ###",
        "+91 98### #####",
        "0412 ### ###",
        "(02) 9### ####",
        "(11) 9####-####",
        "03-3###-####",
        "+81 90-####-####",
        "tel 612 ### ###",
        "phone 3## #######",
        "call 98### #####",
    ]);
    dice.form(form)
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    text.as_bytes()
        .chunks(3)
        .flat_map(|part| {
            let bits = part.iter().fold(0_u32, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - part.len()));
            (0..=part.len()).map(move |place| char::from(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]))
        })
        .collect()
}

pub(crate) fn jwt(dice: &mut Dice) -> String {
    let header = base64(dice.of(&[
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"typ":"JWT","alg":"RS256","kid":"k1"}"#,
        r#"{"alg":"ES256"}"#,
    ]));
    let payload = base64(&dice.form("{\"sub\":\"########\",\"iat\":17########}"));
    format!("{header}.{payload}.{}", dice.from("ABCDEFabcdef0123456789", 43))
}

pub(crate) fn credentials(dice: &mut Dice) -> String {
    let password = dice.from("abcDEF123!$*~._-", 9);
    format!(
        "{}://user{}:{password}@db.example.com:5432/app",
        dice.of(&["https", "postgres", "amqp", "redis", "ftp"]),
        dice.below(99)
    )
}

pub(crate) fn key(dice: &mut Dice) -> String {
    let kind = dice.of(&["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "]);
    format!("-----BEGIN {kind}PRIVATE KEY-----\n{}\n-----END {kind}PRIVATE KEY-----", dice.from("ABCDabcd0123+/", 64))
}

pub(crate) fn password(dice: &mut Dice) -> String {
    let value = dice.from("abcdefgh", 5) + &dice.from("0123456789XYZ", 6);
    let form = dice.of(&[
        "password=?",
        "\"password\": \"?\"",
        "--password ?",
        "db_passwd: ?",
        "apiKey=?",
        "Authorization: Bearer ?",
        "?access_token=?",
        "client_secret='?'",
        "\\\"pwd\\\":\\\"?\\\"",
        "X-Auth-Token: ?",
    ]);
    let (head, tail) = form.rsplit_once('?').unwrap();
    format!("{head}{value}{tail}")
}
