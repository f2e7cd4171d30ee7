//! What is not throughput: the start, and memory.

use std::fs::{self, File};
use std::io::{Result, Write};
use std::os::fd::AsRawFd;
use std::path::Path;

use crate::measure::{Job, median};
use crate::place::{Place, copy, repeated};
use crate::table::Report;

/// Runs what was asked for.
///
/// # Errors
///
/// A job fails.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if place.wants("start") {
        start(place, report)?;
    }
    if place.wants("memory") {
        memory(place, report)?;
    }
    Ok(())
}

/// One event of the example that ships.
fn one_event(place: &Place) -> Result<String> {
    let text = fs::read_to_string(place.here.join("../../examples/events.ndjson"))?;
    let path = place.work.join("one.ndjson");
    writeln!(File::create(&path)?, "{}", text.lines().next().unwrap_or_default())?;
    Ok(path.display().to_string())
}

fn start(place: &Place, report: &mut Report) -> Result<()> {
    let one = one_event(place)?;
    for (name, policy) in [("policy A", place.policy("a")), ("`example-de`", place.shipped("example-de"))] {
        let job = place.filter(name, &policy).with(name, &[&one]);
        let samples = (0..21).map(|_| job.run(None)).collect::<Result<Vec<_>>>()?;
        let wall = median(samples.iter().skip(1).map(|sample| sample.wall.as_secs_f64() * 1e3).collect());
        let cpu = median(samples.iter().skip(1).map(|sample| sample.cpu.as_secs_f64() * 1e3).collect());
        let found = format!("{wall:.1} ms, {cpu:.1} ms of processor");
        report.other(&format!("one event, warm start, {name}"), "≤ 30 ms", &found, Some(wall <= 30.0));
    }
    let colds = (0..5).map(|round| cold(place, &one, round)).collect::<Result<Vec<_>>>()?;
    let worst = colds.iter().copied().fold(0.0, f64::max);
    let found = format!("{:.0} ms, at worst {worst:.0} ms", median(colds));
    report.other("one event, first ever start (nothing cached), `example-de`", "≤ 2 s", &found, Some(worst <= 2_000.0));
    Ok(())
}

/// A start in milliseconds of a binary and policies that were just put there and are in no cache of pages, with an empty home.
fn cold(place: &Place, one: &str, round: usize) -> Result<f64> {
    let folder = place.work.join(format!("cold-{round}"));
    let policies = folder.join("policies");
    copy(&place.here.join("../../policies"), &policies)?;
    let tamis = folder.join("tamis");
    fs::copy(&place.tamis, &tamis)?;
    forget(&folder)?;
    let policy = policies.join("tenants/example-de.toml");
    let home = folder.join("home");
    fs::create_dir_all(&home)?;
    let (tamis, policy) = (tamis.display().to_string(), policy.display().to_string());
    let home = format!("HOME={}", home.display());
    let job = Job::new("", ["env", "-i", &home, &tamis, "filter", "--policy", &policy, "--on", "2026-11-26", one]);
    let sample = job.run(None)?;
    fs::remove_dir_all(&folder)?;
    Ok(sample.wall.as_secs_f64() * 1e3)
}

/// Takes everything below a folder out of the page cache.
fn forget(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            forget(&path)?;
            continue;
        }
        let file = File::open(&path)?;
        file.sync_all()?;
        // SAFETY: a call without pointers on a descriptor that is open. It may do nothing; then the start is warmer than said.
        unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    }
    Ok(())
}

fn memory(place: &Place, report: &mut Report) -> Result<()> {
    let source = place.corpus("mixed", 100_000)?;
    for (name, policy) in [("policy A", place.policy("a")), ("policy B", place.policy("b"))] {
        let mut peaks = Vec::new();
        for least in [100_000_000, 1_000_000_000] {
            let path = place.work.join("memory.ndjson");
            repeated(Path::new(&source), &path, least)?;
            let job = place.filter(name, &policy).with(name, &[&path.display().to_string()]);
            peaks.push(job.run(None)?.peak as f64 / 1e6);
            fs::remove_file(&path)?;
        }
        let found = format!("{:.1} MB (100 MB: {:.1} MB)", peaks[1], peaks[0]);
        let is_flat = peaks[1] <= 80.0 && peaks[1] <= peaks[0] * 1.1;
        report.other(
            &format!("peak memory on 1 GB, one thread, {name} with the guard"),
            "≤ 80 MB, flat",
            &found,
            Some(is_flat),
        );
    }
    Ok(())
}
