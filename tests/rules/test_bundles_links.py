"""What an edit means for a run's links."""

import pytest

from services.kit.refused import Refused
from services.work.runs.rules import filled, merged_links, refuse_lost_links

LUMA, TUBE = {"name": "Luma", "url": ""}, {"name": "YouTube", "url": ""}
FILLED = {"name": "Luma", "url": "https://lu.ma/x"}


def test_an_empty_url_leaves_what_somebody_else_filled() -> None:
    assert merged_links([FILLED, TUBE], [LUMA, TUBE | {"url": "https://youtu.be/x"}]) == [
        FILLED,
        {"name": "YouTube", "url": "https://youtu.be/x"},
    ]


def test_a_new_url_replaces_the_stored_one() -> None:
    newer = FILLED | {"url": "https://lu.ma/y"}
    assert merged_links([FILLED], [newer]) == [newer]


def test_other_names_or_another_order_replace_the_list() -> None:
    for sent in ([TUBE], [], [TUBE, LUMA], [LUMA, TUBE, {"name": "X"}]):
        assert merged_links([FILLED, TUBE], sent) == sent
    twice = [FILLED, FILLED]
    assert merged_links(twice, [LUMA, LUMA]) == [LUMA, LUMA]


def test_only_a_finished_task_that_needed_the_link_keeps_it() -> None:
    needs = {"_id": "t", "status": "done", "validation": {"requiredBundleLinks": ["Luma"]}, "missing": []}
    with pytest.raises(Refused, match="would remove its proof"):
        refuse_lost_links([needs], [FILLED], [LUMA])
    refuse_lost_links([needs], [LUMA], [TUBE])
    refuse_lost_links([needs], [FILLED, TUBE], [FILLED])
    refuse_lost_links([needs | {"validation": {}}], [FILLED], [])


def test_filling_one_link_leaves_its_neighbours() -> None:
    other = {"name": "X", "url": "https://x.com/a", "kept": 1}
    assert filled([LUMA, other], "Luma", "https://lu.ma/x", "") == [FILLED, other]
    assert filled([FILLED, other], "Luma", "", "https://lu.ma/x") == [LUMA, other]


def test_what_somebody_else_filled_meanwhile_is_not_overwritten() -> None:
    with pytest.raises(Refused, match=r"it is https://lu\.ma/x now"):
        filled([FILLED], "Luma", "https://lu.ma/y", "")
    with pytest.raises(Refused, match="no link 'Meetup'"):
        filled([FILLED], "Meetup", "https://meetup.com/x", None)
