"""Formats what a cron reader does with an expression in the sampled days of 2028.

The sample is 1 January to 29 February and 1 to 10 October and November. Reads lines of `expression TAB dates`, the
dates as YYYY-MM-DD separated by blanks, or `refused` or `not tried` in their place. Prints `expression TAB ranges`,
for example `Jan 1-31, Feb 3`, or `never`, `refused`, `not tried`. With the argument `sample` it prints the sample."""

import datetime as dt
import sys

SAMPLE = [dt.date(2028, 1, 1) + dt.timedelta(days) for days in range(60)]
SAMPLE += [dt.date(2028, month, day) for month in (10, 11) for day in range(1, 11)]


def ranges(days: list[int]) -> str:
    starts = [day for day in days if day - 1 not in days]
    ends = [day for day in days if day + 1 not in days]
    return ",".join(f"{a}-{b}" if b > a else str(a) for a, b in zip(starts, ends, strict=True))


if sys.argv[1:] == ["sample"]:
    print(*SAMPLE, sep="\n")
    sys.exit()
for line in sys.stdin:
    expression, _, found = line.rstrip("\n").partition("\t")
    if found in ("refused", "not tried"):
        print(expression, found, sep="\t")
        continue
    dates = {dt.date.fromisoformat(word) for word in found.split()} & set(SAMPLE)
    months = {month: sorted(date.day for date in dates if date.month == month) for month in (1, 2, 10, 11)}
    named = (f"{dt.date(2028, month, 1):%b} {ranges(days)}" for month, days in months.items() if days)
    print(expression, ", ".join(named) or "never", sep="\t")
