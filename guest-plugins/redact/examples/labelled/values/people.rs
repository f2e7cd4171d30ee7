//! How people are reached and how they pay, when they were born and where they are.

use super::{Class, Kind, Wrong, spoiled, written};
use crate::near;
use crate::random::{HEX, Random};
use crate::sums::{luhn, rest};

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "person.email",
        class: Class::Mail,
        make: mail,
        forms: &[""],
        wrong: Wrong::Else(near::like_mail),
        labels: &[("en", "email"), ("en", "e-mail address"), ("de", "E-Mail"), ("de", "Mailadresse"), ("fr", "courriel"), ("fr", "adresse e-mail"), ("es", "correo"), ("es", "correo electrónico"), ("it", "e-mail"), ("it", "indirizzo di posta")],
        keys: &["email", "user", "upn", "recipient", "login"],
    },
    Kind {
        entity: "person.phone",
        class: Class::Phone,
        make: phone,
        forms: &[""],
        wrong: Wrong::Else(near::like_phone),
        labels: &[("en", "phone"), ("en", "mobile"), ("en", "call back on"), ("de", "Telefon"), ("de", "Tel."), ("de", "Handy"), ("de", "Rückruf unter"), ("fr", "téléphone"), ("fr", "tél."), ("fr", "portable"), ("es", "teléfono"), ("es", "móvil"), ("it", "telefono"), ("it", "cellulare"), ("it", "tel.")],
        keys: &["phone", "phoneNumber", "mobile", "tel", "msisdn"],
    },
    Kind {
        entity: "payment.card",
        class: Class::Number,
        make: |random| card(random, false),
        forms: &[""],
        wrong: Wrong::Made(|random| card(random, true)),
        labels: &[("en", "card"), ("en", "credit card"), ("en", "card number"), ("de", "Kreditkarte"), ("de", "Kartennummer"), ("fr", "carte bancaire"), ("fr", "numéro de carte"), ("es", "tarjeta"), ("es", "número de tarjeta"), ("it", "carta di credito"), ("it", "numero carta")],
        keys: &["card_number", "cardNumber", "pan", "cc"],
    },
    Kind {
        entity: "payment.iban",
        class: Class::Number,
        make: iban,
        forms: &["", "#### #### #### #### #### #### #### ####"],
        wrong: Wrong::At(3),
        labels: &[("*", "IBAN"), ("en", "bank account"), ("de", "Kontonummer"), ("fr", "compte"), ("es", "cuenta"), ("it", "conto corrente")],
        keys: &["iban", "account", "bankAccount"],
    },
    Kind {
        entity: "payment.ethereum",
        class: Class::Number,
        make: |random| format!("0x{}", random.of(HEX, 40)),
        forms: &[""],
        wrong: Wrong::Else(|random| ("tx hash", "tx_hash", format!("0x{}", random.of(HEX, 64)))),
        labels: &[("en", "ETH wallet"), ("en", "Ethereum address"), ("de", "Ethereum-Adresse"), ("fr", "portefeuille Ethereum"), ("es", "cartera ETH"), ("it", "portafoglio Ethereum")],
        keys: &["eth_address", "wallet", "ethereum"],
    },
    Kind {
        entity: "network.ipv4",
        class: Class::Address,
        make: ipv4,
        forms: &[""],
        wrong: Wrong::Else(near::like_ipv4),
        labels: &[("en", "IP"), ("en", "client address"), ("en", "source IP"), ("de", "IP-Adresse"), ("de", "Quelladresse"), ("fr", "adresse IP"), ("es", "dirección IP"), ("it", "indirizzo IP")],
        keys: &["ip", "src", "client_ip", "sourceIPAddress", "addr", "rhost"],
    },
    Kind {
        entity: "network.ipv6",
        class: Class::Address,
        make: ipv6,
        forms: &[""],
        wrong: Wrong::Else(near::like_ipv6),
        labels: &[("en", "IPv6"), ("en", "client address"), ("de", "IPv6-Adresse"), ("fr", "adresse IPv6"), ("es", "dirección IPv6"), ("it", "indirizzo IPv6")],
        keys: &["ip", "src", "client_ip", "sourceIPAddress", "addr", "rhost"],
    },
    Kind {
        entity: "network.mac",
        class: Class::Hardware,
        make: mac,
        forms: &[""],
        wrong: Wrong::Else(near::like_mac),
        labels: &[("en", "MAC"), ("en", "MAC address"), ("de", "MAC-Adresse"), ("fr", "adresse MAC"), ("es", "dirección MAC"), ("it", "indirizzo MAC")],
        keys: &["mac", "hwaddr", "src_mac", "ether"],
    },
    Kind {
        entity: "person.coordinates",
        class: Class::Number,
        make: |random| {
            let parts = [random.within(36, 59), random.digits(5).parse().unwrap_or(0), random.within(0, 24), random.digits(5).parse().unwrap_or(0)];
            let [lat, latitude, lon, longitude] = parts;
            format!("{lat}.{latitude:05}{}{lon}.{longitude:05}", random.pick(&[",", ", "]))
        },
        forms: &[""],
        wrong: Wrong::Else(near::like_coordinates),
        labels: &[("en", "location"), ("en", "GPS"), ("de", "Standort"), ("de", "Koordinaten"), ("fr", "coordonnées GPS"), ("es", "ubicación"), ("es", "coordenadas"), ("it", "posizione"), ("it", "coordinate")],
        keys: &["latlng", "location", "ll", "coords", "geo"],
    },
    Kind {
        entity: "person.birth-date",
        class: Class::Number,
        make: birth_date,
        forms: &[""],
        wrong: Wrong::Else(near::like_birth_date),
        labels: &[("en", "date of birth"), ("en", "DOB"), ("en", "born"), ("de", "Geburtsdatum"), ("de", "geb."), ("de", "geboren am"), ("fr", "date de naissance"), ("fr", "né le"), ("es", "fecha de nacimiento"), ("es", "nacido el"), ("it", "data di nascita"), ("it", "nato il")],
        keys: &["dob", "birthDate", "date_of_birth", "geburtsdatum", "birthday"],
    },
];

/// Domains of RFC 2606 and 6761; one name in four has letters beyond ASCII or a tag.
pub(crate) fn mail(random: &mut Random) -> String {
    let first = random
        .pick(&["anna", "bernd", "chloe", "diego", "elena", "franco", "greta", "hugo", "ines", "jon", "k", "luca"]);
    let last = random.pick(&[
        "meier",
        "schulz",
        "martin",
        "garcia",
        "rossi",
        "novak",
        "o'neil",
        "smith-jones",
        "vandermeer",
        "lopez",
    ]);
    let domain = random.pick(&[
        "example.com",
        "example.org",
        "example.net",
        "mail.example.org",
        "corp.example.com",
        "uni.example.net",
        "kunde.example",
    ]);
    match random.below(8) {
        0 => format!("{first}.{last}+{}@{domain}", random.pick(&["news", "shop", "2026"])),
        1 => format!("{}@{domain}", random.pick(&["jürgen.groß", "renée.lefèvre", "josé.muñoz", "niccolò.però"])),
        2 => format!("{first}{}@{domain}", random.within(1, 99)),
        3 => format!("{}_{last}@{domain}", first.to_uppercase()),
        4 => format!("{first}@{domain}"),
        _ => format!("{first}.{last}@{domain}"),
    }
}

/// Numbers that regulators keep for films where there are any (NANPA, Ofcom, Arcep, Bundesnetzagentur, ACMA); random ones of
/// the plan elsewhere.
pub(crate) fn phone(random: &mut Random) -> String {
    let mut d = |count| random.digits(count);
    let (two, two2, three, three2, four) = (d(2), d(2), d(3), d(3), d(4));
    match random.below(18) {
        0 => format!("+1 212-555-01{two}"),
        1 => format!("(415) 555-01{two}"),
        2 => format!("646-555-01{two}"),
        3 => format!("+44 7700 900{three}"),
        4 => format!("020 7946 0{three}"),
        5 => format!("07700 900{three}"),
        6 => format!("+33 1 99 00 {two} {two2}"),
        7 => format!("06 39 98 {two} {two2}"),
        8 => format!("+49 30 23125 {three}"),
        9 => format!("030 23125-{three}"),
        10 => format!("+4917139200{two}"),
        11 => format!("0171 39200{two}"),
        12 => format!("+34 6{two} {three} {three2}"),
        13 => format!("91{} {three} {three2}", &two[..1]),
        14 => format!("+39 347 {three} {four}"),
        15 => format!("06 6982 {four}"),
        16 => format!("+41 44 668 {two} {two2}"),
        _ => format!("+43 664 {three} {four}"),
    }
}

/// Ranges of the networks, other digits at random; those of fifteen are written in groups of four, six and five.
fn card(random: &mut Random, wrong: bool) -> String {
    let prefix = *random.pick(&["4111", "4012", "4539", "5105", "5555", "2223", "6011", "3530", "3782", "3714"]);
    let length = if prefix.starts_with("37") { 15 } else { 16 };
    let right = luhn(&(prefix.to_owned() + &random.digits(length - 1 - prefix.len())));
    let value = if wrong { spoiled(&right, length - 1, random) } else { right };
    match (random.below(3), length) {
        (0, _) => value,
        (_, 15) => written(&value, "#### ###### #####"),
        (1, _) => written(&value, "#### #### #### ####"),
        _ => written(&value, "####-####-####-####"),
    }
}

/// Length and shape of the registry; account numbers at random.
fn iban(random: &mut Random) -> String {
    let (country, bank, digits) = *random.pick(&[
        ("DE", "", 18),
        ("FR", "", 23),
        ("ES", "", 20),
        ("AT", "", 16),
        ("BE", "", 12),
        ("CH", "", 17),
        ("PL", "", 24),
        ("NL", "ABNA", 10),
        ("GB", "NWBK", 14),
        ("IT", "X", 22),
    ]);
    let account = bank.to_owned() + &random.digits(digits);
    format!("{country}{:02}{account}", 98 - rest(&format!("{account}{country}00"), 97))
}

/// Networks of documentation (RFC 5737) and private ones (RFC 1918).
pub(crate) fn ipv4(random: &mut Random) -> String {
    let last = random.within(2, 254);
    match random.below(6) {
        0 => format!("10.{}.{}.{last}", random.below(256), random.below(256)),
        1 => format!("172.{}.{}.{last}", random.within(16, 31), random.below(256)),
        2 => format!("192.168.{}.{last}", random.below(256)),
        3 => format!("192.0.2.{last}"),
        4 => format!("198.51.100.{last}"),
        _ => format!("203.0.113.{last}"),
    }
}

fn ipv6(random: &mut Random) -> String {
    let group = |random: &mut Random| format!("{:x}", random.within(1, 65535));
    let [a, b, c, d] = [(); 4].map(|()| group(random));
    match random.below(6) {
        0 => format!("2001:db8::{a}"),
        1 => format!("2001:db8:{a}:{b}::{c}"),
        2 => format!("2001:0db8:{:0>4}:{:0>4}:{:0>4}:{:0>4}:{:0>4}:{:0>4}", a, b, c, d, "1", "20"),
        3 => format!("fe80::{a}:{}ff:fe{}:{d}", random.of("123456789abcdef", 2), random.of(HEX, 2)),
        4 => format!("2001:DB8:{}:{}::1", a.to_uppercase(), b.to_uppercase()),
        _ => format!("::ffff:{}", ipv4(random)),
    }
}

/// Addresses that a computer gives itself, and those of documentation (RFC 7042).
fn mac(random: &mut Random) -> String {
    let pairs: Vec<String> = (0..5).map(|_| random.of(HEX, 2)).collect();
    let first = random.pick(&["02", "0a", "3e", "00"]);
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|at| pairs[at].as_str());
    match random.below(4) {
        0 => format!("{first}-{a}-{b}-{c}-{d}-{e}").to_uppercase(),
        1 => format!("{first}{a}.{b}{c}.{d}{e}"),
        2 => format!("00:00:5e:00:53:{e}"),
        _ => format!("{first}:{a}:{b}:{c}:{d}:{e}"),
    }
}

fn birth_date(random: &mut Random) -> String {
    let (year, month, day) = random.date(1935, 2012);
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month as usize - 1];
    match random.below(6) {
        0 => format!("{day:02}.{month:02}.{year}"),
        1 => format!("{day:02}/{month:02}/{year}"),
        2 => format!("{day}.{month}.{year}"),
        3 => format!("{day} {name} {year}"),
        _ => format!("{year}-{month:02}-{day:02}"),
    }
}
