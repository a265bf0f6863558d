"""The extension: ``%load_ext anatomy`` explains errors of Keras's beneath the cell that raised."""

import functools
import html
import sys
import threading
import uuid
import weakref

from anatomy.explain import draw
from anatomy.explain.source import rows

_loaded = {}  # shell -> Extension


class Extension:
    """What listens to one shell.

    Attributes:
        shell: of IPython. last: the last `Explanation`, or None. quiet: whether it is silent.
    """

    def __init__(self, shell):
        self.shell, self.last, self.quiet = shell, None, False
        self.fits, self.noticed = [], weakref.WeakSet()
        self.fit = self.watched = None  # Keras's own, and what stands for it
        self._watch()
        shell.events.register("post_run_cell", self.after)
        shell.register_magic_function(self.magic, "line", "anatomy")
        shell.register_magic_function(self.modern, "cell", "modern")

    def unload(self):
        """Puts back all that was changed."""
        self.shell.events.unregister("post_run_cell", self.after)
        self.shell.magics_manager.magics["line"].pop("anatomy", None)
        self.shell.magics_manager.magics["cell"].pop("modern", None)
        model, self.quiet = getattr(sys.modules.get("keras"), "Model", None), True
        if self.fit is not None and model.fit is self.watched:  # else another one wraps it by now
            model.fit = self.fit

    # -- the cell ----------------------------------------------------------------------------

    def after(self, result):
        """Explains what a cell raised, or notices what it fitted; never in the student's way."""
        try:
            if self.quiet or result.error_before_exec is not None:
                return
            if result.error_in_exec is not None:
                self._explain(result.error_in_exec, result.info.raw_cell)
            else:
                self._notice()
        except (Exception, KeyboardInterrupt):  # an explanation never hides what it explains
            return
        finally:
            self.fits.clear()
            self._watch()

    def _explain(self, error, cell):
        early = isinstance(error, ImportError) or getattr(error, "name", "") in ("tf", "keras")
        if not isinstance(error, Exception) or not (early or "keras" in sys.modules):
            return
        from anatomy.explain.explanation import explain

        texts = [self._code(one) for one in self.shell.history_manager.input_hist_raw]
        own = self._code(cell)
        if not texts or texts[-1] != own:
            texts.append(own)
        explanation = explain(error, self.shell.user_ns, texts)
        if explanation is not None:
            self.last = explanation
            self.show(explanation)

    def _code(self, cell):
        """A cell as Python; of ``%%time`` and the like what is inside."""
        if cell.lstrip().startswith("%%"):
            cell = cell.lstrip().partition("\n")[2]
        return self.shell.transform_cell(cell)

    def show(self, explanation):
        """Where and what at once; then the change, in its place or, in a console, beneath."""
        page, publish = hasattr(self.shell, "kernel"), self.shell.display_pub.publish
        drawn = page and "matplotlib" in sys.modules  # else imported after the words are there
        image = draw.picture(explanation) if drawn else None
        place = {"display_id": f"anatomy-{uuid.uuid4()}"}
        publish(draw.bundle(explanation, image), transient=place)
        if explanation.ready:
            return
        explanation.attempt()
        if page:
            image = image or draw.picture(explanation)
            publish(draw.bundle(explanation, image), transient=place, update=True)
        else:
            print(draw.change_text(explanation))

    # -- what fit() let pass -----------------------------------------------------------------

    def _watch(self):
        """Wraps ``Model.fit``, until `unload`, from the cell on after that which imports Keras."""
        keras = sys.modules.get("keras")
        if self.fit is not None or not hasattr(keras, "Model"):
            return
        self.fit = original = keras.Model.fit
        seen = self.fits

        @functools.wraps(original)
        def fit(model, *args, **kwargs):
            __tracebackhide__ = True
            history = original(model, *args, **kwargs)
            caller = sys._getframe(1).f_globals.get("__name__", "")
            main = threading.current_thread() is threading.main_thread()
            if main and not self.quiet and not caller.startswith("anatomy."):
                seen.append((model, args, kwargs, history))
            return history

        keras.Model.fit = self.watched = fit

    def _notice(self):
        if self.fit is None and hasattr(keras := sys.modules.get("keras"), "Model"):
            models = [m for m in self.shell.user_ns.values() if isinstance(m, keras.Model)]
            self.fits += [(m, (), {}, m.history) for m in models if hasattr(m, "history")]
        if not self.fits:
            return
        from anatomy.explain.notice import notice

        for model, args, kwargs, history in self.fits:
            if model in self.noticed:
                continue
            if sentence := notice(model, args, kwargs, history):
                self.noticed.add(model)
                self._line(*sentence)

    def _line(self, title, text):
        """One folded line."""
        summary = f"<summary>anatomy: {html.escape(title)}</summary>"
        folded = f"<details>{summary}{html.escape(text)}</details>"
        plain = f"anatomy: {title}. {text}"
        self.shell.display_pub.publish({"text/html": folded, "text/plain": plain})

    # -- magics ------------------------------------------------------------------------------

    def magic(self, line):
        """%anatomy last explains the last error again; %anatomy quiet turns that off and on."""
        match line.strip():
            case "last" if self.last is None:
                print("There is no error to explain yet.")
            case "last":
                self.show(self.last)
            case "quiet":
                self.quiet = not self.quiet
                print(f"Errors are {'no longer explained' if self.quiet else 'explained again'}.")
            case _:
                print(self.magic.__doc__)

    def modern(self, line, cell):
        """%%modern: an old cell in today's Keras, as a diff; nothing is run."""
        from anatomy.explain import old

        text, names = old.modern(cell)
        changed = rows(cell, text)
        print("\n".join(f"{sign} {row}" for sign, row in changed) or "Nothing here is old.")
        for name, (version, today) in names.items():
            print(f"# {name}, {version}: {today or 'left out'}")


def load(shell):
    """``%load_ext anatomy``."""
    if shell not in _loaded:
        _loaded[shell] = Extension(shell)


def unload(shell):
    """``%unload_ext anatomy``."""
    if extension := _loaded.pop(shell, None):
        extension.unload()
