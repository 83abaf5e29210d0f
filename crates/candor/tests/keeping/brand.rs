//! What a brand shows of itself, with the built binary: its look, how it kept its promises, and what its release notes may tell.

use crate::house::*;
use crate::publication::{CVE, INSTANT, scheduled};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn page(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join("public/brand.example").join(name)).unwrap()
}

/// The stylesheets of themes that are public.
fn themes(dir: &Path) -> Vec<String> {
    let assets = fs::read_dir(dir.join("public/brand.example/assets")).unwrap();
    let names = assets.map(|entry| text(entry.unwrap().file_name()));
    names.filter(|name| name.starts_with("theme-")).collect()
}

#[test]
fn a_theme_is_refused_by_its_line_and_published_by_its_content() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let file = text(folder.path().join("theme"));
    let theme = ["brand", "theme", "brand", &file, "--as", "lead"];
    for (content, part) in [
        ("--radius: 4px\nbody { color: red }\n", "line 2 is not"),
        ("--radius: 90rem\n", "is a length from 0 to 2rem"),
        ("--no-such-token: red\n", "is no token"),
    ] {
        fs::write(&file, content).unwrap();
        refused(&dir, &theme, &[part, "nothing was changed"]);
    }
    fs::write(&file, "--radius: 4px\n").unwrap();
    refused(
        &dir,
        &["brand", "theme", "brand", &file, "--as", "analyst"],
        &["Nothing was recorded"],
    );
    assert!(done(&dir, &theme).contains("1 value of its own"));
    assert!(themes(&dir).is_empty(), "it comes with the next publication");
    done(&dir, &["publish"]);
    let [name] = themes(&dir).try_into().unwrap();
    assert!(page(&dir, &format!("assets/{name}")).contains("4px"));
    assert!(page(&dir, "index.html").contains(&name));
    done(&dir, &["brand", "theme", "brand", "--none", "--as", "lead"]);
    done(&dir, &["publish"]);
    assert!(!page(&dir, "index.html").contains(&name));
}

#[test]
fn kept_promises_are_public_after_a_lead_released_them_and_few_cases_give_no_figure() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let promises = ["policy", "promises", "brand"];
    let shown = done(&dir, &[&promises[..], &["--as", "lead"]].concat());
    assert!(shown.contains("Nothing is public yet"), "{shown}");
    refused(
        &dir,
        &[&promises[..], &["--release", "--as", "analyst"]].concat(),
        &["is for: lead"],
    );
    let released = done(
        &dir,
        &[&promises[..], &["--release", "--as", "lead", "--json"]].concat(),
    );
    let released = json(&released);
    assert_eq!(released["released"], true);
    let figures = released["promises"]["clauses"].as_array().unwrap().iter();
    assert!(figures.clone().all(|clause| clause["figures"].is_null()), "{released}");
    done(&dir, &["publish"]);
    done(&dir, &["publish", "--verify"]);
}

/// A note tells of its own case, and of no other that is not public.
#[test]
fn a_release_note_with_words_of_a_sealed_case_is_refused() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    let sealed = report(&dir, "Not public", &["--product", "Service"]);
    for event in [
        &["reviewed", &sealed][..],
        &["confirmed", &sealed, "--origin", "own", "--products", "Service"],
    ] {
        done(&dir, &[&["case"][..], event, &["--as", "analyst"][..]].concat());
    }
    done(
        &dir,
        &[
            "case",
            "cve-assigned",
            &sealed,
            "--id",
            "CVE-2026-7777",
            "--as",
            "analyst",
        ],
    );
    let credit = ["--choice", "no", "--credit-as", "Ada Nymous", "--as", "analyst"];
    done(&dir, &[&["case", "credit", &sealed][..], &credit[..]].concat());
    let cases = json(&done(&dir, &["case", "list", "--json", "--as", "lead"]));
    let mut numbers = cases
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["number"].as_str().unwrap());
    let own = numbers.find(|number| *number != sealed).unwrap();
    let advisories = json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"]));
    let id = advisories[0]["id"].as_str().unwrap();
    let shown = done(
        &dir,
        &["advisory", "show", id, "--format", "release-note", "--as", "analyst"],
    );
    assert!(
        shown.contains("## Service") && !shown.contains(CVE),
        "neutral until it is out: {shown}"
    );
    let note = ["case", "release-note", own, "--product", "Service", "--version", "2"];
    let tell = |text: &str, parts: &[&str]| {
        let words = [&note[..], &["--text", text, "--as", "analyst"]].concat();
        refused(&dir, &words, parts);
    };
    tell(
        "Fixes CVE-2026-7777 too.",
        &["a CVE id of another case", "which is not public"],
    );
    tell(&format!("Fixes what {sealed} is about."), &["a tracking number"]);
    tell("Thanks to Ada Nymous.", &["a reporter who did not agree to be named"]);
    let told = done(&dir, &[&note[..], &["--from", id, "--as", "analyst"]].concat());
    assert!(told.contains("tell of it"), "{told}");
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let shown = done(
        &dir,
        &["advisory", "show", id, "--format", "release-note", "--as", "analyst"],
    );
    for part in [CVE, "within 72 hours", "brand.example/advisories"] {
        assert!(shown.contains(part), "{shown}\nlacks {part}");
    }
}

#[test]
fn what_is_not_typed_again_stays_and_a_published_brand_stays_at_its_domain() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    let add = |words: &[&str]| done(&dir, &[&["brand", "add", "brand", "--as", "admin"][..], words].concat());
    let told = add(&["--versions", "semantic", "--list-on-aggregators"]);
    assert!(told.contains("versions: integer is now semantic"), "{told}");
    assert!(told.contains("listed by aggregators: false is now true"), "{told}");
    let told = add(&["--contact", "psirt@other.example", "--contact-details", "The team."]);
    assert!(
        told.contains("contact: psirt@brand.example is now psirt@other.example") && !told.contains("versions"),
        "{told}"
    );
    let told = add(&["--list-on-aggregators=false", "--domain", "moved.example"]);
    assert!(told.contains("domain: brand.example is now moved.example"), "{told}");
    add(&["--domain", "brand.example"]);
    let brands = json(&done(&dir, &["brand", "list", "--json", "--as", "lead"]));
    let brand = &brands[0]["brand"];
    assert_eq!(
        [&brand["version_scheme"], &brand["contact_details"], &brand["namespace"]],
        ["semantic", "The team.", "https://brand.example"]
    );
    assert!(add(&["--name", "Brand"]).contains("Nothing changes"));
    refused(
        &dir,
        &["brand", "add", "second", "--name", "Second", "--as", "admin"],
        &["a new one needs --domain, --policy, --prefix, --contact too"],
    );

    done(&dir, &["work", "--once", "--now", INSTANT]);
    refused(
        &dir,
        &["brand", "add", "brand", "--domain", "other.example", "--as", "admin"],
        &[
            "`brand` stays at brand.example",
            "candor brand add NEW --domain other.example",
        ],
    );
    add(&["--contact", "psirt@brand.example"]);
    done(&dir, &["publish"]);
    done(&dir, &["publish", "--verify"]);
}

/// What a person reads after a step says what the step was, and what is asked next.
#[test]
fn a_second_draft_a_revision_and_a_withdrawal_are_told_in_their_own_words() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let run = |words: &[&str]| done(&dir, words);
    let cases = json(&run(&["case", "list", "--json", "--as", "analyst"]));
    let case = cases[0]["number"].as_str().unwrap();
    let words = ["--title", "Again", "--summary", "More is known.", "--as", "analyst"];
    let told = run(&[&["advisory", "draft", case][..], &words].concat());
    assert!(told.contains("warning: NN-2026:1-01 is about"), "{told}");
    run(&[
        "advisory",
        "redraft",
        "NN-2026:1-01",
        "--summary",
        "More is known.",
        "--as",
        "analyst",
    ]);
    run(&["advisory", "approve", "NN-2026:1-01", "--as", "lead"]);
    let two = ["--as", "lead", "--approved-by", "analyst"];
    refused(
        &dir,
        &[&["advisory", "order", "NN-2026:1-01"][..], &two].concat(),
        &["--summary 'TEXT'"],
    );
    let told = run(&[
        &["advisory", "order", "NN-2026:1-01", "--summary", "More is known."][..],
        &two,
    ]
    .concat());
    assert!(told.contains("This is revision 2 of NN-2026:1-01"), "{told}");
    run(&["publish"]);
    let told = run(&[
        &["advisory", "withdraw", "NN-2026:1-01", "--why", "It is wrong."][..],
        &two,
    ]
    .concat());
    assert!(told.contains("This is revision 3 of NN-2026:1-01"), "{told}");
}
