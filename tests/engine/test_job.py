from __future__ import annotations

from dataclasses import dataclass

import pytest
from engine_toys import Toy, diamond

from lossgeo.engine.job import Job, in_order


def test_dependencies_come_before_dependents_and_once() -> None:
    names = [job.label for job in in_order(diamond() + diamond())]

    assert names == ["root", "left", "middle!", "right!!", "top"]


def test_the_order_of_independent_targets_is_kept() -> None:
    jobs = [Toy(name) for name in "cab"]

    assert list(in_order(iter(jobs))) == jobs


def test_dependencies_are_found_once_and_within_tuples() -> None:
    a, b = Toy("a"), Toy("b")

    assert Toy("top", needs=(a, b, Toy("a"))).dependencies == (a, b)


def test_a_chain_of_thousands_has_an_order_and_keys() -> None:
    job = Toy("0")
    for i in range(1, 3000):
        job = Toy(str(i), needs=(job,))

    ordered = in_order([job])

    assert [j.label for j in ordered] == [str(i) for i in range(3000)]


def test_kinds_are_registered_by_their_class_name() -> None:
    assert Job.kinds["Toy"] is Toy
    assert Toy().kind == "Toy"


def test_two_kinds_cannot_share_a_name() -> None:
    with pytest.raises(TypeError, match=r"'Toy' is taken by engine_toys\.Toy; rename the class"):
        type("Toy", (Job,), {})


def test_a_kind_that_is_no_dataclass_is_refused_because_its_fields_would_be_missing_from_the_key() -> None:
    class Forgetful(Toy):
        extra: int = 0

    with pytest.raises(TypeError, match="Forgetful: expected a frozen dataclass"):
        _ = Forgetful().key


def test_a_job_is_shown_by_kind_key_and_label() -> None:
    job = Toy("a name", needs=(Toy("another"),))

    assert repr(job) == f"<Toy {job.key[:12]}: a name>"


def test_subclasses_of_jobs_are_kinds_of_their_own() -> None:
    @dataclass(frozen=True)
    class Derived(Toy):
        pass

    assert Derived() != Toy()
