//! Scores that FIRST itself has worked out: the examples of the guides and specifications, and known corner cases.

use crate::{Severity, Vector};

/// Scores as `base`, `base temporal` or `base temporal environmental`; `-` where the vector states none.
fn check_scores(text: &str, expect: &str) {
    let scores = Vector::parse(text).unwrap().scores();
    let or_dash = |score: Option<_>| score.map_or_else(|| "-".to_owned(), |score: crate::Score| score.to_string());
    let all = [
        scores.base.to_string(),
        or_dash(scores.temporal),
        or_dash(scores.environmental),
    ];
    assert_eq!(all.join(" ").trim_end_matches(" -"), expect, "{text}");
}

#[test]
fn examples_of_the_2_0_guide() {
    // CVE-2002-0392, CVE-2003-0818, CVE-2003-0062 (guide, section 3.3).
    check_scores("AV:N/AC:L/Au:N/C:N/I:N/A:C", "7.8");
    check_scores("AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", "7.8 6.4");
    check_scores(
        "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H",
        "7.8 6.4 9.2",
    );
    check_scores(
        "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L",
        "10.0 8.3 9.0",
    );
    check_scores(
        "AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M",
        "6.2 4.9 7.5",
    );
}

#[test]
fn a_2_0_stage_below_zero_goes_on_below_zero_and_only_the_result_is_zero() {
    check_scores("AV:L/AC:H/Au:M/C:P/I:N/A:N/CR:L", "0.8 - 0.0");
    check_scores("AV:L/AC:H/Au:M/C:P/I:N/A:N/CR:L/CDP:L", "0.8 - 0.8");
}

#[test]
fn examples_of_3_1() {
    // FIRST, "CVSS v3.1 Examples".
    check_scores("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "6.1");
    check_scores("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", "6.4");
    check_scores("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", "3.1");
    check_scores("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", "9.9");
    check_scores("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", "4.2");
    check_scores("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N", "5.3");
    check_scores("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", "6.8");
    check_scores("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "7.5");
    check_scores("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9.8");
    check_scores("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", "4.6");
    check_scores("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", "7.8");
    check_scores("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "6.8");
}

#[test]
fn examples_of_4_0() {
    // FIRST, "CVSS v4.0 Examples".
    check_scores("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "7.3");
    check_scores("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "7.7");
    check_scores(
        "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U",
        "7.7 5.2",
    );
    check_scores("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", "8.3");
    check_scores(
        "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L",
        "8.3 - 8.1",
    );
    check_scores("CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", "4.6");
    check_scores("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", "5.1");
    check_scores("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N", "6.9");
    check_scores("CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", "5.9");
    check_scores(
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
        "10.0",
    );
    check_scores("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "0.0");
}

#[test]
fn in_3_1_an_environmental_score_exists_only_with_an_environmental_metric() {
    let vector = Vector::parse("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H/MAV:X").unwrap();
    assert!(!vector.has_environmental());
    assert_eq!(vector.scores().environmental, None);
    assert_eq!(vector.scores().overall, vector.scores().base);
    assert_eq!(vector.equations().base.to_string(), "9.6");
    assert_eq!(vector.equations().environmental.to_string(), "9.7");
}

#[test]
fn a_4_0_vector_names_its_score() {
    let check = |metrics: &str, expect: &str| {
        let base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N";
        let vector = Vector::parse(&format!("{base}{metrics}")).unwrap();
        let scores = vector.scores();
        let name = vector.nomenclature().unwrap();
        assert_eq!(
            format!("{name} {} {}", scores.overall, vector.macrovector().unwrap()),
            expect
        );
    };
    check("", "CVSS-B 7.1 101200");
    check("/E:X/AU:Y", "CVSS-B 7.1 101200");
    check("/E:P", "CVSS-BT 5.7 101210");
    check("/CR:M", "CVSS-BE 5.7 101201");
    check("/E:P/CR:M", "CVSS-BTE 5.1 101211");
    assert_eq!(
        Vector::parse("AV:N/AC:L/Au:N/C:P/I:P/A:P").unwrap().nomenclature(),
        None
    );
}

#[test]
fn severity_words_follow_first_and_for_2_0_the_nvd() {
    let check = |text: &str, score: &str, severity: Severity| {
        let vector = Vector::parse(text).unwrap();
        let base = vector.scores().base;
        assert_eq!(
            (base.to_string().as_str(), base.severity(vector.version())),
            (score, severity)
        );
    };
    check("AV:L/AC:H/Au:M/C:N/I:N/A:N", "0.0", Severity::Low);
    check("AV:N/AC:L/Au:N/C:C/I:C/A:C", "10.0", Severity::High);
    check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "0.0", Severity::None);
    check("CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N", "1.6", Severity::Low);
    check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", "5.3", Severity::Medium);
    check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "7.5", Severity::High);
    check(
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        "9.3",
        Severity::Critical,
    );
}

#[test]
fn sub_scores_are_those_of_the_nvd() {
    let check = |text: &str, expect: [&str; 2]| {
        let sub_scores = Vector::parse(text).unwrap().sub_scores().unwrap();
        assert_eq!(
            [sub_scores.impact.to_string(), sub_scores.exploitability.to_string()],
            expect,
            "{text}"
        );
    };
    check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", ["5.9", "3.9"]);
    check("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", ["6.0", "3.9"]);
    check("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", ["2.7", "2.8"]);
    check("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:N/I:N/A:N", ["0.0", "2.0"]);
    check("AV:N/AC:L/Au:N/C:P/I:P/A:P", ["6.4", "10.0"]);
    check("AV:N/AC:M/Au:N/C:C/I:C/A:C", ["10.0", "8.6"]);
}
