//! A filtered event as a message of RFC 5424.
//!
//! Columns of the table Syslog go to the places they came from. Where anything else is in the event (a stamp, a time that was made
//! coarser and is no time of syslog any more, an event of another family) the text is what is left of the event, as JSON.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::edge::line::{Members, string};
use crate::edge::opened::Opened;
use crate::edge::syslog::{FACILITIES, SEVERITIES, USUAL};

/// Writes an event as a message, without its frame. False: it is no object.
pub(super) fn message(event: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(mut opened) = Opened::new(event) else { return false };
    let before = (opened.event.0.len(), opened.envelope.len());
    let priority = priority(&mut opened.event);
    let time = opened.event.take_text("TimeGenerated", is_time);
    let host = opened.event.take_text("Computer", |host| is_word(host, 255));
    let app = opened.event.take_text("ProcessName", |app| is_word(app, 48));
    let process = opened.event.take_text("ProcessID", |process| is_word(process, 128));
    let id = opened.envelope.get("msgid").and_then(Value::as_str).is_some_and(|id| is_word(id, 32));
    let id = if id { opened.take("msgid") } else { None };
    let data = data(&mut opened.envelope);
    let text = opened.event.take_text("SyslogMessage", |_| true);
    let is_whole = text.is_none() && before == (opened.event.0.len(), opened.envelope.len());
    let text = match (text, opened.is_empty()) {
        // Written as it came: numbers, too.
        _ if is_whole => String::from_utf8_lossy(event).into_owned(),
        (text, true) => text.unwrap_or_default(),
        (None, false) => opened.close(),
        (Some(text), false) => {
            let mut rest = opened.close().into_bytes();
            rest.pop();
            rest.extend_from_slice(b",\"SyslogMessage\":");
            string(&text, &mut rest);
            rest.push(b'}');
            String::from_utf8_lossy(&rest).into_owned()
        }
    };
    let nil = |word: Option<String>| word.unwrap_or_else(|| "-".to_owned());
    let (time, host, app, process, id) = (nil(time), nil(host), nil(app), nil(process), nil(id));
    out.extend_from_slice(format!("<{priority}>1 {time} {host} {app} {process} {id} {data}").as_bytes());
    if !text.is_empty() {
        out.push(b' ');
        out.extend_from_slice(text.as_bytes());
    }
    true
}

/// Takes facility and severity out, where they have their names; else what counts where nothing is said.
fn priority(event: &mut Members<'_>) -> u8 {
    let mut number = |key: &str, names: &[&str]| {
        let name = event.take_text(key, |name| names.contains(&name))?;
        names.iter().position(|known| **known == *name).map(|n| n as u8)
    };
    let facility = number("Facility", &FACILITIES).unwrap_or(USUAL >> 3);
    let severity = number("SeverityLevel", &SEVERITIES).unwrap_or(USUAL & 7);
    facility << 3 | severity
}

fn is_word(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text != "-" && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// RFC 5424 has less than RFC 3339: capital `T` and `Z`, at most six digits behind the point, no leap second.
fn is_time(text: &str) -> bool {
    let fraction = text.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    let is_written_so = text.bytes().all(|byte| byte.is_ascii_digit() || b"-+:.TZ".contains(&byte));
    is_written_so && text.as_bytes().get(10) == Some(&b'T') && fraction <= 6 && text.parse::<Timestamp>().is_ok()
}

/// Takes structured data out, where all of it has its form.
fn data(envelope: &mut Map<String, Value>) -> String {
    let written = envelope.get("data").and_then(Value::as_object).and_then(|data| {
        let mut out = String::new();
        for (id, parameters) in data {
            element(id, parameters, &mut out)?;
        }
        Some(out).filter(|out| !out.is_empty())
    });
    match written {
        Some(written) => {
            envelope.shift_remove("data");
            written
        }
        None => "-".to_owned(),
    }
}

fn element(id: &str, parameters: &Value, out: &mut String) -> Option<()> {
    let is_name = |name: &str| is_word(name, 128) && !name.contains(['=', ']', '"']);
    out.push('[');
    out.push_str(Some(id).filter(|id| is_name(id))?);
    for (name, values) in parameters.as_object()? {
        let values = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
        for value in values {
            out.push(' ');
            out.push_str(Some(name).filter(|name| is_name(name))?);
            out.push_str("=\"");
            for c in value.as_str()?.chars() {
                if matches!(c, '"' | '\\' | ']') {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        }
    }
    out.push(']');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: &str) -> String {
        let mut out = Vec::new();
        assert!(message(event.as_bytes(), &mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_go_to_their_places() {
        for (event, message) in [
            (
                r#"{"TimeGenerated":"2026-11-03T07:41:12.5+01:00","Computer":"d1-x","Facility":"authpriv","SeverityLevel":"info","ProcessName":"sshd","ProcessID":"7","SyslogMessage":"a\nb","@envelope":{"msgid":"ID47","data":{"e@1":{"ip":["a","b"],"q":"\"]\\"}}}}"#,
                "<86>1 2026-11-03T07:41:12.5+01:00 d1-x sshd 7 ID47 [e@1 ip=\"a\" ip=\"b\" q=\"\\\"\\]\\\\\"] a\nb",
            ),
            (r#"{"Facility":"kern","SeverityLevel":"emerg"}"#, "<0>1 - - - - - -"),
            (r#"{"Id":1}"#, r#"<13>1 - - - - - - {"Id":1}"#),
            (
                r#"{"n":1.50e2,"m":123456789012345678901}"#,
                r#"<13>1 - - - - - - {"n":1.50e2,"m":123456789012345678901}"#,
            ),
            // A day is no time of syslog; a name with a blank is no word.
            (
                r#"{"TimeGenerated":"2026-11-03","Computer":"a b","SyslogMessage":"x"}"#,
                r#"<13>1 - - - - - - {"TimeGenerated":"2026-11-03","Computer":"a b","SyslogMessage":"x"}"#,
            ),
            (
                r#"{"Facility":"f1-code","SyslogMessage":"x","@envelope":{"peer":"p"}}"#,
                r#"<13>1 - - - - - - {"Facility":"f1-code","@envelope":{"peer":"p"},"SyslogMessage":"x"}"#,
            ),
            (
                r#"{"SyslogMessage":"x","@envelope":{"data":{"a b":{}}}}"#,
                r#"<13>1 - - - - - - {"@envelope":{"data":{"a b":{}}},"SyslogMessage":"x"}"#,
            ),
        ] {
            assert_eq!(written(event), message);
        }
        assert!(!super::message(b"7", &mut Vec::new()));
    }

    #[test]
    fn times_are_those_of_rfc_5424() {
        for good in ["2026-11-03T07:41:12Z", "2026-11-03T07:41:12.123456-05:00"] {
            assert!(is_time(good), "{good}");
        }
        for wrong in [
            "2026-11-03",
            "2026-11-03T07:41:12",
            "2026-11-03 07:41:12Z",
            "2026-11-03t07:41:12z",
            "2026-11-03T07:41:12.1234567Z",
            "t9-code",
            "",
        ] {
            assert!(!is_time(wrong), "{wrong}");
        }
    }
}
