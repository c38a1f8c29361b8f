//! Does an expression end what it begins? Ginkgo puts users' expressions into groups of its own, and
//! `a)(b` would be a well-formed expression there, with another meaning.

/// Checks that every parenthesis, class and quotation of an expression ends within it. All else is
/// left to Loki's judgement.
///
/// # Errors
/// Says what is open, as the end of a sentence about the expression.
pub fn check(expression: &str) -> Result<(), &'static str> {
    let mut open = 0_u32;
    let mut rest = expression.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('Q') => {
                    let (_, after) = rest
                        .as_str()
                        .split_once("\\E")
                        .ok_or("it has a \\Q without its \\E")?;
                    rest = after.chars();
                }
                Some(_) => {}
                None => return Err("it ends with a single \\"),
            },
            '[' => rest = behind_class(rest.as_str())?.chars(),
            '(' => open += 1,
            ')' => open = open.checked_sub(1).ok_or("it has a ) without its (")?,
            _ => {}
        }
    }
    if open > 0 {
        return Err("it has a ( without its )");
    }
    Ok(())
}

/// Returns what follows a class, from behind its `[`.
fn behind_class(class: &str) -> Result<&str, &'static str> {
    let mut rest = class.strip_prefix('^').unwrap_or(class);
    // The first character is never the end.
    let mut first = true;
    loop {
        if let Some((_, after)) = rest.strip_prefix("[:").and_then(|r| r.split_once(":]")) {
            rest = after;
        } else {
            let mut chars = rest.chars();
            match chars.next() {
                None => return Err("it has a [ without its ]"),
                Some(']') if !first => return Ok(chars.as_str()),
                Some('\\') => drop(chars.next()),
                Some(_) => {}
            }
            rest = chars.as_str();
        }
        first = false;
    }
}
