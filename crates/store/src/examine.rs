//! Checking an export without a database: every sum, every count, the bytes of every blob, and the root of the journal in it.
//!
//! Owns whether a file is whole. Never opens an entry: that is said by a restore, which has the master key.

use std::io::BufRead;

use crate::Head;
use crate::export::Counts;
use crate::journal::SealedRow;
use crate::line::{EXPORT_FORMAT, Item, LineFault, LineReader, TransferError, hash};
use crate::merkle::Edge;

/// An export that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// The head of the journal in it; that of the empty journal if it holds keys only.
    pub head: Head,
    /// How much there is.
    pub counts: Counts,
}

/// Reads an export to its end. Blocks.
///
/// # Errors
/// [`TransferError::Line`] with the line and its fault; [`TransferError::Read`].
pub fn examine(from: &mut dyn BufRead) -> Result<Examined, TransferError> {
    let mut lines = LineReader::new(from);
    match lines.next()? {
        Item::House { format, .. } if format > EXPORT_FORMAT => return Err(lines.fault(LineFault::Newer)),
        Item::House { .. } => {}
        _ => return Err(lines.fault(LineFault::NoLine)),
    }
    let (mut edge, mut counts) = (Edge::default(), Counts::default());
    loop {
        match lines.next()? {
            Item::Entry {
                log_index,
                stream,
                seq,
                recorded_us,
                actor,
                key_id,
                body,
            } => {
                if log_index != edge.size() {
                    return Err(lines.fault(LineFault::OutOfPlace));
                }
                let row = SealedRow {
                    log_index,
                    stream,
                    seq,
                    recorded_us,
                    actor,
                    key_id,
                    sealed: body.0,
                    leaf: Vec::new(),
                };
                edge.push(row.leaf());
                counts.entries += 1;
            }
            Item::Number { .. } => counts.numbers += 1,
            Item::Command { .. } => counts.commands += 1,
            Item::Job { .. } => counts.jobs += 1,
            Item::Key { .. } => counts.keys += 1,
            Item::Lease { .. } | Item::Keyring { .. } | Item::Erased { .. } => {}
            Item::Blob {
                bytes, sha256, pieces, ..
            } => {
                if pieces {
                    counts.blobs += 1;
                    let found = lines.pieces(bytes, |_| Ok(()))?;
                    if hash(&sha256) != Some(found) {
                        return Err(lines.fault(LineFault::Bytes));
                    }
                }
            }
            Item::File { bytes, .. } => {
                counts.files += 1;
                lines.pieces(bytes, |_| Ok(()))?;
            }
            Item::House { .. } | Item::Piece(_) => return Err(lines.fault(LineFault::OutOfPlace)),
            Item::End {
                entries,
                numbers,
                commands,
                jobs,
                blobs,
                files,
                keys,
                root,
            } => {
                let said = Counts {
                    entries,
                    numbers,
                    commands,
                    jobs,
                    blobs,
                    files,
                    keys,
                };
                if said != counts || hash(&root) != Some(edge.root()) {
                    return Err(lines.fault(LineFault::Contradiction));
                }
                lines.end()?;
                let head = Head {
                    size: edge.size(),
                    root: edge.root(),
                };
                return Ok(Examined { head, counts });
            }
        }
    }
}
