//! A text that was said, in the other language.

use super::{Text, count};
use crate::verdict::Language;

/// Counts up to this are found by their words; above it they are written in digits.
const COUNTED_IN_WORDS: u32 = 10;

/// A text of the catalogue or a count, given in either language, in Korean and in English: a cue is chosen in one
/// language and may be shown in another. `None` for a text that is neither.
///
/// ```
/// use squirret::feedback::translations;
///
/// let both = Some(("준비됐어요, 시작하세요".to_owned(), "All set, you can begin".to_owned()));
/// assert_eq!(translations("All set, you can begin"), both);
/// assert_eq!(translations("셋!"), Some(("셋!".to_owned(), "Three!".to_owned())));
/// assert_eq!(translations("Bonjour"), None);
/// ```
#[must_use]
pub fn translations(text: &str) -> Option<(String, String)> {
    let known = Text::ALL.iter().map(|text| text.wording());
    if let Some(wording) = known
        .into_iter()
        .find(|wording| wording.ko == text || wording.en == text)
    {
        return Some((wording.ko.to_owned(), wording.en.to_owned()));
    }
    let reps = counted(text)?;
    Some((count(reps, Language::Ko), count(reps, Language::En)))
}

/// The number that a count tells.
fn counted(text: &str) -> Option<u32> {
    let is_count_of = |reps: &u32| {
        [Language::Ko, Language::En]
            .into_iter()
            .any(|language| count(*reps, language) == text)
    };
    let digits = text
        .strip_suffix("개!")
        .or_else(|| text.strip_suffix('!'))
        .and_then(|digits| digits.parse().ok());
    digits
        .into_iter()
        .chain(1..=COUNTED_IN_WORDS)
        .find(is_count_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_by_either_of_its_wordings() {
        for text in Text::ALL {
            let wording = text.wording();
            let both = Some((wording.ko.to_owned(), wording.en.to_owned()));
            assert_eq!(translations(wording.ko), both);
            assert_eq!(translations(wording.en), both);
        }
    }

    #[test]
    fn counts_are_found_in_words_and_in_digits() {
        for reps in (1..=12).chain([100, u32::MAX]) {
            let both = Some((count(reps, Language::Ko), count(reps, Language::En)));
            assert_eq!(translations(&count(reps, Language::Ko)), both, "{reps}");
            assert_eq!(translations(&count(reps, Language::En)), both, "{reps}");
        }
    }

    #[test]
    fn what_is_no_text_of_ours_has_no_translation() {
        for text in ["", "!", "개!", "-3!", "007!", "99999999999!", "Tree!"] {
            assert_eq!(translations(text), None, "{text}");
        }
    }
}
