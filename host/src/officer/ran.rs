//! What tests of policies came to: for people a difference of events, for machines JUnit.

use std::collections::BTreeSet;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::Value;
use similar::TextDiff;

use super::expect::Shown;

/// What one test came to.
#[derive(Debug, Default)]
pub struct Ran {
    /// What it promises and does not hold, as sentences.
    pub complaints: Vec<String>,
    /// The event as it went in; absent where the test is about values, or nothing flowed.
    pub given: Option<Value>,
    /// The event as it came out; absent where it did not.
    pub out: Option<Value>,
    /// Rules that took part, as `layer.name`.
    pub rules: BTreeSet<String>,
    /// What the event shows of its map.
    pub shown: Option<Shown>,
}

impl Ran {
    /// Nothing flowed.
    pub fn without_event(complaints: Vec<String>) -> Self {
        Self { complaints, ..Self::default() }
    }

    /// What became of the event, a member a line: `-` went in, `+` came out.
    pub fn difference(&self) -> Option<String> {
        let lines = |event: &Value| format!("{event:#}\n");
        let (given, out) = (lines(self.given.as_ref()?), self.out.as_ref().map(lines).unwrap_or_default());
        Some(TextDiff::from_lines(&given, &out).unified_diff().context_radius(3).header("in", "out").to_string())
    }
}

/// A test, as JUnit names it.
#[derive(Debug)]
pub struct Case<'a> {
    /// Name of the test.
    pub name: &'a str,
    /// The promise in plain words.
    pub title: &'a str,
    /// Where it stands, from one.
    pub line: usize,
    /// How long it took.
    pub seconds: f64,
    /// What it came to.
    pub ran: &'a Ran,
}

/// JUnit XML of files of tests: what CI systems show. It holds sentences about paths, and no event.
///
/// # Errors
///
/// None that writing to memory has.
pub fn junit(suites: &[(&str, Vec<Case>)]) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all: Vec<&Case> = suites.iter().flat_map(|(_, cases)| cases).collect();
    let root = xml.create_element("testsuites").with_attribute(("name", "tamis test"));
    let of_all = counts(&all);
    let root = root.with_attributes(pairs(&of_all));
    root.write_inner_content(|xml| {
        for (file, cases) in suites {
            let suite = xml.create_element("testsuite").with_attribute(("name", printable(file).as_str()));
            let of_suite = counts(&cases.iter().collect::<Vec<_>>());
            let suite = suite.with_attributes(pairs(&of_suite));
            suite.write_inner_content(|xml| cases.iter().try_for_each(|case| one(xml, file, case)))?;
        }
        Ok(())
    })?;
    Ok(xml.into_inner())
}

fn counts(cases: &[&Case]) -> Vec<(&'static str, String)> {
    let failed = cases.iter().filter(|case| !case.ran.complaints.is_empty()).count();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    vec![
        ("tests", cases.len().to_string()),
        ("failures", failed.to_string()),
        ("errors", "0".into()),
        ("time", format!("{seconds:.3}")),
    ]
}

fn pairs<'p>(counts: &'p [(&'p str, String)]) -> impl Iterator<Item = (&'p str, &'p str)> {
    counts.iter().map(|(key, value)| (*key, value.as_str()))
}

fn one(xml: &mut Writer<Vec<u8>>, file: &str, case: &Case) -> std::io::Result<()> {
    let (name, line, seconds) =
        (printable(&format!("{}: {}", case.name, case.title)), case.line.to_string(), format!("{:.3}", case.seconds));
    let file = printable(file);
    let element = xml.create_element("testcase").with_attributes([
        ("name", name.as_str()),
        ("classname", file.as_str()),
        ("file", file.as_str()),
        ("line", line.as_str()),
        ("time", seconds.as_str()),
    ]);
    if case.ran.complaints.is_empty() {
        return element.write_empty().map(drop);
    }
    let text = printable(&case.ran.complaints.join("\n"));
    let first = text.lines().next().unwrap_or_default().to_owned();
    element
        .write_inner_content(|xml| {
            let failure = xml.create_element("failure").with_attribute(("message", first.as_str()));
            failure.write_text_content(BytesText::new(&text)).map(drop)
        })
        .map(drop)
}

/// Without the control characters that XML cannot hold.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_shows_what_went_in_and_what_came_out() {
        let ran = Ran {
            complaints: vec!["`user` is no code".into()],
            given: Some(json!({"op": "login", "user": "anna", "note": "x"})),
            out: Some(json!({"op": "login", "user": "anna"})),
            ..Ran::default()
        };
        let text = ran.difference().unwrap();
        assert!(text.contains("   \"op\": \"login\",\n") && text.contains("\n-  \"note\": \"x\"\n"), "{text}");
        let gone = Ran { out: None, ..ran };
        assert!(gone.difference().unwrap().contains("-  \"op\": \"login\","));
        assert_eq!(Ran::default().difference(), None);
    }

    #[test]
    fn junit_counts_and_quotes_and_holds_no_event() {
        let good = Ran { given: Some(json!({"user": "hidden"})), ..Ran::default() };
        let bad = Ran {
            complaints: vec!["`a<b` & \u{1b}[31m".into(), "second".into()],
            given: Some(json!({"user": "hidden"})),
            ..Ran::default()
        };
        let case = |name, ran| Case { name, title: "A \"promise\"", line: 7, seconds: 0.25, ran };
        let xml = String::from_utf8(junit(&[("t/a.test.toml", vec![case("one", &good), case("two", &bad)])]).unwrap())
            .unwrap();
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{xml}");
        assert!(
            xml.contains("<testsuite name=\"t/a.test.toml\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"0.500\">"),
            "{xml}"
        );
        assert!(xml.contains("name=\"one: A &quot;promise&quot;\" classname=\"t/a.test.toml\" file=\"t/a.test.toml\" line=\"7\" time=\"0.250\"/>"), "{xml}");
        assert!(
            xml.contains("message=\"`a&lt;b` &amp; \u{fffd}[31m\">") && xml.contains("\nsecond</failure>"),
            "{xml}"
        );
        assert!(!xml.contains("hidden") && !xml.contains('\u{1b}'), "{xml}");
    }
}
