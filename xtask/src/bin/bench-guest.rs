//! The function that the bench measures with where it needs to know what happened inside: a `bootstrap` for `provided.al2023`.
//!
//! It speaks the Runtime API over one connection, with blocking calls and nothing between. Its answers say when `main`
//! began on the clock that the whole machine shares, so that the caller can tell the start of the program from all that
//! came before it. Started with the argument `exec` it notes the time and executes itself: from there to `main` is what
//! executing it costs with nothing of Lambkin around it.

use std::env;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// When a bare start executed the program.
const EXECUTED: &str = "BENCH_EXECUTED_NS";

/// What is read at once.
const CHUNK: usize = 4096;

fn main() -> io::Result<()> {
    let main_ns = now_ns();
    if env::args().nth(1).as_deref() == Some("exec") {
        return Err(again());
    }
    let executed_ns = variable(EXECUTED).unwrap_or_else(|| "null".to_owned());
    let address = variable("AWS_LAMBDA_RUNTIME_API").ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect(&address)?;
    stream.set_nodelay(true)?;
    let (mut bytes, mut count) = (Vec::new(), 0_u64);
    loop {
        let next =
            format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(next.as_bytes())?;
        let (head, event) = receive(&mut stream, &mut bytes)?;
        if let Some(pause) = number(&event, "\"sleep_ms\":") {
            thread::sleep(Duration::from_millis(pause));
        }
        count += 1;
        let id = header(&head, "lambda-runtime-aws-request-id").unwrap_or_default();
        let body = format!(
            r#"{{"message":"Hello, bench!","main_ns":{main_ns},"executed_ns":{executed_ns},"count":{count}}}"#
        );
        let response = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: {address}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(response.as_bytes())?;
        receive(&mut stream, &mut bytes)?;
    }
}

/// Executes this program once more, and returns only if that failed.
#[expect(clippy::disallowed_methods, reason = "it becomes this program; it starts no other")]
fn again() -> io::Error {
    match env::current_exe() {
        Ok(program) => Command::new(program).env(EXECUTED, now_ns().to_string()).exec(),
        Err(error) => error,
    }
}

#[expect(clippy::disallowed_methods, reason = "a function is told everything by its environment")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn now_ns() -> i128 {
    let now = clock_gettime(ClockId::Monotonic);
    i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec)
}

/// Reads one message of known length, and leaves what came after it.
fn receive(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<(String, String)> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|text| text.parse().ok());
            let total = end + 4 + length.unwrap_or(0_usize);
            if bytes.len() >= total {
                let body = String::from_utf8_lossy(&bytes[end + 4..total]).into_owned();
                bytes.drain(..total);
                return Ok((head, body));
            }
        }
        let mut chunk = [0; CHUNK];
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Returns the digits that follow a key.
fn number(text: &str, key: &str) -> Option<u64> {
    let rest = text.split_once(key)?.1.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{header, number};

    #[test]
    fn the_pause_is_read_out_of_the_event() {
        assert_eq!(number(r#"{"name":"bench","sleep_ms": 25}"#, "\"sleep_ms\":"), Some(25));
        assert_eq!(number(r#"{"name":"bench"}"#, "\"sleep_ms\":"), None);
    }

    #[test]
    fn a_header_is_found_however_it_is_spelt() {
        let head = "HTTP/1.1 200 OK\r\nContent-LENGTH: 7";
        assert_eq!(header(head, "content-length"), Some("7"));
        assert_eq!(header(head, "length"), None);
    }
}
