//! Tables in Markdown.

use crate::measure::Measured;

/// What was measured, and what came of it.
#[derive(Debug, Default)]
pub struct Report {
    speeds: Vec<String>,
    ratios: Vec<String>,
    families: Vec<String>,
    others: Vec<String>,
    compared: Vec<String>,
    /// Whether outputs differed.
    pub differs: bool,
}

fn mark(reached: bool) -> &'static str {
    if reached { "yes" } else { "**no**" }
}

impl Report {
    /// How fast something is on an input of so many bytes and events.
    pub fn speed(&mut self, what: &str, measured: &Measured, (bytes, events): (u64, u64)) {
        let megabytes = bytes as f64 / 1e6;
        let per_event = |seconds: f64| seconds * 1e9 / events as f64;
        self.speeds.push(format!(
            "| {what} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            megabytes / measured.wall(),
            events as f64 / measured.wall() / 1e3,
            per_event(measured.wall()),
            per_event(measured.cpu()),
            measured.peak() as f64 / 1e6,
        ));
    }

    /// A ratio with its target.
    pub fn ratio(&mut self, what: &str, of: &Measured, to: &Measured, least: Option<f64>) {
        let (wall, cpu) = of.times(to);
        let (target, reached) = match least {
            Some(least) => (format!("≥ {least}"), mark(wall >= least)),
            None => (String::new(), ""),
        };
        self.ratios.push(format!("| {what} | {target} | {wall:.2} | {cpu:.2} | {reached} |"));
    }

    /// A family of real events.
    pub fn family(&mut self, name: &str, per_second: f64, by_cpu: f64, vrl: Option<(f64, f64, f64)>) {
        let (speed, ratio) = match vrl {
            Some((speed, wall, cpu)) => {
                (format!("{speed:.0}"), format!("{wall:.2} | {cpu:.2} | {}", mark(wall >= 4.0)))
            }
            None => (String::new(), " | | ".to_owned()),
        };
        self.families.push(format!("| {name} | {per_second:.0} | {by_cpu:.0} | {speed} | {ratio} |"));
    }

    /// Anything else that has a bound.
    pub fn other(&mut self, what: &str, target: &str, found: &str, reached: Option<bool>) {
        self.others.push(format!("| {what} | {target} | {found} | {} |", reached.map_or("", mark)));
    }

    /// What a comparison of outputs said.
    pub fn compared(&mut self, what: &str, differs: bool) {
        self.differs |= differs;
        self.compared.push(format!("- {what}"));
    }

    /// Prints all of it.
    pub fn print(&self, heading: &str) {
        println!("{heading}");
        section(
            "",
            "| | MB/s | thousand events/s | ns an event | ns of processor | peak MB |\n|---|--:|--:|--:|--:|--:|",
            &self.speeds,
        );
        section(
            "",
            "| ratio | target | by the clock | by processor time | reached |\n|---|---|--:|--:|---|",
            &self.ratios,
        );
        section("", "| | target | found | reached |\n|---|---|---|---|", &self.others);
        section(
            "Real events under `example-de`:\n\n",
            "| family | MB/s | MB/s of processor | VRL, MB/s | ratio | by processor time | ≥ 4 |\n|---|--:|--:|--:|--:|--:|---|",
            &self.families,
        );
        section("Outputs compared:\n", "", &self.compared);
    }
}

fn section(before: &str, head: &str, rows: &[String]) {
    if !rows.is_empty() {
        println!("\n{before}{head}\n{}", rows.join("\n"));
    }
}
