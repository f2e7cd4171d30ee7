//! Lines of files → lines on standard output, in large blocks: the same for every peer.

use std::fs::File;
use std::io::{Read, Result, Write};
use std::os::fd::AsFd;

const BLOCK: usize = 1 << 18;

/// Calls `treat` for each line of each file; what it appends is written to standard output.
///
/// # Errors
///
/// A file cannot be read, or standard output not written.
pub fn each_line(files: &[String], mut treat: impl FnMut(&[u8], &mut Vec<u8>)) -> Result<()> {
    let mut sink = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    let (mut block, mut out) = (Vec::with_capacity(2 * BLOCK), Vec::with_capacity(2 * BLOCK));
    for file in files {
        let mut source = File::open(file)?;
        let mut held = 0;
        loop {
            block.resize(held + BLOCK, 0);
            let read = source.read(&mut block[held..])?;
            let end = held + read;
            let mut from = 0;
            while let Some(length) = memchr::memchr(b'\n', &block[from..end]) {
                treat(&block[from..from + length], &mut out);
                from += length + 1;
            }
            if read == 0 {
                if from < end {
                    treat(&block[from..end], &mut out);
                }
                break;
            }
            sink.write_all(&out)?;
            out.clear();
            block.copy_within(from..end, 0);
            held = end - from;
        }
        sink.write_all(&out)?;
        out.clear();
    }
    Ok(())
}
