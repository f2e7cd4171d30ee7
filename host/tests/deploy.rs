//! Examples of configurations that ship: each is loaded by `run --check`, with the folders of this machine in place of those it names.

use std::path::Path;
use std::process::Command;

#[test]
fn every_example_would_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let here = tempfile::tempdir().unwrap();
    let key = here.path().join("key");
    std::fs::write(&key, "0123456789abcdef".repeat(4)).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("deploy/examples")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("/etc/tamis/policies", root.join("policies").to_str().unwrap());
        let text = text.replace("/run/secrets/tamis-key", key.to_str().unwrap());
        let file = here.path().join(path.file_name().unwrap());
        std::fs::write(&file, text).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).args(["run", "--check", "-c"]).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(0), "{}: {said}", path.display());
        assert!(said.contains("open, example-de@"), "{}: {said}", path.display());
        seen += 1;
    }
    assert!(seen >= 4, "{seen} examples");
}
