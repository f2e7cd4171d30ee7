//! A message of syslog as an event: the columns of the table Syslog, which `policies/schemas/syslog.toml` describes.
//!
//! What is taken for a head leaves by other rules than text. So a head is read by the grammar, not by guessing: where a message does
//! not follow it, all of it is text.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::civil::DateTime;
use jiff::{ToSpan as _, Zoned};
use serde_json::{Map, Value};

use super::structured::{self, Data};
use crate::edge::syslog::{FACILITIES, SEVERITIES, USUAL};

/// A message, taken apart.
#[derive(Debug, Default)]
struct Message<'m> {
    priority: u8,
    time: Option<Cow<'m, str>>,
    host: Option<&'m str>,
    app: Option<&'m str>,
    process: Option<&'m str>,
    id: Option<&'m str>,
    data: Data,
    text: &'m str,
}

/// Writes a message as a line of JSON. `now` is in the zone of times that name none. Bytes that are no UTF-8 are replaced.
pub(super) fn event(message: &[u8], peer: Option<IpAddr>, now: &Zoned, out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(message);
    let said = parse(text.trim_end_matches(['\r', '\n', '\0']), now);
    let (facility, severity) = (usize::from(said.priority >> 3), usize::from(said.priority & 7));
    let mut event = Map::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            event.insert(key.to_owned(), value.into());
        }
    };
    let time = said.time.unwrap_or_else(|| written(now).into());
    put("TimeGenerated", Some(&time));
    put("Computer", said.host);
    put("Facility", FACILITIES.get(facility).copied());
    put("SeverityLevel", SEVERITIES.get(severity).copied());
    put("ProcessName", said.app);
    put("ProcessID", said.process);
    put("SyslogMessage", Some(said.text));
    let mut envelope = Map::new();
    envelope.extend(said.id.map(|id| ("msgid".to_owned(), id.into())));
    envelope.extend((!said.data.is_empty()).then(|| ("data".to_owned(), Value::Object(said.data))));
    envelope.extend(peer.map(|peer| ("peer".to_owned(), peer.to_string().into())));
    event.insert("@envelope".to_owned(), envelope.into());
    // Into memory, and of values only: it does not fail.
    let _ = serde_json::to_writer(&mut *out, &Value::Object(event));
    out.push(b'\n');
}

fn parse<'m>(text: &'m str, now: &Zoned) -> Message<'m> {
    let whole = Message { priority: USUAL, text, ..Message::default() };
    match priority(text) {
        Some((priority, rest)) => {
            let new = || rest.strip_prefix("1 ").and_then(rfc5424);
            let found = new().or_else(|| rfc3164(rest, now)).or_else(|| tagged(rest));
            Message { priority, ..found.unwrap_or(whole) }
        }
        // Without a priority only a time tells that there is a head.
        None => Message { priority: USUAL, ..rfc3164(text, now).unwrap_or(whole) },
    }
}

/// `<13>`.
fn priority(text: &str) -> Option<(u8, &str)> {
    let (digits, rest) = text.strip_prefix('<')?.split_once('>')?;
    let is_number = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let priority = digits.parse().ok().filter(|priority| is_number && *priority < 192)?;
    Some((priority, rest))
}

/// What stands behind `<13>1 `.
fn rfc5424(text: &str) -> Option<Message<'_>> {
    let mut rest = text;
    let mut word = |most: usize| {
        let (word, behind) = rest.split_once(' ')?;
        rest = behind;
        let is_good = (1..=most).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic());
        is_good.then_some((word != "-").then_some(word))
    };
    let time = word(40)?;
    let (host, app, process, id) = (word(255)?, word(48)?, word(128)?, word(32)?);
    if time.is_some_and(|time| !time.contains('T') || time.parse::<jiff::Timestamp>().is_err()) {
        return None;
    }
    let (data, text) = structured::parse(rest)?;
    // rsyslog puts the blank behind a tag of RFC 3164 before the text of RFC 5424.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start_matches(' ');
    Some(Message { time: time.map(Cow::from), host, app, process, id, data, text, ..Message::default() })
}

/// `Nov  3 07:41:12 web1 sshd[4711]: text`, also with a time of RFC 3339, and without host.
fn rfc3164<'m>(text: &'m str, now: &Zoned) -> Option<Message<'m>> {
    let (time, rest) = whole_time(text).or_else(|| short_time(text, now))?;
    let time = Some(time);
    if let Some((app, process, text)) = tag(rest) {
        return Some(Message { time, app: Some(app), process, text, ..Message::default() });
    }
    let is_host = |host: &&str| (1..=255).contains(&host.len()) && host.bytes().all(|byte| byte.is_ascii_graphic());
    let Some((host, text)) = rest.split_once(' ').filter(|(host, _)| is_host(host)) else {
        return Some(Message { time, text: rest, ..Message::default() });
    };
    let (app, process, text) = tag(text).map_or((None, None, text), |(app, process, text)| (Some(app), process, text));
    Some(Message { time, host: Some(host), app, process, text, ..Message::default() })
}

/// `sshd[4711]: text`, with neither time nor host. Without the number any word before a colon would be a program.
fn tagged(text: &str) -> Option<Message<'_>> {
    let (app, process, text) = tag(text)?;
    process?;
    Some(Message { app: Some(app), process, text, ..Message::default() })
}

/// Program, its number, and what it says.
fn tag(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-()".contains(&byte);
    let end = text.bytes().take(49).position(|byte| !is_inside(byte)).filter(|end| *end > 0)?;
    let (app, rest) = text.split_at(end);
    let (process, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((number, rest)) if (1..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) => {
            (Some(number), rest)
        }
        _ => (None, rest),
    };
    let rest = rest.strip_prefix(':')?;
    Some((app, process, rest.strip_prefix(' ').unwrap_or(rest)))
}

/// A time of RFC 3339, and what stands behind it.
fn whole_time(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (time, rest) = text.split_once(' ')?;
    let is_time = time.len() <= 40 && time.contains('T') && time.parse::<jiff::Timestamp>().is_ok();
    is_time.then_some((Cow::from(time), rest))
}

/// `Nov  3 07:41:12`, a year behind the day or none, and what stands behind it. It is of the year in which it lies at most a day
/// ahead.
fn short_time<'m>(text: &'m str, now: &Zoned) -> Option<(Cow<'m, str>, &'m str)> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.iter().position(|month| text.starts_with(month))? as i8 + 1;
    let rest = text.get(3..)?.strip_prefix(' ')?;
    let (day, rest) = rest.strip_prefix(' ').unwrap_or(rest).split_once(' ')?;
    let (mut clock, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let year = number(clock, 4).map(|year| year as i16);
    if year.is_some() {
        (clock, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    }
    let day = number(day, 1).or_else(|| number(day, 2))? as i8;
    let (clock, fraction) = clock.trim_end_matches(':').split_once('.').unwrap_or((clock.trim_end_matches(':'), ""));
    let mut parts = clock.splitn(3, ':').map(|part| number(part, 2).map(|n| n as i8));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let nanos = match fraction.len() {
        0 => 0,
        digits @ 1..=9 => number(fraction, digits)? as i32 * 10_i32.pow(9 - digits as u32),
        _ => return None,
    };
    let of = |year: i16| {
        let civil = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
        civil.to_zoned(now.time_zone().clone()).ok()
    };
    let latest = now.checked_add(1.day()).ok()?;
    let found = match year {
        Some(year) => of(year)?,
        None => [1, 0, -1, -2, -3, -4].into_iter().filter_map(|n| of(now.year() + n)).find(|time| *time <= latest)?,
    };
    Some((written(&found).into(), rest))
}

fn number(text: &str, digits: usize) -> Option<u32> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn written(time: &Zoned) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn read(message: &str) -> Value {
        let mut out = Vec::new();
        event(message.as_bytes(), None, &now("2026-11-27T08:00:00+01:00[Europe/Berlin]"), &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    /// Time, host, program, number, text; `-` for what is not there.
    fn short(message: &str) -> String {
        let event = read(message);
        let of = |key: &str| event[key].as_str().unwrap_or("-").to_owned();
        let time = of("TimeGenerated").replace("2026-11-27T08:00:00+01:00", "now");
        let level = format!("{}.{}", of("Facility"), of("SeverityLevel"));
        [time, level, of("Computer"), of("ProcessName"), of("ProcessID"), of("SyslogMessage")].join("|")
    }

    #[test]
    fn heads_are_read() {
        for (message, read) in [
            (
                "<86>1 2026-11-03T07:41:12.003Z web1 sshd 4711 - - \u{feff}session opened",
                "2026-11-03T07:41:12.003Z|authpriv.info|web1|sshd|4711|session opened",
            ),
            ("<13>1 - - a - - -  b", "now|user.notice|-|a|-|b"),
            ("<0>1 - - - - - -", "now|kern.emerg|-|-|-|"),
            (
                "<38>Nov  3 07:41:12 web1 sshd[4711]: Accepted password",
                "2026-11-03T07:41:12+01:00|auth.info|web1|sshd|4711|Accepted password",
            ),
            ("<38>Nov 3 07:41:12 web1 su: no number", "2026-11-03T07:41:12+01:00|auth.info|web1|su|-|no number"),
            ("<38>Nov  3 07:41:12 su(pam_unix)[1]: x", "2026-11-03T07:41:12+01:00|auth.info|-|su(pam_unix)|1|x"),
            ("<38>Nov  3 2024 07:41:12: web1 x", "2024-11-03T07:41:12+01:00|auth.info|web1|-|-|x"),
            ("<13>Nov 03 07:41:12.5 web1 a b", "2026-11-03T07:41:12.5+01:00|user.notice|web1|-|-|a b"),
            ("<13>2026-11-03T07:41:12.003+02:00 web1 app: x", "2026-11-03T07:41:12.003+02:00|user.notice|web1|app|-|x"),
            ("<14>sshd[12]: Failed", "now|user.info|-|sshd|12|Failed"),
            ("Nov  3 07:41:12 web1 cron[1]: x", "2026-11-03T07:41:12+01:00|user.notice|web1|cron|1|x"),
        ] {
            assert_eq!(short(message), read, "{message}");
        }
    }

    /// What does not follow the grammar is text as a whole: no word of it is taken for a program.
    #[test]
    fn broken_messages_are_text() {
        for message in [
            "Anna: hello",
            "<13>Anna: hello",
            "<13>anna@example.de[1]: hello",
            "<192>Nov  3 07:41:12 web1 a: b",
            "<13>1 2026-11-03 web1 a 1 - - x",
            "<13>1 yesterday web1 a 1 - - x",
            "<13>1 2026-11-03T07:41:12Z web1 a 1 - [broken x",
            "<13>1 2026-11-03T07:41:12Z web1 a 1 - [a x=\"1\"][a y=\"2\"] twice",
            "<13>2 2026-11-03T07:41:12Z web1 a 1 - - x",
            "<13>Nov 31 07:41:12 web1 a: b",
            "<13>Nov  3 7:41 web1 a: b",
            "",
            "<",
            "<13>",
        ] {
            let event = read(message);
            assert_eq!(event["SyslogMessage"], message, "{event}");
            assert_eq!((&event["ProcessName"], &event["Computer"]), (&Value::Null, &Value::Null), "{message}");
        }
    }

    #[test]
    fn what_is_beside_the_message_is_in_the_envelope() {
        let event = read(r#"<13>1 2026-11-03T07:41:12Z web1 a 1 ID47 [ex@32473 ip="a" ip="b" q="\"\]\\"][o] x"#);
        assert_eq!(
            event["@envelope"],
            serde_json::json!({"msgid": "ID47", "data": {"ex@32473": {"ip": ["a", "b"], "q": "\"]\\"}, "o": {}}})
        );
        let mut out = Vec::new();
        super::event(b"x", Some("192.0.2.1".parse().unwrap()), &now("2026-11-27T08:00:00Z[UTC]"), &mut out);
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap()["@envelope"]["peer"], "192.0.2.1");
    }

    #[test]
    fn a_time_without_year_is_of_the_year_it_can_be_of() {
        for (clock, said, year) in [
            ("2026-01-01T00:05:00Z[UTC]", "Dec 31 23:59:59", 2025),
            ("2026-12-31T23:59:00Z[UTC]", "Jan  1 00:00:03", 2027),
            ("2026-06-01T00:00:00Z[UTC]", "Jun  1 12:00:00", 2026),
            ("2026-06-01T00:00:00Z[UTC]", "Jun  3 12:00:00", 2025),
            ("2026-03-01T00:00:00Z[UTC]", "Feb 29 12:00:00", 2024),
        ] {
            let (found, _) = short_time(said, &now(clock)).unwrap();
            assert!(found.starts_with(&year.to_string()), "{clock} {said}: {found}");
        }
    }

    proptest! {
        /// LAW: every message is one line of JSON, whatever its bytes.
        #[test]
        fn every_message_is_one_event(
            head in prop_oneof![Just(""), Just("<13>"), Just("<13>1 "), Just("<13>1 - - - - - ["), Just("<13>Nov  3 "), Just("<13>Nov  3 07:41:12 ")],
            rest in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut out = Vec::new();
            event(&[head.as_bytes(), &rest].concat(), None, &now("2026-11-27T08:00:00Z[UTC]"), &mut out);
            prop_assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1);
            let event: Value = serde_json::from_slice(&out).unwrap();
            prop_assert!(event["SyslogMessage"].is_string() && event["TimeGenerated"].is_string());
        }
    }
}
