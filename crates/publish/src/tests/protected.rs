//! The protected tree: what audiences get, beside the public tree and never in it.

use super::sample::{House, advisory, brand, check_whole, interim, key, now};
use crate::provider::{Folder, Provider, Role, Source, check};
use crate::{Publisher, verify_protected};
use psirt::advisory::{Advisory, Audience, Tlp};
use psirt::house::Aggregators;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn for_them(audience: &Audience) -> Advisory {
    Advisory {
        number: format!("EXN-{}-4F7K2M9Q1D", audience.label()),
        audience: audience.clone(),
        ..advisory()
    }
}

#[test]
fn each_audience_has_its_documents_its_directory_and_its_feed() {
    let root = tempfile::tempdir().unwrap();
    let (public, protected) = (Publisher::new(root.path()), Publisher::protected(root.path()));
    House::with([interim()]).publish(&public);
    let before = public.current().unwrap();
    let (amber, acme) = (Audience::Tlp(Tlp::Amber), Audience::Party("acme".to_owned()));
    let audiences = [Audience::Tlp(Tlp::Green), amber.clone(), acme.clone()];
    let house = House::with([for_them(&amber), for_them(&acme)]);
    let made = house
        .protected(&audiences, |sites| protected.update_protected(sites, now()))
        .unwrap();
    assert_eq!(made.number, 1);
    assert_eq!(public.current().unwrap(), before, "the public tree stands still");
    check_whole(&public);

    let site = protected.public().join("psirt.example.com/protected");
    let read = |path: &str| fs::read_to_string(site.join(path)).unwrap();
    assert_eq!(read("green/index.txt"), "");
    assert_eq!(read("amber/index.txt"), "2024/exn-amber-4f7k2m9q1d.json\n");
    let document = read("amber/2024/exn-amber-4f7k2m9q1d.json");
    for part in [
        "\"label\": \"AMBER\"",
        "TLP:AMBER: for the recipients’ organisations",
        "https://psirt.example.com/protected/amber/2024/exn-amber-4f7k2m9q1d.json",
    ] {
        assert!(document.contains(part), "{part}");
    }
    assert!(!document.contains("/advisories/"), "there is no page of it");
    assert!(read("party/acme/2024/exn-red-4f7k2m9q1d.json").contains("TLP:RED: for acme alone."));
    assert!(read("amber/text/exn-amber-4f7k2m9q1d.txt").contains("TLP:AMBER"));
    let feed: serde_json::Value = serde_json::from_str(&read("amber/csaf-feed-tlp-amber.json")).unwrap();
    assert_eq!(feed["feed"]["entry"].as_array().unwrap().len(), 1);
    let metadata: serde_json::Value = serde_json::from_str(&read("amber/provider-metadata.json")).unwrap();
    let named = &metadata["distributions"][1]["rolie"]["feeds"][0];
    assert_eq!(
        (named["tlp_label"].as_str(), named["url"].as_str()),
        (
            Some("AMBER"),
            Some("https://psirt.example.com/protected/amber/csaf-feed-tlp-amber.json")
        )
    );
    assert_eq!(
        verify_protected(&protected.public(), &public.public(), now()).unwrap(),
        []
    );

    // Nobody else on this machine reads it.
    let slot = fs::canonicalize(protected.public()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&slot), 0o700);
    for file in crate::walk::walk(&slot).unwrap() {
        assert_eq!(mode(&slot.join(&file)), 0o600, "{file}");
    }
    // What it holds is in no public file, not even as a name.
    let root = fs::canonicalize(public.public()).unwrap();
    for file in crate::walk::walk(&root).unwrap() {
        let text = String::from_utf8_lossy(&fs::read(root.join(&file)).unwrap()).into_owned();
        assert!(
            !text.contains("AMBER") && !text.contains("protected/") && !text.contains("acme"),
            "{file}"
        );
    }
}

#[test]
fn what_had_to_go_is_in_neither_slot() {
    let root = tempfile::tempdir().unwrap();
    let protected = Publisher::protected(root.path());
    let amber = Audience::Tlp(Tlp::Amber);
    let audiences = [amber.clone()];
    let update = |house: &House| {
        house
            .protected(&audiences, |sites| protected.update_protected(sites, now()))
            .unwrap()
    };
    update(&House::with([for_them(&amber)]));
    update(&House::with([]));
    for slot in ["guarded/a", "guarded/b"] {
        let files = crate::walk::walk(&root.path().join(slot)).unwrap();
        assert!(
            !files.is_empty() && !files.iter().any(|file| file.contains("4f7k2m9q1d")),
            "{slot}: {files:?}"
        );
    }
}

#[test]
fn a_tree_takes_nothing_that_is_for_somebody_else() {
    let root = tempfile::tempdir().unwrap();
    let amber = Audience::Tlp(Tlp::Amber);
    let house = House::with([for_them(&amber)]);
    let error = house
        .site(|sites| Publisher::new(root.path()).update(sites, now()))
        .unwrap_err();
    assert!(error.to_string().contains("it is not for everybody"), "{error}");
    let error = House::with([advisory()])
        .protected(std::slice::from_ref(&amber), |sites| {
            Publisher::protected(root.path()).update_protected(sites, now())
        })
        .unwrap_err();
    assert!(error.to_string().contains("another audience"), "{error}");
    let error = house
        .protected(&[], |sites| {
            Publisher::protected(root.path()).update_protected(sites, now())
        })
        .unwrap_err();
    assert!(error.to_string().contains("another audience"), "{error}");
    assert!(!root.path().join("public").exists() && !root.path().join("protected").exists());
}

/// Both trees as one host serves them to whoever shows a token.
fn served_together(publishers: [&Publisher; 2], to: &Path) {
    for publisher in publishers {
        let root = fs::canonicalize(publisher.public()).unwrap();
        for path in crate::walk::walk(&root).unwrap() {
            let file = to.join(&path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::copy(root.join(&path), &file).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

/// What an audience's metadata claims holds under it: no public way leads there, its one feed exists, and no aggregator is invited.
#[test]
fn the_metadata_of_an_audience_claims_what_holds_under_it() {
    let root = tempfile::tempdir().unwrap();
    let (public, protected) = (Publisher::new(root.path()), Publisher::protected(root.path()));
    let audiences = [
        Audience::Tlp(Tlp::Green),
        Audience::Tlp(Tlp::Amber),
        Audience::Party("acme".to_owned()),
    ];
    let inviting = psirt::house::Brand {
        aggregators: Aggregators {
            list: true,
            mirror: true,
        },
        ..brand()
    };
    House::of(inviting.clone(), [interim()]).publish(&public);
    House::of(inviting, audiences.iter().map(for_them))
        .protected(&audiences, |sites| protected.update_protected(sites, now()))
        .unwrap();
    let served = tempfile::tempdir().unwrap();
    served_together([&public, &protected], served.path());
    let is_there = |address: &Value| {
        let path = address.as_str().unwrap().strip_prefix("https://").unwrap();
        served.path().join(path.trim_end_matches('/')).exists()
    };
    for (folder, label) in [("green", "GREEN"), ("amber", "AMBER"), ("party/acme", "RED")] {
        let address = format!("https://psirt.example.com/protected/{folder}/provider-metadata.json");
        let file = served.path().join(address.strip_prefix("https://").unwrap());
        let metadata: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        for refused in ["list_on_CSAF_aggregators", "mirror_on_CSAF_aggregators"] {
            assert_eq!(metadata[refused], false, "{folder}: {refused}");
        }
        let [directory, rolie] = metadata["distributions"].as_array().unwrap().as_slice() else {
            panic!("{metadata:#}")
        };
        assert!(is_there(&directory["directory_url"]), "{metadata:#}");
        let rolie = rolie["rolie"].as_object().unwrap();
        assert_eq!(
            rolie.keys().collect::<Vec<_>>(),
            ["feeds"],
            "{folder}: no other document is there"
        );
        let feeds = rolie["feeds"].as_array().unwrap();
        assert!(feeds.len() == 1 && feeds[0]["tlp_label"] == label && is_there(&feeds[0]["url"]));
        let keys = metadata["public_openpgp_keys"].as_array().unwrap();
        assert!(keys.len() == 1 && keys[0]["fingerprint"] == key().fingerprint() && is_there(&keys[0]["url"]));

        let mut source = Source::Folder(Folder::of_hosts(served.path()));
        let report = check(&mut source, &Provider::read(&address).unwrap(), now());
        assert_eq!(report.claimed, Some(Role::Publisher), "{folder}");
        assert!(report.reached >= report.claimed && report.documents == 1, "{report:#?}");
    }
    // The public one is what it was.
    let mut source = Source::Folder(Folder::of_hosts(public.public()));
    let report = check(&mut source, &Provider::read("psirt.example.com").unwrap(), now());
    assert!(
        report.passes() && report.claimed == Some(Role::TrustedProvider),
        "{report:#?}"
    );
}
