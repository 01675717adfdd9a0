//! How a version writes the octets that would end a header's name, value or line.

use std::borrow::Cow;

use super::{Command, Version, byte_masks::is_plain};

/// The rule that holds for the headers of one frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Escaping {
    /// CONNECT and CONNECTED of every version: octets stand for themselves.
    Never,
    /// 1.0: octets stand for themselves, space around names and values does not count.
    Trim,
    /// 1.1: `\n`, `\c`, `\\`.
    V1_1,
    /// 1.2: also `\r`.
    V1_2,
}

impl Escaping {
    pub(super) const fn of(version: Version, command: Command) -> Self {
        match (command, version) {
            (Command::Connect | Command::Stomp | Command::Connected, _) => Self::Never,
            (_, Version::V1_0) => Self::Trim,
            (_, Version::V1_1) => Self::V1_1,
            (_, Version::V1_2) => Self::V1_2,
        }
    }

    const fn escapes(self) -> bool {
        matches!(self, Self::V1_1 | Self::V1_2)
    }

    /// Whether space around names and values does not count.
    pub(super) const fn trims(self) -> bool {
        matches!(self, Self::Trim)
    }

    /// What the octet after a backslash stands for; `None` is an undefined escape, fatal by the text.
    const fn unescaped(self, code: char) -> Option<char> {
        Some(match (code, self) {
            ('n', _) => '\n',
            ('c', _) => ':',
            ('\\', _) => '\\',
            ('r', Self::V1_2) => '\r',
            _ => return None,
        })
    }

    /// Whether every escape in this text is defined.
    pub(super) fn accepts(self, text: &str) -> bool {
        if !self.escapes() {
            return true;
        }
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            if char == '\\' && chars.next().and_then(|code| self.unescaped(code)).is_none() {
                return false;
            }
        }
        true
    }

    /// The name and value of a header line, which may end in CR.
    #[cold]
    pub(super) fn decode_line<'a>(
        self,
        name: &'a str,
        value: &'a str,
    ) -> (Cow<'a, str>, Cow<'a, str>) {
        let value = value.strip_suffix('\r').unwrap_or(value);
        match self {
            Self::Never => (Cow::Borrowed(name), Cow::Borrowed(value)),
            Self::Trim => (
                Cow::Borrowed(name),
                Cow::Borrowed(value.trim_matches([' ', '\t'])),
            ),
            Self::V1_1 | Self::V1_2 => (self.unescape(name), self.unescape(value)),
        }
    }

    /// The text that an escaped name or value stands for. Undefined escapes stay as they are.
    fn unescape(self, raw: &str) -> Cow<'_, str> {
        let Some((plain, _)) = raw.split_once('\\') else {
            return Cow::Borrowed(raw);
        };
        let mut text = String::with_capacity(raw.len());
        text.push_str(plain);
        let mut chars = raw.chars().skip(plain.chars().count());
        while let Some(char) = chars.next() {
            let code = if char == '\\' {
                chars.clone().next()
            } else {
                None
            };
            match code.and_then(|code| self.unescaped(code)) {
                Some(unescaped) => {
                    text.push(unescaped);
                    chars.next();
                }
                None => text.push(char),
            }
        }
        Cow::Owned(text)
    }

    /// Appends a header's name as this rule writes it.
    #[inline(always)]
    pub(super) fn write_name(self, out: &mut Vec<u8>, name: &str) {
        if is_plain(name.as_bytes()) {
            out.extend_from_slice(name.as_bytes());
        } else {
            self.write_escaped(out, name, b' ');
        }
    }

    /// Appends a header's value as this rule writes it.
    #[inline]
    pub(super) fn write_value(self, out: &mut Vec<u8>, value: &str) {
        if is_plain(value.as_bytes()) {
            out.extend_from_slice(value.as_bytes());
        } else {
            self.write_escaped(out, value, b':');
        }
    }

    /// What the rule cannot carry becomes a space: nobody can smuggle a line or a frame into ours.
    #[cold]
    fn write_escaped(self, out: &mut Vec<u8>, text: &str, colon: u8) {
        for byte in text.bytes() {
            match (byte, self) {
                (b'\n', Self::V1_1 | Self::V1_2) => out.extend_from_slice(b"\\n"),
                (b':', Self::V1_1 | Self::V1_2) => out.extend_from_slice(b"\\c"),
                (b'\\', Self::V1_1 | Self::V1_2) => out.extend_from_slice(b"\\\\"),
                (b'\r', Self::V1_2) => out.extend_from_slice(b"\\r"),
                (b'\n' | b'\r' | 0, _) => out.push(b' '),
                (b':', _) => out.push(colon),
                _ => out.push(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rule: Escaping, value: &str) -> String {
        let mut out = Vec::new();
        rule.write_value(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_version_escapes_what_its_text_lists() {
        let value = "a:b\\c\nd\re";
        assert_eq!(written(Escaping::V1_2, value), r"a\cb\\c\nd\re");
        assert_eq!(written(Escaping::V1_1, value), r"a\cb\\c\nd e");
        assert_eq!(written(Escaping::Trim, value), r"a:b\c d e");
        assert_eq!(written(Escaping::Never, value), r"a:b\c d e");
    }

    #[test]
    fn a_nul_never_reaches_the_wire() {
        for rule in [
            Escaping::Never,
            Escaping::Trim,
            Escaping::V1_1,
            Escaping::V1_2,
        ] {
            assert_eq!(written(rule, "a\0b"), "a b");
        }
    }

    #[test]
    fn undefined_escapes_are_refused() {
        assert!(Escaping::V1_2.accepts(r"a:\c\n\r\\"));
        assert!(!Escaping::V1_2.accepts(r"a:\t"));
        assert!(!Escaping::V1_2.accepts(r"a:\"));
        assert!(!Escaping::V1_1.accepts(r"a:\r"));
        assert!(Escaping::Trim.accepts(r"a:\t"));
        assert!(Escaping::Never.accepts(r"passcode:\t\"));
    }

    #[test]
    fn a_backslash_before_the_letter_n_is_two_octets_again() {
        let value = |rule: Escaping, raw| rule.decode_line("name", raw).1.into_owned();
        assert_eq!(value(Escaping::V1_2, r"\\n"), r"\n");
        assert_eq!(value(Escaping::V1_2, "ä\\c\\cä\r"), "ä::ä");
        assert_eq!(value(Escaping::Never, r"\c"), r"\c");
        assert_eq!(value(Escaping::Trim, " /queue/a\t"), "/queue/a");
    }
}
