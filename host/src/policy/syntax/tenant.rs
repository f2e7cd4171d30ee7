//! What only tenants say: hours, codes, escrow, officers, workforce, maps, controller and recipients.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::name;
use super::problems::{Problems, meant};
use super::reader::Reader;
use super::value::{Item, check_zone, owned};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Codes, Escrow, Hours, OfficerKey, Schemas, Text, Workforce};
use crate::policy::key::Public;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Minutes of a day.
const MIDNIGHT: u16 = 24 * 60;

/// Weekday (0 is Monday), from, to in minutes after midnight.
type Stretch = (u8, u16, u16);

/// `[hours]` and `[hours.SHIFT]`.
pub(super) fn hours(mut table: Reader<'_>, p: &mut Problems<'_>) -> Option<Hours> {
    let zone = table.need_text("zone", p).filter(|zone| check_zone(zone, p));
    let holidays = table.take("holidays", p).and_then(|item| item.filled(p));
    let mut shifts = vec![Vec::new()];
    let days = table.rest(p);
    each_day_once(&days, p);
    for item in &days {
        if let DeValue::Table(_) = item.value {
            let Some(shift) = item.table(p) else { continue };
            name::simple(shift.name(), "a shift", p);
            let days = shift.rest(p);
            if days.is_empty() {
                p.push(Diagnostic::error("P0014", "this shift has no days", item.key.span, ""));
            }
            each_day_once(&days, p);
            shifts.push(days.into_iter().flat_map(|day| stretches(day, true, p)).collect());
        } else {
            let own = stretches(item.clone(), false, p);
            if let Some(main) = shifts.first_mut() {
                main.extend(own);
            }
        }
    }
    if shifts.first().is_some_and(Vec::is_empty) && shifts.len() > 1 {
        shifts.remove(0);
    }
    if days.is_empty() {
        let help = "for example Mon-Fri = \"08:00-17:00\"";
        p.push(Diagnostic::error("P0014", "no hours are given", table.name().span, "").help(help));
    }
    Some(Hours { zone: zone?, shifts, holidays })
}

/// A day in two rows would have the hours of both, and who wrote the second one meant to change them.
fn each_day_once(rows: &[Item<'_>], p: &mut Problems<'_>) {
    let mut first = [None; DAYS.len()];
    for row in rows.iter().filter(|row| !matches!(row.value, DeValue::Table(_))) {
        let days = days(&row.key).unwrap_or_default();
        let again = days.iter().find_map(|&day| Some((DAYS[usize::from(day)], first[usize::from(day)]?)));
        if let Some((day, before)) = again {
            let problem = Diagnostic::error("P0016", format!("{day} stands in two rows"), row.key.span, "again");
            let help = "an event in the hours of either row would lie in working hours: write each day in one row, with all its \
                        stretches in a list";
            p.push(problem.and(before, "first here").help(help));
        }
        for day in days {
            first[usize::from(day)].get_or_insert(row.key.span);
        }
    }
}

/// `Mon-Thu = "06:00-18:30"`, or a list of such stretches. One that ends before it begins ends on the next day.
fn stretches(item: Item<'_>, of_shift: bool, p: &mut Problems<'_>) -> Vec<Stretch> {
    let item = item.apart(&format!("^({0})(-({0}))?$", DAYS.join("|")), p);
    let Some(days) = days(&item.key) else {
        let message = format!("{} is no day of the week", p.quote(&item.key));
        let mut known = DAYS.to_vec();
        let common = ["zone", "holidays"];
        if of_shift && common.contains(&&*item.key.value) {
            let message = format!("a shift has no {} of its own", p.quote(&item.key));
            let help = format!("write it under [hours]: one `{}` holds for all shifts", item.key.value);
            p.push(Diagnostic::error("P0003", message, item.key.span, "").help(help));
            return Vec::new();
        }
        if !of_shift {
            known.extend(common);
        }
        let help = format!("{}; several days are written Mon-Fri", meant(&item.key, &known));
        p.push(Diagnostic::error("P0003", message, item.key.span, "").help(help));
        return Vec::new();
    };
    let mut all = Vec::new();
    for text in item.texts(p) {
        let Some((from, to)) = stretch(&text) else {
            let message = format!("{} is no stretch of a day", p.quote(&text));
            let help = "write two times of 24 hours: \"06:00-18:30\"; \"22:00-06:00\" goes over midnight";
            p.push(Diagnostic::error("P0009", message, text.span, "").help(help));
            continue;
        };
        for &day in &days {
            if from < to {
                all.push((day, from, to));
            } else {
                all.push((day, from, MIDNIGHT));
                if to > 0 {
                    all.push(((day + 1) % 7, 0, to));
                }
            }
        }
    }
    all
}

/// `Mon`, `Mon-Fri`, `Sat-Mon`.
fn days(key: &str) -> Option<Vec<u8>> {
    let day = |name: &str| (0u8..).zip(DAYS).find(|(_, known)| *known == name).map(|(n, _)| n);
    let Some((first, last)) = key.split_once('-') else {
        return Some(vec![day(key)?]);
    };
    let (first, last) = (day(first)?, day(last)?);
    let length = (last + 7 - first) % 7;
    Some((0..=length).map(|n| (first + n) % 7).collect())
}

/// `"06:00-18:30"` in minutes after midnight.
fn stretch(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minutes(from.trim())?, minutes(to.trim())?);
    (from != to && from < MIDNIGHT).then_some((from, to))
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |s: &str| (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u16>().ok())?;
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= MIDNIGHT).then_some(total)
}

/// `[codes]`.
pub(super) fn codes(mut table: Reader<'_>, p: &mut Problems<'_>) -> Codes {
    let change_every = table.take("change-every", p).and_then(|item| {
        let duration = item.duration(p)?;
        if duration.days == 0 {
            p.push(Diagnostic::error("P0013", "codes cannot change every 0 days", item.span, "at least one day"));
            return None;
        }
        Some(duration)
    });
    let same_person = name::dotted_all(table.texts("same-person", p), "category", false, p);
    let reason = table.reason(p);
    table.finish(p);
    Codes { change_every, same_person, reason }
}

/// `[escrow]`.
pub(super) fn escrow(mut table: Reader<'_>, p: &mut Problems<'_>) -> Escrow {
    let officers = table.need_texts("officers", p);
    let approvals = table.need("approvals", p).and_then(|item| item.count(1..=255, p));
    if let Some(approvals) = approvals.as_ref().filter(|n| !officers.is_empty() && n.value as usize > officers.len()) {
        let message = format!("{} have to agree, {} are named", approvals.value, officers.len());
        p.push(Diagnostic::error("P0161", message, approvals.span, "").help("name more officers, or ask for fewer"));
    }
    let only_for = name::simple_all(table.texts("only-for", p), "a purpose", p);
    let tell_person = table.duration("tell-person", p).map(|d| d.value);
    let reason = table.reason(p);
    table.finish(p);
    let officers = officers.into_iter().map(|t| t.value).collect();
    // Nobody reverses a code where the number cannot be read.
    let approvals = approvals.map_or(u32::MAX, |n| n.value);
    Escrow { officers, approvals, only_for, tell_person, reason }
}

/// `[officers]`: name → public key, or several; a key is a text, or a table that says how long it signed.
pub(super) fn officers(table: Reader<'_>, p: &mut Problems<'_>) -> BTreeMap<String, Vec<OfficerKey>> {
    let mut all: BTreeMap<String, Vec<OfficerKey>> = BTreeMap::new();
    for item in table.rest(p) {
        let keys: Vec<_> = item.elements(p).iter().filter_map(|item| officer_key(item, p)).collect();
        all.insert(item.key.value.clone().into_owned(), keys);
    }
    all
}

fn officer_key(item: &Item<'_>, p: &mut Problems<'_>) -> Option<OfficerKey> {
    let (text, until) = match item.value {
        DeValue::Table(_) => {
            let mut table = item.table(p)?;
            let (text, until) = (table.need_text("key", p), table.date("until", p));
            table.finish(p);
            (text?, until.map(|day| day.value))
        }
        _ => (item.filled(p)?, None),
    };
    let key = Public::from_digits(&text);
    if key.is_none() {
        let help = "write the 64 digits that `tamis policy key new` printed: the file ends in .pub";
        p.push(Diagnostic::error("P0454", "this is no public key", text.span, "").help(help));
    }
    Some(OfficerKey { key: key?, until })
}

/// `[workforce.NAME]`.
pub(super) fn workforce(mut table: Reader<'_>, p: &mut Problems<'_>) -> Workforce {
    name::simple(table.name(), "a workforce", p);
    let jurisdictions = name::simple_all(table.need_texts("jurisdictions", p), "a jurisdiction", p);
    let sectors = name::simple_all(table.texts("sectors", p), "a sector", p);
    let name = owned(table.name());
    table.finish(p);
    Workforce { name, jurisdictions, sectors }
}

/// `[schemas]`.
pub(super) fn schemas(mut table: Reader<'_>, p: &mut Problems<'_>) -> Schemas {
    let mut maps = |key, p: &mut Problems<'_>| name::simple_all(table.texts(key, p), "a schema map", p);
    let (use_maps, pin): (Vec<Text>, Vec<Text>) = (maps("use", p), maps("pin", p));
    table.finish(p);
    Schemas { use_maps, pin }
}

/// `[controller]` and `[recipient.NAME]` as flat text: `controller.name`, `recipient.siem.country`. Beside it the purposes of
/// recipients.
pub(super) fn about(root: &mut Reader<'_>, p: &mut Problems<'_>) -> (BTreeMap<String, String>, Vec<Text>) {
    const CONTROLLER: [&str; 14] = [
        "name",
        "address",
        "contact",
        "representative",
        "officer",
        "authority",
        "basis",
        "interest",
        "source",
        "must-provide",
        "automated-decisions",
        "activation",
        "sale",
        "complaint",
    ];
    const RECIPIENT: [&str; 5] = ["title", "purposes", "country", "contract", "safeguard"];
    let (mut flat, mut purposes) = (BTreeMap::new(), Vec::new());
    let mut read = |prefix: &str, mut table: Reader<'_>, keys: &[&'static str], p: &mut Problems<'_>| {
        for key in keys {
            let texts = table.texts(key, p);
            if !texts.is_empty() {
                let values: Vec<_> = texts.iter().map(|t| t.value.as_str()).collect();
                flat.insert(format!("{prefix}.{key}"), values.join(", "));
            }
            if *key == "purposes" {
                purposes.extend(name::simple_all(texts, "a purpose", p));
            }
        }
        table.finish(p);
    };
    if let Some(table) = root.table("controller", p) {
        read("controller", table, &CONTROLLER, p);
    }
    for table in root.tables("recipient", p) {
        name::simple(table.name(), "a recipient", p);
        if !table.has("title") {
            let problem =
                Diagnostic::error("P0004", "a recipient has no `title`", table.name().span, "`title` is missing");
            p.push(problem);
        }
        read(&format!("recipient.{}", table.name().value), table, &RECIPIENT, p);
    }
    (flat, purposes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_may_go_round_the_week() {
        assert_eq!(days("Mon"), Some(vec![0]));
        assert_eq!(days("Mon-Thu"), Some(vec![0, 1, 2, 3]));
        assert_eq!(days("Sat-Mon"), Some(vec![5, 6, 0]));
        assert_eq!(days("mon"), None);
        assert_eq!(days("Mon-"), None);
    }

    #[test]
    fn stretches_are_two_different_times() {
        assert_eq!(stretch("06:00-18:30"), Some((360, 1110)));
        assert_eq!(stretch("00:00-24:00"), Some((0, 1440)));
        assert_eq!(stretch("22:00-06:00"), Some((1320, 360)));
        for bad in
            ["06:00", "6:00-18:00", "06:00-06:00", "24:00-06:00", "06:60-07:00", "06:00-25:00", "+6:00-07:00", ""]
        {
            assert_eq!(stretch(bad), None, "{bad}");
        }
    }
}
