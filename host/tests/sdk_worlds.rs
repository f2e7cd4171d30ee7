//! The worlds that the Rust SDK puts into a plugin are those of `wit/0.1`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::path::Path;

use wit_component::StringEncoding;
use wit_parser::Resolve;

#[test]
fn the_sdk_says_the_worlds_of_the_interface() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root.join("wit/0.1")).unwrap();
    for name in ["detector", "transformer"] {
        let world = resolve.select_world(&[package], Some(name)).unwrap();
        let encoded = wit_component::metadata::encode(&resolve, world, StringEncoding::UTF8, None).unwrap();
        let file = root.join("guest-plugins/sdk/src").join(name).with_extension("world");
        if std::fs::read(&file).unwrap_or_default() != encoded {
            let made = std::env::temp_dir().join(file.file_name().unwrap());
            std::fs::write(&made, &encoded).unwrap();
            panic!("{} is not the world {name}: {} is", file.display(), made.display());
        }
    }
}
