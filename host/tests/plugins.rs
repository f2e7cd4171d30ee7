//! The built-in plugins inside the binary and components in a folder answer alike.
//!
//! The folder is `guest-plugins/prebuilt`: what is embedded, compiled at build time, is what the files are. With
//! `TAMIS_PLUGINS` it is another: components made by another toolchain must answer like the prebuilt ones.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tamis::event::ColumnBuf;
use tamis::plugin::{Detector, Grant, Host, Kind, Limits, Plugin, Reuse, Transformer};

/// Texts that the plugins have something to do with.
const SEEDS: [&str; 24] = [
    "anna.meier@example.de",
    "smtp:Ann@example.com, \"b c\"@example.org",
    "card 4111 1111 1111 1111 and DE89 3704 0044 0532 0130 00",
    "5555555555554444",
    "078-05-1120 SSN 219099999",
    "+49 30 901820, (201) 555-0123",
    "198.51.100.7:443 [2001:db8::1]:80 ::ffff:192.0.2.1",
    "00:1a:2b:3c:4d:5e 001a.2b3c.4d5e",
    "https://user:secret@example.com:8443/a/b?x=1#f",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "password=hunter2 \"api_key\": \"abc123def456\"",
    "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
    "2026-11-21T12:34:56.789+01:00",
    "21/Nov/2026:10:20:30 +0000",
    "1763722096000",
    "-12.345678",
    "1.5e300",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "C:\\Users\\ann\\Documents\\Offer.docx",
    "/home/ann/.ssh/id_ed25519.pub",
    "Offer for Müller – Word",
    "日本語のテキスト e\u{301} 👩‍💻",
    "",
    "true",
];

const REDACT: &str = r#"{"fields":[
    {"find":["personal","secret","payment","network"],"threshold":"possible"},
    {"find":["personal","payment"],"hints":["phone","card"],"except":["*@example.org"]}]}"#;
const MASK: &str = r#"{"fields":[{"mask":"card"},{"mask":"domain"},{"mask":"extension"},{"first":2,"last":3}]}"#;
const MINIMIZE: &str = r#"{"fields":[
    {"ip":{"ipv4":24,"ipv6":48}},{"time":"hour"},{"time":"day","offsets":[[0,3600],[1763000000,7200]]},{"number":10},
    {"geo":2},{"url":"page"},{"url":"host"},{"path-depth":2,"extension":true},{"agent":"family"},
    {"title":"application"},{"text":12}]}"#;

/// SplitMix64: every run sees the same rows.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as usize
}

/// The seeds, then seeds with a character replaced, left out or doubled, or joined to others.
fn column(field: u32, rows: u32) -> ColumnBuf {
    let mut state = u64::from(field);
    let mut column = ColumnBuf::new(field);
    for row in 0..rows {
        let seed = SEEDS.get(row as usize).copied();
        let text = seed.map_or_else(|| changed(&mut state), str::to_owned);
        column.push(row, text.as_bytes());
    }
    column
}

fn changed(state: &mut u64) -> String {
    let mut of = |texts: &[&str]| texts[next(state) % texts.len()].to_owned();
    let (text, other) = (of(&SEEDS), of(&SEEDS));
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..next(state) % 3 {
        let at = next(state) % (characters.len() + 1);
        match next(state) % 3 {
            0 if at < characters.len() => drop(characters.remove(at)),
            1 if at < characters.len() => characters[at] = char::from(b' ' + (next(state) % 95) as u8),
            _ => characters.insert(at, ['7', '.', '-', ' ', 'é', ':'][next(state) % 6]),
        }
    }
    let text: String = characters.into_iter().collect();
    if next(state).is_multiple_of(3) { format!("{text}{}{other}", [" ", ", ", "", "="][next(state) % 4]) } else { text }
}

fn folder() -> PathBuf {
    let prebuilt = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-plugins/prebuilt");
    std::env::var_os("TAMIS_PLUGINS").map_or(prebuilt, PathBuf::from)
}

#[test]
fn a_component_answers_as_the_embedded_plugin_of_its_name() {
    let patient = Limits { call: Duration::from_secs(120), start: Duration::from_secs(120), ..Limits::default() };
    let host = Host::new(patient, None).unwrap();
    for (name, settings, fields) in [("redact", REDACT, 2), ("mask", MASK, 4), ("minimize", MINIMIZE, 11)] {
        let file = folder().join(name).with_extension("wasm");
        let (embedded, component) = (host.builtin(name).unwrap(), host.load(&file, &Grant::default()).unwrap());
        let says = |plugin: &Plugin| {
            let about = plugin.description();
            (about.name.clone(), about.version.clone(), about.entities.clone())
        };
        assert_eq!(says(&embedded), says(&component));
        let owned: Vec<ColumnBuf> = (0..fields).map(|field| column(field, 1500)).collect();
        let columns: Vec<_> = owned.iter().map(ColumnBuf::view).collect();
        let configured = |plugin: &Arc<Plugin>| plugin.configure(settings, Vec::new()).unwrap();
        match embedded.kind() {
            Kind::Detector => {
                let scan = |plugin| configured(plugin).detector(Reuse::Reused).unwrap().scan(&columns).unwrap();
                let found = scan(&embedded);
                assert!(found.len() > 1500, "{name}: the rows give it something to find");
                assert!(found == scan(&component), "{name}: {} finds something else", file.display());
            }
            Kind::Transformer => {
                let transform =
                    |plugin| configured(plugin).transformer(Reuse::Reused).unwrap().transform(&columns).unwrap();
                let edits = transform(&embedded);
                assert!(edits.edits.len() > 1500, "{name}: the rows give it something to change");
                assert!(edits == transform(&component), "{name}: {} answers something else", file.display());
            }
        }
    }
}
