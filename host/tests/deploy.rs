//! Examples of configurations that ship: each is loaded by `run --check`, with the folders of this machine in place of those it names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Public keys of the officers that the examples' codes are sealed to.
fn officers(here: &Path) -> PathBuf {
    let officers = here.join("officers");
    for (tenant, names) in [
        ("example-de", ["data-protection-officer", "works-council"]),
        ("example-saas", ["privacy-lead", "security-lead"]),
        ("example-us-hospital", ["privacy-officer", "information-security-officer"]),
    ] {
        std::fs::create_dir_all(officers.join(tenant)).unwrap();
        for name in names {
            let public = age::x25519::Identity::generate().to_public().to_string();
            std::fs::write(officers.join(tenant).join(format!("{name}.age")), public).unwrap();
        }
    }
    officers
}

#[test]
fn every_example_would_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let here = tempfile::tempdir().unwrap();
    let key = here.path().join("key");
    std::fs::write(&key, "0123456789abcdef".repeat(4)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let officers = officers(here.path());
    let mut seen = 0;
    let examples = std::fs::read_dir(root.join("deploy/examples")).unwrap().map(|entry| entry.unwrap().path());
    for path in examples.chain([root.join("deploy/compose/tamis.toml")]) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("/etc/tamis/policies", root.join("policies").to_str().unwrap());
        let text = text.replace("/run/secrets/tamis-key", key.to_str().unwrap());
        let text = text.replace("/etc/tamis/officers", officers.to_str().unwrap());
        let text = text.replace("/var/lib/tamis/keys", here.path().join("keys").to_str().unwrap());
        let file = here.path().join(path.file_name().unwrap());
        std::fs::write(&file, text).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis"))
            .args(["run", "--check", "--offline", "-c"])
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(0), "{}: {said}", path.display());
        let open = if path.ends_with("tenants.toml") { "open, 3 tenants" } else { "open, example-de@" };
        assert!(said.contains(open), "{}: {said}", path.display());
        seen += 1;
    }
    assert!(!here.path().join("keys").exists(), "a check makes no key");
    assert!(seen >= 12, "{seen} examples");
}

/// A sink that nobody listens for is told and no mistake; a secret that is not there is one.
#[test]
fn a_check_looks_at_secrets_and_servers() {
    let here = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = free.local_addr().unwrap();
    drop(free);
    let token = here.path().join("token");
    let text = format!(
        "version = 1\nstate = \"{}/state\"\n[policy]\npath = \"{}\"\n[source.apps]\ntype = \"http\"\nlisten = \"127.0.0.1:0\"\n\
         [sink.siem]\ntype = \"http\"\nurl = \"http://{at}\"\ntoken = \"file:{}\"\n[route.staff]\nfrom = \"apps\"\n\
         policy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n\
         [escrow]\nofficers = \"{}\"\n",
        here.path().display(),
        root.join("policies").display(),
        token.display(),
        officers(here.path()).display()
    );
    let file = here.path().join("tamis.toml");
    std::fs::write(&file, text).unwrap();
    let check = |more: &[&str]| {
        let mut tamis = Command::new(env!("CARGO_BIN_EXE_tamis"));
        let ran = tamis.args(["run", "--check", "-c"]).arg(&file).args(more).output().unwrap();
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    let (code, said) = check(&[]);
    assert!(code == Some(2) && said.contains("error: [sink.siem]") && said.contains("token"), "{said}");
    assert_eq!(check(&["--offline"]).0, Some(0));
    std::fs::write(&token, "t\n").unwrap();
    let (code, said) = check(&[]);
    let warned = format!("warning: [sink.siem]: cannot reach {at} from here");
    assert!(code == Some(0) && said.contains(&warned), "{said}");
    assert!(!here.path().join("state").exists(), "a check writes nothing");
}

/// A Kubernetes volume holds each file as a link into a hidden folder, `..data`, itself a link to a dated one: a file is one file.
#[test]
fn tenants_of_a_config_map_are_read_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let here = tempfile::tempdir().unwrap();
    let policies = here.path().join("policies");
    std::fs::create_dir(&policies).unwrap();
    for entry in std::fs::read_dir(&root).unwrap().flatten().filter(|entry| entry.file_name() != "tenants") {
        symlink(entry.path(), policies.join(entry.file_name())).unwrap();
    }
    let mounted = policies.join("tenants");
    let dated = mounted.join("..2026_11_01_10_00_00.1");
    std::fs::create_dir_all(&dated).unwrap();
    symlink("..2026_11_01_10_00_00.1", mounted.join("..data")).unwrap();
    for entry in std::fs::read_dir(root.join("tenants")).unwrap().flatten() {
        std::fs::copy(entry.path(), dated.join(entry.file_name())).unwrap();
        symlink(Path::new("..data").join(entry.file_name()), mounted.join(entry.file_name())).unwrap();
    }
    let tamis = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).arg(&policies).output().unwrap();
        let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (ran.status.code(), said(&ran.stdout) + &said(&ran.stderr))
    };
    let (code, said) = tamis(&["check"]);
    assert!(code == Some(0) && !said.contains("..data"), "{said}");
    let plain = Command::new(env!("CARGO_BIN_EXE_tamis")).arg("test").arg(&root).output().unwrap();
    let passed = |text: &str| text.lines().last().unwrap_or_default().split(',').next().unwrap_or_default().to_owned();
    let (code, said) = tamis(&["test"]);
    assert_eq!((code, passed(&said)), (Some(0), passed(&String::from_utf8_lossy(&plain.stderr))), "{said}");
}

/// What the container's image has beside the binary is what it needs: the libraries of distroless/cc, and no others.
#[test]
fn the_binary_links_what_the_image_has() {
    let Ok(ran) = Command::new("ldd").arg(env!("CARGO_BIN_EXE_tamis")).output() else { return };
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(said.contains("libc.so.6"), "{said}");
    let image = include_str!("../../deploy/container/Containerfile");
    let mut has = vec!["linux-vdso.so.1", "ld-linux", "libc.so.6", "libm.so.6", "libgcc_s.so.1"];
    has.extend(["libdl.so.2", "libpthread.so.0", "librt.so.1"]);
    // What librdkafka takes is within the binary there.
    if image.contains("OPENSSL_STATIC=1") {
        has.extend(["libssl.so.3", "libcrypto.so.3"]);
    }
    let others: Vec<_> = said.lines().filter(|line| !has.iter().any(|name| line.contains(name))).collect();
    assert!(others.is_empty(), "the image has no {others:?}");
}
