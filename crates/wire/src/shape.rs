//! Shapes with their constraints, and the checks that read them.
//!
//! The tables are generated; a request passes [`conform`] (is it of the right types?) and then [`violations`] (does it
//! keep the constraints?) before it becomes a struct. Both speak AWS's words.

mod conform;
mod describe;
mod pattern;
mod print;
mod validate;

pub use conform::{Mismatch, conform};
pub use pattern::Pattern;
pub use validate::{Violations, violations};

/// One shape of a service model.
#[derive(Debug)]
pub struct Shape {
    /// What it is made of.
    pub kind: Kind,
    /// Whether its value must not appear in messages.
    pub sensitive: bool,
}

/// The kinds of shapes.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    Text(Text),
    /// A whole number of 32 bits.
    Integer(Range<i64>),
    /// A whole number of 64 bits.
    Long(Range<i64>),
    /// A number with a fraction.
    Float(Range<f64>),
    /// `true` or `false`.
    Boolean,
    /// Bytes; base64 text in JSON.
    Blob(Range<usize>),
    /// A moment.
    Timestamp,
    /// A sequence.
    List {
        /// The shape of each element.
        member: &'static Shape,
        /// How many elements there may be.
        length: Range<usize>,
    },
    /// A mapping from text.
    Map {
        /// The shape of the keys.
        key: &'static Shape,
        /// The shape of the values.
        value: &'static Shape,
        /// How many entries there may be.
        length: Range<usize>,
    },
    /// Named members.
    Structure(&'static [Member]),
}

/// The constraints on a text.
#[derive(Debug)]
pub struct Text {
    /// The length in characters.
    pub length: Range<usize>,
    /// The regular expression that the whole text must match.
    pub pattern: Option<Pattern>,
    /// The only values allowed, if not empty.
    pub values: &'static [&'static str],
}

/// An inclusive range whose ends may be open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    /// The least value.
    pub min: Option<T>,
    /// The greatest value.
    pub max: Option<T>,
}

/// A named member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The AWS name.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
    /// Whether it must be there.
    pub required: bool,
    /// Where in the HTTP request it travels.
    pub location: Location,
}

/// Where a member travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    Body,
    /// In the path, under this label of the template.
    Label(&'static str),
    /// In the query string, under this key.
    Query(&'static str),
    /// In this header.
    Header(&'static str),
}

impl<T> Range<T> {
    /// The range that everything is in.
    pub const OPEN: Self = Self { min: None, max: None };

    /// Makes a range.
    pub const fn new(min: Option<T>, max: Option<T>) -> Self
    where
        T: Copy,
    {
        Self { min, max }
    }
}

impl Shape {
    /// Returns the members of a structure, and none for other kinds.
    pub fn members(&self) -> &'static [Member] {
        match self.kind {
            Kind::Structure(members) => members,
            _ => &[],
        }
    }

    /// Returns the member of that AWS name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members().iter().find(|member| member.name == name)
    }
}
