//! Random policies and random events over one small set of words.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// Purposes that rules know.
pub(crate) const PURPOSES: [&str; 2] = ["security", "product"];
/// Category, its type, its pseudonym domain.
pub(crate) const CATEGORIES: [(&str, Type, &str); 8] = [
    ("content.text", Type::Text, "content.text"),
    ("event.action", Type::Text, "event.action"),
    ("file.path", Type::Path, "file.path"),
    ("id.email", Type::Email, "person"),
    ("id.name", Type::Text, "person"),
    ("net.ip", Type::Ip, "net.ip"),
    ("time.event", Type::Time, "time.event"),
    ("url.full", Type::Url, "url.full"),
];
/// Kinds of event and the globs of `op` that make them.
pub(crate) const KINDS: [(&str, &[&str]); 2] = [("auth.login", &["Login*"]), ("file.read", &["Read", "Open*"])];
/// What was done.
pub(crate) const OPERATIONS: [&str; 5] = ["LoginOk", "loginfailed", "Read", "OpenFile", "Other"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Path,
    Email,
    Ip,
    Time,
    Url,
}

/// Treatments by the type they go with; `None`: any.
const TREATMENTS: [(&str, Option<&[Type]>); 28] = [
    ("keep", None),
    ("keep", None),
    ("drop", None),
    ("forbid", None),
    ("redact", None),
    ("replace-nought", None),
    ("pseudonymise", None),
    ("pseudonymise-escrow", None),
    ("mask-domain", Some(&[Type::Email, Type::Text])),
    ("mask-ends", Some(&[Type::Email, Type::Text])),
    ("mask-last", Some(&[Type::Email, Type::Text])),
    ("truncate-text", Some(&[Type::Email, Type::Text])),
    ("truncate-ip", Some(&[Type::Ip])),
    ("truncate-ip-wide", Some(&[Type::Ip])),
    ("generalise-hour", Some(&[Type::Time])),
    ("generalise-day", Some(&[Type::Time])),
    ("generalise-host", Some(&[Type::Url])),
    ("generalise-page", Some(&[Type::Url])),
    // From here on the reference does not follow.
    ("redact-personal", Some(&[Type::Email, Type::Text])),
    ("redact-stars", None),
    ("pseudonymise-shape", None),
    ("generalise-path", Some(&[Type::Path])),
    ("mask-extension", Some(&[Type::Path, Type::Text])),
    ("redact-label", None),
    ("redact-certain", Some(&[Type::Email, Type::Text])),
    ("redact-others", Some(&[Type::Email, Type::Text])),
    ("redact-real", Some(&[Type::Email, Type::Text])),
    ("redact-but-domain", Some(&[Type::Email, Type::Text])),
];

/// How many of them the reference interpreter follows.
const FOLLOWED: usize = 18;

/// Sections of a schema map, with the role they mean.
pub(crate) const SECTIONS: [&str; 4] = ["fields", "actor", "owner", "target"];
/// Paths that may be classified.
pub(crate) const PATHS: [&str; 21] = [
    "actor.mail",
    "actor.name",
    "actor.net.ip",
    "items[*].title",
    "items[*].from",
    "props[Name=Agent].Value",
    "props[Name=Mail].Value",
    "props[*].Value",
    "props[*].Name",
    "tags.*",
    "tags.known",
    "any.*.value",
    "list[*]",
    "raw.ip",
    "raw.rows[*].v",
    "when",
    "link",
    "file",
    "note",
    "deep.**",
    "deep.x.y",
];
/// Wildcard paths whose keys may be classified.
pub(crate) const KEYS: [&str; 3] = ["tags.*", "any.*", "deep.**"];

/// A random world: a schema map, layers, a purpose.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// (section, path, categories).
    pub(crate) fields: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    pub(crate) keys: Vec<(&'static str, Vec<&'static str>)>,
    /// Base first.
    pub(crate) layers: Vec<Layer>,
    pub(crate) purpose: &'static str,
    pub(crate) guard: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) id: &'static str,
    pub(crate) level: &'static str,
    pub(crate) folder: &'static str,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) kind: Option<&'static str>,
    pub(crate) role: Option<&'static str>,
    /// Values of `event.action`.
    pub(crate) equals: Option<Vec<&'static str>>,
    pub(crate) suppress: bool,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Category or family.
    pub(crate) category: &'static str,
    /// Purpose → treatments.
    pub(crate) named: Vec<(&'static str, Vec<&'static str>)>,
    pub(crate) otherwise: Option<Vec<&'static str>>,
}

impl Rule {
    pub(crate) fn is_unconditional(&self) -> bool {
        self.kind.is_none() && self.role.is_none() && self.equals.is_none()
    }
}

impl World {
    /// Its files.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut files = words();
        files.push(("schemas/small.toml".into(), self.schema()));
        for (number, layer) in self.layers.iter().enumerate() {
            let above = self.layers.get(number.wrapping_sub(1)).map(|above| above.id).filter(|_| layer.id != "more");
            files.push((format!("{}/{}.toml", layer.folder, layer.id), layer.text(above, self.guard)));
        }
        files
    }

    fn schema(&self) -> String {
        let mut text = String::from(
            "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\nignore-case = true\n",
        );
        text.push_str("[inside]\n\"raw\" = { as = \"json\", else = \"content.text\" }\n[events]\n");
        for (kind, globs) in KINDS {
            writeln!(text, "{kind:?} = {{ op = {globs:?} }}").expect("text");
        }
        for section in SECTIONS {
            writeln!(text, "[{section}]").expect("text");
            if section == "fields" {
                text.push_str("\"op\" = \"event.action\"\n");
            }
            if section == "actor" {
                text.push_str("\"raw.user\" = \"id.email\"\n");
            }
            for (_, path, categories) in self.fields.iter().filter(|(own, _, _)| *own == section) {
                writeln!(text, "{path:?} = {categories:?}").expect("text");
            }
        }
        text.push_str("[keys]\n");
        for (path, categories) in &self.keys {
            writeln!(text, "{path:?} = {categories:?}").expect("text");
        }
        text
    }
}

impl Layer {
    fn text(&self, above: Option<&str>, guard: bool) -> String {
        let mut text = format!(
            "[policy]\nid = {:?}\ntitle = \"A layer\"\nlayer = {:?}\nrevision = 1\nguard = {guard}\n",
            self.id, self.level
        );
        if let Some(above) = above {
            writeln!(text, "inherits = {above:?}").expect("text");
        }
        if self.level == "base" {
            text.push_str("[law]\nown = { cite = \"none\", sure = \"high\", seen = \"text\" }\n");
        }
        for (number, rule) in self.rules.iter().enumerate() {
            writeln!(text, "[rule.r{number}]\nbecause = \"It is random.\"\ncite = \"own\"").expect("text");
            let word =
                |key: &str, value: &Option<&str>| value.map_or_else(String::new, |v| format!("when.{key} = {v:?}\n"));
            text.push_str(&word("kind", &rule.kind));
            text.push_str(&word("role", &rule.role));
            if let Some(values) = &rule.equals {
                writeln!(text, "when.equals = {{ \"event.action\" = {values:?} }}").expect("text");
            }
            if rule.suppress {
                text.push_str("event = \"suppress\"\n");
            }
            for row in &rule.rows {
                let named: Vec<_> = row
                    .named
                    .iter()
                    .map(|(purpose, names)| format!("{purpose} = {names:?}"))
                    .chain(row.otherwise.iter().map(|names| format!("otherwise = {names:?}")))
                    .collect();
                match (&row.named[..], &row.otherwise) {
                    ([], Some(names)) => writeln!(text, "{:?} = {names:?}", row.category).expect("text"),
                    _ => writeln!(text, "{:?} = {{ {} }}", row.category, named.join(", ")).expect("text"),
                }
            }
        }
        text
    }
}

/// `categories.toml` and `treatments.toml`.
pub(crate) fn words() -> Vec<(String, String)> {
    let mut categories = String::from("revision = 1\n[category.all]\ntitle = \"All\"\nidentifies = \"alone\"\n");
    for (name, _, _) in CATEGORIES {
        writeln!(categories, "{name:?} = \"Something\"").expect("text");
    }
    categories.push_str("[type]\n");
    for (name, value_type, _) in CATEGORIES.iter().filter(|(_, value_type, _)| *value_type != Type::Text) {
        writeln!(categories, "{name:?} = {:?}", format!("{value_type:?}").to_lowercase()).expect("text");
    }
    categories.push_str("[domain]\nperson = [\"id.email\", \"id.name\"]\n[kind.all]\ntitle = \"All\"\n");
    for (name, _) in KINDS {
        writeln!(categories, "{name:?} = \"Something\"").expect("text");
    }
    let treatments = r#"
        revision = 1
        [treatment]
        keep = { says = "." }
        drop = { says = "." }
        forbid = { says = "." }
        suppress = { says = "." }
        redact = { says = "." }
        redact-stars = { fixed = 3, says = "." }
        redact-label = { label = "[gone]", says = "." }
        redact-personal = { find = ["personal"], says = "." }
        redact-certain = { find = ["personal"], threshold = "certain", says = "." }
        redact-others = { find = ["personal"], except = ["*@example.com"], says = "." }
        redact-real = { find = ["personal"], except-examples = true, says = "." }
        redact-but-domain = { find = ["personal"], keep = { "person.email" = "domain" }, says = "." }
        replace-nought = { with = 0, says = "." }
        pseudonymise = { says = "." }
        pseudonymise-escrow = { escrow = true, says = "." }
        pseudonymise-shape = { shape = "preserve", says = "." }
        mask-domain = { show = "domain", says = "." }
        mask-extension = { show = "extension", says = "." }
        mask-ends = { show = "first 1, last 2", says = "." }
        mask-last = { show = "last 3", says = "." }
        truncate-text = { text = 4, says = "." }
        truncate-ip = { ipv4 = 24, ipv6 = 48, says = "." }
        truncate-ip-wide = { ipv4 = 16, ipv6 = 32, says = "." }
        generalise-hour = { time = "hour", says = "." }
        generalise-day = { time = "day", says = "." }
        generalise-host = { url = "host", says = "." }
        generalise-page = { url = "page", says = "." }
        generalise-path = { path-depth = 1, extension = true, says = "." }
    "#;
    vec![("categories.toml".into(), categories), ("treatments.toml".into(), treatments.into())]
}

/// Which treatments a world may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repertoire {
    /// Those that the reference interpreter follows.
    Followed,
    /// All.
    All,
}

fn treatment(types: Vec<Type>, repertoire: Repertoire, is_base: bool) -> impl Strategy<Value = &'static str> + Clone {
    let most = if repertoire == Repertoire::Followed { FOLLOWED } else { TREATMENTS.len() };
    let goes = |fit: &Option<&[Type]>| fit.is_none_or(|fit| types.iter().all(|own| fit.contains(own)));
    let names: Vec<_> =
        TREATMENTS[..most].iter().filter(|(name, fit)| (is_base || *name != "keep") && goes(fit)).collect();
    // Half of the base keeps: otherwise layers below have nothing to say.
    let names: Vec<_> = names.into_iter().map(|(name, _)| *name).collect();
    (any::<bool>(), select(names)).prop_map(move |(keeps, name)| if is_base && keeps { "keep" } else { name })
}

fn row(repertoire: Repertoire, is_base: bool) -> impl Strategy<Value = Row> {
    let all: Vec<&'static str> =
        CATEGORIES.iter().map(|(name, _, _)| *name).filter(|name| *name != "event.action").collect();
    let names: Vec<_> = all.into_iter().chain(["id.*"]).collect();
    select(names).prop_flat_map(move |category| {
        let types = CATEGORIES
            .iter()
            .filter(|(name, _, _)| *name == category || (category == "id.*" && name.starts_with("id.")))
            .map(|(_, value_type, _)| *value_type)
            .collect::<Vec<_>>();
        // Beside another treatment `keep` would mean nothing, and be a mistake.
        let sense = |mut names: Vec<&'static str>| {
            if names.iter().any(|name| *name != "keep") {
                names.retain(|name| *name != "keep");
            }
            names
        };
        let treatments = vec(treatment(types, repertoire, is_base), 1..3).prop_map(sense);
        let by_purpose = (treatments.clone(), prop::option::of(treatments.clone()), 0..2usize).prop_map(
            move |(named, otherwise, purpose)| Row { category, named: vec![(PURPOSES[purpose], named)], otherwise },
        );
        let plain = treatments.prop_map(move |names| Row { category, named: Vec::new(), otherwise: Some(names) });
        prop_oneof![3 => plain, 1 => by_purpose]
    })
}

fn rule(repertoire: Repertoire, is_base: bool) -> impl Strategy<Value = Rule> {
    let conditions = (
        prop::option::weighted(0.2, select(KINDS.map(|(kind, _)| kind).to_vec())),
        prop::option::weighted(0.2, select(vec!["actor", "owner", "target"])),
        prop::option::weighted(0.15, subsequence(OPERATIONS.to_vec(), 1..3)),
        prop::bool::weighted(0.15),
    );
    (conditions, vec(row(repertoire, is_base), 1..4)).prop_map(|((kind, role, equals, suppress), mut rows)| {
        rows.sort_by_key(|row| row.category);
        rows.dedup_by_key(|row| row.category);
        let suppress = suppress && role.is_none() && (kind.is_some() || equals.is_some());
        Rule { kind, role, equals, suppress, rows }
    })
}

fn layer(
    id: &'static str,
    level: &'static str,
    folder: &'static str,
    repertoire: Repertoire,
) -> impl Strategy<Value = Layer> {
    let is_base = level == "base";
    vec(rule(repertoire, is_base), if is_base { 2..5 } else { 0..3 }).prop_map(move |mut rules| {
        if is_base {
            let keep = |category| Row { category, named: Vec::new(), otherwise: Some(vec!["keep"]) };
            // What nobody treats anywhere, and half of the words, so that much is decided.
            let rows = ["event.action", "content.text", "id.email", "net.ip", "url.full"].map(keep).to_vec();
            rules.push(Rule { kind: None, role: None, equals: None, suppress: false, rows });
        }
        Layer { id, level, folder, rules }
    })
}

/// A base, a country, a tenant; the tenant is `firm`.
pub(crate) fn world(repertoire: Repertoire) -> impl Strategy<Value = World> {
    let categories = || {
        let all: Vec<_> = CATEGORIES.iter().map(|(name, _, _)| *name).filter(|name| *name != "event.action").collect();
        prop_oneof![3 => subsequence(all.clone(), 1), 1 => subsequence(all, 2)]
    };
    let field = (select(SECTIONS.to_vec()), select(PATHS.to_vec()), categories());
    let keys = vec((select(KEYS.to_vec()), categories()), 0..4);
    let layers = (
        layer("base", "base", "base", repertoire),
        layer("land", "jurisdiction", "jurisdictions", repertoire),
        layer("firm", "tenant", "tenants", repertoire),
    );
    (vec(field, 4..24), keys, layers, select(PURPOSES.to_vec())).prop_map(|(mut fields, mut keys, layers, purpose)| {
        fields.sort();
        fields.dedup_by_key(|(section, path, _)| (*section, *path));
        keys.sort();
        keys.dedup_by_key(|(path, _)| *path);
        World { fields, keys, layers: vec![layers.0, layers.1, layers.2], purpose, guard: false }
    })
}

/// One more layer, `more`, that holds with the tenant.
pub(crate) fn one_more(repertoire: Repertoire) -> impl Strategy<Value = Layer> {
    layer("more", "sector", "sectors", repertoire).prop_filter("says something", |layer| !layer.rules.is_empty())
}

/// A value of an event, told apart from all others by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    Email,
    Ip,
    Ip6,
    Port,
    Time,
    Url,
    Path,
    Text,
    Umlaut,
    Number,
    Decimal,
    Bool,
    Null,
    Empty,
    NoMembers,
    NoElements,
}

impl Leaf {
    /// Its value with the number `n` (below 400; `n + 400` is another value of the same look).
    pub(crate) fn value(self, n: usize) -> Value {
        match self {
            Leaf::Email => json!(format!("Ann{n}@example.com")),
            Leaf::Ip => json!(format!("192.0.{}.{}", n / 200, n % 200 + 1)),
            Leaf::Ip6 => json!(format!("2001:db8:{}::{:x}", n % 7 + 1, n + 1)),
            Leaf::Port => json!(format!("198.51.{}.{}:{}", n / 200, n % 200 + 1, 1024 + n)),
            Leaf::Time => json!(format!("2026-11-03T{:02}:{:02}:{:02}Z", n / 400 + 7, n / 59 % 59 + 1, n % 59 + 1)),
            Leaf::Url => json!(format!("https://Host{n}.example.com/p/{n}?q=ann#f")),
            Leaf::Path => json!(format!("/home/ann/file{n}.txt")),
            Leaf::Text => json!(format!("some \"words\" no {n}")),
            Leaf::Umlaut => json!(format!("Größe {n} 😀\u{1}\n")),
            Leaf::Number => json!(n + 11),
            Leaf::Decimal => json!(n as f64 + 11.25),
            Leaf::Bool => json!(n / 400 == 0),
            Leaf::Null => Value::Null,
            Leaf::Empty => json!(""),
            Leaf::NoMembers => json!({}),
            Leaf::NoElements => json!([]),
        }
    }
}

/// An event before its values got their numbers.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Leaf(Leaf),
    /// This text and no other.
    Fixed(&'static str),
    Object(Vec<(&'static str, Node)>),
    Array(Vec<Node>),
    /// JSON in a string.
    Inside(Box<Node>),
}

impl Node {
    /// The event, its leaves numbered from 0; `number` may change a leaf's number.
    pub(crate) fn event(&self, number: &dyn Fn(usize) -> usize) -> Value {
        self.value(&mut 0, number)
    }

    /// How many numbered leaves it has.
    pub(crate) fn leaves(&self) -> usize {
        match self {
            Node::Leaf(_) => 1,
            Node::Fixed(_) => 0,
            Node::Object(members) => members.iter().map(|(_, node)| node.leaves()).sum(),
            Node::Array(elements) => elements.iter().map(Node::leaves).sum(),
            Node::Inside(node) => node.leaves(),
        }
    }

    fn value(&self, next: &mut usize, number: &dyn Fn(usize) -> usize) -> Value {
        match self {
            Node::Leaf(leaf) => {
                *next += 1;
                leaf.value(number(*next - 1))
            }
            Node::Fixed(text) => json!(text),
            Node::Object(members) => {
                let members = members.iter().map(|(key, node)| ((*key).to_owned(), node.value(next, number)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Node::Array(elements) => elements.iter().map(|node| node.value(next, number)).collect(),
            Node::Inside(node) => Value::String(node.value(next, number).to_string()),
        }
    }
}

fn leaf(usual: &'static [Leaf]) -> impl Strategy<Value = Node> {
    use Leaf::*;
    let other = vec![
        Email, Ip, Ip6, Port, Time, Url, Path, Text, Umlaut, Number, Decimal, Bool, Null, Empty, NoMembers, NoElements,
    ];
    let odd = prop_oneof![
        Just(Node::Object(vec![("x", Node::Leaf(Text)), ("value", Node::Leaf(Number))])),
        Just(Node::Array(vec![Node::Leaf(Text), Node::Leaf(Ip)])),
    ];
    prop_oneof![12 => select(usual.to_vec()).prop_map(Node::Leaf), 6 => select(other).prop_map(Node::Leaf), 1 => odd]
}

/// Some of these members, in any order.
fn object(members: Vec<(&'static str, BoxedStrategy<Node>)>) -> BoxedStrategy<Node> {
    let some: Vec<_> = members
        .into_iter()
        .map(|(key, node)| prop::option::weighted(0.7, node).prop_map(move |node| node.map(|node| (key, node))).boxed())
        .collect();
    let order = some.len();
    (some, vec(any::<u16>(), order))
        .prop_map(|(members, order)| {
            let mut members: Vec<_> =
                members.into_iter().zip(order).filter_map(|(member, at)| Some((at, member?))).collect();
            members.sort_by_key(|(at, _)| *at);
            Node::Object(members.into_iter().map(|(_, member)| member).collect())
        })
        .boxed()
}

fn array(element: BoxedStrategy<Node>) -> BoxedStrategy<Node> {
    vec(element, 0..4).prop_map(Node::Array).boxed()
}

/// Random events. Every one has an `op`.
pub(crate) fn event() -> impl Strategy<Value = Node> {
    use Leaf::*;
    let any_leaf = || leaf(&[Text, Email, Number]).boxed();
    let actor = object(vec![
        ("mail", leaf(&[Email]).boxed()),
        ("Name", leaf(&[Text, Umlaut]).boxed()),
        ("net", object(vec![("ip", leaf(&[Ip, Ip6, Port]).boxed()), ("other", any_leaf())])),
        ("extra", any_leaf()),
    ]);
    let item =
        object(vec![("title", leaf(&[Text, Umlaut]).boxed()), ("from", leaf(&[Email]).boxed()), ("extra", any_leaf())]);
    let name = select(vec!["Agent", "mail", "Other"]).prop_map(Node::Fixed).boxed();
    let prop = object(vec![("Name", name), ("Value", leaf(&[Email, Text]).boxed()), ("extra", any_leaf())]);
    let tags = object(vec![
        ("known", any_leaf()),
        ("ann@example.com", any_leaf()),
        ("198.51.100.9", leaf(&[Ip]).boxed()),
        ("grün \"x\"", any_leaf()),
        ("", any_leaf()),
    ]);
    let below = object(vec![("value", any_leaf()), ("other", any_leaf())]);
    let wild = object(vec![
        ("Bob@example.com", below.clone()),
        ("k", below.clone()),
        ("z", prop_oneof![any_leaf(), below.clone()].boxed()),
    ]);
    let row = object(vec![("v", any_leaf()), ("w", any_leaf())]);
    let inner = object(vec![
        ("user", leaf(&[Email]).boxed()),
        ("ip", leaf(&[Ip, Port]).boxed()),
        ("rows", array(row)),
        ("else", any_leaf()),
    ])
    .prop_filter("not empty", |node| matches!(node, Node::Object(members) if !members.is_empty()))
    .boxed();
    let raw = prop_oneof![
        4 => inner.clone().prop_map(|node| Node::Inside(Box::new(node))),
        1 => inner,
        1 => select(vec![Text, Umlaut, Number, Bool, Null]).prop_map(Node::Leaf),
    ];
    let deep = object(vec![
        ("x", object(vec![("y", any_leaf()), ("z", any_leaf())])),
        ("a", prop_oneof![any_leaf(), array(object(vec![("b", any_leaf())]))].boxed()),
    ]);
    let members = object(vec![
        ("Actor", actor),
        ("items", array(item)),
        ("props", array(prop)),
        ("tags", tags),
        ("any", wild),
        ("list", array(any_leaf())),
        ("raw", raw.boxed()),
        ("when", leaf(&[Time]).boxed()),
        ("link", leaf(&[Url]).boxed()),
        ("file", leaf(&[Path]).boxed()),
        ("note", any_leaf()),
        ("deep", deep),
        ("unheard", prop_oneof![any_leaf(), below].boxed()),
    ]);
    (members, select(OPERATIONS.to_vec()), any::<prop::sample::Index>()).prop_map(|(node, op, at)| {
        let Node::Object(mut members) = node else { return node };
        members.insert(at.index(members.len() + 1), ("op", Node::Fixed(op)));
        Node::Object(members)
    })
}
