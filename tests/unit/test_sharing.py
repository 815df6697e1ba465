"""Routes are shared out evenly, stay where they are while they can, and nobody takes what another needs."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.cluster.sharing import Share, View, share

NODES = ("a", "b", "c", "d")
ROUTES = [f"r{number}" for number in range(40)]


def view(me, ready, routes, holders, bound=None):
    return View(me=me, ready=ready, routes=routes, holders=holders, bound=bound or {})


def turns(ready, routes, holders, bound=None, *, rounds=60):
    """Every node looks and acts, one after another, until a whole round changes nothing; gives how often that took."""
    for number in range(rounds):
        before = dict(holders)
        for me in sorted(ready):
            now = share(view(me, ready, routes, dict(holders), bound))
            for route in now.give:
                assert holders.pop(route) == me
            for route in now.take:
                assert route not in holders
                holders[route] = me
        if holders == before:
            return number
    raise AssertionError("it never comes to rest")


def counts(ready, holders):
    return [list(holders.values()).count(node) for node in sorted(ready)]


@given(
    ready=st.sets(st.sampled_from(NODES), min_size=1),
    routes=st.sets(st.sampled_from(ROUTES)),
    data=st.data(),
)
def test_from_wherever_they_are_all_routes_come_to_be_carried_evenly(ready, routes, data):
    holders = {
        route: data.draw(st.sampled_from(sorted(ready)))
        for route in sorted(routes)
        if data.draw(st.booleans())
    }
    turns(ready, routes, holders)
    assert holders.keys() == routes
    assert max(counts(ready, holders)) - min(counts(ready, holders)) <= 1


@given(ready=st.sets(st.sampled_from(NODES), min_size=2), routes=st.sets(st.sampled_from(ROUTES), min_size=1))
def test_when_a_node_is_lost_only_its_routes_move(ready, routes):
    holders = {}
    turns(ready, routes, holders)
    lost = min(ready)
    kept = {route: node for route, node in holders.items() if node != lost}
    left = dict(kept)
    turns(ready - {lost}, routes, left)
    assert left.items() >= kept.items()
    assert left.keys() == routes


@given(routes=st.sets(st.sampled_from(ROUTES), min_size=1), bound=st.sampled_from(NODES))
def test_a_bound_route_is_carried_by_its_node_or_by_nobody(routes, bound):
    route, holders = min(routes), {}
    turns({"a", "b"}, routes, holders, {route: bound})
    assert holders.get(route) == (bound if bound in ("a", "b") else None)
    assert holders.keys() | {route} == routes


def test_a_route_that_is_bound_elsewhere_by_now_is_let_go():
    now = share(view("a", {"a", "b"}, {"r"}, {"r": "a"}, {"r": "b"}))
    assert now == Share(take=(), give=("r",))


def test_a_node_that_is_to_be_empty_gives_all_and_takes_none():
    now = share(view("a", {"b"}, {"r", "s"}, {"r": "a"}, {"s": "a"}))
    assert now == Share(take=(), give=("r",))


def test_what_is_no_longer_configured_is_let_go():
    assert share(view("a", {"a"}, {"s"}, {"r": "a", "s": "a"})) == Share(take=(), give=("r",))
