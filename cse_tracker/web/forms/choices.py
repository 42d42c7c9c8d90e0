"""What templates need from a form: its errors, and its choices as the GOV.UK macros want them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from jinja2 import Environment
from wtforms import Field, FieldList, FormField
from wtforms.csrf.core import CSRFTokenField
from wtforms.fields.choices import SelectChoice, SelectFieldBase  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.form import BaseForm

from cse_tracker.web.forms.dates import DatePartsField
from cse_tracker.web.forms.identifiers import spaced_nhs_number


def error_list(form: BaseForm) -> list[dict[str, str]]:
    """The error summary's items, one a field, each leading to something that can take the focus.

    A failed form token is left out: nobody can put it right on the page, and it has a page of its own.
    """
    items = [{"text": str(error)} for error in getattr(form, "form_errors", ())]
    for field in form:
        items += _field_errors(field)
    return items


def err(field: Field) -> dict[str, str] | None:
    """A field's first error as the macros take it, or None."""
    return {"text": str(field.errors[0])} if field.errors else None


def options(pairs: Iterable[tuple[str | int, str]]) -> list[Any]:
    """The choices of a field from (value, words) pairs, in the form that WTForms will go on taking."""
    return [SelectChoice(value, words) for value, words in pairs]


def choices(
    field: SelectFieldBase,
    hints: Mapping[str, str] | None = None,
    exclusive: str | Collection[str] = (),
) -> list[dict[str, Any]]:
    """A field's choices as items for radios, checkboxes or a select.

    ``hints`` are keyed by choice value. An ``exclusive`` choice ("None of these") comes after the divider "or" and
    unticks the others; the server must still refuse the two together, as there may be no script.
    """
    alone = {exclusive} if isinstance(exclusive, str) else set(exclusive)
    items: list[dict[str, Any]] = []
    for choice in field.iter_choices():
        value = "" if choice[0] is None else str(choice[0])
        item: dict[str, Any] = {"value": value, "text": str(choice[1]), "checked": choice[2], "selected": choice[2]}
        if hints and value in hints:
            item["hint"] = {"text": hints[value]}
        if value in alone:
            items.append({"divider": "or"})
            item["behaviour"] = "exclusive"
        items.append(item)
    return items


def register(environment: Environment) -> None:
    """Give templates the filters ``err``, ``choices`` and ``nhs_number`` and the global ``error_list``."""
    environment.filters.update(err=err, choices=choices, nhs_number=spaced_nhs_number)
    environment.globals.update(error_list=error_list)


def _field_errors(field: Field) -> list[dict[str, str]]:
    if isinstance(field, CSRFTokenField):
        return []
    if isinstance(field, FormField):
        return error_list(field.form)
    if isinstance(field, FieldList):
        nested = [item for entry in field.entries for item in _field_errors(entry)]
        return nested or _own_error(field)
    return _own_error(field)


def _own_error(field: Field) -> list[dict[str, str]]:
    target = f"{field.id}-{field.first_bad}" if isinstance(field, DatePartsField) else field.id
    return [{"text": str(error), "href": f"#{target}"} for error in field.errors[:1]]
