//! LAW (one verdict): however threads interleave, a receipt tells its verdict once, when its last part is gone, and acks only if all
//! were resolved. LAW (budget): however threads interleave, no more is granted than there is. `loom` tries every interleaving.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "sources of the library, compiled against loom")]

#[path = "../src/delivery/budget.rs"]
mod budget;
#[path = "../src/delivery/receipt.rs"]
mod receipt;

/// What the sources take in place of the standard library's.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(super) use loom::sync::{Arc, Mutex};
}

use budget::Budget;
use loom::thread;
use receipt::{Fate, Receipt, Verdict};
use std::sync::Mutex;

/// What one thread does with its part.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Resolve,
    Drop,
    SplitAndResolve,
    SplitAndDropOne,
}

fn verdict_of(first: Way, second: Way, closed: bool) {
    loom::model(move || {
        let told = std::sync::Arc::new(Mutex::new(Vec::new()));
        let tell = told.clone();
        let receipt = Receipt::new(move |verdict| tell.lock().unwrap().push(verdict));
        let threads = [first, second].map(|way| {
            let part = receipt.part();
            thread::spawn(move || match way {
                Way::Resolve => part.resolve(Fate::Delivered),
                Way::Drop => drop(part),
                Way::SplitAndResolve => {
                    let other = part.split();
                    part.resolve(Fate::Buffered);
                    other.resolve(Fate::Quarantined);
                }
                Way::SplitAndDropOne => {
                    let _dropped = part.split();
                    part.resolve(Fate::Delivered);
                }
            })
        });
        if closed {
            receipt.close();
        } else {
            drop(receipt);
        }
        for thread in threads {
            thread.join().unwrap();
        }
        let lost = [first, second].iter().any(|way| matches!(way, Way::Drop | Way::SplitAndDropOne));
        let right = if closed && !lost { Verdict::Ack } else { Verdict::Nack };
        assert_eq!(*told.lock().unwrap(), [right]);
    });
}

#[test]
fn a_receipt_tells_one_verdict() {
    let ways = [Way::Resolve, Way::Drop, Way::SplitAndResolve, Way::SplitAndDropOne];
    for first in ways {
        for second in ways {
            verdict_of(first, second, true);
        }
    }
    verdict_of(Way::Resolve, Way::SplitAndResolve, false);
}

#[test]
fn a_budget_is_never_overrun() {
    loom::model(|| {
        let budget = Budget::new(10);
        let threads = [4, 7].map(|bytes| {
            let budget = budget.clone();
            thread::spawn(move || {
                let mut granted = budget.reserve(bytes);
                let grown = granted.as_mut().is_some_and(|granted| granted.grow(2));
                assert!(budget.used() <= budget.most());
                assert!(granted.is_none_or(|granted| granted.bytes() == bytes + if grown { 2 } else { 0 }));
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(budget.used(), 0);
    });
}
