//! The three shapes of event, as minified JSON.

use std::fmt::Write as _;

use crate::random::Random;
use crate::text;

/// Writes an object; parts are text, or a call that appends a value.
macro_rules! write_event {
    ($random:ident, $out:ident; $($part:expr),+ $(,)?) => { $( Part::put(&$part, $random, $out); )+ };
}

trait Part {
    fn put(&self, random: &mut Random, out: &mut String);
}

impl Part for &str {
    fn put(&self, _: &mut Random, out: &mut String) {
        out.push_str(self);
    }
}

impl<F: Fn(&mut Random, &mut String)> Part for F {
    fn put(&self, random: &mut Random, out: &mut String) {
        self(random, out);
    }
}

type Value = fn(&mut Random, &mut String);

fn number(from: u64, many: u64) -> impl Fn(&mut Random, &mut String) {
    move |random, out| write!(out, "{}", from + random.below(many)).expect("text")
}

fn one(list: &'static [&'static str]) -> impl Fn(&mut Random, &mut String) {
    move |random, out| out.push_str(random.of(list))
}

fn known(many: u64) -> impl Fn(&mut Random, &mut String) {
    move |random, out| text::known_uuid(random, many, out)
}

fn prose(words: u64) -> impl Fn(&mut Random, &mut String) {
    move |random, out| text::prose(random, words, out)
}

fn who(person: u64) -> impl Fn(&mut Random, &mut String) {
    move |random, out| text::email(random, person, out)
}

const OPERATIONS: &[&str] = &[
    "FileAccessed",
    "FileModified",
    "FileDownloaded",
    "FileUploaded",
    "SharingSet",
    "FilePreviewed",
    "FileSyncDownloadedFull",
];
const FOLDERS: &[&str] = &["Projects", "Budget", "Offers", "Contracts", "Templates", "Archive"];
const NAMES: &[&str] = &["offer", "figures", "minutes", "plan", "draft", "list-of-parts", "drawing"];
const TYPES: &[&str] = &["docx", "xlsx", "pptx", "pdf", "txt", "png"];
const SITES: &[&str] = &["sales", "engineering", "purchase", "legal", "logistics", "board"];

/// A record of the Microsoft 365 unified audit log, about 1.1 KB.
pub fn m365(random: &mut Random, out: &mut String) {
    let person = text::person(random);
    let target = text::person(random);
    let (site, folder, name, kind) = (random.of(SITES), random.of(FOLDERS), random.of(NAMES), random.of(TYPES));
    let file = format!("{name}-{}.{kind}", random.below(5_000));
    let operation = random.of(OPERATIONS);
    write_event!(random, out;
        "{\"CreationTime\":\"", text::time as Value, "\",\"Id\":\"", text::uuid as Value,
        "\",\"Operation\":\"", operation, "\",\"OrganizationId\":\"", known(3),
        "\",\"RecordType\":", number(2, 60), ",\"ResultStatus\":\"", one(&["Succeeded", "Succeeded", "Failed"]),
        "\",\"UserKey\":\"", move |_: &mut Random, out: &mut String| text::key(person, out),
        "\",\"UserType\":0,\"Version\":1,\"Workload\":\"", one(&["SharePoint", "OneDrive"]),
        "\",\"ClientIP\":\"", text::ip as Value, "\",\"UserId\":\"", who(person),
        "\",\"CorrelationId\":\"", text::uuid as Value, "\",\"EventSource\":\"SharePoint\",\"ItemType\":\"File\",\"ListId\":\"",
        known(4_000), "\",\"ListItemUniqueId\":\"", text::uuid as Value, "\",\"Site\":\"", known(300),
        "\",\"UserAgent\":\"", text::agent as Value,
        "\",\"SiteUrl\":\"https://werke.example.com/sites/", site,
        "/\",\"SourceFileName\":\"", file.as_str(), "\",\"SourceFileExtension\":\"", kind,
        "\",\"SourceRelativeUrl\":\"Documents/", folder, "/", file.as_str(), "\",\"FileSizeBytes\":", number(900, 9_000_000),
        ",\"TargetUserOrGroupName\":\"", who(target), "\",\"TargetUserOrGroupType\":\"Member\",\"Comment\":\"", prose(11),
        "\",\"ExtendedProperties\":[{\"Name\":\"AuthenticationType\",\"Value\":\"", one(&["OAuth", "FormsCookieAuth"]),
        "\"},{\"Name\":\"Platform\",\"Value\":\"", one(&["WinDesktop", "Web", "Mac"]), "\"}]}",
    );
}

/// A sign-in, about 350 bytes.
pub fn auth(random: &mut Random, out: &mut String) {
    let person = text::person(random);
    write_event!(random, out;
        "{\"eventTime\":\"", text::time as Value, ".", number(100, 900), "Z\",\"eventType\":\"",
        one(&["user.session.start", "user.session.end", "user.mfa.challenge"]), "\",\"outcome\":\"",
        one(&["SUCCESS", "SUCCESS", "FAILURE"]), "\",\"user\":\"", who(person), "\",\"srcIp\":\"", text::ip as Value,
        "\",\"device\":\"LAP-", number(10_000, 40_000), "\",\"session\":\"", text::uuid as Value,
        "\",\"requestId\":\"", |random: &mut Random, out: &mut String| write!(out, "{:016x}", random.bits()).expect("text"),
        "\",\"mfa\":", one(&["true", "true", "false"]), ",\"attempts\":", number(1, 4), ",\"latencyMs\":", number(20, 4_000),
        ",\"app\":\"", one(&["vpn", "mail", "erp", "wiki"]), "\",\"message\":\"", prose(5), "\"}",
    );
}

/// An event of product analytics, about 730 bytes.
pub fn segment(random: &mut Random, out: &mut String) {
    let person = text::person(random);
    let page = random.of(&["checkout", "cart", "search", "account", "returns"]);
    write_event!(random, out;
        "{\"type\":\"track\",\"event\":\"", one(&["Order Completed", "Product Viewed", "Cart Viewed", "Feedback Sent"]),
        "\",\"messageId\":\"", text::uuid as Value, "\",\"anonymousId\":\"", known(30_000),
        "\",\"userId\":\"usr_", move |_: &mut Random, out: &mut String| text::key(person, out),
        "\",\"timestamp\":\"", text::time as Value, ".", number(100, 900), "Z\",\"context\":{\"ip\":\"", text::ip as Value,
        "\",\"userAgent\":\"", text::agent as Value, "\",\"locale\":\"", one(&["de-DE", "en-GB", "fr-FR"]),
        "\",\"library\":{\"name\":\"analytics.js\",\"version\":\"2.1.0\"},\"location\":{\"latitude\":", number(47, 8), ".",
        number(1_000, 9_000), ",\"longitude\":", number(6, 9), ".", number(1_000, 9_000),
        "},\"page\":{\"url\":\"https://shop.example.com/", page, "?ref=", number(1, 9_000),
        "\",\"title\":\"", page, " of the shop\"},\"traits\":{\"email\":\"", who(person), "\",\"plan\":\"",
        one(&["free", "pro", "team"]), "\"}},\"properties\":{\"orderId\":\"", number(1_000_000, 9_000_000),
        "\",\"revenue\":", number(3, 900), ".", number(10, 90), ",\"currency\":\"EUR\",\"items\":", number(1, 9),
        ",\"comment\":\"", prose(12), "\"}}",
    );
}

/// A row of the export of the unified audit log: its record is JSON in the last cell.
pub fn csv(random: &mut Random, out: &mut String) {
    let mut record = String::new();
    m365(random, &mut record);
    let value = |name: &str| {
        let from = record.find(name).map_or(0, |at| at + name.len());
        record[from..].split('"').next().unwrap_or_default().to_owned()
    };
    let (id, time, operation) = (value("\"Id\":\""), value("\"CreationTime\":\""), value("\"Operation\":\""));
    let user = value("\"UserId\":\"");
    write!(out, "{id},{time},6,{operation},{user},\"{}\"", record.replace('"', "\"\"")).expect("text");
}
