//! What a package ships beside the binary: completions that a shell takes, and a manual page for every command.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

fn tamis(arguments: &[&str]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_tamis")).args(arguments).output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// Commands as `--help` lists them.
fn commands() -> Vec<String> {
    let help = tamis(&["--help"]);
    let listed = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let named = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let all: Vec<_> = named.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
    assert!(all.len() > 10, "{all:?}");
    all
}

/// Bash itself is asked what stands behind `tamis fil`, and behind `tamis run --`.
#[test]
fn bash_completes_commands_and_flags() {
    let here = tempfile::tempdir().unwrap();
    let script = here.path().join("tamis");
    std::fs::write(&script, tamis(&["completions", "bash"])).unwrap();
    let asked = |words: &str, at: usize| {
        let ask = "source \"$0\"; COMP_WORDS=($1); COMP_CWORD=$2; _tamis tamis \"${COMP_WORDS[$2]}\" \"${COMP_WORDS[$2-1]}\"; echo \"${COMPREPLY[@]}\"";
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", ask]).arg(&script).args([words, &at.to_string()]);
        let ran = bash.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(asked("tamis fil", 1), "filter");
    assert!(asked("tamis run --", 2).contains("--config"), "{}", asked("tamis run --", 2));
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = tamis(&["completions", shell]);
        let missing: Vec<_> = commands().into_iter().filter(|command| !script.contains(command.as_str())).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("new/man1");
    tamis(&["man-pages", folder.to_str().unwrap()]);
    for command in commands().into_iter().filter(|command| command != "help") {
        let page = std::fs::read_to_string(folder.join(format!("tamis-{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{command}: {page}");
    }
    assert!(std::fs::read_to_string(folder.join("tamis.1")).unwrap().contains("tamis\\-filter(1)"));
}
