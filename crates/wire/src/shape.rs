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
        /// Whether a bad element is reported with its own constraint instead of all that elements have.
        plain: bool,
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

impl Member {
    /// Makes a member of the body.
    pub const fn body(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, required: false, location: Location::Body }
    }

    /// Makes a member that travels in the path.
    pub const fn label(name: &'static str, label: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, required: false, location: Location::Label(label) }
    }

    /// Makes a member that travels in the query string.
    pub const fn query(name: &'static str, key: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, required: false, location: Location::Query(key) }
    }

    /// Makes a member that travels in a header.
    pub const fn header(name: &'static str, header: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape, required: false, location: Location::Header(header) }
    }

    /// Makes it one that must be there.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl<T> Range<T> {
    /// The range that everything is in.
    pub const OPEN: Self = Self { min: None, max: None };

    /// Makes a range with both ends.
    pub const fn between(min: T, max: T) -> Self
    where
        T: Copy,
    {
        Self { min: Some(min), max: Some(max) }
    }

    /// Makes a range with a least value only.
    pub const fn at_least(min: T) -> Self
    where
        T: Copy,
    {
        Self { min: Some(min), max: None }
    }

    /// Makes a range with a greatest value only.
    pub const fn at_most(max: T) -> Self
    where
        T: Copy,
    {
        Self { min: None, max: Some(max) }
    }
}

impl Shape {
    /// Makes the shape of a text.
    pub const fn text(
        length: Range<usize>,
        pattern: Option<&'static str>,
        values: &'static [&'static str],
    ) -> Self {
        let pattern = match pattern {
            Some(source) => Some(Pattern::new(source)),
            None => None,
        };
        Self::of(Kind::Text(Text { length, pattern, values }))
    }

    /// Makes the shape of a list.
    pub const fn list(member: &'static Self, length: Range<usize>) -> Self {
        Self::of(Kind::List { member, plain: false, length })
    }

    /// Makes the shape of a list that reports a bad element with the element's own constraint.
    pub const fn plain_list(member: &'static Self, length: Range<usize>) -> Self {
        Self::of(Kind::List { member, plain: true, length })
    }

    /// Makes the shape of a map.
    pub const fn map(key: &'static Self, value: &'static Self, length: Range<usize>) -> Self {
        Self::of(Kind::Map { key, value, length })
    }

    /// Makes a shape of any kind.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, sensitive: false }
    }

    /// Makes it one whose value must not appear in messages.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

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
