//! From tokens to a tree.
//! Source: <https://pkg.go.dev/text/template>.

use super::ast::{Command, Node, Operand, OperandKind, Pipeline, Place};
use super::functions;
use super::lexer::{Lexed, Piece, Token, split};
use crate::pipeline::go::float::parse_float;

/// The deepest nesting of actions and parentheses.
const DEEPEST: usize = 100;

/// Reads a template.
///
/// # Errors
/// Go's words from behind the template's name: `1: unclosed action`.
pub fn parse(template: &str) -> Result<Vec<Node>, String> {
    let located = |(at, problem): (usize, String)| format!("{}: {problem}", line_of(template, at));
    let pieces = split(template).map_err(located)?;
    let mut parser = Parser {
        template,
        pieces: pieces.into_iter(),
        variables: Vec::new(),
        at: 0,
        depth: 0,
        loops: 0,
    };
    let (nodes, end) = parser
        .nodes()
        .map_err(|problem| located((parser.at, problem)))?;
    match end {
        End::Text => Ok(nodes),
        End::End => Err(located((parser.at, "unexpected {{end}}".to_owned()))),
        End::Else(_) => Err(located((parser.at, "unexpected {{else}}".to_owned()))),
    }
}

/// Returns the line of a place, from 1.
pub fn line_of(template: &str, at: usize) -> usize {
    let before = template.get(..at).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// What ends a list of nodes.
enum End {
    /// The template.
    Text,
    /// `{{ end }}`
    End,
    /// `{{ else }}` with what stands behind the word.
    Else(Tokens),
}

struct Parser<'t> {
    template: &'t str,
    pieces: std::vec::IntoIter<Piece>,
    /// The names in scope.
    variables: Vec<String>,
    /// Where the current action begins.
    at: usize,
    depth: usize,
    /// How many `range` are around.
    loops: usize,
}

/// The rest of an action.
struct Tokens {
    list: std::iter::Peekable<std::vec::IntoIter<Lexed>>,
    /// Where the last token ended.
    end: usize,
}

impl Tokens {
    fn next(&mut self) -> Option<Lexed> {
        let next = self.list.next();
        self.end = next.as_ref().map_or(self.end, |lexed| lexed.end);
        next
    }

    fn peek(&mut self) -> Option<&Token> {
        self.list.peek().map(|lexed| &lexed.token)
    }

    fn place(&mut self) -> usize {
        self.list.peek().map_or(self.end, |lexed| lexed.at)
    }

    fn skip_blank(&mut self) {
        while self.peek() == Some(&Token::Blank) {
            self.next();
        }
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }
}

impl Parser<'_> {
    fn nodes(&mut self) -> Result<(Vec<Node>, End), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("not in the embedded Loki: a template nested so deeply".to_owned());
        }
        let scope = self.variables.len();
        let result = self.nodes_in_scope();
        self.variables.truncate(scope);
        self.depth -= 1;
        result
    }

    fn nodes_in_scope(&mut self) -> Result<(Vec<Node>, End), String> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (start, list) = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action(start, list) => (start, list),
            };
            self.at = start;
            let mut tokens = Tokens {
                list: list.into_iter().peekable(),
                end: start + 2,
            };
            tokens.skip_blank();
            let word = match tokens.peek() {
                Some(Token::Word(word)) => word.clone(),
                None => return Err("missing value for command".to_owned()),
                Some(_) => String::new(),
            };
            if matches!(
                word.as_str(),
                "if" | "with" | "range" | "end" | "else" | "break" | "continue"
            ) {
                tokens.next();
            }
            match word.as_str() {
                "if" | "with" => nodes.push(self.conditional(&mut tokens, word == "with")?),
                "range" => nodes.push(self.range(&mut tokens)?),
                "end" => {
                    expect_end(&mut tokens, "end")?;
                    return Ok((nodes, End::End));
                }
                "else" => return Ok((nodes, End::Else(tokens))),
                "break" | "continue" if self.loops == 0 => {
                    return Err(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                }
                "break" => nodes.push(Node::Break),
                "continue" => nodes.push(Node::Continue),
                "define" | "template" | "block" => {
                    return Err(format!(
                        "not in the embedded Loki: {{{{{word}}}}} in a template"
                    ));
                }
                _ => {
                    let pipeline = self.pipeline(&mut tokens, "command", false)?;
                    nodes.push(Node::Action(pipeline));
                }
            }
        }
        Ok((nodes, End::Text))
    }

    /// Reads `if` or `with` from behind its word, up to its `end`.
    fn conditional(&mut self, tokens: &mut Tokens, is_with: bool) -> Result<Node, String> {
        let context = if is_with { "with" } else { "if" };
        let scope = self.variables.len();
        let pipeline = self.pipeline(tokens, context, false)?;
        let (then, end) = self.nodes()?;
        let otherwise = match end {
            End::Text => return Err("unexpected EOF".to_owned()),
            End::End => Vec::new(),
            End::Else(mut tokens) => {
                tokens.skip_blank();
                match tokens.peek() {
                    Some(Token::Word(word)) if word == "if" || word == "with" => {
                        let is_with = word == "with";
                        tokens.next();
                        self.depth += 1;
                        if self.depth > DEEPEST {
                            return Err(
                                "not in the embedded Loki: a template nested so deeply".to_owned()
                            );
                        }
                        let node = self.conditional(&mut tokens, is_with)?;
                        self.depth -= 1;
                        vec![node]
                    }
                    _ => self.behind_else(&mut tokens)?,
                }
            }
        };
        self.variables.truncate(scope);
        Ok(Node::If {
            is_with,
            pipeline,
            then,
            otherwise,
        })
    }

    fn range(&mut self, tokens: &mut Tokens) -> Result<Node, String> {
        let scope = self.variables.len();
        let pipeline = self.pipeline(tokens, "range", true)?;
        self.loops += 1;
        let (body, end) = self.nodes()?;
        self.loops -= 1;
        let otherwise = match end {
            End::Text => return Err("unexpected EOF".to_owned()),
            End::End => Vec::new(),
            End::Else(mut tokens) => self.behind_else(&mut tokens)?,
        };
        self.variables.truncate(scope);
        Ok(Node::Range {
            pipeline,
            body,
            otherwise,
        })
    }

    fn behind_else(&mut self, tokens: &mut Tokens) -> Result<Vec<Node>, String> {
        expect_end(tokens, "else")?;
        match self.nodes()? {
            (nodes, End::End) => Ok(nodes),
            (_, End::Text) => Err("unexpected EOF".to_owned()),
            (_, End::Else(_)) => Err("expected end; found {{else}}".to_owned()),
        }
    }

    fn pipeline(
        &mut self,
        tokens: &mut Tokens,
        context: &str,
        in_range: bool,
    ) -> Result<Pipeline, String> {
        tokens.skip_blank();
        let start = tokens.place();
        let (variables, assigns) = self.declaration(tokens, in_range)?;
        let commands = self.commands(tokens, context)?;
        if let Some(lexed) = tokens.next() {
            return Err(unexpected(self.template, &lexed, context));
        }
        // Go finds an assignment to what does not exist when it runs.
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipeline {
            place: self.place(start, tokens.end),
            variables,
            assigns,
            commands,
        })
    }

    /// Reads `$x :=`, `$x =`, and in a range `$i, $x :=`.
    fn declaration(
        &mut self,
        tokens: &mut Tokens,
        in_range: bool,
    ) -> Result<(Vec<String>, bool), String> {
        let kept = tokens.list.clone();
        let kept_end = tokens.end;
        let mut variables = Vec::new();
        while let Some(Token::Variable(name)) = tokens.peek() {
            variables.push(name.clone());
            tokens.next();
            tokens.skip_blank();
            match tokens.peek() {
                Some(Token::Declare) => {
                    tokens.next();
                    return Ok((variables, false));
                }
                Some(Token::Assign) => {
                    tokens.next();
                    return Ok((variables, true));
                }
                Some(Token::Comma) if in_range && variables.len() < 2 => {
                    tokens.next();
                    tokens.skip_blank();
                }
                _ => break,
            }
        }
        tokens.list = kept;
        tokens.end = kept_end;
        Ok((Vec::new(), false))
    }

    fn commands(&mut self, tokens: &mut Tokens, context: &str) -> Result<Vec<Command>, String> {
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

    fn place(&self, start: usize, end: usize) -> Place {
        let text = self.template.get(start..end).unwrap_or_default();
        Place {
            at: start,
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}

fn expect_end(tokens: &mut Tokens, context: &str) -> Result<(), String> {
    tokens.skip_blank();
    match tokens.next() {
        None => Ok(()),
        Some(lexed) => Err(format!("unexpected {:?} in {context}", lexed.token)),
    }
}

fn unexpected(template: &str, lexed: &Lexed, context: &str) -> String {
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
