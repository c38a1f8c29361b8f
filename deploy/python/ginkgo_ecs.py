"""structlog for the preset `ginkgo`: one nested JSON object a line, ECS and `ginkgo.*`.

    from ginkgo_ecs import configure

    log = configure("ginkgo.engine").bind(portfolio_id="550e8400-…", strategy_id="6ba7b810-…", task_id="bt-7")
    log.info("Order filled", log_category="backtest", event_type="ORDERFILLED", symbol="000001.SZ")

What ECS has a name for goes there (`trace_id` becomes `trace.id`); everything else goes under `ginkgo`.
Needs structlog alone.
"""

import os
import socket
import sys
import traceback

import structlog

#: Where a key goes instead of `ginkgo.<key>`.
ECS = {
    "timestamp": ("@timestamp",),
    "level": ("log", "level"),
    "logger": ("log", "logger"),
    "event": ("message",),
    "trace_id": ("trace", "id"),
    "span_id": ("trace", "span_id"),
    "error_type": ("error", "type"),
    "error_message": ("error", "message"),
    "error_stack_trace": ("error", "stack_trace"),
}


def with_error(_logger, _method, event):
    """Takes an exception apart, its stack trace included: one line, however long the trace is."""
    exc_info = event.pop("exc_info", None)
    if isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    elif exc_info and not isinstance(exc_info, tuple):
        exc_info = sys.exc_info()
    if exc_info and exc_info[0] is not None:
        event["error_type"] = exc_info[0].__name__
        event["error_message"] = str(exc_info[1])
        event["error_stack_trace"] = "".join(traceback.format_exception(*exc_info))
    return event


def as_ecs(_logger, _method, event):
    """Gives an event its nested shape."""
    out = {"process": {"pid": os.getpid()}, "host": {"hostname": socket.gethostname()}}
    for key, value in event.items():
        *outer, last = ECS.get(key, ("ginkgo", key))
        place = out
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return out


def configure(name, stream=sys.stdout):
    """Configures structlog and returns a logger of this name."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            with_error,
            as_ecs,
            # Chinese stays readable; Ginkgo finds it escaped as well.
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger().bind(logger=name)
