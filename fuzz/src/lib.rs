//! What the targets share: choices read from the fuzzer's bytes.

/// The fuzzer's bytes, taken as choices; behind their end every choice is the first.
pub struct Bytes<'d>(pub &'d [u8]);

impl<'d> Bytes<'d> {
    /// A number below `bound`, from as many bytes as it needs.
    pub fn below(&mut self, bound: usize) -> usize {
        let (mut value, mut span) = (0, 1);
        while span < bound {
            let Some((first, rest)) = self.0.split_first() else {
                break;
            };
            value = value << 8 | usize::from(*first);
            span <<= 8;
            self.0 = rest;
        }
        value % bound.max(1)
    }

    /// A piece of the bytes as text, of at most 255 bytes.
    pub fn text(&mut self) -> String {
        let length = self.below(256).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }
}
