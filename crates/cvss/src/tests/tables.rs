//! The metric tables: complete, unambiguous, and usable by documents.

use std::collections::HashSet;

use crate::{Group, Severity, Vector, Version};

#[test]
fn each_version_has_its_number_of_metrics_by_group() {
    let check = |version: Version, expect: [usize; 5]| {
        let count = |group| version.metrics().iter().filter(|metric| metric.group == group).count();
        let groups = [
            Group::Base,
            Group::Temporal,
            Group::Threat,
            Group::Environmental,
            Group::Supplemental,
        ];
        assert_eq!(groups.map(count), expect, "{version}");
    };
    check(Version::V2_0, [6, 3, 0, 5, 0]);
    check(Version::V3_0, [8, 3, 0, 11, 0]);
    check(Version::V3_1, [8, 3, 0, 11, 0]);
    check(Version::V4_0, [11, 0, 1, 14, 6]);
}

#[test]
fn names_are_unique_and_every_text_is_written() {
    for version in Version::ALL {
        let metrics = version.metrics();
        let codes: HashSet<&str> = metrics.iter().map(|metric| metric.code).collect();
        let properties: HashSet<&str> = metrics.iter().map(|metric| metric.json).collect();
        assert_eq!((codes.len(), properties.len()), (metrics.len(), metrics.len()));
        for metric in metrics {
            let values: HashSet<&str> = metric.values.iter().map(|value| value.code).collect();
            assert_eq!(values.len(), metric.values.len(), "{}", metric.code);
            assert!(metric.question.ends_with('?'), "{}", metric.code);
            for value in metric.values {
                assert!(value.meaning.ends_with('.'), "{}:{}", metric.code, value.code);
                assert!(value.json.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
            }
            let first_is_not_defined = metric.values[0].json == "NOT_DEFINED";
            assert_eq!(first_is_not_defined, !metric.is_mandatory(), "{}", metric.code);
        }
    }
}

#[test]
fn documents_can_spell_a_vector_out() {
    let check = |text: &str, expect: &str| {
        let vector = Vector::parse(text).unwrap();
        let pairs: Vec<String> = vector
            .defined()
            .map(|(metric, value)| format!("{}={}", metric.json, value.json))
            .collect();
        assert_eq!(pairs.join(" "), expect);
    };
    check(
        "AV:A/AC:M/Au:S/C:C/I:P/A:N/E:POC/RL:TF/CDP:LM",
        "accessVector=ADJACENT_NETWORK accessComplexity=MEDIUM authentication=SINGLE confidentialityImpact=COMPLETE \
         integrityImpact=PARTIAL availabilityImpact=NONE exploitability=PROOF_OF_CONCEPT remediationLevel=TEMPORARY_FIX \
         collateralDamagePotential=LOW_MEDIUM",
    );
    check(
        "CVSS:3.1/AV:A/AC:L/PR:N/UI:R/S:C/C:H/I:L/A:N/E:U/RC:R/MS:U",
        "attackVector=ADJACENT_NETWORK attackComplexity=LOW privilegesRequired=NONE userInteraction=REQUIRED scope=CHANGED \
         confidentialityImpact=HIGH integrityImpact=LOW availabilityImpact=NONE exploitCodeMaturity=UNPROVEN \
         reportConfidence=REASONABLE modifiedScope=UNCHANGED",
    );
    check(
        "CVSS:4.0/AV:A/AC:L/AT:P/PR:N/UI:A/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N/E:P/MSC:N/MSI:S/S:P/AU:Y/RE:M/U:Amber",
        "attackVector=ADJACENT attackComplexity=LOW attackRequirements=PRESENT privilegesRequired=NONE userInteraction=ACTIVE \
         vulnConfidentialityImpact=HIGH vulnIntegrityImpact=LOW vulnAvailabilityImpact=NONE subConfidentialityImpact=NONE \
         subIntegrityImpact=NONE subAvailabilityImpact=NONE exploitMaturity=PROOF_OF_CONCEPT \
         modifiedSubConfidentialityImpact=NEGLIGIBLE modifiedSubIntegrityImpact=SAFETY Safety=PRESENT Automatable=YES \
         vulnerabilityResponseEffort=MODERATE providerUrgency=AMBER",
    );
}

#[test]
fn a_severity_has_a_word_for_people_and_one_for_documents() {
    let check = |severity: Severity, name: &str, json: &str| {
        assert_eq!((severity.to_string().as_str(), severity.json()), (name, json));
    };
    check(Severity::None, "None", "NONE");
    check(Severity::Low, "Low", "LOW");
    check(Severity::Medium, "Medium", "MEDIUM");
    check(Severity::High, "High", "HIGH");
    check(Severity::Critical, "Critical", "CRITICAL");
}
