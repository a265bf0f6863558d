"""Planted bugs: what a lab's callback raises where no notebook shows its controls is found.

A notebook that is run shows each lab where its controls begin, and so does plain nbval; what moves
every control of every lab (`every_control`) comes to all other positions.
"""

import every_control
import pytest

from anatomy import labs

WANTED = 20
LABS = ("update", "ctc", "race", "loss")


def positions(name):
    """Pairs of a control of a lab and a value at its end or among its options, not its first."""
    lab = getattr(labs, name)()
    for control_name, control in lab.controls.items():
        first, seen = control.value, []
        for trait, value in every_control.moves(control):
            setattr(control, trait, value)
            if control.value not in (first, *seen):
                seen.append(control.value)
        control.value = first
        yield from ((name, control_name, value) for value in seen)
    lab.close()


def caught(name, control, value):
    """Whether a bug at this position fails a notebook that is only run, and a sweep."""
    kind, text = getattr(labs, name), f"planted where {control} is {value!r}"

    def work(self, at, work=kind.work):
        if at.get(control) == value:
            raise RuntimeError(text)
        return work(self, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "work", work)
        lab = kind()
        try:
            every_control.settle(lab, name)
            shown = False
        except AssertionError:
            shown = True
        try:
            for trait, place in every_control.moves(lab.controls[control]):  # as `sweep` does
                setattr(lab.controls[control], trait, place)
                every_control.settle(lab, name)
            found = False
        except AssertionError as error:
            found = text in str(error)
        finally:
            lab.close()
    return shown, found


def test_a_bug_at_a_position_that_no_notebook_shows_is_found():
    every = [position for name in LABS for position in positions(name)]
    chosen = every[:: len(every) // WANTED][:WANTED]
    assert len(chosen) == WANTED
    outcomes = [caught(*position) for position in chosen]
    shown, found = (sum(each) for each in zip(*outcomes, strict=True))
    print(f"\n{WANTED} planted: moving the controls finds {found}, the first picture {shown}.")
    missed = [at for at, (_, sweep) in zip(chosen, outcomes, strict=True) if not sweep]
    assert not missed
