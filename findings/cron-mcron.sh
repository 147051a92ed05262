#!/usr/bin/env bash
# GNU mcron 1.0.8 (Debian 12) on 36 cron expressions in its Vixie format.
# Surprises: a month given by number is the month after it ("2" is March), one given by name is right; "*/2" among days beside a
# weekday means "either"; aliases and "1/14" are refused. Three expressions are left out.
# The dates are those of 1 January to 29 February and 1 to 10 October and November 2028, at 09:00 UTC. Fails if a line changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
packages="mcron=1.0.8-1.1 guile-3.0-libs=3.0.8-2 libgc1=1:8.2.2-3 libfaketime=0.9.10-2.1"
(cd "$place" && apt-get download -qq $packages && for package in *.deb; do dpkg -x "$package" "$place"; done) 2>/dev/null
mkdir -p "$place/config/cron"
schedule() {
  env HOME="$place" XDG_CONFIG_HOME="$place/config" TZ=UTC LD_LIBRARY_PATH="$place/usr/lib/$(uname -m)-linux-gnu" \
    GUILE_LOAD_PATH="$place/usr/share/guile/3.0:$place/usr/share" GUILE_AUTO_COMPILE=0 \
    GUILE_SYSTEM_PATH="$place/usr/share/guile/3.0:$place/usr/share" \
    GUILE_SYSTEM_COMPILED_PATH="$place/usr/lib/$(uname -m)-linux-gnu/guile/3.0/ccache" \
    LD_PRELOAD="$place/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1" FAKETIME="@$1 23:59:00" \
    "$place/usr/bin/mcron" --schedule=$2 </dev/null 2>/dev/null
}
while IFS= read -r expression; do
  printf '%s\t' "$expression"
  case $expression in *-sun | *6-1 | *" 30 2 "*) echo "not tried" && continue ;; esac
  printf '%s echo\n' "$expression" >"$place/config/cron/job.vix"
  lines=$(schedule 2027-12-31 60; schedule 2028-09-30 10; schedule 2028-10-31 10) || true
  if [ -n "$lines" ]; then
    sed -n 's/^... \(... *[0-9]*\) [0-9:]* \(....\) +0000$/\1 \2/p' <<<"$lines" | date -uf - +%F | tr '\n' ' '; echo
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
0 9 1/14 * *	refused
0 9 10-20/5 * *	Jan 10,15,20, Feb 10,15,20, Oct 10, Nov 10
0 9 5-5 * *	Jan 5, Feb 5, Oct 5, Nov 5
0 9 * 2 *	never
0 9 * feb *	Feb 1-29
0 9 * oct *	Oct 1-10
0 9 * nov *	Nov 1-10
0 9 * */2 *	Jan 1-31, Nov 1-10
0 9 * * 1	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * mon	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * 0	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * 7	Jan 2,9,16,23,30, Feb 6,13,20,27, Oct 1,8, Nov 5
0 9 * * 1-5	Jan 3-7,10-14,17-21,24-28,31, Feb 1-4,7-11,14-18,21-25,28-29, Oct 2-6,9-10, Nov 1-3,6-10
0 9 * * 5-7	Jan 1-2,7-9,14-16,21-23,28-30, Feb 4-6,11-13,18-20,25-27, Oct 1,6-8, Nov 3-5,10
0 9 * * fri-sun	not tried
0 9 * * 6-1	not tried
0 9 * * */2	Jan 1-2,4,6,8-9,11,13,15-16,18,20,22-23,25,27,29-30, Feb 1,3,5-6,8,10,12-13,15,17,19-20,22,24,26-27,29, Oct 1,3,5,7-8,10, Nov 2,4-5,7,9
0 9 * * 1/2	refused
0 9 1 * 1	Jan 1,3,10,17,24,31, Feb 1,7,14,21,28, Oct 1-2,9, Nov 1,6
0 9 1-7 * 1	Jan 1-7,10,17,24,31, Feb 1-7,14,21,28, Oct 1-7,9, Nov 1-7
0 9 */2 * 1	Jan 1,3,5,7,9-11,13,15,17,19,21,23-25,27,29,31, Feb 1,3,5,7,9,11,13-15,17,19,21,23,25,27-29, Oct 1-3,5,7,9, Nov 1,3,5-7,9
0 9 13 * 5	Jan 7,13-14,21,28, Feb 4,11,13,18,25, Oct 6, Nov 3,10
0 9 * * 1#2	refused
0 9 * * 5L	refused
0 9 15W * *	refused
0 9 LW * *	refused
0 9 30 2 *	not tried
0 9 ? * 1	refused
@daily	refused
SEEN
