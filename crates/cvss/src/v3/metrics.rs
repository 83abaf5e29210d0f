//! The metrics of CVSS 3.0 and 3.1 (specification, sections 2 to 4), in the order of table 15. Data only: the two versions
//! share their metrics and differ in their equations.

use crate::metric::Group::{Base, Environmental, Temporal};
use crate::metric::{Metric, Value, metric, optional, value};

const X: Value = value(
    "X",
    "Not Defined",
    "NOT_DEFINED",
    "No value is chosen; the score ignores this metric.",
);
/// Not defined, in a metric that stands in for a base metric.
const SAME: Value = value("X", "Not Defined", "NOT_DEFINED", "As in the base metric.");

const AV: [Value; 4] = [
    value(
        "N",
        "Network",
        "NETWORK",
        "The attack can come from any network, up to the whole Internet.",
    ),
    value(
        "A",
        "Adjacent",
        "ADJACENT_NETWORK",
        "The attack must come from the same physical or logical network.",
    ),
    value(
        "L",
        "Local",
        "LOCAL",
        "The attacker needs access to the machine, or a user who opens something there.",
    ),
    value("P", "Physical", "PHYSICAL", "The attacker must touch the component."),
];
const AC: [Value; 2] = [
    value(
        "L",
        "Low",
        "LOW",
        "No special conditions; the attack can be repeated at will.",
    ),
    value(
        "H",
        "High",
        "HIGH",
        "The attack depends on conditions beyond the attacker's control.",
    ),
];
const PR: [Value; 3] = [
    value("N", "None", "NONE", "The attacker needs no account."),
    value("L", "Low", "LOW", "The attacker needs the rights of an ordinary user."),
    value("H", "High", "HIGH", "The attacker needs administrative rights."),
];
const UI: [Value; 2] = [
    value("N", "None", "NONE", "Nobody else has to do anything."),
    value(
        "R",
        "Required",
        "REQUIRED",
        "A user must take part, for example open a document.",
    ),
];
const S: [Value; 2] = [
    value(
        "U",
        "Unchanged",
        "UNCHANGED",
        "The harm stays within the authority of the vulnerable component.",
    ),
    value(
        "C",
        "Changed",
        "CHANGED",
        "The harm reaches components under another authority.",
    ),
];
const C: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "All information is disclosed, or some with a direct and serious effect.",
    ),
    value(
        "L",
        "Low",
        "LOW",
        "Some information is disclosed; the attacker does not control which.",
    ),
    value("N", "None", "NONE", "No information is disclosed."),
];
const I: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "Everything can be modified, or something with a direct and serious effect.",
    ),
    value(
        "L",
        "Low",
        "LOW",
        "Some data can be modified, without control over the outcome.",
    ),
    value("N", "None", "NONE", "Nothing can be modified."),
];
const A: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "Access is denied completely, or in part with a direct and serious effect.",
    ),
    value(
        "L",
        "Low",
        "LOW",
        "Performance drops or the service is interrupted now and then.",
    ),
    value("N", "None", "NONE", "The component stays available."),
];
const E: [Value; 5] = optional(
    X,
    [
        value("H", "High", "HIGH", "Autonomous code exists, or no exploit is needed."),
        value(
            "F",
            "Functional",
            "FUNCTIONAL",
            "Exploit code works in most situations.",
        ),
        value(
            "P",
            "Proof-of-Concept",
            "PROOF_OF_CONCEPT",
            "A demonstration exists that is not practical for most systems.",
        ),
        value(
            "U",
            "Unproven",
            "UNPROVEN",
            "No exploit is known, or it is only theory.",
        ),
    ],
);
const RL: [Value; 5] = optional(
    X,
    [
        value(
            "U",
            "Unavailable",
            "UNAVAILABLE",
            "There is no fix, or it cannot be applied.",
        ),
        value("W", "Workaround", "WORKAROUND", "There is an unofficial remedy."),
        value(
            "T",
            "Temporary Fix",
            "TEMPORARY_FIX",
            "The vendor has an official but temporary fix.",
        ),
        value("O", "Official Fix", "OFFICIAL_FIX", "The vendor has a complete fix."),
    ],
);
const RC: [Value; 4] = optional(
    X,
    [
        value(
            "C",
            "Confirmed",
            "CONFIRMED",
            "It is acknowledged or can be reproduced.",
        ),
        value(
            "R",
            "Reasonable",
            "REASONABLE",
            "Details are known, but the cause is not fully certain.",
        ),
        value(
            "U",
            "Unknown",
            "UNKNOWN",
            "Effects are reported; cause or kind are in doubt.",
        ),
    ],
);
const REQUIREMENT: [Value; 4] = optional(
    X,
    [
        value(
            "H",
            "High",
            "HIGH",
            "A loss would be a catastrophe for the organisation.",
        ),
        value("M", "Medium", "MEDIUM", "A loss would hurt the organisation seriously."),
        value("L", "Low", "LOW", "A loss would hurt the organisation only a little."),
    ],
);
const MAV: [Value; 5] = optional(SAME, AV);
const MAC: [Value; 3] = optional(SAME, AC);
const MPR: [Value; 4] = optional(SAME, PR);
const MUI: [Value; 3] = optional(SAME, UI);
const MS: [Value; 3] = optional(SAME, S);
const MC: [Value; 4] = optional(SAME, C);
const MI: [Value; 4] = optional(SAME, I);
const MA: [Value; 4] = optional(SAME, A);

/// All metrics of CVSS 3.0 and 3.1.
pub(crate) const METRICS: &[Metric] = &[
    metric(
        Base,
        "AV",
        "Attack Vector",
        "attackVector",
        "From where is it exploited?",
        &AV,
    ),
    metric(
        Base,
        "AC",
        "Attack Complexity",
        "attackComplexity",
        "Does the attack depend on conditions beyond the attacker's control?",
        &AC,
    ),
    metric(
        Base,
        "PR",
        "Privileges Required",
        "privilegesRequired",
        "Which rights must the attacker have beforehand?",
        &PR,
    ),
    metric(
        Base,
        "UI",
        "User Interaction",
        "userInteraction",
        "Must another person take part?",
        &UI,
    ),
    metric(
        Base,
        "S",
        "Scope",
        "scope",
        "Does the harm cross a security boundary?",
        &S,
    ),
    metric(
        Base,
        "C",
        "Confidentiality",
        "confidentialityImpact",
        "What is disclosed?",
        &C,
    ),
    metric(Base, "I", "Integrity", "integrityImpact", "What can be modified?", &I),
    metric(
        Base,
        "A",
        "Availability",
        "availabilityImpact",
        "What stops working?",
        &A,
    ),
    metric(
        Temporal,
        "E",
        "Exploit Code Maturity",
        "exploitCodeMaturity",
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
    metric(
        Environmental,
        "MAV",
        "Modified Attack Vector",
        "modifiedAttackVector",
        "From where is it exploited in this environment?",
        &MAV,
    ),
    metric(
        Environmental,
        "MAC",
        "Modified Attack Complexity",
        "modifiedAttackComplexity",
        "Does the attack depend on further conditions in this environment?",
        &MAC,
    ),
    metric(
        Environmental,
        "MPR",
        "Modified Privileges Required",
        "modifiedPrivilegesRequired",
        "Which rights are needed in this environment?",
        &MPR,
    ),
    metric(
        Environmental,
        "MUI",
        "Modified User Interaction",
        "modifiedUserInteraction",
        "Must another person take part in this environment?",
        &MUI,
    ),
    metric(
        Environmental,
        "MS",
        "Modified Scope",
        "modifiedScope",
        "Does the harm cross a security boundary in this environment?",
        &MS,
    ),
    metric(
        Environmental,
        "MC",
        "Modified Confidentiality",
        "modifiedConfidentialityImpact",
        "What is disclosed in this environment?",
        &MC,
    ),
    metric(
        Environmental,
        "MI",
        "Modified Integrity",
        "modifiedIntegrityImpact",
        "What can be modified in this environment?",
        &MI,
    ),
    metric(
        Environmental,
        "MA",
        "Modified Availability",
        "modifiedAvailabilityImpact",
        "What stops working in this environment?",
        &MA,
    ),
];
