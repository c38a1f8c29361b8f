//! Go's templates: `line_format` and `label_format`.
//!
//! Values have Go's types, since a function that gets another one fails there as well.
//! Source: <https://pkg.go.dev/text/template>,
//! <https://grafana.com/docs/loki/latest/query/template_functions/>.

mod ast;
mod eval;
mod functions;
mod lexer;
mod operands;
mod parser;
mod tokens;
mod value;

// Functions have one type, whether or not they can fail.
#[allow(clippy::unnecessary_wraps)]
mod arithmetic;
#[allow(clippy::unnecessary_wraps)]
mod builtins;
#[allow(clippy::unnecessary_wraps)]
mod encodings;
mod printf;
#[allow(clippy::unnecessary_wraps)]
mod texts;
#[allow(clippy::unnecessary_wraps)]
mod times;

use ast::Node;

/// What a template reads of the entry.
pub trait Context {
    /// The value of a label.
    fn label(&self, name: &str) -> Option<&str>;
    /// All labels, sorted by name.
    fn labels(&self) -> Vec<(String, String)>;
    /// The line as it is at this stage.
    fn line(&self) -> &str;
    /// Nanoseconds since the epoch.
    fn timestamp_ns(&self) -> i64;
}

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    name: &'static str,
    text: String,
    nodes: Vec<Node>,
}

impl Template {
    /// Compiles a template; `name` is what messages call it.
    ///
    /// # Errors
    /// Go's words: `template: line:1: unclosed action`.
    pub fn new(name: &'static str, text: &str) -> Result<Self, String> {
        let nodes = parser::parse(text).map_err(|problem| format!("template: {name}:{problem}"))?;
        Ok(Self {
            name,
            text: text.to_owned(),
            nodes,
        })
    }

    /// Returns the label that is all of the template: `{{ .name }}`.
    pub fn only_label(&self) -> Option<&str> {
        ast::only_field(&self.nodes)
    }

    /// Calls `each` with the labels that the template names as fields: `{{ .name }}`.
    pub fn for_each_field(&self, each: &mut dyn FnMut(&str)) {
        ast::for_each_field(&self.nodes, each);
    }

    /// Runs the template.
    ///
    /// # Errors
    /// Go's words, as far as they are known here.
    pub fn run(&self, context: &dyn Context) -> Result<String, String> {
        eval::run(&self.nodes, context).map_err(|failure| {
            let place = self.location(failure.at);
            format!(
                "template: {}:{place}: executing \"{}\" at <{}>: {}",
                self.name, self.name, failure.shown, failure.text
            )
        })
    }

    /// Line, from 1, and bytes from its start.
    fn location(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        format!("{}:{}", parser::line_of(&self.text, at), at - start)
    }
}
