//! FIRST's JSON objects. The gate compares thousands of them in `publish`.

use crate::scores::first_json;
use cvss::Vector;
use serde_json::{Value, json};

fn check_object(vector: &str, expect: Value) {
    let object = first_json(Vector::parse(vector).unwrap());
    assert_eq!(serde_json::to_value(object).unwrap(), expect, "{vector}");
}

#[test]
fn objects_carry_every_defined_metric_and_no_score_of_an_empty_group() {
    check_object(
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H",
        json!({
            "attackComplexity": "LOW", "attackVector": "NETWORK", "availabilityImpact": "HIGH", "baseScore": 9.6,
            "baseSeverity": "CRITICAL", "confidentialityImpact": "HIGH", "integrityImpact": "HIGH",
            "privilegesRequired": "NONE", "scope": "CHANGED", "userInteraction": "REQUIRED",
            "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", "version": "3.1"
        }),
    );
    check_object(
        "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C",
        json!({
            "accessComplexity": "LOW", "accessVector": "NETWORK", "authentication": "NONE", "availabilityImpact": "COMPLETE",
            "baseScore": 10.0, "confidentialityImpact": "COMPLETE", "exploitability": "FUNCTIONAL", "integrityImpact": "COMPLETE",
            "remediationLevel": "OFFICIAL_FIX", "reportConfidence": "CONFIRMED", "temporalScore": 8.3,
            "vectorString": "AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C", "version": "2.0"
        }),
    );
}
