use proptest::prelude::*;

use super::Unit::{Day, Hour, Minute, Month, Second, Year};
use super::*;

const UNITS: [Unit; 6] = [Second, Minute, Hour, Day, Month, Year];

fn rounded(unit: Unit, zone: Option<&Zone>, value: &str) -> Option<String> {
    let mut out = String::new();
    round(unit, zone, value, &mut out).map(|()| out)
}

fn all(unit: Unit, cases: &[(&str, &str)]) {
    for (value, expected) in cases {
        assert_eq!(rounded(unit, None, value).as_deref(), Some(*expected), "{value} by {unit:?}");
    }
}

/// RFC 3339 and its relatives, as Microsoft 365 (no zone), Okta, pandas and Log4j write them.
#[test]
fn iso_times_keep_their_layout_down_to_the_hour() {
    all(
        Hour,
        &[
            ("2026-11-03T07:41:12", "2026-11-03T07:00:00"),
            ("2026-11-03T07:41:12Z", "2026-11-03T07:00:00Z"),
            ("2026-11-03T07:41:12.3456789Z", "2026-11-03T07:00:00Z"),
            ("2026-11-03t07:41:12z", "2026-11-03t07:00:00z"),
            ("2026-11-03 07:41:12,345", "2026-11-03 07:00:00"),
            ("2026-11-03T07:41:12.5+05:30", "2026-11-03T07:00:00+05:30"),
            ("2026-11-03 07:41:12-0800", "2026-11-03 07:00:00-0800"),
            ("2026-11-03 07:41:12+00", "2026-11-03 07:00:00+00"),
            ("2026-11-03 07:41:12 UTC", "2026-11-03 07:00:00 UTC"),
            ("2026-11-03T07:41Z", "2026-11-03T07:00Z"),
            ("20261103T074112Z", "20261103T070000Z"),
            ("2026/11/03 07:41:12", "2026/11/03 07:00:00"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:00:00Z"),
            ("2026-11-03", "2026-11-03"),
            ("2026", "2026"),
        ],
    );
    all(Second, &[("2026-11-03T07:41:12.345Z", "2026-11-03T07:41:12Z"), ("20261103T074112Z", "20261103T074112Z")]);
    all(Minute, &[("2026-11-03T07:41:12.345Z", "2026-11-03T07:41:00Z"), ("20261103T074112Z", "20261103T074100Z")]);
    all(
        Day,
        &[("2026-11-03T07:41:12", "2026-11-03"), ("2026-11-03T07:41:12+05:30", "2026-11-03"), ("2026-11", "2026-11")],
    );
    all(Month, &[("2026-11-03T07:41:12", "2026-11"), ("2026/11/03", "2026-11"), ("2026", "2026")]);
    all(Year, &[("2026-11-03T07:41:12", "2026"), ("0001-01-01T00:00:00", "0001"), ("2026-11", "2026")]);
}

/// Apache and nginx, syslog (RFC 3164) and Cisco, asctime and date, RFC 5322, .NET and JavaScript.
#[test]
fn other_layouts_are_read_too() {
    let cases = [
        ("17/May/2015:10:05:43 +0000", "17/May/2015:10:00:00 +0000", Some("2015-05-17"), Some("2015-05")),
        ("[17/May/2015:10:05:43 +0000]", "[17/May/2015:10:00:00 +0000]", Some("2015-05-17"), Some("2015-05")),
        ("Mar 27 13:06:56", "Mar 27 13:00:00", Some("Mar 27"), Some("Mar")),
        ("Mar  7 13:06:56.123", "Mar  7 13:00:00", Some("Mar  7"), Some("Mar")),
        ("Mar 27 2023 13:06:56", "Mar 27 2023 13:00:00", Some("2023-03-27"), Some("2023-03")),
        ("1/2/2020 3:04:05 PM", "1/2/2020 3:00:00 PM", Some("2020-01-02"), Some("2020-01")),
        ("11/7/2022, 3:04:05\u{202f}PM", "11/7/2022, 3:00:00\u{202f}PM", Some("2022-11-07"), Some("2022-11")),
        ("1/31/2020 13:04", "1/31/2020 13:00", Some("01/31/2020"), Some("2020")),
        ("31/1/2020 13:04", "31/1/2020 13:00", Some("31/01/2020"), Some("2020")),
        ("3/4/2020 13:04", "3/4/2020 13:00", Some("03/04/2020"), Some("2020")),
        ("03.04.2020 13:04:05", "03.04.2020 13:00:00", Some("2020-04-03"), Some("2020-04")),
        ("Thu Mar 16 03:08:58 2023 UTC", "Thu Mar 16 03:00:00 2023 UTC", Some("2023-03-16"), Some("2023-03")),
        ("Thu Mar 16 03:08:58 UTC 2023", "Thu Mar 16 03:00:00 UTC 2023", Some("2023-03-16"), Some("2023-03")),
        ("Thu Mar 16 03:08:58.123456 2023", "Thu Mar 16 03:00:00 2023", Some("2023-03-16"), Some("2023-03")),
        ("Thu, 16 Mar 2023 03:08:58 GMT", "Thu, 16 Mar 2023 03:00:00 GMT", Some("2023-03-16"), Some("2023-03")),
        ("16 Mar 2023 03:08:58 -0500 (CDT)", "16 Mar 2023 03:00:00 -0500", Some("2023-03-16"), Some("2023-03")),
        ("November 7, 2022 3:04:05 AM", "November 7, 2022 3:00:00 AM", Some("2022-11-07"), Some("2022-11")),
        (
            "Thu Mar 16 2023 03:08:58 GMT+0100 (Central European Standard Time)",
            "Thu Mar 16 2023 03:00:00 GMT+0100",
            Some("2023-03-16"),
            Some("2023-03"),
        ),
    ];
    for (value, hour, day, month) in cases {
        assert_eq!(rounded(Hour, None, value).as_deref(), Some(hour), "{value}");
        assert_eq!(rounded(Day, None, value).as_deref(), day, "{value}");
        assert_eq!(rounded(Month, None, value).as_deref(), month, "{value}");
    }
    assert_eq!(rounded(Year, None, "Mar 27 13:06:56"), None, "a time without a year has none to show");
}

/// One moment, 2026-11-03T07:41:12Z, in every unit.
#[test]
fn numbers_stay_numbers_of_their_unit() {
    let cases = [
        ("1793691672", "1793689200", "1793664000", "1767225600"),
        ("1793691672.987", "1793689200", "1793664000", "1767225600"),
        ("1793691672987", "1793689200000", "1793664000000", "1767225600000"),
        ("1793691672987654", "1793689200000000", "1793664000000000", "1767225600000000"),
        ("1793691672987654321", "1793689200000000000", "1793664000000000000", "1767225600000000000"),
        ("13438165272987654", "13438162800000000", "13438137600000000", "13411699200000000"),
        ("134381652729876543", "134381628000000000", "134381376000000000", "134116992000000000"),
        ("0", "0", "0", "0"),
        ("9223372036854775807", "9223372036854775807", "9223372036854775807", "9223372036854775807"),
    ];
    for (value, hour, day, year) in cases {
        for (unit, expected) in [(Hour, hour), (Day, day), (Year, year)] {
            assert_eq!(rounded(unit, None, value).as_deref(), Some(expected), "{value} by {unit:?}");
        }
    }
}

#[test]
fn what_is_no_time_fails() {
    let values = [
        "yesterday",
        "12",
        "20261103",
        "20261103074112",
        "99999",
        "631151999",
        "4102444800",
        "491701234567",
        "4917012345678",
        "01701234567",
        "447911123456",
        "1234",
        "315532800000000000",
        "-5",
        "1e999",
        "2026-13-01",
        "2026-02-30",
        "2026-11-03T25:00:00",
        "2026-11-03T07:61:00",
        "2026-11-03T",
        "2026-11-03T07:41:12X",
        "2026-11-03T07:41:12 ann",
        "07:41:12",
        "Mai 3",
        "Mar 32 10:00:00",
        "32/May/2015:10:05:43 +0000",
        "1/2/20 3:04 PM",
        "13:04 PM",
        "1/2/2020 13:04:05 PM",
        "2026-11-03T07:41:12.",
        "[2026-11-03",
        "2026-11-03T07:41:12+99:00",
        "Thu Mar 16 03:08:58 2023 (ann1)",
        "March of Ann",
        "2026-11-03T07:41:12ZZ",
        "2026-11-0٣",
    ];
    for value in values {
        for unit in UNITS {
            assert_eq!(rounded(unit, None, value), None, "{value}");
        }
    }
}

/// Offsets of Europe/Berlin around 2026, as the IANA database has them.
fn berlin() -> Zone {
    Zone::new(&[(1743296400, 7200), (1761440400, 3600), (1774746000, 7200), (1792890000, 3600), (1806195600, 7200)])
        .unwrap()
}

/// Lord Howe Island moves its clocks by half an hour: 2026-04-04T15:00Z back, 2026-10-03T15:30Z forward.
fn lord_howe() -> Zone {
    Zone::new(&[(1759591800, 39600), (1775314800, 37800), (1791041400, 39600)]).unwrap()
}

#[test]
fn a_zone_moves_times_that_say_their_offset() {
    let zone = berlin();
    let cases = [
        (Hour, "2026-11-03T07:41:12Z", "2026-11-03T08:00:00+01:00"),
        (Hour, "2026-07-03T07:41:12.5-07:00", "2026-07-03T16:00:00+02:00"),
        (Day, "2026-11-03T23:30:00Z", "2026-11-04"),
        (Month, "2026-10-31T23:30:00Z", "2026-11"),
        (Day, "Thu Mar 16 23:30:00 2023 UTC", "2023-03-17"),
        (Hour, "2026-11-03T07:41:12", "2026-11-03T07:00:00"),
        (Hour, "Mar 27 13:06:56", "Mar 27 13:00:00"),
        (Hour, "1793691672", "1793689200"),
        // The day begins at 00:00+01:00, which is 23:00Z the day before.
        (Day, "1793691672", "1793660400"),
        // Days on which the clocks change begin in the other offset.
        (Day, "1774785600", "1774738800"),
        (Day, "1792929600", "1792879200"),
        // 02:30 occurs twice on 2026-10-25: two hours, one day.
        (Hour, "2026-10-25T00:30:00Z", "2026-10-25T02:00:00+02:00"),
        (Hour, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00+01:00"),
    ];
    for (unit, value, expected) in cases {
        assert_eq!(rounded(unit, Some(&zone), value).as_deref(), Some(expected), "{value} by {unit:?}");
    }
    assert_eq!(rounded(Hour, Some(&lord_howe()), "2026-10-03T15:45:00Z").as_deref(), Some("2026-10-04T02:30:00+11:00"));
}

#[test]
fn zones_that_make_no_sense_are_refused() {
    for pairs in [&[][..], &[(5, 0), (5, 60)], &[(5, 0), (4, 60)], &[(0, 100_000)]] {
        assert_eq!(Zone::new(pairs), None);
    }
    assert_eq!(Zone::new(&[(0, 3208)]), Zone::new(&[(0, 3180)]), "whole minutes");
}

/// A moment between 1980 and 2100 in some layout. All layouts but the last four say the moment itself.
fn write(seconds: i64, fraction: u32, layout: u8) -> String {
    let (year, month, day) = civil::date(seconds.div_euclid(civil::DAY));
    let of_day = seconds.rem_euclid(civil::DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let name = parse::month_name(month).unwrap();
    let half = if hour < 12 { "AM" } else { "PM" };
    let twelve = (hour + 11) % 12 + 1;
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    match layout {
        0 => format!("{year:04}-{month:02}-{day:02}T{clock}.{fraction:03}Z"),
        1 => format!("{year:04}-{month:02}-{day:02} {clock}+00:00"),
        2 => format!("{day:02}/{name}/{year}:{clock} +0000"),
        3 => format!("{name} {day:2} {clock} {year} UTC"),
        4 => format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"),
        5 => format!("{seconds}"),
        6 => format!("{seconds}{fraction:03}"),
        7 => format!("{seconds}{fraction:03}000"),
        8 => format!("{seconds}{fraction:03}000000"),
        9 => format!("{}{fraction:03}000", seconds + 11_644_473_600),
        10 => format!("{}{fraction:03}0000", seconds + 11_644_473_600),
        11 => format!("{year:04}-{month:02}-{day:02}T{clock}"),
        12 => format!("{month}/{day}/{year} {twelve}:{minute:02}:{second:02} {half}"),
        13 => format!("{month}/{day}/{year} {hour}:{minute:02}"),
        _ => format!("{name} {day:2} {clock}"),
    }
}

fn a_zone() -> impl Strategy<Value = Option<Zone>> {
    prop_oneof![
        Just(None),
        Just(Some(berlin())),
        Just(Some(lord_howe())),
        Just(Zone::new(&[(0, -34200), (1_500_000_000, 50400)]))
    ]
}

/// Near the leaps of the zones above as often as anywhere.
fn a_moment() -> impl Strategy<Value = i64> {
    let leaps = [1774746000i64, 1792890000, 1775314800, 1791041400, 1_500_000_000];
    prop_oneof![
        662_688_000i64..4_102_444_800,
        (0..leaps.len(), -100_000..100_000i64).prop_map(move |(i, by)| leaps[i] + by)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn units_are_a_ladder(seconds in a_moment(), fraction in 0..1000u32, layout in 0..15u8, fine in 0..6usize, coarse in 0..6usize, zone in a_zone()) {
        let (fine, coarse) = (UNITS[fine.min(coarse)], UNITS[coarse]);
        let value = write(seconds, fraction, layout);
        let zone = zone.as_ref();
        if let Some(once) = rounded(fine, zone, &value) {
            prop_assert_eq!(rounded(fine, zone, &once), Some(once.clone()), "{}", value);
            prop_assert_eq!(rounded(coarse, zone, &once), rounded(coarse, zone, &value), "{} {}", value, once);
        } else {
            prop_assert!(layout == 14 && fine == Year, "{}", value);
        }
    }

    /// Two moments of one hour look the same, and so do two of one day, month, year.
    #[test]
    fn only_the_unit_matters(a in a_moment(), by in 0..civil::DAY, f in 0..1000u32, g in 0..1000u32, layout in 0..15u8, unit in 0..6usize) {
        let unit = UNITS[unit];
        let b = civil::round(unit, a) + by % 3600.min(match unit { Second => 1, Minute => 60, _ => 3600 });
        prop_assert_eq!(rounded(unit, None, &write(a, f, layout)), rounded(unit, None, &write(b, g, layout)));
    }

    /// In a zone, all moments of one wall-clock day become one.
    #[test]
    fn a_day_in_a_zone_is_one_day(a in a_moment(), by in -50_000..50_000i64, text in 0..2u8, zone in a_zone()) {
        let zone = zone.unwrap_or_else(berlin);
        let layout = if text == 1 { 0 } else { 6 };
        let b = a + by;
        let same = zone.wall(a).div_euclid(civil::DAY) == zone.wall(b).div_euclid(civil::DAY);
        let equal = rounded(Day, Some(&zone), &write(a, 1, layout)) == rounded(Day, Some(&zone), &write(b, 2, layout));
        prop_assert_eq!(same, equal);
    }

    #[test]
    fn days_and_dates_are_inverse(days in -800_000..3_000_000i64) {
        let (year, month, day) = civil::date(days);
        prop_assert_eq!(civil::days(year, month, day), days);
        prop_assert!((1..=civil::days_in_month(year, month)).contains(&day));
    }

    #[test]
    fn never_panics(value in "[0-9TZ:/+., -]{0,30}|[A-Z][a-z]{2} [0-9: ]{0,20}|.{0,30}", unit in 0..6usize, zone in a_zone()) {
        rounded(UNITS[unit], zone.as_ref(), &value);
    }

    /// Times with something broken in them: read in full or not at all, and never shown finer than asked.
    #[test]
    fn damage_never_shows_more(seconds in a_moment(), layout in 0..15u8, at in 0..40usize, with in "[0-9A-Za-z:/ .+-]{0,2}") {
        let mut value = write(seconds, 7, layout);
        let at = at.min(value.len());
        value.replace_range(at..(at + 1).min(value.len()), &with);
        if let Some(out) = rounded(Day, None, &value) {
            prop_assert!(!out.contains(':'), "{} {}", value, out);
        }
    }
}
