"""The pages of a compound in which nothing has happened."""

import pytest

from tongxin.residents.tests.pages import LISTS, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]


def test_without_an_incident_the_pages_say_what_to_do(area, cast):
    for page in LISTS:
        response = cast.client("commander").get(url(page))
        assert response.status_code == 200
        assert "There is no open incident" in text_of(response)
