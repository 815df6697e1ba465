"""Traces of files, as a collector of OpenTelemetry receives them."""

import sys
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.errors import GatewayError
from tests.integration.test_alarms_and_people import free_port
from tests.integration.test_canaries import found
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.cutovers import RECORD

NOW = timedelta(0)


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def asking(town, port):
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + f'traces: {{endpoint: "http://127.0.0.1:{port}/v1/traces"}}\n')


@asynccontextmanager
async def collecting(town, status=200):
    """A collector that the town's gateway sends to; what it received."""
    received = []

    async def take(request):
        received.append(ExportTraceServiceRequest.FromString(await request.read()))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port := free_port()).start()
    asking(town, port)
    yield received
    await runner.cleanup()


def spans(received):
    return [
        (one, resource.resource)
        for request in received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for one in scope.spans
    ]


def told(attributes):
    return {one.key: one.value.string_value or one.value.int_value for one in attributes}


async def test_a_file_that_was_carried_is_a_trace_with_a_span_for_each_step(town):
    (town.here / "a.dat").write_bytes(RECORD)
    async with collecting(town) as received, town.gateway() as gateway:
        await gateway.once(["r"], patience=NOW)
        (sent,) = await gateway.journal.recent("r", 9)
        steps = await gateway.journal.history(sent.id)
        await gateway._tracing.send()
        await gateway._tracing.send()
        got = spans(received)
    (root, *others) = [one for one, _ in got]
    assert {told(resource.attributes)["service.name"] for _, resource in got} == {"linkage-gateway"}
    assert (root.name, root.parent_span_id, len(root.trace_id)) == ("transfer", b"", 16)
    about = told(root.attributes)
    assert (about["lgw.route"], about["lgw.transfer_id"], about["lgw.records"]) == ("r", sent.id, 1)
    assert [one.name for one in others] == [step.event for step in steps[1:]]
    assert {one.parent_span_id for one in others} == {root.span_id}
    assert {one.trace_id for one in others} == {root.trace_id}
    assert len({one.span_id for one, _ in got}) == len(got)
    edges = [root.start_time_unix_nano, *(one.end_time_unix_nano for one in others)]
    assert edges == sorted(edges)
    assert edges[-1] == root.end_time_unix_nano
    assert found("".join(map(str, received))) == []


async def test_a_collector_that_refuses_costs_traces_and_nothing_else(town):
    (town.here / "a.dat").write_bytes(RECORD)
    async with collecting(town, status=400), town.gateway() as gateway:
        await gateway.once(["r"], patience=NOW)
        await gateway._tracing.send()
        (line,) = town.log.events("traces_lost")
        assert (line["count"], len(town.arrived())) == (1, 1)


async def test_without_its_libraries_the_gateway_does_not_start_and_says_what_to_install(town, monkeypatch):
    asking(town, 4318)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(GatewayError, match="not installed") as refused:
        await town.gateway().__aenter__()
    assert "linkage-gateway[traces]" in refused.value.hint
