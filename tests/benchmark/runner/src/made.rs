//! Made events: A, B, the export, native plugins, fresh instances, two threads.

use std::io::Result;
use std::path::Path;

use crate::compare::{Kind, compare};
use crate::measure::{Job, Measured, interleave};
use crate::place::{Place, are_equal, size};
use crate::table::Report;

/// Runs what was asked for.
///
/// # Errors
///
/// A job fails.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if place.wants("a") {
        a(place, report)?;
    }
    if place.wants("b") {
        b(place, report)?;
    }
    if place.wants("csv") {
        csv(place, report)?;
    }
    if place.wants("native") {
        native(place, report)?;
    }
    if place.wants("threads") {
        threads(place, report)?;
    }
    Ok(())
}

/// Finds a job's figures by its name.
fn of<'m>(measured: &'m [Measured], name: &str) -> &'m Measured {
    measured.iter().find(|measured| measured.name == name).expect("a job of that name")
}

/// Compares what each of `others` writes with what `own` does.
/// Gives the number of codes.
fn same(place: &Place, report: &mut Report, own: &Job, others: &[&Job]) -> Result<u64> {
    let (left, right) = (place.work.join("left"), place.work.join("right"));
    own.run(Some(&left))?;
    let mut codes = 0;
    for other in others {
        other.run(Some(&right))?;
        codes = said(report, own, other, &left, &right)?;
    }
    std::fs::remove_file(&left)?;
    std::fs::remove_file(&right)?;
    Ok(codes)
}

fn said(report: &mut Report, own: &Job, other: &Job, left: &Path, right: &Path) -> Result<u64> {
    let found = compare(left, right, Kind::Made)?;
    let (events, codes, subjects) = (found.events, found.codes, found.subjects);
    let mut text = format!("{} = {}: ", own.name, other.name);
    if found.different == 0 {
        text += &format!("{events} events, {codes} codes of {subjects} subjects, no difference");
    } else {
        text += &format!("**{} of {events} events differ**\n  {}", found.different, found.shown.join("\n  "));
    }
    eprintln!("{text}");
    report.compared(&text, found.different > 0);
    Ok(codes)
}

/// `tamis filter` without its second look, which no peer takes.
fn plain(place: &Place, name: &str, policy: &str) -> Job {
    place.filter(name, &place.policy(policy)).with(name, &["--no-guard"])
}

fn a(place: &Place, report: &mut Report) -> Result<()> {
    let file = place.corpus("mixed", place.events)?;
    let tamis = plain(place, "A: Tamis", "a").with("A: Tamis", &[&file]);
    let fresh = plain(place, "", "a").with("A: Tamis, fresh instance for each batch", &["--fresh", &file]);
    let guard = place.filter("A: Tamis, with the guard", &place.policy("a")).with("A: Tamis, with the guard", &[&file]);
    let vrl = Job::new("A: VRL", [place.peer("peer-vrl"), place.program("a"), file.clone()]);
    let peer = |name: &str, what: &str| Job::new(name, [place.peer("peers"), what.to_owned(), file.clone()]);
    let serde = peer("A: the policy over serde_json", "serde-a");
    let jobs = [
        tamis.clone(),
        fresh.clone(),
        guard,
        serde.clone(),
        vrl.clone(),
        peer("sonic-rs, parse only", "sonic-parse"),
        peer("serde_json, parse and write", "serde-roundtrip"),
        peer("read and write lines", "read"),
    ];
    same(place, report, &tamis, &[&fresh, &serde, &vrl])?;
    let measured = interleave(&jobs, place.rounds)?;
    let size = size(&file)?;
    measured.iter().for_each(|measured| report.speed(&measured.name, measured, size));
    let own = of(&measured, "A: Tamis");
    report.ratio("A: Tamis ÷ VRL", own, of(&measured, "A: VRL"), Some(8.0));
    report.ratio(
        "A: Tamis ÷ the policy over serde_json",
        own,
        of(&measured, "A: the policy over serde_json"),
        Some(5.0),
    );
    report.ratio("A: Tamis ÷ sonic-rs, parse only", own, of(&measured, "sonic-rs, parse only"), Some(0.7));
    report.ratio("A: Tamis ÷ serde_json, parse and write", own, of(&measured, "serde_json, parse and write"), None);
    let fresh = of(&measured, "A: Tamis, fresh instance for each batch");
    report.ratio("A: fresh instance for each batch ÷ reused", fresh, own, Some(0.75));
    report.ratio("A: with the guard ÷ without", of(&measured, "A: Tamis, with the guard"), own, None);
    Ok(())
}

fn b(place: &Place, report: &mut Report) -> Result<()> {
    let file = place.corpus("mixed", place.events)?;
    let tamis = plain(place, "", "b").with("B: Tamis", &[&file]);
    let clear = plain(place, "", "b-clear").with("B: Tamis, identities left clear", &[&file]);
    let vrl = Job::new("B: VRL", [place.peer("peer-vrl"), place.program("b"), file.clone()]);
    let serde = Job::new("B: the policy over serde_json", [place.peer("peers"), "serde-b".into(), file.clone()]);
    let codes = same(place, report, &tamis, &[&serde, &vrl])?;
    let measured = interleave(&[tamis, clear, serde, vrl], place.rounds)?;
    let size = size(&file)?;
    measured.iter().for_each(|measured| report.speed(&measured.name, measured, size));
    let own = of(&measured, "B: Tamis");
    report.ratio("B: Tamis ÷ VRL", own, of(&measured, "B: VRL"), Some(8.0));
    report.ratio("B: Tamis ÷ the policy over serde_json", own, of(&measured, "B: the policy over serde_json"), None);
    let clear = of(&measured, "B: Tamis, identities left clear");
    let each = |own: f64, clear: f64| (own - clear) * 1e9 / codes.max(1) as f64;
    let found = format!(
        "{:.0} ns by the clock, {:.0} of processor ({:.1} an event)",
        each(own.wall(), clear.wall()),
        each(own.cpu(), clear.cpu()),
        codes as f64 / size.1 as f64
    );
    report.other("B: one pseudonym (B less B with identities left clear)", "", &found, None);
    Ok(())
}

fn csv(place: &Place, report: &mut Report) -> Result<()> {
    let file = place.corpus("csv", place.events / 4)?;
    let tamis = plain(place, "", "a").with("CSV with `AuditData`: Tamis", &[&file]);
    let vrl = Job::new("CSV: VRL", [place.peer("peer-vrl"), "--text".into(), place.program("csv"), file.clone()]);
    let serde =
        Job::new("CSV: the policy over csv and serde_json", [place.peer("peers"), "serde-csv".into(), file.clone()]);
    same(place, report, &tamis, &[&serde, &vrl])?;
    let measured = interleave(&[tamis, serde, vrl], place.rounds)?;
    let size = size(&file)?;
    measured.iter().for_each(|measured| report.speed(&measured.name, measured, size));
    report.ratio("CSV: Tamis ÷ VRL", &measured[0], &measured[2], Some(8.0));
    report.ratio("CSV: Tamis ÷ csv and serde_json", &measured[0], &measured[1], Some(5.0));
    Ok(())
}

fn native(place: &Place, report: &mut Report) -> Result<()> {
    let file = place.corpus("mixed", place.events)?;
    for (name, policy) in [("A", "a"), ("B", "b")] {
        let tamis = plain(place, "", policy).with(&format!("{name}: Tamis, once more"), &[&file]);
        let linked = |title: &str, flags: &[&str]| {
            let mut argv = vec![place.here.join("../../target/release/native").display().to_string()];
            argv.extend(flags.iter().map(|flag| (*flag).to_owned()));
            argv.extend([place.policy(policy), "2026-11-26".into(), place.key().display().to_string(), file.clone()]);
            Job::new(&format!("{name}: {title}"), argv)
        };
        let native = linked("plugins linked natively", &[]);
        let sandboxed = linked("plugins in WebAssembly, same build", &["--sandboxed"]);
        same_bytes(place, report, &tamis, &[&native, &sandboxed])?;
        let measured = interleave(&[tamis, native, sandboxed], place.rounds)?;
        let size = size(&file)?;
        measured.iter().for_each(|measured| report.speed(&measured.name, measured, size));
        report.ratio(
            &format!("{name}: shipped binary ÷ plugins linked natively"),
            &measured[0],
            &measured[1],
            Some(0.88),
        );
        report.ratio(&format!("{name}: WebAssembly ÷ native, same build"), &measured[2], &measured[1], Some(0.88));
    }
    Ok(())
}

/// Says whether jobs write the same bytes.
fn same_bytes(place: &Place, report: &mut Report, own: &Job, others: &[&Job]) -> Result<()> {
    let (left, right) = (place.work.join("left"), place.work.join("right"));
    own.run(Some(&left))?;
    for other in others {
        other.run(Some(&right))?;
        let is_same = are_equal(&left, &right)?;
        let how = if is_same { "the same bytes" } else { "**not the same bytes**" };
        let text = format!("{} = {}: {} bytes, {how}", own.name, other.name, std::fs::metadata(&left)?.len());
        eprintln!("{text}");
        report.compared(&text, !is_same);
    }
    std::fs::remove_file(&left)?;
    std::fs::remove_file(&right)
}

fn threads(place: &Place, report: &mut Report) -> Result<()> {
    let file = place.corpus("mixed", place.events)?;
    for (name, policy) in [("A", "a"), ("B", "b")] {
        let job = |threads: &str| {
            let mut job = plain(place, "", policy);
            job = job.with(&format!("{name}: Tamis, --threads {threads}"), &["--threads", threads, &file]);
            job.cores = "0,1";
            job
        };
        let (one, two) = (job("1"), job("2"));
        same_bytes(place, report, &one, &[&two])?;
        let measured = interleave(&[one, two], place.rounds)?;
        let size = size(&file)?;
        measured.iter().for_each(|measured| report.speed(&measured.name, measured, size));
        report.ratio(&format!("{name}: two threads ÷ one"), &measured[1], &measured[0], Some(1.8));
    }
    Ok(())
}
