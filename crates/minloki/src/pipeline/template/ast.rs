//! Templates as trees.

use super::functions::Function;

/// Where a node stands and how it is written, for messages.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Bytes from the start of the template.
    pub at: usize,
    /// As written, blanks between its parts reduced to one.
    pub text: String,
}

/// What a template consists of.
#[derive(Debug, Clone)]
pub enum Node {
    /// Text outside actions.
    Text(String),
    /// `{{ … }}`: writes the value, unless it sets a variable.
    Action(Pipeline),
    /// `{{ if … }}`, and `{{ with … }}` where `is_with`.
    If {
        /// Whether the value becomes the dot.
        is_with: bool,
        /// What is asked.
        pipeline: Pipeline,
        /// Where it holds.
        then: Vec<Node>,
        /// Where not.
        otherwise: Vec<Node>,
    },
    /// `{{ range … }}`
    Range {
        /// What is gone through.
        pipeline: Pipeline,
        /// Once for each element.
        body: Vec<Node>,
        /// Where there is none.
        otherwise: Vec<Node>,
    },
    /// `{{ break }}`
    Break,
    /// `{{ continue }}`
    Continue,
}

/// `$x := a | b c`
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Where it stands.
    pub place: Place,
    /// Variables that are set: one, or two in a `range`.
    pub variables: Vec<String>,
    /// Whether these exist already (`=`, not `:=`).
    pub assigns: bool,
    /// At least one; the value of each is the last argument of the next.
    pub commands: Vec<Command>,
}

/// `f a b`
#[derive(Debug, Clone)]
pub struct Command {
    /// Where it stands.
    pub place: Place,
    /// At least one.
    pub operands: Vec<Operand>,
}

/// A part of a command.
#[derive(Debug, Clone)]
pub struct Operand {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: OperandKind,
    /// `.a.b` behind a variable or parentheses.
    pub fields: Vec<String>,
}

/// The kinds of operands.
#[derive(Debug, Clone)]
pub enum OperandKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `.a.b`: the names are the operand's fields.
    Field,
    /// `$x`
    Variable(String),
    /// The name of a function.
    Function(Function),
    /// `true`, `false`
    Bool(bool),
    /// `"text"`
    Text(String),
    /// `1`, `'a'`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// `( … )`
    Pipeline(Box<Pipeline>),
}

/// Calls `each` with the first name of every field of the dot.
pub fn for_each_field(nodes: &[Node], each: &mut dyn FnMut(&str)) {
    for node in nodes {
        match node {
            Node::Text(_) | Node::Break | Node::Continue => {}
            Node::Action(pipeline) => fields_of(pipeline, each),
            Node::If {
                pipeline,
                then: body,
                otherwise,
                ..
            }
            | Node::Range {
                pipeline,
                body,
                otherwise,
            } => {
                fields_of(pipeline, each);
                for_each_field(body, each);
                for_each_field(otherwise, each);
            }
        }
    }
}

fn fields_of(pipeline: &Pipeline, each: &mut dyn FnMut(&str)) {
    let commands = pipeline.commands.iter();
    for operand in commands.flat_map(|command| &command.operands) {
        match (&operand.kind, operand.fields.first()) {
            (OperandKind::Field, Some(name)) => each(name),
            (OperandKind::Pipeline(inner), _) => fields_of(inner, each),
            _ => {}
        }
    }
}

/// Returns the field of the dot that is all of a template.
pub fn only_field(nodes: &[Node]) -> Option<&str> {
    let [Node::Action(pipeline)] = nodes else {
        return None;
    };
    let [command] = pipeline.commands.as_slice() else {
        return None;
    };
    let ([operand], true) = (command.operands.as_slice(), pipeline.variables.is_empty()) else {
        return None;
    };
    match (&operand.kind, operand.fields.as_slice()) {
        (OperandKind::Field, [name]) => Some(name),
        _ => None,
    }
}
