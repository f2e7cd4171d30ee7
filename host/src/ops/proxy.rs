//! Proxies: batches that are filtered and given back, and how that is counted. Where they listen and what they speak is in
//! `edge/proxy`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::branch::Running;
use super::log::{Level, Said, say};
use super::metrics::{OneProxy, OneSource};
use super::quarantine::Space;
use super::sidecar::{Sources, Started, rooms};
use super::worker::{Floor, Way};
use crate::config::Config;
use crate::delivery::{Fate, Part};
use crate::edge::proxy::{self, Became, Ended, Given, Owed, Seal};
use crate::edge::quarantine::{Metadata, Record};
use crate::edge::sink::Events;
use crate::edge::source::Intake;
use crate::edge::spans::Place;
use crate::event::frame::{Batch, Piece};
use crate::pipeline::{Outcome, Residue, reason};

/// What comes about of one batch.
#[derive(Default)]
pub(super) struct Gathered {
    /// By event.
    pub(super) became: Vec<Became>,
    pub(super) sealed: Vec<(Space, Vec<Record>)>,
    events: Vec<Events>,
    /// What framing refused is given again, too.
    are_rejects_refused: bool,
}

impl Gathered {
    pub(super) fn add(&mut self, outcomes: &[Outcome], events: Events) {
        self.became.extend(outcomes.iter().map(|outcome| match outcome {
            Outcome::Passed => Became::Passed,
            Outcome::Suppressed => Became::Suppressed,
            Outcome::Quarantined(reason::CLOSED) => Became::Refused,
            Outcome::Quarantined(_) => Became::Quarantined,
            Outcome::Stopped => Became::Refused,
        }));
        self.events.push(events);
    }

    pub(super) fn refuse(&mut self, batch: &Batch) {
        self.became.extend(batch.events.iter().map(|_| Became::Refused));
        self.are_rejects_refused |= !batch.rejects.is_empty();
    }
}

/// Gives a batch back to whoever waits for it. What is not told of every event is not given back: that is a nack.
pub(super) fn give_back(
    floor: &Floor,
    way: &Way,
    batch: &Batch,
    part: &Part,
    back: oneshot::Sender<Given>,
    place: Option<&Place>,
    gathered: Gathered,
) {
    let Gathered { became, sealed, events, are_rejects_refused } = gathered;
    let Some((_, branch)) = way.to.first() else { return };
    let passed = became.iter().filter(|became| **became == Became::Passed).count();
    let owed = owed(floor, branch, place, passed);
    if became.len() != batch.events.len() {
        return;
    }
    let of = |piece: Piece<'_>| match piece {
        Piece::Event { index, .. } => became.get(index).copied().unwrap_or(Became::Refused),
        Piece::Rejected { .. } if are_rejects_refused => Became::Refused,
        Piece::Rejected { .. } => Became::Quarantined,
    };
    let (sealer, part, name, kept) = (floor.sealer.clone(), part.split(), way.name.clone(), events.clone());
    let seal: Seal = Box::new(move |unwritten| {
        sealed.into_iter().for_each(|(space, records)| sealer.seal_in(space, records, part.split()));
        if unwritten.is_empty() {
            return part.resolve(Fate::Delivered);
        }
        let all: Vec<_> = kept.iter().flat_map(Events::iter).collect();
        let records = unwritten.iter().filter_map(|number| Some(aside(&name, *number, all.get(*number)?))).collect();
        sealer.seal(records, part);
    });
    // Who does not wait any more is told nothing, and what is owed is counted as refused.
    drop(back.send(Given { became: batch.pieces().map(of).collect(), events, seal, owed }));
}

/// A filtered event that the protocol has no words for, as where half a character stands in a text.
fn aside(proxy: &str, number: usize, event: &[u8]) -> Record {
    let metadata = Metadata {
        event: number as u64 + 1,
        reason: "unwritable".to_owned(),
        schema: None,
        rule: None,
        source: proxy.to_owned(),
        bytes: event.len() as u64,
        events: 1,
        time: Some(jiff::Timestamp::now().to_string()),
    };
    Record { metadata, content: Some(Residue::filtered(event)), is_reject: false }
}

/// Events that a proxy has under way until it says what became of them.
fn owed(floor: &Floor, branch: &Arc<Running>, place: Option<&Place>, events: usize) -> Owed {
    let span = place.and_then(|place| branch.span(place, "send"));
    let span = span.map(|span| span.count("tamis.events", events as u64));
    branch.proxied.fetch_add(events, Ordering::Relaxed);
    let (branch, metrics) = (branch.clone(), floor.metrics.clone());
    Owed::new(events, move |Ended { delivered, rejected, refused }| {
        metrics.outcomes(&branch, "delivered", delivered as u64);
        metrics.outcomes(&branch, "rejected", rejected as u64);
        metrics.outcomes(&branch, "refused", refused as u64);
        let ended = match (refused, rejected) {
            (0, 0) => ("delivered", true),
            (0, _) => ("rejected", false),
            _ => ("again", false),
        };
        span.into_iter().for_each(|span| span.end(ended.0, ended.1));
        branch.proxied.fetch_sub(events, Ordering::Relaxed);
    })
}

/// Starts the proxies beside the sources, and waits until each listens.
pub(super) async fn proxies(
    config: &Arc<Config>,
    started: &Started,
    stop: &CancellationToken,
    running: &mut Sources,
) -> Result<(), String> {
    let room = rooms(config, started);
    for said in &config.proxies {
        let name = said.name.value.clone();
        let route = config.routes.iter().position(|route| route.name.value == name);
        let (tell, told) = oneshot::channel();
        let certificates = &started.reloader.certificates;
        let tls = said.tls.as_ref().and_then(|tls| certificates.iter().find(|(name, _)| *name == tls.value));
        let metrics = started.floor.metrics.clone();
        let intake = Intake {
            source: name.as_str().into(),
            routes: route.into_iter().collect(),
            workers: started.workers.clone().into(),
            budget: started.watch.budget.clone(),
            limits: config.limits,
            room: room.clone(),
            gives_again: true,
            count: Arc::new(OneSource::new(&metrics, &name)),
            spans: started.floor.spans.clone(),
        };
        let tally = Arc::new(OneProxy { metrics, name: name.clone() });
        let certificate = tls.map(|(_, certificate)| certificate.clone());
        let with = proxy::Running { intake, tally, stop: stop.clone(), certificate, ready: tell };
        let (said, of) = (said.clone(), name.clone());
        running.spawn(async move { (of, proxy::run(&said, with).await) });
        match told.await {
            Ok(Ok(at)) => {
                let at = at.to_string();
                say(Level::Info, "listening", &[("source", Said::Name(&name)), ("at", Said::Text(&at))]);
            }
            _ => {
                let why = running.join_next().await.and_then(Result::ok).and_then(|(_, ended)| ended.err());
                return Err(format!("[proxy.{name}]: {}", why.unwrap_or_else(|| "it does not start".to_owned())));
            }
        }
    }
    Ok(())
}
