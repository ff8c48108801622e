"""Texts that match a regular expression, made from the expression itself."""

import functools

try:
    import re._constants as parts
    import re._parser as parser
except ImportError:  # Python before 3.11
    import sre_constants as parts
    import sre_parse as parser

from .model import compiled

FAVOURITES = "axbA10-_./:=*$ "


def chosen(items):
    """A character of a class such as `[^a-z_]`."""
    negated = bool(items) and items[0][0] is parts.NEGATE
    candidates = FAVOURITES + "".join(map(chr, range(33, 127)))

    def within(char):
        code = ord(char)
        for what, value in items:
            if what is parts.LITERAL and value == code:
                return True
            if what is parts.RANGE and value[0] <= code <= value[1]:
                return True
            if what is parts.CATEGORY and in_category(value, char):
                return True
        return False

    return next(char for char in candidates if within(char) != negated)


def in_category(category, char):
    name = str(category)
    holds = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}
    return holds[name.rsplit("_", 1)[-1]] != ("_NOT_" in name)


class Builder:
    """Builds one text; `extra` characters go wherever the expression repeats something often."""

    def __init__(self, extra, branch, optional):
        self.extra, self.branch, self.optional = extra, branch, optional

    def sequence(self, tree):
        return "".join(self.node(what, value) for what, value in tree)

    def node(self, what, value):
        if what is parts.LITERAL:
            return chr(value)
        if what is parts.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        if what is parts.ANY:
            return "a"
        if what is parts.IN:
            return chosen(value)
        if what is parts.SUBPATTERN:
            return self.sequence(value[-1])
        if what is parts.BRANCH:
            return self.sequence(value[1][min(self.branch, len(value[1]) - 1)])
        if what in (parts.MAX_REPEAT, parts.MIN_REPEAT):
            return self.repeat(*value)
        # Anchors and look-arounds add nothing; whether they hold is seen afterwards.
        return ""

    def repeat(self, least, most, tree):
        least = max(least, 1) if self.optional and most == 1 else least
        text = "".join(self.sequence(tree) for _ in range(least))
        count = least
        while self.extra > 0 and most > 1 and count < most:
            piece = Builder(0, self.branch, False).sequence(tree)
            if not piece or len(piece) > self.extra:
                break
            # One character at a time would make long texts slow to build.
            times = min(self.extra // len(piece), most - count if most != parts.MAXREPEAT else self.extra)
            text += piece * times
            count += times
            self.extra -= times * len(piece)
        return text


@functools.cache
def matching(pattern, length=None):
    """A text that matches, of exactly that length if one is given; None where none is found."""
    expression = compiled(pattern)
    tree = parser.parse(expression.pattern)
    for optional in (False, True):
        for branch in range(3):
            shortest = Builder(0, branch, optional).sequence(tree)
            extra = 0 if length is None else length - len(shortest)
            if extra < 0:
                continue
            for text in (shortest, Builder(extra, branch, optional).sequence(tree)):
                if (length is None or len(text) == length) and expression.fullmatch(text):
                    return text
    return longer(expression, tree) if length is None else None


def longer(expression, tree):
    """Where the shortest texts do not match (a look-around forbids them), a longer one may."""
    texts = (Builder(extra, 0, False).sequence(tree) for extra in range(1, 40))
    return next((text for text in texts if expression.fullmatch(text)), None)
