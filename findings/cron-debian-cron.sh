#!/usr/bin/env bash
# Debian's cron 3.0pl1-162 (Debian 12), the daemon itself under a set clock, on 36 cron expressions.
# Surprises: "fri-sun" and "6-1" are accepted and never run; "1#2" is accepted and runs every Monday; a line with "1/14" is refused.
# The dates are those of 1 January to 29 February and 1 to 10 October and November 2028, at 09:00 UTC. Fails if a line changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
(cd "$place" && apt-get download -qq cron=3.0pl1-162 libfaketime=0.9.10-2.1 && for package in *.deb; do dpkg -x "$package" "$place"; done) 2>/dev/null
mkdir -p "$place/fired"
# What reads and runs tables uses fixed places, so it gets mounts of its own over them. A table with one bad line is refused whole.
cat >"$place/accepts" <<'S'
mkdir -p /var/spool/cron && mount -t tmpfs none /var/spool/cron && mkdir /var/spool/cron/crontabs
exec "$1/usr/bin/crontab" -u root "$2"
S
cat >"$place/one-day" <<'S'
place=$1 date=$2 time=$3
mount -t tmpfs none /run
mount -t tmpfs none /var/spool/cron && mkdir /var/spool/cron/crontabs
sed "s/DATE/$date/" "$place/table" >/var/spool/cron/crontabs/root
echo "* * * * * sleep 0.5; touch $place/done-$date-$time" >>/var/spool/cron/crontabs/root
chmod 600 /var/spool/cron/crontabs/root
LD_PRELOAD="$place/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1" TZ=UTC \
  FAKETIME="@$(date -u -d "@$(($(date -u -d "$date $time" +%s) - 4))" '+%F %T')" "$place/usr/sbin/cron" -f &
for _ in $(seq 900); do [ -e "$place/done-$date-$time" ] && break; sleep 0.1; done
kill $!
S
n=100
while IFS= read -r expression; do
  n=$((n + 1))
  echo "$expression echo >>$place/fired/DATE-t$n" >"$place/line"
  if unshare --mount bash "$place/accepts" "$place" "$place/line" </dev/null 2>/dev/null; then cat "$place/line"; fi
done <"$here/cron-expressions.txt" >"$place/table"
# One daemon for each sampled day, started shortly before nine (before midnight for the alias) and ended when that minute's jobs have run.
for time in 09:00:00 00:00:00; do
  python3 "$here/cron-days.py" sample | xargs -P 16 -I{} unshare --mount bash "$place/one-day" "$place" {} $time
done
n=100
while IFS= read -r expression; do
  n=$((n + 1))
  printf '%s\t' "$expression"
  if grep -q -- "-t$n\$" "$place/table"; then (cd "$place/fired" && ls | sed -n "s/-t$n\$//p" | tr '\n' ' '); echo; else echo refused; fi
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
0 9 * 2 *	Feb 1-29
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
0 9 * * fri-sun	never
0 9 * * 6-1	never
0 9 * * */2	Jan 1-2,4,6,8-9,11,13,15-16,18,20,22-23,25,27,29-30, Feb 1,3,5-6,8,10,12-13,15,17,19-20,22,24,26-27,29, Oct 1,3,5,7-8,10, Nov 2,4-5,7,9
0 9 * * 1/2	refused
0 9 1 * 1	Jan 1,3,10,17,24,31, Feb 1,7,14,21,28, Oct 1-2,9, Nov 1,6
0 9 1-7 * 1	Jan 1-7,10,17,24,31, Feb 1-7,14,21,28, Oct 1-7,9, Nov 1-7
0 9 */2 * 1	Jan 3,17,31, Feb 7,21, Oct 9
0 9 13 * 5	Jan 7,13-14,21,28, Feb 4,11,13,18,25, Oct 6, Nov 3,10
0 9 * * 1#2	Jan 3,10,17,24,31, Feb 7,14,21,28, Oct 2,9, Nov 6
0 9 * * 5L	refused
0 9 15W * *	refused
0 9 LW * *	refused
0 9 30 2 *	never
0 9 ? * 1	refused
@daily	Jan 1-31, Feb 1-29, Oct 1-10, Nov 1-10
SEEN
