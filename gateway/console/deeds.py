"""Cutovers and replays as operators order them from the page, with the checks and words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from gateway.app import Gateway
from gateway.console.asking import Ask, NotDone
from gateway.errors import GatewayError
from gateway.evidence.replaying import DOES_JA, Choice, Planned, planned, replayed
from gateway.lifecycle import State
from gateway.model import Format, Wording
from gateway.observing.masking import masked
from gateway.switching.orders import WAIVABLE, Order, Verb
from gateway.times.clock import Clock

VERBS: dict[str, Verb] = {"switch": "to", **{verb: verb for verb in get_args(Verb)}}
"""By the word of the page: the verb of an order."""


class Cutovers:
    """Switches, goes back, takes back, approves and waives."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock

    async def would(self, word: str, subject: str) -> Sequence[Wording]:
        """What an order would mean, in lines; raises ``NotDone`` where it makes no sense."""
        unmet = await self.unmet(subject) if word == "waive" else ()
        condition = next(iter(unmet), WAIVABLE[0])  # which one, a person says later: they all read alike
        ask = Ask(subject=subject, who="", reason="", until=None, form={"condition": condition})
        return await self._carried_out(self._order(word, ask, only_planned=True))

    async def unmet(self, subject: str) -> Sequence[str]:
        """The conditions of the subject's coming cutover that are not met."""
        _, name = _named(subject)
        gates = await self._gateway.journal.switching.gates()
        meant = (gate for key, gate in gates.items() if name in key.partition("@")[0].split(":"))
        return sorted({one.name for gate in meant for one in gate.conditions if not one.passes})

    async def do(self, word: str, ask: Ask) -> None:
        """Carry an order out; a gateway that runs follows at once."""
        await self._carried_out(self._order(word, ask, only_planned=False))
        self._gateway.switch.wake()

    def _order(self, word: str, ask: Ask, *, only_planned: bool) -> Order:
        kind, name = _named(ask.subject)
        if word == "waive" and not ask.form.get("condition"):
            raise NotDone("needs_condition")
        return Order(
            verb=VERBS[word],
            city=self._gateway.city,
            clock=self._clock,
            who=ask.who,
            reason=ask.reason,
            ends=() if kind == "wave" else (name,),
            wave=name if kind == "wave" else "",
            to=Format.STANDARD if word == "switch" else None,
            at=ask.until.isoformat() if ask.until else "",
            waive=ask.form.get("condition", ""),
            only_planned=only_planned,
        )

    async def _carried_out(self, order: Order) -> Sequence[Wording]:
        try:
            order.check()
            return await order.carry_out(self._gateway.journal)
        except GatewayError as error:
            raise NotDone("refused", str(error)) from None


def _named(subject: str) -> tuple[str, str]:
    kind, _, name = subject.partition(":")
    if kind not in ("route", "system", "wave"):
        raise NotDone("not_found")
    return kind, name


class Replays:
    """Sends one delivered file again."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def would(self, transfer: str) -> Sequence[Wording]:
        """What would go out again; raises ``NotDone`` where it cannot."""
        one = await self._planned(transfer, again=False)
        sent = one.carried
        found = await self._gateway.journal.find(transfer)
        mask = self._gateway.mask_of(found.route) if found else None
        names = masked(f"{sent.path} → {sent.destination}", mask)
        count = sent.records
        shown = [
            Wording(text=names, text_ja=names)
            if count is None
            else Wording(text=f"{names}, {count} records", text_ja=f"{names}（{count} レコード）")
        ]
        return shown if one.is_possible else [*shown, Wording(text=one.does, text_ja=DOES_JA[one.does])]

    async def do(self, ask: Ask) -> None:
        """Have it sent again, under a new name; once more than before only where the form says so."""
        again = bool(ask.form.get("again"))
        one = await self._planned(ask.subject, again=again)
        done = await replayed(self._gateway.journal, one, who=ask.who, reason=ask.reason, again=again)
        if done.does != "replays":
            raise NotDone("refused", done.does)
        found = await self._gateway.journal.find(ask.subject)
        if found is not None:
            self._gateway.nudge(found.route)

    async def _planned(self, transfer: str, *, again: bool) -> Planned:
        journal, city = self._gateway.journal, self._gateway.city
        found = await journal.find(transfer)
        if found is None or found.state is not State.SETTLED or found.route not in city.routes:
            raise NotDone("not_found")
        choice = Choice(since=found.admitted_at, transfers=frozenset({transfer}))
        for one in await planned(city, journal, found.route, choice, again=again):
            return one
        raise NotDone("not_delivered")
