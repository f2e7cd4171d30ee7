//! What a list of a million values costs: `cargo bench -p tamis --bench exact_lists`.
//!
//! Memory, the time to open it, and nanoseconds a word of texts in which nothing is listed, in which every word begins a listed
//! value, and in which everything is listed. The best of 15 runs.

#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::hint::black_box;
use std::time::Instant;

use tamis::policy::exact::{ExactList, KEY_BYTES, Key, Words, seal};

const VALUES: u64 = 1_000_000;
const TEXTS: usize = 20_000;
const RUNS: usize = 15;
const LOG: &str =
    "Nov 21 22:12:28 host1 sshd[2314]: Failed password for invalid user admin from 192.0.2.17 port 52341 ssh2";
const PROSE: &str =
    "Frau Müller hat gestern die Rechnung für das zweite Quartal geprüft und an die Buchhaltung gegeben";

/// Names of 20,000 families and 50 given names, and account numbers.
fn value(number: u64) -> String {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    match number % 4 {
        0 => format!("DE{:020}", mixed),
        1 => format!("K-{:08}", number),
        _ => format!("Given{} Family{:x}", number % 50, number / 50),
    }
}

fn best(mut run: impl FnMut() -> usize) -> (f64, usize) {
    let (mut best, mut found) = (f64::INFINITY, 0);
    for _ in 0..RUNS {
        let start = Instant::now();
        found = black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, found)
}

fn main() {
    let key = Key::new(&[7; KEY_BYTES]);
    let values: Vec<_> = (0..VALUES).map(value).collect();
    let start = Instant::now();
    let sealing = seal(values.iter().map(String::as_str), &key);
    println!(
        "sealed   {} values in {:.0} ms, a file of {:.1} MB",
        sealing.values,
        1e3 * start.elapsed().as_secs_f64(),
        sealing.file.len() as f64 / 1e6
    );
    let open = || ExactList::open(&sealing.file, key.clone()).map_or(0, |list| list.len());
    println!("opened   in {:.1} ms", 1e3 * best(open).0);
    let Ok(list) = ExactList::open(&sealing.file, key.clone()) else { return println!("the list does not open") };
    println!("memory   {:.1} MB", list.memory() as f64 / 1e6);
    let many = |text: &dyn Fn(usize) -> String| (0..TEXTS).map(text).collect::<Vec<_>>();
    for (name, texts) in [
        ("a log line", many(&|n| LOG.replace("52341", &n.to_string()))),
        ("prose", many(&|n| format!("{PROSE} {n}"))),
        ("prefixes", many(&|n| format!("Given{} ", n % 50).repeat(16))),
        ("values", many(&|n| (0..8).map(|m| value((n * 8 + m) as u64 * 5) + ", ").collect())),
        ("no words", many(&|_| "=".repeat(100))),
    ] {
        let (mut words, mut total) = (Words::default(), 0);
        let (time, found) = best(|| {
            let mut found = 0;
            total = 0;
            for text in &texts {
                words.read(text.as_bytes());
                total += words.len();
                list.find(&words, |_| found += 1);
            }
            found
        });
        let (read, _) = best(|| {
            texts
                .iter()
                .map(|text| {
                    words.read(text.as_bytes());
                    words.len()
                })
                .sum()
        });
        let bytes: usize = texts.iter().map(String::len).sum();
        println!(
            "{name:10} {:5.1} ns a word ({:.1} of them to cut words), {:4.0} MB/s, {found} found in {total} words",
            1e9 * time / total.max(1) as f64,
            1e9 * read / total.max(1) as f64,
            bytes as f64 / 1e6 / time,
        );
    }
}
