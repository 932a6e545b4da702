"""The rule book: presets, versions, refusals."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.actor import Actor
from core.errors import Forbidden, Invalid
from orders.actions.rules import StepDraft, save_rule
from orders.models import PenaltyRule
from sellers.models import Store
from testing.factories import STAFF, SellerFactory, at

pytestmark = pytest.mark.django_db

NOW = at("2026-03-02 08:00")
OWNER = Actor("user", 1, "Li", frozenset({"settings:write", "money:read"}))
STEPS = [
    StepDraft(after_hours=0, fixed=Decimal("5.00")),
    StepDraft(after_working_days=2, percent=Decimal("10")),
]


def save(seller, **changes):
    values = {
        "marketplace": "aliexpress",
        "mode": "semi_managed",
        "criterion": "uploaded",
        "currency": "CNY",
        "steps": STEPS,
        "actor": OWNER,
        "now": NOW,
    }
    return save_rule(seller=seller, **(values | changes))


def test_presets_are_marked_as_examples_with_their_source():
    presets = PenaltyRule.objects.filter(seller=None)
    assert presets.count() == 19
    assert not presets.filter(is_example=False).exists()
    assert not presets.filter(source_note="").exists()
    assert not presets.filter(steps=None).exists()


def test_aliexpress_semi_managed_stops_at_the_upload():
    preset = PenaltyRule.objects.get(seller=None, marketplace="aliexpress", mode="semi_managed")
    assert preset.criterion == "uploaded"
    assert preset.currency == ""


def test_every_mode_has_a_preset_for_other_marketplaces():
    modes = PenaltyRule.objects.filter(seller=None, marketplace="other").values_list(
        "mode", flat=True
    )
    assert sorted(modes) == sorted(Store.Mode.values)


def test_a_first_version_is_written_with_its_steps():
    rule = save(SellerFactory())
    assert (rule.version, rule.effective_from, rule.effective_to, rule.created_by) == (
        1,
        NOW,
        None,
        "Li",
    )
    assert list(
        rule.steps.values_list("position", "after_hours", "after_working_days", "fixed", "percent")
    ) == [
        (1, 0, None, Decimal("5.00"), Decimal("0.000")),
        (2, None, 2, Decimal("0.00"), Decimal("10.000")),
    ]


def test_an_edit_closes_the_version_before_it():
    seller = SellerFactory()
    first = save(seller)
    later = NOW + timedelta(days=1)
    second = save(seller, steps=STEPS[:1], now=later)
    first.refresh_from_db()
    assert (first.effective_to, second.version, second.effective_from) == (later, 2, later)
    assert first.steps.count() == 2


def test_saving_the_same_again_makes_no_version():
    seller = SellerFactory()
    first = save(seller)
    assert save(seller, now=NOW + timedelta(days=1)) == first
    assert PenaltyRule.objects.filter(seller=seller).count() == 1


def test_a_seller_cannot_change_the_rules_for_everybody():
    with pytest.raises(Forbidden):
        save(None)


def test_staff_change_a_preset():
    rule = save(None, currency="", actor=STAFF)
    assert (rule.version, rule.is_example) == (2, False)


def test_a_rule_needs_the_scope():
    with pytest.raises(Forbidden):
        save(SellerFactory(), actor=Actor("user", 1, "Li", frozenset({"money:read"})))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"marketplace": "moon"}, "/marketplace"),
        ({"mode": "x"}, "/mode"),
        ({"criterion": "x"}, "/criterion"),
        ({"trigger": "x"}, "/trigger"),
        ({"currency": "yuan"}, "/currency"),
        ({"total_cap": Decimal("-1")}, "/total_cap"),
        ({"steps": [StepDraft()]}, "/steps/0"),
        ({"steps": [STEPS[0], StepDraft(after_hours=1, after_working_days=1)]}, "/steps/1"),
        ({"steps": [StepDraft(after_hours=-1)]}, "/steps/0"),
        ({"steps": [StepDraft(after_hours=1, fixed=Decimal("-1"))]}, "/steps/0"),
        ({"steps": [StepDraft(after_hours=1, percent=Decimal("1000"))]}, "/steps/0"),
        ({"steps": STEPS * 11}, "/steps"),
    ],
)
def test_what_makes_no_rule_is_refused_with_its_place(changes, pointer):
    seller = SellerFactory()
    with pytest.raises(Invalid) as error:
        save(seller, **changes)
    assert [e.pointer for e in error.value.errors] == [pointer]
    assert not PenaltyRule.objects.filter(seller=seller).exists()
