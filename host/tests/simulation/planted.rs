//! Bugs that the simulation must find. They are planted around the core, in what runs it: none of them ships.

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// The disk says synced, and is not.
    AckBeforeSync,
    /// A new file's folder is not synced.
    FolderNotSynced,
    /// A failed sync is taken for a good one.
    FailedSyncIgnored,
    /// A write that was cut short is taken for a whole one.
    ShortWriteIgnored,
    /// The source acknowledges the newest delivery that is settled, whatever lies before it.
    CommitAcrossGap,
    /// The source acknowledges what it handed out.
    CommitAtRead,
    /// The source begins one event behind what it acknowledged.
    OffByOne,
    /// A nack is taken for an ack.
    NackIsAck,
    /// A part that is given back is resolved in place of offered again.
    HeldIsDropped,
    /// A success that names failed items is taken for a success.
    FailedItemsIgnored,
    /// Items of an answer are counted from one.
    ItemsMisnumbered,
    /// An item that the answer does not name is taken for delivered.
    UnnamedIsDelivered,
    /// A request that was too large is taken for delivered.
    TooLargeIgnored,
    /// No answer is taken for a good one.
    LostIsDelivered,
    /// A busy sink is taken for one that rejects.
    BusyIsRejected,
    /// A sink that rejects is taken for a busy one.
    RejectedIsBusy,
    /// What is to be sent again goes to the end of the queue.
    RetryForgetsOrder,
    /// An answer counts for the request that is under way, whichever it was meant for.
    AnswerForAnother,
    /// A request is given up as lost before its answer can come.
    Impatience,
    /// Rejected events are final before they are sealed.
    RejectNotSealed,
    /// The buffer's position moves when a record is read.
    ForgottenAtRead,
    /// What a drain did not finish is resolved.
    DrainResolvesRest,
    /// Memory is used before it is reserved.
    MemoryNotReserved,
    /// A record whose delivery was nacked is taken for delivered.
    BufferNackIgnored,
    /// What was held while a policy narrowed counts as filtered when it is offered.
    LateIsNew,
    /// What is in a buffer stays there when a policy narrows.
    NarrowForgetsBuffer,
    /// What was read from a buffer before a policy narrowed counts as filtered after it.
    RestoredIsNew,
    /// A repeat is acknowledged at once, whatever becomes of the first.
    RepeatDoesNotWait,
    /// What was nacked is remembered as safe.
    NackIsRemembered,
}

/// All of them.
pub const ALL: [Planted; 29] = [
    Planted::AckBeforeSync,
    Planted::FolderNotSynced,
    Planted::FailedSyncIgnored,
    Planted::ShortWriteIgnored,
    Planted::CommitAcrossGap,
    Planted::CommitAtRead,
    Planted::OffByOne,
    Planted::NackIsAck,
    Planted::HeldIsDropped,
    Planted::FailedItemsIgnored,
    Planted::ItemsMisnumbered,
    Planted::UnnamedIsDelivered,
    Planted::TooLargeIgnored,
    Planted::LostIsDelivered,
    Planted::BusyIsRejected,
    Planted::RejectedIsBusy,
    Planted::RetryForgetsOrder,
    Planted::AnswerForAnother,
    Planted::Impatience,
    Planted::RejectNotSealed,
    Planted::ForgottenAtRead,
    Planted::DrainResolvesRest,
    Planted::MemoryNotReserved,
    Planted::BufferNackIgnored,
    Planted::LateIsNew,
    Planted::NarrowForgetsBuffer,
    Planted::RestoredIsNew,
    Planted::RepeatDoesNotWait,
    Planted::NackIsRemembered,
];
