//! What a component must be before it is compiled: small enough, of a known world, and without a single import.

use super::kind::Kind;
use std::fmt;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// Why a component is not admitted. Says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// More bytes than [`Limits::component_bytes`](super::Limits::component_bytes).
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not a WebAssembly component at all.
    NotAComponent,
    /// A core module: the step that makes a component of it was left out.
    CoreModule,
    /// Not valid, or built with a feature of WebAssembly that plugins may not use.
    Invalid {
        /// What the validator says about types and offsets.
        why: String,
    },
    /// It imports something.
    Import {
        /// The import's name, as in its world; the first of them.
        name: String,
    },
    /// It does not say which version of the interface it was built for.
    NoVersion,
    /// It was built for another version of the interface.
    Version {
        /// What it names.
        name: String,
    },
    /// It does not export the functions of a world, or of more than one.
    World {
        /// What is missing or too much.
        why: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::TooLarge { limit } => write!(
                f,
                "the component is larger than {limit} bytes: strip debug sections or raise the plugin's size limit"
            ),
            Refusal::NotAComponent => {
                f.write_str("this is not a WebAssembly component: build one with `tamis plugin build`")
            }
            Refusal::CoreModule => f.write_str(
                "this is a core module, not a component: wrap it with `tamis plugin build` or \
                 `wasm-tools component new`",
            ),
            Refusal::Invalid { why } => write!(
                f,
                "the component is not valid here: {why}; plugins are built without threads, GC, exceptions, \
                 64-bit memory and relaxed SIMD"
            ),
            Refusal::Import { name } => write!(
                f,
                "the component imports `{}`, and plugins may import nothing: build it without WASI (for Rust, \
                 target wasm32-unknown-unknown)",
                printable(name)
            ),
            Refusal::NoVersion => f.write_str(
                "the component does not name its version of `tamis:plugin/types`: build it against `wit/0.1`",
            ),
            Refusal::Version { name } => write!(
                f,
                "the component was built for `{}`, this host speaks `tamis:plugin@0.1`: build it against `wit/0.1`",
                printable(name)
            ),
            Refusal::World { why } => {
                write!(f, "the component fits neither world `detector` nor `transformer` of `tamis:plugin@0.1`: {why}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// A name from a component as it may be printed.
fn printable(name: &str) -> String {
    name.chars().take(120).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

/// The interface that holds the types of both worlds. It has no functions, so that naming it imports nothing.
const TYPES: &str = "tamis:plugin/types@";

/// Looks at a component without compiling or running it.
///
/// # Errors
/// The first reason not to admit it.
pub(super) fn inspect(bytes: &[u8], limit: usize) -> Result<Kind, Refusal> {
    if bytes.len() > limit {
        return Err(Refusal::TooLarge { limit });
    }
    if Parser::is_core_wasm(bytes) {
        return Err(Refusal::CoreModule);
    }
    if !Parser::is_component(bytes) {
        return Err(Refusal::NotAComponent);
    }
    let invalid = |error: wasmparser::BinaryReaderError| Refusal::Invalid { why: printable_message(error.message()) };
    let types = Validator::new_with_features(features()).validate_all(bytes).map_err(invalid)?;
    let imports = imports(bytes).map_err(invalid)?;

    let mut version = None;
    for name in &imports {
        let inert = match types.as_ref().component_item_for_import(name).map(|item| item.ty) {
            Some(ComponentEntityType::Instance(id)) => types[id].exports.values().all(|item| is_plain_type(&item.ty)),
            Some(ty) => is_plain_type(&ty),
            None => false,
        };
        if !inert {
            return Err(Refusal::Import { name: (*name).to_owned() });
        }
        if let Some(given) = name.strip_prefix(TYPES) {
            if !is_0_1(given) {
                return Err(Refusal::Version { name: (*name).to_owned() });
            }
            version = Some(given);
        } else if name.starts_with("tamis:plugin/") {
            return Err(Refusal::Version { name: (*name).to_owned() });
        }
    }
    let is_function = |name: &str| {
        let item = types.as_ref().component_item_for_export(name);
        item.is_some_and(|item| matches!(item.ty, ComponentEntityType::Func(_)))
    };
    let kind = world(&is_function)?;
    if version.is_none() { Err(Refusal::NoVersion) } else { Ok(kind) }
}

fn world(is_function: &dyn Fn(&str) -> bool) -> Result<Kind, Refusal> {
    let wrong = |why: &str| Err(Refusal::World { why: why.to_owned() });
    let kind = match (is_function("scan"), is_function("transform")) {
        (true, false) => Kind::Detector,
        (false, true) => Kind::Transformer,
        (true, true) => return wrong("it exports both `scan` and `transform`: make two plugins of it"),
        (false, false) => return wrong("it exports neither `scan` nor `transform`"),
    };
    match (is_function("describe"), is_function("configure")) {
        (true, true) => Ok(kind),
        (false, _) => wrong("it does not export `describe`"),
        (_, false) => wrong("it does not export `configure`"),
    }
}

/// A type that no function, value or resource hides behind.
fn is_plain_type(ty: &ComponentEntityType) -> bool {
    use wasmparser::component_types::ComponentAnyTypeId as Any;
    matches!(ty, ComponentEntityType::Type { created, .. } if !matches!(created, Any::Resource(_)))
}

/// `0.1.x`, a release.
fn is_0_1(version: &str) -> bool {
    version.strip_prefix("0.1.").is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
}

fn printable_message(message: &str) -> String {
    message.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What the engine is configured for ([`engine_config`](super::engine_config)), said to the validator.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::COMPONENT_MODEL)
        .difference(WasmFeatures::GC_TYPES)
}

/// Names of the imports at the outermost level; nested modules and components have imports of their own.
fn imports(bytes: &[u8]) -> Result<Vec<&str>, wasmparser::BinaryReaderError> {
    let mut imports = Vec::new();
    let mut depth = 0usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok(imports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(wat: &str) -> Refusal {
        inspect(&wat::parse_str(wat).unwrap(), 1 << 20).unwrap_err()
    }

    #[test]
    fn only_components_are_looked_at() {
        assert_eq!(inspect(b"", 10), Err(Refusal::NotAComponent));
        assert_eq!(inspect(b"\0asm", 10), Err(Refusal::NotAComponent));
        assert_eq!(inspect(&[0; 11], 10), Err(Refusal::TooLarge { limit: 10 }));
        assert_eq!(refused("(module)"), Refusal::CoreModule);
        assert!(matches!(refused("(component)"), Refusal::World { .. }));
    }

    #[test]
    fn every_kind_of_import_is_refused_by_name() {
        for (import, name) in [
            (
                r#"(import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func))))"#,
                "wasi:clocks/wall-clock@0.2.0",
            ),
            (r#"(import "print" (func (param "text" string)))"#, "print"),
            (r#"(import "handle" (type (sub resource)))"#, "handle"),
            (r#"(import "inner" (core module))"#, "inner"),
            (r#"(import "part" (component))"#, "part"),
            (r#"(import "tamis:plugin/types@0.1.0" (instance (export "steal" (func))))"#, "tamis:plugin/types@0.1.0"),
            (r#"(import "a:b/c" (instance (export "r" (type (sub resource)))))"#, "a:b/c"),
        ] {
            let refusal = refused(&format!("(component {import})"));
            assert_eq!(refusal, Refusal::Import { name: name.to_owned() });
            assert!(refusal.to_string().contains(name));
        }
    }

    #[test]
    fn another_version_is_named() {
        for name in [
            "tamis:plugin/types@0.2.0",
            "tamis:plugin/types@0.1.0-rc.1",
            "tamis:plugin/types",
            "tamis:plugin/other@0.1.0",
        ] {
            let refusal = refused(&format!(r#"(component (import "{name}" (instance)))"#));
            assert_eq!(refusal, Refusal::Version { name: name.to_owned() });
        }
    }

    #[test]
    fn modules_beyond_the_engine_are_refused() {
        for module in [
            "(module (memory i64 1))",
            "(module (memory 1 1 shared))",
            "(module (type (struct)))",
            "(module (tag))",
            "(module (func (result v128) v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.relaxed_swizzle))",
        ] {
            let refusal = refused(&format!("(component (core {})", module.trim_start_matches('(')));
            assert!(matches!(refusal, Refusal::Invalid { .. }), "{module}: {refusal:?}");
        }
    }
}
