//! Files as people and programs write them.

use super::*;
use crate::board::House;
use crate::house::{Brand, Product};
use crate::policy;

const POLICY: &str = include_str!("../../../../policies/nozomi-networks.policy.md");

fn house() -> Board {
    let brand = Brand {
        id: "nozomi-networks".to_owned(),
        name: "Nozomi Networks".to_owned(),
        domain: String::new(),
        namespace: String::new(),
        policy: "nozomi-networks".to_owned(),
        number_prefix: "NN".to_owned(),
        advisory_pattern: String::new(),
        contact: String::new(),
        contact_details: String::new(),
        version_scheme: crate::advisory::Scheme::default(),
        aggregators: crate::house::Aggregators::default(),
        cna: None,
        rooms: None,
    };
    let product = |name: &str, deployment: &str| {
        let product = Product {
            name: name.to_owned(),
            brand: "nozomi-networks".to_owned(),
            deployment: deployment.to_owned(),
            market: vec!["eu".to_owned()],
            supported_until: None,
            version_scheme: crate::version::VersionScheme::default(),
        };
        (name.to_owned(), product)
    };
    let mut board = Board::default();
    board.house = House {
        brands: [(brand.id.clone(), brand)].into(),
        products: [
            product("Guardian", "on-prem"),
            product("Vantage", "saas"),
            product("Arc, Embedded", "on-prem"),
        ]
        .into(),
        policies: policy::read("p", POLICY).0.into_iter().collect(),
        ..House::default()
    };
    board
}

fn understood(bytes: &[u8], format: Format, map: &str) -> Past {
    understood_by(&house(), bytes, format, map)
}

fn understood_by(house: &Board, bytes: &[u8], format: Format, map: &str) -> Past {
    let map = Map::read(map).unwrap();
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    read(bytes, format, &map, house, now, ("lea", "ana"))
}

/// What a file gives: the events of its rows as `kind at`, or its findings.
fn told(past: &Past) -> String {
    let mut lines: Vec<String> = past.findings.iter().map(ToString::to_string).collect();
    for row in &past.rows {
        match &row.case {
            Ok(case) => lines.extend(
                case.told
                    .iter()
                    .map(|told| format!("{} {} {}", case.id, told.event.kind(), told.at)),
            ),
            Err(findings) => lines.extend(findings.iter().map(ToString::to_string)),
        }
    }
    lines.join("\n")
}

fn check_csv(text: &str, expect: &[&str]) {
    check_bytes(text.as_bytes(), expect);
}

fn check_bytes(bytes: &[u8], expect: &[&str]) {
    let found = told(&understood(bytes, Format::Csv, ""));
    for part in expect {
        assert!(found.contains(part), "{found}\n  lacks {part}");
    }
}

#[test]
fn a_row_becomes_what_happened_on_its_days() {
    check_csv(
        "id,title,products,received,acknowledged,confirmed,vector,fixes,published,cve,closed\n\
         P-1,Overflow,Guardian,2024-02-01,2024-02-01T09:00:00+01:00,2024-02-05,CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H,Guardian 23.4.1 2024-03-20,2024-06-20,CVE-2024-12345,2024-07-01\n",
        &[
            // A day begins when a report comes in, and ends for everything else, in Zurich.
            "P-1 received 2024-01-31T23:00:00Z",
            "P-1 acknowledged 2024-02-01T08:00:00Z",
            "P-1 confirmed 2024-02-05T22:59:59Z",
            "P-1 scored 2024-02-05T22:59:59Z",
            "P-1 fix-released 2024-03-20T22:59:59Z",
            "P-1 cve-assigned 2024-06-20T21:59:59Z",
            "P-1 advisory-published 2024-06-20T21:59:59Z",
            "P-1 closed 2024-07-01T21:59:59Z",
        ],
    );
}

#[test]
fn what_a_european_spreadsheet_writes_is_read() {
    let text = "\u{FEFF}Ticket ID;Subject;Affected Products;Date received;Comments;Owner\r\n\
                17;\"Two words; and a \"\"quote\"\"\r\nand a second line\";arc, embedded;2024-02-01;;Ann\r\n\r\n;;;;;\r\n";
    let past = understood(text.as_bytes(), Format::Csv, "");
    assert_eq!(past.ignored, ["Owner"]);
    let case = past.rows[0].case.as_ref().unwrap();
    assert_eq!(
        (case.id.as_str(), case.title.as_str()),
        ("17", "Two words; and a \"quote\"")
    );
    assert!(case.told.iter().any(|told| told.event
        == Event::Suspected {
            products: vec!["Arc, Embedded".to_owned()]
        }));
    assert_eq!(past.rows.len(), 1);
    assert_eq!(case.line, 2);
}

#[test]
fn what_is_wrong_is_said_with_line_and_column() {
    const HEAD: &str = "id,title,products,received,confirmed,vector,rejected,exit,fixes,closed,reporter";
    for (row, expect) in [
        (
            ",t,Guardian,2024-01-01,,,,,,,",
            "line 2, `id`: a row needs the case's own number",
        ),
        ("1,,Guardian,2024-01-01,,,,,,,", "line 2, `title`: a case has a title"),
        (
            "1,t,Guardian,,,,,,,,",
            "line 2, `received`: when did the report come in?",
        ),
        (
            "1,t,Guardian,01/02/2024,,,,,,,",
            "line 2, `received`: `01/02/2024` is no date that has only one meaning",
        ),
        ("1,t,Guardian,2024-02-30,,,,,,,", "line 2, `received`"),
        ("1,t,Guardian,2027-01-01,,,,,,,", "lies after now"),
        ("1,t,Guardian,1960-01-01,,,,,,,", "did not happen before 1970"),
        (
            "1,t,Toaster,2024-01-01,,,,,,,",
            "line 2, `products`: no product line is named `Toaster`",
        ),
        (
            "1,t,,2024-01-01,2024-01-02,,,,,,",
            "line 2, `confirmed`: `confirmed` names at least one affected product line",
        ),
        (
            "1,t,Guardian,2024-01-05,2024-01-02,,,,,,",
            "line 2, `confirmed`: `confirmed` lies before the report came in",
        ),
        (
            "1,t,Guardian,2024-01-01,,9.8,,,,,",
            "line 2, `vector`: `9.8` is no CVSS vector",
        ),
        (
            "1,t,Guardian,2024-01-01,,,2024-02-01,,,,",
            "line 2, `exit`: why was it rejected?",
        ),
        (
            "1,t,Guardian,2024-01-01,,,2024-02-01,wontfix,,,",
            "line 2, `exit`: `wontfix` is none of: duplicate",
        ),
        (
            "1,t,Guardian,2024-01-01,,,,duplicate,,,",
            "line 2, `rejected`: when was it rejected?",
        ),
        (
            "1,t,Guardian,2024-01-01,,,2024-02-01,out of scope,,,",
            "a rejection as out of scope names its clause",
        ),
        (
            "1,t,Guardian;Vantage,2024-01-01,,,,,1.2 2024-02-01,,",
            "line 2, `fixes`: `1.2 2024-02-01`: of which line?",
        ),
        (
            "1,t,Guardian,2024-01-01,,,,,1.2 soon,,",
            "line 2, `fixes`: `1.2 soon`: `soon` is no date",
        ),
        (
            "1,t,Guardian,2024-01-01,2024-03-01,,,,,2024-02-01,",
            "the case is closed: reopen it",
        ),
        (
            "1,t,Guardian,2024-01-01,,,,,,,martian",
            "line 2, `reporter`: `martian` is no reporter",
        ),
        (
            "1,=HYPERLINK(\"x\"),Guardian,2024-01-01,,,,,,,",
            "line 2, `title`: the cell is a formula",
        ),
        (
            "1,a\0b,Guardian,2024-01-01,,,,,,,",
            "line 2, `title`: the cell holds a NUL character",
        ),
        (
            "1,t,Guardian,2024-01-01,,,,,,,,,,more",
            "the row has 14 cells and the heading 11",
        ),
        (
            "1,t,Guardian,2024-01-01,,,,,,,\n1,t,Guardian,2024-01-01,,,,,,,",
            "line 3, `id`: line 2 has the number `1` already",
        ),
        (
            "1,\"t,Guardian,2024-01-01\n2,t,Guardian,2024-01-01",
            "line 2: a quote is opened on this line and never closed",
        ),
    ] {
        check_csv(&format!("{HEAD}\n{row}\n"), &[expect]);
    }
    check_csv("id,key,title\n", &["line 1, `id`: two columns mean `id`"]);
    check_bytes(b"\xFF\xFEi\0d\0", &["the file: the file is UTF-16"]);
    check_bytes(b"id,title\n1,caf\xE9\n", &["line 2: this line is not UTF-8"]);
    let long = format!("id,title,received\n1,{},2024-01-01\n", "x".repeat(MAX_CELL_BYTES + 1));
    check_csv(&long, &["line 2, `title`: the cell is longer than 64 KiB"]);
}

#[test]
fn a_file_without_rows_is_no_error() {
    for text in ["", "\n", "id,title\n", "\u{FEFF}", ",,,\n,,,\n"] {
        let past = understood(text.as_bytes(), Format::Csv, "");
        assert!(past.rows.is_empty() && past.findings.is_empty(), "{text:?}: {past:?}");
    }
}

#[test]
fn another_trackers_words_are_mapped() {
    let map = "[columns]\nid = \"Issue key\"\ntitle = \"Short description\"\n\n[values.reporter]\n\"Bug hunter\" = \"external\"\n\n\
               [values.exit]\n\"Won't fix\" = \"not-a-vulnerability\"\n\n[defaults]\nproducts = \"Vantage\"\n";
    let text = "Issue Key,Number,Short Description,Reporter,Created,Rejected,Exit\nJ-1,5,t,BUG HUNTER,2024-01-01,2024-01-02,won't fix\n";
    let found = told(&understood(text.as_bytes(), Format::Csv, map));
    assert!(
        found.contains("J-1 rejected") && found.contains("J-1 suspected"),
        "{found}"
    );
    for (map, expect) in [
        ("[columns]\nnothing = \"x\"", "`nothing` is no column"),
        ("[rows]\n", "unknown field"),
        ("[columns", ""),
    ] {
        assert!(Map::read(map).unwrap_err().contains(expect));
    }
}

#[test]
fn json_lines_tell_columns_or_the_exact_history() {
    let text = r#"{"id": 7, "title": "t", "products": ["Guardian"], "received": "2024-01-01", "confirmed": "2024-01-02", "fixes": [{"product": "Guardian", "version": "1.2", "date": "2024-02-01"}]}
{"id": "8", "title": "t", "brand": "nozomi-networks", "events": [{"at": "2024-01-01T10:00:00Z", "received": {"by": "external"}}, {"at": "2024-01-03T10:00:00Z", "by": "x", "confirmed": {"origin": "own", "products": ["Guardian"]}}, {"at": "2024-01-04T10:00:00Z", "noted": {"text": "n"}}]}
{"id": "9", "title": "t", "brand": "nozomi-networks", "events": [{"at": "2024-01-01T10:00:00Z", "received": {}}, {"at": "2024-01-01T10:00:00Z", "confirmd": {}}]}
{"id": "10", "title": "t", "received": "2024-01-01", "events": [{"at": "2024-01-01T10:00:00Z", "received": {}}], "extra": [[[[1]]]]}
not json
[1]
"#;
    let past = understood(text.as_bytes(), Format::JsonLines, "");
    let found = told(&past);
    for part in [
        "7 fix-released 2024-02-01T22:59:59Z",
        "8 confirmed 2024-01-03T10:00:00Z",
        "8 noted",
        "line 3, `events`: event 2: `confirmd` is not an event",
        "line 4, `received`: the row has `events`",
        "line 5: this line is no JSON object",
        "line 6: this line is no JSON object",
    ] {
        assert!(found.contains(part), "{found}\n  lacks {part}");
    }
    assert_eq!(past.ignored, ["extra"]);
}

#[test]
fn noise_never_panics() {
    let mut state = 7_u64;
    let alphabet: Vec<char> = "a1,;\"\n\r\t\0=-é €{}[]:\\|2024-02-01T+".chars().collect();
    let house = house();
    for _ in 0..1_000 {
        let text: String = (0..80)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()]
            })
            .collect();
        let text = format!("id,title,products,received,vector,fixes,exit,rejected\n{text}");
        let _ = told(&understood_by(&house, text.as_bytes(), Format::Csv, ""));
        let _ = told(&understood_by(&house, text.as_bytes(), Format::JsonLines, ""));
    }
}
