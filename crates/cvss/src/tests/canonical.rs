//! The canonical form: one text for one vector.

use super::random::{Random, all_base_vectors};
use crate::{Vector, Version};

fn check_canonical(text: &str, expect: &str) {
    let vector = Vector::parse(text).unwrap();
    assert_eq!(vector.canonical(), expect);
    assert_eq!(vector.to_string(), expect);
    assert_eq!(Vector::parse(expect), Ok(vector));
}

#[test]
fn metrics_are_printed_in_the_order_of_the_specification() {
    check_canonical(
        "A:P/C:C/AR:H/I:N/Au:S/AC:M/TD:L/E:POC/AV:A",
        "AV:A/AC:M/Au:S/C:C/I:N/A:P/E:POC/TD:L/AR:H",
    );
    check_canonical(
        "CVSS:3.1/MA:L/S:C/C:L/I:L/A:N/AV:N/CR:H/AC:L/RC:R/PR:N/UI:R",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/RC:R/CR:H/MA:L",
    );
    check_canonical(
        "CVSS:4.0/U:Amber/SA:N/SI:N/SC:N/VA:H/VI:H/VC:H/UI:N/PR:N/AT:N/AC:L/AV:N/MSI:S/E:P/AU:Y",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P/MSI:S/AU:Y/U:Amber",
    );
}

#[test]
fn metrics_that_are_not_defined_are_left_out() {
    check_canonical(
        "AV:N/AC:L/Au:N/C:P/I:P/A:P/E:ND/RL:ND/RC:ND/CDP:ND/TD:ND/CR:ND/IR:ND/AR:ND",
        "AV:N/AC:L/Au:N/C:P/I:P/A:P",
    );
    check_canonical(
        "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:X/RL:O/MS:X",
        "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/RL:O",
    );
}

#[test]
fn every_base_vector_is_its_own_canonical_form() {
    for version in Version::ALL {
        for text in all_base_vectors(version) {
            assert_eq!(Vector::parse(&text).unwrap().canonical(), text);
        }
    }
}

#[test]
fn any_order_parses_the_same() {
    let mut random = Random(7);
    for version in Version::ALL {
        for _ in 0..2000 {
            let mut segments = random.segments(version);
            let join = |segments: &[String]| format!("{}{}", version.prefix(), segments.join("/"));
            let in_order = Vector::parse(&join(&segments)).unwrap();
            random.shuffle(&mut segments);
            let shuffled = Vector::parse(&join(&segments)).unwrap();
            assert_eq!(shuffled, in_order, "{segments:?}");
            assert_eq!(Vector::parse(&shuffled.canonical()), Ok(shuffled));
        }
    }
}

#[test]
fn supplemental_metrics_are_kept_and_change_no_score() {
    let base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let full = format!("{base}/S:P/AU:Y/R:I/V:C/RE:H/U:Red");
    let (base, full) = (Vector::parse(base).unwrap(), Vector::parse(&full).unwrap());
    assert_ne!(base, full);
    assert_eq!(base.scores(), full.scores());
    assert_eq!(full.nomenclature().unwrap().as_str(), "CVSS-B");
    assert_eq!(full.value("U").unwrap().name, "Red");
    assert_eq!(base.value("U").unwrap().json, "NOT_DEFINED");
    assert_eq!(base.value("Au"), None);
}
