"""Whether a regular expression of a profile can be trusted with a text: matching must not take exponential time.

A profile comes with a repository, and its patterns meet whatever the repository's files hold. A repetition of
something that can itself be repeated in several ways (``(a+)+``, ``(a|ab)*``) can be tried in exponentially many ways
on a text that does not fit in the end. Such patterns are refused. The test is stricter than need be: it does not ask
what follows, takes a letter's two cases for one, and looks at the first character of an alternative alone.
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

#: So often a bounded repetition may repeat something ambiguous: 2 to the power of it stays small.
_FEW = 4
_ANY = frozenset(range(257))  # 256 stands for every character beyond Latin-1
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)


def fault(pattern: str, flags: int = 0) -> str:
    """Why a pattern is refused; empty for one that can be used. Raises re.error for what is no pattern."""
    return _fault(parser.parse(pattern, flags), repeated=False)


def _fault(items: Any, *, repeated: bool) -> str:
    for operator, argument in items:
        if operator in _REPEATS:
            _, most, body = argument
            many = most > _FEW
            if many and _splits(body):
                return "it repeats something that can itself be repeated in several ways"
            found = _fault(body, repeated=repeated or many)
        elif operator is sre.BRANCH:
            branches = argument[1]
            if repeated and _overlap(branches):
                return "it repeats alternatives that can begin alike"
            found = next((f for one in branches if (f := _fault(one, repeated=repeated))), "")
        elif operator is sre.GROUPREF:
            found = "it repeats what a group has matched" if repeated else ""
        else:
            # What is inside an assertion or an atomic group is never tried another way.
            free = operator is sre.SUBPATTERN
            found = next(
                (f for one in _inside(operator, argument) if (f := _fault(one, repeated=repeated and free))), ""
            )
        if found:
            return found
    return ""


def _inside(operator: Any, argument: Any) -> list[Any]:
    """The sequences that an element other than a repetition holds."""
    if operator is sre.SUBPATTERN:
        return [argument[3]]
    if operator is sre.BRANCH:
        return list(argument[1])
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    if operator is sre.ATOMIC_GROUP:
        return [argument]
    if operator is sre.POSSESSIVE_REPEAT:
        return [argument[2]]
    if operator is sre.GROUPREF_EXISTS:
        return [one for one in argument[1:] if one is not None]
    return []


def _splits(body: Any) -> bool:
    """True where one text can be several rounds of a repetition in more than one way.

    It can't where nothing inside is repeated, or where each round begins or ends with a character that no repetition
    inside can take, and no two of those can take the same.
    """
    body = _flat(body)
    inner = [_consumed(argument[2]) for operator, argument in _variable(body)]
    if not inner:
        return False
    taken: set[int] = set()
    for characters in inner:
        if taken & characters:
            return True
        taken |= characters
    ends = [_single(body[0]), _single(body[-1])]
    return not any(end and not end & taken for end in ends)


def _flat(items: Any) -> list[Any]:
    """A sequence with its groups opened."""
    found: list[Any] = []
    for operator, argument in items:
        found += _flat(argument[3]) if operator is sre.SUBPATTERN else [(operator, argument)]
    return found


def _variable(items: Any) -> list[Any]:
    """Every repetition inside that may give back what it took, however deep."""
    found: list[Any] = []
    for operator, argument in items:
        if operator in _REPEATS:
            if argument[0] != argument[1]:
                found.append((operator, argument))
            found += _variable(argument[2])
        elif operator in (sre.SUBPATTERN, sre.BRANCH):
            for one in _inside(operator, argument):
                found += _variable(one)
    return found


def _consumed(items: Any) -> frozenset[int]:
    """Every character that something can take."""
    found: set[int] = set()
    for operator, argument in items:
        if operator in _REPEATS or operator is sre.POSSESSIVE_REPEAT:
            found |= _consumed(argument[2])
        elif operator in (sre.SUBPATTERN, sre.BRANCH, sre.ATOMIC_GROUP):
            for one in _inside(operator, argument):
                found |= _consumed(one)
        elif operator not in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            found |= _single((operator, argument)) or _ANY
    return frozenset(found)


def _overlap(branches: Any) -> bool:
    seen: set[int] = set()
    for one in branches:
        first = _first(_flat(one))
        if first & seen:
            return True
        seen |= first
    return False


def _first(items: list[Any]) -> frozenset[int]:
    """The characters that something can begin with; all where that is not plain."""
    for operator, argument in items:
        if operator in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            continue
        if operator in (*_REPEATS, sre.POSSESSIVE_REPEAT) and argument[0]:
            return _first(_flat(argument[2]))
        return _single((operator, argument)) or _ANY
    return _ANY


def _single(item: Any) -> frozenset[int]:
    """The characters of an element that takes exactly one; empty for any other."""
    operator, argument = item
    if operator is sre.LITERAL:
        return _folded({argument})
    if operator is sre.NOT_LITERAL:
        return _ANY - {min(argument, 255)} if argument < 256 else _ANY
    if operator is sre.ANY:
        return _ANY
    return _class(argument) if operator is sre.IN else frozenset()


def _folded(codes: set[int]) -> frozenset[int]:
    texts = {text for c in map(chr, codes) for text in (c.lower(), c.upper())}
    return frozenset(min(ord(c), 256) for text in texts for c in text)


def _class(items: Any) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for operator, argument in items:
        if operator is sre.NEGATE:
            negated = True
        elif operator is sre.LITERAL:
            found |= {argument} if not negated or argument < 256 else set()
        elif operator is sre.RANGE:
            last = argument[1] if not negated else min(argument[1], 255)
            found |= {min(code, 256) for code in range(argument[0], min(last, 256) + 1)}
        else:
            found |= _category(argument)
    folded = _folded(found)
    return _ANY - (folded - {256}) if negated else folded


def _category(name: Any) -> frozenset[int]:
    text = str(name)
    letter = next((letter for word, letter in (("DIGIT", "d"), ("SPACE", "s"), ("WORD", "w")) if word in text), "")
    if not letter:
        return _ANY
    known = re.compile(f"\\{letter.upper() if '_NOT_' in text else letter}")
    return frozenset({256} | {code for code in range(256) if known.match(chr(code))})
