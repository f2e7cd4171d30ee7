//! Policies with a plugin that hides each `x` of a note, and traps on a `T`.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::common;
use crate::guest::Guest;

/// Writes a folder of policies; its tenant is `firm`. `otherwise` is what becomes of what a step fails on.
pub(crate) fn policies(folder: &Path, otherwise: &str) {
    let write = |name: &str, text: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let component = Guest::sieve().component();
    let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
    write("tenants/plugins/sieve.wasm", &component);
    let map = "[fields]\n\"op\" = \"event.action\"\n\"Version\" = \"event.action\"\n\"note\" = \"content.text\"\n";
    let keeps = "[rule.all]\nbecause = \"It is a test.\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\"content.text\" = \"keep\"\n";
    for (name, text) in common::small(map, keeps) {
        write(&name, text.as_bytes());
    }
    let tenant = format!(
        r#"
[policy]
id = "firm"
title = "A layer"
layer = "tenant"
revision = 1
[plugin.sieve]
because = "It is a test."
cite = "own"
component = "plugins/sieve.wasm"
digest = "sha256:{digest}"
look-in = ["content.text"]
threshold = "possible"
[failure]
because = "It is a test."
cite = "own"
otherwise = "{otherwise}"
"#
    );
    write("tenants/firm.toml", tenant.as_bytes());
}

/// An event with a note.
pub(crate) fn event(number: u32, note: &str) -> String {
    format!("{{\"op\":\"Read\",\"Version\":{number},\"note\":\"{note}\"}}")
}
