//! Illegal texts: each with the byte, the metric and the message of its error.

use super::random::Random;
use crate::{MAX_LEN, Vector, Version};

/// Expects an error at `at` in `metric` (empty: none known) with the message `why`.
fn check_illegal(text: &str, at: usize, metric: &str, why: &str) {
    let error = Vector::parse(text).unwrap_err();
    assert_eq!(
        (error.at, error.metric.unwrap_or_default()),
        (at, metric),
        "{text}: {error}"
    );
    assert_eq!(error.to_string(), format!("at byte {at}: {why}"), "{text}");
}

const V2: &str = "AV:N/AC:L/Au:N/C:P/I:P/A:P";
const V3: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const V4: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
const EXTRA_SLASH: &str = "a metric is expected here; remove the extra slash";
const PREFIXES: &str = "write CVSS:3.0/, CVSS:3.1/ or CVSS:4.0/, and nothing for 2.0";

#[test]
fn prefixes() {
    check_illegal("", 0, "", "empty text instead of a vector");
    check_illegal(
        "CVSS:3.2/AV:N",
        0,
        "",
        &format!("unknown prefix \"CVSS:3.2\"; {PREFIXES}"),
    );
    check_illegal(
        "CVSS:2.0/AV:N",
        0,
        "",
        &format!("unknown prefix \"CVSS:2.0\"; {PREFIXES}"),
    );
    check_illegal(
        "cvss:3.1/AV:N",
        0,
        "",
        &format!("unknown prefix \"cvss:3.1\"; {PREFIXES}"),
    );
    check_illegal("CVSS:3.1", 0, "", &format!("unknown prefix \"CVSS:3.1\"; {PREFIXES}"));
    check_illegal("CVSS", 0, "", &format!("unknown prefix \"CVSS\"; {PREFIXES}"));
    check_illegal(
        &format!(" {V3}"),
        0,
        "",
        &format!("unknown prefix \" CVSS:3.1\"; {PREFIXES}"),
    );
    check_illegal(
        &V3[9..],
        10,
        "",
        "a vector without a prefix is one of CVSS 2.0, which has no metric \"PR\"",
    );
    check_illegal(&format!("CVSS:3.1/{V3}"), 9, "", "CVSS 3.1 has no metric \"CVSS\"");
    check_illegal("CVSS:3.1/", 9, "", EXTRA_SLASH);
}

#[test]
fn empty_segments() {
    check_illegal("/", 0, "", EXTRA_SLASH);
    check_illegal(&format!("/{V2}"), 0, "", EXTRA_SLASH);
    check_illegal(&format!("{V2}/"), 27, "", EXTRA_SLASH);
    check_illegal(&format!("{V3}/"), 45, "", EXTRA_SLASH);
    check_illegal("CVSS:3.1//AV:N", 9, "", EXTRA_SLASH);
    check_illegal("AV:N//AC:L", 5, "", EXTRA_SLASH);
}

#[test]
fn characters_of_no_vector() {
    check_illegal(&format!("({V2})"), 0, "", "no vector contains the character '('");
    check_illegal(&format!("{V3} "), 44, "", "no vector contains the character ' '");
    check_illegal(&format!("{V3}\n"), 44, "", "no vector contains the character '\\n'");
    check_illegal("AV:N/AC:L/\u{0}Au:N", 10, "", "no vector contains the character '\\0'");
    check_illegal("AV:Ń", 3, "", "no vector contains the character 'Ń'");
    check_illegal("CVSS:3.1/АV:N", 9, "", "no vector contains the character 'А'");
}

#[test]
fn malformed_segments() {
    check_illegal("AV", 0, "", "\"AV\" is not METRIC:VALUE");
    check_illegal("AV:N/AC/Au:N", 5, "", "\"AC\" is not METRIC:VALUE");
    check_illegal(":N", 0, "", "CVSS 2.0 has no metric \"\"");
    check_illegal("AV:/AC:L", 3, "AV", "AV has no value \"\"; it takes L, A, N");
    check_illegal("AV:N:L/AC:L", 3, "AV", "AV has no value \"N:L\"; it takes L, A, N");
    check_illegal("AV::N", 3, "AV", "AV has no value \":N\"; it takes L, A, N");
    check_illegal("hello", 0, "", "\"hello\" is not METRIC:VALUE");
}

#[test]
fn unknown_metrics() {
    check_illegal(&format!("{V3}/XY:Z"), 45, "", "CVSS 3.1 has no metric \"XY\"");
    check_illegal(
        &format!("{V3}/AT:N"),
        45,
        "",
        "CVSS 3.1 has no metric \"AT\"; it belongs to CVSS 4.0",
    );
    check_illegal(
        &format!("{V3}/CDP:H"),
        45,
        "",
        "CVSS 3.1 has no metric \"CDP\"; it belongs to CVSS 2.0",
    );
    check_illegal(
        &format!("{V4}/RL:O"),
        64,
        "",
        "CVSS 4.0 has no metric \"RL\"; it belongs to CVSS 3.1",
    );
    check_illegal(&format!("{V3}/av:N"), 45, "", "upper and lower case matter; write AV");
    check_illegal("AV:N/AC:L/AU:N", 10, "", "upper and lower case matter; write Au");
    let long = "METRICMETRICMETRICMETRIC";
    check_illegal(
        &format!("{V2}/{long}:N"),
        27,
        "",
        "CVSS 2.0 has no metric \"METRICMETRICMETR…\"",
    );
}

#[test]
fn unknown_values() {
    check_illegal(
        "CVSS:3.1/AV:Q/AC:L",
        12,
        "AV",
        "AV has no value \"Q\"; it takes N, A, L, P",
    );
    check_illegal(
        "CVSS:3.1/AV:X/AC:L",
        12,
        "AV",
        "AV has no value \"X\"; it takes N, A, L, P",
    );
    check_illegal(
        "CVSS:3.1/AV:NN/AC:L",
        12,
        "AV",
        "AV has no value \"NN\"; it takes N, A, L, P",
    );
    check_illegal("CVSS:3.1/AV:n/AC:L", 12, "AV", "upper and lower case matter; write N");
    check_illegal(
        &V4.replace("SI:N", "SI:S"),
        57,
        "SI",
        "SI has no value \"S\"; it takes H, L, N",
    );
    check_illegal(
        &format!("{V4}/MSC:S"),
        68,
        "MSC",
        "MSC has no value \"S\"; it takes X, H, L, N",
    );
    check_illegal(
        &format!("{V4}/U:clear"),
        66,
        "U",
        "upper and lower case matter; write Clear",
    );
    check_illegal(
        &format!("{V4}/U:R"),
        66,
        "U",
        "U has no value \"R\"; it takes X, Clear, Green, Amber, Red",
    );
    check_illegal(
        &format!("{V4}/E:H"),
        66,
        "E",
        "E has no value \"H\"; it takes X, A, P, U",
    );
    check_illegal(
        &format!("{V2}/E:X"),
        29,
        "E",
        "E has no value \"X\"; it takes ND, U, POC, F, H",
    );
    check_illegal(
        &format!("{V3}/E:ND"),
        47,
        "E",
        "E has no value \"ND\"; it takes X, H, F, P, U",
    );
}

#[test]
fn repeated_metrics() {
    check_illegal(&format!("{V3}/AV:N"), 45, "AV", "AV stands here for the second time");
    check_illegal("AV:N/AV:L", 5, "AV", "AV stands here for the second time");
    check_illegal(&format!("{V4}/E:X/E:A"), 68, "E", "E stands here for the second time");
}

#[test]
fn missing_metrics() {
    check_illegal("AV:N", 4, "AC", "the mandatory metric AC of CVSS 2.0 is missing");
    check_illegal(&V3[..40], 40, "A", "the mandatory metric A of CVSS 3.1 is missing");
    check_illegal(
        &V4.replace("AT:N/", ""),
        58,
        "AT",
        "the mandatory metric AT of CVSS 4.0 is missing",
    );
    check_illegal(
        "CVSS:3.0/MAV:N",
        14,
        "AV",
        "the mandatory metric AV of CVSS 3.0 is missing",
    );
}

#[test]
fn every_missing_mandatory_metric_is_named() {
    for version in Version::ALL {
        for left_out in version.metrics().iter().filter(|metric| metric.is_mandatory()) {
            let others = version.metrics().iter().filter(|metric| *metric != left_out);
            let segments: Vec<String> = others.map(|m| format!("{}:{}", m.code, m.values[0].code)).collect();
            let text = format!("{}{}", version.prefix(), segments.join("/"));
            let error = Vector::parse(&text).unwrap_err();
            assert_eq!((error.at, error.metric), (text.len(), Some(left_out.code)));
        }
    }
}

#[test]
fn long_texts_are_refused_unread() {
    let why = format!("longer than {MAX_LEN} bytes");
    check_illegal(&"/".repeat(MAX_LEN + 1), MAX_LEN, "", &why);
    check_illegal(&format!("{V3}{}", "/E:X".repeat(1_000_000)), MAX_LEN, "", &why);
    let longest = |version: Version| {
        let longest = |metric: &crate::Metric| metric.values.iter().map(|v| v.code.len()).max().unwrap();
        version
            .metrics()
            .iter()
            .map(|m| m.code.len() + longest(m) + 2)
            .sum::<usize>()
            + version.prefix().len()
    };
    assert!(Version::ALL.into_iter().map(longest).max().unwrap() < MAX_LEN);
}

#[test]
fn random_bytes_and_damaged_vectors_are_refused_without_panic() {
    let mut random = Random(99);
    for _ in 0..20_000 {
        let version = Version::ALL[random.below(4)];
        let mut bytes = random.vector(version).into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = random.next() as u8,
                1 => bytes.truncate(at + 1),
                _ => bytes.insert(at, b"/:ANX \t"[random.below(7)]),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let line = crate::line(&text);
        assert!(!line.contains(['\n', '\r']), "{line:?}");
        match Vector::parse(&text) {
            Ok(vector) => assert_eq!(Vector::parse(&vector.canonical()), Ok(vector)),
            Err(error) => {
                assert!(error.at <= text.len());
                assert!(!error.to_string().contains(char::is_control), "{error}");
                assert_eq!(line.split('\t').count(), 2);
            }
        }
    }
}
