"""structlog for the preset `tskv`: key='value' pairs as Python's repr writes them, on stdout.

    from tskv_structlog import configure

    log = configure("service")
    log.info("Request completed", method="GET", path="/api/v1", status_code=200, trace_id=trace_id)

Needs structlog alone.
"""

import sys

import structlog


def configure(name, stream=sys.stdout):
    """Configures structlog and returns a logger of this name."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            # A key must be one word; what stands in values may be anything.
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger().bind(logger=name)
