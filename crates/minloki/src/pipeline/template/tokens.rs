//! The tokens of one action, one after the other.

use super::lexer::{Lexed, Token};

/// The rest of an action.
pub struct Tokens {
    pub list: std::iter::Peekable<std::vec::IntoIter<Lexed>>,
    /// Where the last token ended.
    pub end: usize,
}

impl Tokens {
    pub fn next(&mut self) -> Option<Lexed> {
        let next = self.list.next();
        self.end = next.as_ref().map_or(self.end, |lexed| lexed.end);
        next
    }

    pub fn peek(&mut self) -> Option<&Token> {
        self.list.peek().map(|lexed| &lexed.token)
    }

    pub fn place(&mut self) -> usize {
        self.list.peek().map_or(self.end, |lexed| lexed.at)
    }

    pub fn skip_blank(&mut self) {
        while self.peek() == Some(&Token::Blank) {
            self.next();
        }
    }

    pub fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }
}
