//! What looks like a value and is none: versions, hashes, numbers of orders, times, sizes.

use crate::random::{BASE62, HEX, LETTERS, Random};

/// What people call it, what programs call it, the value.
pub(crate) type Near = (&'static str, &'static str, String);

/// Things that every log is full of.
pub(crate) fn common(random: &mut Random) -> Near {
    match random.below(20) {
        0 => ("sha256", "sha256", random.of(HEX, 64)),
        1 => ("commit", "commit", random.of(HEX, 40)),
        2 => ("md5", "md5", random.of(HEX, 32)),
        3 => ("build", "build", format!("10.0.{}.{}", random.within(10_000, 22_631), random.within(1, 4000))),
        4 => ("epoch", "ts", format!("17{}", random.digits(8))),
        5 => ("epoch ms", "timestamp", format!("17{}", random.digits(11))),
        6 => ("trace", "trace_id", random.of(HEX, 32)),
        7 => ("span", "span_id", random.of(HEX, 16)),
        8 => ("request", "request_id", random.guid()),
        9 => ("bytes", "bytes", random.within(1000, 9_999_999_999).to_string()),
        10 => ("offset", "offset", random.number(9)),
        11 => ("sequence", "seq", random.number(11)),
        12 => ("ticket", "ticket", format!("INC{}", random.digits(7))),
        13 => ("snowflake", "message_ref", random.number(18)),
        14 => ("duration ns", "duration_ns", random.number(12)),
        15 => ("release", "version", format!("{}.{}.{}", random.below(20), random.below(40), random.below(900))),
        16 => ("image", "image", format!("registry.example.com/app@sha256:{}", random.of(HEX, 64))),
        17 => ("time", "time", time(random)),
        18 => ("part", "sku", format!("{}-{}-{}", random.of(LETTERS, 3), random.digits(4), random.digits(3))),
        _ => ("error", "code", format!("0x8{}", random.of(HEX, 7))),
    }
}

fn time(random: &mut Random) -> String {
    let (year, month, day) = random.date(2019, 2026);
    format!(
        "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{}Z",
        random.below(24),
        random.below(60),
        random.below(60),
        random.digits(3)
    )
}

/// Numbers of business: `order`, `invoice`, … in the language.
pub(crate) fn business(language: &str, random: &mut Random) -> (&'static str, &'static str) {
    const KEYS: [&str; 6] = ["order_id", "invoice_no", "tracking_no", "ticket_id", "article", "batch"];
    let names: [&str; 6] = match language {
        "de" => ["Bestellung", "Rechnungsnummer", "Sendung", "Vorgang", "Artikelnummer", "Charge"],
        "fr" => ["commande", "facture", "colis", "dossier", "référence article", "lot"],
        "es" => ["pedido", "factura", "envío", "expediente", "artículo", "lote"],
        "it" => ["ordine", "fattura", "spedizione", "pratica", "articolo", "lotto"],
        _ => ["order", "invoice", "shipment", "ticket", "article", "batch"],
    };
    let at = random.below(6) as usize;
    (names[at], KEYS[at])
}

pub(crate) fn like_mail(random: &mut Random) -> Near {
    let version = format!("{}.{}.{}", random.below(9), random.below(20), random.below(30));
    match random.below(6) {
        0 => ("package", "package", format!("lodash@{version}")),
        1 => ("image", "image", format!("alpine@sha256:{}", random.of(HEX, 64))),
        2 => ("file", "file", format!("icon-{}@2x.png", random.digits(3))),
        3 => ("unit", "unit", format!("getty@tty{}.service", random.below(7))),
        4 => ("handle", "handle", format!("@team_{}", random.digits(3))),
        _ => ("cipher", "mac_algo", format!("hmac-sha2-{}-etm@openssh.com", random.pick(&["256", "512"]))),
    }
}

pub(crate) fn like_phone(random: &mut Random) -> Near {
    match random.below(9) {
        0 => ("order", "order_id", format!("0{}", random.number(10))),
        1 => ("epoch", "ts", format!("17{}", random.digits(8))),
        2 => ("case", "case_id", format!("{}-{}-{}", random.digits(2), random.digits(4), random.digits(6))),
        3 => ("bytes", "bytes", format!("{} {}", random.number(3), random.number(4))),
        4 => ("pid", "pid", random.number(7)),
        5 => ("range", "range", format!("{}-{}", random.number(4), random.number(4))),
        6 => ("time", "time", time(random)),
        7 => ("invoice", "invoice_no", format!("2026/{}", random.digits(6))),
        _ => ("snowflake", "message_ref", random.number(18)),
    }
}

pub(crate) fn like_ipv4(random: &mut Random) -> Near {
    let (a, b, c) = (random.within(1, 130), random.below(10), random.below(7000));
    match random.below(7) {
        0 => ("version", "version", format!("{a}.{b}.{}.{}", c % 256, random.below(200))),
        1 => ("browser", "ua", format!("Chrome/{a}.0.0.0")),
        2 => ("build", "build", format!("10.0.{}.{c}", random.within(10_000, 22_631))),
        3 => ("OID", "oid", format!("1.3.6.1.4.1.{}.{b}", random.within(300, 50_000))),
        4 => ("address", "addr", format!("{}.168.{}.1", random.within(256, 999), b)),
        5 => ("section", "section", format!("{}.{}.{}", b + 1, random.below(9), random.below(9))),
        _ => ("firmware", "firmware", format!("v{b}.{}.{}.{}", random.below(9), random.below(20), random.below(99))),
    }
}

pub(crate) fn like_ipv6(random: &mut Random) -> Near {
    match random.below(6) {
        0 => ("at", "at", format!("{:02}:{:02}:{:02}", random.below(24), random.below(60), random.below(60))),
        1 => ("symbol", "symbol", format!("std::{}", random.pick(&["fade", "vec", "bad_alloc", "dead"]))),
        2 => ("fingerprint", "fingerprint", pairs(random, 20, ":")),
        3 => ("class", "class", "Cafe::Bad".to_owned()),
        4 => ("ratio", "ratio", format!("{}:{}", random.number(2), random.number(2))),
        _ => ("EUI", "eui", format!("{}:{}", pairs(random, 5, ":"), "zz")),
    }
}

pub(crate) fn like_mac(random: &mut Random) -> Near {
    match random.below(6) {
        0 => ("fingerprint", "fingerprint", pairs(random, 20, ":")),
        1 => ("fingerprint", "md5_fp", pairs(random, 16, ":")),
        2 => (
            "stamp",
            "stamp",
            format!(
                "2026-{:02}-{:02}-{:02}-{:02}-{:02}",
                random.within(1, 12),
                random.within(1, 28),
                random.below(24),
                random.below(60),
                random.below(60)
            ),
        ),
        3 => ("guid", "guid", random.guid()),
        4 => ("bytes", "dump", pairs(random, 8, " ")),
        _ => ("part", "part_no", format!("{}.{}.{}", random.digits(4), random.digits(4), random.digits(4))),
    }
}

fn pairs(random: &mut Random, count: usize, between: &str) -> String {
    (0..count).map(|_| random.of(HEX, 2)).collect::<Vec<_>>().join(between)
}

pub(crate) fn like_coordinates(random: &mut Random) -> Near {
    match random.below(4) {
        0 => ("load", "load", format!("0.{}, 0.{}", random.digits(2), random.digits(2))),
        1 => ("scores", "scores", format!("0.{}, 0.{}", random.digits(5), random.digits(5))),
        2 => ("took", "took", format!("{}.{}", random.number(2), random.digits(6))),
        _ => (
            "price",
            "price",
            format!("{}.{}, {}.{}", random.number(2), random.digits(2), random.number(2), random.digits(2)),
        ),
    }
}

pub(crate) fn like_birth_date(random: &mut Random) -> Near {
    let (year, month, day) = random.date(2015, 2026);
    let name = random.pick(&[
        ("created", "created"),
        ("due", "due_date"),
        ("expires", "expires"),
        ("version", "version"),
        ("released", "released"),
    ]);
    let value =
        if random.chance(2) { format!("{day:02}.{month:02}.{year}") } else { format!("{year}-{month:02}-{day:02}") };
    (name.0, name.1, value)
}

/// Well-known ones say nothing of anybody.
pub(crate) fn like_sid(random: &mut Random) -> Near {
    let known =
        random.pick(&["S-1-5-18", "S-1-5-19", "S-1-5-32-544", "S-1-1-0", "S-1-16-12288", "S-1-5-80-0", "S-1-0-0"]);
    let value = if random.chance(4) {
        format!("S-1-5-21-{}-{}", random.number(9), random.number(9))
    } else {
        known.to_string()
    };
    ("SID", "SubjectUserSid", value)
}

/// Words about passwords, and passwords that somebody already took out.
pub(crate) fn like_password(random: &mut Random) -> Near {
    let (name, key, value) = *random.pick(&[
        ("password", "password", "********"),
        ("password", "password", "null"),
        ("password", "password_changed", "true"),
        ("password age", "password_age", "90"),
        ("password policy", "password_policy", "min8chars"),
        ("password", "password", "${DB_PASSWORD}"),
        ("password", "password", "<hidden>"),
        ("password", "password", "[REDACTED]"),
        ("tokens used", "tokens_used", "20481"),
        ("page token", "nextPageToken", "CAUQAA"),
    ]);
    (name, key, value.to_owned())
}

/// Long and random, and no secret: hashes, ids, paths; a token that is cut short, one that is masked, one of the manual.
pub(crate) fn like_secret(random: &mut Random) -> Near {
    match random.below(12) {
        0 => ("commit", "commit", random.of(HEX, 40)),
        1 => ("sha256", "sha256", random.of(HEX, 64)),
        2 => ("integrity", "integrity", format!("sha512-{}==", random.of(BASE62, 86))),
        3 => ("etag", "etag", format!("W/\"{}\"", random.of(HEX, 32))),
        4 => ("object", "object", format!("/api/v1/objects/{}", random.of(BASE62, 24))),
        5 => ("prefix", "prefix", format!("{}…", random.pick(&["ghp_", "xoxb-", "sk_live_", "glpat-", "AKIA"]))),
        6 => ("masked", "masked", format!("{}****************", random.pick(&["ghp_", "xoxb-", "sk_live_", "glpat-"]))),
        7 => ("example", "example", "AKIAIOSFODNN7EXAMPLE".to_owned()),
        8 => ("branch", "branch", format!("sk_live_{}", random.pick(&["fix", "test", "demo"]))),
        9 => ("file", "file", format!("npm_{}.log", random.digits(6))),
        10 => ("request", "request_id", random.guid()),
        _ => ("blob", "blob", random.of(BASE62, 48)),
    }
}

/// Groups, roles, products and hosts where a name might stand.
pub(crate) fn like_name(random: &mut Random) -> Near {
    let other = random.pick(&[
        "Team",
        "all",
        "everyone",
        "Customer",
        "customer support",
        "Sales Team",
        "IT Support",
        "Azure Portal",
        "Service Desk",
        "PowerShell",
        "WEB-01",
        "svc_backup",
        "World",
        "GitHub",
        "Kundenservice",
        "Kolleginnen und Kollegen",
        "Admin",
        "build 4711",
        "null",
        "Exchange Online",
    ]);
    ("name", "displayName", other.to_string())
}

/// Folders of nobody in particular, and what is no folder of accounts.
pub(crate) fn like_user_path(random: &mut Random) -> Near {
    let file = random.pick(&["notes.txt", "plan.docx", "export.csv"]);
    let path = match random.below(14) {
        0 => format!("C:\\Users\\Public\\Documents\\{file}"),
        1 => "C:\\Users\\Default User\\NTUSER.DAT".to_owned(),
        2 => format!("C:\\Users\\Administrator\\Desktop\\{file}"),
        3 => format!("C:\\Users\\%USERNAME%\\{file}"),
        4 => format!("C:\\ProgramData\\Contoso\\{file}"),
        5 => format!("/home/{}/{file}", random.pick(&["ubuntu", "ec2-user", "runner", "vagrant", "$USER"])),
        6 => format!("/Users/Shared/{file}"),
        7 => format!("/var/lib/app/{file}"),
        8 => format!("https://www.example.com/home/{}", random.pick(&["news", "offers", "deals"])),
        9 => format!("/api/v1/users/{}", random.digits(6)),
        10 => "C:\\Documents and Settings\\All Users\\Start Menu".to_owned(),
        11 => format!("https://contoso.sharepoint.com/sites/personal/{file}"),
        12 => "C:\\Windows\\System32\\config\\systemprofile\\AppData".to_owned(),
        _ => format!("/usr/home-assistant/{file}"),
    };
    ("path", "path", path)
}
