//! Real events under the strict example tenant, and VRL programs that do comparable work.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

use crate::compare::{Kind, compare};
use crate::measure::{Job, interleave};
use crate::place::Place;
use crate::table::Report;
use crate::varied::varied;

/// Bytes that each file is repeated to: see [`varied`].
const LEAST: u64 = 40_000_000;

/// Runs every corpus of the folder that was named.
///
/// # Errors
///
/// A job fails.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    let Some(folder) = place.corpora.as_deref().filter(|_| place.wants("families")) else { return Ok(()) };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
    files.sort();
    for file in files {
        family(place, report, &file)?;
    }
    Ok(())
}

fn family(place: &Place, report: &mut Report, source: &Path) -> Result<()> {
    let name = source.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let path = place.work.join("family.ndjson");
    let bytes = varied(source, &path, LEAST)?;
    let file = path.display().to_string();
    let mut jobs = vec![place.filter(&name, &place.shipped("example-de")).with(&name, &[&file])];
    let program = place.program(&format!("families/{name}"));
    if Path::new(&program).exists() {
        jobs.push(Job::new(&format!("{name}: VRL"), [place.peer("peer-vrl"), program, file]));
    }
    if let [own, other] = jobs.as_slice() {
        same(place, report, &name, own, other)?;
    }
    let measured = interleave(&jobs, place.rounds.min(5))?;
    let speed = |seconds: f64| bytes as f64 / 1e6 / seconds;
    let vrl = measured.get(1).map(|vrl| {
        let (wall, cpu) = measured[0].times(vrl);
        (speed(vrl.wall()), wall, cpu)
    });
    report.family(&name, speed(measured[0].wall()), speed(measured[0].cpu()), vrl);
    fs::remove_file(&path)
}

/// Says how much of the work is the same. Programs by hand know fewer rules, so equality is not asked for.
fn same(place: &Place, report: &mut Report, name: &str, own: &Job, other: &Job) -> Result<()> {
    let (left, right) = (place.work.join("left"), place.work.join("right"));
    own.run(Some(&left))?;
    other.run(Some(&right))?;
    let found = compare(&left, &right, Kind::Real)?;
    let (values, differ) = found.values;
    let share = 100.0 * (1.0 - differ as f64 / values.max(1) as f64);
    eprintln!("{name}: {share:.1} % the same\n  {}", found.shown.join("\n  "));
    report.compared(&format!("{name}: VRL's program gives {share:.1} % of the values that Tamis gives"), share < 90.0);
    fs::remove_file(&left)?;
    fs::remove_file(&right)
}
