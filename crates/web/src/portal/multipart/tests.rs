//! A form is cut in the same way however it arrives, and nothing hostile fills the memory or hangs.

use super::*;
use axum::http::HeaderValue;
use hyper::body::{Frame, SizeHint};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::task::{Context, Poll};

/// A body that arrives in pieces of this size.
struct Dripping(VecDeque<Bytes>);

impl axum::body::HttpBody for Dripping {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

fn dripping(bytes: &[u8], size: usize) -> Body {
    Body::new(Dripping(bytes.chunks(size).map(Bytes::copy_from_slice).collect()))
}

fn headers(kind: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
    headers
}

/// What a form says: each field, its file's name and its text; or the fault.
async fn read(bytes: &[u8], size: usize, max_bytes: u64) -> Result<Vec<(String, Option<String>, String)>, Fault> {
    let kind = headers("multipart/form-data; boundary=\"==x\"");
    let mut parts = Parts::of(&kind, dripping(bytes, size), max_bytes)?;
    let mut said = Vec::new();
    while let Some(head) = parts.next().await? {
        let text = parts.text(10_000).await?;
        said.push((head.name, head.file, text));
    }
    Ok(said)
}

/// A field, its file's name, and its text.
type Part<'a> = (&'a str, Option<&'a str>, &'a str);

/// The same for pieces of every size that matters.
async fn check_form(text: &str, expect: Result<&[Part<'_>], Fault>) {
    let expect = expect.map(|parts| {
        let owned = |(name, file, text): &Part<'_>| (str::to_owned(name), file.map(str::to_owned), str::to_owned(text));
        parts.iter().map(owned).collect::<Vec<_>>()
    });
    for size in [1, 2, 3, 5, 7, 64, 100_000] {
        assert_eq!(
            read(text.as_bytes(), size, 1 << 20).await,
            expect,
            "in pieces of {size}: {text:?}"
        );
    }
}

const DISPOSITION: &str = "Content-Disposition: form-data; name=";

#[tokio::test]
async fn fields_and_files_come_out_as_they_were_put_in() {
    let form = format!(
        "--==x\r\n{DISPOSITION}\"title\"\r\n\r\nA flaw\r\n--==x\r\n{DISPOSITION}\"empty\"\r\n\r\n\r\n--==x\r\n\
         {DISPOSITION}\"files\"; filename=\"poc; %22v2%22.py\"\r\nContent-Type: text/x-python\r\n\r\nprint()\r\n\r\n--=\r\n--==x--\r\n"
    );
    check_form(
        &form,
        Ok(&[
            ("title", None, "A flaw"),
            ("empty", None, ""),
            ("files", Some("poc; \"v2\".py"), "print()\r\n\r\n--="),
        ]),
    )
    .await;
    check_form("--==x--", Ok(&[])).await;
    check_form(
        &format!("before\r\n--==x\r\n{DISPOSITION}a\r\n\r\n--==x--\r\nbehind"),
        Ok(&[("a", None, "")]),
    )
    .await;
}

#[tokio::test]
async fn what_is_no_form_is_said_and_never_waited_for() {
    check_form("", Err(Fault::CutShort)).await;
    check_form("no boundary here", Err(Fault::CutShort)).await;
    check_form(&format!("--==x\r\n{DISPOSITION}\"a\"\r\n\r\ncut"), Err(Fault::CutShort)).await;
    check_form(
        "--==x\r\nContent-Type: text/plain\r\n\r\nx\r\n--==x--",
        Err(Fault::NoForm),
    )
    .await;
    check_form(
        &format!("--==x\r\n{}", "h".repeat(MAX_HEAD_BYTES * 2)),
        Err(Fault::NoForm),
    )
    .await;
    let long = format!("--==x\r\n{DISPOSITION}\"a\"\r\n\r\n{}\r\n--==x--", "x".repeat(10_001));
    check_form(&long, Err(Fault::FieldTooLong)).await;
    let many = format!("--==x\r\n{DISPOSITION}a\r\n\r\nb\r\n").repeat(MAX_PARTS + 1) + "--==x--";
    check_form(&many, Err(Fault::TooManyParts)).await;
    assert_eq!(read(&[b'x'; 300], 100, 250).await, Err(Fault::TooLarge));
}

#[test]
fn a_media_type_names_its_boundary() {
    let check = |kind: &str, expect: Option<&str>| assert_eq!(boundary(kind), expect, "{kind}");
    check(
        "multipart/form-data; boundary=----WebKitFormBoundary7",
        Some("----WebKitFormBoundary7"),
    );
    check("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", Some("a b"));
    check("multipart/form-data", None);
    check("multipart/form-data; boundary=", None);
    check("multipart/form-data; boundary=\"a\u{e9}\"", None);
    check("multipart/mixed; boundary=a", None);
    check(&format!("multipart/form-data; boundary={}", "x".repeat(71)), None);
}

#[tokio::test]
async fn a_file_is_read_piece_by_piece_and_what_is_cut_short_is_none() {
    let form = format!(
        "--==x\r\n{DISPOSITION}\"f\"; filename=\"a\"\r\n\r\n{}\r\n--==x--",
        "x".repeat(5_000)
    );
    for (end, expect) in [(form.len(), Some(5_000)), (form.len() - 20, None)] {
        let body = dripping(&form.as_bytes()[..end], 100);
        let mut parts = Parts::of(&headers("multipart/form-data; boundary===x"), body, 1 << 20).unwrap();
        parts.next().await.unwrap();
        let read = parts
            .read_by(async |mut pipe| {
                let read = tokio::task::spawn_blocking(move || {
                    let mut bytes = Vec::new();
                    pipe.read_to_end(&mut bytes)
                });
                read.await.unwrap().ok()
            })
            .await;
        assert_eq!(read, expect);
    }
}

/// What forms are made of, and what they are not.
fn word() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "\r\n",
        "--==x",
        "--",
        DISPOSITION,
        "Content-Type: text/plain\r\n",
        "\"",
        "a",
        "\r\n\r\n",
        "\r\n--==x\r\n",
        "; filename=\"f\"",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

proptest! {
    /// In an order that nobody chose, cut where nobody cut: it is the same form, or the same fault.
    #[test]
    fn how_any_bytes_arrive_changes_nothing(words in prop::collection::vec(word(), 0..40), size in 1_usize..9) {
        let bytes = words.concat();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (all, cut) = runtime.block_on(async {
            (read(&bytes, 100_000, 1 << 20).await, read(&bytes, size, 1 << 20).await)
        });
        prop_assert_eq!(all, cut);
    }
}

/// A body that begins and then says nothing.
struct Stuck(Option<Bytes>);

impl axum::body::HttpBody for Stuck {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.0.take() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None => Poll::Pending,
        }
    }
}

/// What becomes of a sender who has sent so much, was waited for so long, and says nothing more.
async fn check_pace(come: u64, waited_s: u64, expect: (u64, Fault)) {
    let kind = headers("multipart/form-data; boundary===x");
    let mut parts = Parts::of(&kind, Body::new(Stuck(None)), 1 << 30).unwrap();
    (parts.come, parts.waited) = (come, Duration::from_secs(waited_s));
    let (patience, fault) = super::patience(parts.come, parts.waited);
    assert_eq!((patience.as_secs(), fault), expect, "{come} bytes in {waited_s} s");
    if patience.is_zero() {
        assert_eq!(parts.next().await, Err(fault));
    }
}

#[tokio::test]
async fn who_sends_by_drops_is_not_waited_for() {
    check_pace(0, 0, (10, Fault::TooSlow)).await;
    check_pace(0, 10, (0, Fault::TooSlow)).await;
    check_pace(2_000, 10, (1, Fault::TooSlow)).await;
    check_pace(20_000, 25, (0, Fault::TooSlow)).await;
    check_pace(100_000, 55, (5, Fault::TooSlow)).await;
    // Who has sent much may be silent for a while, and not for ever.
    check_pace(200_000_000, 300, (60, Fault::CutShort)).await;
}

#[tokio::test]
async fn a_form_that_stops_after_its_time_is_too_slow() {
    let kind = headers("multipart/form-data; boundary===x");
    let begun = format!("--==x\r\n{DISPOSITION}\"text\"\r\n\r\nhalf a sen");
    let mut parts = Parts::of(&kind, Body::new(Stuck(Some(begun.into()))), 1 << 20).unwrap();
    parts.waited = Duration::from_secs(11);
    // What is there is read however long it took.
    let read = async {
        parts.next().await?;
        parts.text(1_000).await
    };
    assert_eq!(read.await, Err(Fault::TooSlow));
}
