//! `peers WHAT FILE…`: what JSON libraries need for the work of Tamis, or for a part of it.
//!
//! | | |
//! |---|---|
//! | `read` | reads lines and writes them: no JSON |
//! | `sonic-parse` | sonic-rs parses each line; writes nothing |
//! | `serde-roundtrip` | serde_json parses and writes each line |
//! | `serde-a`, `serde-b`, `serde-csv` | the policies of the benchmark by hand over `serde_json::Value` |

mod lines;
mod policy;
mod treat;

use lines::each_line;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let files: Vec<String> = arguments.collect();
    match what.as_str() {
        "read" => each_line(&files, |line, out| {
            out.extend_from_slice(line);
            out.push(b'\n');
        }),
        "sonic-parse" => each_line(&files, |line, _| {
            let value: sonic_rs::Value = sonic_rs::from_slice(line).expect("JSON");
            std::hint::black_box(&value);
        }),
        "serde-roundtrip" => each_line(&files, |line, out| {
            let value: serde_json::Value = serde_json::from_slice(line).expect("JSON");
            serde_json::to_writer(&mut *out, &value).expect("memory");
            out.push(b'\n');
        }),
        "serde-a" | "serde-b" => {
            let policy = policy::Policy::new(what == "serde-b");
            each_line(&files, |line, out| policy.line(line, out))
        }
        "serde-csv" => {
            let policy = policy::Policy::new(false);
            let mut header = true;
            each_line(&files, |line, out| {
                if !std::mem::take(&mut header) {
                    policy.row(line, out);
                }
            })
        }
        _ => panic!("peers read|sonic-parse|serde-roundtrip|serde-a|serde-b|serde-csv FILE…"),
    }
}
