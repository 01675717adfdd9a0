//! Reads the `use` lines and paths of a crate's sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The path of a module, without the name of the crate.
pub(super) type Module = Vec<String>;

/// A path that a file names, and the line that it stands in.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) line: usize,
    /// The segments behind the crate's root.
    pub(super) path: Vec<String>,
}

/// One source file.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) file: PathBuf,
    pub(super) imports: Vec<Import>,
    /// What a `use` brings under another path: the name, and the path behind it.
    names: BTreeMap<String, Vec<String>>,
    /// Modules that only tests have.
    test_modules: BTreeSet<String>,
}

/// All source files of a crate, without its tests.
#[derive(Debug)]
pub(super) struct Crate(pub(super) BTreeMap<Module, Source>);

impl Crate {
    /// Reads the sources below `root`.
    pub(super) fn read(root: &Path) -> Self {
        let mut files = Vec::new();
        find(root, &mut files);
        let modules: BTreeMap<Module, PathBuf> = files
            .into_iter()
            .map(|file| (module_of(file.strip_prefix(root).unwrap()), file))
            .collect();
        let read = |(module, file): (&Module, &PathBuf)| {
            let text = fs::read_to_string(file).unwrap();
            (module.clone(), Source::parse(file, module, &text, &modules))
        };
        let mut all: BTreeMap<Module, Source> = modules.iter().map(read).collect();
        let of_tests: Vec<Module> = all
            .iter()
            .flat_map(|(module, source)| {
                let child =
                    |name: &String| [module.as_slice(), std::slice::from_ref(name)].concat();
                source.test_modules.iter().map(child)
            })
            .collect();
        all.retain(|module, _| !of_tests.iter().any(|tests| module.starts_with(tests)));
        Self(all)
    }

    /// Returns the module whose file defines what a path names; re-exports are followed.
    pub(super) fn definition(&self, path: &[String]) -> Module {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let depth = (0..=path.len())
                .rev()
                .find(|depth| self.0.contains_key(&path[..*depth]))
                .unwrap_or(0);
            let (module, rest) = path.split_at(depth);
            let exported = rest
                .first()
                .and_then(|name| self.0.get(module)?.names.get(name));
            match exported {
                Some(target) if target[..] != path[..depth + 1] => {
                    path = [target, &rest[1..]].concat();
                }
                _ => return module.to_vec(),
            }
        }
        panic!("{path:?} is re-exported in a circle");
    }
}

impl Source {
    fn parse(file: &Path, module: &Module, text: &str, all: &BTreeMap<Module, PathBuf>) -> Self {
        let mut source = Self {
            file: file.to_owned(),
            imports: Vec::new(),
            names: BTreeMap::new(),
            test_modules: BTreeSet::new(),
        };
        let code = source.without_tests(&blank(text));
        let rest = source.read_uses(module, &code, all);
        for root in ["crate::", "super::"] {
            for (at, _) in rest.match_indices(root) {
                let is_start =
                    !rest[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c));
                let end = rest[at..].find(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
                let path = rest[at..].get(..end.unwrap_or(rest.len() - at));
                if let (true, Some(path)) = (is_start, path) {
                    source.add(module, line_of(&rest, at), path, all);
                }
            }
        }
        source
    }

    /// Blanks the items that only tests have, and notes their modules.
    fn without_tests(&mut self, code: &str) -> String {
        let mut kept = code.to_owned();
        for mark in ["#[cfg(test)]", "#[cfg(all(test"] {
            while let Some(start) = kept.find(mark) {
                let item = start + kept[start..].find(']').unwrap() + 1;
                let end = item + item_len(&kept[item..]);
                let words: Vec<&str> = kept[item..end].split_whitespace().collect();
                if let Some(at) = words.iter().position(|word| *word == "mod") {
                    self.test_modules
                        .insert(words[at + 1].trim_end_matches(';').to_owned());
                }
                let blank: String = kept[start..end].chars().map(blanked).collect();
                kept.replace_range(start..end, &blank);
            }
        }
        kept
    }

    /// Reads the `use` lines, and returns the code without them.
    fn read_uses(
        &mut self,
        module: &Module,
        code: &str,
        all: &BTreeMap<Module, PathBuf>,
    ) -> String {
        let mut rest = code.to_owned();
        let mut from = 0;
        while let Some(found) = rest[from..].find("use ") {
            let start = from + found;
            from = start + 4;
            let before = rest[..start].trim_end_matches([' ', '\t']);
            if !(before.is_empty()
                || before.ends_with(['\n', ';', '{', '}', ')'])
                || before.ends_with("pub"))
            {
                continue;
            }
            let end = start + rest[start..].find(';').unwrap();
            let line = line_of(&rest, start);
            for (path, name) in expand(&rest[start + 4..end]) {
                if let Some(path) = self.add(module, line, &path, all) {
                    self.names.insert(name, path);
                }
            }
            let blank: String = rest[start..end].chars().map(blanked).collect();
            rest.replace_range(start..end, &blank);
        }
        rest
    }

    fn add(
        &mut self,
        module: &Module,
        line: usize,
        path: &str,
        all: &BTreeMap<Module, PathBuf>,
    ) -> Option<Vec<String>> {
        let mut segments: Vec<String> = path
            .split("::")
            .map(str::trim)
            .filter(|segment| !segment.is_empty())
            .map(str::to_owned)
            .collect();
        let mut base = match segments.first()?.as_str() {
            "crate" => {
                segments.remove(0);
                Vec::new()
            }
            "self" | "super" => module.clone(),
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                if !all.contains_key(&child) {
                    return None; // another crate's
                }
                module.clone()
            }
        };
        while let Some("self" | "super") = segments.first().map(String::as_str) {
            if segments.remove(0) == "super" {
                base.pop()?;
            }
        }
        base.extend(
            segments
                .into_iter()
                .filter(|segment| segment != "self" && segment != "*"),
        );
        self.imports.push(Import {
            line,
            path: base.clone(),
        });
        Some(base)
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(file: &Path) -> Module {
    let mut module: Module = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if matches!(
        module.last().map(String::as_str),
        Some("mod" | "main" | "lib")
    ) {
        module.pop();
    }
    module
}

/// Replaces comments and the insides of strings by blanks, so that lines stay where they are.
fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => {
                while chars.peek().is_some_and(|c| *c != '\n') {
                    chars.next();
                }
            }
            '"' => {
                let hashes = code.chars().rev().take_while(|c| *c == '#').count();
                let is_raw = code[..code.len() - hashes].ends_with('r');
                code.push('"');
                skip_string(&mut chars, is_raw, hashes, &mut code);
                code.push('"');
            }
            '\'' if is_char_literal(&chars) => {
                if chars.next() == Some('\\') {
                    chars.next();
                }
                while chars.next().is_some_and(|c| c != '\'') {}
            }
            _ => code.push(c),
        }
    }
    code
}

/// Skips a string to its closing quote, and keeps its line ends.
fn skip_string(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    is_raw: bool,
    hashes: usize,
    code: &mut String,
) {
    while let Some(c) = chars.next() {
        match c {
            '\\' if !is_raw => code.extend(chars.next().filter(|c| *c == '\n')),
            '"' if chars.clone().take(hashes).filter(|c| *c == '#').count() == hashes => return,
            '\n' => code.push('\n'),
            _ => {}
        }
    }
}

/// Whether a quote begins a character and not a lifetime.
fn is_char_literal(rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let mut rest = rest.clone();
    rest.next() == Some('\\') || rest.next() == Some('\'')
}

const fn blanked(c: char) -> char {
    if c == '\n' { '\n' } else { ' ' }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Bytes of an item, a variant or an arm: to its semicolon or comma, or to the end of its braces.
fn item_len(text: &str) -> usize {
    const ITEMS: [&str; 9] = [
        "pub", "fn", "async", "impl", "mod", "use", "const", "struct", "enum",
    ];
    let word = text.split_whitespace().next().unwrap_or_default();
    let is_item = ITEMS.iter().any(|item| word.starts_with(item)) || word.starts_with('#');
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '}' | ')' | ']' if depth == 0 => return at,
            '}' if depth == 1 => return at + 1,
            ';' if depth == 0 => return at + 1,
            ',' if depth == 0 && !is_item => return at + 1,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The paths of a `use` tree, each with the name that it brings.
fn expand(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((prefix, body)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let own = path
            .trim_end_matches("::self")
            .rsplit("::")
            .next()
            .unwrap_or_default();
        let name = if alias.is_empty() { own } else { alias };
        return vec![(path.trim().to_owned(), name.trim().to_owned())];
    };
    let body = body.trim_end().strip_suffix('}').unwrap();
    let mut depth = 0_usize;
    let parts = body.split(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| expand(&format!("{prefix}{}", part.trim())))
        .collect()
}

#[test]
fn use_lines_and_paths_are_read_and_comments_strings_and_tests_are_not() {
    let module = vec!["scope".to_owned(), "push".to_owned()];
    let text = r##"
//! use crate::comment::A;
use crate::{http::{self, Body as B}, ws};
const TEXT: &str = r#"use crate::text::C; " crate::text"#;
fn quote() -> char { super::feet::quote('"') }
#[cfg(test)]
mod tests { use crate::app::App; }
fn last() { crate::store::last(); }
"##;
    let source = Source::parse(Path::new("push.rs"), &module, text, &BTreeMap::new());
    let read: Vec<_> = source
        .imports
        .iter()
        .map(|import| (import.line, import.path.join("::")))
        .collect();
    let expected = [
        (3, "http"),
        (3, "http::Body"),
        (3, "ws"),
        (8, "store::last"),
        (5, "scope::feet::quote"),
    ];
    assert_eq!(read, expected.map(|(line, path)| (line, path.to_owned())));
    assert_eq!(source.names["B"], ["http", "Body"]);
}
