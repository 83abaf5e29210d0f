//! Writes the gallery: every part and a sample of every page, as files that a browser opens without a server.
//!
//! `cargo run -p look --example gallery -- OUTDIR`

mod pages;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: gallery OUTDIR");
        return ExitCode::from(2);
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("could not write the gallery to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    for face in ["desk", "portal"] {
        let assets = folder.join(face).join("assets");
        fs::create_dir_all(&assets)?;
        for asset in look::assets() {
            fs::write(assets.join(asset.name), asset.text)?;
        }
    }
    for (path, html) in pages::pages().map_err(io::Error::other)? {
        fs::write(folder.join(path), html)?;
    }
    Ok(())
}
