//! Whether what is named is there, and whether what is promised can be kept.

use std::collections::BTreeMap;

use super::{Closed, Config, Route, SinkKind, SourceKind, To};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::{Span, Text};
use crate::policy::syntax::{Problems, meant};

/// Reports what is named and not there.
pub(super) fn check(config: &Config, p: &mut Problems<'_>) {
    let sources: Vec<_> = config.sources.iter().map(|source| source.name.value.as_str()).collect();
    let sinks: Vec<_> = config.sinks.iter().map(|sink| sink.name.value.as_str()).collect();
    let tls: Vec<_> = config.tls.iter().map(|tls| tls.name.value.as_str()).collect();
    for route in &config.routes {
        route.from.iter().for_each(|name| known(name, "source", &sources, p));
        route.to.iter().for_each(|to| known(&to.sink, "sink", &sinks, p));
        if route.to.is_empty() {
            let help = "say where its events go: [[route.NAME.to]] with sink and purpose";
            p.push(Diagnostic::error("C0020", "this route leads nowhere", route.name.span, "").help(help));
        }
        branches(config, route, p);
        held_back(config, route, p);
    }
    let certificates = config.sources.iter().filter_map(|source| source.kind.tls());
    let certificates = certificates.chain(config.proxies.iter().filter_map(|proxy| proxy.tls.as_ref()));
    let certificates = certificates.chain(config.admin.iter().filter_map(|admin| admin.tls.as_ref()));
    certificates.for_each(|name| known(name, "tls", &tls, p));
    unused(config, p);
    plain(config, p);
    neighbours(config, p);
    narrowing(config, p);
    once(config, p);
    clients(config, p);
}

/// A batch of many tenants of which one gave more than its rate, or is closed where that holds, is given back: who cannot give it again would lose
/// the neighbours' events, and a route that shares the source would be given them again and again.
fn held_back(config: &Config, route: &Route, p: &mut Problems<'_>) {
    let holds = route.to.iter().any(|to| to.closed == Some(Closed::Hold));
    let (why, instead) = match config.limits.tenant_rate {
        _ if route.tenant_by.is_none() => return,
        Some(_) => ("[limits] tenant-rate holds a tenant back", "leave [limits] tenant-rate out"),
        None if holds => ("a closed tenant holds the others", "have its events withheld: closed = \"skip\""),
        None => return,
    };
    let replays = |name: &Text| config.sources.iter().any(|s| s.name.value == name.value && s.kind.replays());
    let is_there = |name: &&Text| config.sources.iter().any(|source| source.name.value == name.value);
    if let Some(from) = route.from.iter().filter(is_there).find(|name| !replays(name)) {
        let message = format!("`{}` cannot hold back one tenant of many", from.value);
        let help = format!("{why}, and it cannot give events again: give each tenant a route of its own, or {instead}");
        p.push(Diagnostic::error("C0007", message, from.span, "").help(help));
    }
    let shares = |name: &&Text| {
        let others = config.routes.iter().filter(|other| other.name.value != route.name.value);
        others.flat_map(|other| &other.from).any(|from| from.value == name.value)
    };
    if let Some(from) = route.from.iter().find(shares) {
        let message =
            format!("`{}` feeds another route, which would have every batch again that is held back here", from.value);
        let help = format!("{why}: give each of both routes a source of its own, or {instead}");
        p.push(Diagnostic::error("C0007", message, from.span, "").help(help));
    }
}

/// Names of clients stand in certificates, which nobody shows where none is asked for.
fn clients(config: &Config, p: &mut Problems<'_>) {
    let proxies = config.proxies.iter().map(|proxy| (&proxy.tls, proxy.clients.first()));
    let admin = config.admin.iter().map(|admin| (&admin.tls, admin.roles.first().map(|(name, _)| name)));
    for (tls, client) in proxies.chain(admin) {
        let tls = config.tls.iter().find(|said| tls.as_ref().is_some_and(|name| name.value == said.name.value));
        let asks = tls.is_some_and(|tls| tls.client_ca.is_some());
        if let Some(client) = client.filter(|_| !asks) {
            let help = "name a [tls.NAME] that has a `client-ca`: tls = \"NAME\"";
            p.push(Diagnostic::error("C0031", "nobody shows a certificate here", client.span, "").help(help));
        }
    }
}

fn known(name: &Text, what: &str, names: &[&str], p: &mut Problems<'_>) {
    if !names.contains(&name.value.as_str()) {
        let message = format!("there is no [{what}.{}]", name.value);
        p.push(Diagnostic::error("C0021", message, name.span, "").help(meant(name, names)));
    }
}

/// What nobody uses is a slip of the pen more often than not.
fn unused(config: &Config, p: &mut Problems<'_>) {
    for source in &config.sources {
        if !config.routes.iter().any(|route| route.from.iter().any(|from| from.value == source.name.value)) {
            let help = "a source without a route refuses everything: name it in a route's `from`, or take it out";
            p.push(Diagnostic::error("C0022", "no route takes from this source", source.name.span, "").help(help));
        }
    }
    for sink in &config.sinks {
        let used = config.routes.iter().flat_map(|route| &route.to).any(|to| to.sink.value == sink.name.value);
        if !used {
            p.push(Diagnostic::warning("C0023", "no route leads to this sink", sink.name.span, ""));
        }
    }
    if config.routes.is_empty() && config.proxies.is_empty() {
        let span = p.span(0..0);
        p.push(
            Diagnostic::error("C0024", "there is no route", span, "").help("write a [route.NAME] or a [proxy.NAME]"),
        );
    }
}

/// Standard streams, files and addresses have one reader or writer.
fn once(config: &Config, p: &mut Problems<'_>) {
    let mut free = Vec::new();
    for source in &config.sources {
        let what = match &source.kind {
            SourceKind::Stdin => vec!["standard input".to_owned()],
            SourceKind::Http(http) => vec![http.listen.to_string()],
            SourceKind::Forward(forward) => vec![forward.listen.to_string()],
            SourceKind::Bulk(bulk) => vec![bulk.listen.to_string()],
            SourceKind::Hec(hec) => vec![hec.listen.to_string()],
            SourceKind::Loki(loki) => vec![loki.listen.to_string()],
            SourceKind::Otlp(otlp) => otlp.listen().map(|at| at.to_string()).collect(),
            SourceKind::Syslog(syslog) => {
                let udp = syslog.udp.map(|at| format!("{at} (UDP)"));
                udp.into_iter().chain(syslog.tcp.map(|at| at.to_string())).collect()
            }
            SourceKind::File(_) | SourceKind::Kafka(_) | SourceKind::Nats(_) => Vec::new(),
        };
        let what = what.into_iter();
        free.extend(what.map(|what| (what, &source.name)));
    }
    free.extend(config.proxies.iter().map(|proxy| (proxy.listen.to_string(), &proxy.name)));
    for sink in &config.sinks {
        let what = match &sink.kind {
            SinkKind::Stdout => Some("standard output".to_owned()),
            SinkKind::File(file) => Some(file.path.display().to_string()),
            SinkKind::Http(_) | SinkKind::Otlp(_) | SinkKind::Syslog(_) | SinkKind::Forward(_) => None,
            SinkKind::Bulk(_) | SinkKind::Hec(_) | SinkKind::Loki(_) | SinkKind::Kafka(_) | SinkKind::Nats(_) => None,
        };
        free.extend(what.map(|what| (what, &sink.name)));
    }
    let mut free: Vec<_> = free.into_iter().map(|(what, name)| (what, name.span)).collect();
    free.extend(config.metrics.iter().map(|metrics| (metrics.listen.to_string(), metrics.span)));
    free.extend(config.admin.iter().map(|admin| (admin.listen.to_string(), admin.span)));
    // Each that asks for any port has one of its own.
    free.retain(|(what, _)| !what.ends_with(":0"));
    let mut names: BTreeMap<String, Span> = BTreeMap::new();
    for (what, span) in free {
        match names.get(&what) {
            Some(first) => {
                let problem = Diagnostic::error("C0025", format!("{what} is taken twice"), span, "again");
                p.push(problem.and(*first, "before"));
            }
            None => {
                names.insert(what, span);
            }
        }
    }
}

/// What is promised of branches.
fn branches(config: &Config, route: &Route, p: &mut Problems<'_>) {
    let replays = |name: &Text| {
        config.sources.iter().find(|source| source.name.value == name.value).is_none_or(|source| source.kind.replays())
    };
    for to in &route.to {
        let Some(promised) = &to.at_least_once else { continue };
        if let Some(weak) = route.from.iter().find(|name| !replays(name)) {
            let message = format!("`{}` cannot give again what was not delivered", weak.value);
            let problem = Diagnostic::error("C0026", message, weak.span, "");
            p.push(problem.and(promised.span, "at least once was asked for"));
        }
        if let Some(why) = weakness(config, to) {
            let problem = Diagnostic::error("C0026", why, to.sink.span, "");
            p.push(problem.and(promised.span, "at least once was asked for"));
        }
    }
    for (number, to) in route.to.iter().enumerate() {
        let is_same = |other: &&To| other.sink.value == to.sink.value && other.purpose.value == to.purpose.value;
        if let Some(first) = route.to.iter().take(number).find(is_same) {
            let problem = Diagnostic::error("C0029", "this branch stands twice", to.sink.span, "again");
            p.push(problem.and(first.sink.span, "before"));
        }
    }
}

/// Names are names of files and labels, too.
fn plain(config: &Config, p: &mut Problems<'_>) {
    let sources = config.sources.iter().map(|source| &source.name);
    let all = sources.chain(config.sinks.iter().map(|sink| &sink.name)).chain(config.routes.iter().map(|r| &r.name));
    let all: Vec<_> = all.collect();
    for proxy in &config.proxies {
        // A proxy is a source, a route and a sink in metrics and logs.
        if let Some(same) = all.iter().find(|name| name.value == proxy.name.value) {
            let problem = Diagnostic::error("C0032", "a proxy has a name of its own", proxy.name.span, "again");
            p.push(problem.and(same.span, "before"));
        }
    }
    for name in all.into_iter().chain(config.proxies.iter().map(|proxy| &proxy.name)) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.value.is_empty() || !name.value.chars().all(is_plain) {
            let help = "letters, digits, hyphens and underscores";
            p.push(Diagnostic::error("C0028", "this name cannot be used", name.span, "").help(help));
        }
    }
}

/// Branches that share a source, and tenants that share a branch: a gate of one could stop the others.
fn neighbours(config: &Config, p: &mut Problems<'_>) {
    for route in &config.routes {
        let shares =
            |other: &&Route| other.from.iter().any(|name| route.from.iter().any(|own| own.value == name.value));
        let branches: usize = config.routes.iter().filter(shares).map(|other| other.to.len()).sum();
        let shared = branches > 1 || route.tenant_by.is_some();
        let silent: Vec<_> = route.to.iter().filter(|to| to.closed.is_none() && shared).collect();
        let help = "closed = \"hold\": the source waits for its gate; closed = \"skip\": events are withheld from it and counted";
        let message = match branches {
            1 => "what happens to its neighbours while a gate keeps a tenant of this branch closed?",
            _ => "what happens to its neighbours while a gate keeps this branch closed?",
        };
        for to in silent {
            p.push(Diagnostic::error("C0027", message, to.sink.span, "").help(help));
        }
    }
}

/// What waits in a branch of many tenants is of all of them: one whose policy narrows must not take its neighbours' events with it.
fn narrowing(config: &Config, p: &mut Problems<'_>) {
    let Some(said) = &config.policy.discards else { return };
    for route in config.routes.iter().filter_map(|route| route.tenant_by.as_ref()) {
        let message = "what waits of many tenants cannot be discarded for one of them";
        let problem =
            Diagnostic::error("C0040", message, said.span, "").and(route.span, "many tenants share the route");
        p.push(problem.help("on-narrow = \"send\", or a route for each tenant"));
    }
}

/// Why a branch is best effort whatever its source is.
fn weakness(config: &Config, to: &To) -> Option<String> {
    if !to.required {
        return Some("a branch that is not required drops events when it is full".to_owned());
    }
    let sink = config.sinks.iter().find(|sink| sink.name.value == to.sink.value)?;
    sink.kind.weakness().map(|why| format!("`{}` {why}", to.sink.value))
}
