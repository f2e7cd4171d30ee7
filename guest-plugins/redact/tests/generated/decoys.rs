//! What looks like a value and is none.

use crate::dice::Dice;
use crate::values;

/// What looks like an entity and is none.
pub(crate) fn decoy(dice: &mut Dice) -> String {
    let form = dice.of(&[
        "version 1#.#.##.#",
        "v10.##.#.#",
        "Chrome/12#.0.0.0",
        "2024-0#-1#T1#:2#:3#.###Z",
        "1#/0#/2024 1#:2#",
        "17########",
        "17###########",
        "17#################",
        "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
        "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
        "%%%%%%%%-%%%%-4%%%-a%%%-%%%%%%%%%%%%",
        "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
        "ORD-2024-######",
        "INV##########",
        "#12345678",
        "200 3638",
        "304 ####",
        "lodash@4.17.#",
        "icon@2x.png",
        "std::collections::HashMap",
        "12:3#:4#",
        "1.3.6.1.4.1.311.#",
        "S-1-5-21-##########-##########-##########-1###",
        "0x%%%%%%%%",
        "$1,2##.##",
        "4#.######, 1#.######",
        "order 8###############",
        "rows 1 234 567",
        "a::b",
        "sha256:%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
        "getty@tty1.service",
        "DE12 ABC",
        "page 12-34",
        "2019-2024",
        "pid=#### uid=####",
        "100.00%",
        "3 of 12",
        "10.0.19041.1###",
        "password: required",
        "Password reset for 3 users",
        "nextPageToken=%%%%%%%%%%%%%%%%",
        "https://example.com:8443/a/b?x=1",
        "-----BEGIN CERTIFICATE-----",
        "eyJhIjoxfQ",
        "build 2024.1#.0#.1",
        "{12345678-1234-1234-1234-%%%%%%%%%%%%}",
        "AKIA@@@@@@@@@@@@@@@@",
        "10%-20%",
        "x86_64-unknown-linux-gnu-1.95.0",
        "0.######",
        "1e10",
        "\\\\host\\share\\2024",
        "C:\\Users\\Public\\file_########.txt",
        "E ##### ms",
        "KB50#####",
        "CVE-2024-#####",
        "RFC 4291",
        "ISO 8601:2019",
    ]);
    dice.form(form)
}

/// A digit at or behind `from` becomes another: no check digit stands that.
fn one_digit_wrong(value: &str, from: usize, dice: &mut Dice) -> String {
    let places: Vec<usize> =
        value.bytes().enumerate().filter(|&(at, b)| at >= from && b.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = places[dice.below(places.len() as u64) as usize];
    let digit = u64::from(value.as_bytes()[at] - b'0');
    let other = (digit + dice.between(1, 9)) % 10;
    format!("{}{other}{}", &value[..at], &value[at + 1..])
}

pub(crate) fn no_card(dice: &mut Dice) -> String {
    let card = values::card(dice);
    one_digit_wrong(&card, 6, dice)
}

pub(crate) fn no_iban(dice: &mut Dice) -> String {
    let iban = values::iban(dice);
    one_digit_wrong(&iban, 2, dice)
}

/// Numbers that are never issued, with the keyword and without.
pub(crate) fn no_ssn(dice: &mut Dice) -> String {
    let form = dice.of(&[
        "000-12-####",
        "666-12-####",
        "9##-12-####",
        "123-00-####",
        "123-4#-0000",
        "SSN 66612####",
        "SSN 1230#-1234",
    ]);
    dice.form(form)
}

pub(crate) fn no_ipv4(dice: &mut Dice) -> String {
    let large = dice.between(256, 999).to_string();
    let form = dice.of(&[
        "10.2#.!.1",
        "!.1.2.3",
        "192.168.1.!",
        "10.1#.2#",
        "1.2.3.4.5",
        "10.#.#.#.1#",
        "1#..2#.3#.4#",
        "10.1#.2#.3#a",
    ]);
    dice.form(&form.replace('!', &large))
}

pub(crate) fn no_ipv6(dice: &mut Dice) -> String {
    let form = dice.of(&[
        "2001:db8:1%%%%::%%%%%",
        "2001::%%%%::1",
        "1:2:3:4:5:6:7:8:9",
        "1#:2#:3#",
        "%%:%%:%%",
        "2001:db8:%%%%:%%%%",
        "x::%%::yz",
        "fe80::%%%g",
    ]);
    dice.form(form)
}

pub(crate) fn no_email(dice: &mut Dice) -> String {
    let (name, host) = (dice.of(&values::NAMES), dice.of(&values::HOSTS));
    let form = dice.of(&[
        "?@",
        "@!.com",
        "?@!.png",
        "? @ !.com",
        "?@1.2.#",
        "?@.com",
        "?@!.service",
        "ssh://git@!.com/?",
        "?@@!..com",
    ]);
    dice.form(form).replace('?', name).replace('!', host)
}
