import random
import stat
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pairs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.comparison import Normaliser, NotCompared, RuleFault, Side, Tolerance, Verdict, paired
from gateway.formats import Form

RULES = paired(pairs.CSV, pairs.CSV, key=["番号"])
PEOPLE = [
    ("000001", "見本　太郎", "1985-02-14", "-12.50", "011002"),
    ("000002", "見本　花子", "1990-00-00", "0.00", "011002"),
    ("000003", "例示　次郎", "", "3.00", "012025"),
]


def tolerance(**changes):
    given_ = {
        "kind": "any",
        "rule": "any",
        "reason": "r",
        "owner": "情報政策課",
        "expires": date(2027, 3, 31),
    }
    return Tolerance(**{**given_, **changes})


def changed(row, at, value):
    return (*row[:at], value, *row[at + 1 :])


text = st.text(st.sampled_from("あ亜髙\"',\n\r|\\;x0\u3000 \U0002000b"), max_size=4)
number = st.decimals(-99, 99, places=2).map(lambda value: f"{value + 0:.2f}".replace("-0.00", "0.00"))
day = st.sampled_from(["", "1985-02-14", "1990-00-00", "0000-01-01"])
rows = st.lists(
    st.tuples(st.sampled_from("0123456789"), text, day, number, st.sampled_from(["011002", "012025"])),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(old=rows, new=rows, both=rows)
def test_counts_are_those_of_an_independent_computation(old, new, both):
    old, new = [*old, *both], [*both, *new]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = pairs.run(folder, pairs.csv_side(folder, old, name="old"), pairs.csv_side(folder, new), RULES)
    expected = pairs.independently(old, new)
    assert (found.only_old, found.only_new, found.changed) == (
        expected["only_old"],
        expected["only_new"],
        expected["changed"],
    )
    assert [one.changed for one in found.items] == list(expected["items"].values())
    assert found.old.records == len(old)
    assert found.old.duplicate_records == expected["duplicates"]["old"]
    assert found.new.duplicate_records == expected["duplicates"]["new"]
    differs = found.only_old + found.only_new + found.changed
    assert found.verdict is (Verdict.DIFFERENT if differs else Verdict.EQUAL)
    assert found.unexplained == differs == len(found.differences)
    (totals,) = found.totals
    assert (totals.old.keys == totals.new.keys) == (
        sorted(row[0] for row in old) == sorted(row[0] for row in new)
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 40))
def test_a_legacy_file_equals_the_csv_of_the_same_people_in_any_order(seed, count):
    chance = random.Random(seed)
    people = [
        (f"{n:06d}", chance.choice(["見本　太郎", "", "髙橋"]), chance.choice(["", "1985-02-14", "1990-00-00"]),
         f"{chance.randint(-99999, 99999) / 100:.2f}".replace("-0.00", "0.00"), "011002") for n in range(count)
    ]  # fmt: skip
    mixed = chance.sample(people, len(people))
    rules = paired(pairs.LEGACY, pairs.CSV, key=["番号"], totals=["金額"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = pairs.run(folder, pairs.legacy_side(folder, people), pairs.csv_side(folder, mixed), rules)
    assert (found.verdict, found.old.records, found.new.records) == (Verdict.EQUAL, count, count)
    (totals,) = found.totals
    if count:
        assert totals.agree
        assert totals.old.sums["金額"] == sum(Decimal(row[3]) for row in people)


def test_each_difference_is_named_by_its_records_and_items_and_no_value(tmp_path):
    new = [changed(PEOPLE[2], 1, "例示　三郎"), PEOPLE[0]]
    found = pairs.run(
        tmp_path, pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, new), RULES
    )
    assert [(one.old_record, one.new_record, one.items) for one in found.differences] == [
        (2, None, ()),
        (3, 1, ("氏名",)),
    ]
    assert not any(value in repr(found) for row in [*PEOPLE, *new] for value in row[:3] if value)


def test_the_same_key_has_the_same_digest_under_one_secret_only(tmp_path):
    new = [changed(row, 1, "別人") for row in PEOPLE]
    digests = []
    for number_, secret in enumerate((b"a", b"a", b"b")):
        folder = tmp_path / str(number_)
        folder.mkdir()
        pairs.SECRET, kept = secret, pairs.SECRET
        sides = pairs.csv_side(folder, PEOPLE, name="old"), pairs.csv_side(folder, new)
        digests.append([one.key for one in pairs.run(folder, *sides, RULES).differences])
        pairs.SECRET = kept
    assert digests[0] == digests[1]
    assert not set(digests[0]) & set(digests[2])


@pytest.mark.parametrize(
    ("item", "steps", "old", "new"),
    [
        ("氏名", [Normaliser(kind="width")], "ﾐﾎﾝ ﾊﾟｶﾞA1", "ミホン　パガＡ１"),
        ("氏名", [Normaliser(kind="padding")], " 見本　", "見本"),
        ("氏名", [Normaliser(kind="characters", table={"髙": "高", "辻\U000e0101": "辻"})], "髙辻\U000e0101", "高辻"),
        ("氏名", [Normaliser(kind="codes", table={"1": "男"})], "1", "男"),
        ("氏名", [Normaliser(kind="number")], "+0012.50", "12.5"),
        ("氏名", [Normaliser(kind="zeros")], "00A1", "A1"),
        ("氏名", [Normaliser(kind="date")], "20270104", "2027-01-04"),
        ("氏名", [Normaliser(kind="date")], "S64-01-07", "1989-01-07"),
        (
            "氏名",
            [Normaliser(kind="form", form="GYYMMDD", eras=("1", "2", "3", "4", "5"))],
            "3600214",
            "1985-02-14",
        ),
        (
            "氏名",
            [Normaliser(kind="padding"), Normaliser(kind="width"), Normaliser(kind="padding")],
            " ｱ ",
            "ア",
        ),
    ],
)  # fmt: skip
def test_a_declared_normaliser_makes_two_spellings_equal(tmp_path, item, steps, old, new):
    sides = (
        pairs.csv_side(tmp_path, [changed(PEOPLE[0], 1, old), *PEOPLE[1:]], name="old"),
        pairs.csv_side(tmp_path, [changed(PEOPLE[0], 1, new), *PEOPLE[1:]]),
    )
    rules = paired(pairs.CSV, pairs.CSV, key=["番号"], normalise={item: tuple(steps)})
    assert pairs.run(tmp_path, *sides, rules).verdict is Verdict.EQUAL


@pytest.mark.parametrize(
    ("old", "new"), [("\ufa44", "\u6885"), ("が", "か\u3099"), ("辻", "辻\U000e0101"), ("ＡＢ", "AB")]
)
def test_nothing_is_normalised_that_was_not_declared(tmp_path, old, new):
    sides = (
        pairs.csv_side(tmp_path, [changed(PEOPLE[0], 1, old)], name="old"),
        pairs.csv_side(tmp_path, [changed(PEOPLE[0], 1, new)]),
    )
    assert pairs.run(tmp_path, *sides, RULES).verdict is Verdict.DIFFERENT


def test_keys_are_normalised_too(tmp_path):
    new = [changed(row, 0, row[0].lstrip("0")) for row in PEOPLE]
    rules = paired(pairs.CSV, pairs.CSV, key=["番号"], normalise={"00100001": (Normaliser(kind="zeros"),)})
    sides = pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, new)
    assert pairs.run(tmp_path, *sides, rules).verdict is Verdict.EQUAL


def test_keys_of_several_items_are_not_mixed_up(tmp_path):
    old = [("1", "23", "", "0.00", "x"), ("12", "3", "", "0.00", "y")]
    new = [("1", "23", "", "0.00", "y"), ("12", "3", "", "0.00", "x")]
    rules = paired(pairs.CSV, pairs.CSV, key=["番号", "氏名"])
    sides = pairs.csv_side(tmp_path, old, name="old"), pairs.csv_side(tmp_path, new)
    assert pairs.run(tmp_path, *sides, rules).changed == 2


TWO_CHANGES = [changed(PEOPLE[0], 1, "ミホン"), changed(PEOPLE[1], 1, "花"), PEOPLE[2]]


def compared(tmp_path, *tolerances, new=TWO_CHANGES, **more):
    old = [changed(PEOPLE[0], 1, "ﾐﾎﾝ"), *PEOPLE[1:]]
    sides = pairs.csv_side(tmp_path, old, name="old"), pairs.csv_side(tmp_path, new)
    rules = paired(pairs.CSV, pairs.CSV, key=["番号"], tolerances=tolerances)
    return pairs.run(tmp_path, *sides, rules, **more)


def test_differences_that_tolerances_cover_make_the_files_equivalent(tmp_path):
    found = compared(tmp_path, tolerance(items=("氏名",)))
    assert (found.verdict, found.changed, found.unexplained, found.tolerated) == (Verdict.EQUIVALENT, 2, 0, 2)
    assert [(use.covered, use.state) for use in found.tolerances] == [(2, "used")]


def test_a_tolerance_covers_what_it_says_and_nothing_else(tmp_path):
    width = tolerance(kind="normaliser", normaliser=Normaliser(kind="width"), items=("氏名",))
    found = compared(tmp_path, width)
    assert (found.verdict, found.unexplained) == (Verdict.DIFFERENT, 1)
    assert [(one.changed, one.tolerated) for one in found.items if one.item == "氏名"] == [(2, 1)]


@pytest.mark.parametrize(("days", "verdict"), [(0, Verdict.EQUIVALENT), (1, Verdict.DIFFERENT)])
def test_an_expired_tolerance_bites_from_the_day_after_its_last_one(tmp_path, days, verdict):
    found = compared(tmp_path, tolerance(items=("氏名",)), today=tolerance().expires + timedelta(days=days))
    assert found.verdict is verdict
    assert found.tolerances[0].state == ("expired" if days else "used")
    assert found.unexplained == 2 * days


def test_a_tolerance_for_at_most_so_many_covers_none_of_more(tmp_path):
    found = compared(tmp_path, tolerance(items=("氏名",), at_most=1))
    assert (found.verdict, found.unexplained) == (Verdict.DIFFERENT, 2)
    assert found.tolerances[0].state == "exceeded"


def test_records_of_one_side_alone_are_tolerated_where_the_register_says_so(tmp_path):
    old = [changed(PEOPLE[0], 1, "ﾐﾎﾝ"), *PEOPLE[1:]]
    assert (
        compared(tmp_path, tolerance(kind="only-old", rule="only-old"), new=old[:2]).verdict
        is Verdict.EQUIVALENT
    )
    (tmp_path / "work").rename(tmp_path / "first")
    assert (
        compared(tmp_path, tolerance(kind="only-new", rule="only-new"), new=old[:2]).verdict
        is Verdict.DIFFERENT
    )


@pytest.mark.parametrize(
    ("amount", "verdict"), [("-13.50", Verdict.EQUIVALENT), ("-13.51", Verdict.DIFFERENT)]
)
def test_amounts_may_differ_by_what_is_tolerated(tmp_path, amount, verdict):
    sides = (
        pairs.csv_side(tmp_path, PEOPLE, name="old"),
        pairs.csv_side(tmp_path, [changed(PEOPLE[0], 3, amount), *PEOPLE[1:]]),
    )
    within = tolerance(kind="within", rule="within 1", items=("金額",), within=Decimal(1))
    rules = paired(pairs.CSV, pairs.CSV, key=["番号"], tolerances=(within,))
    assert pairs.run(tmp_path, *sides, rules).verdict is verdict


def test_control_totals_stand_for_each_municipality(tmp_path):
    rules = paired(pairs.CSV, pairs.CSV, key=["番号"], totals=["金額"], group="市町村コード")
    new = [*PEOPLE[:2], changed(PEOPLE[2], 3, "4.25")]
    sides = pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, new)
    found = pairs.run(tmp_path, *sides, rules)
    assert [(one.group, one.agree) for one in found.totals] == [
        ("", False),
        ("011002", True),
        ("012025", False),
    ]
    assert found.totals[2].old.sums == {"金額": Decimal(3)}
    assert found.totals[2].new.sums == {"金額": Decimal("4.25")}
    assert found.totals[0].old.keys == found.totals[0].new.keys


def test_an_item_that_is_no_municipality_does_not_show_in_the_totals(tmp_path):
    rules = paired(pairs.CSV, pairs.CSV, key=["番号"], group="氏名")
    sides = pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, PEOPLE)
    assert "見本" not in repr(pairs.run(tmp_path, *sides, rules))


def test_a_missing_side_is_never_an_empty_one(tmp_path):
    old = pairs.csv_side(tmp_path, [], name="old")
    with pytest.raises(NotCompared, match="missing"):
        pairs.run(tmp_path, old, Side(name="new", form=old.form, paths=()), RULES)


def test_a_file_that_went_away_is_a_missing_side(tmp_path):
    sides = pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, PEOPLE)
    sides[1].paths[0].unlink()
    with pytest.raises(NotCompared, match="missing"):
        pairs.run(tmp_path, *sides, RULES)


def test_files_without_records_are_equal(tmp_path):
    sides = pairs.csv_side(tmp_path, [], name="old"), pairs.csv_side(tmp_path, [])
    found = pairs.run(tmp_path, *sides, RULES)
    assert (found.verdict, found.old.records) == (Verdict.EQUAL, 0)


@pytest.mark.parametrize(
    "profile",
    [
        {"line_end": "crlf"},
        {"bom": True},
        {"bom": True, "header": "none"},
        {"encoding": "cp932"},
        {"quoting": "none"},
    ],
    ids=str,
)
def test_every_outside_of_a_csv_is_read(tmp_path, profile):
    people = [changed(row, 1, "見本　太郎") for row in PEOPLE]
    sides = pairs.csv_side(tmp_path, people, name="old"), pairs.csv_side(tmp_path, people, **profile)
    found = pairs.run(tmp_path, *sides, RULES)
    assert (found.verdict, found.new.records) == (Verdict.EQUAL, 3)


def test_the_parts_of_a_delivery_are_one_side(tmp_path):
    sides = pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, PEOPLE, files=2)
    found = pairs.run(tmp_path, *sides, RULES)
    assert (found.verdict, found.new.records) == (Verdict.EQUAL, 3)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda raw: raw[:-1], "cannot be read"),
        (lambda raw: raw.replace("番号".encode(), "番".encode(), 1), "cannot be read"),
        (lambda raw: raw.replace(b",", b"", 9), "cannot be read"),
        (lambda raw: raw + b"canary\n", "line 5"),
    ],
    ids=["cut", "another header", "columns", "a line of another form"],
)
def test_a_file_that_cannot_be_read_gives_no_verdict_and_no_value(tmp_path, damage, said):
    sides = pairs.csv_side(tmp_path, PEOPLE, name="old"), pairs.csv_side(tmp_path, PEOPLE)
    path = sides[1].paths[0]
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(NotCompared, match=said) as raised:
        pairs.run(tmp_path, *sides, RULES)
    assert "canary" not in str(raised.value)
    assert "見本" not in str(raised.value)


def test_a_bad_legacy_record_gives_no_verdict(tmp_path):
    old = pairs.legacy_side(tmp_path, PEOPLE)
    raw = bytearray(old.paths[0].read_bytes())
    raw[34] = 0xFF
    old.paths[0].write_bytes(raw)
    rules = paired(pairs.LEGACY, pairs.CSV, key=["番号"])
    with pytest.raises(NotCompared, match=r"record 1, item 金額"):
        pairs.run(tmp_path, old, pairs.csv_side(tmp_path, PEOPLE), rules)


def test_values_are_written_only_where_they_were_asked_for_and_for_their_owner_alone(tmp_path):
    values = tmp_path / "values.csv"
    compared(tmp_path, values=values)
    assert stat.S_IMODE(values.stat().st_mode) == 0o600
    written = values.read_text(encoding="utf-8").splitlines()
    assert written[0] == "old record,new record,key,item,old value,new value"
    assert "1,1,000001,氏名,ﾐﾎﾝ,ミホン" in written
    assert len(written) == 3


def test_a_difference_in_the_first_record_behind_a_byte_order_mark_is_found(tmp_path):
    new = [changed(PEOPLE[0], 1, "別人"), *PEOPLE[1:]]
    sides = (
        pairs.csv_side(tmp_path, PEOPLE, name="old", bom=True, header="none"),
        pairs.csv_side(tmp_path, new, bom=True, header="none"),
    )
    found = pairs.run(tmp_path, *sides, RULES)
    assert [(one.old_record, one.new_record, one.items) for one in found.differences] == [(1, 1, ("氏名",))]


def test_only_the_first_differences_are_listed_and_all_are_counted(tmp_path):
    found = compared(tmp_path, listed=1)
    assert (len(found.differences), found.changed) == (1, 2)


def test_items_are_paired_by_id_where_their_names_differ():
    items = list(pairs.CSV.items)
    renamed = pairs.CSV.model_copy(
        update={"name": "other", "items": (items[0].model_copy(update={"name": "No"}), *items[1:])}
    )
    rules = paired(
        pairs.CSV,
        Form(layout=renamed).layout.model_validate(renamed.model_dump(exclude_unset=True, by_alias=True)),
        key=["番号"],
    )
    assert (rules.key[0].old, rules.key[0].new) == ("番号", "No")


@pytest.mark.parametrize(
    ("wrong", "key", "said"),
    [
        ({"key": []}, "key", "no key"),
        ({"key": ["番"]}, "key", "did you mean 番号"),
        ({"totals": ["金"]}, "totals", "金額"),
        ({"normalise": {"名": ()}}, "normalise", "氏名"),
        ({"tolerances": (tolerance(items=("番号",)),)}, "tolerances", "part of the key"),
        (
            {"items": [("氏名", "氏名")], "tolerances": (tolerance(items=("金額",)),)},
            "tolerances",
            "not compared",
        ),
    ],
    ids=str,
)
def test_rules_that_do_not_fit_the_layouts_say_what_to_write(wrong, key, said):
    with pytest.raises(RuleFault, match=said) as raised:
        paired(pairs.CSV, pairs.CSV, **({"key": ["番号"]} | wrong))
    assert raised.value.key == key
