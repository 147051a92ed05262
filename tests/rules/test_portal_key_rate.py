"""A user may send so many different keys in a minute; the next minute begins with the next key."""

from services.portal.http.key_rate import KeyRate


def test_a_thousand_different_keys_in_a_minute_are_too_many_and_the_same_one_never_is() -> None:
    rate = KeyRate()
    waits = [rate.wait("ada", f"key {number}", number * 0.05) for number in range(1_000)]
    assert waits.index(30) == 600
    assert waits[600:] == sorted(waits[600:], reverse=True)
    assert rate.wait("ada", "key 0", 59.9) == 0
    assert rate.wait("ada", "another", 59.9) == 1
    assert rate.wait("ben", "another", 59.9) == 0
    assert rate.wait("ada", "another", 60.0) == 0
