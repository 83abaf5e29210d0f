//! Test 6.2.19 of CSAF 2.0: a score that applies to a fixed product has an environmental score of 0.
//!
//! Computes no score: the environmental one is 0 exactly where nothing of confidentiality, integrity and availability is lost any more, or,
//! in CVSS 2.0, where no target is left. Never judges a vector that csaf-rs has to refuse.

use serde_json::Value;

/// The section of the test.
pub(crate) const TEST: &str = "6.2.19";
/// The groups of `product_status` that are the fixed products.
const FIXED_GROUPS: [&str; 2] = ["first_fixed", "fixed"];
/// The three impacts: the names of the base and of the modified metric, in a vector and as properties.
const IMPACTS: [(&str, &str); 3] = [
    ("C", "confidentialityImpact"),
    ("I", "integrityImpact"),
    ("A", "availabilityImpact"),
];

/// Places and messages of what fails, in the order of the document.
pub(crate) fn findings(document: &Value) -> Vec<(String, String)> {
    let mut findings = Vec::new();
    for (v, vulnerability) in items(document, "vulnerabilities").enumerate() {
        for group in FIXED_GROUPS {
            let status = vulnerability.get("product_status").unwrap_or(&Value::Null);
            for (p, product) in items(status, group).enumerate() {
                let Some(id) = product.as_str() else { continue };
                for (s, version) in scores_above_zero(vulnerability, id) {
                    let path = format!("/vulnerabilities/{v}/product_status/{group}/{p}");
                    let message = format!(
                        "the product is fixed, but the environmental score of /vulnerabilities/{v}/scores/{s}/{version} for it is not 0"
                    );
                    findings.push((path, message));
                }
            }
        }
    }
    findings
}

/// Scores that apply to a product and are not 0: their place, and which of their two versions.
fn scores_above_zero<'a>(
    vulnerability: &'a Value,
    product: &str,
) -> impl Iterator<Item = (usize, &'static str)> + use<'a> {
    let applies = {
        let product = product.to_owned();
        move |score: &Value| items(score, "products").any(|id| id.as_str() == Some(&product))
    };
    let scores = items(vulnerability, "scores").enumerate();
    scores
        .filter(move |(_, score)| applies(score))
        .flat_map(|(place, score)| {
            let v3 = score.get("cvss_v3").filter(|cvss| !is_zero_v3(cvss)).map(|_| "cvss_v3");
            let v2 = score.get("cvss_v2").filter(|cvss| !is_zero_v2(cvss)).map(|_| "cvss_v2");
            v3.into_iter().chain(v2).map(move |version| (place, version))
        })
}

fn is_zero_v3(cvss: &Value) -> bool {
    IMPACTS.iter().all(|(metric, property)| {
        let (first, rest) = property.split_at(1);
        let modified = format!("modified{}{rest}", first.to_uppercase());
        let value = metric_of(cvss, &format!("M{metric}"), &modified).or_else(|| metric_of(cvss, metric, property));
        value.is_some_and(is_none)
    })
}

fn is_zero_v2(cvss: &Value) -> bool {
    let is_gone = |metric, property| metric_of(cvss, metric, property).is_some_and(is_none);
    let no_damage = metric_of(cvss, "CDP", "collateralDamagePotential").is_none_or(is_none);
    let no_impact = IMPACTS.iter().all(|(metric, property)| is_gone(metric, property));
    is_gone("TD", "targetDistribution") || (no_impact && no_damage)
}

/// The value of a metric: as a property, or as the vector has it. One that is not defined is none.
fn metric_of<'a>(cvss: &'a Value, metric: &str, property: &str) -> Option<&'a str> {
    let as_property = || cvss.get(property).and_then(Value::as_str);
    let in_vector = || {
        let vector = cvss.get("vectorString").and_then(Value::as_str)?;
        let mut pairs = vector.split('/').filter_map(|pair| pair.split_once(':'));
        pairs.find(|(name, _)| *name == metric).map(|(_, value)| value)
    };
    let defined = |value: &&str| !matches!(*value, "NOT_DEFINED" | "X" | "ND");
    as_property().filter(defined).or_else(|| in_vector().filter(defined))
}

fn is_none(value: &str) -> bool {
    matches!(value, "NONE" | "N")
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_score(version: &str, cvss: Value, zero: bool) {
        let document = json!({ "vulnerabilities": [{
            "product_status": { "fixed": ["other", "one"] },
            "scores": [{ version: cvss, "products": ["one"] }],
        }] });
        let found: Vec<String> = findings(&document).into_iter().map(|(path, _)| path).collect();
        let expect: &[&str] = if zero {
            &[]
        } else {
            &["/vulnerabilities/0/product_status/fixed/1"]
        };
        assert_eq!(found, expect, "{document}");
    }

    #[test]
    fn a_fixed_product_has_nothing_left_to_lose() {
        let vector = |text: &str| json!({ "vectorString": text });
        check_score("cvss_v3", vector("CVSS:3.1/AV:L/AC:L/PR:H/UI:R/S:U/C:H/I:H/A:H"), false);
        check_score(
            "cvss_v3",
            vector("CVSS:3.1/AV:L/AC:L/PR:H/UI:R/S:U/C:H/I:H/A:H/MC:N/MI:N/MA:N"),
            true,
        );
        check_score(
            "cvss_v3",
            vector("CVSS:3.1/AV:L/AC:L/PR:H/UI:R/S:U/C:H/I:N/A:N/MC:N"),
            true,
        );
        check_score(
            "cvss_v3",
            vector("CVSS:3.1/AV:L/AC:L/PR:H/UI:R/S:U/C:N/I:N/A:N/MC:L"),
            false,
        );
        check_score(
            "cvss_v3",
            vector("CVSS:3.1/AV:L/AC:L/PR:H/UI:R/S:U/C:N/I:N/A:N/MC:X"),
            true,
        );
        check_score("cvss_v2", vector("AV:A/AC:L/Au:N/C:P/I:N/A:C"), false);
        check_score("cvss_v2", vector("AV:A/AC:L/Au:N/C:P/I:N/A:C/TD:N"), true);
        check_score("cvss_v2", vector("AV:A/AC:L/Au:N/C:N/I:N/A:N/CDP:L/TD:H"), false);
        check_score("cvss_v2", vector("AV:A/AC:L/Au:N/C:N/I:N/A:N/CDP:ND"), true);
        check_score("cvss_v3", json!({}), false);
        check_score(
            "cvss_v3",
            json!({ "modifiedConfidentialityImpact": "NONE", "modifiedIntegrityImpact": "NONE", "modifiedAvailabilityImpact": "NONE" }),
            true,
        );
    }

    #[test]
    fn what_is_no_document_has_no_findings() {
        for value in [
            json!(null),
            json!([]),
            json!({ "vulnerabilities": 7 }),
            json!({ "vulnerabilities": [null, { "scores": {} }] }),
        ] {
            assert_eq!(findings(&value), []);
        }
    }
}
