//! Examples of configurations that ship: each is loaded by `run --check`, with the folders of this machine in place of those it names.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

#[test]
fn every_example_would_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let here = tempfile::tempdir().unwrap();
    let key = here.path().join("key");
    std::fs::write(&key, "0123456789abcdef".repeat(4)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let officers = here.path().join("officers");
    std::fs::create_dir_all(officers.join("example-de")).unwrap();
    for name in ["data-protection-officer", "works-council"] {
        let public = age::x25519::Identity::generate().to_public().to_string();
        std::fs::write(officers.join("example-de").join(format!("{name}.age")), public).unwrap();
    }
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("deploy/examples")).unwrap() {
        let path = entry.unwrap().path();
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
        assert!(said.contains("open, example-de@"), "{}: {said}", path.display());
        seen += 1;
    }
    assert!(!here.path().join("keys").exists(), "a check makes no key");
    assert!(seen >= 5, "{seen} examples");
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
         policy = \"tenants/example-de.toml\"\n[[route.staff.to]]\nsink = \"siem\"\npurpose = \"security\"\n",
        here.path().display(),
        root.join("policies").display(),
        token.display()
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
