"""Somebody who goes on from page to page of a list, and back."""

import re
from urllib.parse import urljoin

from django.test import Client


def walked(client: Client, address: str, row: str, way: str = "next") -> tuple[list[list[str]], str]:
    """What `row` finds on each page from an address on, and the address of the last one."""
    pages = []
    while True:
        page = client.get(address).text
        pages.append(re.findall(row, page))
        following = re.search(rf'href="([^"#]+)[^"]*" rel="{way}"', page)
        if following is None:
            return pages, address
        address = urljoin(address, following[1].replace("&amp;", "&"))


def once_and_back(client: Client, address: str, row: str) -> list[str]:
    """The rows of a list of more than one page, which comes out the same backwards and forwards again."""
    forth, last = walked(client, address, row)
    back, first = walked(client, last, row, "prev")
    assert len(forth) > 1
    assert back[::-1] == walked(client, first, row)[0] == forth
    return [one for page in forth for one in page]
