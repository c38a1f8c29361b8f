"""structlog and OpenTelemetry for the preset `fastapi`: one flat JSON object a line.

    from fastapi_otel import AccessLog, configure

    log = configure("aichemol-backend", open("/var/log/fastapi/backend.log", "a", buffering=1))
    app = FastAPI()
    app.add_middleware(AccessLog, log=log)

Every line inside a span has its trace and span. Needs structlog and opentelemetry-api; spans come from
whatever makes them (opentelemetry-instrumentation-fastapi, or spans of your own).
"""

import sys
import time

import structlog
from opentelemetry import trace


def with_trace(_logger, _method, event):
    """Adds the trace and the span that the line is written in."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


def with_error_type(_logger, _method, event):
    """Adds the class of the exception that the line tells of."""
    exc_info = event.get("exc_info")
    kind = sys.exc_info()[0] if exc_info is True else type(exc_info)
    if isinstance(exc_info, tuple):
        kind = exc_info[0]
    if exc_info and kind is not None:
        event.setdefault("error_type", kind.__name__)
    return event


def configure(service_name, stream=sys.stdout):
    """Configures structlog for a service and returns its logger."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            with_trace,
            with_error_type,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger().bind(service_name=service_name, logger_name="app")


class AccessLog:
    """ASGI middleware that writes a line a request, instead of uvicorn's own (--no-access-log)."""

    def __init__(self, app, log):
        self.app = app
        self.log = log.bind(logger_name="uvicorn.access")

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, began = 500, time.perf_counter()

        async def note(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note)
        except Exception:
            self.log.exception("unhandled error", endpoint=scope["path"])
            raise
        finally:
            level = "error" if status >= 500 else "warning" if status >= 400 else "info"
            getattr(self.log, level)(
                f"{scope['method']} {scope['path']} {status}",
                method=scope["method"],
                endpoint=scope["path"],
                status_code=status,
                duration_ms=round((time.perf_counter() - began) * 1000, 2),
            )
