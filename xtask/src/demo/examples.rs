//! The three functions of the demo: what they get, and what they have to answer.

use std::fs;

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::jpeg;
use crate::checkout::Checkout;
use crate::provision::Provisioned;
use crate::server::Server;

/// The number of examples.
pub(super) const COUNT: usize = 3;

/// The width that the photograph, 640 by 427, is shrunk to; its height follows.
const THUMBNAIL: (u16, u16) = (128, 85);

/// One function of the demo.
pub(super) struct Example {
    /// What the reader is told.
    pub(super) what: &'static str,
    /// The function's name.
    pub(super) name: &'static str,
    /// The folder below `examples/`.
    pub(super) folder: &'static str,
    /// The runtime's identifier.
    pub(super) runtime: String,
    /// The handler.
    pub(super) handler: &'static str,
    /// The function's memory.
    pub(super) memory_mib: u32,
    /// Makes the event.
    pub(super) event: fn(&Checkout) -> Result<Value>,
    /// Checks the answer and says what was found.
    pub(super) check: fn(&Value, &Server) -> Result<String>,
}

// === impl Example ===

impl Example {
    /// Returns the name of the file with the event.
    pub(super) fn event_file(&self) -> String {
        format!("{}-event.json", self.name)
    }
}

/// Returns the examples, for the runtimes that this machine has.
pub(super) fn all(provisioned: &Provisioned) -> [Example; COUNT] {
    [
        Example {
            what: "Python: a photograph through Pillow, a native wheel",
            name: "thumbnail",
            folder: "thumbnail-python",
            runtime: provisioned.python.clone(),
            handler: "handler.handle",
            memory_mib: 512,
            event: photograph,
            check: is_thumbnail,
        },
        Example {
            what: "Rust on provided.al2023: a bootstrap built with lambda_runtime",
            name: "hello",
            folder: "hello-rust",
            runtime: "provided.al2023".to_owned(),
            handler: "bootstrap",
            memory_mib: 128,
            event: |_| {
                Ok(json!({ "name": "Ada", "text": "the quick fox and the lazy dog and the owl" }))
            },
            check: is_greeting,
        },
        Example {
            what: "Node: an npm package",
            name: "slugify",
            folder: "slugify-node",
            runtime: provisioned.node.clone(),
            handler: "index.handle",
            memory_mib: 256,
            event: |_| Ok(json!({ "titles": ["Ein schöner Tag!", "100 % Rust & no Docker"] })),
            check: are_slugs,
        },
    ]
}

fn photograph(checkout: &Checkout) -> Result<Value> {
    let photo = fs::read(checkout.path("examples/thumbnail-python/photo.jpg"))?;
    Ok(json!({ "image": STANDARD.encode(photo), "size": THUMBNAIL.0 }))
}

fn is_thumbnail(answer: &Value, server: &Server) -> Result<String> {
    let picture = STANDARD.decode(answer["image"].as_str().context("the answer has an image")?)?;
    let size = jpeg::size(&picture).context("the image is not a JPEG")?;
    ensure!(size == THUMBNAIL, "the thumbnail is {size:?}");
    ensure!(
        answer["width"] == size.0 && answer["height"] == size.1,
        "the answer misstates the size: {answer}"
    );
    fs::write(server.home().join("thumbnail.jpg"), &picture)?;
    Ok(format!("a JPEG of {}x{} pixels, {} bytes", size.0, size.1, picture.len()))
}

fn is_greeting(answer: &Value, _: &Server) -> Result<String> {
    ensure!(answer["message"] == "Hello, Ada!", "the message is {}", answer["message"]);
    ensure!(answer["words"] == 10, "it counted {} words", answer["words"]);
    ensure!(
        answer["top"][0] == json!(["the", 3]),
        "the most frequent word is {}",
        answer["top"][0]
    );
    Ok("10 words, most of them `the`".to_owned())
}

fn are_slugs(answer: &Value, _: &Server) -> Result<String> {
    let expected = json!({ "slugs": ["ein-schoner-tag", "100-percent-rust-and-no-docker"] });
    ensure!(*answer == expected, "the answer is {answer}");
    Ok("both slugs".to_owned())
}
