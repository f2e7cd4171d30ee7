//! A slow and obvious interpreter of policies, written from what a policy means and from nothing of the product but the
//! making of codes. It works on whole documents and knows the words of [`super::random`].

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;

use serde_json::{Map, Value, json};
use tamis::pipeline::codes::{Coder, Derivation};
use tamis::policy::form::Code;

use super::random::{CATEGORIES, KINDS, Row, Rule, Type, World};

/// What becomes of an event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    Suppressed,
    /// What leaves.
    Passes(Value),
}

/// What happens to a value: everything that was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Form {
    whole: bool,
    domain: bool,
    /// (first, last).
    ends: BTreeSet<(usize, usize)>,
    /// Characters.
    text: Option<usize>,
    ip: Option<(u32, u32)>,
    /// 0 hour, 1 day.
    time: Option<u8>,
    /// 0 page, 1 host.
    url: Option<u8>,
    /// 0 clear, 1 with escrow, 2 without.
    code: u8,
    replace: bool,
    drop: bool,
}

impl Form {
    fn ask(&mut self, treatment: &str) {
        let coarsest = |own: &mut Option<u8>, rung: u8| *own = Some(own.map_or(rung, |before| before.max(rung)));
        match treatment {
            "keep" => {}
            "drop" | "forbid" => self.drop = true,
            "redact" => self.whole = true,
            "replace-nought" => self.replace = true,
            "pseudonymise" => self.code = 2,
            "pseudonymise-escrow" => self.code = self.code.max(1),
            "mask-domain" => self.domain = true,
            "mask-ends" => drop(self.ends.insert((1, 2))),
            "mask-last" => drop(self.ends.insert((0, 3))),
            "truncate-text" => self.text = Some(4),
            "truncate-ip" => self.ip = Some(self.ip.unwrap_or((24, 48))),
            "truncate-ip-wide" => self.ip = Some((16, 32)),
            "generalise-hour" => coarsest(&mut self.time, 0),
            "generalise-day" => coarsest(&mut self.time, 1),
            "generalise-page" => coarsest(&mut self.url, 0),
            "generalise-host" => coarsest(&mut self.url, 1),
            other => panic!("the reference does not follow {other}"),
        }
    }

    fn join(&mut self, other: Form) {
        self.whole |= other.whole;
        self.domain |= other.domain;
        self.ends.extend(other.ends);
        self.text = self.text.or(other.text);
        self.ip = match (self.ip, other.ip) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.min(b.1))),
            (a, b) => a.or(b),
        };
        self.time = self.time.max(other.time);
        self.url = self.url.max(other.url);
        self.code = self.code.max(other.code);
        self.replace |= other.replace;
        self.drop |= other.drop;
    }

    /// Rungs of two ladders have no join: nothing leaves.
    fn leaves(&self) -> bool {
        let ladders = [self.ip.is_some(), self.time.is_some(), self.url.is_some()];
        !self.drop && ladders.iter().filter(|asked| **asked).count() < 2
    }
}

/// Interprets a world.
pub(crate) struct Reference<'w> {
    world: &'w World,
    epoch: u32,
}

/// One step on the way to a value.
#[derive(Clone, Debug)]
enum Step<'e> {
    Key(&'e str),
    /// With the members of the element, if it has some.
    Element(Option<&'e Map<String, Value>>),
}

#[derive(Debug, PartialEq)]
enum Segment {
    Key(String),
    AnyKey,
    AnyElement,
    Select(String, String),
    AnyDepth,
}

/// What holds for an event.
struct Holding<'w> {
    kinds: Vec<&'static str>,
    op: String,
    world: &'w World,
}

impl<'w> Reference<'w> {
    pub(crate) fn new(world: &'w World, epoch: u32) -> Self {
        Self { world, epoch }
    }

    pub(crate) fn fate(&self, event: &Value) -> Fate {
        let op = event["op"].as_str().expect("every event has one").to_owned();
        let fits = |glob: &&str| match glob.strip_suffix('*') {
            Some(prefix) => op.to_lowercase().starts_with(&prefix.to_lowercase()),
            None => op.eq_ignore_ascii_case(glob),
        };
        let kinds = KINDS.iter().filter(|(_, globs)| globs.iter().any(&fits)).map(|(kind, _)| *kind).collect();
        let holding = Holding { kinds, op, world: self.world };
        let mut rules = self.world.layers.iter().flat_map(|layer| &layer.rules);
        if rules.any(|rule| rule.suppress && holding.holds(rule)) {
            return Fate::Suppressed;
        }
        let left = self.value(event, &mut Vec::new(), &holding);
        Fate::Passes(left.unwrap_or_else(|| json!({})))
    }

    /// What is left of a value; `None`: nothing.
    fn value<'e>(&self, value: &'e Value, way: &mut Vec<Step<'e>>, holding: &Holding) -> Option<Value> {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let mut left = Map::new();
                for (key, member) in members {
                    way.push(Step::Key(key));
                    let both =
                        self.key(key, way, holding).and_then(|key| Some((key, self.value(member, way, holding)?)));
                    if let Some((key, member)) = both {
                        // Keys that are hidden can become one.
                        let names = std::iter::once(key.clone()).chain((2..).map(|number| format!("{key}-{number}")));
                        let name = { names }.find(|name| !left.contains_key(name)).unwrap_or_default();
                        left.insert(name, member);
                    }
                    way.pop();
                }
                (!left.is_empty()).then_some(Value::Object(left))
            }
            Value::Array(elements) if !elements.is_empty() => {
                let mut left = Vec::new();
                for element in elements {
                    way.push(Step::Element(element.as_object()));
                    left.extend(self.value(element, way, holding));
                    way.pop();
                }
                (!left.is_empty()).then_some(Value::Array(left))
            }
            Value::String(text) if is_raw(way) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ (Value::Object(_) | Value::Array(_))) => {
                    // The steps into the inner document do not outlive it.
                    let mut inside: Vec<Step> = way.clone();
                    self.value(&inner, &mut inside, holding).map(|left| Value::String(left.to_string()))
                }
                _ => self.leaf(value, &[("content.text", "fields")], holding),
            },
            _ if is_raw(way) => self.leaf(value, &[("content.text", "fields")], holding),
            _ => self.leaf(value, &self.categories(way), holding),
        }
    }

    fn leaf(&self, value: &Value, categories: &[(&str, &str)], holding: &Holding) -> Option<Value> {
        let form = self.form(categories, holding)?;
        if !form.leaves() {
            return None;
        }
        let void = matches!(value, Value::Null | Value::Object(_) | Value::Array(_)) || value == "";
        match form.replace {
            true => Some(json!(0)),
            false if void || form == Form::default() => Some(value.clone()),
            false => Some(self.treat(value, &form, categories)),
        }
    }

    /// The key as it leaves; `None`: the member does not.
    fn key(&self, key: &str, way: &[Step], holding: &Holding) -> Option<String> {
        let known = self.world.keys.iter().filter(|(path, _)| matches_key(&segments(path), way));
        let ranks: Vec<_> = known.map(|(path, categories)| (rank(&segments(path)), categories)).collect();
        let best = ranks.iter().map(|(rank, _)| rank).max();
        let categories: Vec<_> = ranks
            .iter()
            .filter(|(rank, _)| Some(rank) == best)
            .flat_map(|(_, categories)| categories.iter().map(|category| (*category, "fields")))
            .collect();
        if categories.is_empty() {
            // Only a wildcard of some map names it: it may be anything. Where nothing names it nothing leaves anyhow.
            return self.is_named(way).then(|| key.to_owned());
        }
        match self.leaf(&json!(key), &categories, holding)? {
            Value::String(text) => Some(text),
            Value::Null => Some("-".to_owned()),
            other => Some(other.to_string()),
        }
    }

    /// Whether a path says this key itself.
    fn is_named(&self, way: &[Step]) -> bool {
        let fields = self.world.fields.iter().map(|(_, path, _)| *path);
        let paths: Vec<_> =
            fields.chain(self.world.keys.iter().map(|(path, _)| *path)).chain(["op", "raw", "raw.user"]).collect();
        paths.iter().any(|path| {
            let all = segments(path);
            (1..=all.len()).any(|length| matches!(all[length - 1], Segment::Key(_)) && matches(&all[..length], way))
        })
    }

    /// Categories of a leaf with their sections: those of the most specific paths.
    fn categories(&self, way: &[Step]) -> Vec<(&'static str, &'static str)> {
        let fixed = [("fields", "op", vec!["event.action"]), ("actor", "raw.user", vec!["id.email"])];
        let known: Vec<_> =
            self.world.fields.iter().chain(&fixed).filter(|(_, path, _)| matches(&segments(path), way)).collect();
        let best = known.iter().map(|(_, path, _)| rank(&segments(path))).max();
        let winners = known.iter().filter(|(_, path, _)| Some(rank(&segments(path))) == best);
        winners
            .flat_map(|(section, _, categories)| categories.iter().map(move |category| (*category, *section)))
            .collect()
    }

    /// F: the join over all layers and categories; `None` where there is no category.
    fn form(&self, categories: &[(&str, &str)], holding: &Holding) -> Option<Form> {
        let mut all = None;
        for (category, section) in categories {
            all.get_or_insert_with(Form::default).join(self.of_category(category, section, holding));
        }
        all
    }

    fn of_category(&self, category: &str, section: &str, holding: &Holding) -> Form {
        let mut form = Form::default();
        let mut decided = false;
        for layer in &self.world.layers {
            // The most specific of what the layer says whatever the event is.
            let always = layer.rules.iter().filter(|rule| rule.is_unconditional());
            let rows: Vec<_> =
                always.flat_map(|rule| &rule.rows).filter(|row| self.treatments(row, category).is_some()).collect();
            let exact = rows.iter().any(|row| row.category == category);
            for row in rows.iter().filter(|row| !exact || row.category == category) {
                decided |= layer.level == "base";
                form.join(self.asked(row, category));
            }
            for rule in layer.rules.iter().filter(|rule| !rule.is_unconditional() && holding.holds(rule)) {
                if rule.role.is_some_and(|role| role != section) {
                    continue;
                }
                let rows: Vec<_> = rule.rows.iter().filter(|row| self.treatments(row, category).is_some()).collect();
                let exact = rows.iter().any(|row| row.category == category);
                for row in rows.iter().filter(|row| !exact || row.category == category) {
                    form.join(self.asked(row, category));
                }
            }
        }
        form.drop |= !decided;
        form
    }

    fn asked(&self, row: &Row, category: &str) -> Form {
        let mut form = Form::default();
        self.treatments(row, category).into_iter().flatten().for_each(|name| form.ask(name));
        form
    }

    /// What a row says about a category for the purpose.
    fn treatments<'r>(&self, row: &'r Row, category: &str) -> Option<&'r Vec<&'static str>> {
        let family = row.category.strip_suffix('*').is_some_and(|family| category.starts_with(family));
        if row.category != category && !family {
            return None;
        }
        let named = row.named.iter().find(|(purpose, _)| *purpose == self.world.purpose);
        named.map(|(_, names)| names).or(row.otherwise.as_ref())
    }

    /// Hide or make coarser, then code.
    fn treat(&self, value: &Value, form: &Form, categories: &[(&str, &str)]) -> Value {
        if form.whole {
            return json!("[redacted]");
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let hidden = hidden(&text, form);
        let coarse = match (form.ip, form.time, form.url) {
            (Some(bits), _, _) => truncated(&text, bits),
            (_, Some(unit), _) => rounded(&text, unit),
            (_, _, Some(rung)) => place(&text, rung),
            _ => Some(text.clone()),
        };
        let Some(coarse) = coarse else { return Value::Null };
        if coarse != text && !hidden.is_empty() {
            return Value::Null;
        }
        let left = if hidden.is_empty() { coarse } else { without(&text, &hidden) };
        if form.code > 0 {
            return json!(self.code(&left, form.code, categories));
        }
        if left == text { value.clone() } else { json!(left) }
    }

    fn code(&self, text: &str, code: u8, categories: &[(&str, &str)]) -> String {
        let first = categories.iter().map(|(category, _)| *category).min().expect("there is one");
        let (_, _, domain) = CATEGORIES.iter().find(|(name, _, _)| *name == first).expect("it is a word");
        let is_ip = categories.iter().any(|(c, _)| CATEGORIES.iter().any(|(name, t, _)| name == c && *t == Type::Ip));
        let subject = match address(text).filter(|_| is_ip) {
            Some(address) => address.to_string(),
            // As a comparison without case would spell it (Unicode, CaseFolding.txt).
            None => text.trim().to_lowercase().replace('ß', "ss").replace('ς', "σ"),
        };
        let code = if code == 1 { Code::Escrow } else { Code::Plain };
        let what = Derivation { tenant: "firm", domain, purpose: self.world.purpose, epoch: self.epoch, code };
        let mut coder = Coder::new(&super::root(), &what);
        let bits = coder.bits(subject.as_bytes()).expect("no table");
        let mut out = Vec::new();
        coder.write(bits, &mut out);
        String::from_utf8(out).expect("ASCII")
    }
}

impl Holding<'_> {
    fn holds(&self, rule: &Rule) -> bool {
        debug_assert!(self.world.layers.iter().any(|layer| layer.rules.iter().any(|own| std::ptr::eq(own, rule))));
        let named = |values: &Vec<&str>| values.iter().any(|value| value.eq_ignore_ascii_case(&self.op));
        rule.kind.is_none_or(|kind| self.kinds.contains(&kind)) && rule.equals.as_ref().is_none_or(named)
    }
}

fn is_raw(way: &[Step]) -> bool {
    matches!(way, [Step::Key(key)] if key.eq_ignore_ascii_case("raw"))
}

/// Reads the few forms of paths that the random maps use.
fn segments(path: &str) -> Vec<Segment> {
    let mut all = Vec::new();
    for part in path.split('.') {
        let (key, bracket) = part.split_once('[').map_or((part, None), |(key, rest)| (key, rest.strip_suffix(']')));
        all.push(match key {
            "*" => Segment::AnyKey,
            "**" => Segment::AnyDepth,
            key => Segment::Key(key.to_owned()),
        });
        all.extend(bracket.map(|inside| match inside.split_once('=') {
            Some((name, value)) => Segment::Select(name.to_owned(), value.to_owned()),
            None => Segment::AnyElement,
        }));
    }
    all
}

/// Exact beats a selector beats a star beats the end beats any depth, compared from the left.
fn rank(segments: &[Segment]) -> Vec<u8> {
    let rank = |segment: &Segment| match segment {
        Segment::Key(_) => 4,
        Segment::Select(..) => 3,
        Segment::AnyKey | Segment::AnyElement => 2,
        Segment::AnyDepth => 0,
    };
    segments.iter().map(rank).chain([1]).collect()
}

fn matches(segments: &[Segment], way: &[Step]) -> bool {
    match (segments.split_first(), way.split_first()) {
        (None, None) => true,
        (Some((Segment::AnyDepth, rest)), _) => {
            matches(rest, way) || way.split_first().is_some_and(|(_, below)| matches(segments, below))
        }
        (Some((segment, rest)), Some((step, below))) => {
            let fits = match (segment, step) {
                (Segment::Key(name), Step::Key(key)) => name.eq_ignore_ascii_case(key),
                (Segment::AnyKey, Step::Key(_)) | (Segment::AnyElement, Step::Element(_)) => true,
                (Segment::Select(name, wanted), Step::Element(Some(members))) => members.iter().any(|(key, value)| {
                    key.eq_ignore_ascii_case(name) && value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(wanted))
                }),
                _ => false,
            };
            fits && matches(rest, below)
        }
        _ => false,
    }
}

/// A key's path ends in the key itself: behind `**` there has to be one.
fn matches_key(segments: &[Segment], way: &[Step]) -> bool {
    let (last, before) = (segments.last(), segments.len().saturating_sub(1));
    match last {
        Some(Segment::AnyDepth) => {
            matches!(way.last(), Some(Step::Key(_)))
                && (0..way.len()).any(|length| matches(&segments[..before], &way[..length]))
        }
        _ => matches(segments, way),
    }
}

/// Runs of characters that are hidden, each with what stands in its place.
fn hidden(text: &str, form: &Form) -> Vec<(Range<usize>, &'static str)> {
    let length = text.chars().count();
    let mut spans: Vec<(Range<usize>, &'static str)> = Vec::new();
    let whole = 0..length;
    for (first, last) in &form.ends {
        spans.push((if first + last < length { *first..length - last } else { whole.clone() }, "***"));
    }
    if form.domain {
        let at = text.chars().position(|c| c == '@').filter(|_| text.ends_with("@example.com"));
        spans.push((at.map_or(whole, |at| 0..at), "***"));
    }
    if let Some(most) = form.text.filter(|most| *most < length) {
        spans.push((most..length, ""));
    }
    let mut runs: Vec<(Range<usize>, &'static str)> = Vec::new();
    for at in 0..length {
        let over = |spans: &[(Range<usize>, &'static str)]| spans.iter().any(|(span, _)| span.contains(&at));
        if !over(&spans) {
            continue;
        }
        let stars = spans.iter().any(|(span, label)| span.contains(&at) && *label == "***");
        match runs.last_mut() {
            Some((run, label)) if run.end == at => {
                run.end = at + 1;
                *label = if stars { "***" } else { *label };
            }
            _ => runs.push((at..at + 1, if stars { "***" } else { "" })),
        }
    }
    runs
}

fn without(text: &str, hidden: &[(Range<usize>, &'static str)]) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        match hidden.iter().find(|(run, _)| run.contains(&at)) {
            Some((run, label)) if run.start == at => out.push_str(label),
            Some(_) => {}
            None => out.push(c),
        }
    }
    out
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

fn truncated(text: &str, (ipv4, ipv6): (u32, u32)) -> Option<String> {
    Some(match address(text)? {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() >> (32 - ipv4) << (32 - ipv4)).to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> (128 - ipv6) << (128 - ipv6)).to_string(),
    })
}

/// `2026-11-03T07:41:12Z`.
fn rounded(text: &str, unit: u8) -> Option<String> {
    let (day, clock) = text.split_once('T').filter(|_| text.starts_with("2026-") && text.ends_with('Z'))?;
    Some(if unit == 0 { format!("{day}T{}:00:00Z", &clock[..2]) } else { day.to_owned() })
}

/// Web addresses with a scheme, bare IPv4 addresses with and without a port, paths.
fn place(text: &str, rung: u8) -> Option<String> {
    if let Some(rest) = text.strip_prefix("https://") {
        let (host, path) = rest.split_once('/')?;
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let host = host.to_lowercase();
        return Some(if rung == 0 { format!("https://{host}/{path}") } else { host });
    }
    if let Some(IpAddr::V4(bare)) = address(text) {
        return Some(if rung == 0 { text.to_owned() } else { bare.to_string() });
    }
    (rung == 0 && text.starts_with('/')).then(|| text.to_owned())
}
