"""Writes lines by the snippets of deploy/python, each into the file of its system."""

import asyncio
import sys
from pathlib import Path

root, out = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(root / "deploy/python"))

import fastapi_otel  # noqa: E402
import ginkgo_ecs  # noqa: E402
import tskv_structlog  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402


def ginkgo():
    with open(out / "ginkgo.log", "a", buffering=1) as stream:
        log = ginkgo_ecs.configure("ginkgo.engine", stream)
        log = log.bind(portfolio_id="pf-python", strategy_id="st-python", task_id="bt-python")
        log.info(
            "订单成交 filled",
            log_category="backtest",
            event_type="ORDERFILLED",
            symbol="BTC/USDT",
            transaction_price=10.52,
            trace_id="trace-python",
        )
        try:
            raise ValueError("no \"bars\"\nat all")
        except ValueError:
            log.exception("engine failed", log_category="system", event_type="ENGINEERROR")


def fastapi():
    with open(out / "fastapi/python.log", "a", buffering=1) as stream:
        log = fastapi_otel.configure("python-backend", stream)

        async def app(scope, _receive, send):
            log.info("request started")
            if scope["path"] == "/broken":
                raise KeyError("job")
            await send({"type": "http.response.start", "status": 404})

        async def ask(path):
            scope = {"type": "http", "method": "GET", "path": path}
            await fastapi_otel.AccessLog(app, log)(scope, None, nothing)

        async def nothing(*_):
            pass

        tracer = TracerProvider().get_tracer("t")
        with tracer.start_as_current_span("request") as span:
            print(format(span.get_span_context().trace_id, "032x"))
            asyncio.run(ask("/missing"))
            try:
                asyncio.run(ask("/broken"))
            except KeyError:
                pass


def tskv():
    with open(out / "docker/python.log", "a", buffering=1) as stream:
        log = tskv_structlog.configure("orders.store", stream).bind(trace_id="11111111-2222-4333-8444-555555555555")
        log.info("it's \"stored\"\nas C:\\new", path="/api/v1/orders", status_code=201, user=None)
        log.error("Request failed", path="/api/v1/orders", status_code=500, error_type="ValueError")


ginkgo()
fastapi()
tskv()
