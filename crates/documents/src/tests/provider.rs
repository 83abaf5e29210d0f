//! What makes a provider: metadata, feeds, categories, `security.txt`.

use super::sample::{advisory, at, brand};
use crate::card::Card;
use crate::page::Setting;
use crate::provider::{change, metadata, metadata_for};
use crate::security_txt::{Form, Pointers, expires, expiry, is_due, issued, issued_before, text};
use crate::{feed, gone, rolie};
use psirt::advisory::{Advisory, Audience, Revision, Tlp, Tombstone};
use serde_json::{Value, json};

#[test]
fn metadata_claims_what_the_tree_serves() {
    let fingerprints = ["0123456789ABCDEF0123456789ABCDEF01234567".to_owned()];
    let text = String::from_utf8(metadata(&brand(), &fingerprints, at("2027-05-27T08:00:00Z"))).unwrap();
    insta::assert_snapshot!("metadata_claims_what_the_tree_serves", text);
}

#[test]
fn without_a_key_there_is_no_trust_to_claim() {
    let metadata: Value = serde_json::from_slice(&metadata(&brand(), &[], at("2027-05-27T08:00:00Z"))).unwrap();
    assert_eq!(metadata["role"], "csaf_provider");
}

/// The brand decides; what is not for everybody is on no aggregator.
#[test]
fn aggregators_may_do_what_the_brand_says() {
    let check = |list: bool, mirror: bool| {
        let brand = psirt::house::Brand {
            aggregators: psirt::house::Aggregators { list, mirror },
            ..brand()
        };
        let made = at("2027-05-27T08:00:00Z");
        let said = |metadata: Vec<u8>| {
            let metadata: Value = serde_json::from_slice(&metadata).unwrap();
            ["list_on_CSAF_aggregators", "mirror_on_CSAF_aggregators"].map(|name| metadata[name].clone())
        };
        assert_eq!(said(metadata(&brand, &[], made)), [json!(list), json!(mirror)]);
        let amber = Audience::Tlp(Tlp::Amber);
        assert_eq!(
            said(metadata_for(&brand, &amber, &[], made)),
            [json!(false), json!(false)]
        );
    };
    check(false, false);
    check(true, false);
    check(true, true);
}

#[test]
fn changes_are_quoted_as_csaf_2_0_wants_them() {
    assert_eq!(
        change("2027/a.json", at("2027-05-27T08:00:00Z")),
        "\"2027/a.json\",\"2027-05-27T08:00:00Z\"\n"
    );
}

/// The advisory under another number, published and revised at these instants.
fn dated(number: &str, instants: &[&str]) -> Advisory {
    let revisions = instants.iter().zip(1..).map(|(when, number)| Revision {
        number,
        at: at(when),
        summary: "A version".to_owned(),
        version: String::new(),
    });
    Advisory {
        number: number.to_owned(),
        revisions: revisions.collect(),
        ..advisory()
    }
}

fn several() -> Vec<Advisory> {
    vec![
        dated("EXN-1", &["2027-01-01T00:00:00Z"]),
        dated("EXN-2", &["2026-12-31T00:00:00Z", "2027-03-01T00:00:00Z"]),
        dated("EXN-3", &["2027-02-01T00:00:00Z"]),
    ]
}

fn card(advisory: &Advisory) -> Card {
    Card::of(advisory, &Setting::of(None))
}

fn ids(entries: &Value, name: &str) -> Vec<String> {
    let entries = entries.as_array().unwrap().iter();
    entries.map(|entry| entry[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_rolie_feed_names_every_document_and_what_lies_beside_it() {
    let feed = rolie::feed(&brand(), &[&card(&advisory())], at("2027-01-01T00:00:00Z"));
    assert_eq!(feed.iter().filter(|byte| **byte == b'\n').count(), 1);
    let text = serde_json::to_string_pretty(&serde_json::from_slice::<Value>(&feed).unwrap()).unwrap();
    insta::assert_snapshot!("the_rolie_feed", text);
}

#[test]
fn feeds_show_the_last_change_first_whatever_order_was_given() {
    let several: Vec<Card> = several().iter().map(card).collect();
    let forth: Vec<&Card> = several.iter().collect();
    let back: Vec<&Card> = several.iter().rev().collect();
    let never = at("2020-01-01T00:00:00Z");
    assert_eq!(
        rolie::feed(&brand(), &forth, never),
        rolie::feed(&brand(), &back, never)
    );
    let rolie: Value = serde_json::from_slice(&rolie::feed(&brand(), &forth, never)).unwrap();
    assert_eq!(ids(&rolie["feed"]["entry"], "id"), ["EXN-2", "EXN-3", "EXN-1"]);
    assert_eq!(rolie["feed"]["updated"], "2027-03-01T00:00:00Z");
    let people: Value = serde_json::from_slice(&feed::json(&brand(), &forth)).unwrap();
    assert_eq!(people["items"][0]["date_published"], "2026-12-31T00:00:00Z");
    assert_eq!(people["items"][0]["date_modified"], "2027-03-01T00:00:00Z");
}

#[test]
fn a_feed_without_advisories_is_empty_and_whole() {
    let rolie: Value = serde_json::from_slice(&rolie::feed(&brand(), &[], at("2027-01-01T00:00:00Z"))).unwrap();
    assert_eq!(rolie["feed"]["entry"], json!([]));
    assert_eq!(rolie["feed"]["updated"], "2027-01-01T00:00:00Z");
    let atom = String::from_utf8(feed::atom(&brand(), &[], at("2027-01-01T00:00:00Z"))).unwrap();
    assert!(
        atom.contains("<updated>2027-01-01T00:00:00Z</updated>") && !atom.contains("<entry>"),
        "{atom}"
    );
}

#[test]
fn categories_are_told_once() {
    let several: Vec<Card> = several().iter().map(card).collect();
    let all: Vec<&Card> = several.iter().collect();
    let categories: Value = serde_json::from_slice(&rolie::categories(&brand(), &all)).unwrap();
    assert_eq!(
        ids(&categories["categories"]["category"], "term"),
        [
            "csaf_security_advisory",
            "en",
            "Example Networks",
            "Fathom Cloud",
            "Lattice Sensor 22",
            "Lattice Sensor 24",
            "Lattice Sensor 25",
        ]
    );
}

#[test]
fn the_service_names_the_feed_of_the_metadata() {
    let service: Value = serde_json::from_slice(&rolie::service(&brand())).unwrap();
    let metadata: Value = serde_json::from_slice(&metadata(&brand(), &[], at("2027-01-01T00:00:00Z"))).unwrap();
    assert_eq!(
        service["service"]["workspace"][0]["collection"][0]["href"],
        metadata["distributions"][1]["rolie"]["feeds"][0]["url"]
    );
}

#[test]
fn feeds_for_people_hold_the_newest_fifty_and_escape_what_they_print() {
    let mut hostile = dated("EXN-1", &["2027-01-01T00:00:00Z"]);
    hostile.title = "</title><script>alert('1')</script> & \"x\"".to_owned();
    let many: Vec<Card> = (0..60)
        .map(|i| card(&dated(&format!("EXN-{i}"), &["2026-01-01T00:00:00Z"])))
        .collect();
    let mut all: Vec<&Card> = many.iter().collect();
    let hostile = card(&hostile);
    all.push(&hostile);
    let atom = String::from_utf8(feed::atom(&brand(), &all, at("2020-01-01T00:00:00Z"))).unwrap();
    assert_eq!(atom.matches("<entry>").count(), feed::MAX_ENTRIES);
    let title =
        "<title>EXN-1: &lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;</title>";
    assert!(atom.contains(title) && !atom.contains("<script"), "{atom}");
    let json: Value = serde_json::from_slice(&feed::json(&brand(), &all)).unwrap();
    assert_eq!(json["items"].as_array().unwrap().len(), feed::MAX_ENTRIES);
}

#[test]
fn an_atom_feed() {
    let atom = String::from_utf8(feed::atom(&brand(), &[&card(&advisory())], at("2020-01-01T00:00:00Z"))).unwrap();
    insta::assert_snapshot!("an_atom_feed", atom);
}

#[test]
fn security_txt_says_where_everything_is() {
    let pointers = Pointers {
        intake: Some("0123456789ABCDEF0123456789ABCDEF01234567"),
        policy: true,
        form: Form::Last,
    };
    insta::assert_snapshot!("security_txt", text(&brand(), pointers, at("2027-01-01T00:00:00Z")));
    let check = |contact: &str, expect: &str| {
        let mut brand = brand();
        brand.contact = contact.to_owned();
        let text = text(&brand, pointers, at("2027-01-01T00:00:00Z"));
        assert_eq!(text.lines().next(), Some(format!("Contact: {expect}").as_str()));
    };
    check("https://example.com/report", "https://example.com/report");
    check("psirt@example.com", "mailto:psirt@example.com");
    check("ask at the desk\nExpires: never", "https://psirt.example.com/");
    let check_ways = |form: Form, contact: &str, expect: &[&str]| {
        let mut brand = brand();
        brand.contact = contact.to_owned();
        let text = text(&brand, Pointers { form, ..pointers }, at("2027-01-01T00:00:00Z"));
        let ways: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Contact: ")).collect();
        assert_eq!(ways, expect);
    };
    let (mail, form) = ("mailto:psirt@example.com", "https://psirt.example.com/report");
    check_ways(Form::Absent, "psirt@example.com", &[mail]);
    check_ways(Form::Last, "psirt@example.com", &[mail, form]);
    check_ways(Form::First, "psirt@example.com", &[form, mail]);
    check_ways(Form::First, form, &[form]);
    let bare = Pointers {
        intake: None,
        ..pointers
    };
    let issued = at("2027-01-01T00:00:00Z");
    let text = text(&brand(), bare, issued);
    assert!(!text.contains("Encryption"), "a signing key decrypts nothing: {text}");
    assert_eq!(expiry(&text), Some(expires(issued)));
    assert_eq!(issued_before(expires(issued)), issued);
    assert_eq!(expiry("Expires: never\n"), None);
}

#[test]
fn the_form_stands_where_the_policy_names_it() {
    let house = include_str!("../../../../policies/house.policy.md");
    let (policy, _) = psirt::policy::read("house.policy.md", house);
    let mut policy = policy.unwrap();
    assert_eq!(Form::of(Some(&policy), true), Form::Last);
    assert_eq!(Form::of(Some(&policy), false), Form::Absent);
    assert_eq!(Form::of(None, true), Form::Last);
    policy.intakes.reverse();
    assert_eq!(Form::of(Some(&policy), true), Form::First);
}

/// `now` is some days after the content changed; says since how many days the text is out, and that it never comes near its end.
fn check_issued(days: i64, expect: i64) {
    let changed = at("2027-01-01T00:00:00Z");
    let day = |days: i64| changed + jiff::SignedDuration::from_hours(24 * days);
    let issued = issued(changed, day(days));
    assert_eq!(issued, day(expect), "after {days} days");
    assert!(!is_due(expires(issued), day(days.max(0))), "after {days} days");
}

#[test]
fn security_txt_is_renewed_thirty_days_before_its_end() {
    check_issued(-5, 0);
    check_issued(0, 0);
    check_issued(333, 0);
    check_issued(334, 334);
    check_issued(667, 334);
    check_issued(668, 668);
    let changed = at("2027-01-01T00:00:00Z");
    let valid = expires(changed).duration_since(changed);
    assert!(
        valid < jiff::SignedDuration::from_hours(24 * 365),
        "at most a year ahead"
    );
    assert!(is_due(expires(changed), at("2027-12-01T00:00:00Z")));
}

/// Who had a version by mail hears that it was removed and what holds, and nothing of what it said or why.
#[test]
fn a_letter_on_a_removal_repeats_nothing() {
    let present = advisory();
    let gone = Tombstone {
        number: present.number.clone(),
        revision: 1,
        brand: brand().id,
        why: "It named Eve.".to_owned(),
        ..Tombstone::default()
    };
    for (present, holds) in [
        (None, "No version of this advisory holds now."),
        (
            Some(&present),
            "What holds is version 1:\n<https://psirt.example.com/advisories/exn-sa-2027_014.html>",
        ),
    ] {
        let letter = gone::letter(&gone, &brand(), present);
        assert!(
            letter.starts_with("Version 1 of EXN-SA-2027:014 was removed.") && letter.contains(holds),
            "{letter}"
        );
        assert!(
            letter.contains("<https://psirt.example.com/advisories/exn-sa-2027_014/v1/"),
            "{letter}"
        );
        for said in ["Eve", "DNP3", "heap"] {
            assert!(!letter.contains(said), "{letter}");
        }
    }
}
