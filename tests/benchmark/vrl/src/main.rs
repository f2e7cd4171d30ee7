//! `peer-vrl PROGRAM FILE…`: each line through a program of the Vector Remap Language, in process. A line that is an object is
//! the event; with `--text` before the program it is text (a CSV row), and the first line is left out.

#[path = "../../peers/src/lines.rs"]
mod lines;

use std::collections::BTreeMap;

use vrl::compiler::runtime::{Runtime, Terminate};
use vrl::compiler::state::RuntimeState;
use vrl::compiler::{TargetValueRef, TimeZone};
use vrl::value::{Secrets, Value};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::io::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_text = arguments.first().is_some_and(|first| first == "--text");
    arguments.drain(..usize::from(is_text));
    let source = std::fs::read_to_string(arguments.remove(0))?;
    let compiled = match vrl::compiler::compile(&source, &vrl::stdlib::all()) {
        Ok(compiled) => compiled,
        Err(problems) => {
            eprintln!("{}", vrl::diagnostic::Formatter::new(&source, problems));
            std::process::exit(2);
        }
    };
    let (mut runtime, zone) = (Runtime::new(RuntimeState::default()), TimeZone::default());
    let (mut metadata, mut secrets) = (Value::Object(BTreeMap::new()), Secrets::new());
    let mut header = is_text;
    lines::each_line(&arguments, |line, out| {
        if std::mem::take(&mut header) {
            return;
        }
        let mut value: Value = if is_text {
            Value::from(std::str::from_utf8(line).expect("UTF-8"))
        } else {
            serde_json::from_slice(line).expect("JSON")
        };
        let mut target = TargetValueRef { value: &mut value, metadata: &mut metadata, secrets: &mut secrets };
        match runtime.resolve(&mut target, &compiled.program, &zone) {
            Ok(_) => {
                serde_json::to_writer(&mut *out, &value).expect("memory");
                out.push(b'\n');
            }
            Err(Terminate::Abort(_)) => {}
            Err(error) => panic!("the program failed: {error:?}"),
        }
        runtime.clear();
    })
}
