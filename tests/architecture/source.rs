//! Rust source as the checks see it: comments and literals blanked, test modules cut, functions and crate paths found.
//!
//! No parser: a scanner that knows comments, strings, characters and braces, which is enough for a tree that rustfmt wrote.

/// A file split into what is code and what is written in string literals.
pub struct Source {
    /// The code without test modules; comments and the insides of literals are spaces, line breaks stay.
    pub code: String,
    /// The contents of all string literals outside test modules.
    pub literals: Vec<String>,
    /// The file's first line.
    pub first_line: String,
}

/// A function with where it starts and how long it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// Line of `fn`, from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
    /// Whether it is `pub` to everybody.
    pub public: bool,
    /// The text between the parentheses.
    pub parameters: String,
}

impl Source {
    pub fn new(text: &str) -> Self {
        let (code, marks) = blank(text);
        let kept = without_tests(&code);
        let literals = marks.into_iter().filter(|(start, _)| kept.as_bytes()[*start] == b'"').map(|(_, literal)| literal).collect();
        Self { code: kept, literals, first_line: text.lines().next().unwrap_or_default().to_owned() }
    }

    /// Lines that hold code, comments included, up to the last line that is not cut away.
    pub fn lines(&self) -> usize {
        self.code.trim_end().lines().count()
    }

    /// Whether a word or path stands in the code: not as a part of a longer word.
    pub fn has(&self, needle: &str) -> bool {
        places(&self.code, needle).next().is_some()
    }

    pub fn functions(&self) -> Vec<Function> {
        let code = self.code.as_str();
        let mut all = Vec::new();
        for at in places(code, "fn") {
            let after = code[at + 2..].trim_start();
            let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(body) = body_of(&code[at..]).filter(|_| !name.is_empty()) else { continue };
            let line = code[..at].matches('\n').count() + 1;
            let head = code[..at].rsplit(['\n', ';', '}', '{']).next().unwrap_or_default();
            let parameters = between(&code[at..at + body.0]).to_owned();
            let public = head.split_whitespace().next() == Some("pub");
            all.push(Function { name, line, lines: code[at..at + body.1].matches('\n').count() + 1, public, parameters });
        }
        all
    }

    /// The first names after `crate::`, and after as many `super::` as lead to the crate; `depth` is the module's depth.
    pub fn rooms(&self, depth: usize) -> Vec<String> {
        let mut rooms = Vec::new();
        for at in places(&self.code, "crate") {
            if let Some(rest) = self.code[at + 5..].strip_prefix("::").filter(|_| !self.code[..at].ends_with('$')) {
                rooms.extend(first_names(rest));
            }
        }
        for at in places(&self.code, "super") {
            if self.code[..at].ends_with("::") {
                continue;
            }
            let mut rest = &self.code[at..];
            let mut ups = 0;
            while let Some(next) = rest.strip_prefix("super::") {
                rest = next;
                ups += 1;
            }
            if ups == depth {
                rooms.extend(first_names(rest));
            }
        }
        rooms
    }
}

/// Where a needle stands as a whole word.
fn places<'t>(code: &'t str, needle: &'t str) -> impl Iterator<Item = usize> + 't {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(needle).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back().filter(|_| needle.starts_with(word));
        let after = code[at + needle.len()..].chars().next().filter(|_| needle.ends_with(word));
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// `a::b` gives `a`; `{a::b, c::{d, e}}` gives `a` and `c`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Start and end (after the closing brace) of a function's body; none where there is only a signature.
fn body_of(code: &str) -> Option<(usize, usize)> {
    let mut round = 0_usize;
    let open = code.char_indices().find_map(|(at, c)| match c {
        '(' | '[' => {
            round += 1;
            None
        }
        ')' | ']' => {
            round = round.saturating_sub(1);
            None
        }
        '{' | ';' if round == 0 => Some((at, c)),
        _ => None,
    });
    let (open, _) = open.filter(|(_, c)| *c == '{')?;
    Some((open, open + closing(&code[open..])?))
}

/// The place after the brace that closes the one at the start.
fn closing(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The text between the first parenthesis and the one that closes it.
fn between(signature: &str) -> &str {
    let Some(open) = signature.find('(') else { return "" };
    let mut depth = 0_usize;
    for (at, c) in signature[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return &signature[open + 1..open + at];
        }
    }
    ""
}

/// Blanks `#[cfg(test)] mod name { … }`; line breaks inside go as well, so that line counts are those of the code.
fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    while let Some(at) = kept.find("#[cfg(test)]") {
        let rest = &kept[at..];
        let semicolon = rest.find(';').unwrap_or(rest.len());
        let end = match rest.find('{').filter(|brace| *brace < semicolon) {
            Some(brace) => brace + closing(&rest[brace..]).unwrap_or(rest.len() - brace),
            None => (semicolon + 1).min(rest.len()),
        };
        let blanked: String = " ".repeat(end);
        kept.replace_range(at..at + end, &blanked);
    }
    kept
}

/// Blanks comments and the insides of literals, byte for byte; gives the literals with where their opening mark stands.
fn blank(text: &str) -> (String, Vec<(usize, String)>) {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut literals = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = match rest {
            [b'/', b'/', ..] => at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => at + comment_length(rest),
            [b'"', ..] => at + string_length(rest, 0, true),
            [b'r', b'"' | b'#', ..] if !in_word(bytes, at) && raw_hashes(&rest[1..]).is_some() => {
                let hashes = raw_hashes(&rest[1..]).unwrap_or(0);
                at + 1 + hashes + string_length(&rest[1 + hashes..], hashes, false)
            }
            [b'\'', ..] => at + char_length(rest),
            _ => {
                at += 1;
                continue;
            }
        };
        let opening = (at..end).find(|i| bytes[*i] == b'"').filter(|_| bytes[at] != b'/' && bytes[at] != b'\'');
        if let Some(opening) = opening {
            literals.push((opening, text[opening..end].trim_matches(['"', '#']).to_owned()));
        }
        for (i, byte) in out.iter_mut().enumerate().take(end).skip(at) {
            if *byte != b'\n' && Some(i) != opening {
                *byte = b' ';
            }
        }
        at = end;
    }
    (String::from_utf8(out).expect("only whole literals and comments were blanked"), literals)
}

fn in_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'b' || bytes[at - 1] == b'_')
}

fn raw_hashes(rest: &[u8]) -> Option<usize> {
    let hashes = rest.iter().take_while(|b| **b == b'#').count();
    (rest.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn comment_length(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn string_length(rest: &[u8], hashes: usize, escapes: bool) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' if escapes => at += 2,
            b'"' if rest[at + 1..].iter().take_while(|b| **b == b'#').count() >= hashes => return at + 1 + hashes,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a character literal, or 1 for the mark of a lifetime.
fn char_length(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest.iter().skip(3).position(|b| *b == b'\'').map_or(rest.len(), |at| at + 4);
    }
    let width = match rest.get(1) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 1 }
}
