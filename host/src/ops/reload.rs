//! Live change: policies, lists, evidence, plugins and certificates are read anew, compiled aside, and swapped route by route. What is
//! wrong changes nothing, and its reason is shown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::live::{InForce, Load, Loaded, Purpose, Refused, State};
use super::log::{Level, Said, say};
use super::shadow::Candidates;
use super::worker::Floor;
use crate::config::{Config, Route, Secret};
use crate::edge::net::Certificate;
use crate::event::frame::{End, FrameLimits, Framer};
use crate::kill;

/// Longest wait for a certificate, and for a look at which files are new.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest wait for a change. A network folder may hang, and what yesterday's plan lets through goes on while it is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Changes what is in force.
pub(super) struct Reloader {
    pub(super) floor: Arc<Floor>,
    pub(super) loader: Arc<dyn Load>,
    pub(super) routes: Vec<Route>,
    pub(super) certificates: Vec<(String, Certificate)>,
    /// Where candidates are, where some look on.
    pub(super) candidates: Option<Candidates>,
    /// Files that are watched.
    pub(super) watched: Watched,
    /// Why each route, by number, or a tenant of it, could not be changed the last time.
    pub(super) refused: Mutex<BTreeMap<(usize, String), String>>,
    /// One change at a time. It has it until it is done, though nobody waits for it any more: an older one that was late would
    /// undo a newer one.
    pub(super) turn: Arc<tokio::sync::Mutex<()>>,
    /// Held while something is put in force: what is made and what is closed may come together.
    pub(super) puts: Mutex<()>,
    /// Nothing is put in force any more.
    pub(super) stop: CancellationToken,
}

/// Until when what a certificate shows clients may be used, where it says so.
pub(super) fn tell_validity(floor: &Floor, name: &str, certificate: &Certificate) {
    if let Some(validity) = certificate.validity() {
        floor.metrics.certificate(name, validity.until);
    }
}

impl Reloader {
    /// Reads everything anew. Each route changes as a whole or not at all, but for tenants whose signed bundle is refused; the text says
    /// what became of each.
    ///
    /// # Errors
    ///
    /// What is wrong with routes and tenants that stay as they were. It takes longer than [`PATIENCE`], and goes on; or an earlier one
    /// does, and it was not begun.
    pub(super) async fn reload(self: Arc<Self>) -> Result<String, String> {
        let not_begun =
            || Err("an earlier change hangs: nothing was read anew, try again when it is over\n".to_owned());
        self.begin().await.unwrap_or_else(not_begun)
    }

    /// The same. `None`: it was not begun.
    async fn begin(self: Arc<Self>) -> Option<Result<String, String>> {
        let patience = kill::patience(PATIENCE);
        let end = Instant::now() + patience;
        let slow = |what: &str| {
            let why = format!("{what} takes longer than {} s: a folder or a program may hang", patience.as_secs());
            say(Level::Error, "reload-slow", &[("why", Said::Text(&why))]);
            format!("{why}\n")
        };
        let Ok(turn) = tokio::time::timeout_at(end, self.turn.clone().lock_owned()).await else {
            slow("an earlier change");
            return None;
        };
        let all = tokio::spawn(async move {
            let done = self.all().await;
            drop(turn);
            done
        });
        Some(match tokio::time::timeout_at(end, all).await {
            Ok(done) => done.unwrap_or_else(|_| Err("a mistake in tamis itself\n".to_owned())),
            Err(_) => Err(slow("this change, which goes on,")),
        })
    }

    async fn all(self: Arc<Self>) -> Result<String, String> {
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
        self.loader.anew();
        for number in 0..self.routes.len() {
            let reloader = self.clone();
            let tried = tokio::task::spawn_blocking(move || reloader.route(number)).await;
            let tried = tried.unwrap_or_else(|_| Err("a mistake in tamis itself".to_owned()));
            let name = &self.routes[number].name.value;
            match tried {
                Ok((text, of_tenants)) => {
                    done.push_str(&format!("{name}: {text}\n"));
                    refused.extend(of_tenants.iter().map(|one| format!("{name}: {one}\n")));
                }
                Err(text) => refused.push_str(&format!("{name}: refused, the old one stays\n{text}\n")),
            }
        }
        self.loader.anew();
        let reloader = self.clone();
        // What is wrong with a candidate is said, and is no matter of what is in force.
        drop(tokio::task::spawn_blocking(move || reloader.look_anew()).await);
        if refused.is_empty() { Ok(done) } else { Err(format!("{done}{refused}")) }
    }

    /// Has candidates look that are as their files are now.
    pub(super) fn look_anew(&self) {
        if let Some((shadow, candidates)) = self.floor.shadow.as_ref().zip(self.candidates.as_ref()) {
            shadow.take((candidates.read)(), &self.floor.book);
        }
    }

    fn route(&self, number: usize) -> Result<(String, Vec<Refused>), String> {
        let Some(route) = self.routes.get(number) else { return Ok(Default::default()) };
        let name = &route.name.value;
        let day = self.loader.day();
        let loaded = kill::around("reload", "load", || self.loader.load(route));
        let loaded = loaded.and_then(|loaded| kill::around("reload", "try", || tried(loaded)));
        let _puts = lock(&self.puts);
        if self.stop.is_cancelled() {
            // The ledger ends with the end of the process, and nobody is told of what came behind it.
            return Err("it came when all was over".to_owned());
        }
        let loaded = loaded.and_then(|loaded| match self.loader.day() == day {
            true => Ok(loaded),
            false => Err(format!("it was made for {day}, which is over")),
        });
        let kept = loaded.and_then(|loaded| self.loader.keep(route).map(|()| loaded));
        let Loaded { purposes, refused } = kept.inspect_err(|why| {
            say(Level::Error, "reload-refused", &[("route", Said::Name(name)), ("why", Said::Text(why))]);
            self.floor.metrics.reloaded(name, "refused");
            if self.is_news(number, "", why) {
                self.floor.book.note("refused", serde_json::json!({ "route": name, "why": first_line(why) }));
            }
        })?;
        self.tell_refused(number, &refused);
        let old = self.floor.live.of(number);
        if let Some(old) = old.filter(|old| is_same(&old.purposes, &purposes)) {
            if old.day != day {
                self.floor.live.swap(number, purposes, &day);
            }
            return Ok(("as it was".to_owned(), refused));
        }
        let text = said(&purposes);
        self.put(number, name, purposes, &day);
        self.floor.metrics.reloaded(name, "in-force");
        let is_closed = self.floor.live.of(number).is_some_and(|now| has_closed(&now.purposes));
        let level = if is_closed { Level::Warn } else { Level::Info };
        say(level, "in-force", &[("route", Said::Name(name)), ("what", Said::Text(&text))]);
        Ok((text, refused))
    }

    /// Tells whose latest policy is refused: in the log, the ledger and the metrics.
    pub(super) fn tell_refused(&self, number: usize, refused: &[Refused]) {
        let Some(route) = self.routes.get(number).map(|route| &*route.name.value) else { return };
        lock(&self.refused).retain(|(of, tenant), _| *of != number || refused.iter().any(|one| one.tenant == *tenant));
        for Refused { tenant, why, instead } in refused {
            let (name, told, why_said) = (Said::Name(tenant), Said::Text(instead), Said::Text(why));
            let all = [("route", Said::Name(route)), ("tenant", name), ("why", why_said), ("instead", told)];
            say(Level::Error, "reload-refused", &all);
            self.floor.metrics.reloaded(route, "refused");
            if self.is_news(number, tenant, &format!("{why}\n{instead}")) {
                let line = serde_json::json!({
                    "route": route, "tenant": tenant, "why": first_line(why), "instead": first_line(instead)
                });
                self.floor.book.note("refused", line);
            }
        }
    }

    /// Whether something is refused for another reason than before, or with something else in its place. Who watches files tries again with every pause: what is as it
    /// was is written down once.
    fn is_news(&self, number: usize, tenant: &str, why: &str) -> bool {
        lock(&self.refused).insert((number, tenant.to_owned()), why.to_owned()).as_deref() != Some(why)
    }

    /// Makes everything anew for today, and closes what cannot be: yesterday's plan does not hold, evidence may have run out over night.
    async fn renew(self: Arc<Self>) {
        let day = self.loader.day();
        let _ = self.clone().reload().await;
        if self.loader.day() != day {
            // Another day came meanwhile, for which nothing was tried.
            let _ = self.clone().reload().await;
        }
        self.close();
    }

    /// Looks at the files every `pause`, and at the day, and reloads when something is new.
    pub(super) async fn watch(self: Arc<Self>, pause: Option<Duration>, stop: CancellationToken) {
        let Watched { roots, first } = &self.watched;
        let (mut looks, mut owes, mut seen) = (None, false, Some(first.clone()));
        let pause_or_minute = pause.unwrap_or(Duration::from_secs(60));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause_or_minute) => {}
            }
            if !self.outdated().is_empty() {
                self.clone().renew().await;
            }
            if pause.is_none() {
                continue;
            }
            let Some((now, is_mended)) = look(roots, &self.loader, &mut looks).await else { continue };
            owes |= is_mended;
            let is_new = owes || seen.as_ref() != Some(&now);
            // What is still being written is looked at once more when it is whole, and so is what an earlier change kept from being read.
            if !is_new || self.clone().begin().await.is_some() {
                (seen, owes) = (Some(now), false);
            }
        }
    }
}

/// Folders and files that are watched.
pub(super) struct Watched {
    roots: Arc<[PathBuf]>,
    /// As they were before anything was read of them: what changes while it is read is read again.
    first: Vec<Stamp>,
}

impl Watched {
    pub(super) fn new(config: &Config, candidates: Option<&Candidates>) -> Self {
        let shown = config.tls.iter().flat_map(|tls| [Some(&tls.cert), Some(&tls.key), tls.client_ca.as_ref()]);
        let shown = shown.flatten().filter_map(|secret| match secret {
            Secret::File(path) => Some(path),
            Secret::Env(_) | Secret::Exec(_) => None,
        });
        let roots = std::iter::once(&config.policy.path)
            .chain(&config.policy.evidence)
            .chain(config.escrow.iter().map(|escrow| &escrow.officers))
            .chain(candidates.map(|candidates| &candidates.folder))
            .chain(shown);
        let roots: Arc<[PathBuf]> = roots.cloned().collect();
        let first = roots.iter().flat_map(|root| stamps(root)).collect();
        Self { roots, first }
    }
}

/// A file, with when it changed and how long it is.
type Stamp = (PathBuf, SystemTime, u64);

/// Files, and whether a key is there that was missing.
type Seen = (Vec<Stamp>, bool);

/// The files below some folders, and whether a key that was missing is there. `None`: a folder or a program that is asked for a key hangs;
/// the look goes on, and who asks again waits for the same one.
async fn look(roots: &Arc<[PathBuf]>, loader: &Arc<dyn Load>, looks: &mut Option<JoinHandle<Seen>>) -> Option<Seen> {
    let (roots, loader) = (roots.clone(), loader.clone());
    let read = move || (roots.iter().flat_map(|root| stamps(root)).collect::<Vec<_>>(), loader.is_mended());
    let is_first = looks.is_none();
    let looking = looks.get_or_insert_with(|| tokio::task::spawn_blocking(read));
    let Ok(seen) = tokio::time::timeout(kill::patience(LONGEST), looking).await else {
        if is_first {
            say(
                Level::Warn,
                "watch-slow",
                &[("why", Said::Text("a folder that is watched, or a key that was missing, does not answer"))],
            );
        }
        return None;
    };
    *looks = None;
    seen.ok()
}

impl Reloader {
    /// The routes of which something is in force that was made for another day than today.
    fn outdated(&self) -> Vec<(usize, Arc<InForce>)> {
        let today = self.loader.day();
        let all = (0..self.routes.len()).filter_map(|number| Some((number, self.floor.live.of(number)?)));
        all.filter(|(_, now)| now.day != today).collect()
    }

    /// Closes what could not be made anew for today.
    fn close(&self) {
        let _puts = lock(&self.puts);
        for (number, now) in self.outdated() {
            let why = format!("its plan is of {} and could not be made for today: the log says why", now.day);
            if let (Some(closed), Some(route)) = (closing(&now.purposes, &why), self.routes.get(number)) {
                self.put(number, &route.name.value, closed, &now.day);
            }
        }
    }

    /// Puts something in force, and tells its branches whether they are closed.
    fn put(&self, number: usize, name: &str, purposes: Vec<Purpose>, day: &str) {
        kill::around("reload", "book", || self.floor.book.in_force(name, &purposes));
        let next = self.floor.live.of(number).map_or(1, |now| now.generation + 1);
        kill::around("reload", "narrow", || self.floor.tell_narrowing(number, &purposes, next));
        kill::around("reload", "swap", || self.floor.live.swap(number, purposes, day));
        kill::around("reload", "tell", || self.floor.tell_branches(number));
    }
}

/// Makes an engine of each and has it read an event, so that what cannot run is found out before it is in force.
fn tried(loaded: Loaded) -> Result<Loaded, String> {
    let mut framer = Framer::lines(FrameLimits::default());
    framer.push(b"{}\n");
    framer.end(End::Complete);
    let batch = framer.next().ok().flatten().unwrap_or_default();
    for purpose in &loaded.purposes {
        if let State::Open { engine, .. } = &purpose.state {
            let mut out = crate::pipeline::Sanitized::default();
            let ran = engine().run(&batch, &mut out);
            ran.map_err(|error| error.to_string())?;
        }
    }
    Ok(loaded)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a route is closed to. `None`: nothing of it is open.
fn closing(now: &[Purpose], why: &str) -> Option<Vec<Purpose>> {
    let closed = |purpose: &Purpose| Purpose { name: purpose.name.clone(), state: State::Closed(why.to_owned()) };
    let is_open = now.iter().any(|purpose| matches!(purpose.state, State::Open { .. }));
    is_open.then(|| now.iter().map(closed).collect())
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
fn stamps(root: &Path) -> Vec<Stamp> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: what is closed already is not closed again, and nothing is written down of it.
    #[test]
    fn a_route_closes_once() {
        let open = State::Open {
            engine: Arc::new(|| unreachable!()),
            looking: Arc::new(|| unreachable!()),
            policy: String::new(),
            tenant: None,
            digest: String::new(),
            shut: 0,
            compiled: 0,
            among: Vec::new(),
            held: Vec::new(),
            extent: None,
            attributable: false,
            protects: std::collections::BTreeSet::new(),
        };
        let by_gate = Purpose { name: "b".to_owned(), state: State::Closed("a gate".to_owned()) };
        let now = [Purpose { name: "a".to_owned(), state: open }, by_gate];
        let closed = closing(&now, "yesterday").unwrap();
        let told = |purpose: &Purpose| matches!(&purpose.state, State::Closed(why) if why == "yesterday");
        assert!(closed.len() == 2 && closed.iter().all(told));
        assert!(closing(&closed, "the day before").is_none());
    }
}
