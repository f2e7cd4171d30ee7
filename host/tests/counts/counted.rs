//! An allocator, and calls of the system, that count into a page which another process sees.

use std::alloc::{GlobalAlloc, Layout};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use libc::{c_int, c_void, iovec, size_t, ssize_t};
use mimalloc::MiMalloc;

/// The variable that names the file of the page.
pub(crate) const COUNTS: &str = "TAMIS_COUNTS";
const ALLOCATIONS: usize = 0;
const BYTES: usize = 1;
const CALLS: usize = 2;

type Page = [AtomicU64; 3];
static PAGE: AtomicPtr<Page> = AtomicPtr::new(null_mut());

fn count(what: usize, number: u64) {
    // SAFETY: it is null, or a page that stays until the end of the process.
    if let Some(page) = unsafe { PAGE.load(Ordering::Relaxed).as_ref() } {
        page[what].fetch_add(number, Ordering::Relaxed);
    }
}

fn mapped(path: &Path) -> *mut Page {
    let file = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    file.set_len(size_of::<Page>() as u64).unwrap();
    let (flags, length) = (libc::PROT_READ | libc::PROT_WRITE, size_of::<Page>());
    // SAFETY: a new mapping of a file that is as long.
    let at = unsafe { libc::mmap(null_mut(), length, flags, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    assert_ne!(at, libc::MAP_FAILED);
    at.cast()
}

/// Counts from now on.
pub(crate) fn begin() {
    PAGE.store(mapped(Path::new(&std::env::var_os(COUNTS).unwrap())), Ordering::Relaxed);
}

/// What the other process counts.
pub(crate) struct Counts(*const Page);

impl Counts {
    pub(crate) fn new(path: &Path) -> Self {
        Self(mapped(path))
    }

    /// Allocations, bytes of them, calls.
    pub(crate) fn read(&self) -> [u64; 3] {
        // SAFETY: the page stays until the end of the process.
        unsafe { &*self.0 }.each_ref().map(|one| one.load(Ordering::Relaxed))
    }
}

struct Counting;

// SAFETY: all is done by the shipped binary's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(ALLOCATIONS, 1);
        count(BYTES, layout.size() as u64);
        // SAFETY: as the caller says.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller says.
        unsafe { MiMalloc.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(ALLOCATIONS, 1);
        count(BYTES, size as u64);
        // SAFETY: as the caller says.
        unsafe { MiMalloc.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Calls that bytes, waiting and syncing go by, as the system has them, each counted.
macro_rules! counted {
    ($($name:ident($($argument:ident: $type:ty),*) = $number:ident($($given:expr),*);)*) => {$(
        // SAFETY: takes the place of the C library's, and does the same.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> ssize_t {
            count(CALLS, 1);
            // SAFETY: as the caller says.
            unsafe { libc::syscall(libc::$number, $($given),*) as ssize_t }
        }
    )*};
}

counted! {
    read(fd: c_int, at: *mut c_void, bytes: size_t) = SYS_read(fd, at, bytes);
    write(fd: c_int, at: *const c_void, bytes: size_t) = SYS_write(fd, at, bytes);
    readv(fd: c_int, parts: *const iovec, number: c_int) = SYS_readv(fd, parts, number);
    writev(fd: c_int, parts: *const iovec, number: c_int) = SYS_writev(fd, parts, number);
    recv(fd: c_int, at: *mut c_void, bytes: size_t, flags: c_int) = SYS_recvfrom(fd, at, bytes, flags, null_mut::<c_void>(), null_mut::<c_void>());
    send(fd: c_int, at: *const c_void, bytes: size_t, flags: c_int) = SYS_sendto(fd, at, bytes, flags, null_mut::<c_void>(), 0);
    epoll_wait(fd: c_int, at: *mut c_void, most: c_int, wait: c_int) = SYS_epoll_pwait(fd, at, most, wait, null_mut::<c_void>(), 8);
    fdatasync(fd: c_int) = SYS_fdatasync(fd);
    fsync(fd: c_int) = SYS_fsync(fd);
}
