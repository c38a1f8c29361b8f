//! Runs templates.

use super::Context;
use super::ast::{Command, Node, Operand, OperandKind, Pipeline, Place};
use super::functions::{Failure as CallFailure, Function};
use super::value::Value;

/// The longest text that a template makes, in bytes.
pub const LONGEST: usize = 16 << 20;

/// The most elements that a template goes through in all.
const MOST_ROUNDS: usize = 1 << 20;

/// Why a template ended.
#[derive(Debug)]
pub struct Failure {
    /// Bytes from the start of the template.
    pub at: usize,
    /// The part of the template that failed.
    pub shown: String,
    /// Go's words.
    pub text: String,
}

/// How a list of nodes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
}

/// Runs the nodes of a template and returns what they write.
pub fn run(nodes: &[Node], context: &dyn Context) -> Result<String, Failure> {
    let mut runner = Runner {
        context,
        variables: vec![(String::new(), Value::Labels)],
        out: String::new(),
        rounds: 0,
        place: None,
    };
    runner.nodes(nodes, &Value::Labels)?;
    Ok(runner.out)
}

struct Runner<'t> {
    context: &'t dyn Context,
    variables: Vec<(String, Value)>,
    out: String,
    rounds: usize,
    /// What was looked at last: there Go says that something failed.
    place: Option<&'t Place>,
}

impl<'t> Runner<'t> {
    fn fail<T>(&self, text: impl Into<String>) -> Result<T, Failure> {
        Err(self.failure(text))
    }

    fn failure(&self, text: impl Into<String>) -> Failure {
        Failure {
            at: self.place.map_or(0, |place| place.at),
            shown: self
                .place
                .map_or_else(String::new, |place| place.text.clone()),
            text: text.into(),
        }
    }

    fn is_true(&self, value: &Value) -> bool {
        match value {
            Value::Labels => !self.context.labels().is_empty(),
            value => value.is_true(0),
        }
    }

    fn nodes(&mut self, nodes: &'t [Node], dot: &Value) -> Result<Flow, Failure> {
        let scope = self.variables.len();
        let mut flow = Flow::On;
        for node in nodes {
            flow = self.node(node, dot)?;
            if flow != Flow::On {
                break;
            }
        }
        self.variables.truncate(scope);
        Ok(flow)
    }

    fn node(&mut self, node: &'t Node, dot: &Value) -> Result<Flow, Failure> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::Action(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                if pipeline.variables.is_empty() {
                    self.print(&value);
                }
                if self.out.len() > LONGEST {
                    return self.fail("not in the embedded Loki: a text so long from a template");
                }
            }
            Node::If {
                is_with,
                pipeline,
                then,
                otherwise,
            } => {
                let scope = self.variables.len();
                let value = self.pipeline(pipeline, dot)?;
                let flow = if self.is_true(&value) {
                    self.nodes(then, if *is_with { &value } else { dot })?
                } else {
                    self.nodes(otherwise, dot)?
                };
                self.variables.truncate(scope);
                return Ok(flow);
            }
            Node::Range {
                pipeline,
                body,
                otherwise,
            } => return self.range(pipeline, body, otherwise, dot),
        }
        Ok(Flow::On)
    }

    fn print(&mut self, value: &Value) {
        match value {
            Value::Nil => self.out.push_str("<no value>"),
            value => {
                let context = self.context;
                value.print(&mut self.out, &|| context.labels());
            }
        }
    }

    fn elements(&self, value: Value) -> Result<Vec<(Value, Value)>, Failure> {
        Ok(match value {
            Value::List(list) => {
                let numbered = list.into_iter().enumerate();
                let both = |(at, value)| (Value::Int(at as i64), value);
                numbered.map(both).collect()
            }
            Value::Map(map) => map
                .into_iter()
                .map(|(key, value)| (Value::Text(key), value))
                .collect(),
            Value::Labels => {
                let labels = self.context.labels().into_iter();
                let both = |(name, value)| (Value::Text(name), Value::Text(value));
                labels.map(both).collect()
            }
            Value::Int(count) | Value::Int64(count) if count <= MOST_ROUNDS as i64 => {
                let number = |at| (Value::Int(at), Value::Int(at));
                (0..count).map(number).collect()
            }
            Value::Nil => Vec::new(),
            value => {
                let mut shown = String::new();
                value.print(&mut shown, &|| self.context.labels());
                return self.fail(format!("range can't iterate over {shown}"));
            }
        })
    }

    fn range(
        &mut self,
        pipeline: &'t Pipeline,
        body: &'t [Node],
        otherwise: &'t [Node],
        dot: &Value,
    ) -> Result<Flow, Failure> {
        let scope = self.variables.len();
        let value = self.pipeline(pipeline, dot)?;
        let elements = self.elements(value)?;
        if elements.is_empty() {
            self.variables.truncate(scope);
            return self.nodes(otherwise, dot);
        }
        for (key, value) in elements {
            self.rounds += 1;
            if self.rounds > MOST_ROUNDS {
                return self.fail("not in the embedded Loki: a template with so many rounds");
            }
            match pipeline.variables.as_slice() {
                [one] => self.assign(one, value.clone())?,
                [first, second] => {
                    self.assign(first, key)?;
                    self.assign(second, value.clone())?;
                }
                _ => {}
            }
            if self.nodes(body, &value)? == Flow::Break {
                break;
            }
        }
        self.variables.truncate(scope);
        Ok(Flow::On)
    }

    fn assign(&mut self, name: &str, value: Value) -> Result<(), Failure> {
        let mut variables = self.variables.iter_mut().rev();
        let Some((_, slot)) = variables.find(|(known, _)| known == name) else {
            return self.fail(format!("undefined variable: ${name}"));
        };
        *slot = value;
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Value) -> Result<Value, Failure> {
        self.place = Some(&pipeline.place);
        let mut value: Option<Value> = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Value::Nil);
        // A range sets its variables once more for each element.
        for name in &pipeline.variables {
            if pipeline.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    /// Evaluates a command; `last` is the value of the one before it.
    fn command(
        &mut self,
        command: &'t Command,
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, Failure> {
        let Some((first, arguments)) = command.operands.split_first() else {
            return Ok(Value::Nil);
        };
        if let OperandKind::Function(function) = &first.kind {
            self.place = Some(&first.place);
            let value = self.call(*function, &command.place, arguments, dot, last)?;
            return self.fields(value, first);
        }
        if !arguments.is_empty() || last.is_some() {
            self.place = Some(&first.place);
            return self.fail(match &first.kind {
                OperandKind::Field | OperandKind::Variable(_) | OperandKind::Dot => {
                    let name = first.fields.last();
                    let name = name.map_or(first.place.text.as_str(), String::as_str);
                    format!("{name} is not a method but has arguments")
                }
                _ => format!("can't give argument to non-function {}", first.place.text),
            });
        }
        if matches!(first.kind, OperandKind::Nil) {
            self.place = Some(&first.place);
            return self.fail("nil is not a command");
        }
        self.operand(first, dot)
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Value) -> Result<Value, Failure> {
        self.place = Some(&operand.place);
        let value = match &operand.kind {
            OperandKind::Dot | OperandKind::Field => dot.clone(),
            OperandKind::Nil => Value::Nil,
            OperandKind::Bool(value) => Value::Bool(*value),
            OperandKind::Int(value) => Value::Int(*value),
            OperandKind::Float(value) => Value::Float(*value),
            OperandKind::Text(text) => Value::Text(text.clone()),
            OperandKind::Variable(name) => {
                let mut variables = self.variables.iter().rev();
                let known = variables.find(|(known, _)| known == name);
                known.map_or(Value::Nil, |(_, value)| value.clone())
            }
            OperandKind::Pipeline(pipeline) => match self.pipeline(pipeline, dot)? {
                // Nothing is in nothing, and Go does not mind.
                Value::Nil => return Ok(Value::Nil),
                value => value,
            },
            OperandKind::Function(function) => {
                self.call(*function, &operand.place, &[], dot, None)?
            }
        };
        self.fields(value, operand)
    }

    /// Follows the fields behind an operand.
    fn fields(&self, mut value: Value, operand: &Operand) -> Result<Value, Failure> {
        for name in &operand.fields {
            value = match value {
                Value::Labels => {
                    Value::Text(self.context.label(name).unwrap_or_default().to_owned())
                }
                Value::Map(mut map) => map.remove(name).unwrap_or(Value::Nil),
                Value::Nil => {
                    return self.fail(format!("nil pointer evaluating interface {{}}.{name}"));
                }
                other => {
                    let of = other.type_name();
                    return self.fail(format!("can't evaluate field {name} in type {of}"));
                }
            };
        }
        Ok(value)
    }

    fn call(
        &mut self,
        function: Function,
        place: &'t Place,
        arguments: &'t [Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, Failure> {
        let name = function.name();
        let count = arguments.len() + usize::from(last.is_some());
        function
            .check_count(count)
            .map_err(|problem| self.failure(problem))?;
        // `and` and `or` evaluate no more than they need.
        if matches!(name, "and" | "or") {
            let stops_at = name == "or";
            let mut value = Value::Nil;
            for argument in arguments {
                value = self.operand(argument, dot)?;
                if self.is_true(&value) == stops_at {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let mut values = Vec::with_capacity(count);
        let mut places = Vec::with_capacity(count);
        for argument in arguments {
            let value = match (
                self.operand(argument, dot)?,
                function.takes_int(values.len()),
            ) {
                // A number such as 2.0 is a whole one where that is wanted.
                (Value::Float(value), true)
                    if matches!(argument.kind, OperandKind::Float(_)) && value.fract() == 0.0 =>
                {
                    Value::Int(value as i64)
                }
                (value, _) => value,
            };
            values.push(value);
            places.push(self.place);
        }
        values.extend(last);
        function
            .run(self.context, &values)
            .map_err(|problem| match problem {
                CallFailure::Call(text) => {
                    self.place = Some(place);
                    self.failure(format!("error calling {name}: {text}"))
                }
                CallFailure::Argument {
                    number,
                    expected,
                    got,
                } => {
                    self.place = places.get(number).copied().unwrap_or(self.place);
                    self.failure(wrong_argument(arguments.get(number), expected, got))
                }
            })
    }
}

/// What Go says of an argument of another type.
fn wrong_argument(argument: Option<&Operand>, expected: &str, got: Option<&str>) -> String {
    if let Some(argument) = argument {
        let shown = &argument.place.text;
        match argument.kind {
            OperandKind::Nil => return format!("cannot assign nil to {expected}"),
            OperandKind::Bool(_)
            | OperandKind::Text(_)
            | OperandKind::Int(_)
            | OperandKind::Float(_) => {
                let expected = if expected == "int" {
                    "integer"
                } else {
                    expected
                };
                return format!("expected {expected}; found {shown}");
            }
            _ => {}
        }
    }
    match got {
        Some(got) => format!("wrong type for value; expected {expected}; got {got}"),
        None => format!("invalid value; expected {expected}"),
    }
}
