"""The site: what it records, what it shows in the gallery, and how formulas are found."""

import make_notebooks
import make_site
import nbformat
import pytest


@pytest.mark.parametrize("path", make_notebooks.find(), ids=lambda path: path.stem)
def test_the_table_has_every_lab_of_a_notebook(path):
    labs = make_site.labs_of(nbformat.read(path, as_version=4))
    assert [kind for _, kind in labs] == [kind for kind, _ in make_site.RECORDED[path.stem]]


def test_the_gallery_has_every_lab_and_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(make_site, "still", lambda call: "<img>")  # make endurance draws them
    gallery = make_site.gallery(make_notebooks.find(), tmp_path)
    sections = gallery.split("<section")[1:]
    for section, (call, _) in zip(sections, make_site.calls(), strict=True):
        assert f"<code>{call}</code>" in section
        assert ("<img" in section) == (call != "labs.predict"), call
        assert 'class="highlight"' in section, call


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"a loss of $-\log p$, and $p$", 2),
        ("costs $5 or $6 today", 0),
        ("`$x$` and ```\n$y$\n```", 0),
        (r"$p_k = e^{z_k} / \sum_j e^{z_j}$", 1),
        (r"a price of \$5 and \$6", 0),
    ],
)
def test_a_formula_is_between_dollars_that_touch_it(text, formulas):
    assert make_site.with_formulas(text).count("<svg") == formulas


def test_links_to_notebooks_and_to_markdown_lead_to_pages():
    markup = make_site.of_markdown(
        "[a](02_layers.ipynb#b) [c](notebooks/glossary.md) [d](../01_anatomy.ipynb) "
        "[e](https://github.com/x/y.md)"
    )
    for link in (
        "02_layers.html#b",
        "glossary.html",
        "../01_anatomy.html",
        "https://github.com/x/y.md",
    ):
        assert f'href="{link}"' in markup
