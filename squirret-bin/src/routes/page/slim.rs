//! Leaves out of a script or a style sheet what only its readers here need: comments and indentation.

/// Returns a script without its comments and indentation. Comments begin a line with `//`, `/*` or ` *`, or stand
/// within a line as `/** … */`, which is how this project writes them; no other text of it looks like that.
pub(super) fn script(text: &str) -> String {
    let is_code = |line: &&str| {
        !line.is_empty()
            && !["//", "* ", "*/"].iter().any(|mark| line.starts_with(mark))
            && *line != "*"
    };
    let lines = text.lines().map(str::trim);
    let mut slim = String::with_capacity(text.len());
    let mut is_comment = false;
    for line in lines {
        is_comment |= line.starts_with("/**") && !line.contains("*/");
        if is_comment {
            is_comment = !line.contains("*/");
            continue;
        }
        let line = without_blocks(line, "/**");
        if is_code(&line.trim()) {
            slim.push_str(line.trim());
            slim.push('\n');
        }
    }
    slim
}

/// Returns a style sheet without its comments and indentation.
pub(super) fn style(text: &str) -> String {
    let text = without_blocks(text, "/*");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut slim = String::with_capacity(text.len());
    for line in lines {
        slim.push_str(line);
        slim.push('\n');
    }
    slim
}

/// Leaves out what stands between `begin` and `*/`, both included.
fn without_blocks(text: &str, begin: &str) -> String {
    let mut rest = text;
    let mut slim = String::new();
    while let Some((before, comment)) = rest.split_once(begin) {
        let Some((_, after)) = comment.split_once("*/") else {
            break;
        };
        slim.push_str(before);
        rest = after;
    }
    slim + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let text = "// What it is.\n/**\n * A type.\n * @param {string} a\n */\nexport function f(a) {\n  \
            const b = /** @type {any} */ (a) * 2; // kept\n  /** One. */\n  return `${b}//x`;\n}\n";
        let slim = "export function f(a) {\nconst b =  (a) * 2; // kept\nreturn `${b}//x`;\n}\n";
        assert_eq!(script(text), slim);
    }

    #[test]
    fn a_style_sheet_keeps_its_rules() {
        let text = "/* All. */\na { b: c; } /* d */\n\n  e { f: g; }\n";
        assert_eq!(style(text), "a { b: c; }\ne { f: g; }\n");
    }
}
