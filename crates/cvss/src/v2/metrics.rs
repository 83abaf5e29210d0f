//! The metrics of CVSS 2.0 (guide, section 2), in the order of its vectors. Data only.

use crate::metric::Group::{Base, Environmental, Temporal};
use crate::metric::{Metric, Value, metric, optional, value};

const ND: Value = value(
    "ND",
    "Not Defined",
    "NOT_DEFINED",
    "No value is chosen; the score ignores this metric.",
);

const AV: [Value; 3] = [
    value(
        "L",
        "Local",
        "LOCAL",
        "The attacker needs physical access or a local account.",
    ),
    value(
        "A",
        "Adjacent Network",
        "ADJACENT_NETWORK",
        "The attacker must share the broadcast or collision domain.",
    ),
    value(
        "N",
        "Network",
        "NETWORK",
        "The attacker can reach the software from remote networks.",
    ),
];
const AC: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "Special conditions must hold that the attacker can hardly bring about.",
    ),
    value("M", "Medium", "MEDIUM", "Somewhat special conditions must hold."),
    value("L", "Low", "LOW", "No special conditions are needed."),
];
const AU: [Value; 3] = [
    value(
        "M",
        "Multiple",
        "MULTIPLE",
        "The attacker must authenticate two or more times.",
    ),
    value("S", "Single", "SINGLE", "The attacker must be logged in."),
    value("N", "None", "NONE", "No authentication is needed."),
];
const C: [Value; 3] = [
    value("N", "None", "NONE", "No information is disclosed."),
    value(
        "P",
        "Partial",
        "PARTIAL",
        "Some information is disclosed; the attacker does not control which.",
    ),
    value(
        "C",
        "Complete",
        "COMPLETE",
        "All information of the system is disclosed.",
    ),
];
const I: [Value; 3] = [
    value("N", "None", "NONE", "Nothing can be modified."),
    value(
        "P",
        "Partial",
        "PARTIAL",
        "Some data can be modified, without control over which or how much.",
    ),
    value("C", "Complete", "COMPLETE", "Anything on the system can be modified."),
];
const A: [Value; 3] = [
    value("N", "None", "NONE", "The system stays available."),
    value(
        "P",
        "Partial",
        "PARTIAL",
        "Performance drops or the service is interrupted.",
    ),
    value("C", "Complete", "COMPLETE", "The system can be shut down completely."),
];
const E: [Value; 5] = optional(
    ND,
    [
        value(
            "U",
            "Unproven",
            "UNPROVEN",
            "No exploit is known, or it is only theory.",
        ),
        value(
            "POC",
            "Proof-of-Concept",
            "PROOF_OF_CONCEPT",
            "A demonstration exists that is not practical for most systems.",
        ),
        value(
            "F",
            "Functional",
            "FUNCTIONAL",
            "Exploit code works in most situations.",
        ),
        value(
            "H",
            "High",
            "HIGH",
            "No exploit is needed, or autonomous code works everywhere.",
        ),
    ],
);
const RL: [Value; 5] = optional(
    ND,
    [
        value("OF", "Official Fix", "OFFICIAL_FIX", "The vendor has a complete fix."),
        value(
            "TF",
            "Temporary Fix",
            "TEMPORARY_FIX",
            "The vendor has an official but temporary fix.",
        ),
        value(
            "W",
            "Workaround",
            "WORKAROUND",
            "Somebody else than the vendor has a workaround.",
        ),
        value(
            "U",
            "Unavailable",
            "UNAVAILABLE",
            "There is no fix, or it cannot be applied.",
        ),
    ],
);
const RC: [Value; 4] = optional(
    ND,
    [
        value(
            "UC",
            "Unconfirmed",
            "UNCONFIRMED",
            "A single or several conflicting reports.",
        ),
        value(
            "UR",
            "Uncorroborated",
            "UNCORROBORATED",
            "Several reports by others than the vendor, not quite in agreement.",
        ),
        value(
            "C",
            "Confirmed",
            "CONFIRMED",
            "The vendor or author has acknowledged it, or evidence leaves no doubt.",
        ),
    ],
);
const CDP: [Value; 6] = optional(
    ND,
    [
        value(
            "N",
            "None",
            "NONE",
            "No loss of life, property, productivity or revenue.",
        ),
        value("L", "Low", "LOW", "Slight damage or slight loss of revenue."),
        value("LM", "Low-Medium", "LOW_MEDIUM", "Moderate damage or loss."),
        value("MH", "Medium-High", "MEDIUM_HIGH", "Significant damage or loss."),
        value("H", "High", "HIGH", "Catastrophic damage or loss."),
    ],
);
const TD: [Value; 5] = optional(
    ND,
    [
        value(
            "N",
            "None",
            "NONE",
            "No target systems exist, except perhaps in a laboratory.",
        ),
        value("L", "Low", "LOW", "Up to a quarter of the environment is at risk."),
        value(
            "M",
            "Medium",
            "MEDIUM",
            "A quarter to three quarters of the environment is at risk.",
        ),
        value(
            "H",
            "High",
            "HIGH",
            "More than three quarters of the environment is at risk.",
        ),
    ],
);
const REQUIREMENT: [Value; 4] = optional(
    ND,
    [
        value("L", "Low", "LOW", "A loss would hurt the organisation only a little."),
        value("M", "Medium", "MEDIUM", "A loss would hurt the organisation seriously."),
        value(
            "H",
            "High",
            "HIGH",
            "A loss would be a catastrophe for the organisation.",
        ),
    ],
);

/// All metrics of CVSS 2.0.
pub(crate) const METRICS: &[Metric] = &[
    metric(
        Base,
        "AV",
        "Access Vector",
        "accessVector",
        "From where is it exploited?",
        &AV,
    ),
    metric(
        Base,
        "AC",
        "Access Complexity",
        "accessComplexity",
        "How hard is the attack once the target is reached?",
        &AC,
    ),
    metric(
        Base,
        "Au",
        "Authentication",
        "authentication",
        "How often must the attacker authenticate?",
        &AU,
    ),
    metric(
        Base,
        "C",
        "Confidentiality Impact",
        "confidentialityImpact",
        "What is disclosed?",
        &C,
    ),
    metric(
        Base,
        "I",
        "Integrity Impact",
        "integrityImpact",
        "What can be modified?",
        &I,
    ),
    metric(
        Base,
        "A",
        "Availability Impact",
        "availabilityImpact",
        "What stops working?",
        &A,
    ),
    metric(
        Temporal,
        "E",
        "Exploitability",
        "exploitability",
        "How far are exploits developed?",
        &E,
    ),
    metric(
        Temporal,
        "RL",
        "Remediation Level",
        "remediationLevel",
        "What remedy exists?",
        &RL,
    ),
    metric(
        Temporal,
        "RC",
        "Report Confidence",
        "reportConfidence",
        "How certain is the vulnerability?",
        &RC,
    ),
    metric(
        Environmental,
        "CDP",
        "Collateral Damage Potential",
        "collateralDamagePotential",
        "What else could be lost?",
        &CDP,
    ),
    metric(
        Environmental,
        "TD",
        "Target Distribution",
        "targetDistribution",
        "How many systems are vulnerable?",
        &TD,
    ),
    metric(
        Environmental,
        "CR",
        "Confidentiality Requirement",
        "confidentialityRequirement",
        "How important is confidentiality here?",
        &REQUIREMENT,
    ),
    metric(
        Environmental,
        "IR",
        "Integrity Requirement",
        "integrityRequirement",
        "How important is integrity here?",
        &REQUIREMENT,
    ),
    metric(
        Environmental,
        "AR",
        "Availability Requirement",
        "availabilityRequirement",
        "How important is availability here?",
        &REQUIREMENT,
    ),
];
