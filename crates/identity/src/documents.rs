//! Policy documents that have been read, kept by their text.

use std::{collections::HashMap, sync::Arc};

use parking_lot::RwLock;
use policy::{Document, Kind};

/// More documents than this are not kept.
const CAPACITY: usize = 4096;

/// Reads each document once.
#[derive(Debug, Default)]
pub struct Documents {
    read: RwLock<HashMap<(Tag, String), Arc<Document>>>,
}

/// The kind of a document, as part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Tag {
    Identity,
    Trust,
    Resource,
}

// === impl Documents ===

impl Documents {
    /// Gives the document that a text is; a text that is none says nothing, and is logged.
    pub fn get(&self, text: &str, kind: Kind) -> Arc<Document> {
        let tag = match kind {
            Kind::Identity => Tag::Identity,
            Kind::Trust => Tag::Trust,
            Kind::Resource => Tag::Resource,
        };
        let key = (tag, text.to_owned());
        if let Some(document) = self.read.read().get(&key) {
            return Arc::clone(document);
        }
        let document = Document::parse(text, kind).unwrap_or_else(|error| {
            // It was read before it was stored, by this or another release.
            tracing::error!(%error, "a stored policy document cannot be read");
            Document { id: None, statements: Vec::new() }
        });
        let document = Arc::new(document);
        let mut read = self.read.write();
        if read.len() >= CAPACITY {
            read.clear();
        }
        read.insert(key, Arc::clone(&document));
        document
    }
}
