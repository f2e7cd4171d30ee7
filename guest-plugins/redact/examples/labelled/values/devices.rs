//! Machines, subscribers, vehicles.

use super::{Class, Kind, Wrong};
use crate::near;
use crate::random::{HEX, Random};
use crate::sums::luhn;

#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    Kind {
        entity: "device.windows-sid",
        class: Class::Number,
        make: |random| {
            let mut part = || random.within(100_000_000, 4_294_967_295).to_string();
            let domain = [part(), part(), part()].join("-");
            format!("S-1-5-21-{domain}-{}", random.within(1000, 99_999))
        },
        forms: &[""],
        wrong: Wrong::Else(near::like_sid),
        labels: &[("*", "SID"), ("en", "Security ID"), ("de", "Sicherheits-ID"), ("fr", "ID de sécurité"), ("es", "identificador de seguridad"), ("it", "ID di sicurezza")],
        keys: &["SubjectUserSid", "TargetSid", "sid", "UserSid"],
    },
    Kind {
        entity: "device.imei",
        class: Class::Number,
        make: |random| luhn(&(random.pick(&["35", "86", "01", "49"]).to_string() + &random.digits(12))),
        forms: &["", "##-######-######-#"],
        wrong: Wrong::At(14),
        labels: &[("*", "IMEI"), ("en", "IMEI number"), ("de", "IMEI-Nummer"), ("fr", "numéro IMEI"), ("es", "número IMEI"), ("it", "codice IMEI")],
        keys: &["imei", "device_imei", "deviceImei"],
    },
    Kind {
        entity: "device.iccid",
        class: Class::Number,
        make: |random| luhn(&(random.pick(&["8949", "8933", "8934", "8939", "8944"]).to_string() + &random.digits(14))),
        forms: &["", "#### #### #### #### "],
        wrong: Wrong::At(18),
        labels: &[("*", "ICCID"), ("en", "SIM card"), ("de", "SIM-Karte"), ("fr", "carte SIM"), ("es", "tarjeta SIM"), ("it", "scheda SIM")],
        keys: &["iccid", "sim_iccid"],
    },
    Kind {
        entity: "device.imsi",
        class: Class::Number,
        make: |random| random.pick(&["26201", "20801", "21401", "22201", "31026"]).to_string() + &random.digits(10),
        forms: &[""],
        wrong: Wrong::Made(|random| random.pick(&["1", "8"]).to_string() + &random.digits(14)),
        labels: &[("*", "IMSI"), ("en", "subscriber IMSI"), ("de", "IMSI-Nummer")],
        keys: &["imsi", "subscriber_imsi"],
    },
    Kind {
        entity: "device.vin",
        class: Class::Number,
        make: vin,
        forms: &[""],
        wrong: Wrong::At(8),
        labels: &[("en", "VIN"), ("en", "chassis number"), ("de", "FIN"), ("de", "Fahrgestellnummer"), ("fr", "numéro de châssis"), ("fr", "VIN"), ("es", "bastidor"), ("es", "número de bastidor"), ("it", "telaio"), ("it", "numero di telaio")],
        keys: &["vin", "vehicle_vin", "fin"],
    },
    Kind {
        entity: "device.advertising-id",
        class: Class::Number,
        make: |random| {
            let id = random.guid();
            if random.chance(2) { id.to_uppercase() } else { id }
        },
        forms: &[""],
        wrong: Wrong::Else(|random| ("correlation", "correlationId", random.guid())),
        labels: &[("*", "IDFA"), ("*", "GAID"), ("en", "advertising ID"), ("de", "Werbe-ID"), ("fr", "identifiant publicitaire"), ("es", "ID de publicidad"), ("it", "ID pubblicità")],
        keys: &["idfa", "gaid", "advertisingId", "adid"],
    },
    Kind {
        entity: "device.session-id",
        class: Class::Number,
        make: |random| random.of(HEX, 32),
        forms: &[""],
        wrong: Wrong::Else(|random| ("etag", "etag", random.of(HEX, 32))),
        labels: &[("en", "session ID"), ("de", "Sitzungs-ID"), ("fr", "identifiant de session"), ("es", "ID de sesión"), ("it", "ID sessione"), ("*", "session")],
        keys: &["session_id", "sessionId", "JSESSIONID", "PHPSESSID", "sid"],
    },
];

/// Of North America: the ninth sign is checked (49 CFR § 565.15).
fn vin(random: &mut Random) -> String {
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ";
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |c: char| match c {
        'A'..='H' => c as u32 - 64,
        'J'..='R' => c as u32 - 73,
        'S'..='Z' => c as u32 - 81,
        digit => digit.to_digit(10).unwrap_or(0),
    };
    let front = random.pick(&["1HG", "1FA", "2T1", "3VW", "4T1", "5YJ"]).to_string() + &random.of(SIGNS, 5);
    let back = random.of("HJKLMNPR", 1) + &random.of("ABCDEFGH", 1) + &random.digits(6);
    let sum: u32 = (front.clone() + "0" + &back).chars().zip(WEIGHTS).map(|(c, weight)| value(c) * weight).sum();
    let check = if sum % 11 == 10 { "X".to_owned() } else { (sum % 11).to_string() };
    format!("{front}{check}{back}")
}
