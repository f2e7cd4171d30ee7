//! Laws of the reader: what is wrong is found where it stands, and nothing that is right is.

mod hostile;
mod mistakes;
mod shipped;

use super::{Bundle, FileKind, categories, evidence, layer, lists, schema, test_file, treatments};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::document::FileId;

const KINDS: [FileKind; 7] = [
    FileKind::Categories,
    FileKind::Treatments,
    FileKind::Schema,
    FileKind::Layer,
    FileKind::Evidence,
    FileKind::Lists,
    FileKind::Test,
];

/// Reads a file as what it is; answers whether there was something to go on with.
fn read(bundle: &Bundle, file: FileId, kind: FileKind, out: &mut Vec<Diagnostic>) -> bool {
    match kind {
        FileKind::Categories => categories(bundle, file, out).is_some(),
        FileKind::Treatments => treatments(bundle, file, out).is_some(),
        FileKind::Schema => schema(bundle, file, out).is_some(),
        FileKind::Layer => layer(bundle, file, out).is_some(),
        FileKind::Evidence => evidence(bundle, file, out).is_some(),
        FileKind::Lists => lists(bundle, file, out).is_some(),
        FileKind::Test => test_file(bundle, file, out).is_some(),
    }
}
