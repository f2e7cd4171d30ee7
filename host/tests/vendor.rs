//! A plugin of a vendor, from its source to what leaves: `tamis plugin build`, a tenant that names the component, `tamis filter`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use common::random::words;
use common::repository;

fn tamis(arguments: &[&str], cache: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamis"));
    command.args(arguments).env("XDG_CACHE_HOME", cache).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The example's component, built once, with its digest.
fn badges() -> &'static (PathBuf, String) {
    static BUILT: OnceLock<(PathBuf, String)> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("badges-{}.wasm", std::process::id()));
        let source = repository().join("guest-plugins/examples/badge-detector");
        let built =
            tamis(&["plugin", "build", source.to_str().unwrap(), "-o", out.to_str().unwrap()], out.parent().unwrap());
        assert!(built.status.success(), "{}", said(&built));
        let told = tamis(&["plugin", "inspect", out.to_str().unwrap()], out.parent().unwrap());
        assert_eq!(said(&told), "", "what is asked for is no message");
        let told = String::from_utf8(told.stdout).unwrap();
        let digest = told.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap().to_owned();
        (out, digest)
    })
}

/// A folder of policies whose tenant `firm` says `tenant` besides.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new(tenant: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for (name, text) in words() {
            write(&name, &text);
        }
        write(
            "schemas/small.toml",
            "[schema]\nid = \"small\"\ntitle = \"Small\"\nrevision = 1\nrecognise = [\"op\"]\n\
             [fields]\n\"op\" = \"event.action\"\n\"note\" = \"content.text\"\n",
        );
        let head = "title = \"A layer\"\nrevision = 1\n";
        write(
            "base/base.toml",
            &format!(
                "[policy]\nid = \"base\"\nlayer = \"base\"\n{head}[law]\nown = {{ cite = \"none\", sure = \"high\", \
                 seen = \"text\" }}\n[rule.all]\nbecause = \"x\"\ncite = \"own\"\n\"event.action\" = \"keep\"\n\
                 \"content.text\" = \"redact-personal\"\n"
            ),
        );
        write("tenants/firm.toml", &format!("[policy]\nid = \"firm\"\nlayer = \"tenant\"\n{head}{tenant}"));
        std::fs::create_dir(dir.path().join("tenants/plugins")).unwrap();
        std::fs::copy(&badges().0, dir.path().join("tenants/plugins/badges.wasm")).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn filter(&self, events: &str) -> Output {
        std::fs::write(self.path("events.ndjson"), events).unwrap();
        let arguments = ["filter", "--policy", &self.path("tenants/firm.toml"), &self.path("events.ndjson")];
        tamis(&arguments, &self.dir.path().join("cache"))
    }
}

fn plugin(more: &str) -> String {
    let digest = &badges().1;
    format!(
        "[plugin.badges]\nbecause = \"Notes of the gate house.\"\ncite = \"own\"\ncomponent = \"plugins/badges.wasm\"\n\
         digest = \"{digest}\"\nlook-in = [\"content.text\"]\n{more}\n"
    )
}

#[test]
fn a_tenants_badges_are_hidden() {
    let events =
        "{\"op\":\"in\",\"note\":\"Badge B-123456 of ann@example.com\"}\n{\"op\":\"in\",\"note\":\"B-654321\"}\n";
    let folder = Folder::new(&plugin(""));
    let output = folder.filter(events);
    assert!(output.status.success(), "{}", said(&output));
    // Without a word nearby the example is not sure enough for the usual threshold.
    let expected = "{\"op\":\"in\",\"note\":\"Badge [badges] of [email]\"}\n{\"op\":\"in\",\"note\":\"B-654321\"}\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert!(said(&output).contains("firm.badges") && !said(&output).contains("example.badge"), "{}", said(&output));
    let named = Folder::new(&plugin("find = [\"example.badge\"]")).filter(events);
    assert_eq!(named.stdout, String::from_utf8_lossy(&output.stdout).replace("[badges]", "[badge]").into_bytes());
    assert!(said(&named).contains("example.badge"), "{}", said(&named));
    let sure = Folder::new(&plugin("threshold = \"possible\"\nlabel = \"[gate]\"\nfind = [\"personal\"]"));
    let output = sure.filter(events);
    let expected = "{\"op\":\"in\",\"note\":\"Badge [gate] of [email]\"}\n{\"op\":\"in\",\"note\":\"[gate]\"}\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{}", said(&output));
}

/// LAW: a tenant whose plugin would see others' events is closed in company, and nobody else is.
#[test]
fn a_tenant_with_a_plugin_is_closed_where_others_are() {
    let folder = Folder::new(&plugin(""));
    let other = "[policy]\nid = \"other\"\nlayer = \"tenant\"\ntitle = \"A layer\"\nrevision = 1\n";
    std::fs::write(folder.path("tenants/other.toml"), other).unwrap();
    let events = "{\"op\":\"firm\",\"note\":\"B-123456\"}\n{\"op\":\"other\",\"note\":\"B-123456\"}\n";
    std::fs::write(folder.path("events.ndjson"), events).unwrap();
    let (tenants, file) = (folder.path("tenants"), folder.path("events.ndjson"));
    let output = tamis(
        &["filter", "--policy", &tenants, "--tenant-by", "op", "--on", "2026-11-21", &file],
        &folder.dir.path().join("cache"),
    );
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"op\":\"other\",\"note\":\"B-123456\"}\n");
    assert!(said(&output).contains("firm: ") && said(&output).contains("tenant-by"), "{}", said(&output));
}

#[test]
fn compiled_code_is_kept_for_the_next_run() {
    let folder = Folder::new(&plugin(""));
    let events = "{\"op\":\"in\",\"note\":\"Badge B-123456\"}\n";
    let first = folder.filter(events);
    let kept = std::fs::read_dir(folder.dir.path().join("cache/tamis/plugins")).unwrap();
    assert!(kept.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "cwasm")).count() == 1);
    assert_eq!(first.stdout, folder.filter(events).stdout, "{}", said(&first));
}

#[test]
fn what_a_policy_says_wrongly_of_a_plugin_is_told_before_anything_is_read() {
    let digest = &badges().1;
    for (wrong, code, underlined) in [
        (plugin("settings = { find = 3 }"), "P0125", "settings = "),
        (plugin("find = [\"example.badges\"]"), "P0506", "example.badges"),
        (plugin("").replace(digest, &format!("sha256:{}", "0".repeat(64))), "P0125", "digest = "),
        (plugin("").replace("badges.wasm", "none.wasm"), "P0125", "none.wasm"),
        (plugin("").replace("look-in", "rewrite"), "P0125", "[plugin.badges]"),
        (plugin("").replace("content.text", "net.ip"), "P0113", "net.ip"),
    ] {
        let output = Folder::new(&wrong).filter("{\"op\":\"in\",\"note\":\"Badge B-123456\"}\n");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(output.stdout.is_empty());
        for part in [code, underlined, "tenants/firm.toml"] {
            assert!(said(&output).contains(part), "{part}: {}", said(&output));
        }
    }
}

#[test]
fn a_component_of_other_bytes_is_not_run() {
    let folder = Folder::new(&plugin(""));
    let path = folder.path("tenants/plugins/badges.wasm");
    let mut bytes = std::fs::read(&path).unwrap();
    // A custom section more: as good a component as before, and another one.
    bytes.extend_from_slice(b"\x00\x02\x01x");
    std::fs::write(&path, bytes).unwrap();
    let output = folder.filter("{\"op\":\"in\",\"note\":\"Badge B-123456\"}\n");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("P0125") && output.stdout.is_empty(), "{}", said(&output));
}
