//! Live change: policies, lists, evidence, plugins and certificates are read anew, compiled aside, and swapped route by route. What is
//! wrong changes nothing, and its reason is shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::live::{Load, Purpose, State};
use super::log::{Level, Said, say};
use super::worker::Floor;
use crate::config::{Config, Route, Secret};
use crate::edge::net::Certificate;
use crate::event::frame::{End, FrameLimits, Framer};
use crate::kill;

/// Longest wait for a certificate.
const LONGEST: Duration = Duration::from_secs(30);

/// Changes what is in force.
pub(super) struct Reloader {
    pub(super) floor: Arc<Floor>,
    pub(super) loader: Arc<dyn Load>,
    pub(super) routes: Vec<Route>,
    pub(super) certificates: Vec<(String, Certificate)>,
    /// One change at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
}

/// Until when what a certificate shows clients may be used, where it says so.
pub(super) fn tell_validity(floor: &Floor, name: &str, certificate: &Certificate) {
    if let Some(validity) = certificate.validity() {
        floor.metrics.certificate(name, validity.until);
    }
}

impl Reloader {
    /// Reads everything anew. Each route changes as a whole or not at all; the text says what became of each.
    ///
    /// # Errors
    ///
    /// What is wrong with routes that stay as they were.
    pub(super) async fn reload(self: Arc<Self>) -> Result<String, String> {
        let _turn = self.turn.lock().await;
        if !self.floor.book.is_written() {
            let why = "the ledger cannot be written: nothing changes that cannot be written down";
            say(Level::Error, "reload-refused", &[("why", Said::Text(why))]);
            self.routes.iter().for_each(|route| self.floor.metrics.reloaded(&route.name.value, "refused"));
            return Err(format!("{why}\n"));
        }
        let (mut done, mut refused) = (String::new(), String::new());
        for (name, certificate) in &self.certificates {
            let renewing = certificate.clone();
            // A program that is asked for a key may hang.
            let renewed = tokio::time::timeout(LONGEST, tokio::task::spawn_blocking(move || renewing.renew())).await;
            let why = match renewed {
                Ok(Ok(Ok(()))) => {
                    tell_validity(&self.floor, name, certificate);
                    continue;
                }
                Ok(Ok(Err(error))) => error.to_string(),
                _ => "it takes too long".to_owned(),
            };
            say(Level::Error, "reload-refused", &[("tls", Said::Name(name)), ("why", Said::Text(&why))]);
            refused.push_str(&format!("[tls.{name}]: {why}\n"));
        }
        for number in 0..self.routes.len() {
            let reloader = self.clone();
            let tried = tokio::task::spawn_blocking(move || reloader.route(number)).await;
            let tried = tried.unwrap_or_else(|_| Err("a mistake in tamis itself".to_owned()));
            let name = &self.routes[number].name.value;
            match tried {
                Ok(text) => done.push_str(&format!("{name}: {text}\n")),
                Err(text) => refused.push_str(&format!("{name}: refused, the old one stays\n{text}\n")),
            }
        }
        if refused.is_empty() { Ok(done) } else { Err(format!("{done}{refused}")) }
    }

    fn route(&self, number: usize) -> Result<String, String> {
        let Some(route) = self.routes.get(number) else { return Ok(String::new()) };
        let name = &route.name.value;
        let day = self.loader.day();
        let loaded = kill::around("reload", "load", || self.loader.load(route));
        let loaded = loaded.and_then(|purposes| kill::around("reload", "try", || tried(purposes)));
        let kept = loaded.and_then(|purposes| self.loader.keep(route).map(|()| purposes));
        let purposes = kept.inspect_err(|why| {
            say(Level::Error, "reload-refused", &[("route", Said::Name(name)), ("why", Said::Text(why))]);
            self.floor.metrics.reloaded(name, "refused");
            self.floor.book.note("refused", serde_json::json!({ "route": name, "why": first_line(why) }));
        })?;
        let old = self.floor.live.of(number);
        if old.is_some_and(|old| is_same(&old.purposes, &purposes)) {
            return Ok("as it was".to_owned());
        }
        let text = said(&purposes);
        self.put(number, name, purposes, &day);
        self.floor.metrics.reloaded(name, "in-force");
        let is_closed = self.floor.live.of(number).is_some_and(|now| has_closed(&now.purposes));
        let level = if is_closed { Level::Warn } else { Level::Info };
        say(level, "in-force", &[("route", Said::Name(name)), ("what", Said::Text(&text))]);
        Ok(text)
    }

    /// Looks at the files every `pause`, and at the day, and reloads when something is new.
    pub(super) async fn watch(self: Arc<Self>, config: Arc<Config>, pause: Option<Duration>, stop: CancellationToken) {
        let shown = config.tls.iter().flat_map(|tls| [Some(&tls.cert), Some(&tls.key), tls.client_ca.as_ref()]);
        let shown = shown.flatten().filter_map(|secret| match secret {
            Secret::File(path) => Some(path),
            Secret::Env(_) | Secret::Exec(_) => None,
        });
        let roots = std::iter::once(&config.policy.path)
            .chain(&config.policy.evidence)
            .chain(config.escrow.iter().map(|escrow| &escrow.officers))
            .chain(shown);
        let roots: Vec<_> = roots.cloned().collect();
        let folders = || {
            let roots = roots.clone();
            let read = move || roots.iter().flat_map(|root| stamps(root)).collect::<Vec<_>>();
            async move { tokio::task::spawn_blocking(read).await.unwrap_or_default() }
        };
        let (mut seen, mut day) = (folders().await, self.loader.day());
        let pause_or_minute = pause.unwrap_or(Duration::from_secs(60));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause_or_minute) => {}
            }
            let (now, today) = (if pause.is_some() { folders().await } else { seen.clone() }, self.loader.day());
            if today != day {
                // Yesterday's plan does not hold today: evidence may have run out over night.
                match self.clone().reload().await {
                    Ok(_) => day = today,
                    Err(_) => self.close(&day, &today),
                }
            } else if now != seen {
                // What is still being written is looked at once more when it is whole.
                let _ = self.clone().reload().await;
            }
            seen = now;
        }
    }
}

impl Reloader {
    /// Closes what is still in force as of another day and cannot be made anew.
    fn close(&self, day: &str, today: &str) {
        let why = format!("its plan is of {day} and could not be made for {today}: the log says why");
        for (number, route) in self.routes.iter().enumerate() {
            let Some(now) = self.floor.live.of(number).filter(|now| now.day == day) else { continue };
            let closed = |purpose: &Purpose| Purpose { name: purpose.name.clone(), state: State::Closed(why.clone()) };
            self.put(number, &route.name.value, now.purposes.iter().map(closed).collect(), day);
        }
    }

    /// Puts something in force, and tells its branches whether they are closed.
    fn put(&self, number: usize, name: &str, purposes: Vec<Purpose>, day: &str) {
        kill::around("reload", "book", || self.floor.book.in_force(name, &purposes));
        kill::around("reload", "swap", || self.floor.live.swap(number, purposes, day));
        kill::around("reload", "tell", || self.floor.tell_branches(number));
    }
}

/// Makes an engine of each and has it read an event, so that what cannot run is found out before it is in force.
fn tried(purposes: Vec<Purpose>) -> Result<Vec<Purpose>, String> {
    let mut framer = Framer::lines(FrameLimits::default());
    framer.push(b"{}\n");
    framer.end(End::Complete);
    let batch = framer.next().ok().flatten().unwrap_or_default();
    for purpose in &purposes {
        if let State::Open { engine, .. } = &purpose.state {
            let mut out = crate::pipeline::Sanitized::default();
            let ran = engine().run(&batch, &mut out);
            ran.map_err(|error| error.to_string())?;
        }
    }
    Ok(purposes)
}

/// What the ledger says of why: the rest is in the log.
fn first_line(why: &str) -> String {
    let line = why.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn is_same(old: &[Purpose], new: &[Purpose]) -> bool {
    let same = |(old, new): (&Purpose, &Purpose)| {
        old.name == new.name
            && match (&old.state, &new.state) {
                (State::Open { digest: old, among: had, .. }, State::Open { digest: new, among: has, .. }) => {
                    (old, had) == (new, has)
                }
                (State::Closed(old), State::Closed(new)) => old == new,
                _ => false,
            }
    };
    old.len() == new.len() && old.iter().zip(new).all(same)
}

/// Whether something is closed.
pub(super) fn has_closed(purposes: &[Purpose]) -> bool {
    purposes.iter().any(|purpose| matches!(purpose.state, State::Closed(_)))
}

/// What is in force, for a reader.
pub(super) fn said(purposes: &[Purpose]) -> String {
    let one = |purpose: &Purpose| match &purpose.state {
        State::Open { policy, digest, compiled, held, .. } => {
            let held: String = held.iter().map(|held| format!("; {held}")).collect();
            format!("{}: {policy} ({digest}), {compiled} compiled{held}", purpose.name)
        }
        State::Closed(why) => format!("{}: closed\n{why}", purpose.name),
    };
    purposes.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Files below a folder, with when and how long.
fn stamps(root: &Path) -> Vec<(PathBuf, SystemTime, u64)> {
    let mut all = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(about) = std::fs::metadata(&path) else { continue };
        if about.is_dir() {
            open.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if let Ok(changed) = about.modified() {
            all.push((path, changed, about.len()));
        }
    }
    all.sort();
    all
}
