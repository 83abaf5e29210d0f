//! The metrics of CVSS 4.0 (specification, sections 2 to 5), in the order of its vectors. Data only.

use crate::metric::Group::{Base, Environmental, Supplemental, Threat};
use crate::metric::{Metric, Value, metric, optional, value};

const X: Value = value("X", "Not Defined", "NOT_DEFINED", "No value is chosen.");
/// Not defined, in a metric that stands in for a base metric.
const SAME: Value = value("X", "Not Defined", "NOT_DEFINED", "As in the base metric.");
/// Not defined, in a metric whose worst case is then assumed.
const WORST: Value = value(
    "X",
    "Not Defined",
    "NOT_DEFINED",
    "No value is chosen; the score assumes the worst.",
);

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
        "ADJACENT",
        "The attack must come from the same physical or logical network.",
    ),
    value(
        "L",
        "Local",
        "LOCAL",
        "The attacker needs access to the machine, or a user who opens something there.",
    ),
    value("P", "Physical", "PHYSICAL", "The attacker must touch the system."),
];
const AC: [Value; 2] = [
    value("L", "Low", "LOW", "No built-in protection has to be overcome."),
    value(
        "H",
        "High",
        "HIGH",
        "The attacker must overcome built-in protection or obtain a secret of the target.",
    ),
];
const AT: [Value; 2] = [
    value("N", "None", "NONE", "The attack works in practically every deployment."),
    value(
        "P",
        "Present",
        "PRESENT",
        "The attack needs a condition of the deployment, such as a won race.",
    ),
];
const PR: [Value; 3] = [
    value("N", "None", "NONE", "The attacker needs no account."),
    value("L", "Low", "LOW", "The attacker needs the rights of an ordinary user."),
    value("H", "High", "HIGH", "The attacker needs administrative rights."),
];
const UI: [Value; 3] = [
    value("N", "None", "NONE", "Nobody else has to do anything."),
    value(
        "P",
        "Passive",
        "PASSIVE",
        "A user takes part unknowingly, in the normal course of work.",
    ),
    value(
        "A",
        "Active",
        "ACTIVE",
        "A user must do something specific, or switch protection off.",
    ),
];
const VC: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "All information of the system is disclosed, or some with a direct and serious effect.",
    ),
    value(
        "L",
        "Low",
        "LOW",
        "Some information is disclosed; the attacker does not control which.",
    ),
    value("N", "None", "NONE", "No information of the system is disclosed."),
];
const VI: [Value; 3] = [
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
    value("N", "None", "NONE", "Nothing in the system can be modified."),
];
const VA: [Value; 3] = [
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
    value("N", "None", "NONE", "The system stays available."),
];
const SC: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "All information of other systems is disclosed, or some with a direct and serious effect.",
    ),
    value("L", "Low", "LOW", "Some information of other systems is disclosed."),
    value(
        "N",
        "None",
        "NONE",
        "No information of other systems is disclosed, or next to none.",
    ),
];
const SI: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "Everything in other systems can be modified, or something with a serious effect.",
    ),
    value("L", "Low", "LOW", "Some data of other systems can be modified."),
    value(
        "N",
        "None",
        "NONE",
        "Nothing in other systems can be modified, or next to nothing.",
    ),
];
const SA: [Value; 3] = [
    value(
        "H",
        "High",
        "HIGH",
        "Other systems are denied completely, or in part with a serious effect.",
    ),
    value(
        "L",
        "Low",
        "LOW",
        "Other systems are slowed or interrupted now and then.",
    ),
    value("N", "None", "NONE", "Other systems stay available, or nearly so."),
];
const E: [Value; 4] = optional(
    WORST,
    [
        value(
            "A",
            "Attacked",
            "ATTACKED",
            "Attacks are reported, or ready-made tools exist.",
        ),
        value(
            "P",
            "Proof-of-Concept",
            "PROOF_OF_CONCEPT",
            "A demonstration is public; no attacks or tools are known.",
        ),
        value(
            "U",
            "Unreported",
            "UNREPORTED",
            "No demonstration, no attack and no tool is known.",
        ),
    ],
);
const REQUIREMENT: [Value; 4] = optional(
    WORST,
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
const MAT: [Value; 3] = optional(SAME, AT);
const MPR: [Value; 4] = optional(SAME, PR);
const MUI: [Value; 4] = optional(SAME, UI);
const MVC: [Value; 4] = optional(SAME, VC);
const MVI: [Value; 4] = optional(SAME, VI);
const MVA: [Value; 4] = optional(SAME, VA);
/// The schema calls the least value of a modified subsequent impact "negligible".
const fn negligible(of: Value) -> Value {
    value("N", "Negligible", "NEGLIGIBLE", of.meaning)
}
const MSC: [Value; 4] = optional(SAME, [SC[0], SC[1], negligible(SC[2])]);
const MSI: [Value; 5] = optional(
    SAME,
    [
        value(
            "S",
            "Safety",
            "SAFETY",
            "Modified data could injure a person seriously, or worse.",
        ),
        SI[0],
        SI[1],
        negligible(SI[2]),
    ],
);
const MSA: [Value; 5] = optional(
    SAME,
    [
        value(
            "S",
            "Safety",
            "SAFETY",
            "The loss of availability could injure a person seriously, or worse.",
        ),
        SA[0],
        SA[1],
        negligible(SA[2]),
    ],
);
const S: [Value; 3] = optional(
    X,
    [
        value(
            "N",
            "Negligible",
            "NEGLIGIBLE",
            "At most minor injuries are to be expected.",
        ),
        value(
            "P",
            "Present",
            "PRESENT",
            "Serious injuries, or worse, are to be expected.",
        ),
    ],
);
const AU: [Value; 3] = optional(
    X,
    [
        value("N", "No", "NO", "Attackers cannot automate all steps of an attack."),
        value("Y", "Yes", "YES", "Attackers can automate all steps, as a worm does."),
    ],
);
const R: [Value; 4] = optional(
    X,
    [
        value("A", "Automatic", "AUTOMATIC", "The system recovers by itself."),
        value("U", "User", "USER", "Somebody has to recover the system."),
        value("I", "Irrecoverable", "IRRECOVERABLE", "The system cannot be recovered."),
    ],
);
const V: [Value; 3] = optional(
    X,
    [
        value("D", "Diffuse", "DIFFUSE", "One attack gains limited resources."),
        value("C", "Concentrated", "CONCENTRATED", "One attack gains rich resources."),
    ],
);
const RE: [Value; 4] = optional(
    X,
    [
        value("L", "Low", "LOW", "Responding takes little effort."),
        value(
            "M",
            "Moderate",
            "MODERATE",
            "Responding takes some effort and a little disruption.",
        ),
        value(
            "H",
            "High",
            "HIGH",
            "Responding is difficult and may disrupt service for long.",
        ),
    ],
);
const U: [Value; 5] = optional(
    X,
    [
        value("Clear", "Clear", "CLEAR", "The provider sees no urgency."),
        value("Green", "Green", "GREEN", "The provider sees reduced urgency."),
        value("Amber", "Amber", "AMBER", "The provider sees moderate urgency."),
        value("Red", "Red", "RED", "The provider sees the highest urgency."),
    ],
);

/// All metrics of CVSS 4.0.
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
        "Must built-in protection be overcome?",
        &AC,
    ),
    metric(
        Base,
        "AT",
        "Attack Requirements",
        "attackRequirements",
        "Must the deployment meet a condition?",
        &AT,
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
        "VC",
        "Vulnerable System Confidentiality",
        "vulnConfidentialityImpact",
        "What is disclosed by the vulnerable system?",
        &VC,
    ),
    metric(
        Base,
        "VI",
        "Vulnerable System Integrity",
        "vulnIntegrityImpact",
        "What can be modified in the vulnerable system?",
        &VI,
    ),
    metric(
        Base,
        "VA",
        "Vulnerable System Availability",
        "vulnAvailabilityImpact",
        "What stops working in the vulnerable system?",
        &VA,
    ),
    metric(
        Base,
        "SC",
        "Subsequent System Confidentiality",
        "subConfidentialityImpact",
        "What is disclosed by other systems?",
        &SC,
    ),
    metric(
        Base,
        "SI",
        "Subsequent System Integrity",
        "subIntegrityImpact",
        "What can be modified in other systems?",
        &SI,
    ),
    metric(
        Base,
        "SA",
        "Subsequent System Availability",
        "subAvailabilityImpact",
        "What stops working in other systems?",
        &SA,
    ),
    metric(
        Threat,
        "E",
        "Exploit Maturity",
        "exploitMaturity",
        "How far are exploits developed?",
        &E,
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
        "Must built-in protection be overcome in this environment?",
        &MAC,
    ),
    metric(
        Environmental,
        "MAT",
        "Modified Attack Requirements",
        "modifiedAttackRequirements",
        "Must this deployment meet a condition?",
        &MAT,
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
        "MVC",
        "Modified Vulnerable System Confidentiality",
        "modifiedVulnConfidentialityImpact",
        "What does the vulnerable system disclose in this environment?",
        &MVC,
    ),
    metric(
        Environmental,
        "MVI",
        "Modified Vulnerable System Integrity",
        "modifiedVulnIntegrityImpact",
        "What can be modified in the vulnerable system in this environment?",
        &MVI,
    ),
    metric(
        Environmental,
        "MVA",
        "Modified Vulnerable System Availability",
        "modifiedVulnAvailabilityImpact",
        "What stops working in the vulnerable system in this environment?",
        &MVA,
    ),
    metric(
        Environmental,
        "MSC",
        "Modified Subsequent System Confidentiality",
        "modifiedSubConfidentialityImpact",
        "What do other systems disclose in this environment?",
        &MSC,
    ),
    metric(
        Environmental,
        "MSI",
        "Modified Subsequent System Integrity",
        "modifiedSubIntegrityImpact",
        "What can be modified in other systems in this environment?",
        &MSI,
    ),
    metric(
        Environmental,
        "MSA",
        "Modified Subsequent System Availability",
        "modifiedSubAvailabilityImpact",
        "What stops working in other systems in this environment?",
        &MSA,
    ),
    metric(Supplemental, "S", "Safety", "Safety", "Can a person be injured?", &S),
    metric(
        Supplemental,
        "AU",
        "Automatable",
        "Automatable",
        "Can attacks be automated?",
        &AU,
    ),
    metric(
        Supplemental,
        "R",
        "Recovery",
        "Recovery",
        "How does the system recover?",
        &R,
    ),
    metric(
        Supplemental,
        "V",
        "Value Density",
        "valueDensity",
        "How much does one attack gain?",
        &V,
    ),
    metric(
        Supplemental,
        "RE",
        "Vulnerability Response Effort",
        "vulnerabilityResponseEffort",
        "How hard is it to respond?",
        &RE,
    ),
    metric(
        Supplemental,
        "U",
        "Provider Urgency",
        "providerUrgency",
        "How urgent is it to the provider?",
        &U,
    ),
];
