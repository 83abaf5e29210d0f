//! A brand whose part cannot be made keeps nothing back but itself.

use super::sample::{House, advisory, brand, check_whole, interim, now};
use crate::walk::walk;
use crate::{Generation, Publisher, TreeError};
use psirt::advisory::{Advisory, Audience, Tlp};
use psirt::house::Brand;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

/// A second brand of the same vendor.
fn other() -> Brand {
    Brand {
        id: "other".to_owned(),
        name: "Other Networks".to_owned(),
        domain: "psirt.other.example".to_owned(),
        namespace: "https://psirt.other.example".to_owned(),
        contact: "psirt@other.example".to_owned(),
        ..brand()
    }
}

fn of_other(advisory: Advisory) -> Advisory {
    Advisory {
        brand: "other".to_owned(),
        ..advisory
    }
}

/// The other brand with these advisories. The bytes of the last one are those of the first, as where a backup was put back in part.
fn broken(advisories: [Advisory; 2]) -> House {
    let mut house = House::of(other(), advisories.map(of_other));
    house.released[1].1 = house.released[0].1.clone();
    house
}

fn publish(publisher: &Publisher, houses: [&House; 2]) -> Result<Generation, TreeError> {
    houses[0].site(|first| houses[1].site(|second| publisher.update(&[first[0], second[0]], now())))
}

/// What lies below some hosts, and since when.
fn below(root: &Path, hosts: &[&str]) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let root = std::fs::canonicalize(root).unwrap();
    let paths = walk(&root).unwrap().into_iter();
    let paths = paths.filter(|path| hosts.iter().any(|host| path.starts_with(&format!("{host}/"))));
    paths
        .map(|path| {
            let file = root.join(&path);
            let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
            (path, (std::fs::read(&file).unwrap(), modified))
        })
        .collect()
}

const OTHER: &[&str] = &[
    "psirt.other.example",
    "csaf.data.security.psirt.other.example",
    "openpgpkey.other.example",
];

#[test]
fn the_others_go_out_and_its_part_stays_to_the_byte() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let sound = || House::of(other(), [of_other(advisory())]);
    let first = publish(&publisher, [&House::with([advisory()]), &sound()]).unwrap();
    let before = below(&publisher.public(), OTHER);
    assert!(
        before.len() > 30
            && OTHER
                .iter()
                .all(|host| before.keys().any(|path| path.starts_with(host)))
    );

    let grown = House::with([advisory(), interim()]);
    let second = publish(&publisher, [&grown, &broken([advisory(), interim()])]).unwrap();
    assert_eq!(second.number, first.number + 1);
    let named: Vec<(&str, &str)> = second
        .held
        .iter()
        .map(|(brand, why)| (brand.as_str(), why.as_str()))
        .collect();
    assert_eq!(
        named,
        [(
            "other",
            "EXN-SA-2024:015: the stored document is not that of this advisory and version"
        )]
    );
    assert!(
        publisher
            .public()
            .join("psirt.example.com/advisories/exn-sa-2024_015.html")
            .exists()
    );
    assert_eq!(below(&publisher.public(), OTHER), before);
    check_whole(&publisher);
    // It is tried again, and what is public is the same.
    let again = publish(&publisher, [&grown, &broken([advisory(), interim()])]).unwrap();
    assert_eq!((again.number, again.written), (second.number, 0));

    let mended = House::of(other(), [advisory(), interim()].map(of_other));
    let third = publish(&publisher, [&grown, &mended]).unwrap();
    assert!(third.held.is_empty() && third.number == second.number + 1, "{third:?}");
    assert!(
        publisher
            .public()
            .join("psirt.other.example/advisories/exn-sa-2024_015.html")
            .exists()
    );
    check_whole(&publisher);
}

#[test]
fn where_no_brand_can_be_published_the_tree_stays_and_each_is_named() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let mut both = [
        House::with([advisory(), interim()]),
        House::of(other(), [advisory(), interim()].map(of_other)),
    ];
    let check_refused = |both: &[House; 2]| match publish(&publisher, [&both[0], &both[1]]) {
        Err(TreeError::Brands(held)) => assert_eq!(held.into_keys().collect::<Vec<_>>(), ["example", "other"]),
        done => panic!("{done:?}"),
    };
    let sound = both.each_ref().map(|house| house.released.clone());
    for house in &mut both {
        house.released[1].1 = house.released[0].1.clone();
    }
    check_refused(&both);
    assert!(!publisher.public().exists(), "a portal does not begin without files");
    let broken = both.each_ref().map(|house| house.released.clone());
    for (house, sound) in both.iter_mut().zip(sound) {
        house.released = sound;
    }
    publish(&publisher, [&both[0], &both[1]]).unwrap();
    let before = publisher.current().unwrap();
    for (house, broken) in both.iter_mut().zip(broken) {
        house.released = broken;
    }
    check_refused(&both);
    assert_eq!(publisher.current().unwrap(), before);
    check_whole(&publisher);
}

#[test]
fn in_the_protected_tree_too() {
    let root = tempfile::tempdir().unwrap();
    let protected = Publisher::protected(root.path());
    let audiences = [Audience::Tlp(Tlp::Amber)];
    let amber = |advisory: Advisory| Advisory {
        audience: audiences[0].clone(),
        ..advisory
    };
    let publish = |houses: [&House; 2]| {
        houses[0].protected(&audiences, |first| {
            houses[1].protected(&audiences, |second| {
                protected.update_protected(&[first[0], second[0]], now()).unwrap()
            })
        })
    };
    let sound = House::of(other(), [of_other(amber(advisory()))]);
    publish([&House::with([amber(advisory())]), &sound]);
    let before = below(&protected.public(), OTHER);
    let grown = House::with([advisory(), interim()].map(amber));
    let held = publish([&grown, &broken([advisory(), interim()].map(amber))]).held;
    assert!(held.len() == 1 && held.contains_key("other"), "{held:?}");
    assert_eq!(below(&protected.public(), OTHER), before);
    let theirs = below(&protected.public(), &["psirt.example.com"]);
    assert!(theirs.keys().any(|path| path.ends_with("exn-sa-2024_015.json")));
}
