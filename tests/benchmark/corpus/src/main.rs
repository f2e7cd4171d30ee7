//! `corpus OUT --events N --shape SHAPE --tenants T`: synthetic events, the same ones for the same arguments. Nothing in them is real:
//! names come from short lists, hosts end in `example.com`, addresses are of documentation ranges (RFC 5737, RFC 3849), cards
//! are made up and pass Luhn.

mod random;
mod shapes;
mod text;

use std::fs::File;
use std::io::{BufWriter, Result, Write};

use random::Random;

const SEED: u64 = 0x7461_6d69_7320_6f6b;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut out, mut events, mut shape, mut tenants) = (None, 200_000u64, "mixed".to_owned(), 0u64);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--events" => events = arguments.next().and_then(|n| n.parse().ok()).expect("--events N"),
            "--tenants" => tenants = arguments.next().and_then(|n| n.parse().ok()).expect("--tenants N"),
            "--shape" => shape = arguments.next().expect("--shape mixed|m365|auth|segment|csv"),
            _ => out = Some(argument),
        }
    }
    let out = out.expect("corpus OUT [--events N] [--shape mixed|m365|auth|segment|csv]");
    let mut sink = BufWriter::with_capacity(1 << 20, File::create(out)?);
    let mut random = Random::new(SEED);
    let mut line = String::new();
    if shape == "csv" {
        sink.write_all(b"RecordId,CreationDate,RecordType,Operation,UserId,AuditData\n")?;
    }
    for _ in 0..events {
        line.clear();
        let which = match shape.as_str() {
            "mixed" => random.below(3),
            "m365" => 0,
            "auth" => 1,
            "segment" => 2,
            "csv" => 3,
            other => panic!("there is no shape `{other}`"),
        };
        match which {
            0 => shapes::m365(&mut random, &mut line),
            1 => shapes::auth(&mut random, &mut line),
            2 => shapes::segment(&mut random, &mut line),
            _ => shapes::csv(&mut random, &mut line),
        }
        if tenants > 0 {
            line.insert_str(1, &format!("\"Tenant\":\"t{:04}\",", random.below(tenants)));
        }
        line.push('\n');
        sink.write_all(line.as_bytes())?;
    }
    sink.flush()
}
