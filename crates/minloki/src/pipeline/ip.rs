//! Addresses: `ip("…")` in line and label filters.

use std::net::IpAddr;

/// An address, a range `from-to`, or a network `address/bits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpPattern {
    from: IpAddr,
    to: IpAddr,
}

impl IpPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Loki's words.
    pub fn new(pattern: &str) -> Result<Self, String> {
        parse(pattern)
            .ok_or_else(|| format!("ip: invalid pattern: {}", super::go::quote::quote(pattern)))
    }

    /// Says whether an address of the pattern stands somewhere in a text.
    pub fn is_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let charset = if begins_v6(rest) {
                |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')
            } else if begins_v4(rest) {
                |byte: u8| byte.is_ascii_digit() || byte == b'.'
            } else {
                at += 1;
                while !text.is_char_boundary(at) {
                    at += 1;
                }
                continue;
            };
            let length = rest.bytes().take_while(|byte| charset(*byte)).count();
            let candidate = rest.get(..length).unwrap_or_default();
            if candidate
                .parse()
                .is_ok_and(|address| self.contains(address))
            {
                return true;
            }
            at = (at + length.max(1)).min(bytes.len());
        }
        false
    }

    fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.from.is_ipv4() && self.from <= address && address <= self.to
    }
}

/// Up to four digits of 16 and a colon.
fn begins_v6(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    digits <= 4 && text.as_bytes().get(digits) == Some(&b':')
}

/// Up to three digits and a dot.
fn begins_v4(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits) && text.as_bytes().get(digits) == Some(&b'.')
}

fn parse(pattern: &str) -> Option<IpPattern> {
    if let Some((from, to)) = pattern.split_once('-') {
        let (from, to): (IpAddr, IpAddr) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        let is_range = from.is_ipv4() == to.is_ipv4() && from <= to;
        return is_range.then_some(IpPattern { from, to });
    }
    if let Some((address, bits)) = pattern.split_once('/') {
        let address: IpAddr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok()?;
        return Some(match address {
            IpAddr::V4(v4) if bits <= 32 => {
                let host = u32::MAX.checked_shr(bits).unwrap_or_default();
                let base = u32::from(v4);
                IpPattern {
                    from: IpAddr::V4((base & !host).into()),
                    to: IpAddr::V4((base | host).into()),
                }
            }
            IpAddr::V6(v6) if bits <= 128 => {
                let host = u128::MAX.checked_shr(bits).unwrap_or_default();
                let base = u128::from(v6);
                IpPattern {
                    from: IpAddr::V6((base & !host).into()),
                    to: IpAddr::V6((base | host).into()),
                }
            }
            _ => return None,
        });
    }
    let address: IpAddr = pattern.parse().ok()?;
    Some(IpPattern {
        from: address,
        to: address,
    })
}

#[cfg(test)]
mod tests {
    use super::IpPattern;

    #[test]
    fn addresses_are_found_where_loki_finds_them() {
        for (pattern, text, found) in [
            ("10.1.2.3", "10.1.2.3 x", true),
            ("10.1.2.3", "10.1.2.300", false),
            ("10.1.2.3", "10.1.2.3.4", false),
            ("10.0.0.0/8", "1.1.1.1 10.1.2.9", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", false),
            ("10.1.2.0-10.1.2.255", "é10.1.2.9", true),
            ("0.0.0.0/0", "x 192.168.0.1:80", true),
            ("1.2.3.4", "a1.2.3.4", true),
            ("1.2.3.4", "1.2.3.4a", true),
            ("fe80::/16", "fe80::1 z", true),
            ("::/0", "12:30:45 abc::1", true),
            ("::/0", "12:30:45", false),
        ] {
            let ip = IpPattern::new(pattern).unwrap();
            assert_eq!(ip.is_in(text), found, "{pattern} in {text}");
        }
        for pattern in [
            "bad",
            "1.2.3.4/33",
            "5-1",
            "1.2.3.4-::1",
            "10.0.0.9-10.0.0.1",
        ] {
            let problem = format!("ip: invalid pattern: \"{pattern}\"");
            assert_eq!(IpPattern::new(pattern), Err(problem));
        }
    }
}
