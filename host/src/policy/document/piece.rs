//! What can be taken out of a file of rules or a schema map: would anybody miss it?

use std::fmt;

use super::{Inside, Layer, SchemaMap, Span, Text};

/// A piece of a file that can be taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands: no other piece stands there.
    pub span: Span,
    /// The table that it is, or is of, as the file writes it: `rule.people`.
    pub table: String,
    /// The row that it is: its key.
    pub row: Option<String>,
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.row {
            Some(row) => write!(f, "\"{row}\" of {}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

impl Piece {
    fn new(at: &Text, table: String) -> Self {
        Self { span: at.span, table, row: None }
    }
}

impl Layer {
    /// Everything that it says of what becomes of an event, piece by piece: tables, and the rows of those that have several.
    /// Left out is what people are told and asked (laws, notices, obligations, the controller), who reverses codes and signs, and
    /// when codes change: of that nothing is seen in what comes out.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        pieces.extend(self.guard.iter().map(|guard| Piece { span: guard.span, table: "guard".into(), row: None }));
        // On the base stands also who does not say so.
        let inherits = self.inherits.iter().filter(|name| name.value != "base");
        pieces.extend(inherits.map(|name| Piece::new(name, "inherits".into())));
        for rule in &self.rules {
            let table = format!("rule.{}", rule.name.value);
            if rule.rows.len() + usize::from(rule.suppress.is_some()) > 1 {
                pieces.extend(rule.rows.iter().map(|row| row_of(&row.category, &table)));
            }
            pieces.push(Piece::new(&rule.name, table));
        }
        if let Some(failure) = &self.failure {
            pieces.extend(failure.rows.iter().map(|(category, _)| row_of(category, "failure")));
            pieces.push(Piece::new(&failure.name, "failure".into()));
        }
        let tables = [
            ("treatment", names(&self.treatments, |own| &own.name)),
            ("list", names(&self.lists, |own| &own.name)),
            ("gate", names(&self.gates, |own| &own.name)),
            ("fact", names(&self.facts, |own| &own.name)),
            ("retention", names(&self.retention, |own| &own.name)),
            ("attributable", names(&self.attributable, |own| &own.name)),
            ("entity", names(&self.entities, |own| &own.name)),
            ("plugin", names(&self.plugins, |own| &own.name)),
            ("jurisdiction", self.workforce.iter().flat_map(|group| &group.jurisdictions).collect()),
            ("sector", self.workforce.iter().flat_map(|group| &group.sectors).collect()),
            ("schemas.use", self.schemas.use_maps.iter().collect()),
            ("schemas.pin", self.schemas.pin.iter().collect()),
        ];
        for (table, names) in tables {
            pieces.extend(names.into_iter().map(|name| Piece::new(name, format!("{table}.{}", name.value))));
        }
        pieces
            .extend(self.purposes.iter().filter_map(|(allow, _)| Some(Piece::new(allow.first()?, "purposes".into()))));
        pieces.extend(self.hours.iter().map(|hours| Piece::new(&hours.zone, "hours".into())));
        for own in &self.classify {
            let table = format!("classify.{}", own.map.value);
            pieces.extend(own.fields.iter().map(|field| row_of(&field.path, &table)));
        }
        pieces
    }

    /// The same without one of its [`Layer::pieces`].
    #[must_use]
    pub fn without(&self, piece: Span) -> Self {
        let mut layer = self.clone();
        let stays = |text: &Text| text.span != piece;
        layer.guard = layer.guard.filter(|guard| guard.span != piece);
        layer.inherits = layer.inherits.filter(stays);
        layer.rules.retain(|own| stays(&own.name));
        layer.rules.iter_mut().for_each(|rule| rule.rows.retain(|row| stays(&row.category)));
        layer.failure = layer.failure.filter(|own| stays(&own.name));
        layer.failure.iter_mut().for_each(|failure| failure.rows.retain(|(category, _)| stays(category)));
        layer.treatments.retain(|own| stays(&own.name));
        layer.lists.retain(|own| stays(&own.name));
        layer.gates.retain(|own| stays(&own.name));
        layer.facts.retain(|own| stays(&own.name));
        layer.retention.retain(|own| stays(&own.name));
        layer.attributable.retain(|own| stays(&own.name));
        layer.entities.retain(|own| stays(&own.name));
        layer.plugins.retain(|own| stays(&own.name));
        for group in &mut layer.workforce {
            group.jurisdictions.retain(stays);
            group.sectors.retain(stays);
        }
        layer.schemas.use_maps.retain(stays);
        layer.schemas.pin.retain(stays);
        layer.purposes = layer.purposes.filter(|(allow, _)| allow.first().is_none_or(stays));
        layer.hours = layer.hours.filter(|hours| stays(&hours.zone));
        layer.classify.iter_mut().for_each(|own| own.fields.retain(|field| stays(&field.path)));
        layer
    }
}

impl Layer {
    /// The same where nothing is done by a treatment: no row names it.
    #[must_use]
    pub fn untreated(&self, treatment: &str) -> Self {
        let mut layer = self.clone();
        for row in layer.rules.iter_mut().flat_map(|rule| &mut rule.rows) {
            let lists = row.what.named.values_mut().chain(&mut row.what.otherwise);
            lists.for_each(|names| names.retain(|name| name.value != treatment));
        }
        layer
    }
}

impl SchemaMap {
    /// Every line below its head: fields, keys, kinds, insides and what stands for them otherwise, templates and their holes. (A
    /// variant is missed where one of its fields is.)
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        pieces.extend(self.fields.iter().map(|field| row_of(&field.path, "fields")));
        pieces.extend(self.keys.iter().map(|field| row_of(&field.path, "keys")));
        pieces.extend(self.events.iter().map(|event| row_of(&event.kind, "events")));
        for variant in &self.variants {
            let table = format!("variant.{}", variant.name.value);
            pieces.extend(variant.fields.iter().map(|field| row_of(&field.path, &table)));
        }
        for inside in &self.inside {
            pieces.push(row_of(&inside.path, "inside"));
            let otherwise = inside.otherwise.iter();
            pieces.extend(otherwise.map(|own| Piece { span: own.span, ..row_of(&inside.path, "inside (else)") }));
        }
        for line in &self.lines {
            let table = format!("line.{}", line.name.value);
            let said = line.holes.iter().filter(|(_, _, categories)| !categories.is_empty());
            pieces.extend(said.map(|(hole, ..)| row_of(hole, &table)));
            pieces.push(Piece::new(&line.name, table));
        }
        pieces
    }

    /// The same without one of its [`SchemaMap::pieces`].
    #[must_use]
    pub fn without(&self, piece: Span) -> Self {
        let mut map = self.clone();
        let stays = |text: &Text| text.span != piece;
        map.fields.retain(|field| stays(&field.path));
        map.keys.retain(|field| stays(&field.path));
        map.events.retain(|event| stays(&event.kind));
        map.variants.iter_mut().for_each(|variant| variant.fields.retain(|field| stays(&field.path)));
        map.inside.retain(|inside| stays(&inside.path));
        for Inside { otherwise, .. } in &mut map.inside {
            *otherwise = otherwise.take().filter(stays);
        }
        map.lines.retain(|line| stays(&line.name));
        map.lines.iter_mut().for_each(|line| line.holes.retain(|(hole, ..)| stays(hole)));
        map
    }
}

fn names<T>(all: &[T], name: impl Fn(&T) -> &Text) -> Vec<&Text> {
    all.iter().map(name).collect()
}

fn row_of(at: &Text, table: &str) -> Piece {
    Piece { span: at.span, table: table.to_owned(), row: Some(at.value.clone()) }
}
