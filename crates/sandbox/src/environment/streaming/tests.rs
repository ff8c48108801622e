use futures_util::FutureExt;
use proptest::prelude::*;

use super::*;

struct Scene {
    flow: Flow,
    end: Option<oneshot::Sender<Answer>>,
    pending: Option<Pending>,
}

fn scene() -> Scene {
    let (caller, begun) = oneshot::channel();
    let (end, receiver) = oneshot::channel();
    let pending = Some(Pending { begun, end: receiver });
    Scene { flow: Flow::Awaited(caller), end: Some(end), pending }
}

impl Scene {
    fn end(&mut self, answer: Answer) {
        self.end.take().unwrap().send(answer).unwrap();
    }

    async fn stream(&mut self) -> AnswerStream {
        match self.pending.take().unwrap().response().await {
            Some(Response::Stream(stream)) => stream,
            other => panic!("no stream but {other:?}"),
        }
    }
}

fn done() -> Answer {
    Answer::result(Bytes::new())
}

#[tokio::test]
async fn a_guest_that_does_not_stream_is_heard_in_one_piece() {
    let mut scene = scene();
    scene.end(Answer::result(Bytes::from_static(b"1")));
    match scene.pending.take().unwrap().response().await {
        Some(Response::Whole(answer)) => assert_eq!(answer.payload, "1"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_environment_that_ends_before_has_no_response() {
    let mut scene = scene();
    scene.end = None;
    assert!(scene.pending.take().unwrap().response().await.is_none());
}

#[tokio::test]
async fn pieces_come_as_they_are_given_and_then_the_end() {
    let mut scene = scene();
    let mut outlet = scene.flow.begin(Some("text/x".into())).unwrap();
    let mut stream = scene.stream().await;
    assert_eq!(stream.content_type(), Some("text/x"));
    assert!(stream.next().now_or_never().is_none());
    outlet.give(Bytes::from_static(b"a")).await;
    assert_eq!(stream.next().await.unwrap(), "a");
    outlet.give(Bytes::from_static(b"b")).await;
    drop(outlet);
    assert_eq!(stream.next().await.unwrap(), "b");
    assert_eq!(stream.next().await, None);
    scene.end(done());
    assert_eq!(stream.end().await, Some(done()));
}

#[tokio::test]
async fn what_has_begun_and_ended_before_anyone_looked_is_a_stream_all_the_same() {
    let mut scene = scene();
    let mut outlet = scene.flow.begin(None).unwrap();
    outlet.give(Bytes::from_static(b"a")).await;
    drop(outlet);
    scene.end(done());
    let mut stream = scene.stream().await;
    assert_eq!(stream.next().await.unwrap(), "a");
    assert_eq!(stream.next().await, None);
    assert_eq!(stream.end().await, Some(done()));
}

#[tokio::test]
async fn a_slow_caller_holds_the_guest_up_until_the_invocation_is_over() {
    let mut scene = scene();
    let mut outlet = scene.flow.begin(None).unwrap();
    let mut stream = scene.stream().await;
    for _ in 0..PIECES {
        outlet.give(Bytes::from_static(b"x")).now_or_never().unwrap();
    }
    assert!(outlet.give(Bytes::from_static(b"y")).now_or_never().is_none());
    stream.next().await.unwrap();
    outlet.give(Bytes::from_static(b"z")).now_or_never().unwrap();
    // A timeout: the platform answers, and the job with its flow is gone.
    scene.end(Answer::error(Bytes::from_static(b"late")));
    drop(scene.flow);
    outlet.give(Bytes::from_static(b"lost")).now_or_never().unwrap();
    drop(outlet);
    let mut left = Vec::new();
    while let Some(piece) = stream.next().await {
        left.extend_from_slice(&piece);
    }
    assert_eq!(left, b"xxxz");
    assert_eq!(stream.end().await.unwrap().payload, "late");
}

#[tokio::test]
async fn a_failure_midway_does_not_wait_for_the_guest() {
    let mut scene = scene();
    let mut outlet = scene.flow.begin(None).unwrap();
    let mut stream = scene.stream().await;
    outlet.give(Bytes::from_static(b"a")).await;
    scene.end(Answer::error(Bytes::from_static(b"crash")));
    assert_eq!(stream.next().await.unwrap(), "a");
    assert_eq!(stream.next().await, None, "the outlet is still open");
    assert_eq!(stream.end().await.unwrap().payload, "crash");
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_hold_the_guest_up() {
    let mut scene = scene();
    drop(scene.pending.take());
    let mut outlet = scene.flow.begin(None).unwrap();
    for _ in 0..3 * PIECES {
        outlet.give(Bytes::from_static(b"x")).now_or_never().unwrap();
    }
    assert!(scene.flow.begin(None).is_none(), "an answer begins once");
}

proptest! {
    #[test]
    fn every_byte_arrives_once_and_in_order(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let read = runtime.block_on(async {
            let mut scene = scene();
            let mut outlet = scene.flow.begin(None).unwrap();
            let mut stream = scene.stream().await;
            let write = async {
                for piece in &pieces {
                    outlet.give(Bytes::from(piece.clone())).await;
                }
                drop(outlet);
                scene.end(done());
            };
            let read = async {
                let mut all = Vec::new();
                while let Some(piece) = stream.next().await {
                    all.extend_from_slice(&piece);
                }
                assert_eq!(stream.end().await, Some(done()));
                all
            };
            tokio::join!(write, read).1
        });
        prop_assert_eq!(read, pieces.concat());
    }
}
