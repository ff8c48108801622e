//! As much of the JPEG format as it takes to know a picture's size.

/// Returns width and height, or `None` if this is no JPEG.
pub(super) fn size(picture: &[u8]) -> Option<(u16, u16)> {
    let mut rest = picture.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let [0xFF, marker, high, low, tail @ ..] = rest else { return None };
        // Start-of-frame markers; C4, C8 and CC in their midst are something else.
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let [_precision, height_high, height_low, width_high, width_low, ..] = tail else {
                return None;
            };
            let number = |high: &u8, low: &u8| u16::from_be_bytes([*high, *low]);
            return Some((number(width_high, width_low), number(height_high, height_low)));
        }
        // A segment's length counts the two bytes of the length itself.
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        rest = tail.get(length.checked_sub(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn the_photograph_has_its_size() {
        assert_eq!(
            size(include_bytes!("../../../examples/thumbnail-python/photo.jpg")),
            Some((640, 427))
        );
    }

    #[test]
    fn other_bytes_have_none() {
        assert_eq!(size(b"\x89PNG\r\n"), None);
        assert_eq!(size(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 0]), None);
        assert_eq!(size(&[0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8]), None);
    }
}
