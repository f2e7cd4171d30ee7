//! Secrets, drawn at random in the shape that their issuers document.

use super::{Class, Kind, Wrong, marked};
use crate::near::{self, like_secret};
use crate::random::{BASE62, HEX, LETTERS, Random};

const URL64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const TOKEN: &[(&str, &str)] = &[
    ("en", "token"),
    ("en", "API key"),
    ("de", "Token"),
    ("de", "Schlüssel"),
    ("fr", "jeton"),
    ("fr", "clé d'API"),
    ("es", "token"),
    ("es", "clave de API"),
    ("it", "token"),
    ("it", "chiave API"),
];

/// A token that is told by its shape.
macro_rules! token {
    ($entity:literal, $keys:expr, $make:expr) => {
        Kind {
            entity: $entity,
            class: Class::Secret,
            make: $make,
            forms: &[""],
            wrong: Wrong::Else(like_secret),
            labels: TOKEN,
            keys: $keys,
        }
    };
}

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "secret.password",
        class: Class::Secret,
        make: password,
        forms: &[""],
        wrong: Wrong::Else(near::like_password),
        labels: &[("en", "password"), ("en", "pwd"), ("de", "Passwort"), ("de", "Kennwort"), ("fr", "mot de passe"), ("es", "contraseña"), ("it", "password")],
        keys: &["password", "passwd", "db_password", "pwd", "PGPASSWORD"],
    },
    Kind {
        entity: "secret.url-credentials",
        class: Class::Url,
        make: |random| {
            let (scheme, path) = *random.pick(&[("https", "/repo.git"), ("postgres", ":5432/app"), ("redis", ":6379/0"), ("amqp", "/vhost"), ("mongodb", "/shop"), ("ftp", "/in"), ("smb", "/share")]);
            let user = random.pick(&["app", "deploy", "anna", "svc_backup", "root"]);
            format!("{scheme}://{}@db{}.example.com{path}", marked(&format!("{user}:{}", random.of(BASE62, 12))), random.below(9))
        },
        forms: &[""],
        wrong: Wrong::Else(|random| {
            let url = match random.below(4) {
                0 => format!("https://deploy:***@git{}.example.com/repo.git", random.below(99)),
                1 => format!("https://www.example.com:8443/a@b/{}", random.digits(5)),
                2 => format!("https://anna@git{}.example.com/repo.git", random.below(99)),
                _ => format!("postgres://app:${{DB_PASSWORD}}@db{}.example.com/app", random.below(99)),
            };
            ("url", "url", url)
        }),
        labels: &[("en", "URL"), ("de", "Adresse"), ("fr", "adresse"), ("es", "dirección"), ("it", "indirizzo")],
        keys: &["url", "DATABASE_URL", "remote", "dsn"],
    },
    Kind {
        entity: "secret.jwt",
        class: Class::Secret,
        make: |random| {
            let head = random.pick(&["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ", "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9"]);
            let body = random.pick(&["eyJzdWIiOiI0NzExIiwiaWF0IjoxNzkzNjkxNjcyfQ", "eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIiwic3ViIjoiMSJ9"]);
            format!("{head}.{body}.{}", random.of(URL64, 43))
        },
        forms: &[""],
        wrong: Wrong::Else(|random| ("payload", "payload", format!("eyJ2ZXJzaW9uIjox{}", random.of(BASE62, 30)))),
        labels: &[("*", "JWT"), ("en", "token"), ("de", "Token"), ("fr", "jeton"), ("es", "token"), ("it", "token")],
        keys: &["id_token", "access_token", "jwt", "token"],
    },
    Kind {
        entity: "secret.private-key",
        class: Class::Block,
        make: |random| {
            let name = random.pick(&["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"]);
            let lines: Vec<String> = (0..random.within(2, 6)).map(|_| random.of(BASE64, 64)).collect();
            format!("-----BEGIN {name}-----\n{}\n-----END {name}-----", lines.join("\n"))
        },
        forms: &[""],
        wrong: Wrong::Else(|random| {
            let name = random.pick(&["CERTIFICATE", "PUBLIC KEY", "CERTIFICATE REQUEST"]);
            ("pem", "pem", format!("-----BEGIN {name}-----\n{}\n-----END {name}-----", random.of(BASE64, 64)))
        }),
        labels: TOKEN,
        keys: &["key", "pem"],
    },
    token!("secret.github.pat", &["GITHUB_TOKEN", "token", "GH_TOKEN"], |random| crc62("ghp_", random)),
    token!("secret.github.fine-grained", &["GITHUB_TOKEN", "token"], |random| {
        format!("github_pat_{}_{}", random.of(BASE62, 22), random.of(BASE62, 59))
    }),
    token!("secret.gitlab.pat", &["GITLAB_TOKEN", "private_token"], |random| format!("glpat-{}", random.of(URL64, 20))),
    token!("secret.npm", &["NPM_TOKEN", "_authToken"], |random| crc62("npm_", random)),
    token!("secret.pypi", &["TWINE_PASSWORD", "PYPI_TOKEN"], |random| {
        format!("pypi-AgEIcHlwaS5vcmc{}", random.of(URL64, 150))
    }),
    token!("secret.slack.bot", &["SLACK_BOT_TOKEN", "token"], |random| {
        format!("xoxb-{}-{}-{}", random.number(12), random.number(13), random.of(BASE62, 24))
    }),
    token!("secret.slack.webhook", &["webhook", "url"], |random| {
        let upper = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let path = format!("T{}/B{}/{}", random.of(upper, 8), random.of(upper, 10), random.of(BASE62, 24));
        format!("https://{}", marked(&format!("hooks.slack.com/services/{path}")))
    }),
    token!("secret.stripe.secret", &["STRIPE_KEY", "api_key"], |random| format!("sk_live_{}", random.of(BASE62, 24))),
    token!("secret.aws.access-key-id", &["aws_access_key_id", "AWS_ACCESS_KEY_ID", "accessKeyId"], |random| {
        random.pick(&["AKIA", "ASIA"]).to_string() + &random.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
    }),
    token!("secret.google.api-key", &["key", "GOOGLE_API_KEY"], |random| format!("AIza{}", random.of(URL64, 35))),
    token!("secret.google.oauth-secret", &["client_secret"], |random| format!("GOCSPX-{}", random.of(URL64, 28))),
    token!("secret.sendgrid", &["SENDGRID_API_KEY", "api_key"], |random| {
        format!("SG.{}.{}", random.of(URL64, 22), random.of(URL64, 43))
    }),
    token!("secret.huggingface", &["HF_TOKEN", "token"], |random| format!("hf_{}", random.of(BASE62, 34))),
    token!("secret.anthropic.api-key", &["x-api-key", "api_key"], |random| {
        format!("sk-ant-api03-{}AA", random.of(URL64, 93))
    }),
    token!("secret.digitalocean.pat", &["DIGITALOCEAN_TOKEN"], |random| format!("dop_v1_{}", random.of(HEX, 64))),
    token!("secret.shopify.access-token", &["X-Shopify-Access-Token", "token"], |random| {
        format!("shpat_{}", random.of(HEX, 32))
    }),
    token!("secret.twilio.api-key", &["TWILIO_API_KEY", "sid"], |random| format!("SK{}", random.of(HEX, 32))),
    Kind {
        entity: "secret.telegram",
        class: Class::Secret,
        make: |random| format!("{}:AA{}", random.number(10), random.of(URL64, 33)),
        forms: &[""],
        wrong: Wrong::Else(like_secret),
        labels: &[("en", "bot token"), ("en", "Telegram token"), ("de", "Bot-Token"), ("de", "Telegram-Token"), ("fr", "jeton du bot"), ("es", "token del bot"), ("it", "token del bot")],
        keys: &["TELEGRAM_BOT_TOKEN", "bot_token", "telegram_token", "token"],
    },
];

/// Letters, a digit and a sign or two, as people choose them.
fn password(random: &mut Random) -> String {
    let word = random.pick(&["Sommer", "hunter", "Passwd", "Geheim", "Bonjour", "Verano", "Estate", "Winter"]);
    match random.below(3) {
        0 => format!("{word}{}!", random.within(10, 2026)),
        1 => random.of(BASE62, 12),
        _ => format!("{}-{}{}", random.of(LETTERS, 1), word.to_lowercase(), random.digits(3)),
    }
}

/// Prefix, thirty signs, and their CRC-32 as six digits to base 62 (GitHub, 2021).
fn crc62(prefix: &str, random: &mut Random) -> String {
    let body = random.of(BASE62, 30);
    let byte = |crc: u32, byte: u8| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
    };
    let mut sum = !body.bytes().fold(!0, byte) as usize;
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.insert(0, BASE62[sum % 62..=sum % 62].to_owned());
        sum /= 62;
    }
    format!("{prefix}{body}{}", digits.concat())
}
