//! Files as scanners and portals write them, and as nobody should.

use super::*;
use proptest::prelude::*;
use psirt::finding::Weight;

/// As a scanner of sources writes it: a rule with a score, a result with a print, one that is suppressed, one that passed.
const SARIF: &str = r#"{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
  "runs": [{
    "tool": { "driver": { "name": "CodeScan", "version": "2.20.1", "rules": [
      { "id": "cpp/overflow", "name": "cpp/overflow", "shortDescription": { "text": "Buffer overflow" },
        "defaultConfiguration": { "level": "warning" }, "properties": { "security-severity": "9.3", "tags": ["security"] } },
      { "id": "cpp/style", "defaultConfiguration": { "level": "note" } } ] } },
    "automationDetails": { "id": "nightly/2026-09-01" },
    "invocations": [{ "executionSuccessful": true }],
    "artifacts": [{ "location": { "uri": "src/parser.c" } }],
    "results": [
      { "ruleId": "cpp/overflow", "ruleIndex": 0, "message": { "text": "This write is past\nthe end." },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "./src//parser.c" }, "region": { "startLine": 214 } } }],
        "partialFingerprints": { "primaryLocationLineHash": "39fa2ee980eb94b0:1" } },
      { "ruleId": "cpp/style", "level": "note", "message": { "text": "Too long" },
        "locations": [{ "physicalLocation": { "artifactLocation": { "index": 0 }, "region": { "startLine": 9 } } }] },
      { "ruleId": "cpp/style", "message": { "text": "Known" }, "suppressions": [{ "kind": "inSource" }] },
      { "ruleId": "cpp/style", "kind": "pass", "message": { "text": "Fine" } } ]
  }]
}"#;

/// As a scanner of components writes it: a scoped package, one with qualifiers, one without a purl, one that is not affected.
const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  "metadata": { "tools": { "components": [{ "type": "application", "name": "bomscan", "version": "0.61.0" }] },
    "component": { "bom-ref": "app", "name": "guardian", "components": [] } },
  "components": [
    { "bom-ref": "1", "name": "core", "purl": "pkg:npm/%40angular/core@17.1.0?arch=x" },
    { "bom-ref": "2", "name": "openssl", "group": "crypto", "components": [{ "bom-ref": "2.1", "name": "libssl", "purl": "pkg:deb/debian/libssl3@3.0.2-1#usr" }] } ],
  "vulnerabilities": [
    { "id": "CVE-2026-11111", "references": [{ "id": "GHSA-aaaa-bbbb-cccc" }], "description": "Prototype pollution\nin detail",
      "ratings": [{ "severity": "medium" }, { "score": 9.8 }], "affects": [{ "ref": "1" }, { "ref": "2.1" }] },
    { "id": "CVE-2026-22222", "ratings": [{ "severity": "high" }], "affects": [{ "ref": "2" }] },
    { "id": "CVE-2026-33333", "affects": [{ "ref": "urn:cdx:3e671687/1#pkg:deb/debian/zlib@1.2" }] },
    { "id": "CVE-2026-44444", "analysis": { "state": "not_affected" }, "affects": [{ "ref": "1" }] } ]
}"#;

const PLAIN: &str = r#"{ "version": 1, "tool": "fuzzer", "scan": "http", "product": "Guardian", "build": "77",
  "findings": [{ "fingerprint": "crash-17", "title": "Stack overflow", "severity": "Critical", "place": "decode()", "names": ["CVE-2026-5555"] },
               { "rule": "leak", "place": "main()", "title": "A leak" }, { "rule": "leak", "place": "main()", "title": "A leak again" }] }"#;

fn read(format: Format, file: &str) -> Vec<Scan> {
    scans(format, file.as_bytes()).unwrap_or_else(|fault| panic!("{fault:?}"))
}

/// What is found in a file: weight, title, place.
fn check_found(format: Format, file: &str, expect: &[(Weight, &str, &str)]) {
    let read = read(format, file);
    let found = read.iter().flat_map(|scan| &scan.findings);
    let found: Vec<(Weight, &str, &str)> = found.map(|f| (f.weight, f.title.as_str(), f.place.as_str())).collect();
    assert_eq!(found, expect);
}

/// A file that is not read: the place and a part of the sentence.
fn check_fault(format: Format, file: &[u8], pointer: &str, says: &str) {
    let fault = scans(format, file).unwrap_err();
    assert_eq!(fault.pointer, pointer, "{fault:?}");
    assert!(fault.says.contains(says), "{fault:?} does not say: {says}");
}

#[test]
fn a_scanner_of_sources_is_read() {
    check_found(
        Format::Sarif,
        SARIF,
        &[
            (Weight::Critical, "Buffer overflow", "src/parser.c:214"),
            (Weight::Note, "Too long", "src/parser.c:9"),
        ],
    );
    let scan = read(Format::Sarif, SARIF).remove(0);
    assert_eq!((scan.tool.as_str(), scan.scan.as_str()), ("CodeScan", "nightly"));
    assert_eq!((scan.complete, scan.left_out, scan.folded), (true, 2, 0));
    assert_eq!(scan.findings[0].text, "This write is past\nthe end.");
}

#[test]
fn a_rule_is_found_by_its_id_its_place_or_a_reference() {
    let same = [
        (Weight::Critical, "Buffer overflow", "src/parser.c:214"),
        (Weight::Note, "Too long", "src/parser.c:9"),
    ];
    let named = "\"ruleId\": \"cpp/overflow\", \"ruleIndex\": 0,";
    for by in [
        "\"ruleId\": \"cpp/overflow\",",
        "\"ruleId\": \"cpp/overflow/7\",",
        "\"ruleIndex\": 0,",
        "\"rule\": { \"id\": \"cpp/overflow\" },",
        "\"rule\": { \"index\": 0 },",
    ] {
        assert!(SARIF.contains(named));
        check_found(Format::Sarif, &SARIF.replace(named, by), &same);
    }
    // The level of a result is before that of its rule, and the score of its rule before both.
    let error = SARIF.replace("\"level\": \"note\", \"message\"", "\"level\": \"error\", \"message\"");
    assert_eq!(read(Format::Sarif, &error)[0].findings[1].weight, Weight::High);
    let silent = SARIF.replace("\"level\": \"note\", \"message\"", "\"message\"");
    assert_eq!(read(Format::Sarif, &silent)[0].findings[1].weight, Weight::Note);
    let unknown = SARIF.replace(named, "\"ruleId\": \"other\", \"ruleIndex\": -1,");
    assert_eq!(read(Format::Sarif, &unknown)[0].findings[0].weight, Weight::Medium);
}

#[test]
fn a_run_that_did_not_end_well_has_not_seen_everything() {
    let failed = SARIF.replace("\"executionSuccessful\": true", "\"executionSuccessful\": false");
    assert!(!read(Format::Sarif, &failed)[0].complete);
    let nothing = r#"{ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "x" } } }] }"#;
    assert!(!read(Format::Sarif, nothing)[0].complete);
    let clean = r#"{ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "x" } }, "results": [] }] }"#;
    assert!(read(Format::Sarif, clean)[0].complete);
}

/// Whether the first finding of a file is the same one after a change of the file.
fn check_same(format: Format, file: &str, (from, to): (&str, &str), expect: bool) {
    assert!(file.contains(from), "{from}");
    let print = |file: &str| read(format, file)[0].findings[0].fingerprint.clone();
    assert_eq!(print(file) == print(&file.replace(from, to)), expect, "{from} -> {to}");
}

#[test]
fn a_finding_is_the_same_one_in_the_next_build() {
    check_same(Format::Sarif, SARIF, ("\"startLine\": 214", "\"startLine\": 300"), true);
    check_same(Format::Sarif, SARIF, ("This write", "That write"), true);
    check_same(
        Format::Sarif,
        SARIF,
        ("39fa2ee980eb94b0:1", "39fa2ee980eb94b0:2"),
        false,
    );
    check_same(
        Format::Sarif,
        SARIF,
        ("./src//parser.c", "file:///src\\\\parser.c"),
        true,
    );
    check_same(Format::Sarif, SARIF, ("./src//parser.c", "src/lexer.c"), false);
    let bare = SARIF.replace("\"partialFingerprints\"", "\"elsewhere\"");
    check_same(
        Format::Sarif,
        &bare,
        ("\"startLine\": 214", "\"startLine\": 300"),
        false,
    );
    let snippet = bare.replace(
        "\"startLine\": 214",
        "\"startLine\": 214, \"snippet\": { \"text\": \"x =  1;\" }",
    );
    check_same(
        Format::Sarif,
        &snippet,
        ("\"startLine\": 214", "\"startLine\": 300"),
        true,
    );
    check_same(Format::Sarif, &snippet, ("x =  1;", " x = 1; "), true);
    let whole = SARIF.replace(
        "\"partialFingerprints\"",
        "\"fingerprints\": { \"own/v1\": \"7\" }, \"elsewhere\"",
    );
    check_same(Format::Sarif, &whole, ("./src//parser.c", "src/moved.c"), true);
    check_same(Format::CycloneDx, CYCLONEDX, ("core@17.1.0", "core@17.1.1"), true);
    check_same(
        Format::CycloneDx,
        CYCLONEDX,
        ("%40angular/core", "%40angular/common"),
        false,
    );
    check_same(
        Format::CycloneDx,
        CYCLONEDX,
        ("CVE-2026-11111", "CVE-2026-11112"),
        false,
    );
    check_same(Format::Plain, PLAIN, ("Stack overflow", "Overflow of a stack"), true);
}

#[test]
fn a_scanner_of_components_is_read() {
    check_found(
        Format::CycloneDx,
        CYCLONEDX,
        &[
            (Weight::Critical, "Prototype pollution", "pkg:npm/%40angular/core"),
            (Weight::Critical, "Prototype pollution", "pkg:deb/debian/libssl3"),
            (Weight::High, "CVE-2026-22222 in crypto/openssl", "crypto/openssl"),
            (
                Weight::Unknown,
                "CVE-2026-33333 in pkg:deb/debian/zlib",
                "pkg:deb/debian/zlib",
            ),
        ],
    );
    let scan = read(Format::CycloneDx, CYCLONEDX).remove(0);
    assert_eq!((scan.tool.as_str(), scan.left_out), ("bomscan", 1));
    assert_eq!(scan.findings[0].names, ["CVE-2026-11111", "GHSA-aaaa-bbbb-cccc"]);
    let old = CYCLONEDX
        .replace("{ \"components\": [{ \"type\"", "[{ \"type\"")
        .replace("0.61.0\" }] },", "0.61.0\" }],");
    assert_eq!(
        read(Format::CycloneDx, &old.replace("\"1.5\"", "\"1.4\""))[0].tool,
        "bomscan"
    );
    check_fault(
        Format::CycloneDx,
        CYCLONEDX.replace("\"1.5\"", "\"1.2\"").as_bytes(),
        "/specVersion",
        "not read",
    );
    // A bill of materials without the list says nothing of vulnerabilities.
    let bare = CYCLONEDX.replace("\"vulnerabilities\"", "\"services\"");
    check_fault(Format::CycloneDx, bare.as_bytes(), "", "`vulnerabilities` is missing");
}

#[test]
fn our_own_format_is_read_and_what_is_twice_in_it_counts_once() {
    check_found(
        Format::Plain,
        PLAIN,
        &[
            (Weight::Critical, "Stack overflow", "decode()"),
            (Weight::Unknown, "A leak", "main()"),
        ],
    );
    let scan = read(Format::Plain, PLAIN).remove(0);
    assert_eq!(
        (scan.product.as_deref(), scan.build.as_deref()),
        (Some("Guardian"), Some("77"))
    );
    assert_eq!((scan.folded, scan.complete), (1, true));
    check_fault(
        Format::Plain,
        PLAIN.replace("\"version\": 1", "\"version\": 2").as_bytes(),
        "/version",
        "1 is",
    );
}

#[test]
fn bills_of_the_real_world_without_vulnerabilities_are_told_so() {
    let bom = r#"{ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{ "bom-ref": "a", "name": "b" }] }"#;
    check_fault(Format::CycloneDx, bom.as_bytes(), "", "`vulnerabilities` is missing");
}

#[test]
fn the_place_of_what_is_wrong_is_told() {
    let result = |result: &str| {
        let run = r#"{ "tool": { "driver": { "name": "x" } }, "results": "#;
        format!(r#"{{ "version": "2.1.0", "runs": [{run}[{{}}, {result}] }}] }}"#).into_bytes()
    };
    check_fault(Format::Sarif, b"[]", "", "a list; it must be a table");
    check_fault(Format::Sarif, b"{}", "", "`version` is missing");
    check_fault(Format::Sarif, br#"{ "version": "2.0.0" }"#, "/version", "not read");
    check_fault(
        Format::Sarif,
        br#"{ "version": 2.1 }"#,
        "/version",
        "a number; it must be a string",
    );
    check_fault(
        Format::Sarif,
        br#"{ "version": "2.1.0", "runs": [] }"#,
        "/runs",
        "no run",
    );
    check_fault(
        Format::Sarif,
        br#"{ "version": "2.1.0", "runs": {} }"#,
        "/runs",
        "it must be a list",
    );
    check_fault(Format::Sarif, &result("7"), "/runs/0/results/1", "it must be a table");
    check_fault(
        Format::Sarif,
        &result(r#"{ "message": { "text": [] } }"#),
        "/runs/0/results/1/message/text",
        "a string",
    );
    check_fault(
        Format::Sarif,
        &result(r#"{ "fingerprints": { "a": 1 } }"#),
        "/runs/0/results/1/fingerprints",
        "of strings",
    );
    check_fault(
        Format::Sarif,
        &result(r#"{ "ruleId": "a", "ruleId": "b" }"#),
        "/runs/0/results/1",
        "twice",
    );
    check_fault(
        Format::Sarif,
        &result(r#"{ "fingerprints": { "a": "1", "a": "1" } }"#),
        "/runs/0/results/1/fingerprints",
        "twice",
    );
    check_fault(Format::Sarif, &result("{ "), "/runs/0/results/1", "not JSON");
    check_fault(Format::Sarif, b"{ \"version\": \"\xff\" }", "", "offset 14");
    check_fault(Format::Sarif, b"", "", "not JSON at line 1");
    check_fault(Format::Sarif, b"{} {}", "", "not JSON");
}

#[test]
fn a_byte_order_mark_is_left_out() {
    let marked = [b"\xef\xbb\xbf".as_slice(), SARIF.as_bytes()].concat();
    assert_eq!(scans(Format::Sarif, &marked).unwrap(), read(Format::Sarif, SARIF));
}

#[test]
fn size_depth_number_and_length_have_limits() {
    let large = vec![b' '; MAX_BYTES + 1];
    check_fault(Format::Plain, &large, "", "more than 20 MB");
    let long = PLAIN.replace("Stack overflow", &"x".repeat(10 << 20));
    check_fault(
        Format::Plain,
        long.as_bytes(),
        "/findings/0/title",
        "more than 65536 bytes",
    );
    let many = vec![r#"{"title":"t","place":"#.to_owned(); 100_000];
    let many: Vec<String> = many
        .iter()
        .enumerate()
        .map(|(at, begun)| format!("{begun}\"{at}\"}}"))
        .collect();
    let many = format!(r#"{{"version":1,"tool":"t","findings":[{}]}}"#, many.join(","));
    check_fault(
        Format::Plain,
        many.as_bytes(),
        "",
        "There are 100000 findings; one file has at most 20000.",
    );
    let values = format!(r#"{{"version":1,"tool":"t","findings":[{}0]}}"#, "0,".repeat(1_600_000));
    check_fault(
        Format::Plain,
        values.as_bytes(),
        "/findings/1499996",
        "more than 1500000 values",
    );
    // What nobody reads may be as deep as it likes, and takes nothing; what is read may not.
    let deep = format!(
        r#"{{"version":1,"tool":"t","findings":[],"other":{}1{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    assert!(scans(Format::Plain, deep.as_bytes()).is_ok());
    let deep = format!(r#"{{"version":1,"tool":"t","findings":{}"#, "[".repeat(1_000_000));
    let pointer = format!("/findings{}", "/0".repeat(39));
    check_fault(Format::Plain, deep.as_bytes(), &pointer, "nested more than 40 deep");
    let keys: Vec<String> = (0..65).map(|at| format!("\"{at}\":\"\"")).collect();
    let keys = SARIF.replace("\"primaryLocationLineHash\": \"39fa2ee980eb94b0:1\"", &keys.join(","));
    check_fault(
        Format::Sarif,
        keys.as_bytes(),
        "/runs/0/results/0/partialFingerprints",
        "too many keys",
    );
}

#[test]
fn a_million_places_are_not_searched_one_by_one() {
    // Each result names the last of many files and rules; were they searched, this would not end.
    let file = r#"{"location":{"uri":"a"}}"#;
    let files = vec![file; 60_000].join(",");
    let result = r#"{"ruleIndex":59999,"locations":[{"physicalLocation":{"artifactLocation":{"index":59999}}}]}"#;
    let results = vec![result; 20_000].join(",");
    let rules = vec![r#"{"id":"r"}"#; 60_000].join(",");
    let file = format!(
        r#"{{"version":"2.1.0","runs":[{{"tool":{{"driver":{{"name":"t","rules":[{rules}]}}}},"artifacts":[{files}],"results":[{results}]}}]}}"#
    );
    let scan = read(Format::Sarif, &file).remove(0);
    assert_eq!((scan.findings.len(), scan.folded), (1, 19_999));
}

#[test]
fn a_customer_stays_apart_from_what_they_found() {
    let sent = r#"{ "version": 1,
        "customer": { "name": "Acme <Corp>", "id": "c-17", "entitlement": "gold", "contact": "it@acme.example" },
        "vulnerability": { "title": "Overflow", "text": "Send this.\r\nIt falls over.", "product": "Guardian", "affected": "25.1" } }"#;
    let handed = handed_over(sent.as_bytes()).unwrap();
    assert_eq!(
        handed.customer.sealed(),
        "Acme Corp, customer c-17, entitlement gold <it@acme.example>"
    );
    assert_eq!(handed.text, "Send this.\nIt falls over.");
    assert!(!format!("{handed:?}").contains("Acme"), "{handed:?}");
    for (from, to, pointer) in [
        ("\"name\": \"Acme <Corp>\", \"id\": \"c-17\",", "", "/customer"),
        ("Send this.\\r\\nIt falls over.", " ", "/vulnerability/text"),
        ("\"customer\"", "\"somebody\"", ""),
        ("\"version\": 1", "\"version\": \"1\"", "/version"),
    ] {
        assert!(sent.contains(from), "{from}");
        let fault = handed_over(sent.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(fault.pointer, pointer);
    }
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        for (format, _) in Format::ALL {
            let _ = scans(format, &bytes);
        }
        let _ = handed_over(&bytes);
    }

    /// A file of which a piece was replaced: it is read or not, in limits, and no fault quotes it.
    #[test]
    fn a_broken_file_is_never_quoted(
        which in 0_usize..3,
        at in 0_usize..2_000,
        length in 0_usize..60,
        piece in prop::sample::select(vec!["kumquat", "\"kumquat\"", "{\"kumquat\":", "[[", "]", "}", ",", "null", "-1", "1e999", "\u{0}", "\"\\ud800\"", "\u{feff}"]),
    ) {
        let (format, file) = [(Format::Sarif, SARIF), (Format::CycloneDx, CYCLONEDX), (Format::Plain, PLAIN)][which];
        let file = file.replace("Too long", "kumquat").replace("core", "kumquat").replace("leak", "kumquat");
        let begin = at.min(file.len());
        let end = (begin + length).min(file.len());
        let bytes = [&file.as_bytes()[..begin], piece.as_bytes(), &file.as_bytes()[end..]].concat();
        match scans(format, &bytes) {
            Ok(scans) => prop_assert!(scans.iter().all(|scan| scan.findings.len() <= MAX_FINDINGS)),
            Err(fault) => prop_assert!(!format!("{fault:?}").contains("kumquat"), "{fault:?}"),
        }
    }
}
