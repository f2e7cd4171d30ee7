//! What the buffer needs of a disk.

use std::io;

/// One folder of files that only grow. Nothing counts as kept before its file is synced, and for a new file the folder.
///
/// Names are of letters, digits and `-`. Every call may fail; after a failed one the buffer takes for granted only what was synced
/// before.
pub trait Disk {
    /// Names and lengths of all files.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn list(&mut self) -> io::Result<Vec<(String, u64)>>;

    /// Adds bytes to the end of a file, which is made if there is none.
    ///
    /// # Errors
    /// When they could not all be written; some may be.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Returns when what was added to a file would survive a loss of power.
    ///
    /// # Errors
    /// When it would not; then nobody knows what of it does.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Returns when names that were made or removed would survive.
    ///
    /// # Errors
    /// When they would not.
    fn sync_dir(&mut self) -> io::Result<()>;

    /// Bytes of a file from an offset on, `most` of them or up to its end.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read(&mut self, name: &str, offset: u64, most: usize) -> io::Result<Vec<u8>>;

    /// Removes a file. That there is none is no error.
    ///
    /// # Errors
    /// When it stays.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}
