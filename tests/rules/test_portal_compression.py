"""Who is sent compressed pages."""

import pytest

from services.portal.http.compression import accepts_gzip


@pytest.mark.parametrize("offer", ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "GZIP ; q=0.5"])
def test_who_takes_gzip_gets_it(offer: str) -> None:
    assert accepts_gzip(offer)


@pytest.mark.parametrize("offer", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0", "x-gzip"])
def test_who_does_not_take_it_does_not(offer: str) -> None:
    assert not accepts_gzip(offer)
