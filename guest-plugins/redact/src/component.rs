//! The component's edge: the detector as a plugin.

use tamis_plugin_sdk::{Column, Description, Detector, Entity, Failure, Finding};

use crate::{ColumnView, Redact};

struct Plugin(Redact);

impl Detector for Plugin {
    fn describe() -> Description {
        let crate::Description { name, version, settings_schema, entities } = Redact::describe();
        let entity = |entity: &crate::EntityInfo| Entity::new(entity.name, entity.sets, entity.title);
        entities.iter().map(entity).fold(Description::new(name, version, settings_schema), Description::with)
    }

    fn configure(settings: &str, prepared: &[Vec<u8>]) -> Result<Self, Failure> {
        Redact::configure(settings, prepared).map(Plugin).map_err(failure)
    }

    fn scan(&mut self, columns: &[Column]) -> Result<Vec<Finding>, Failure> {
        let views: Vec<ColumnView<'_>> = columns.iter().map(view).collect();
        let mut found = Vec::new();
        self.0.scan(&views, &mut found).map_err(failure)?;
        Ok(found.into_iter().map(finding).collect())
    }
}

fn view(column: &Column) -> ColumnView<'_> {
    ColumnView { field: column.field, bytes: &column.bytes, offsets: &column.offsets, event: &column.event }
}

fn finding(found: crate::Finding) -> Finding {
    let crate::Finding { column, row, start, end, entity, confidence } = found;
    Finding { column, row, start, end, entity, confidence }
}

fn failure(failure: crate::Failure) -> Failure {
    match failure {
        crate::Failure::SettingsRejected => Failure::SettingsRejected,
        crate::Failure::UnsupportedField => Failure::UnsupportedField,
        crate::Failure::LimitExceeded => Failure::LimitExceeded,
        crate::Failure::Internal => Failure::Internal,
    }
}

tamis_plugin_sdk::export_detector!(Plugin);
