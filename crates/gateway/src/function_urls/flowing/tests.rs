use http_body_util::BodyExt;

use super::*;

fn result(payload: &'static str) -> Answer {
    let payload = Bytes::from_static(payload.as_bytes());
    Answer { payload, is_error: false, error_type: None, log_tail: None }
}

fn error() -> Answer {
    Answer { is_error: true, ..result("{}") }
}

fn data(bytes: &'static [u8]) -> Piece {
    Piece::Data(Bytes::from_static(bytes))
}

/// Gives status, content type, body, and whether the body came to its end.
async fn told(kind: Option<&str>, pieces: Vec<Piece>) -> Option<(u16, String, String, bool)> {
    let pieces = stream::iter(pieces).boxed();
    let answer = AnswerStream { content_type: kind.map(str::to_owned), pieces };
    let (head, mut body) = flowing(answer).await.ok()?.into_parts();
    let (mut read, mut ended) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => read.extend_from_slice(&frame.into_data().unwrap()),
            Err(_) => ended = false,
        }
    }
    let kind = head.headers[CONTENT_TYPE].to_str().unwrap().to_owned();
    Some((head.status.as_u16(), kind, String::from_utf8(read).unwrap(), ended))
}

fn octets(status: u16, body: &str, ended: bool) -> (u16, String, String, bool) {
    (status, "application/octet-stream".into(), body.into(), ended)
}

#[tokio::test]
async fn without_a_prelude_everything_is_the_body() {
    let end = Piece::End(result(""));
    let pieces = vec![data(b"a"), data(b"b"), end.clone()];
    assert_eq!(told(None, pieces.clone()).await, Some(octets(200, "ab", true)));
    let html = Some((200, "text/html".into(), "ab".into(), true));
    assert_eq!(told(Some("text/html"), pieces).await, html);
    assert_eq!(told(None, vec![end]).await, Some(octets(200, "", true)));
}

#[tokio::test]
async fn with_a_prelude_it_says_what_the_head_is() {
    let end = Piece::End(result(""));
    let pieces = vec![
        data(b"{\"statusCode\":2"),
        data(b"01}\0\0\0\0"),
        data(b"\0\0\0\0ab"),
        data(b"c"),
        end.clone(),
    ];
    assert_eq!(told(Some(prelude::CONTENT_TYPE), pieces).await, Some(octets(201, "abc", true)));
    for malformed in [data(b"nothing\0\0\0\0\0\0\0\0"), data(b"{}"), end.clone()] {
        assert_eq!(told(Some(prelude::CONTENT_TYPE), vec![malformed, end.clone()]).await, None);
    }
}

#[tokio::test]
async fn a_failure_is_told_before_the_first_byte_and_cuts_the_answer_afterwards() {
    for failure in [Piece::End(error()), Piece::Cut] {
        assert_eq!(told(None, vec![failure.clone()]).await, None);
        assert_eq!(told(None, vec![data(b"a"), failure]).await, Some(octets(200, "a", false)));
    }
    assert!(whole(&error()).is_err() && whole(&result("no json")).is_err());
    assert_eq!(whole(&result("1")).unwrap().body().bytes(), Some(&b"1"[..]));
}
