//! `others NAME SET EVENTS ENTITIES > RESULT`: other people's detectors (datafog-core, redact-core, sds).

mod sds;

use datafog_core::ScanConfig;
use measure::{Detector, Outcome, Row, Span, known, labelled, ours, report};
use redact_core::AnalyzerEngine;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, set, events, entities] = arguments.as_slice() else {
        return Err("say `others NAME SET EVENTS ENTITIES`".into());
    };
    let rows = labelled(set)?.into_iter().map(|(row, _)| row).collect();
    let mut detector: Box<dyn Detector> = match name.as_str() {
        "datafog-core" => Box::new(Datafog::new()?),
        "redact-core" => Box::new(RedactCore::new()),
        "sds" => Box::new(sds::Sds::new(entities)?),
        _ => return Err(format!("{name} is nobody").into()),
    };
    report(detector.as_mut(), rows, events)
}

/// datafog-core, with everything that its rules have: the German locale too.
struct Datafog(ScanConfig);

impl Datafog {
    fn new() -> Outcome<Self> {
        Ok(Self(ScanConfig::new().with_locale("de").map_err(|error| format!("{error:?}"))?))
    }
}

impl Detector for Datafog {
    fn name(&self) -> String {
        "datafog-core 1.0.0".into()
    }

    fn knows(&self) -> Vec<String> {
        known(|shared| !shared.datafog.is_empty())
    }

    fn find(&mut self, rows: &[Row]) -> Outcome<Vec<Vec<Span>>> {
        let one = |finding: datafog_core::Finding| {
            let entity = ours(|shared| shared.datafog == finding.entity_type, &finding.matched_text)?;
            Some(Span { start: finding.byte_range.start, end: finding.byte_range.end, entity: entity.into() })
        };
        let row = |row: &Row| datafog_core::scan_with_config(&row.text, &self.0).into_iter().filter_map(one).collect();
        Ok(rows.iter().map(row).collect())
    }
}

/// redact-core with the recognisers that it starts with.
struct RedactCore(AnalyzerEngine);

impl RedactCore {
    fn new() -> Self {
        Self(AnalyzerEngine::new())
    }
}

impl Detector for RedactCore {
    fn name(&self) -> String {
        format!("redact-core {}", redact_core::VERSION)
    }

    fn knows(&self) -> Vec<String> {
        known(|shared| !shared.redact_core.is_empty())
    }

    fn find(&mut self, rows: &[Row]) -> Outcome<Vec<Vec<Span>>> {
        let mut found = Vec::new();
        for row in rows {
            let result = self.0.analyze(&row.text, None)?;
            let one = |hit: &redact_core::RecognizerResult| {
                let value = row.text.get(hit.start..hit.end)?;
                let entity = ours(|shared| shared.redact_core.contains(&hit.entity_type.as_str()), value)?;
                Some(Span { start: hit.start, end: hit.end, entity: entity.into() })
            };
            found.push(result.detected_entities.iter().filter_map(one).collect());
        }
        Ok(found)
    }
}
