//! Measures Tamis and its peers side by side, compares what they write, prints tables.

mod compare;
mod families;
mod fleet;
mod live;
mod load;
mod made;
mod measure;
mod place;
mod small;
mod table;
mod tenants;
mod varied;

use std::io::Result;
use std::process::ExitCode;

use place::Place;
use table::Report;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == compare::ARGUMENT).is_some() {
        return compare::process(arguments).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    match benchmark(arguments) {
        Ok(report) if report.differs => {
            eprintln!("error: outputs differ: see the comparison");
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark(arguments: impl Iterator<Item = String>) -> Result<Report> {
    let place = Place::from_arguments(arguments)?;
    let mut report = Report::default();
    made::measure(&place, &mut report)?;
    families::measure(&place, &mut report)?;
    small::measure(&place, &mut report)?;
    tenants::measure(&place, &mut report)?;
    fleet::measure(&place, &mut report)?;
    load::measure(&place, &mut report)?;
    report.print(&heading(&place));
    Ok(report)
}

/// What the figures depend on.
fn heading(place: &Place) -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {} processors, load {}; medians of {} rounds, process against process, file in the page cache → `/dev/null`, one thread on \
         one core unless said.",
        model.map_or("unknown processor", |(_, name)| name),
        std::thread::available_parallelism().map_or(1, usize::from),
        load.split(' ').next().unwrap_or("unknown"),
        place.rounds,
    )
}
