//! Writes the archive of closed cases: `cargo run -p psirt --example archive -- FOLDER`.
//!
//! Owns the files. Never decides what is in them: `generate` does.

mod generate;

#[expect(
    clippy::disallowed_methods,
    reason = "an example is a program: it writes what the pure generator gives"
)]
fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| {
        eprintln!("give the folder to write to, for example policies/archive");
        std::process::exit(2);
    });
    for (name, text) in generate::archive() {
        let path = std::path::Path::new(&folder).join(name);
        if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{}: {}", path.display(), error.kind());
            std::process::exit(1);
        }
    }
}
