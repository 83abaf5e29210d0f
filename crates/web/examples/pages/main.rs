//! The desk over an invented house: `cargo run -p web --example pages -- ADDRESS` serves it on that loopback address until it is interrupted;
//! with `leak` behind the address after the details of a scheduled advisory became public.

mod sample;

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let policy = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../policies/nozomi-networks.policy.md"
    ))?;
    let mut sample = sample::sample(&policy);
    if std::env::args().nth(2).as_deref() == Some("leak") {
        sample::leak(&mut sample);
    }
    let board = sample.board;
    let listener = tokio::net::TcpListener::bind(address).await?;
    let desk = web::Listening::on_loopback(listener, web::desk_of_board(board, sample::now()))?;
    println!("desk: http://{}/", desk.address()?);
    web::serve(vec![desk], std::future::pending()).await;
    Ok(())
}
