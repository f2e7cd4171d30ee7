//! Starts everything, waits, and stops it in order: sources first, then what is on its way, then the rest.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::book::Book;
use super::branch::Running;
use super::buffered::Buffered;
use super::desk::Desk;
use super::flow::Flow;
use super::http::Watch;
use super::ledger::Ledger;
use super::live::{Live, Load};
use super::log::{Level, Said, say, say_rest};
use super::metrics::{Metrics, OneSource};
use super::quarantine::Sealer;
use super::reload::{Reloader, Watched, has_closed, said, tell_validity};
use super::repeated::Repeated;
use super::shadow::{Candidates, Shadow};
use super::tap::Taps;
use super::worker::{Floor, Way, work};
use crate::config::{Config, Secret};
use crate::delivery::Budget;
use crate::edge::net::{self, Certificate, Listener};
use crate::edge::quarantine::parse_recipient;
use crate::edge::sink::{self, Sink};
use crate::edge::source::{self, Delivery, Intake, Room};
use crate::edge::spans::{Export, Spans};
use crate::kill;

/// Batches that wait for one worker.
const WAITING: usize = 4;
/// How long what is given back at the end of a drain may take.
const LAST: Duration = Duration::from_secs(5);
/// How much of that the end of the process takes, with what works on beside it.
const EXIT: Duration = Duration::from_secs(1);
/// What of the rest is left for what comes behind: the answers of servers, workers, branches, buffers.
const BEHIND: [Duration; 4] =
    [Duration::from_millis(2400), Duration::from_millis(1700), Duration::from_millis(1000), Duration::from_millis(400)];

/// How often a stop looks whether something has ended.
const LOOK: Duration = Duration::from_millis(20);

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Sources had nothing more, or a signal said so, and everything that was taken is final.
    Whole,
    /// Something was given back to its sources, or a source failed. What is given back because nobody reads standard output any more
    /// is no failure.
    Short,
}

/// Rooms of routes.
struct Rooms {
    floor: Arc<Floor>,
    config: Arc<Config>,
}

impl Room for Rooms {
    fn is_there(&self, route: usize) -> bool {
        let floor = &self.floor;
        let (Some(said), Some(way)) = (self.config.routes.get(route), floor.routes.get(route)) else { return false };
        let is_full = |(to, branch): &(crate::config::To, Arc<Running>)| to.required && !branch.has_room();
        !way.to.iter().any(is_full)
            && !floor.live.holds(route, said)
            && !floor.is_stopped(route)
            && !floor.is_over(route)
            && !(way.to.iter().any(|(_, branch)| branch.is_held()) && floor.sealer.is_full())
            && floor.book.is_in_time()
    }

    fn takes_all(&self) -> bool {
        !self.floor.sealer.is_full()
    }
}

/// Everything that was started.
pub(super) struct Started {
    pub(super) floor: Arc<Floor>,
    pub(super) watch: Arc<Watch>,
    pub(super) reloader: Arc<Reloader>,
    sinks: BTreeMap<String, Arc<dyn Sink>>,
    pub(super) workers: Vec<Sender<Delivery>>,
    threads: Vec<JoinHandle<()>>,
    writer: JoinHandle<()>,
    buffers: Vec<JoinHandle<()>>,
    export: Option<Export>,
    _lock: File,
}

/// What is running.
#[derive(Default)]
struct Tasks {
    branches: JoinSet<()>,
    sources: Sources,
    servers: JoinSet<()>,
}

/// Sources, and how each ended.
pub(super) type Sources = JoinSet<(String, Result<(), String>)>;

/// Waits for SIGHUP from now on, which would end a process that does not.
///
/// # Errors
///
/// The system refuses.
pub fn hangups() -> Result<Signal, String> {
    handler(SignalKind::hangup())
}

fn handler(kind: SignalKind) -> Result<Signal, String> {
    signal(kind).map_err(|error| format!("no signals: {error}"))
}

/// Runs until the sources have nothing more, or a signal says so. SIGHUP (of `hangups`) reads policies and certificates anew; SIGTERM and
/// SIGINT drain, and stop at once the second time.
///
/// # Errors
///
/// It cannot start. For the operator: names of files and addresses, never content.
pub async fn run(
    config: Config,
    loader: Arc<dyn Load>,
    candidates: Option<Candidates>,
    hangups: Signal,
) -> Result<Ended, String> {
    // Clients that are made by others take the provider of the process. Who was first does not matter: there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Arc::new(config);
    let mut started = kill::around("start", "all", || start(&config, loader, candidates))?;
    let (stop, serving, mut tasks) = (CancellationToken::new(), started.reloader.stop.clone(), Tasks::default());
    if let Err(why) = serve(&config, &mut started, &stop, &mut tasks).await {
        stop.cancel();
        serving.cancel();
        let Tasks { mut sources, mut servers, mut branches } = tasks;
        // A task that goes on while its runtime ends panics.
        sources.shutdown().await;
        servers.shutdown().await;
        branches.shutdown().await;
        return Err(why);
    }
    let Tasks { mut sources, mut servers, branches } = tasks;
    kill::point("start", "told");
    let failed = wait(&mut sources, &started, &stop, hangups).await?;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    started.watch.is_ready.store(false, Ordering::Release);
    let end = Instant::now() + config.drain + (LAST - EXIT);
    let whole = drain(&config, &started, &mut sources, &stop).await;
    started.floor.taps.end();
    // They hold what has to go for the writers of quarantine to end.
    serving.cancel();
    // Who asked and does not read what is answered must not hold a stop up.
    let until = before(end, BEHIND[0]).min(Instant::now() + LAST);
    let _ = tokio::time::timeout_at(until.into(), async { while servers.join_next().await.is_some() {} }).await;
    servers.shutdown().await;
    kill::point("drain", "servers-ended");
    let whole = finish(started, branches, end).await && whole;
    say_rest(true);
    say(Level::Info, "stopped", &[]);
    Ok(if whole && !failed { Ended::Whole } else { Ended::Short })
}

/// Starts what runs, and says when all does.
async fn serve(
    config: &Arc<Config>,
    started: &mut Started,
    stop: &CancellationToken,
    tasks: &mut Tasks,
) -> Result<(), String> {
    let Tasks { branches, sources: all, servers: serve } = tasks;
    for (way, said) in started.floor.routes.iter().zip(&config.routes) {
        for ((_, branch), to) in way.to.iter().zip(&said.to) {
            if let Some(sink) = started.sinks.get(&to.sink.value) {
                let (branch, sealer) = (branch.clone(), started.floor.sealer.clone());
                branches.spawn(branch.run(sink.clone(), sealer, stop.clone()));
            }
        }
    }
    kill::point("start", "branches-run");
    sources(config, started, stop, all).await?;
    kill::point("start", "sources-run");
    super::proxy::proxies(config, started, stop, all).await?;
    let serving = started.reloader.stop.clone();
    servers(config, started, &serving, serve).await?;
    kill::point("start", "servers-run");
    serve.spawn(started.reloader.clone().watch(config.policy.watch, serving.clone()));
    serve.spawn(super::book::run(started.floor.clone(), serving.clone()));
    serve.spawn(watchdog(serving.clone()));
    if let Some(export) = started.export.take() {
        serve.spawn(export.run(serving));
    }
    started.floor.book.tell_head(super::book::HEAD);
    started.watch.is_ready.store(true, Ordering::Release);
    // Who started this process may want to know; nobody has to.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    say(Level::Info, "started", &[("routes", Said::Number(config.routes.len() as u64))]);
    Ok(())
}

fn start(config: &Arc<Config>, loader: Arc<dyn Load>, candidates: Option<Candidates>) -> Result<Started, String> {
    let lock = kill::around("start", "lock", || lock(&config.state))?;
    let watched = Watched::new(config, candidates.as_ref());
    let mut certificates = Vec::new();
    for tls in &config.tls {
        let read = Certificate::read(tls).map_err(|error| format!("[tls.{}]: {error}", tls.name.value))?;
        certificates.push((tls.name.value.clone(), read));
    }
    // A day that begins meanwhile has all of it made anew: nothing may hold for a day that it was not made for.
    let (day, mut first, mut refused) = (loader.day(), Vec::new(), Vec::new());
    for route in &config.routes {
        let loaded = kill::around("start", "load", || loader.load(route))?;
        loader.keep(route)?;
        let text = said(&loaded.purposes);
        let level = if has_closed(&loaded.purposes) { Level::Warn } else { Level::Info };
        say(level, "in-force", &[("route", Said::Name(&route.name.value)), ("what", Said::Text(&text))]);
        first.push(loaded.purposes);
        refused.push(loaded.refused);
    }
    loader.anew();
    let recipients: Result<Vec<_>, String> = config.quarantine.recipients.iter().map(recipients).collect();
    let recipients = recipients.map_err(|why| format!("[quarantine] recipients: {why}"))?;
    let recipients: Vec<_> = recipients.into_iter().flatten().collect();
    let path = config.state.join("quarantine.ndjson");
    let budget = Budget::new(config.memory as usize);
    let open = || Sealer::start(&path, &recipients, config.quarantine.size, &budget).map_err(|error| error.to_string());
    let opened = kill::around("start", "quarantine", open);
    let (sealer, writer) = opened?;
    sealer.tell();
    let metrics = Metrics::new(config.metrics.as_ref().map_or(usize::MAX, |metrics| metrics.max_series));
    let book = kill::around("start", "ledger", || book(config))?;
    let (sinks, routes) = kill::around("start", "branches", || branches(config, &budget))?;
    let live = Live::new(first, &day);
    let names = config.routes.iter().map(|route| route.name.value.clone()).collect();
    let shadow = candidates.is_some().then(|| Shadow::start(names, metrics.clone()));
    let (shadow, looking) = shadow.unzip();
    let spans = config.traces.as_ref().map(|said| Spans::new(said).map_err(|error| format!("[traces]: {error}")));
    let (spans, export) = spans.transpose()?.unzip();
    let floor = Floor {
        live,
        routes,
        sealer,
        unknown: config.quarantine.unknown,
        metrics: metrics.clone(),
        book,
        budget: budget.clone(),
        taps: Taps::default(),
        quota: loader.quota(),
        flow: config.limits.tenant_rate.map(Flow::new),
        shadow,
        discards: config.policy.discards(),
        spans,
        is_over: AtomicBool::new(false),
    };
    let floor = Arc::new(floor);
    if let Some(looking) = looking {
        let floor = Arc::downgrade(&floor);
        let thread = std::thread::Builder::new().name("shadow".into());
        // It ends when nothing is offered any more; nobody waits for it.
        drop(thread.spawn(move || looking.work(&floor)).map_err(|error| format!("no thread: {error}"))?);
    }
    floor.book.note("started", serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "day": day }));
    (0..config.routes.len()).for_each(|route| floor.tell_branches(route));
    for (number, route) in config.routes.iter().enumerate() {
        if let Some(now) = floor.live.of(number) {
            floor.book.in_force(&route.name.value, &now.purposes);
            floor.tell_narrowing(number, &now.purposes, now.generation);
        }
    }
    certificates.iter().for_each(|(name, certificate)| tell_validity(&floor, name, certificate));
    let (mut workers, mut threads) = (Vec::new(), Vec::new());
    for number in 0..config.workers {
        let (send, receive) = channel(WAITING);
        let floor = floor.clone();
        let thread = std::thread::Builder::new().name(format!("worker-{number}"));
        let thread = thread.spawn(move || work(&floor, receive)).map_err(|error| format!("no thread: {error}"))?;
        workers.push(send);
        threads.push(thread);
    }
    let mut buffers = Vec::new();
    for branch in floor.routes.iter().flat_map(|way| way.to.iter().map(|(_, branch)| branch.clone())) {
        if let Some(buffer) = branch.buffered().cloned() {
            let thread = std::thread::Builder::new().name("buffer".into());
            let thread = thread.spawn(move || buffer.work(&branch)).map_err(|error| format!("no thread: {error}"))?;
            buffers.push(thread);
        }
    }
    let all = floor.routes.iter().flat_map(|way| way.to.iter().map(|(_, branch)| branch.clone())).collect();
    let watch =
        Arc::new(Watch { metrics, branches: all, budget, is_ready: AtomicBool::new(false), floor: floor.clone() });
    let (routes, turn) = (config.routes.clone(), Arc::default());
    let (told, floor_of) = (Mutex::default(), floor.clone());
    let (puts, stop) = (Mutex::default(), CancellationToken::new());
    let reloader = Reloader {
        floor: floor_of,
        loader,
        routes,
        certificates,
        candidates,
        watched,
        refused: told,
        turn,
        puts,
        stop,
    };
    refused.iter().enumerate().for_each(|(number, refused)| reloader.tell_refused(number, refused));
    reloader.look_anew();
    let reloader = Arc::new(reloader);
    Ok(Started { floor, watch, reloader, sinks, workers, threads, writer, buffers, export, _lock: lock })
}

/// Takes the folder of what is kept. Another process on the same one would acknowledge what it never saw.
///
/// # Errors
///
/// Another process has it, or it cannot be made.
pub fn lock(state: &Path) -> Result<File, String> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let failed = |error: std::io::Error| format!("cannot use {}: {error}", state.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state).map_err(failed)?;
    let mut open = File::options();
    let lock = open.write(true).create(true).truncate(true).mode(0o600).open(state.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(format!("another tamis runs on {}", state.display())),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The ledger, where the configuration has one.
fn book(config: &Config) -> Result<Book, String> {
    let kept = config.state.join("today.json");
    let Some(said) = &config.ledger else { return Ok(Book::new(None, Duration::ZERO, &kept)) };
    let failed = |error: super::ledger::LedgerError| format!("[ledger]: {error}");
    let key = super::ledger::key(&said.key.read().map_err(|error| format!("[ledger]: {error}"))?).map_err(failed)?;
    let ledger = Ledger::open(&config.state.join("ledger.ndjson"), key).map_err(failed)?;
    Ok(Book::new(Some(ledger), said.grace, &kept))
}

/// Public keys, one a line; lines that begin with `#` say something else.
pub(super) fn recipients(secret: &Secret) -> Result<Vec<crate::edge::quarantine::Recipient>, String> {
    let text = secret.read()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| parse_recipient(line).map_err(|error| error.to_string())).collect()
}

type Opened = (BTreeMap<String, Arc<dyn Sink>>, Vec<Way>);

fn branches(config: &Config, budget: &Budget) -> Result<Opened, String> {
    let mut sinks = BTreeMap::new();
    for said in &config.sinks {
        let name = said.name.value.clone();
        let sink = sink::open(&said.kind).map_err(|error| format!("[sink.{name}]: {error}"))?;
        sinks.insert(name, sink);
    }
    // Half of the memory for what waits for sinks, the other for what is being read and filtered.
    let number = config.routes.iter().map(|route| route.to.len()).sum::<usize>().max(1);
    let share = config.memory / 2 / number as u64;
    let mut routes = Vec::new();
    for route in &config.routes {
        let repeated = route.repeats.map(|said| Repeated::new(said, budget)).transpose();
        let repeated = repeated.map_err(|error| format!("[route.{}]: {error}", route.name.value))?;
        let mut to = Vec::new();
        let is_proxy = config.proxies.iter().any(|proxy| proxy.name.value == route.name.value);
        to.extend(
            route.to.iter().filter(|_| is_proxy).map(|to| (to.clone(), Running::of_proxy(&route.name.value, to))),
        );
        for branch in &route.to {
            let said = config.sinks.iter().find(|sink| sink.name.value == branch.sink.value);
            let Some((said, sink)) = said.zip(sinks.get(&branch.sink.value)) else { continue };
            let running = Running::new(&route.name.value, branch, said, sink.is_ordered(), share);
            if let Some(buffering) = said.buffer {
                let name = running.name();
                let path = config.state.join("buffers").join(&name);
                let opened = Buffered::open(&path, buffering, branch.required, repeated.clone());
                running.buffer(opened.map_err(|error| format!("cannot open the buffer {name}: {error}"))?);
            }
            to.push((branch.clone(), running));
        }
        routes.push(Way { name: route.name.value.clone(), to, repeated, stopped: AtomicU64::new(0) });
    }
    left(config, &routes)?;
    Ok((sinks, routes))
}

/// Buffers of branches that are not there any more: what is in them was acknowledged.
fn left(config: &Config, routes: &[Way]) -> Result<(), String> {
    let own = |name: &str| {
        let mut all = routes.iter().flat_map(|way| &way.to);
        all.any(|(_, branch)| branch.buffered().is_some() && branch.name() == name)
    };
    for entry in std::fs::read_dir(config.state.join("buffers")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !own(&name) && Buffered::is_left(&entry.path()).unwrap_or(true) {
            return Err(format!(
                "events wait in the buffer {} for a branch that is not there any more\nhelp: run once more with its route, sink and purpose as they were called, or remove the folder and lose them",
                entry.path().display()
            ));
        }
    }
    Ok(())
}

pub(super) fn rooms(config: &Arc<Config>, started: &Started) -> Arc<dyn Room> {
    Arc::new(Rooms { floor: started.floor.clone(), config: config.clone() })
}

/// Starts the sources, and waits until each listens or reads.
async fn sources(
    config: &Arc<Config>,
    started: &Started,
    stop: &CancellationToken,
    running: &mut Sources,
) -> Result<(), String> {
    let room = rooms(config, started);
    for said in &config.sources {
        let name = said.name.value.clone();
        let takes = |route: &crate::config::Route| route.from.iter().any(|from| from.value == name);
        let routes: Vec<_> = (0..).zip(&config.routes).filter(|(_, route)| takes(route)).map(|(n, _)| n).collect();
        let (tell, told) = oneshot::channel();
        let certificates = &started.reloader.certificates;
        let named = said.kind.tls().and_then(|tls| certificates.iter().find(|(name, _)| *name == tls.value));
        let intake = Intake {
            source: name.as_str().into(),
            routes: routes.into(),
            workers: started.workers.clone().into(),
            budget: started.watch.budget.clone(),
            limits: config.limits,
            room: room.clone(),
            gives_again: said.kind.gives_again(),
            count: Arc::new(OneSource::new(&started.floor.metrics, &name)),
            spans: started.floor.spans.clone(),
        };
        let (kind, state) = (said.kind.clone(), config.state.clone());
        let certificate = named.map(|(_, certificate)| certificate.clone());
        let with = source::Running { intake, stop: stop.clone(), certificate, state, ready: tell };
        let of = name.clone();
        running.spawn(async move { (of, source::run(&kind, with).await) });
        match told.await {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(at))) => {
                let at = at.to_string();
                say(Level::Info, "listening", &[("source", Said::Name(&name)), ("at", Said::Text(&at))]);
            }
            _ => {
                let why = running.join_next().await.and_then(Result::ok).and_then(|(_, ended)| ended.err());
                return Err(format!("[source.{name}]: {}", why.unwrap_or_else(|| "it does not start".to_owned())));
            }
        }
    }
    Ok(())
}

async fn servers(
    config: &Config,
    started: &Started,
    serving: &CancellationToken,
    servers: &mut JoinSet<()>,
) -> Result<(), String> {
    let bound = |name: &'static str, at, error: std::io::Error| format!("[{name}]: cannot listen at {at}: {error}");
    if let Some(metrics) = &config.metrics {
        let at = metrics.listen;
        let listener = Listener::bind(at, None, 64).await.map_err(|error| bound("metrics", at, error))?;
        let at = listener.address().map(|at| at.to_string()).unwrap_or_default();
        say(Level::Info, "listening", &[("source", Said::Name("metrics")), ("at", Said::Text(&at))]);
        let watch = started.watch.clone();
        servers.spawn(net::http_while_heard(listener, serving.clone(), move |request| watch.clone().answer(request)));
    }
    if let Some(admin) = &config.admin {
        let at = admin.listen;
        let tls = admin.tls.as_ref().map(|tls| &tls.value);
        let certificate = started.reloader.certificates.iter().find(|(name, _)| Some(name) == tls);
        let certificate = certificate.map(|(_, certificate)| certificate.clone());
        let listener = Listener::bind(at, certificate, 16).await.map_err(|error| bound("admin", at, error))?;
        let ledger = config.ledger.as_ref().map(|_| config.state.join("ledger.ndjson"));
        let desk = Desk::new(admin, started.watch.clone(), started.reloader.clone(), ledger)?;
        let desk = Arc::new(desk);
        let at = listener.address().map(|at| at.to_string()).unwrap_or_default();
        say(Level::Info, "listening", &[("source", Said::Name("admin")), ("at", Said::Text(&at))]);
        servers.spawn(net::http_while_heard(listener, serving.clone(), move |request| desk.clone().answer(request)));
    }
    Ok(())
}

/// Tells who started this process that its loop goes round, as often as that one wants to know.
async fn watchdog(stop: CancellationToken) {
    let Some(wanted) = sd_notify::watchdog_enabled() else { return };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wanted / 3) => {}
        }
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }
}

/// Waits for a signal, or for the end of all sources. `true`: one of them failed.
async fn wait(
    sources: &mut Sources,
    started: &Started,
    stop: &CancellationToken,
    mut hup: Signal,
) -> Result<bool, String> {
    let (mut term, mut int) = (handler(SignalKind::terminate())?, handler(SignalKind::interrupt())?);
    let mut failed = false;
    loop {
        tokio::select! {
            _ = hup.recv() => {
                // What came of it is in the log.
                drop(tokio::spawn(started.reloader.clone().reload()));
            }
            _ = term.recv() => break,
            _ = int.recv() => break,
            () = stop.cancelled() => break,
            ended = sources.join_next() => match ended {
                None => break,
                Some(ended) => failed |= !is_good(ended),
            },
        }
    }
    stop.cancel();
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        say(Level::Warn, "stopped-at-once", &[]);
        std::process::exit(1);
    });
    Ok(failed)
}

fn is_good(ended: Result<(String, Result<(), String>), tokio::task::JoinError>) -> bool {
    match ended {
        Ok((_, Ok(()))) => true,
        Ok((name, Err(why))) => {
            say(Level::Error, "source-failed", &[("source", Said::Name(&name)), ("why", Said::Text(&why))]);
            false
        }
        Err(_) => {
            say(Level::Error, "source-failed", &[("why", Said::Text("a mistake in tamis itself"))]);
            false
        }
    }
}

/// Sources take nothing more and end once they know what became of all they gave; at the deadline what is left is given back.
async fn drain(config: &Config, started: &Started, sources: &mut Sources, stop: &CancellationToken) -> bool {
    kill::around("drain", "stop", || stop.cancel());
    say(Level::Info, "draining", &[]);
    let (mut whole, mut is_over) = (true, false);
    // What waits for company goes without it in the last part of the time, and is given back only at its end.
    let last = LAST.min(config.drain / 2);
    let mut deadline = Instant::now() + (config.drain - last);
    while !sources.is_empty() {
        match tokio::time::timeout_at(deadline.into(), sources.join_next()).await {
            Ok(Some(ended)) => whole &= is_good(ended),
            Ok(None) => break,
            Err(_) if is_over => {
                started.floor.is_over.store(true, Ordering::Relaxed);
                sources.abort_all();
                return false;
            }
            Err(_) => {
                say(Level::Warn, "drain-ends", &[]);
                started.watch.branches.iter().for_each(|branch| branch.drain(last));
                (is_over, deadline) = (true, Instant::now() + last + Duration::from_secs(1));
            }
        }
    }
    kill::point("drain", "sources-ended");
    whole && started.watch.branches.iter().all(|branch| branch.is_gone() || branch.counts().0.given_up == 0)
}

/// A moment before another.
fn before(end: Instant, by: Duration) -> Instant {
    end.checked_sub(by).unwrap_or(end)
}

/// Waits for threads to end, until then. `false`: some work on, and what they hold is acknowledged to nobody.
async fn joined(threads: Vec<JoinHandle<()>>, until: Instant) -> bool {
    // Not in a task that blocks: the end of the runtime waits for such.
    while threads.iter().any(|thread| !thread.is_finished()) {
        if Instant::now() >= until {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
    true
}

/// Workers end when nobody can send to them, branches when they hold nothing, and quarantine when nobody seals. What has not ended at
/// `end` is left: nothing of it was acknowledged, and its source gives it again.
async fn finish(started: Started, mut branches: JoinSet<()>, end: Instant) -> bool {
    let Started { floor, watch, reloader, sinks, workers, threads, writer, buffers, .. } = started;
    drop(workers);
    // Not before its time: of sources that cannot give anything again something may still wait.
    let over = floor.clone();
    let ends = tokio::spawn(async move {
        tokio::time::sleep_until(before(end, BEHIND[0]).into()).await;
        over.is_over.store(true, Ordering::Relaxed);
    });
    let mut whole = joined(threads, before(end, BEHIND[1])).await;
    ends.abort();
    kill::point("drain", "workers-ended");
    let left = before(end, BEHIND[2]).saturating_duration_since(Instant::now());
    watch.branches.iter().for_each(|branch| branch.drain(LAST.min(left)));
    let until = before(end, BEHIND[2]) + LOOK;
    let ended = async { while branches.join_next().await.is_some() {} };
    whole &= tokio::time::timeout_at(until.into(), ended).await.is_ok();
    branches.shutdown().await;
    kill::point("drain", "branches-ended");
    watch.branches.iter().filter_map(|branch| branch.buffered()).for_each(|buffer| buffer.end());
    whole &= joined(buffers, before(end, BEHIND[3])).await;
    kill::point("drain", "buffers-ended");
    if let Some(shadow) = &floor.shadow {
        shadow.end(&floor.book);
    }
    floor.tell_not_sent();
    kill::around("drain", "ledger", || floor.book.close());
    floor.book.tell_head(Duration::ZERO);
    drop((floor, watch, reloader, sinks));
    // Something else may hold a sealer: what was sealed was told long since.
    joined(vec![writer], end.max(Instant::now() + LOOK)).await;
    if !whole {
        say(Level::Warn, "stopped-short", &[]);
    }
    kill::point("drain", "all-ended");
    whole
}
