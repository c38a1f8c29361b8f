"""Writes TSKV lines as structlog does, and what is in them: one JSON object a line."""

import ast
import datetime
import json
import random
import sys

seed, count, keys = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]

PIECES = [
    "'", '"', "\\", " ", "=", "\n", "\r", "\t", "\0", "\x1b[31m", "\x7f", "\x85", "\xa0", "\xad",
    "event=", " user='x'", "None", "a", "words of text", "\\n", "\\u0041", "\\'", "é", "订单", "😀",
    "\u2028", "\u200b", "\ufeff", "\ufffd", "\ud800", "\udfff", "\ud83d\ude00", "\U000e0001",
    "\U0010ffff", "\u0301", "{'a': 1}", "%s", "`", "$", "{}", "|",
]


def text(dice):
    if dice.random() < 0.2:
        return "".join(chr(dice.randrange(0x110000)) for _ in range(dice.randrange(6)))
    if dice.random() < 0.1:
        return "".join(chr(dice.randrange(0x100)) for _ in range(dice.randrange(40)))
    return "".join(dice.choice(PIECES) for _ in range(dice.randrange(8)))


def value(dice):
    """A value of one word, or of quoted text: the only ones that the format can hold."""
    kind = dice.randrange(12)
    if kind < 7:
        return text(dice)
    return [None, dice.randrange(-(10**20), 10**20), dice.uniform(-1e9, 1e9), True, float("nan")][kind - 7]


def meant(value):
    """What a reader must find: a string as Python itself reads its repr, else the repr."""
    if value is None:
        return None
    if not isinstance(value, str):
        return repr(value)
    back = ast.literal_eval(repr(value))
    assert back == value
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in back) or None


for number in range(seed, seed + count):
    dice = random.Random(number)
    pairs = [(key, value(dice)) for key in keys if dice.random() < 0.8]
    noise = [("n%d" % index, value(dice)) for index in range(dice.randrange(4))]
    if dice.random() < 0.3:
        noise.append(("list", [1, 2.5, None]))
    if dice.random() < 0.3:
        noise.append(("at", datetime.datetime(2026, 1, 2, 3, 4, 5)))
    if pairs and dice.random() < 0.2:
        # The first of equal keys counts.
        noise.append((pairs[0][0], text(dice)))
        pairs, noise = pairs + noise, []
    else:
        pairs += noise
        dice.shuffle(pairs)
    values = {}
    for key, each in pairs:
        values.setdefault(key, meant(each))
    line = " ".join("%s=%r" % (key, each) for key, each in pairs)
    held = {key: values[key] for key in keys if values.get(key) is not None}
    print(json.dumps({"text": line, "values": held}))
