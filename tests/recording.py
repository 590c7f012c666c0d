"""A callback of scikit-learn's kind that keeps what it is told."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Told:
    """One call: its hook, the name and number of the task, and what came along."""

    hook: str
    task: tuple[str, int]
    X: Any = None
    y: Any = None
    metadata: Any = None
    fitted: Any = None


class Recorder:
    """Keep every call; stop the fit after so many epochs, where a number is given."""

    def __init__(self, stop_after=None):
        self.calls = []
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.calls.append(Told("setup", (context.task_name, context.task_id)))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        task = (context.task_name, context.task_id)
        self.calls.append(Told("begin", task, X, y, metadata))

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        task = (context.task_name, context.task_id)
        self.calls.append(Told("end", task, X, y, metadata, fitted_estimator))
        return task == ("epoch", (self.stop_after or 0) - 1)

    def teardown(self, estimator, context):
        self.calls.append(Told("teardown", (context.task_name, context.task_id)))

    @property
    def hooks(self):
        return [(call.hook, call.task) for call in self.calls]

    def ends_of(self, task_name):
        return [call for call in self.calls if call.hook == "end" and call.task[0] == task_name]
