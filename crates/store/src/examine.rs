//! Checking an export without a database: every sum, every count, the bytes of every blob, and the root of the journal in it.
//!
//! Says whether a file is whole. That its entries open is said by a restore, which has the master key.

use std::io::BufRead;

use sha2::{Digest as _, Sha256};

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
                    let found = pieces_of(&mut lines, bytes)?;
                    if hash(&sha256) != Some(found) {
                        return Err(lines.fault(LineFault::Bytes));
                    }
                }
            }
            Item::File { bytes, .. } => {
                counts.files += 1;
                pieces_of(&mut lines, bytes)?;
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

fn pieces_of(lines: &mut LineReader<'_>, bytes: u64) -> Result<crate::Hash, TransferError> {
    let mut digest = Sha256::new();
    let mut left = bytes;
    while left > 0 {
        let Item::Piece(piece) = lines.next()? else {
            return Err(lines.fault(LineFault::Bytes));
        };
        let count = piece.0.len() as u64;
        if count == 0 || count > left {
            return Err(lines.fault(LineFault::Bytes));
        }
        left -= count;
        digest.update(&piece.0);
    }
    Ok(digest.finalize().into())
}
