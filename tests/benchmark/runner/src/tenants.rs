//! 1,000 tenants interleaved in one stream, against one.

use std::fs;
use std::io::{Result, Write};
use std::path::PathBuf;

use crate::measure::{Job, Sample, interleave, median};
use crate::place::{Place, copy, size};
use crate::table::Report;

const MANY: usize = 1_000;

/// Runs what was asked for.
///
/// # Errors
///
/// A job fails.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if !place.wants("tenants") {
        return Ok(());
    }
    throughput(place, report)?;
    load(place, report)
}

/// Policies of so many tenants: A, or A with one treatment more, in turn. Gives the folder of the tenants.
pub fn policies(place: &Place, many: usize) -> Result<PathBuf> {
    let folder = place.work.join(format!("tenants-{many}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy(&place.here.join("policies"), &folder)?;
    let tenants = folder.join("tenants");
    fs::remove_dir_all(&tenants)?;
    fs::create_dir_all(&tenants)?;
    let a = fs::read_to_string(place.policy("a"))?;
    let more = ["", "\"time.event\" = \"generalise-hour\"\n", "\"device.agent\" = \"generalise-agent\"\n"];
    for number in 0..many {
        let id = format!("t{number:04}");
        let own = a.replace("\"a\"", &format!("\"{id}\"")).replace("none-a", &format!("none-{id}"));
        let own = own.replace("[rule.a]", &format!("[rule.{id}]"));
        fs::write(tenants.join(&id).with_extension("toml"), own + more[number % more.len()])?;
    }
    Ok(tenants)
}

fn job(place: &Place, name: &str, tenants: &std::path::Path, file: &str) -> Job {
    let folder = tenants.display().to_string();
    place.filter(name, &folder).with(name, &["--no-guard", "--tenant-by", "Tenant", file])
}

fn throughput(place: &Place, report: &mut Report) -> Result<()> {
    let file = place.corpus("tenants", place.events)?;
    let one = place.filter("", &place.policy("a")).with("the same events, one tenant", &["--no-guard", &file]);
    let many = job(place, "1,000 tenants interleaved", &policies(place, MANY)?, &file);
    let measured = interleave(&[one, many], place.rounds)?;
    let size = size(&file)?;
    measured.iter().for_each(|measured| report.speed(&measured.name, measured, size));
    report.ratio("1,000 tenants interleaved ÷ one", &measured[1], &measured[0], Some(0.5));
    Ok(())
}

/// What a tenant costs before the first event: with one event, by the number of tenants.
fn load(place: &Place, report: &mut Report) -> Result<()> {
    let one = place.work.join("tenant.ndjson");
    let event = r#"{"Tenant":"t0000","eventTime":"2026-11-03T06:00:00.000Z","eventType":"user.session.start","outcome":"SUCCESS"}"#;
    writeln!(fs::File::create(&one)?, "{event}")?;
    let one = one.display().to_string();
    let mut found = Vec::new();
    for many in [10, 100, MANY] {
        let job = job(place, "load", &policies(place, many)?, &one);
        let samples = (0..6).map(|_| job.run(None)).collect::<Result<Vec<Sample>>>()?;
        let cpu = median(samples.iter().skip(1).map(|sample| sample.cpu.as_secs_f64() * 1e3).collect());
        let peak = samples.iter().map(|sample| sample.peak).max().unwrap_or(0);
        found.push((many as f64, cpu, peak as f64 / 1024.0));
    }
    let each = |from: (f64, f64, f64), to: (f64, f64, f64)| {
        ((to.1 - from.1) / (to.0 - from.0), (to.2 - from.2) / (to.0 - from.0))
    };
    let ((early, _), (late, memory)) = (each(found[0], found[1]), each(found[1], found[2]));
    report.other("memory of one similar tenant more", "≤ 64 KiB", &format!("{memory:.0} KiB"), Some(memory <= 64.0));
    let text = format!("{early:.2} ms of processor for each of 100, {late:.2} ms for each of 1,000");
    report.other("loading one tenant more", "linear", &text, Some(late <= early * 1.5 + 0.05));
    Ok(())
}
