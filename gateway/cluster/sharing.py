"""Which routes a node takes and which it gives away, so that all nodes carry about as many. Pure.

Every node decides for itself by the same view of the journal; where two want one route, the journal gives it to one.
What runs stays where it runs: files of a route lie on its node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class View:
    """The city as a node sees it.

    Attributes:
        me: this node.
        ready: the nodes that may carry routes: they live, and nobody wants them empty.
        routes: every route that is to be carried.
        holders: the node that carries each route; those that nobody carries are left out.
        bound: the only node that may carry a route, for some.
    """

    me: str
    ready: Collection[str]
    routes: Collection[str]
    holders: Mapping[str, str]
    bound: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a node does now: routes that it asks for, and those that it lets go."""

    take: tuple[str, ...]
    give: tuple[str, ...]


def share(view: View) -> Share:
    """What to take and to give away."""
    mine = {route for route, node in view.holders.items() if node == view.me}
    if view.me not in view.ready:
        return Share(take=(), give=tuple(sorted(mine)))
    strange = {route for route in mine if route not in view.routes or _is_bound_elsewhere(view, route)}
    free = {route for route in view.routes if route not in view.holders}
    own = {route for route in free if view.bound.get(route) == view.me}
    movable = free - view.bound.keys()
    surplus = _surplus(view, len(movable))
    fewer = sorted(mine - strange - view.bound.keys(), key=lambda route: _order(view.me, route))[:surplus]
    chosen = sorted(movable, key=lambda route: _order(view.me, route))[: _room(view, len(movable))]
    return Share(take=(*sorted(own), *chosen), give=tuple(sorted(strange | set(fewer))))


def _is_bound_elsewhere(view: View, route: str) -> bool:
    return view.bound.get(route, view.me) != view.me


def _carried(view: View, node: str) -> int:
    """How many routes that may move a node carries."""
    return sum(
        holder == node and route not in view.bound and route in view.routes
        for route, holder in view.holders.items()
    )


def _movable(view: View) -> int:
    return sum(route not in view.bound for route in view.routes)


def _least(view: View) -> int:
    """How many routes a node carries at least, where all are carried."""
    return _movable(view) // len(view.ready)


def _lacking(view: View) -> int:
    """How many routes nodes need that carry fewer than the least."""
    return sum(max(_least(view) - _carried(view, node), 0) for node in view.ready)


def _room(view: View, free: int) -> int:
    """How many of the free routes this node asks for: up to the least, and of what is then left up to the most."""
    mine = _carried(view, view.me)
    wanted = max(_least(view) - mine, 0) + max(free - _lacking(view), 0)
    return max(min(wanted, _most(view) - mine), 0)


def _most(view: View) -> int:
    """How many routes a node carries at most."""
    return -(-_movable(view) // len(view.ready))


def _surplus(view: View, free: int) -> int:
    """How many routes this node has to give: what is above the most, or one where another has fewer than the least."""
    carried = {node: _carried(view, node) for node in sorted(view.ready)}
    above = carried[view.me] - _most(view)
    if above > 0:
        return above
    givers = [node for node, count in carried.items() if count > _least(view)]
    return int(view.me in givers[: max(_lacking(view) - free, 0)])


def _order(node: str, route: str) -> str:
    """Another order of the routes for each node, so that nodes seldom ask for the same ones."""
    return hashlib.sha256(f"{node} {route}".encode()).hexdigest()
