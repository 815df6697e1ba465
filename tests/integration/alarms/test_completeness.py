"""No alarm stands in the catalogue that no test provokes and ends."""

from gateway.events import CATALOGUE
from gateway.observing.alarms import is_alarm
from tests.integration.alarms import (
    test_configuration,
    test_falling_behind,
    test_files,
    test_gateway,
    test_nodes,
    test_places,
    test_routes,
)
from tests.support.watching import provoked


def test_every_alarm_of_the_catalogue_is_provoked_and_ended_by_a_test():
    modules = (
        test_configuration,
        test_falling_behind,
        test_files,
        test_gateway,
        test_nodes,
        test_places,
        test_routes,
    )
    tested = sorted(name for module in modules for name in provoked(module))
    assert tested == sorted(event.name for event in CATALOGUE.values() if is_alarm(event))
