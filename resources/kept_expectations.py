"""
Expectations of Great Expectations that write their configuration once.

An expectation of Great Expectations makes its configuration anew, out of a copy of all its fields,
whenever one of its keyword arguments is looked up: eighty times in a validation, more than half of
what a day costs. A subclass, which is how Great Expectations is meant to be extended, keeps it.
What is evaluated, and how, stays Great Expectations' own.
"""

import copy
import functools
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


def kept_expectation(
    kind: str, kwargs: Mapping[str, JsonValue], meta: Mapping[str, JsonValue]
) -> "Expectation":
    """
    Return the expectation of type *kind*, for one validation.

    Great Expectations raises an error of its own where it has no such type, or where *kwargs* are
    not what the type takes.
    """
    arguments: dict[str, Any] = {**kwargs, "meta": dict(meta)}

    return _kept_type(kind)(**arguments)


@functools.cache
def _kept_type(kind: str) -> "type[Expectation]":
    """Return the subclass of *kind*; it is registered under a name of its own, beside *kind*."""
    from great_expectations.compatibility.pydantic import PrivateAttr
    from great_expectations.expectations.registry import get_expectation_impl

    implementation = get_expectation_impl(kind)

    def configuration(self: Any) -> "ExpectationConfiguration":  # noqa: ANN401 - made below
        if self._kept is None:
            self._kept = _bound(super(kept, self).configuration, self)

        return self._kept  # type: ignore[no-any-return]

    members = {
        "__doc__": implementation.__doc__,
        "__module__": __name__,
        "_kept": PrivateAttr(None),
        "configuration": property(configuration),
    }
    kept: type[Expectation] = types.new_class(
        f"{implementation.__name__}Kept", (implementation,), {}, lambda body: body.update(members)
    )

    return kept


@functools.cache
def _bound_type() -> "type[ExpectationConfiguration]":
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    class BoundConfiguration(ExpectationConfiguration):
        """A configuration that leads back to its expectation, where others make a new one."""

        expectation: "Expectation"

        def to_domain_obj(self) -> "Expectation":
            return self.expectation

        def __deepcopy__(self, memo: dict[int, object]) -> ExpectationConfiguration:
            # A copy is made to be changed: it has to make an expectation of its own.
            return ExpectationConfiguration(
                type=self.type,
                kwargs=copy.deepcopy(self.kwargs, memo),
                meta=copy.deepcopy(self.meta, memo),
                severity=self.severity,
            )

    return BoundConfiguration


def _bound(
    configuration: "ExpectationConfiguration", expectation: "Expectation"
) -> "ExpectationConfiguration":
    bound = _bound_type()(
        type=configuration.type,
        kwargs=configuration.kwargs,
        meta=configuration.meta,
        severity=configuration.severity,
    )
    bound.expectation = expectation  # type: ignore[attr-defined]

    return bound
