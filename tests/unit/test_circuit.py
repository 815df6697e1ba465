"""When a silent host is left alone, and when it is asked again."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.reaching.circuit import Circuit, Rule, asked, failed, is_open, undecided

RULE = Rule(failures=3, wait=30, longest=900)


def broken(times, now=0.0):
    circuit = Circuit()
    for _ in range(times):
        circuit = failed(circuit, RULE, now)
    return circuit


def test_a_few_failures_leave_it_closed():
    assert not is_open(broken(2), 0)


def test_failures_in_a_row_open_it_for_a_while():
    circuit = broken(3, now=100)
    assert is_open(circuit, 129)
    assert not is_open(circuit, 130)


def test_only_one_call_goes_through_as_the_probe():
    circuit = asked(broken(3))
    assert is_open(circuit, 1000)


def test_each_failed_probe_doubles_the_wait_up_to_the_longest():
    circuit, now, waits = broken(3), 0.0, []
    for _ in range(8):
        waits.append(circuit.until - now)
        now = circuit.until
        circuit = failed(asked(circuit), RULE, now)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_calls_that_were_under_way_when_it_opened_do_not_prolong_it():
    circuit = broken(3, now=100)
    for _ in range(8):
        circuit = failed(circuit, RULE, 101)
    assert circuit.until == 130


def test_a_probe_that_was_given_up_lets_the_next_one_through():
    assert not is_open(undecided(asked(broken(3))), 1000)


@given(st.lists(st.sampled_from(["fail", "give up", "wait"]), max_size=60))
def test_it_never_stays_open_for_ever(steps):
    circuit, now = Circuit(), 0.0
    for step in steps:
        now += 1000 if step == "wait" else 0
        if is_open(circuit, now):
            continue
        circuit = asked(circuit)
        circuit = failed(circuit, RULE, now) if step == "fail" else undecided(circuit)
    assert not is_open(circuit, now + 901)
