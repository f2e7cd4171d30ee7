//! Inline proxies: what a server behind one is asked, and what a client in front of it is told.

mod answers;
mod bulk;
mod doors;
mod lines;
mod otlp;
mod stress;
pub(crate) mod upstream;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A credential that must be nowhere but upstream.
pub(crate) const SECRET: &str = "canary-credential-7f3a";

pub(crate) const PROXY: &str = r#"
[metrics]
listen = "127.0.0.1:0"
[proxy.siem]
listen   = "127.0.0.1:0"
protocol = "PROTOCOL"
upstream = "URL"
policy   = "tenants/example-de.toml"
purpose  = "security"
answer   = "20 s"
"#;

pub(crate) fn config(protocol: &str, url: &str) -> String {
    PROXY.replace("PROTOCOL", protocol).replace("URL", url)
}

/// What a client was told.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        upstream::header(&self.head, name)
    }

    pub(crate) fn is_later(&self) -> bool {
        self.status == 503 && self.header("retry-after").is_some()
    }
}

/// Sends a request: a method and a path, headers, a body.
pub(crate) fn ask(at: &str, line: &str, headers: &[&str], body: &[u8]) -> Told {
    let host = at.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head =
        format!("{line} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    // Who is refused before its body was read may find the connection closed.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    told(&String::from_utf8(bytes).unwrap())
}

fn told(answer: &str) -> Told {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let is_chunked = upstream::header(head, "transfer-encoding").is_some();
    let body = if is_chunked { unchunked(body) } else { body.to_owned() };
    Told { status, head: head.to_owned(), body }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        body.push_str(&behind[..length]);
        rest = &behind[(length + 2).min(behind.len())..];
        if length == 0 {
            break;
        }
    }
    body
}

/// A metric of these words.
pub(crate) fn metric(text: &str, words: &[&str]) -> u64 {
    let line = text.lines().find(|line| words.iter().all(|word| line.contains(word)) && !line.starts_with('#'));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}
