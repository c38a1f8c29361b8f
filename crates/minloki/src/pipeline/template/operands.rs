//! What stands within an action: commands and their operands.

use super::ast::{Command, Operand, OperandKind, Pipeline, Place};
use super::functions;
use super::lexer::{Lexed, Token};
use super::parser::{DEEPEST, Parser};
use super::tokens::Tokens;
use crate::pipeline::go::float::parse_float;

impl Parser<'_> {
    pub(super) fn commands(
        &mut self,
        tokens: &mut Tokens,
        context: &str,
    ) -> Result<Vec<Command>, String> {
        let mut commands: Vec<Command> = Vec::new();
        loop {
            let mut operands = Vec::new();
            tokens.skip_blank();
            let start = tokens.place();
            let mut end = start;
            loop {
                tokens.skip_blank();
                match tokens.peek() {
                    None | Some(Token::Pipe | Token::Close) => break,
                    Some(_) => operands.push(self.operand(tokens, context)?),
                }
                end = tokens.end;
                if !matches!(
                    tokens.peek(),
                    None | Some(Token::Blank | Token::Pipe | Token::Close)
                ) {
                    let Some(lexed) = tokens.next() else {
                        break;
                    };
                    let shown = self.template.get(lexed.at..lexed.end).unwrap_or_default();
                    return Err(format!("unexpected \"{shown}\" in operand"));
                }
            }
            if operands.is_empty() {
                return Err(if commands.is_empty() {
                    format!("missing value for {context}")
                } else {
                    "missing value for command".to_owned()
                });
            }
            let is_first = commands.is_empty();
            let is_callable = operands.first().is_some_and(|first| {
                matches!(
                    first.kind,
                    OperandKind::Function(_)
                        | OperandKind::Field
                        | OperandKind::Variable(_)
                        | OperandKind::Pipeline(_)
                )
            });
            if !is_first && !is_callable {
                let number = commands.len() + 1;
                return Err(format!("non executable command in pipeline stage {number}"));
            }
            let place = self.place(start, end);
            commands.push(Command { place, operands });
            if !tokens.take(&Token::Pipe) {
                return Ok(commands);
            }
        }
    }

    fn operand(&mut self, tokens: &mut Tokens, context: &str) -> Result<Operand, String> {
        let start = tokens.place();
        let Some(lexed) = tokens.next() else {
            return Err(format!("missing value for {context}"));
        };
        let mut fields = Vec::new();
        let kind = match &lexed.token {
            Token::Dot => OperandKind::Dot,
            Token::Field(name) => {
                fields.push(name.clone());
                OperandKind::Field
            }
            Token::Variable(name) => {
                self.check_variable(name)?;
                OperandKind::Variable(name.clone())
            }
            Token::Text(text) => OperandKind::Text(text.clone()),
            Token::Char(code) => OperandKind::Int(*code),
            Token::Number(text) => number(text)?,
            Token::Open => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("not in the embedded Loki: a template nested so deeply".to_owned());
                }
                let commands = self.commands(tokens, "parenthesized pipeline")?;
                if !tokens.take(&Token::Close) {
                    return Err("unclosed left paren".to_owned());
                }
                self.depth -= 1;
                OperandKind::Pipeline(Box::new(Pipeline {
                    place: self.place(start, tokens.end),
                    variables: Vec::new(),
                    assigns: false,
                    commands,
                }))
            }
            Token::Word(word) => match word.as_str() {
                "true" => OperandKind::Bool(true),
                "false" => OperandKind::Bool(false),
                "nil" => OperandKind::Nil,
                word => match functions::find(word) {
                    Some(function) => OperandKind::Function(function),
                    None => return Err(format!("function \"{word}\" not defined")),
                },
            },
            _ => return Err(unexpected(self.template, &lexed, context)),
        };
        let mut at = start;
        let mut count = 0;
        while let Some(Token::Field(name)) = tokens.peek() {
            fields.push(name.clone());
            count += 1;
            if count == 1 {
                // A chain is said to stand at its second link.
                at = tokens.place();
            }
            tokens.next();
        }
        let is_constant = matches!(
            kind,
            OperandKind::Bool(_)
                | OperandKind::Text(_)
                | OperandKind::Int(_)
                | OperandKind::Float(_)
                | OperandKind::Nil
                | OperandKind::Dot
        );
        if count > 0 && is_constant {
            let shown = self.template.get(start..tokens.end).unwrap_or_default();
            return Err(format!("unexpected . after term \"{shown}\""));
        }
        let place = Place {
            at,
            ..self.place(start, tokens.end)
        };
        Ok(Operand {
            place,
            kind,
            fields,
        })
    }

    fn check_variable(&self, name: &str) -> Result<(), String> {
        if name.is_empty() || self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(format!("undefined variable \"${name}\""))
    }

    pub(super) fn place(&self, start: usize, end: usize) -> Place {
        let text = self.template.get(start..end).unwrap_or_default();
        Place {
            at: start,
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

pub(super) fn unexpected(template: &str, lexed: &Lexed, context: &str) -> String {
    let shown = template.get(lexed.at..lexed.end).unwrap_or_default();
    match lexed.token {
        Token::Close => "unexpected right paren".to_owned(),
        _ => format!("unexpected \"{shown}\" in {context}"),
    }
}

fn number(text: &str) -> Result<OperandKind, String> {
    let plain = text.replace('_', "");
    let negative = plain.starts_with('-');
    let digits = plain.trim_start_matches(['+', '-']);
    let radix = |prefixes: [&str; 2]| {
        let digits = prefixes
            .iter()
            .find_map(|prefix| digits.strip_prefix(prefix));
        digits.map(str::to_owned)
    };
    let magnitude = if let Some(digits) = radix(["0x", "0X"]) {
        i64::from_str_radix(&digits, 16).ok()
    } else if let Some(digits) = radix(["0b", "0B"]) {
        i64::from_str_radix(&digits, 2).ok()
    } else if let Some(digits) = radix(["0o", "0O"]) {
        i64::from_str_radix(&digits, 8).ok()
    } else if digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        i64::from_str_radix(digits, 8).ok()
    } else {
        digits.parse().ok()
    };
    if let Some(magnitude) = magnitude {
        return Ok(OperandKind::Int(if negative {
            -magnitude
        } else {
            magnitude
        }));
    }
    match parse_float(text) {
        Ok(value) => Ok(OperandKind::Float(value)),
        Err(_) => Err(format!("bad number syntax: \"{text}\"")),
    }
}
