//! Query strings and the language a caller asks for.

use hyper::HeaderMap;
use squirret::Language;

use super::header;

/// A query string's pairs, decoded as forms are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryPairs<'a>(Option<&'a str>);

impl<'a> QueryPairs<'a> {
    /// Of a URI's query.
    pub(crate) const fn new(query: Option<&'a str>) -> Self {
        Self(query)
    }

    /// The first value of a name.
    pub(crate) fn get(self, name: &str) -> Option<String> {
        let mut pairs = self.0?.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value))
    }
}

/// Percent-decodes; what is no UTF-8 or a broken escape is replaced, never refused.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = (byte == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match escaped.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// The language a caller asks for: `?lang=`, else the first of `Accept-Language` that we speak, else `default`.
pub(crate) fn language(query: QueryPairs<'_>, headers: &HeaderMap, default: Language) -> Language {
    let asked = query.get("lang");
    let accepted = header(headers, "accept-language").unwrap_or_default();
    asked
        .iter()
        .map(String::as_str)
        .chain(accepted.split(','))
        .find_map(spoken)
        .unwrap_or(default)
}

/// The language of a tag such as `ko-KR;q=0.8`.
pub(crate) fn spoken(tag: &str) -> Option<Language> {
    let tag = tag.split([';', ',']).next()?.trim();
    match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
        "ko" => Some(Language::Ko),
        "en" => Some(Language::En),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn values_are_decoded_and_broken_escapes_are_kept() {
        let query = QueryPairs::new(Some("a=1&token=x%2By+z&b=%zz%"));
        assert_eq!(query.get("token").unwrap(), "x+y z");
        assert_eq!(query.get("b").unwrap(), "%zz%");
        assert_eq!(query.get("c"), None);
        assert_eq!(QueryPairs::new(None).get("a"), None);
        let odd = "a.b/c +☂%";
        let query = format!("seal={}", encode(odd));
        assert_eq!(QueryPairs::new(Some(&query)).get("seal").unwrap(), odd);
    }

    #[test]
    fn the_language_asked_for_wins_over_the_accepted_one() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "accept-language",
            HeaderValue::from_static("fr, en-GB;q=0.8, ko;q=0.5"),
        );
        assert_eq!(
            language(QueryPairs::new(None), &headers, Language::Ko),
            Language::En
        );
        assert_eq!(
            language(QueryPairs::new(Some("lang=ko")), &headers, Language::En),
            Language::Ko
        );
        assert_eq!(
            language(
                QueryPairs::new(Some("lang=xx")),
                &HeaderMap::new(),
                Language::Ko
            ),
            Language::Ko
        );
    }
}
