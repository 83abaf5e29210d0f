//! How much of a message is looked at. What lies beyond is kept with the raw message, and told.

/// The bounds of one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message, in bytes.
    pub message_bytes: usize,
    /// Longest header section of a part, in bytes.
    pub header_bytes: usize,
    /// Most header fields of a part.
    pub fields: usize,
    /// Longest header field that is decoded, in bytes: a certificate fits, a flood does not.
    pub field_bytes: usize,
    /// Most parts.
    pub parts: usize,
    /// Deepest nesting of parts.
    pub depth: usize,
    /// Most bytes of all decoded parts together.
    pub decoded_bytes: usize,
    /// Most bytes of all texts together, and of one page of HTML. What is longer is no letter, and stays in the raw message.
    pub text_bytes: usize,
    /// Most layers of encrypted parts inside each other.
    pub layers: usize,
    /// Most encrypted parts that are opened.
    pub encrypted: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 50 * 1024 * 1024,
            header_bytes: 1024 * 1024,
            fields: 2_000,
            field_bytes: 64 * 1024,
            parts: 1_000,
            depth: 50,
            decoded_bytes: 64 * 1024 * 1024,
            text_bytes: 4 * 1024 * 1024,
            layers: 4,
            encrypted: 16,
        }
    }
}
