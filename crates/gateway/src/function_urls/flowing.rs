//! Answers that are sent while the function writes them: invoke mode `RESPONSE_STREAM`.

use std::future;

use bytes::Bytes;
use engine::{Answer, AnswerStream, Piece};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use wire::{Body, BoxError, Response};

use super::{
    answer::{self, AnswerHead},
    prelude::{self, Prelude},
    refusal::UrlRefusal,
};

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Makes an answer of a result that is there as a whole.
pub(super) fn whole(answer: &Answer) -> Result<Response, UrlRefusal> {
    if answer.is_error {
        return Err(UrlRefusal::Failed);
    }
    let (head, body) = answer::answer(&answer.payload)?;
    Ok(respond(head, body.into()))
}

/// Makes an answer of a result that is being written: its head says what comes first in it.
pub(super) async fn flowing(answer: AnswerStream) -> Result<Response, UrlRefusal> {
    let mut pieces = answer.pieces;
    let (mut head, first) = if answer.content_type.as_deref() == Some(prelude::CONTENT_TYPE) {
        let mut prelude = Prelude::default();
        loop {
            let Some(Piece::Data(piece)) = pieces.next().await else {
                return Err(UrlRefusal::Failed);
            };
            if let Some(whole) = prelude.feed(&piece)? {
                break whole;
            }
        }
    } else {
        // Only what fails before its first byte can still be told from what went well.
        let first = match pieces.next().await {
            Some(Piece::Data(first)) => first,
            Some(Piece::End(end)) if !end.is_error => Bytes::new(),
            _ => return Err(UrlRefusal::Failed),
        };
        let kind = answer.content_type.and_then(|kind| HeaderValue::try_from(kind).ok());
        let headers = HeaderMap::from_iter(kind.map(|kind| (CONTENT_TYPE, kind)));
        (AnswerHead { status: StatusCode::OK, headers }, first)
    };
    head.headers.entry(CONTENT_TYPE).or_insert(OCTETS);
    let first = stream::iter(Some(first).filter(|first| !first.is_empty()).map(Ok));
    let rest = pieces.filter_map(|piece| future::ready(sent(piece)));
    Ok(respond(head, Body::pieces(first.chain(rest))))
}

/// Gives what is sent of a piece. A failure midway has no place in an answer whose head is gone: it is cut.
fn sent(piece: Piece) -> Option<Result<Bytes, BoxError>> {
    match piece {
        Piece::Data(bytes) => Some(Ok(bytes)),
        Piece::End(end) if !end.is_error => None,
        Piece::End(_) | Piece::Cut => Some(Err("the function failed midway".into())),
    }
}

fn respond(head: AnswerHead, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

#[cfg(test)]
mod tests;
