"""What replies of the portal have in common."""

import re

from services.portal.http import headers

SAFETY = {name.decode(): value.decode() for name, value in headers.SAFETY}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
