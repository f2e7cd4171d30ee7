//! HTTP: lines of JSON, to a source and to a proxy.

use std::io::{Error, Result};

use super::{Client, ROUTE, Way, posts};
use crate::live::{self, Backend};

impl Client for live::Client {
    fn post(&mut self, post: &[u8]) -> Result<()> {
        match live::Client::post(self, post)? {
            200 => Ok(()),
            status => Err(Error::other(format!("a post was answered with {status}"))),
        }
    }
}

fn of(name: &'static str, lines: &[String], events: &str, config: impl Fn(&str) -> String) -> Result<Way> {
    let backend = Backend::start("no event holds this")?;
    Ok(Way {
        name,
        config: config(&backend.url),
        posts: posts(lines, |lines| (lines.join("\n") + "\n").into_bytes()),
        events: events.to_owned(),
        direct: backend.at(),
        connect: Box::new(|at, _| Ok(Box::new(live::Client::connect(at, "/in", "")?))),
    })
}

pub fn way(lines: &[String], events: &str) -> Result<Way> {
    of("HTTP → HTTP", lines, events, |url| {
        format!(
            "[source.in]\ntype = \"http\"\nlisten = \"127.0.0.1:0\"\nanswer = \"60 s\"\n[sink.out]\ntype = \"http\"\nurl = \"{url}\"\n{ROUTE}"
        )
    })
}

pub fn proxy(lines: &[String], events: &str) -> Result<Way> {
    of("HTTP proxy", lines, events, |url| {
        format!(
            "[proxy.in]\nlisten = \"127.0.0.1:0\"\nprotocol = \"http\"\nupstream = \"{url}\"\nanswer = \"60 s\"\npolicy = \"tenants/a.toml\"\npurpose = \"security\"\n"
        )
    })
}
