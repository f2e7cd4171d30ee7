//! Reads the layouts that logs write. Positions are kept, so that a time can be rounded where it stands.

use super::civil;

/// A time that was read. What is not known is 0 or `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Stamp {
    pub(super) year: Option<u16>,
    pub(super) month: u8,
    pub(super) day: u8,
    /// `03/04/2020`: which of the two is the month is not known for sure.
    pub(super) order_unknown: bool,
    /// The day came first.
    pub(super) swapped: bool,
    pub(super) clock: Option<Clock>,
    /// Seconds east of Greenwich, where the time says so.
    pub(super) offset: Option<i64>,
}

/// Where the parts of a clock time stand, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Seconds since midnight.
    seconds: i64,
    pub(super) minute: usize,
    pub(super) second: Option<usize>,
    /// Behind the seconds, or behind the minutes where there are none.
    pub(super) fraction: usize,
    /// Behind the fraction.
    pub(super) end: usize,
    /// Where what is kept ends; remarks in parentheses go.
    pub(super) behind: usize,
    /// Without colons.
    pub(super) compact: bool,
}

impl Stamp {
    /// Seconds since 1970, where the time says its offset.
    pub(super) fn instant(&self) -> Option<i64> {
        let (clock, year, offset) = (self.clock.as_ref()?, self.year?, self.offset?);
        let days = civil::days(year.into(), self.month, self.day);
        (!self.order_unknown).then(|| days * civil::DAY + clock.seconds - offset)
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Zones whose names say an offset to people; which one, they do not agree about (IST, CST).
const ZONES: [&str; 28] = [
    "ACST", "AEDT", "AEST", "AKDT", "AKST", "BST", "CDT", "CEST", "CET", "CST", "EDT", "EEST", "EET", "EST", "HKT",
    "HST", "IST", "JST", "KST", "MDT", "MSK", "MST", "NZDT", "NZST", "PDT", "PST", "SGT", "WEST",
];

/// The first three letters of a month.
pub(super) fn month_name(month: u8) -> Option<&'static str> {
    MONTHS.get(usize::from(month).checked_sub(1)?)?.get(..3)
}

/// Reads a time. See the tests for the layouts.
pub(super) fn parse(text: &str) -> Option<Stamp> {
    let mut cursor = Cursor { text, at: 0 };
    let bracket = cursor.eat(b'[');
    let word = cursor.word();
    if named(&WEEKDAYS, word).is_some() {
        cursor.at += word.len();
        cursor.eat(b',');
        cursor.blanks();
    }
    let (mut stamp, order) = cursor.date()?;
    let mut half_day = false;
    if cursor.separator(order) {
        let (clock, is_half_day) = cursor.clock()?;
        half_day = is_half_day;
        stamp.clock = Some(clock);
        cursor.tail(&mut stamp)?;
    }
    let behind = cursor.at;
    cursor.remark();
    if bracket && !cursor.eat(b']') || cursor.at < text.len() {
        return None;
    }
    if let Some(clock) = &mut stamp.clock {
        // The bracket stays, a remark goes; they do not occur together.
        clock.behind = if bracket { text.len() } else { behind };
    }
    stamp.settle(order, half_day)
}

/// How the numbers of a date are ordered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Plain,
    /// `17/May/2015`, behind which a colon may begin the clock.
    Apache,
    /// Eight digits: the clock has no colons either.
    Compact,
    /// Two numbers with slashes or hyphens in front of the year, in `month` and `day` as they came.
    Either,
}

impl Stamp {
    /// Tells month and day apart and checks that they exist.
    fn settle(mut self, order: Order, half_day: bool) -> Option<Self> {
        // Whoever writes AM and PM writes the month first, unless the number is none of a month.
        self.order_unknown = order == Order::Either && !half_day;
        if order == Order::Either && self.month > 12 {
            (self.month, self.day) = (self.day, self.month);
            self.swapped = true;
        }
        let longest = civil::days_in_month(self.year.map_or(2000, i64::from), self.month);
        let date = match (self.month, self.day) {
            (0, 0) => self.year.is_some() && self.clock.is_none(),
            (1..=12, 0) => self.clock.is_none(),
            (_, day) => (1..=longest).contains(&day),
        };
        date.then_some(self)
    }
}

fn named(names: &[&str], word: &str) -> Option<usize> {
    let fits =
        |name: &&str| name.eq_ignore_ascii_case(word) || name.get(..3).is_some_and(|n| n.eq_ignore_ascii_case(word));
    names.iter().position(fits)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest().first() == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// Skips blanks, the narrow ones that newer systems put before `PM` too; whether there was any.
    fn blanks(&mut self) -> bool {
        let from = self.at;
        loop {
            match self.rest() {
                [b' ' | b'\t', ..] => self.at += 1,
                [0xc2, 0xa0, ..] => self.at += 2,
                [0xe2, 0x80, 0xaf, ..] => self.at += 3,
                _ => return self.at > from,
            }
        }
    }

    /// The letters ahead.
    fn word(&self) -> &'a str {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        self.text.get(self.at..self.at + length).unwrap_or_default()
    }

    /// How many digits are ahead.
    fn digits(&self) -> usize {
        self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of exactly so many digits; more may follow.
    fn number(&mut self, digits: usize) -> Option<u16> {
        let text = self.text.get(self.at..self.at + digits)?;
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        self.at += digits;
        number
    }

    /// A number of one or two digits.
    fn short(&mut self) -> Option<u8> {
        let digits = self.digits();
        (1..=2).contains(&digits).then(|| self.number(digits))?.map(|number| number as u8)
    }

    fn year(&mut self) -> Option<u16> {
        if self.digits() == 4 { self.number(4) } else { None }
    }

    fn month(&mut self) -> Option<u8> {
        let word = self.word();
        let month = named(&MONTHS, word)?;
        self.at += word.len();
        Some(month as u8 + 1)
    }

    fn date(&mut self) -> Option<(Stamp, Order)> {
        match self.digits() {
            0 => Some((self.month_first()?, Order::Plain)),
            4 => Some((self.year_first()?, Order::Plain)),
            8 => {
                let (year, month, day) = (self.number(4)?, self.number(2)? as u8, self.number(2)? as u8);
                self.word().eq_ignore_ascii_case("T").then_some(())?;
                Some((Stamp { year: Some(year), month, day, ..Stamp::default() }, Order::Compact))
            }
            _ => self.day_first(),
        }
    }

    /// `2026-11-03`, `2026/11/03`, `2026-11`, `2026`.
    fn year_first(&mut self) -> Option<Stamp> {
        let mut stamp = Stamp { year: Some(self.year()?), ..Stamp::default() };
        for mark in [b'-', b'/', b'.'] {
            if self.eat(mark) {
                stamp.month = self.short()?;
                if self.eat(mark) {
                    stamp.day = self.short()?;
                }
                break;
            }
        }
        Some(stamp)
    }

    /// `Mar 27`, `Mar  7 2023`, `November 7, 2022`, `Mar`.
    fn month_first(&mut self) -> Option<Stamp> {
        let mut stamp = Stamp { month: self.month()?, ..Stamp::default() };
        let end = self.at;
        if self.blanks() && (1..=2).contains(&self.digits()) {
            stamp.day = self.short()?;
            let end = self.at;
            self.eat(b',');
            if self.blanks() && self.digits() == 4 {
                stamp.year = self.year();
            } else {
                self.at = end;
            }
        } else {
            self.at = end;
        }
        Some(stamp)
    }

    /// `17/May/2015`, `17 May 2015`, `17.5.2015`, `5/17/2015`.
    fn day_first(&mut self) -> Option<(Stamp, Order)> {
        let first = self.short()?;
        let mark = *self.rest().first()?;
        if !matches!(mark, b'/' | b'-' | b'.' | b' ') {
            return None;
        }
        self.at += 1;
        let order = match mark {
            b'/' | b'-' if self.digits() > 0 => Order::Either,
            b'/' => Order::Apache,
            _ => Order::Plain,
        };
        let second = if self.digits() > 0 && mark != b' ' { self.short()? } else { self.month()? };
        self.eat(mark).then_some(())?;
        let (month, day) = if order == Order::Either { (first, second) } else { (second, first) };
        Some((Stamp { year: Some(self.year()?), month, day, ..Stamp::default() }, order))
    }

    /// What stands between date and clock; whether there is a clock.
    fn separator(&mut self, order: Order) -> bool {
        let from = self.at;
        let apart = match order {
            Order::Apache if self.eat(b':') => true,
            _ => self.eat(b'T') || self.eat(b't') || (self.eat(b',') | self.blanks()),
        };
        self.blanks();
        let clock = apart && self.digits() > 0;
        if !clock {
            self.at = from;
        }
        clock
    }

    /// A clock time, and whether it counts to twelve.
    fn clock(&mut self) -> Option<(Clock, bool)> {
        let compact = self.digits() == 6;
        let mut hour = i64::from(if compact { self.number(2)? } else { self.short()?.into() });
        (compact || self.eat(b':')).then_some(())?;
        let minute = self.at;
        let mut seconds = i64::from(self.number(2).filter(|minute| *minute < 60)?) * 60;
        let mut second = None;
        if compact || self.eat(b':') {
            second = Some(self.at);
            // A leap second is read as the one before it.
            seconds += i64::from(self.number(2).filter(|second| *second <= 60)?.min(59));
        }
        let fraction = self.at;
        if second.is_some() && (self.eat(b'.') || self.eat(b',')) {
            let digits = self.digits();
            (1..=12).contains(&digits).then_some(())?;
            self.at += digits;
        }
        let end = self.at;
        self.blanks();
        let word = self.word();
        let half_day = ["AM", "PM"].iter().position(|half| half.eq_ignore_ascii_case(word));
        if let Some(half) = half_day {
            self.at += word.len();
            (1..=12).contains(&hour).then_some(())?;
            hour = hour % 12 + 12 * half as i64;
        } else {
            self.at = end;
        }
        seconds += hour * 3600;
        (hour < 24)
            .then_some((Clock { seconds, minute, second, fraction, end, behind: end, compact }, half_day.is_some()))
    }

    /// What may stand behind a clock: the zone, and the year of `Thu Mar 16 03:08:58 UTC 2023` on either side of it.
    fn tail(&mut self, stamp: &mut Stamp) -> Option<()> {
        let zoned = self.zone(stamp)?;
        let from = self.at;
        if stamp.year.is_none() && self.blanks() && self.digits() == 4 {
            stamp.year = self.year();
            if !zoned {
                self.zone(stamp)?;
            }
        } else {
            self.at = from;
        }
        Some(())
    }

    /// A zone, if there is one; `None` when there is something else.
    fn zone(&mut self, stamp: &mut Stamp) -> Option<bool> {
        let from = self.at;
        self.blanks();
        let word = self.word();
        let utc = ["Z", "UTC", "GMT"].iter().any(|name| name.eq_ignore_ascii_case(word));
        if utc || ZONES.contains(&word) {
            self.at += word.len();
            stamp.offset = utc.then_some(0);
        } else if !word.is_empty() {
            return None;
        }
        let sign = match self.rest().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ if word.is_empty() => {
                self.at = from;
                return Some(false);
            }
            _ => return Some(true),
        };
        self.at += 1;
        let hours = i64::from(self.number(2).filter(|hours| *hours <= 18)?);
        let colon = self.eat(b':');
        let minutes = if colon || self.digits() > 0 { self.number(2).filter(|minutes| *minutes < 60)? } else { 0 };
        stamp.offset = Some(sign * (hours * 3600 + i64::from(minutes) * 60));
        Some(true)
    }

    /// Skips a remark in parentheses: the zone's name, as JavaScript writes it.
    fn remark(&mut self) {
        let from = self.at;
        let text = (self.blanks() && self.eat(b'(')).then(|| self.text.get(self.at..)).flatten();
        let plain = |text: &str| text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\''));
        match text.and_then(|text| text.strip_suffix(')')) {
            Some(inside) if plain(inside) => self.at = self.text.len(),
            _ => self.at = from,
        }
    }
}
