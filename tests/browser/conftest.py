"""The server and the browser that the tests of this folder share."""

from pathlib import Path

import pytest
from browser import look


def pytest_collection_modifyitems(items):
    """Without a Chromium the browser tests skip; in CI that is an error."""
    if look.SKIP:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=look.WHY))


@pytest.fixture(scope="session")
def jupyter(pytestconfig):
    """A Jupyter server, in a folder where a test may write notebooks."""
    return look.tools(pytestconfig)[0]


@pytest.fixture(scope="session")
def chromium(pytestconfig):
    """A Chromium without a window."""
    return look.tools(pytestconfig)[1]


@pytest.fixture
def forgets(jupyter):
    """Ends the kernels when no page looks at them any more: what they say last goes to nobody."""
    yield
    jupyter.forget()


@pytest.fixture
def page_and_errors(forgets, chromium, tmp_path):
    """A page that fails its test when the console reports an error."""
    with look.page(chromium, tmp_path / "page.png") as pair:
        yield pair


@pytest.fixture
def page(page_and_errors):
    """The page alone."""
    return page_and_errors[0]


@pytest.fixture
def run(page_and_errors, jupyter):
    """``run(notebook, name, **front)`` runs all cells in a new kernel; its labs, all work done."""
    page, errors = page_and_errors

    def run(notebook, name, **front):
        jupyter.write(notebook, name)
        look.show(page, errors, jupyter, name, **front)
        look.run_all(page)
        return look.labs(page)

    return run
