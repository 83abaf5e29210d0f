//! Names of weaknesses as CWE has them: a CSAF document with another name fails its mandatory test 6.1.11.
//!
//! Owns the weaknesses of the shipped vocabularies and the ones most often met. Never guesses: a weakness that is not here is left out
//! of the document unless a person wrote its name.

/// The weakness as a document names it: id and name, from `CWE-79`, or from `CWE-79: its name` as a person wrote it.
pub(crate) fn weakness(written: &str) -> Option<(String, String)> {
    let (id, name) = written
        .split_once([':', ' '])
        .map_or((written, ""), |(id, name)| (id, name.trim()));
    let id = id.trim().to_ascii_uppercase();
    let number: u32 = id.strip_prefix("CWE-")?.parse().ok()?;
    let known = NAMES.iter().find(|(other, _)| *other == number).map(|(_, name)| *name);
    let name = known.unwrap_or(name);
    (!name.is_empty()).then(|| (format!("CWE-{number}"), name.to_owned()))
}

const NAMES: &[(u32, &str)] = &[
    (20, "Improper Input Validation"),
    (
        22,
        "Improper Limitation of a Pathname to a Restricted Directory ('Path Traversal')",
    ),
    (
        77,
        "Improper Neutralization of Special Elements used in a Command ('Command Injection')",
    ),
    (
        78,
        "Improper Neutralization of Special Elements used in an OS Command ('OS Command Injection')",
    ),
    (
        79,
        "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')",
    ),
    (
        89,
        "Improper Neutralization of Special Elements used in an SQL Command ('SQL Injection')",
    ),
    (94, "Improper Control of Generation of Code ('Code Injection')"),
    (
        98,
        "Improper Control of Filename for Include/Require Statement in PHP Program ('PHP Remote File Inclusion')",
    ),
    (
        113,
        "Improper Neutralization of CRLF Sequences in HTTP Headers ('HTTP Request/Response Splitting')",
    ),
    (
        119,
        "Improper Restriction of Operations within the Bounds of a Memory Buffer",
    ),
    (
        120,
        "Buffer Copy without Checking Size of Input ('Classic Buffer Overflow')",
    ),
    (121, "Stack-based Buffer Overflow"),
    (122, "Heap-based Buffer Overflow"),
    (125, "Out-of-bounds Read"),
    (190, "Integer Overflow or Wraparound"),
    (200, "Exposure of Sensitive Information to an Unauthorized Actor"),
    (269, "Improper Privilege Management"),
    (276, "Incorrect Default Permissions"),
    (284, "Improper Access Control"),
    (287, "Improper Authentication"),
    (295, "Improper Certificate Validation"),
    (306, "Missing Authentication for Critical Function"),
    (352, "Cross-Site Request Forgery (CSRF)"),
    (
        362,
        "Concurrent Execution using Shared Resource with Improper Synchronization ('Race Condition')",
    ),
    (400, "Uncontrolled Resource Consumption"),
    (416, "Use After Free"),
    (434, "Unrestricted Upload of File with Dangerous Type"),
    (
        444,
        "Inconsistent Interpretation of HTTP Requests ('HTTP Request/Response Smuggling')",
    ),
    (476, "NULL Pointer Dereference"),
    (502, "Deserialization of Untrusted Data"),
    (611, "Improper Restriction of XML External Entity Reference"),
    (639, "Authorization Bypass Through User-Controlled Key"),
    (770, "Allocation of Resources Without Limits or Throttling"),
    (787, "Out-of-bounds Write"),
    (798, "Use of Hard-coded Credentials"),
    (862, "Missing Authorization"),
    (863, "Incorrect Authorization"),
    (918, "Server-Side Request Forgery (SSRF)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check_weakness(written: &str, expect: Option<(&str, &str)>) {
        let found = weakness(written);
        assert_eq!(
            found.as_ref().map(|(id, name)| (id.as_str(), name.as_str())),
            expect,
            "{written}"
        );
    }

    #[test]
    fn a_weakness_has_its_official_name_or_the_written_one() {
        check_weakness("CWE-122", Some(("CWE-122", "Heap-based Buffer Overflow")));
        check_weakness(
            "cwe-122: a heap overflow",
            Some(("CWE-122", "Heap-based Buffer Overflow")),
        );
        check_weakness(
            "CWE-1327: Binding to an Unrestricted IP Address",
            Some(("CWE-1327", "Binding to an Unrestricted IP Address")),
        );
        check_weakness("CWE-1327", None);
        check_weakness("heap overflow", None);
    }
}
