//! A short run of the fuzz targets of `tests/fuzz`, on any toolchain.
//!
//! Without instrumentation a target itself says which way an input took: one that took a new way joins the pool that is mutated.
//! `FUZZ_INPUTS` is how many inputs each target gets in thousands (default 20), `FUZZ_SEED` what chance begins with (default 1):
//! equal numbers make equal inputs. One that breaks a promise is written to the file that the failure names; `FUZZ_INPUT` runs
//! one such file alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did"
)]

#[allow(unreachable_pub, reason = "there it is a library")]
#[path = "../../tests/fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Largest input that is made, in bytes.
const LONGEST: usize = 4096;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % most.max(1) as u64) as usize
    }

    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let longest = [1, 4, 16, 256][self.below(4)];
        start..(start + self.below(longest) + 1).min(len)
    }
}

/// Bytes at which readers change their mind.
const CUTS: [&[u8]; 22] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"\\u00",
    b"\\ud83d",
    b"\\\"",
    b"=",
    b"#",
    b"'",
    b"\xff",
    b"\xe2\x82",
    "é".as_bytes(),
    b"0",
    b"1e99",
    b"-",
];
const WORDS: [u32; 8] = [0, 1, 2, 3, 5, 7, 0x7fff_ffff, u32::MAX];

/// A few changes of an input, some with parts of another.
fn mutate(input: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut made = input.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.range(made.len());
        match dice.below(9) {
            0 => drop(made.drain(at)),
            1 => drop(made.splice(at, CUTS[dice.below(CUTS.len())].iter().copied())),
            2 => drop(made.splice(at.start..at.start, CUTS[dice.below(CUTS.len())].iter().copied())),
            3 => {
                let part = made[at.clone()].to_vec();
                made.splice(at.end..at.end, part);
            }
            4 => {
                let part = other[dice.range(other.len())].to_vec();
                made.splice(at, part);
            }
            5 => made[at].iter_mut().for_each(|byte| *byte ^= 1 << dice.below(8)),
            6 => made[at].iter_mut().take(1).for_each(|byte| *byte = dice.below(256) as u8),
            7 => {
                // Numbers of four bytes, where answers have theirs.
                let word = WORDS[dice.below(WORDS.len())].to_le_bytes();
                let start = 1 + at.start / 4 * 4;
                made.iter_mut().skip(start).zip(word).for_each(|(byte, new)| *byte = new);
            }
            _ => {
                let part = made[at].to_vec();
                let to = dice.below(made.len() + 1);
                made.splice(to..to, part);
            }
        }
        made.truncate(LONGEST);
    }
    made
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Runs an input; one that breaks a promise is kept before the failure goes on.
fn try_one(name: &str, target: fn(&[u8]) -> u64, input: &[u8]) -> u64 {
    catch_unwind(AssertUnwindSafe(|| target(input))).unwrap_or_else(|panic| {
        let file = std::env::temp_dir().join(format!("tamis-fuzz-{name}-{}", std::process::id()));
        std::fs::write(&file, input).unwrap();
        println!("FUZZ_INPUT={} breaks a promise", file.display());
        resume_unwind(panic)
    })
}

fn fuzz(name: &str, target: fn(&[u8]) -> u64) {
    if let Some(file) = std::env::var_os("FUZZ_INPUT") {
        target(&std::fs::read(file).unwrap());
        return;
    }
    let mut pool = seeds(name);
    let mut ways: BTreeSet<u64> = pool.iter().map(|input| try_one(name, target, input)).collect();
    assert!(ways.len() > 3, "{name}: seeds take different ways");
    let seed = number("FUZZ_SEED", 1);
    let (seeds, mut dice) = (pool.len(), Dice(seed));
    let inputs = 1000 * number("FUZZ_INPUTS", 20);
    for _ in 0..inputs {
        let other = pool[dice.below(pool.len())].clone();
        let input = mutate(&pool[dice.below(pool.len())], &other, &mut dice);
        if ways.insert(try_one(name, target, &input)) {
            pool.push(input);
        }
    }
    println!("{name}: {inputs} inputs from {seeds} files and FUZZ_SEED={seed} took {} ways", ways.len());
}

#[test]
fn events_are_scanned_and_spliced_or_refused() {
    fuzz("scan", targets::scan::run);
}

#[test]
fn policies_are_read_or_explained() {
    fuzz("policy", targets::policy::run);
}

#[test]
fn answers_of_guests_obey_or_are_refused() {
    fuzz("answers", targets::answers::run);
}
