#!/usr/bin/env bash
# systemd-cron 1.15.19 (Debian 12), its generated timers read by systemd 252, on 36 cron expressions.
# Surprises: "oct" makes no timer and "nov" runs in October; a day of the month together with a weekday needs both; "5-7" and
# "fri-sun" make no timer that systemd takes; "1/14" and "1/2" lose their step.
# The dates are those of 1 January to 29 February and 1 to 10 October and November 2028, at 09:00 UTC. Fails if a line changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
(cd "$place" && apt-get download -qq systemd-cron=1.15.19-5 && dpkg -x systemd-cron*.deb "$place") 2>/dev/null
mkdir -p "$place/tables" "$place/units"
n=100
while IFS= read -r expression; do
  printf '%s root true\n' "$expression" >"$place/tables/t$n"
  n=$((n + 1))
done <"$here/cron-expressions.txt"
# The generator reads fixed places, so it gets a mount of its own over one of them.
unshare --mount bash -c 'mkdir -p /etc/cron.d && mount --bind "$1/tables" /etc/cron.d && "$1/lib/systemd/system-generators/systemd-crontab-generator" "$1/units"' \
  - "$place" 2>/dev/null
n=100
while IFS= read -r expression; do
  printf '%s\t' "$expression"
  timer=$(find "$place/units" -maxdepth 1 -name "cron-t$n-*.timer")
  n=$((n + 1))
  calendar=$([ -z "$timer" ] || sed -n 's/^OnCalendar=//p' "$timer")
  if [ -n "$calendar" ] && out=$(SYSTEMD_COLORS=0 TZ=UTC systemd-analyze calendar --iterations=320 --base-time='2027-12-31 23:59:00' "$calendar" 2>/dev/null); then
    grep -oE '20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC' <<<"$out" | cut -c1-10 | sort -u | tr '\n' ' ' || true; echo
  else
    echo refused
  fi
done <"$here/cron-expressions.txt" >"$place/dates"
python3 "$here/cron-days.py" <"$place/dates" >"$place/days"
diff - "$place/days" <<'SEEN' && echo "as seen"
0 9 * * *	Jan 1-31, Feb 1-29, Oct 1-10, Nov 1-10
0 9 1 * *	Jan 1, Feb 1, Oct 1, Nov 1
0 9 31 * *	Jan 31
0 9 L * *	refused
0 9 1,15 * *	Jan 1,15, Feb 1,15, Oct 1, Nov 1
0 9 */2 * *	Jan 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31, Feb 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29, Oct 1,3,5,7,9, Nov 1,3,5,7,9
0 9 */14 * *	Jan 1,15,29, Feb 1,15,29, Oct 1, Nov 1
0 9 1/14 * *	Jan 1, Feb 1, Oct 1, Nov 1
0 9 10-20/5 * *	Jan 10,15,20, Feb 10,15,20, Oct 10, Nov 10
0 9 5-5 * *	Jan 5, Feb 5, Oct 5, Nov 5
0 9 * 2 *	Feb 1-29
0 9 * feb *	Feb 1-29
0 9 * oct *	refused
0 9 * nov *	Oct 1-10
0 9 * */2 *	Jan 1-31, Nov 1-10
0 9 * * 1	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * mon	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * 0	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * 7	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * 1-5	Jan 3-7,10-14,17-21,24-28,31, Feb 1-4,7-11,14-18,21-25,28-29, Oct 2-6,9-10, Nov 1-3,6-10
0 9 * * 5-7	refused
0 9 * * fri-sun	refused
0 9 * * 6-1	refused
0 9 * * */2	Jan 1-2,4,6,8-9,11,13,15-16,18,20,22-23,25,27,29-30, Feb 1,3,5-6,8,10,12-13,15,17,19-20,22,24,26-27,29, Oct 1,3,5,7-8,10, Nov 2,4-5,7,9
0 9 * * 1/2	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 1 * 1	never
0 9 1-7 * 1	Jan 3, Feb 7, Oct 2, Nov 6
0 9 */2 * 1	Jan 3,17,31, Feb 7,21, Oct 9
0 9 13 * 5	never
0 9 * * 1#2	refused
0 9 * * 5L	refused
0 9 15W * *	refused
0 9 LW * *	refused
0 9 30 2 *	never
0 9 ? * 1	refused
@daily	Jan 1-31, Feb 1-29, Oct 1-10, Nov 1-10
SEEN
