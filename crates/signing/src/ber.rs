//! BER to DER, as far as signatures need it: lengths that are not given ahead, and strings in parts.
//!
//! Contents are copied as they are, so that what is DER already comes out unchanged.

/// Structures nest far less deep.
const MAX_DEPTH: usize = 32;

const OCTET_STRING: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
const TAG_NUMBER: u8 = 0x1f;

/// Rewrites one value; `None` if it is none, or has something behind it.
pub(crate) fn to_der(ber: &[u8]) -> Option<Vec<u8>> {
    let mut der = Vec::with_capacity(ber.len());
    let rest = value(ber, &mut der, 0)?;
    rest.is_empty().then_some(der)
}

/// Rewrites the value at the start of `ber` and gives what is behind it.
fn value<'b>(ber: &'b [u8], der: &mut Vec<u8>, depth: usize) -> Option<&'b [u8]> {
    let (&tag, rest) = ber.split_first()?;
    if depth > MAX_DEPTH || tag & TAG_NUMBER == TAG_NUMBER {
        return None;
    }
    let (length, rest) = length(rest)?;
    let constructed = tag & CONSTRUCTED != 0;
    let mut content = Vec::new();
    let rest = match length {
        Some(length) => {
            let (inner, rest) = rest.split_at_checked(length)?;
            if constructed {
                let mut inner = inner;
                while !inner.is_empty() {
                    inner = element(inner, &mut content, (tag, depth))?;
                }
            } else {
                content.extend_from_slice(inner);
            }
            rest
        }
        // Ends with two zeros.
        None if constructed => {
            let mut inner = rest;
            loop {
                if let Some(rest) = inner.strip_prefix(&[0, 0]) {
                    break rest;
                }
                inner = element(inner, &mut content, (tag, depth))?;
            }
        }
        None => return None,
    };
    let is_string = tag == OCTET_STRING | CONSTRUCTED;
    der.push(if is_string { OCTET_STRING } else { tag });
    write_length(content.len(), der);
    der.extend_from_slice(&content);
    Some(rest)
}

/// Rewrites a part of something constructed; the parts of a string are joined.
fn element<'b>(
    ber: &'b [u8],
    content: &mut Vec<u8>,
    (outer, depth): (u8, usize),
) -> Option<&'b [u8]> {
    if outer != OCTET_STRING | CONSTRUCTED {
        return value(ber, content, depth + 1);
    }
    let mut part = Vec::new();
    let rest = value(ber, &mut part, depth + 1)?;
    let (&tag, string) = part.split_first()?;
    let (_, string) = length(string)?;
    (tag == OCTET_STRING).then(|| content.extend_from_slice(string))?;
    Some(rest)
}

/// Reads a length; inside, `None` is one that is not given ahead.
fn length(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..0x80 => Some((Some(usize::from(first)), rest)),
        0x80 => Some((None, rest)),
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if octets.len() > 4 {
                return None;
            }
            let length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
            Some((Some(length), rest))
        }
    }
}

fn write_length(length: usize, der: &mut Vec<u8>) {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        der.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let from = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len() - 1);
    let octets = &octets[from..];
    // A length of this machine has at most eight octets.
    der.push(0x80 | u8::try_from(octets.len()).unwrap_or_default());
    der.extend_from_slice(octets);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_given_ahead_and_strings_joined() {
        let ber = [
            0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 0xaa, 0x04, 0x02, 0xbb, 0xcc, 0, 0, 0x02, 0x01, 5,
            0, 0,
        ];
        let der = [0x30, 0x08, 0x04, 0x03, 0xaa, 0xbb, 0xcc, 0x02, 0x01, 5];
        assert_eq!(to_der(&ber).as_deref(), Some(&der[..]));
        assert_eq!(to_der(&der).as_deref(), Some(&der[..]), "DER stays as it is");
    }

    #[test]
    fn nesting_without_end_is_refused() {
        assert_eq!(to_der(&[0x30, 0x80].repeat(10_000)), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic_and_the_outcome_is_stable(bytes in proptest::collection::vec(0_u8.., 0..80)) {
            if let Some(der) = to_der(&bytes) {
                proptest::prop_assert_eq!(to_der(&der), Some(der));
            }
        }
    }
}
