"""`python -m docs.generate`: renew docs/reference, and the README's table of figures."""

from docs.generate import bench
from docs.generate.pages import FOLDER, PAGES

for name, page in PAGES.items():
    (FOLDER / name).parent.mkdir(exist_ok=True)
    (FOLDER / name).write_text(page(), encoding="utf-8")

bench.README.write_text(bench.readme(), encoding="utf-8")
