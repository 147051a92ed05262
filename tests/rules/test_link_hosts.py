"""Links that are asked for by the name of a site, and those that only look like one."""

from typing import Any

import pytest

from services.kit.refused import Refused
from services.work.runs.link_hosts import refuse_disguised_link

BY_NAME = {"required_link_name": "LinkedIn"}
BY_PROOF = {"proof_requirement": {"type": "url", "label": "LinkedIn URL"}}
HONEST = (
    *("https://linkedin.com/posts/1", "https://www.linkedin.com/posts/1", "HTTPS://WWW.LINKEDIN.COM:443/posts/1"),
    *("https://lnkd.in/x", "https://example.org/p", "https://example.org/linkedin-post", ""),
)
DISGUISED = (
    *("https://linkedin.com.evil.test/", "https://evil.test/linkedin.com", "https://evil.test/?u=www.LinkedIn.com"),
    *("https://notlinkedin.com/posts/1", "https://www.linkedin.com-posts.test/1", "https://evil.test/#linkedin.com"),
)


@pytest.mark.requirement("R-TSK-4")
@pytest.mark.parametrize("asks", [BY_NAME, BY_PROOF])
def test_only_a_disguise_is_refused_and_only_when_it_is_new(asks: dict[str, Any]) -> None:
    for link in HONEST:
        refuse_disguised_link(None, {**asks, "link": link})
    for link in DISGUISED:
        with pytest.raises(Refused) as raised:
            refuse_disguised_link({"link": None}, {**asks, "link": link})
        assert raised.value.refusal.fields["link"].startswith("must lead to linkedin.com")
        refuse_disguised_link({"link": link}, {**asks, "link": link})
        refuse_disguised_link(None, {"required_link_name": "Luma", "link": link})
    refuse_disguised_link(None, {"proof_requirement": "broken", "link": "https://a.test/linkedin.com"})
