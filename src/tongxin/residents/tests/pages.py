"""Short ways to the pages of this room."""

import re

from django.urls import reverse

LISTS = ("coverage", "pairs", "callers", "rounds", "requests")


def url(name, *args):
    return reverse(f"residents:{name}", args=args)


def get(story, name, address, **query):
    return story.cast.client(name).get(address, query)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
