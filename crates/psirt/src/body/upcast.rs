//! Old shapes as new ones: each step turns a version of a kind into the next, for ever.
//!
//! Never rewrites what is stored, never invents: what an old shape did not say stays unsaid.

use serde_json::{Map, Value, json};

/// The data of a kind in a later version.
pub(super) fn to(version: u32, kind: &str, from: u32, mut data: Value) -> Value {
    for step in from..version {
        data = match (kind, step) {
            ("report", 1) => report_2(data),
            _ => data,
        };
    }
    data
}

/// Version 1 of an arrival named its blob and length beside each other, both empty where no message had arrived; version 2 says `raw`,
/// or that there is none.
fn report_2(mut data: Value) -> Value {
    if let Some(arrived) = data.get_mut("arrived").and_then(Value::as_object_mut) {
        let raw = raw_of(arrived);
        arrived.insert("raw".to_owned(), raw);
    }
    data
}

fn raw_of(arrived: &mut Map<String, Value>) -> Value {
    let bytes = arrived.remove("bytes").unwrap_or_else(|| json!(0));
    match arrived.remove("blob") {
        Some(Value::String(blob)) if !blob.is_empty() => json!({ "blob": blob, "bytes": bytes }),
        _ => Value::Null,
    }
}
