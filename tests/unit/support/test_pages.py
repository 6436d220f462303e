"""The rules by which a page's commands and what they print are compared."""

import pytest

from tests.support.pages import Step, is_as_shown, steps

PAGE = """
```text
a picture
```

```sh
echo one
```

Words.

```text
one
```

```sh
two=2
```

```json
{}
```

```sh
echo $two
```

```text
2
```

```text
a second picture
```
"""


def test_commands_come_in_order_each_with_what_it_prints() -> None:
    assert steps(PAGE) == [
        Step("echo one\n", "one\n"),
        Step("two=2\n", ""),
        Step("echo $two\n", "2\n"),
    ]


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("", ""),
        ("", "\n"),
        ("a  b\nc", "a b \r\n c\n\n"),
        ("at …, a.b", "at 10:20, a.b\n"),
        ("…\nend", "one\ntwo\nend\n"),
        ("…\nend", "end"),
        ("begin\n…", "begin"),
    ],
)
def test_what_is_shown_is_printed(shown: str, printed: str) -> None:
    assert is_as_shown(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("", "a"),
        ("a", ""),
        ("a", "a\nb"),
        ("a\nb", "a"),
        ("a.b", "axb"),
        ("at …", "at 10:20\nand more"),
        ("…\nend", "end\nmore"),
    ],
)
def test_what_is_not_shown_is_told_apart(shown: str, printed: str) -> None:
    assert not is_as_shown(shown, printed)
