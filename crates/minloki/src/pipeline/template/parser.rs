//! From tokens to a tree.
//! Source: <https://pkg.go.dev/text/template>.

use super::ast::{Node, Pipeline};
use super::lexer::{Piece, Token, split};
use super::operands::unexpected;
use super::tokens::Tokens;

/// The deepest nesting of actions and parentheses.
pub(super) const DEEPEST: usize = 100;

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
        End::Template => Ok(nodes),
        End::Closed => Err(located((parser.at, "unexpected {{end}}".to_owned()))),
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
    Template,
    /// `{{ end }}`
    Closed,
    /// `{{ else }}` with what stands behind the word.
    Else(Tokens),
}

pub(super) struct Parser<'t> {
    pub(super) template: &'t str,
    pub(super) pieces: std::vec::IntoIter<Piece>,
    /// The names in scope.
    pub(super) variables: Vec<String>,
    /// Where the current action begins.
    pub(super) at: usize,
    pub(super) depth: usize,
    /// How many `range` are around.
    pub(super) loops: usize,
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
                    return Ok((nodes, End::Closed));
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
        Ok((nodes, End::Template))
    }

    /// Reads `if` or `with` from behind its word, up to its `end`.
    fn conditional(&mut self, tokens: &mut Tokens, is_with: bool) -> Result<Node, String> {
        let context = if is_with { "with" } else { "if" };
        let scope = self.variables.len();
        let pipeline = self.pipeline(tokens, context, false)?;
        let (then, end) = self.nodes()?;
        let otherwise = match end {
            End::Template => return Err("unexpected EOF".to_owned()),
            End::Closed => Vec::new(),
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
            End::Template => return Err("unexpected EOF".to_owned()),
            End::Closed => Vec::new(),
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
            (nodes, End::Closed) => Ok(nodes),
            (_, End::Template) => Err("unexpected EOF".to_owned()),
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
        let (variables, assigns) = declaration(tokens, in_range);
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
}

fn expect_end(tokens: &mut Tokens, context: &str) -> Result<(), String> {
    tokens.skip_blank();
    match tokens.next() {
        None => Ok(()),
        Some(lexed) => Err(format!("unexpected {:?} in {context}", lexed.token)),
    }
}

/// Reads `$x :=`, `$x =`, and in a range `$i, $x :=`.
fn declaration(tokens: &mut Tokens, in_range: bool) -> (Vec<String>, bool) {
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
                return (variables, false);
            }
            Some(Token::Assign) => {
                tokens.next();
                return (variables, true);
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
    (Vec::new(), false)
}
