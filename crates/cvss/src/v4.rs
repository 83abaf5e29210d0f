//! The scoring of CVSS 4.0 (specification, section 8), in integers: the macrovector's score, lowered by the mean of the
//! proportional distances to the next lower macrovectors.

mod lookup;
mod macrovector;
mod metrics;

use crate::metric::{Index, place};
use crate::vector::{Equations, Vector};

#[cfg(test)]
pub(crate) use lookup::LOOKUP;
pub use macrovector::MacroVector;
pub(crate) use macrovector::{Descent, EQS, Interpolation};
pub(crate) use metrics::METRICS;

use macrovector::Severities;

/// The metrics of 4.0, prepared for recognition.
pub(crate) static INDEX: Index = Index::new(METRICS);

const AV: usize = place(METRICS, "AV");
const AC: usize = place(METRICS, "AC");
const AT: usize = place(METRICS, "AT");
const PR: usize = place(METRICS, "PR");
const UI: usize = place(METRICS, "UI");
const VC: usize = place(METRICS, "VC");
const VI: usize = place(METRICS, "VI");
const VA: usize = place(METRICS, "VA");
const SC: usize = place(METRICS, "SC");
const SI: usize = place(METRICS, "SI");
const SA: usize = place(METRICS, "SA");
const E: usize = place(METRICS, "E");
const CR: usize = place(METRICS, "CR");
const IR: usize = place(METRICS, "IR");
const AR: usize = place(METRICS, "AR");
const MAV: usize = place(METRICS, "MAV");
const MAC: usize = place(METRICS, "MAC");
const MAT: usize = place(METRICS, "MAT");
const MPR: usize = place(METRICS, "MPR");
const MUI: usize = place(METRICS, "MUI");
const MVC: usize = place(METRICS, "MVC");
const MVI: usize = place(METRICS, "MVI");
const MVA: usize = place(METRICS, "MVA");
const MSC: usize = place(METRICS, "MSC");
const MSI: usize = place(METRICS, "MSI");
const MSA: usize = place(METRICS, "MSA");

/// B, BT, BE and BTE. The four differ only in what they take from the vector.
pub(crate) const fn equations(vector: Vector) -> Equations {
    let worst = 0;
    let threat = exploit_maturity(vector);
    let base = base_severities(vector);
    let b = base.score(worst);
    let bt = if threat == worst { b } else { base.score(threat) };
    let (be, bte) = if !vector.has_environmental() {
        (b, bt)
    } else {
        let environment = environmental_severities(vector);
        let be = environment.score(worst);
        (be, if threat == worst { be } else { environment.score(threat) })
    };
    Equations {
        base: b,
        temporal: bt,
        environmental: be,
        all: bte,
    }
}

/// The macrovector of all metrics together.
pub(crate) const fn macrovector(vector: Vector) -> MacroVector {
    environmental_severities(vector).macrovector(exploit_maturity(vector))
}

/// How the score of all metrics together comes about; `None` where no impact at all makes it 0.0.
pub(crate) const fn interpolation(vector: Vector) -> Option<Interpolation> {
    environmental_severities(vector).interpolation(exploit_maturity(vector))
}

/// The base metrics as they stand, requirements at their worst.
const fn base_severities(vector: Vector) -> Severities {
    Severities {
        exploitability: [vector.chosen(AV), vector.chosen(PR), vector.chosen(UI)],
        complexity: [vector.chosen(AC), vector.chosen(AT)],
        vulnerable: [vector.chosen(VC), vector.chosen(VI), vector.chosen(VA)],
        requirement: [0; 3],
        subsequent: [vector.chosen(SC) + 1, vector.chosen(SI) + 1, vector.chosen(SA) + 1],
    }
}

/// The modified metrics where they are defined, and the requirements.
const fn environmental_severities(vector: Vector) -> Severities {
    Severities {
        exploitability: [
            modified(vector, AV, MAV),
            modified(vector, PR, MPR),
            modified(vector, UI, MUI),
        ],
        complexity: [modified(vector, AC, MAC), modified(vector, AT, MAT)],
        vulnerable: [
            modified(vector, VC, MVC),
            modified(vector, VI, MVI),
            modified(vector, VA, MVA),
        ],
        requirement: [
            vector.chosen(CR).saturating_sub(1),
            vector.chosen(IR).saturating_sub(1),
            vector.chosen(AR).saturating_sub(1),
        ],
        // The lists of MSI and MSA have Safety before High, that of MSC has not.
        subsequent: [
            modified(vector, SC, MSC) + 1,
            match vector.chosen(MSI) {
                0 => vector.chosen(SI) + 1,
                defined => defined - 1,
            },
            match vector.chosen(MSA) {
                0 => vector.chosen(SA) + 1,
                defined => defined - 1,
            },
        ],
    }
}

/// Severity distance of E from Attacked, which is also assumed where E is not defined.
const fn exploit_maturity(vector: Vector) -> usize {
    vector.chosen(E).saturating_sub(1)
}

/// The chosen value of a modified metric, or of its base metric where it is not defined.
const fn modified(vector: Vector, base: usize, modified: usize) -> usize {
    match vector.chosen(modified) {
        0 => vector.chosen(base),
        defined => defined - 1,
    }
}
