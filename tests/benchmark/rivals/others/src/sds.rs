//! dd-sensitive-data-scanner ships an engine and validators, and no rules: it is given ours, of `entities/*.toml`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use dd_sds::SecondaryValidator::{self, *};
use dd_sds::{MatchAction, RegexRuleConfig, RootRuleConfig, RuleConfig, Scanner, SimpleEvent};
use serde::Deserialize;

use measure::{Detector, Outcome, Row, SHARED, Span};

/// Words that it takes at most, and characters of one.
const KEYWORD: usize = 30;
const KEYWORDS: usize = 50;

/// What of an entity's file makes a rule.
#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    forms: Vec<String>,
    acceptance: Option<f64>,
    #[serde(default)]
    tokens: Vec<Token>,
}

#[derive(Deserialize)]
struct Token {
    prefix: String,
    body: String,
    length: Length,
    #[serde(default)]
    tail: Vec<Tail>,
}

#[derive(Deserialize)]
struct Tail {
    literal: String,
    body: String,
    length: Length,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Length {
    Exact(u16),
    Between([u16; 2]),
}

impl Length {
    fn text(self) -> String {
        match self {
            Length::Exact(length) => format!("{{{length}}}"),
            Length::Between([least, most]) => format!("{{{least},{most}}}"),
        }
    }
}

#[derive(Deserialize)]
struct File {
    entity: HashMap<String, Entity>,
}

/// What code of its own finds in Tamis, as a pattern.
const PATTERNS: &[(&str, &str)] = &[
    ("person.email", r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,24}\b"),
    ("person.phone", r"(?:\+|\b00)[1-9]\d{0,2}[ .\-/]?(?:\(0?\d{1,4}\)[ .\-/]?)?\d{1,4}(?:[ .\-/]?\d{2,4}){1,4}\b"),
    (
        "payment.card",
        r"\b(?:3[47]\d{2}|[2-6]\d{3})(?:[ \-]?\d{4}){2}[ \-]?\d{1,4}(?:[ \-]?\d{1,3})?\b|\b3[47]\d{2}[ \-]?\d{6}[ \-]?\d{5}\b",
    ),
    ("payment.iban", r"\b[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{4}){2,7}(?:[ \-]?[A-Z0-9]{1,3})?\b"),
    ("payment.ethereum", r"\b0x[0-9a-fA-F]{40}\b"),
    ("network.ipv4", r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b"),
    ("network.ipv6", r"\b(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}){1,6}\b|\b(?:[0-9a-fA-F]{1,4}:){1,7}:"),
    ("network.mac", r"\b[0-9a-fA-F]{2}(?:[:\-][0-9a-fA-F]{2}){5}\b|\b[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\b"),
    ("national.us.ssn", r"\b(?:[0-68]\d{2}|7[0-8]\d)[\- ]\d{2}[\- ]\d{4}\b"),
    ("secret.jwt", r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]*"),
    (
        "secret.private-key",
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=\s\\rn]+-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----",
    ),
];

/// The validator that it ships for an entity.
fn validator(entity: &str) -> Option<SecondaryValidator> {
    Some(match entity {
        "payment.card" => LuhnChecksum,
        "payment.iban" => IbanChecker,
        "payment.ethereum" => EthereumChecksum,
        "national.us.npi" => UsNpiChecksum,
        "national.uk.nhs-number" => NhsCheckDigit,
        "national.uk.nino" => UkNinoFormatCheck,
        "national.de.tax-id" => Mod11_10checksum,
        "national.de.social-security" => GermanSvnrChecksum,
        "secret.github.pat" => GithubTokenChecksum,
        _ => return None,
    })
}

pub(crate) struct Sds {
    scanner: Scanner,
    /// The entity of each rule.
    entities: Vec<&'static str>,
}

impl Sds {
    pub(crate) fn new(folder: &str) -> Outcome<Self> {
        let mut known = HashMap::new();
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                known.extend(toml::from_str::<File>(&std::fs::read_to_string(path)?)?.entity);
            }
        }
        let (mut rules, mut entities) = (Vec::new(), Vec::new());
        for shared in SHARED {
            let own = known.get(shared.entity).ok_or_else(|| format!("{} is no entity", shared.entity))?;
            let given = PATTERNS.iter().find(|(entity, _)| *entity == shared.entity).map(|(_, pattern)| *pattern);
            let pattern = given.map_or_else(|| pattern(own), str::to_owned);
            let mut rule = RegexRuleConfig::new(&pattern).with_validator(validator(shared.entity));
            // As in Tamis: what too many other things look like counts beside a word only.
            if own.forms.first().is_some() && own.acceptance.unwrap_or(1.0) > 0.001 {
                let words = own.keywords.iter().map(|word| word.trim_end_matches('*'));
                let words = words.filter(|word| word.chars().count() <= KEYWORD).take(KEYWORDS);
                rule = rule.with_included_keywords(words);
            }
            rules.push(RootRuleConfig::new(rule.build() as Arc<dyn RuleConfig>).match_action(MatchAction::None));
            entities.push(shared.entity);
        }
        let scanner = Scanner::builder(&rules).with_return_matches(true).build();
        Ok(Self { scanner: scanner.map_err(|error| format!("{error:?}"))?, entities })
    }
}

/// Forms and tokens as one pattern.
fn pattern(entity: &Entity) -> String {
    let forms = entity.forms.iter().map(|form| format!(r"\b{}\b", form_pattern(form)));
    let tokens = entity.tokens.iter().map(|token| {
        let tail =
            token.tail.iter().map(|tail| format!("{}{}", escaped(&tail.literal), class(&tail.body, tail.length)));
        format!(r"{}{}{}", escaped(&token.prefix), class(&token.body, token.length), tail.collect::<String>())
    });
    forms.chain(tokens).collect::<Vec<_>>().join("|")
}

fn escaped(literal: &str) -> String {
    literal.chars().flat_map(|c| (!c.is_alphanumeric()).then_some('\\').into_iter().chain([c])).collect()
}

fn class(body: &str, length: Length) -> String {
    let body: String = body.replace('\\', r"\\").replace(['[', ']'], "");
    // A sign at the end stands for itself.
    let body = match body.strip_suffix('-') {
        Some(body) => format!(r"{body}\-"),
        None => body,
    };
    if body.is_empty() { String::new() } else { format!("[{body}]{}", length.text()) }
}

/// A form (`guest-plugins/redact/entities/README.md`) as a pattern: signs may be left out, or be another of the same kind.
fn form_pattern(form: &str) -> String {
    let mut pattern = String::new();
    let mut characters = form.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '-' | '.' | '/' => {
                pattern.push_str(r"[ .\-/]");
                pattern.push_str(if characters.next_if_eq(&'!').is_some() { "" } else { "?" });
            }
            '9' => pattern.push_str(r"\d"),
            'A' => pattern.push_str("[A-Za-z]"),
            'X' => pattern.push_str("[A-Za-z0-9]"),
            'a'..='z' => pattern.push_str(&format!("[{}{c}]", c.to_ascii_uppercase())),
            other => pattern.push(other),
        }
    }
    pattern
}

impl Detector for Sds {
    fn name(&self) -> String {
        "dd-sensitive-data-scanner 0.1.0-20261029 (given our rules)".into()
    }

    fn knows(&self) -> Vec<String> {
        self.entities.iter().map(|entity| (*entity).to_owned()).collect()
    }

    fn find(&mut self, rows: &[Row]) -> Outcome<Vec<Vec<Span>>> {
        let mut found = Vec::new();
        for row in rows {
            // Words of the path count as keywords.
            let path = row.field.replace(' ', "_");
            let mut event = SimpleEvent::Map(BTreeMap::from([(path, SimpleEvent::String(row.text.clone()))]));
            let matches = self.scanner.scan(&mut event).map_err(|error| format!("{error:?}"))?;
            let one = |hit: &dd_sds::RuleMatch| Span {
                start: hit.start_index,
                end: hit.end_index_exclusive,
                entity: self.entities[hit.rule_index].into(),
            };
            found.push(matches.iter().map(one).collect());
        }
        Ok(found)
    }
}
