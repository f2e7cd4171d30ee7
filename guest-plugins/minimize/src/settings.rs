//! Settings: what is to be done with each field.

use serde::Deserialize;
use tamis_plugin_sdk::Failure;

use crate::Step;
use crate::ip::Prefixes;
use crate::number::Width;
use crate::path::Depth;
use crate::time::{Unit, Zone};
use crate::url::Url;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    fields: Vec<Field>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Field {
    ip: Option<Ip>,
    time: Option<String>,
    offsets: Option<Vec<(i64, i32)>>,
    number: Option<serde_json::Number>,
    geo: Option<u8>,
    url: Option<String>,
    path_depth: Option<u16>,
    extension: Option<bool>,
    agent: Option<String>,
    title: Option<String>,
    text: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ip {
    ipv4: u8,
    ipv6: u8,
}

/// Reads the settings.
///
/// # Errors
/// [`Failure::SettingsRejected`] where a field says nothing, two things, or something out of range.
pub(crate) fn read(settings: &str) -> Result<Vec<Step>, Failure> {
    let settings: Settings = serde_json::from_str(settings).map_err(|_| Failure::SettingsRejected)?;
    settings.fields.into_iter().map(|field| field.step().ok_or(Failure::SettingsRejected)).collect()
}

impl Field {
    fn step(self) -> Option<Step> {
        let with =
            (self.offsets.is_none() || self.time.is_some()) && (self.extension.is_none() || self.path_depth.is_some());
        let steps = [
            self.ip.map(|Ip { ipv4, ipv6 }| (ipv4 <= 32 && ipv6 <= 128).then_some(Step::Ip(Prefixes { ipv4, ipv6 }))),
            self.time.map(|time| time_step(&time, self.offsets.as_deref())),
            self.number.map(|width| Width::parse(&width.to_string()).map(Step::Number)),
            self.geo.map(|decimals| (decimals <= 15).then_some(Step::Geo(decimals))),
            self.url.map(|url| url_step(&url)),
            self.path_depth
                .map(|folders| Some(Step::Path(Depth { folders, extension: self.extension.unwrap_or(false) }))),
            self.agent.map(|agent| (agent == "family").then_some(Step::Agent)),
            self.title.map(|title| (title == "application").then_some(Step::Title)),
            self.text.map(|characters| Some(Step::Text(characters))),
        ];
        let mut given = steps.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(step), None) if with => step,
            _ => None,
        }
    }
}

fn time_step(time: &str, offsets: Option<&[(i64, i32)]>) -> Option<Step> {
    let unit = match time {
        "second" => Unit::Second,
        "minute" => Unit::Minute,
        "hour" => Unit::Hour,
        "day" => Unit::Day,
        "month" => Unit::Month,
        "year" => Unit::Year,
        _ => return None,
    };
    let zone = match offsets {
        Some(offsets) => Some(Zone::new(offsets)?),
        None => None,
    };
    Some(Step::Time(unit, zone))
}

fn url_step(url: &str) -> Option<Step> {
    match url {
        "page" => Some(Step::Url(Url::Page)),
        "host" => Some(Step::Url(Url::Host)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read() {
        let settings = r#"{"fields":[{"ip":{"ipv4":24,"ipv6":48}},{"time":"hour","offsets":[[0,3600],[99,7200]]},{"time":"day"},
            {"number":10},{"number":0.5},{"geo":1},{"url":"page"},{"url":"host"},{"path-depth":1,"extension":true},
            {"path-depth":0},{"agent":"family"},{"title":"application"},{"text":40}]}"#;
        let steps = read(settings).unwrap();
        assert_eq!(steps.len(), 13);
        assert_eq!(steps[0], Step::Ip(Prefixes { ipv4: 24, ipv6: 48 }));
        assert_eq!(steps[1], Step::Time(Unit::Hour, Zone::new(&[(0, 3600), (99, 7200)])));
        assert_eq!(steps[4], Step::Number(Width::parse("0.5").unwrap()));
        assert_eq!(steps[8], Step::Path(Depth { folders: 1, extension: true }));
    }

    #[test]
    fn what_says_nothing_or_two_things_is_refused() {
        let fields = [
            "{}",
            r#"{"ip":{"ipv4":33,"ipv6":48}}"#,
            r#"{"ip":{"ipv4":24}}"#,
            r#"{"time":"week"}"#,
            r#"{"offsets":[[0,0]]}"#,
            r#"{"time":"hour","offsets":[]}"#,
            r#"{"time":"hour","offsets":[[1,0],[0,0]]}"#,
            r#"{"number":0}"#,
            r#"{"number":-1}"#,
            r#"{"geo":99}"#,
            r#"{"url":"path"}"#,
            r#"{"extension":true}"#,
            r#"{"agent":"x"}"#,
            r#"{"title":1}"#,
            r#"{"text":-1}"#,
            r#"{"geo":1,"text":1}"#,
            r#"{"geo":1,"extension":true}"#,
            r#"{"bogus":1}"#,
            "null",
            "7",
        ];
        for field in fields {
            let settings = format!(r#"{{"fields":[{field}]}}"#);
            assert_eq!(read(&settings).err(), Some(Failure::SettingsRejected), "{field}");
        }
    }
}
