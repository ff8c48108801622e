//! Counts the words of a text: `{"name": …, "text": …}` in, the greeting and the most frequent words out.

use std::collections::BTreeMap;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request {
    name: String,
    #[serde(default)]
    text: String,
}

#[derive(Serialize)]
struct Response {
    message: String,
    words: usize,
    top: Vec<(String, usize)>,
    request_id: String,
}

/// The most frequent words, ties in alphabetical order.
fn top_words(text: &str, most: usize) -> (usize, Vec<(String, usize)>) {
    let mut counts = BTreeMap::<String, usize>::new();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let total = counts.values().sum();
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1));
    ranked.truncate(most);
    (total, ranked)
}

async fn handle(event: LambdaEvent<Request>) -> Result<Response, Error> {
    let (request, context) = event.into_parts();
    let (words, top) = top_words(&request.text, 3);
    println!("counted {words} words for {}", request.name);
    Ok(Response {
        message: format!("Hello, {}!", request.name),
        words,
        top,
        request_id: context.request_id,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
