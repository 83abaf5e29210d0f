//! Explanations: the data agrees with the scores, and the text reads as intended.

use super::random::Random;
use crate::{Vector, Version, explain};

/// The arithmetic, one line each.
fn check_steps(text: &str, expect: &[&str]) {
    let explanation = explain(Vector::parse(text).unwrap());
    let steps = explanation
        .steps
        .iter()
        .map(|step| format!("{} = {} = {}", step.name, step.formula, step.result));
    assert_eq!(steps.collect::<Vec<_>>(), expect);
}

#[test]
fn the_2_0_arithmetic_shows_every_rounded_stage() {
    check_steps(
        "AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H",
        &[
            "Exploitability = 20 × 1 × 0.71 × 0.704 = 9.9968",
            "Impact = 10.41 × (1 − (1 − 0) × (1 − 0) × (1 − 0.66)) = 6.8706",
            "Base = round((0.6 × 6.8706 + 0.4 × 9.9968 − 1.5) × 1.176) = 7.8",
            "Temporal = round(7.8 × 0.95 × 0.87 × 1) = 6.4",
            "Adjusted impact = min(10, 10.41 × (1 − (1 − 0 × 1) × (1 − 0 × 1) × (1 − 0.66 × 1.51))) = 10",
            "Adjusted base = round((0.6 × 10 + 0.4 × 9.9968 − 1.5) × 1.176) = 10.0",
            "Adjusted temporal = round(10.0 × 0.95 × 0.87 × 1) = 8.3",
            "Environmental = round((8.3 + (10 − 8.3) × 0.5) × 1) = 9.2",
        ],
    );
}

#[test]
fn the_3_1_arithmetic_shows_the_equations_of_its_scope() {
    check_steps(
        "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
        &[
            "ISS = 1 − (1 − 0.56) × (1 − 0) × (1 − 0) = 0.56",
            "Impact = 6.42 × 0.56 = 3.5952",
            "Exploitability = 8.22 × 0.85 × 0.77 × 0.62 × 0.85 = 2.835254…",
            "Base = roundup(min(10, (3.5952 + 2.835254…))) = 6.5",
        ],
    );
    check_steps(
        "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:N/MS:C/MC:L",
        &[
            "ISS = 1 − (1 − 0) × (1 − 0) × (1 − 0) = 0",
            "Impact = 6.42 × 0 = 0",
            "Exploitability = 8.22 × 0.85 × 0.77 × 0.62 × 0.85 = 2.835254…",
            "Base = 0, because there is no impact = 0.0",
            "Modified ISS = min(0.915, 1 − (1 − 0.22 × 1) × (1 − 0 × 1) × (1 − 0 × 1)) = 0.22",
            "Modified impact = 7.52 × (0.22 − 0.029) − 3.25 × (0.22 × 0.9731 − 0.02)¹³ = 1.436319…",
            "Modified exploitability = 8.22 × 0.85 × 0.77 × 0.68 × 0.85 = 3.109634…",
            "Modified base = roundup(min(10, 1.08 × (1.436319… + 3.109634…))) = 5.0",
            "Environmental = roundup(5.0 × 1 × 1 × 1) = 5.0",
        ],
    );
}

#[test]
fn the_4_0_arithmetic_shows_the_way_between_macrovectors() {
    check_steps(
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N/E:P/CR:M",
        &[
            "Macrovector = score of the most severe vector in 101211 = 5.2",
            "EQ1 = (5.2 − 1.9 in 201211) × 0 / 4 = 0",
            "EQ2 = (5.2 − 2.9 in 111211) × 0 / 1 = 0",
            "EQ3 with EQ6 = (5.2 − 2.1 in 102211) × 1 / 8 = 0.3875",
            "EQ5 = (5.2 − 2.5 in 101221) × 0 / 1 = 0",
            "Score = round(5.2 − (0 + 0 + 0.3875 + 0) / 4) = 5.1",
        ],
    );
    check_steps(
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N",
        &["Score = 0, because nothing has an impact = 0.0"],
    );
}

#[test]
fn the_last_step_and_the_last_named_score_are_the_overall_score() {
    let mut random = Random(6);
    for version in Version::ALL {
        for _ in 0..2000 {
            let text = random.vector(version);
            let vector = Vector::parse(&text).unwrap();
            let explanation = explain(vector);
            let overall = vector.scores().overall;
            assert_eq!(explanation.steps.last().unwrap().result, overall.to_string(), "{text}");
            assert_eq!(explanation.scores.last().unwrap().score, overall, "{text}");
            assert_eq!(explanation.metrics.len(), vector.defined().count());
        }
    }
}

#[test]
fn the_text_reads_as_intended() {
    let vector = Vector::parse("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/S:P").unwrap();
    let expect = "\
CVSS 4.0  CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/S:P

CVSS-B          9.3  Critical
CVSS-BT         8.1  High

Base metrics
  AV:N     Attack Vector: Network. The attack can come from any network, up to the whole Internet.
  AC:L     Attack Complexity: Low. No built-in protection has to be overcome.
  AT:N     Attack Requirements: None. The attack works in practically every deployment.
  PR:N     Privileges Required: None. The attacker needs no account.
  UI:N     User Interaction: None. Nobody else has to do anything.
  VC:H     Vulnerable System Confidentiality: High. All information of the system is disclosed, or some with a direct and serious effect.
  VI:H     Vulnerable System Integrity: High. Everything can be modified, or something with a direct and serious effect.
  VA:H     Vulnerable System Availability: High. Access is denied completely, or in part with a direct and serious effect.
  SC:N     Subsequent System Confidentiality: None. No information of other systems is disclosed, or next to none.
  SI:N     Subsequent System Integrity: None. Nothing in other systems can be modified, or next to nothing.
  SA:N     Subsequent System Availability: None. Other systems stay available, or nearly so.

Threat metric
  E:U      Exploit Maturity: Unreported. No demonstration, no attack and no tool is known.

Supplemental metrics (no influence on the score)
  S:P      Safety: Present. Serious injuries, or worse, are to be expected.

Macrovector 000220
  EQ1  0 high (exploitability)
  EQ2  0 high (complexity)
  EQ3  0 high (vulnerable system)
  EQ4  2 low (subsequent systems)
  EQ5  2 low (exploitation)
  EQ6  0 high (security requirements)

Arithmetic
  Macrovector = score of the most severe vector in 000220 = 8.1
  EQ1 = (8.1 − 6.3 in 100220) × 0 / 1 = 0
  EQ2 = (8.1 − 7.2 in 010220) × 0 / 1 = 0
  EQ3 with EQ6 = (8.1 − 6.9 in 001220) × 0 / 7 = 0
  Score = round(8.1 − (0 + 0 + 0) / 3) = 8.1
";
    assert_eq!(explain::text(&explain(vector)), expect);
}
