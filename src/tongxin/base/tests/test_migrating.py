"""Tables that are made together: circles hold, and the way back leaves nothing."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from django.db.utils import IntegrityError

from tongxin.base.migrating import Together

APP = "sample"


def key():
    return ("id", models.BigAutoField(primary_key=True))


def both():
    """A house that names its keeper, and people who live in houses."""
    house = migrations.CreateModel(
        name="House",
        fields=[key(), ("keeper", models.ForeignKey(to="sample.person", null=True, on_delete=models.PROTECT))],
        options={"constraints": [models.UniqueConstraint(fields=["keeper"], name="sample_one_house_a_keeper")]},
    )
    person = migrations.CreateModel(
        name="Person", fields=[key(), ("house", models.ForeignKey(to="sample.house", on_delete=models.PROTECT))]
    )
    return Together([house, person])


def tables():
    return {name for name in connection.introspection.table_names() if name.startswith(APP)}


@pytest.mark.django_db(transaction=True)
def test_tables_that_know_each_other_are_made_and_taken_away():
    before, after, operation = ProjectState(), ProjectState(), both()
    operation.state_forwards(APP, after)
    with connection.schema_editor() as editor:
        operation.database_forwards(APP, editor, before, after)
    try:
        assert tables() == {"sample_house", "sample_person"}
        house, person = (after.apps.get_model(APP, name) for name in ("House", "Person"))
        home = house.objects.create()
        home.keeper = person.objects.create(house=home)
        home.save()
        with pytest.raises(IntegrityError):
            house.objects.create(keeper=home.keeper)
        house.objects.update(keeper=None)
        person.objects.all().delete()
        house.objects.all().delete()
    finally:
        with connection.schema_editor() as editor:
            operation.database_backwards(APP, editor, after, before)
    assert tables() == set()


def test_a_state_that_was_rendered_before_knows_the_new_models():
    state = ProjectState()
    assert not state.apps.get_models()
    both().state_forwards(APP, state)
    assert {model.__name__ for model in state.apps.get_models()} == {"House", "Person"}
