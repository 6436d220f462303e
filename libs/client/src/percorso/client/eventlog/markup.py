"""Markup: XML read as a stream that goes on after a fault: a broken row must not stop the rest.

A document type declaration is refused: so no entity can be declared, and none expands.
"""

import re
from collections.abc import Sequence
from typing import Protocol
from xml.parsers import expat

from percorso.client.eventlog.rows import UnusableLog

# Held while a tag or a comment has not ended; far more than all attributes of an event may have.
MAX_TAG = 256 * 1024
_LONGEST_MARK = 64


class Reader(Protocol):
    """Who is told of tags, without their prefixes."""

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """Take a tag that opens."""

    def end(self, tag: str) -> None:
        """Take a tag that closes."""

    def lost(self, reason: str, line: int) -> None:
        """Take a fault where it stands; the element around it goes on, ends, or another opens."""


class Markup:
    """Tells a reader of tags; after a fault it goes on at the next of `elements`.

    `elements` are names from the outermost to the innermost; the first is the root's.
    """

    def __init__(self, reader: Reader, elements: Sequence[str]) -> None:
        self._reader = reader
        self._elements = elements
        names = "|".join(map(re.escape, elements[1:]))
        self._mark = re.compile(rf"<(/?)(?:[\w.-]+:)?({names})[\s/>]".encode())
        self._began = 0  # by the parser's own count, what it was given of the document
        self._open: list[str] = []  # those of `elements`, with their prefixes; the root for ever
        self._encoding: str | None = None
        self._held = b""  # what the parser is not done with, or what is searched after a fault
        self._held_from = 0  # by the parser's own count
        self._line = 1  # of the parser's first byte, or of the first that is searched
        self._parser: expat.XMLParserType | None = self._new_parser()
        self._listen(self._parser)

    def feed(self, block: bytes, *, is_last: bool = False) -> None:
        """Take the next bytes of the document; UnusableLog when it is no document of ours."""
        self._held += block
        if self._parser is not None:
            self._parse(self._parser, block, is_last=is_last)
        while self._parser is None and (parser := self._restarted()):
            self._parser = parser
            self._parse(parser, self._held, is_last=is_last)

    def _parse(self, parser: expat.XMLParserType, block: bytes, *, is_last: bool) -> None:
        try:
            parser.Parse(block, is_last)
        except expat.ExpatError as error:
            self._lose(expat.ErrorString(error.code), parser.ErrorByteIndex, parser.ErrorLineNumber)
            return
        done = max(0, parser.CurrentByteIndex - self._held_from)
        self._held, self._held_from = self._held[done:], self._held_from + done
        if len(self._held) > MAX_TAG:
            self._lose("a tag does not end", parser.CurrentByteIndex, parser.CurrentLineNumber)

    def _lose(self, reason: str, at: int, parsers_line: int) -> None:
        """Give the parser up, and the byte at which it stumbled if that was its first."""
        if not self._open:
            raise UnusableLog(f"the log is no XML: {reason}")
        self._parser = None
        self._line += parsers_line - 1
        self._reader.lost(f"is no well-formed XML: {reason}", self._line)
        self._held = self._held[max(0, at - self._held_from) :]
        self._skip(int(at <= self._began))

    def _restarted(self) -> expat.XMLParserType | None:
        """Return a parser that stands before the next element to go on at; None when none is held."""
        for mark in self._mark.finditer(self._held):
            level, is_end = self._elements.index(mark[2].decode()), bool(mark[1])
            around = [tag for tag in self._open if self._level(tag) < level + is_end]
            if is_end and len(around) <= level:  # the end of what never opened
                continue
            self._skip(mark.start())
            return self._inside(around)
        self._skip(len(self._held) - _LONGEST_MARK)
        return None

    def _inside(self, around: list[str]) -> expat.XMLParserType:
        """Return a parser that believes these tags to be open."""
        parser = self._new_parser()
        prologue = "".join(f"<{tag}>" for tag in around).encode(self._encoding or "utf-8")
        parser.Parse(prologue, False)  # noqa: FBT003 - the interface of expat
        self._open, self._held_from, self._began = around, len(prologue), len(prologue)
        self._listen(parser)
        return parser

    def _skip(self, count: int) -> None:
        skipped = self._held[: max(0, count)]
        self._line += skipped.count(b"\n")
        self._held = self._held[len(skipped) :]

    def _new_parser(self) -> expat.XMLParserType:
        return expat.ParserCreate(self._encoding)

    def _listen(self, parser: expat.XMLParserType) -> None:
        first_line = self._line

        def start(tag: str, attributes: dict[str, str]) -> None:
            name = self._opened(tag)
            self._reader.start(name, attributes, first_line + parser.CurrentLineNumber - 1)

        def end(tag: str) -> None:
            if len(self._open) > 1 and tag == self._open[-1]:
                self._open.pop()
            self._reader.end(_local(tag))

        def text(content: str) -> None:
            if not content.isspace():
                line = first_line + parser.CurrentLineNumber - 1
                self._reader.lost("has text between its tags", line)

        parser.CharacterDataHandler = text
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = _refuse_doctype

    def _opened(self, tag: str) -> str:
        name = _local(tag)
        if not self._open and name != self._elements[0]:
            raise UnusableLog(f"the log is not of its format: its root is not {self._elements[0]}")
        if name in self._elements:
            self._open.append(tag)
        return name

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG002
        self._encoding = encoding

    def _level(self, tag: str) -> int:
        return self._elements.index(_local(tag))


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise UnusableLog("the log has a document type declaration (DOCTYPE): no XES needs one")
