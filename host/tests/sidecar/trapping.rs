//! Policies with a plugin that hides each `x` of a note, and traps on a `T`.

use std::path::Path;

use sha2::{Digest as _, Sha256};

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
    let words = r#"
revision = 1
[category.all]
title = "All"
identifies = "alone"
"event.action" = "What was done"
"content.text" = "A text"
[kind.all]
title = "All"
"account.sign-in" = "Somebody signed in"
"#;
    write("categories.toml", words.as_bytes());
    let treatments = r#"
revision = 1
[treatment]
keep = { says = "." }
drop = { says = "." }
forbid = { says = "." }
suppress = { says = "." }
"#;
    write("treatments.toml", treatments.as_bytes());
    let schema = r#"
[schema]
id = "small"
title = "Small"
revision = 1
recognise = ["Version"]
[fields]
"Version" = "event.action"
"note" = "content.text"
"#;
    write("schemas/small.toml", schema.as_bytes());
    let base = r#"
[policy]
id = "base"
title = "A layer"
layer = "base"
revision = 1
[law]
own = { cite = "none", sure = "high", seen = "text" }
[rule.all]
because = "It is a test."
cite = "own"
"event.action" = "keep"
"content.text" = "keep"
"#;
    write("base/base.toml", base.as_bytes());
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
    format!("{{\"Version\":{number},\"note\":\"{note}\"}}")
}
