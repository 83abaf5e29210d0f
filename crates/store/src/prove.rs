//! Proofs that entries are in the log: what a stranger needs to compute the root of a checkpoint from one entry.
//!
//! Looks at sealed rows only, so a proof holds after the keys are erased. Never signs: a checkpoint does.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::batch::Head;
use crate::journal::Journal;
use crate::merkle::{Hash, Tree};

/// Rows read at a time.
const PAGE_ENTRIES: u64 = 1_000;

/// An entry's place in a log of a known size. The leaf is SHA-256 of `0x00 | log_index (8) | seq (8) | recorded_us (8) | stream | actor |
/// key_id | sealed_sha256 (32)`, numbers big-endian, each name after its length in 8 bytes; nodes are those of RFC 6962.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The place in the log of all streams, from 0.
    pub log_index: u64,
    /// The stream.
    pub stream: String,
    /// The place in the stream, from 1.
    pub seq: u64,
    /// When it was recorded, in microseconds since 1970.
    pub recorded_us: i64,
    /// Who acted.
    pub actor: String,
    /// The key that sealed the body.
    pub key_id: String,
    /// SHA-256 of the sealed body.
    pub sealed_sha256: Hash,
    /// The audit path, from the neighbour upwards.
    pub path: Vec<Hash>,
}

pub(crate) async fn prove(
    journal: &Journal,
    head: &Head,
    log_indexes: &BTreeSet<u64>,
) -> Result<Vec<Inclusion>, StoreError> {
    let mut leaves = Vec::new();
    let mut wanted = Vec::new();
    while (leaves.len() as u64) < head.size {
        let from = leaves.len() as u64;
        let page = journal.sealed_tail(from, PAGE_ENTRIES.min(head.size - from)).await?;
        if page.is_empty() {
            break;
        }
        for row in page {
            leaves.push(row.leaf());
            if log_indexes.contains(&row.log_index) {
                wanted.push(Inclusion {
                    log_index: row.log_index,
                    seq: row.seq,
                    recorded_us: row.recorded_us,
                    sealed_sha256: Sha256::digest(&row.sealed).into(),
                    stream: row.stream,
                    actor: row.actor,
                    key_id: row.key_id,
                    path: Vec::new(),
                });
            }
        }
    }
    let tree = Tree::of(leaves);
    if tree.root() != head.root {
        return Err(journal.damaged(
            "its rows do not give the root of its head, so nothing can be proven; run `candor journal verify`",
        ));
    }
    if wanted.len() != log_indexes.len() {
        return Err(journal.damaged("an entry that was to be proven is not there"));
    }
    for inclusion in &mut wanted {
        let leaf = usize::try_from(inclusion.log_index).unwrap_or(usize::MAX);
        inclusion.path = tree.path(leaf);
    }
    Ok(wanted)
}
