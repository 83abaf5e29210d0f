//! The provider's metadata.

use super::sample::{at, brand};
use crate::provider::{change, metadata};

#[test]
fn metadata_claims_what_the_tree_serves() {
    let fingerprints = ["0123456789ABCDEF0123456789ABCDEF01234567".to_owned()];
    let text = String::from_utf8(metadata(&brand(), &fingerprints, at("2027-05-27T08:00:00Z"))).unwrap();
    insta::assert_snapshot!("metadata_claims_what_the_tree_serves", text);
}

#[test]
fn changes_are_quoted_as_csaf_2_0_wants_them() {
    assert_eq!(
        change("2027/a.json", at("2027-05-27T08:00:00Z")),
        "\"2027/a.json\",\"2027-05-27T08:00:00Z\"\n"
    );
}
