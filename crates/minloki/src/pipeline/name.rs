//! Names of labels that come from the names of fields.

/// Adds a field's name with `_` in place of all that no label's name may have; a name does not begin
/// with a digit.
pub fn push_sanitized(out: &mut String, field: &str) {
    for c in field.trim().chars() {
        let is_digit = c.is_ascii_digit();
        if is_digit && out.is_empty() {
            out.push('_');
        }
        let is_valid = is_digit || c.is_ascii_alphabetic() || c == '_';
        out.push(if is_valid { c } else { '_' });
    }
}
