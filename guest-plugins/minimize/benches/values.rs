//! Nanoseconds per value, natively. Prints; asserts nothing.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use tamis_minimize::Minimize;
use tamis_plugin_sdk::{Column, Edits, Transformer};

const ROWS: usize = 1024;

fn measure(title: &str, step: &str, values: &[&str]) {
    let mut minimize = Minimize::configure(&format!(r#"{{"fields":[{step}]}}"#)).unwrap();
    let columns = [Column::of(0, values.iter().cycle().take(ROWS))];
    let mut best = Duration::MAX;
    for _ in 0..400 {
        let begin = Instant::now();
        let mut edits = Edits::default();
        minimize.transform(std::hint::black_box(&columns), &mut edits).unwrap();
        std::hint::black_box(edits.finish().unwrap());
        best = best.min(begin.elapsed());
    }
    println!("{title:28} {:7.1} ns per value", best.as_nanos() as f64 / ROWS as f64);
}

fn main() {
    let agents: Vec<String> = (0..300)
        .map(|version| {
            format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36 Edg/{version}.0")
        })
        .collect();
    let agents: Vec<&str> = agents.iter().map(String::as_str).collect();
    let hour = r#"{"time":"hour"}"#;
    let zone = r#"{"time":"hour","offsets":[[1774746000,7200],[1792890000,3600]]}"#;
    let ip = r#"{"ip":{"ipv4":24,"ipv6":48}}"#;
    let times = ["2026-08-25T10:18:20", "2026-04-25T07:25:58.363Z"];
    measure("time to the hour", hour, &times);
    measure("time in a zone", zone, &["2026-04-25T07:25:58.363Z"]);
    measure("milliseconds to the hour", hour, &["1793691672987"]);
    measure("syslog time to the hour", hour, &["Mar 27 13:06:56"]);
    measure("address to the host", r#"{"url":"host"}"#, &["https://shop.example.com/returns?ref=4907"]);
    measure("address to the page", r#"{"url":"page"}"#, &["https://shop.example.com/returns?ref=4907"]);
    measure("number to tens", r#"{"number":10}"#, &["862.86", "1463836"]);
    measure("number to halves", r#"{"number":0.5}"#, &["862.86", "1463836"]);
    measure("latitude to one decimal", r#"{"geo":1}"#, &["54.9938", "-0.1278"]);
    measure("IPv4", ip, &["192.0.2.119", "203.0.113.241"]);
    measure("IPv6", ip, &["2001:db8:179b:74bc::6bb8"]);
    measure("path to one folder", r#"{"path-depth":1,"extension":true}"#, &["Documents/Offers/minutes-1051.pdf"]);
    measure("agents, few", r#"{"agent":"family"}"#, &agents[..8]);
    measure("agents, many", r#"{"agent":"family"}"#, &agents);
    measure("title", r#"{"title":"application"}"#, &["Dismissal of Ann.docx - Microsoft Word"]);
}
