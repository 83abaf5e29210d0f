//! The RFC 6962 tree over the journal: its right edge, its root, and what a leaf commits to.
//!
//! Knows nothing of databases. The edge holds the roots of the full subtrees, largest first: at most 64 hashes for any size.

use sha2::{Digest as _, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; HASH_BYTES];

/// Length of a hash, in bytes.
pub const HASH_BYTES: usize = 32;

/// The hash of a leaf: RFC 6962, section 2.1.
pub(crate) fn leaf_hash(data: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([0]);
    for part in data {
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The right edge of a tree: enough to append and to give the root, without the leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// Takes an edge back from what [`Edge::to_bytes`] gave; `None` if the bytes cannot belong to a tree of this size.
    pub(crate) fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (peaks, rest) = bytes.as_chunks::<HASH_BYTES>();
        (rest.is_empty() && peaks.len() == size.count_ones() as usize).then(|| Self {
            size,
            peaks: peaks.to_vec(),
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// The number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf's hash.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each set low bit of the size is a full subtree as large as the one in hand: join them, like a carry.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root: RFC 6962, section 2.1. That of the empty tree is the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        let joined = self
            .peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// A whole tree in memory, for proofs. Level 0 are the leaves; the odd last node of a level moves up as it is, which gives the tree of
/// RFC 6962 for any size.
pub(crate) struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub(crate) fn of(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let next = level.chunks(2).map(|pair| match pair {
                [left, right] => node_hash(left, right),
                alone => alone.first().copied().unwrap_or_default(),
            });
            let next = next.collect();
            levels.push(next);
        }
        Self { levels }
    }

    /// The root, as [`Edge::root`] has it.
    pub(crate) fn root(&self) -> Hash {
        let top = self.levels.last().and_then(|level| level.first());
        top.copied().unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The audit path of a leaf, from its neighbour upwards: RFC 6962, section 2.1.1.
    pub(crate) fn path(&self, leaf: usize) -> Vec<Hash> {
        let mut place = leaf;
        let mut path = Vec::new();
        for level in &self.levels {
            path.extend(level.get(place ^ 1));
            place /= 2;
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::*;

    /// The definition itself: split at the largest power of two below the size.
    fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&root_by_definition(left), &root_by_definition(right))
            }
        }
    }

    #[test]
    fn roots_agree_with_the_known_answers_of_certificate_transparency() {
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut edge = Edge::default();
        assert_eq!(HEXLOWER.encode(&edge.root()), roots[0]);
        for (leaf, root) in leaves.iter().zip(&roots[1..]) {
            edge.push(leaf_hash(&[&HEXLOWER.decode(leaf.as_bytes()).unwrap()]));
            assert_eq!(HEXLOWER.encode(&edge.root()), *root);
        }
    }

    #[test]
    fn an_edge_of_the_wrong_length_is_refused() {
        let mut edge = Edge::default();
        (0..5).for_each(|number| edge.push([number; HASH_BYTES]));
        let bytes = edge.to_bytes();
        assert_eq!(Edge::from_bytes(5, &bytes), Some(edge));
        assert_eq!(Edge::from_bytes(7, &bytes), None);
        assert_eq!(Edge::from_bytes(5, &bytes[1..]), None);
        assert_eq!(Edge::from_bytes(0, b""), Some(Edge::default()));
    }

    /// The path by the definition: RFC 6962, section 2.1.1.
    fn path_by_definition(leaf: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() < 2 {
            return Vec::new();
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        let (mut path, other) = match leaf.checked_sub(left.len()) {
            None => (path_by_definition(leaf, left), right),
            Some(leaf) => (path_by_definition(leaf, right), left),
        };
        path.push(root_by_definition(other));
        path
    }

    #[test]
    fn paths_are_those_of_the_definition_for_every_leaf_of_every_size() {
        let leaves: Vec<Hash> = (0..70).map(|number| [number; HASH_BYTES]).collect();
        for size in 1..leaves.len() {
            let tree = Tree::of(leaves[..size].to_vec());
            assert_eq!(tree.root(), root_by_definition(&leaves[..size]));
            for leaf in 0..size {
                assert_eq!(
                    tree.path(leaf),
                    path_by_definition(leaf, &leaves[..size]),
                    "{leaf} of {size}"
                );
            }
        }
    }

    proptest! {
        // Each case compares every size up to its own, so a few cases are many comparisons.
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_edge_gives_the_root_of_the_definition_at_every_size(leaves in proptest::collection::vec(any::<Hash>(), 0..200)) {
            let mut edge = Edge::default();
            for (index, leaf) in leaves.iter().enumerate() {
                prop_assert_eq!(edge.root(), root_by_definition(&leaves[..index]));
                edge.push(*leaf);
                edge = Edge::from_bytes(edge.size(), &edge.to_bytes()).unwrap();
            }
            prop_assert_eq!(edge.root(), root_by_definition(&leaves));
        }
    }
}
