"""Records of another system's export, made fit for ours. What is changed for it is told."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from contracts.transfer.export_records import RELATIONS, Entity, Known, Record, resolved
from contracts.values import BundleStatus, Stage, TaskStatus, iso_milliseconds
from services.exports import kinds
from services.exports.entities import SHAPES
from services.work.generation.making import run_key

Claim = tuple[str, str]
_UNNAMED = "Untitled"
_NOT_STAMPS = frozenset({"follow_up_at", "due_at"})


class Claims:
    """Which of several records of the same window, step or anchor date is the oldest, and so the one that has it."""

    def __init__(self) -> None:
        self._oldest: dict[tuple[str, Claim], tuple[str, str]] = {}

    def learn(self, entity: Entity, record: Record) -> None:
        for what, claim in _claims(entity, record):
            age = (str(record.get("created_at", "")), str(record.get(entity.id_field)))
            self._oldest[what, claim] = min(age, self._oldest.get((what, claim), age))

    def has(self, what: str, claim: Claim, id: str) -> bool:
        return self._oldest[what, claim][1] == id


def _claims(entity: Entity, record: Record) -> Iterable[tuple[str, Claim]]:
    pairs: dict[str, tuple[str, str]] = {}
    if entity is Entity.TASKS:
        pairs = {"window": ("recurring_config_id", "date"), "step": ("bundle_id", "template_task_ref")}
    if entity is Entity.BUNDLES:
        pairs = {"run": ("template_id", "anchor_date")}
    for what, (first, second) in pairs.items():
        if record.get(first) and record.get(second):
            yield what, (str(record[first]), str(record[second]))


class Mender:
    """``known``: the ids that there are. ``at``: when it was exported, for records that say of no instant when."""

    def __init__(self, known: Known, claims: Claims, at: dt.datetime) -> None:
        self._known = known
        self._claims = claims
        self._at = iso_milliseconds(at)
        self.mended_counts: Counter[str] = Counter()

    def mended(self, entity: Entity, record: Record) -> Record:
        named = RELATIONS.get(entity, {}).keys() | {"template_task_ref"}
        record = {
            name: value
            for name, value in record.items()
            if value is not None and value != "" and (name not in named or isinstance(value, str))
        }
        record = self._resolved(entity, self._stamped(entity, record))
        match entity:
            case Entity.USERS:
                return _user(record)
            case Entity.TASKS:
                return self._task(record)
            case Entity.BUNDLES:
                return self._bundle(record)
            case Entity.TEMPLATES:
                return self._schedule("trigger_schedule", _template(record))
            case Entity.RECURRING_CONFIGS:
                return self._schedule("cron_expression", record)
            case _:
                return record

    def _stamped(self, entity: Entity, record: Record) -> Record:
        """Instants in one form; those that cannot be read are left out."""
        stamps = {
            name: kinds.instant_of(str(record[name]))
            for name, shape in SHAPES[entity].fields.items()
            if name in record and shape.check is kinds.timestamp and name not in _NOT_STAMPS
        }
        found = {name: iso_milliseconds(instant) for name, instant in stamps.items() if instant is not None}
        created = found.get("created_at") or found.get("updated_at") or self._at
        stamped = {"created_at": created, "updated_at": created} | found
        stamped["updated_at"] = max(stamped["updated_at"], created)
        kept = {name: value for name, value in record.items() if name not in stamps}
        return kept | {name: value for name, value in stamped.items() if name in SHAPES[entity].fields}

    def _resolved(self, entity: Entity, record: Record) -> Record:
        record = resolved(entity, record, self._known)
        for name, value in record.pop("unresolved_references", {}).items():
            ids = [value] if isinstance(value, str) else [next(iter(one.values())) for one in value]
            self.mended_counts.update(f"{entity}: {name} {id} does not exist and was dropped" for id in ids)
        if entity is Entity.TEMPLATES:
            record["task_definitions"] = [self._definition(one) for one in record.get("task_definitions", [])]
        return record

    def _definition(self, definition: Record) -> Record:
        assignee = definition.get("assigneeId")
        if not assignee or (isinstance(assignee, str) and assignee in self._known[Entity.USERS]):
            return definition
        self.mended_counts[f"templates: assigneeId {assignee} does not exist and was dropped"] += 1
        return {name: value for name, value in definition.items() if name != "assigneeId"}

    def _task(self, task: Record) -> Record:
        id = str(task["task_id"])
        task = {"status": TaskStatus.TODO.value, "source": "manual", **task}
        config, date = task.get("recurring_config_id"), str(task["date"])
        if config and self._claims.has("window", (config, date), id):
            task["window_date"] = date
        elif config:
            self.mended_counts["tasks: another one has the window; kept as a plain task"] += 1
        run, step = task.get("bundle_id"), task.get("template_task_ref")
        if run and step and not self._claims.has("step", (run, step), id):
            del task["template_task_ref"]
            self.mended_counts["tasks: another one is the step of the run; kept as a plain task"] += 1
        if task["status"] == TaskStatus.DONE:
            return {"completed_at": task["updated_at"], **task}
        if task["status"] == TaskStatus.WAITING:
            task.setdefault("comment", f"Waiting for {task['waiting_for']}")
        if "follow_up_at" in task and kinds.moment(task["follow_up_at"]):
            instant = kinds.instant_of(task["follow_up_at"])
            task["follow_up_at"] = iso_milliseconds(instant) if instant else task["updated_at"]
        return {name: value for name, value in task.items() if name not in ("completed_at", "completed_by")}

    def _bundle(self, bundle: Record) -> Record:
        template, anchor = bundle.get("template_id"), bundle.get("anchor_date")
        bundle = {
            "title": _UNNAMED,
            "status": BundleStatus.ACTIVE.value,
            "stage": Stage.PREPARATION.value,
            "anchor_date": bundle["created_at"][:10],
            **bundle,
        }
        if not template or not anchor:
            return bundle
        if self._claims.has("run", (template, anchor), str(bundle["bundle_id"])):
            bundle["run_key"] = run_key(template, dt.date.fromisoformat(anchor))
        else:
            self.mended_counts["bundles: another one is the run of its template for that date; kept beside it"] += 1
        return bundle

    def _schedule(self, cron: str, record: Record) -> Record:
        if cron in record and kinds.cron(record[cron]):
            self.mended_counts[f"{cron} {record[cron]} cannot be read; the schedule arrives paused"] += 1
        return record


def _user(user: Record) -> Record:
    """Without an e-mail nobody can sign in; but tasks may be theirs."""
    email = str(user.get("email") or f"{user['user_id']}@imported.invalid").strip().lower()
    return {"name": email, "role": "operator", **user, "email": email}


def _template(template: Record) -> Record:
    return {"name": _UNNAMED, "type": "workflow", **template}
