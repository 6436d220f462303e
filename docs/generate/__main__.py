"""`python -m docs.generate`: renew docs/reference."""

from docs.generate.pages import FOLDER, PAGES

for name, page in PAGES.items():
    (FOLDER / name).parent.mkdir(exist_ok=True)
    (FOLDER / name).write_text(page(), encoding="utf-8")
