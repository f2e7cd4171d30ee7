//! What the built-in detector does grows with the bytes it is given, whatever they are: counted in instructions of WebAssembly
//! (the engine's fuel), so that no other load on the machine has a say.
//!
//! The work for a byte of hostile text is at most [`TIMES`] that for a byte of log lines, and is no more in a text four times as
//! long. The test prints what each text took; `cargo test --test work -- --nocapture` shows it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where it fails, and prints what it counted")]

use wasmtime::component::{Component, ComponentType, Func, Lift, Linker, Lower};
use wasmtime::{Config, Engine, Store};

/// How much more a byte of hostile text may take.
const TIMES: u64 = 10;
/// Bytes of the shorter text: less than a decoder's limit.
const SHORT: usize = 16 << 10;

const LOGS: [&str; 3] = [
    "Nov 21 22:12:28 host1 sshd[2314]: Failed password for invalid user admin from 192.0.2.17 port 52341 ssh2",
    "198.51.100.7 - - [21/Nov/2025:10:20:30 +0000] \"GET /images/a1b2.png HTTP/1.1\" 200 3638 \"-\" \"Mozilla/5.0 (X11)\"",
    "{\"id\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\",\"ts\":1700000000123,\"op\":\"FileAccessed\",\"size\":48213,\"ok\":true}",
];

/// Pieces of which hostile texts are made: anchors of every kind, and what many entities begin with.
const PIECES: [&str; 78] = [
    "1",
    "1 ",
    "1-",
    "1.",
    "1:",
    "12 ",
    "123-",
    "(1)",
    "+1",
    "+49 1 ",
    "1111111111111111111111111",
    "12345678901234567890 ",
    "4111 1111 1111 1111 ",
    "@",
    "a@",
    "a@b.",
    "a@b.c ",
    "\"@",
    "é@",
    "%40",
    "=40",
    "&#64;",
    "\\u0040",
    "a.",
    "a_",
    "a-1-",
    ":",
    "::",
    "a:",
    "aa:",
    "ab:cd:",
    "=",
    "a=",
    "--",
    "--a ",
    "aa-",
    "a-b-",
    "0x",
    "bc1",
    "a1",
    "a1 ",
    "A1B2-",
    "AAAAAAAA",
    "AAAAAAAA ",
    "DE89",
    "iban DE89",
    "S-1-5-21-",
    "eyJ",
    "eyJ.",
    "-eyJ",
    "ghp_",
    "ghp_a",
    "AKIA",
    "ya29.a",
    "xoxb-1-",
    "http://",
    "http://a:",
    "://",
    "a://b:",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "password=",
    "password=\"",
    "password=a ",
    "key:",
    "{\"token\":\"",
    "okta=",
    "okta = aaaaaaaaaaaa ",
    "tin 1 ",
    "tin 123456 ",
    "passport ",
    "passport a1234567 ",
    "passport 123456789 ",
    "phone 1234567 ",
    "é",
    "é1",
    "\u{a0}1",
    "PhoneTokenKey",
];

#[derive(ComponentType, Lower)]
#[component(record)]
struct Column<'a> {
    field: u32,
    bytes: &'a [u8],
    offsets: &'a [u32],
    event: &'a [u32],
}

#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "made by lifting")]
enum Failure {
    #[component(name = "settings-rejected")]
    Settings,
    #[component(name = "unsupported-field")]
    Field,
    #[component(name = "limit-exceeded")]
    Limit,
    #[component(name = "internal")]
    Internal,
}

struct Detector {
    store: Store<()>,
    scan: Func,
}

impl Detector {
    fn new(find: &[&str], threshold: &str) -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).unwrap();
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-plugins/prebuilt/redact.wasm");
        let component = Component::from_file(&engine, file).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_fuel(u64::MAX).unwrap();
        let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
        let find: Vec<String> = find.iter().map(|name| format!("{name:?}")).collect();
        let settings = format!(r#"{{"fields":[{{"find":[{}],"threshold":{threshold:?}}}]}}"#, find.join(","));
        let configure = instance.get_func(&mut store, "configure").unwrap();
        let configure = configure.typed::<(&str, &[Vec<u8>]), (Result<(), Failure>,)>(&store).unwrap();
        configure.call(&mut store, (&settings, &[])).unwrap().0.unwrap();
        let scan = instance.get_func(&mut store, "scan").unwrap();
        Self { store, scan }
    }

    /// Instructions for one row; beyond a million findings an answer is refused, after as much work.
    fn work(&mut self, text: &str) -> u64 {
        let before = self.store.get_fuel().unwrap();
        let scan = self.scan.typed::<(&[Column<'_>],), (Result<Vec<u32>, Failure>,)>(&self.store).unwrap();
        let offsets = [0, text.len() as u32];
        let column = Column { field: 0, bytes: text.as_bytes(), offsets: &offsets, event: &[0] };
        let _ = scan.call(&mut self.store, (&[column],)).unwrap();
        before - self.store.get_fuel().unwrap()
    }

    /// Instructions a byte, in hundredths.
    fn rate(&mut self, piece: &str, length: usize) -> u64 {
        let text = piece.repeat(length / piece.len());
        100 * self.work(&text) / text.len() as u64
    }
}

const EVERYTHING: [&str; 6] = ["personal", "secret", "payment", "network", "national", "health"];

#[test]
fn the_work_grows_with_the_bytes() {
    let thresholds = ["possible", "likely", "certain"];
    let wrong: Vec<String> = thresholds.into_iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What takes too much at a threshold.
fn wrong(threshold: &str) -> Vec<String> {
    let mut detector = Detector::new(&EVERYTHING, threshold);
    let normal = LOGS.map(|line| detector.rate(line, line.len())).iter().sum::<u64>() / 3;
    println!("threshold {threshold}, log lines {:.1} instructions a byte", normal as f64 / 100.0);
    let mut wrong = Vec::new();
    for piece in PIECES {
        let (short, long) = (detector.rate(piece, SHORT), detector.rate(piece, 4 * SHORT));
        println!(
            "{piece:32?} {:6.1} instructions a byte, {:4.1} times those of log lines",
            long as f64 / 100.0,
            long as f64 / normal as f64
        );
        if long > TIMES * normal {
            wrong.push(format!("{threshold} {piece:?}: {} times the work of log lines", long / normal));
        }
        // A tenth, for what is looked up in larger buffers.
        if 10 * long > 11 * short {
            wrong.push(format!("{threshold} {piece:?}: {short} for {SHORT} bytes, {long} for four times as many"));
        }
    }
    wrong
}
