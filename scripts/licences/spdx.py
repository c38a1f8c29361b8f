"""Licence expressions as SPDX writes them: `MIT OR (Apache-2.0 AND Unicode-3.0)`.

Also read is the slash that crates of old have for OR (`MIT/Apache-2.0`). `GPL-2.0 WITH Classpath-exception-2.0`
and `LGPL-2.1+` are names of their own: only the whole of it is allowed or not.
https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/
"""

import re

TOKEN = re.compile(r"\s*([()/]|[A-Za-z0-9][A-Za-z0-9.:+-]*)")


class NotSpdx(ValueError):
    """The text is no licence expression."""


def options(expression):
    """The ways in which an expression can be fulfilled, each a frozenset of licences that apply together.

    The order is the expression's own. Raises NotSpdx.
    """
    tokens = _tokens(expression)
    found = _any(tokens)
    if tokens:
        raise NotSpdx(f"{expression!r}: {tokens[0]!r} is one word too many")
    return found


def elect(expression, allowed):
    """The first way whose licences are all in `allowed`, in the order of `allowed` (so that what stands
    first there is preferred); None if there is none. Raises NotSpdx."""
    order = {name: rank for rank, name in enumerate(allowed)}
    ways = [way for way in options(expression) if all(name in order for name in way)]
    return min(ways, key=lambda way: sorted((order[name] for name in way), reverse=True), default=None)


def _tokens(expression):
    tokens, at, text = [], 0, expression.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise NotSpdx(f"{expression!r} is no licence expression")
        tokens.append(match[1])
        at = match.end()
    return tokens


def _word(tokens, *words):
    """Takes one of these words off the tokens, if it is the next one."""
    if tokens and tokens[0].upper() in words:
        tokens.pop(0)
        return True
    return False


def _any(tokens):
    ways = _all(tokens)
    while _word(tokens, "OR", "/"):
        ways += [way for way in _all(tokens) if way not in ways]
    return ways


def _all(tokens):
    ways = _one(tokens)
    while _word(tokens, "AND"):
        more = _one(tokens)
        ways = [left | right for left in ways for right in more]
    return ways


def _one(tokens):
    if _word(tokens, "("):
        ways = _any(tokens)
        if not _word(tokens, ")"):
            raise NotSpdx("a parenthesis is not closed")
        return ways
    name = _name(tokens)
    if _word(tokens, "WITH"):
        name += f" WITH {_name(tokens)}"
    return [frozenset([name])]


def _name(tokens):
    if not tokens or tokens[0].upper() in ("AND", "OR", "WITH", "(", ")", "/"):
        raise NotSpdx("a licence is missing")
    return tokens.pop(0)
